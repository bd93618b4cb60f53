"""What the app draws itself follows WCAG 2 A and AA, as far as axe-core can tell: names, roles, contrast; in light and in dark.

Frappe's own markup around it is Frappe's: only elements with a class of the app (kam-…) are looked at.
"""

from importlib.resources import files
from urllib.parse import quote

import pytest

from tests.browser.test_every_page import slug, world  # noqa: F401 - the fixture
from tests.site import permission_matrix as matrix

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
OURS_ONLY = "[class*='kam-']"
RUN = """async (selector) => {
	if (!document.querySelector(selector)) return [];
	const found = await axe.run({ include: [[selector]] }, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] });
	return found.violations.flatMap((rule) => rule.nodes.map((node) =>
		`${rule.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)} ${(node.any[0] || node.all[0] || {}).message || ""}`));
}"""
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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_own_elements_follow_the_guidelines(world, theme, log_in):  # noqa: F811
	desk = log_in()
	desk.open("key-accounts")
	desk.call("frappe.core.doctype.user.user.switch_theme", theme=theme.title())
	faults, looked_at = [], 0
	for route in routes(world):
		page = desk.open(route)
		page.evaluate("(theme) => document.documentElement.setAttribute('data-theme', theme)", theme)
		desk.settle()
		page.evaluate(AXE)
		found = page.evaluate(RUN, OURS_ONLY)
		looked_at += page.locator(OURS_ONLY).count() > 0
		faults += [f"{route}: {fault}" for fault in found]
	assert looked_at > 20
	assert not faults, "\n".join(faults)


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


def test_what_the_mouse_can_press_the_keyboard_reaches(world, log_in):  # noqa: F811
	desk = log_in()
	faults = []
	for route in routes(world):
		page = desk.open(route)
		faults += [f"{route}: {fault}" for fault in page.evaluate(UNREACHABLE)]
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
