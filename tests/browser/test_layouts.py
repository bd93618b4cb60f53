"""Pages of the app on a telephone, from right to left, and with words 40 % longer: nothing is wider than the window, no
heading or button lies on another."""

from urllib.parse import quote

import pytest

from tests.browser.test_every_page import slug, world  # noqa: F401 - the fixture
from tests.site import permission_matrix as matrix

PHONE = {"width": 390, "height": 844}
FORMS = ("Key Account", "Key Account Plan", "Key Account Opportunity", "Call Cycle", "Customer Call")
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# elements of the app that reach over the edge of the window and cannot be scrolled to
OUTSIDE = """() => {
	const end = document.documentElement.clientWidth;
	const scrolls = (one) => {
		for (let at = one.parentElement; at && at !== document.body; at = at.parentElement)
			if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true;
		return false;
	};
	return [...document.querySelectorAll(".layout-main [class*='kam-']")]
		.filter((one) => one.checkVisibility() && !one.closest("svg"))
		.filter((one) => { const box = one.getBoundingClientRect(); return box.width && (box.right > end + 1 || box.left < -1); })
		.filter((one) => !scrolls(one)).slice(0, 6).map((one) => `${one.className} reaches over the edge`);
}"""
# headings, buttons and figures of the app that cover one another: neither holds the other, and both can be seen
OVERLAPS = """() => {
	const inside = (box) => box.width > 2 && box.height > 2;
	const all = [...document.querySelectorAll(".layout-main [class*='kam-'] :is(h2, h3, h4, h5, button, .btn, label, strong)")]
		.filter((one) => one.offsetParent && one.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
		.filter((one) => !one.closest("svg, [aria-hidden=true], .kam-ws-scroll, .kam-pm-canvas"))
		.map((one) => [one, one.getBoundingClientRect()])
		.filter(([, box]) => inside(box));
	const found = [];
	for (let i = 0; i < all.length; i++)
		for (let j = i + 1; j < all.length; j++) {
			const [a, first] = all[i], [b, second] = all[j];
			if (a.contains(b) || b.contains(a)) continue;
			const wide = Math.min(first.right, second.right) - Math.max(first.left, second.left);
			const high = Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top);
			if (wide > 3 && high > 3) found.push(`${a.textContent.trim().slice(0, 40)} | ${b.textContent.trim().slice(0, 40)}`);
		}
	return found.slice(0, 5);
}"""
LONGER = """() => {
	const before = frappe._;
	const longer = (...given) => {
		const text = before(...given);
		if (typeof text !== "string" || text.includes("<") || text.length < 4) return text;
		return text + text.slice(-Math.ceil(text.length * 0.4)).replace(/[^a-z]/gi, "w").toLowerCase();
	};
	frappe._ = window.__ = longer;
}"""


def routes(world):  # noqa: F811
	for workspace in matrix.of_module("Workspace"):
		yield slug(workspace)
	for page in matrix.of_module("Page"):
		yield f"power-map/{quote(world.of('Power Map'))}" if page == "power-map" else page
	yield f"query-report/{quote('Key Account Pipeline')}"
	for doctype in FORMS:
		yield f"{slug(doctype)}/{quote(world.of(doctype), safe='')}"


def faults_of(desk, world):  # noqa: F811
	found = []
	for route in routes(world):
		page = desk.open(route)
		desk.settle()
		wider = page.evaluate(WIDER)
		if wider > 1:
			found.append(f"{route}: {wider} pixels wider than the window")
		found += [f"{route}: {fault}" for fault in [*page.evaluate(OUTSIDE), *page.evaluate(OVERLAPS)]]
	return found


# the sides of a box that has its mark where a line begins
MARKED = """() => {
	const box = document.body.appendChild(document.createElement("div"));
	box.className = "kam-warning";
	const { borderLeftWidth, borderRightWidth } = getComputedStyle(box);
	box.remove();
	return [borderLeftWidth, borderRightWidth];
}"""


def test_nothing_is_wider_than_a_telephone(world, log_in):  # noqa: F811
	desk = log_in("Administrator", "admin", PHONE)
	found = faults_of(desk, world)
	assert desk.page.evaluate(MARKED) == ["3px", "0px"]
	assert not found, "\n".join(found)


@pytest.fixture
def in_arabic(world):  # noqa: F811
	import frappe

	def speak(language):
		frappe.db.set_value("User", "Administrator", "language", language)
		frappe.db.commit()
		frappe.clear_cache(user="Administrator")

	before = frappe.db.get_value("User", "Administrator", "language")
	speak("ar")
	yield
	speak(before)


def test_from_right_to_left(world, in_arabic, log_in):  # noqa: F811
	desk = log_in()
	desk.open("key-accounts")
	assert desk.page.evaluate("document.documentElement.dir") == "rtl"
	assert desk.page.evaluate(MARKED) == ["0px", "3px"]
	found = faults_of(desk, world)
	assert not found, "\n".join(found)


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "telephone"])
def test_long_words(world, log_in, size):  # noqa: F811
	desk = log_in("Administrator", "admin", size) if size else log_in()
	desk.open("key-accounts")
	assert desk.page.evaluate("document.documentElement.dir") != "rtl"
	desk.page.evaluate(LONGER)
	found = []
	for route in routes(world):
		desk.page.evaluate("(route) => frappe.set_route(route)", route)
		desk.page.wait_for_timeout(300)
		desk.settle()
		# the width of the whole page is not asked: Frappe's own tabs and sidebars grow with their words too
		found += [
			f"{route}: {fault}" for fault in [*desk.page.evaluate(OUTSIDE), *desk.page.evaluate(OVERLAPS)]
		]
	# charts of Frappe complain when their page is left before they are drawn
	desk.errors[:] = [error for error in desk.errors if "attribute" not in error]
	assert not found, "\n".join(found)
