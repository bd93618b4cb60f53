"""What the app draws itself follows WCAG 2 A and AA, as far as axe-core can tell: names, roles, contrast, sizes
of what is pressed; in light and in dark.

Frappe's own markup around it is Frappe's: only elements with a class of the app (kam-…) are looked at.
"""

import re
from importlib.resources import files
from urllib.parse import quote

from tests.browser.test_every_page import slug, world  # noqa: F401 - the fixture
from tests.site import permission_matrix as matrix

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
OURS_ONLY = "[class*='kam-']"
ALL_RULES = '["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]'
RUN = """async (selector) => {
	if (!document.querySelector(selector)) return [];
	const found = await axe.run({ include: [[selector]] }, { runOnly: RULES });
	return found.violations.flatMap((rule) => rule.nodes.map((node) =>
		`${rule.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)} ${(node.any[0] || node.all[0] || {}).message || ""}`));
}""".replace("RULES", ALL_RULES)
# with widgets of the app
FORMS = (
	"Key Account",
	"Key Account Plan",
	"Key Account Selection",
	"Key Account Assessment",
	"Key Account Opportunity",
	"Key Account Business Review",
	"Key Account Criteria",
	"Key Account Incentive",
	"Call Cycle",
	"Customer Call",
)


def routes(world):  # noqa: F811
	for workspace in matrix.of_module("Workspace"):
		yield slug(workspace)
	for page in matrix.of_module("Page"):
		if page == "power-map":
			yield f"power-map/{quote(world.of('Power Map'))}"
		else:
			yield page
	for report in matrix.of_module("Report"):
		yield f"query-report/{quote(report)}"
	for doctype in FORMS:
		name = {"Key Account Criteria": world.criteria, "Key Account Selection": world.selection}.get(doctype)
		yield f"{slug(doctype)}/{quote(name or world.of(doctype), safe='')}"


# what shows a hand, and can be pressed neither by itself nor through what holds it; grids and graphs have a cursor of their own
UNREACHABLE = """() => {
	const own = ":is(a[href], button, input, select, textarea, summary, label, [tabindex]:not([tabindex='-1']))";
	const hand = (one) => getComputedStyle(one).cursor === "pointer";
	return [...document.querySelectorAll(".layout-main [class*='kam-'], .layout-main [class*='kam-'] *")]
		.filter((one) => one.checkVisibility() && hand(one) && !(one.parentElement && hand(one.parentElement)))
		.filter((one) => !one.closest(own) && !one.querySelector(own))
		.filter((one) => !one.closest("[role=grid], [role=tree], [role=application], canvas, svg, .dt-scrollable"))
		.map((one) => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 40)}`);
}"""
# looks of the focused element and of what shows the focus for it: its parts, its label, what holds it
LOOKS = """() => {
	const at = document.activeElement;
	if (!at || at === document.body) return null;
	const of = (one, part) => {
		const is = getComputedStyle(one, part);
		const outline = is.outlineStyle === "none" ? "" : `${is.outlineWidth} ${is.outlineColor}`;
		return [outline, is.boxShadow, is.backgroundColor, is.borderColor, is.textDecorationLine, is.stroke,
			is.strokeWidth, is.opacity, is.filter, is.color, is.display].join("|");
	};
	const looks = () => {
		const near = [at, at.parentElement, at.nextElementSibling, at.closest("label"), ...[...at.querySelectorAll("*")].slice(0, 40)];
		return near.filter(Boolean).map((one) => of(one) + of(one, "::before") + of(one, "::after")).join("\\n");
	};
	const ours = at.closest(".layout-main [class*='kam-']");
	const words = `${at.tagName}.${at.className.baseVal ?? at.className} ${(at.getAttribute("aria-label") || at.textContent || at.name || "").trim().slice(0, 40)}`;
	if (!ours) return { words };
	const focused = looks();
	at.blur();
	return { words, ours: true, seen: focused !== looks() };
}"""
STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"
STOPS = 250


def hidden_focus(page):
	"""How many stops Tab makes in elements of the app, and those where nobody sees it."""
	page.add_style_tag(content=STILL)
	hidden, passed = [], set()
	for _turn in range(STOPS):
		page.keyboard.press("Tab")
		stop = page.evaluate(LOOKS)
		if stop is None:  # after the last one
			break
		if stop.get("ours") and stop["words"] not in passed:
			passed.add(stop["words"])
			if not stop["seen"]:
				hidden.append(stop["words"])
	return len(passed), hidden


def test_own_elements_follow_the_guidelines(world, log_in):  # noqa: F811
	"""axe-core in light and in dark; what the mouse can press the keyboard reaches; the focus is seen wherever it goes."""
	desk = log_in()
	faults, looked_at, stops = [], 0, 0
	for route in routes(world):
		page = desk.open(route)
		page.evaluate(AXE)
		looked_at += page.locator(OURS_ONLY).count() > 0
		for theme in ("dark", "light"):
			page.evaluate("(theme) => document.documentElement.setAttribute('data-theme', theme)", theme)
			desk.settle()
			faults += [f"{route}, {theme}: {fault}" for fault in page.evaluate(RUN, OURS_ONLY)]
		faults += [f"{route}, out of reach: {fault}" for fault in page.evaluate(UNREACHABLE)]
		passed, hidden = hidden_focus(page)
		stops += passed
		faults += [f"{route}, focus not seen: {fault}" for fault in hidden]
	# tables of Frappe 16 complain when Tab leaves a row that was never opened
	desk.errors[:] = [error for error in desk.errors if "toggle_editable_row" not in error]
	assert looked_at > 20 and stops > 100
	assert not faults, "\n".join(faults)


def test_fingers_hit_what_they_aim_at(world, log_in):  # noqa: F811
	"""24 pixels or room around it (WCAG 2.2, 2.5.8), on a telephone."""
	desk = log_in("Administrator", "admin", {"width": 390, "height": 844})
	faults = []
	for route in routes(world):
		if "query-report" in route:
			continue
		page = desk.open(route)
		page.evaluate(AXE)
		faults += [
			f"{route}: {fault}" for fault in page.evaluate(RUN.replace(ALL_RULES, '["wcag22aa"]'), OURS_ONLY)
		]
	assert not faults, "\n".join(faults)


def test_the_whitespace_matrix_is_walked_with_the_keyboard(world, log_in):  # noqa: F811
	"""One stop of Tab; arrows choose a cell, whose words are read aloud; Enter opens it, Escape leads back."""
	desk = log_in()
	page = desk.open("whitespace", ".kam-ws-cell")
	grid = page.locator(".kam-ws-scroll")
	for _turn in range(60):
		page.keyboard.press("Tab")
		if grid.evaluate("(one) => one === document.activeElement"):
			break
	assert grid.evaluate("(one) => one === document.activeElement"), "Tab does not reach the matrix"
	assert grid.evaluate("(one) => getComputedStyle(one).boxShadow") != "none"
	page.keyboard.press("ArrowRight")
	first = grid.get_attribute("aria-activedescendant")
	page.keyboard.press("ArrowRight")
	second = grid.get_attribute("aria-activedescendant")
	assert first and second and first != second
	label = page.locator(f"#{second}").get_attribute("aria-label")
	assert label and label.count(",") >= 1
	page.keyboard.press("Enter")
	panel = page.locator(".kam-ws-panel")
	panel.wait_for()
	desk.settle()
	page.wait_for_function("() => document.querySelector('.kam-ws-panel').contains(document.activeElement)")
	page.keyboard.press("Escape")
	panel.wait_for(state="hidden")
	assert grid.evaluate("(one) => one === document.activeElement")


def focus(page, selector):
	"""Brings the focus to an element as the keyboard does."""
	for _turn in range(STOPS):
		page.keyboard.press("Tab")
		if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
			return
	raise AssertionError(f"Tab does not reach {selector}")


def test_the_marks_of_a_chart_are_read_one_by_one_and_opened(world, log_in):  # noqa: F811
	desk = log_in()
	page = desk.open(f"query-report/{quote('Customer Ranking')}", ".kam-chart-canvas")
	focus(page, ".kam-chart-canvas")
	spoken = page.locator(".kam-chart > .sr-only")
	page.keyboard.press("ArrowRight")
	first = spoken.text_content()
	assert len(first) > 20
	page.keyboard.press("ArrowLeft")
	page.keyboard.press("ArrowRight")
	assert spoken.text_content() == first
	page.keyboard.press("Enter")
	page.wait_for_url(re.compile("/sales-invoice"))


def test_the_search_and_the_lines_of_a_call_cycle_are_reached_with_the_keyboard(world, log_in):  # noqa: F811
	desk = log_in()
	page = desk.open(f"call-cycle/{quote(world.of('Call Cycle'), safe='')}", ".kam-lines-tools")
	focus(page, ".kam-lines-tools input[type=search]")
	line = "[data-lines=table] tbody a"
	page.wait_for_selector(line)
	page.keyboard.type("no customer is called so")
	page.wait_for_selector(line, state="detached")
	page.keyboard.press("Control+a")
	page.keyboard.press("Delete")
	page.wait_for_selector(line)
	focus(page, line)


# series of the charts of a page that only their colour tells apart
COLOUR_ONLY = """() => {
	const pattern = (decal) => (decal && decal.symbol !== "none" ? decal : null);
	const told = (one) => JSON.stringify([one.type, one.symbol, one.symbolSize, one.symbolRotate, one.barWidth,
		one.lineStyle?.type, pattern(one.itemStyle?.decal), one.itemStyle?.borderType, one.xAxisIndex || 0]);
	// the cells of a heat map hold their figures
	const in_legend = (one, { legend }) =>
		one.name && legend.show !== false && one.type !== "heatmap" && (!legend.data || legend.data.some((entry) => (entry.name ?? entry) === one.name));
	return (window.kam_drawn || []).flatMap(([kind, option]) => {
		const series = [option.series].flat().filter((one) => in_legend(one, option));
		return series.filter((one, place) => series.findIndex((other) => told(other) === told(one)) < place)
			.map((one) => `${kind}: ${one.name} ${told(one)}`);
	});
}"""
LISTEN = """() => {
	if (!window.kam?.charts?.kinds) return false;
	window.kam_drawn = [];
	for (const [kind, build] of Object.entries(kam.charts.kinds)) {
		kam.charts.kinds[kind] = (...given) => {
			const drawn = build(...given);
			window.kam_drawn.push([kind, drawn.option]);
			return drawn;
		};
	}
	frappe.query_report.refresh();
	return true;
}"""


def test_series_of_charts_differ_in_more_than_their_colour(world, log_in):  # noqa: F811
	desk = log_in()
	faults, kinds = set(), set()
	for report in matrix.of_module("Report"):
		page = desk.open(f"query-report/{quote(report)}")
		if not page.evaluate(LISTEN):
			continue
		desk.settle()
		page.wait_for_timeout(200)
		kinds |= set(page.evaluate("() => window.kam_drawn.map(([kind]) => kind)"))
		faults |= {f"{report}: {fault}" for fault in page.evaluate(COLOUR_ONLY)}
	assert len(kinds) > 10, kinds
	assert not faults, "\n".join(sorted(faults))
