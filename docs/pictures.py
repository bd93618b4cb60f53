"""Takes the pictures of the documentation again, from a site with the demonstration company.

    python docs/pictures.py --url http://kam-demo.localhost:8000 --password PASSWORD [--only NAME …]

Needs `pip install playwright pillow` and a Chromium (CHROMIUM, default /usr/bin/chromium). PASSWORD is the one told when
the demonstration was created. The steps of the onboarding show when *Enable Onboarding* is set in the System Settings.
"""

import argparse
import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent / "images"
OPS, DIRECTOR, MANAGER = (f"{name}.demo@example.com" for name in ("ops", "director", "manager1"))

LARGEST_ACCOUNT = """async () => (await frappe.db.get_list("Key Account Plan", {
	fields: ["key_account"], filters: { docstatus: 1 }, order_by: "total_target desc", limit: 1 }))[0]?.key_account
	|| (await frappe.db.get_list("Key Account", { filters: { status: "Active" }, order_by: "lft", limit: 1 }))[0].name"""
TO_VALIDATE = """async () => (await frappe.db.get_list("Key Account Selection", {
	filters: { workflow_state: "To Validate" }, limit: 1 }))[0].name"""
CRITERIA = """async () => (await frappe.db.get_list("Key Account Criteria", {
	filters: { docstatus: 1 }, order_by: "creation desc", limit: 1 }))[0].name"""
ASSESSMENT = """async () => (await frappe.db.get_list("Key Account Assessment", {
	filters: { docstatus: 0, open_judgements: [">", 0] }, order_by: "score desc", limit: 1 }))[0].name"""

LARGEST_PLAN = """async () => (await frappe.db.get_list("Key Account Plan", {
	filters: { status: "In Execution" }, order_by: "total_target desc", limit: 1 }))[0].name"""
LAST_REVIEW = """async () => (await frappe.db.get_list("Key Account Business Review", {
	filters: { docstatus: 1 }, order_by: "review_date desc", limit: 1 }))[0].name"""

PLAN = """async () => (await frappe.db.get_list("Key Account Plan", {
	filters: { status: "In Execution", template: "One-Page Plan" }, order_by: "creation asc", limit: 1 }))[0].name"""

PLANNED_ACCOUNT = """async () => (await frappe.db.get_list("Key Account Plan", { fields: ["key_account"],
	filters: { status: "In Execution" }, order_by: "total_target desc", limit: 1 }))[0].key_account"""
HELD_REVIEW = """async () => (await frappe.db.get_list("Key Account Business Review", {
	filters: { docstatus: 1 }, order_by: "review_date", limit: 1 }))[0].name"""

FALKENAU = """async () => (await frappe.db.get_list("Key Account", {
	filters: { account_name: "Orvendal Klinikum Falkenau" }, limit: 1 }))[0].name"""
MAP = """async () => (await frappe.db.get_list("Power Map", {
	filters: { is_current: 1, title: "Orvendal Klinikum Falkenau" }, limit: 1 }))[0].name"""

LARGEST_DEAL = """async () => (await frappe.db.get_list("Key Account Opportunity", {
	filters: { status: "Open", current_gate: "Qualification Tests" }, order_by: "amount desc", limit: 1 }))[0].name"""

# the cycle that runs, and the next visit to a key account whose people are known
CYCLE = """async () => {
	const today = frappe.datetime.get_today();
	return (await frappe.db.get_list("Call Cycle", { filters: {
		status: "Approved", user: frappe.session.user, from_date: ["<=", today], to_date: [">=", today] }, limit: 1 }))[0].name;
}"""
CALL_DAY = """async () => (await frappe.db.get_list("Customer Call", { fields: ["planned_on"], filters: {
	status: "Prepared", user: frappe.session.user }, order_by: "planned_on", limit: 1 }))[0].planned_on"""
CALL = """async () => (await frappe.db.get_list("Customer Call", { filters: { status: "Prepared", user: frappe.session.user,
	method: "Visit", key_account: ["is", "set"] }, order_by: "planned_on", limit: 1 }))[0].name"""

# pictures as a telephone shows the page
PHONES = ("my-calls", "call-sheet", "call-report")
PHONE = {"device_scale_factor": 2, "is_mobile": True, "has_touch": True}

# pages that draw what the server answers: what must stand there, and what to click for more
DRAWN = {"whitespace": ".kam-ws-cell"}
LARGEST_CELL = ".kam-ws-cell.kam-ws-won-6"

ALARMED = """async () => (await frappe.db.get_list("Key Account", {
	filters: { account_name: "Brackmere Kingsmere Hospital" }, limit: 1 }))[0].name"""
STATEMENT = """async () => (await frappe.db.get_list("Key Account Incentive", {
	filters: { user: frappe.session.user }, limit: 1 }))[0].name"""

# the largest wallet with our rank that was entered a year before too
WALLET = """async () => {
	const year = Number(frappe.datetime.get_today().slice(0, 4));
	const list = (filters) => frappe.db.get_list("Key Account Wallet", {
		fields: ["name", "key_account", "item_group"], filters, order_by: "wallet desc", limit: 200 });
	const cell = (row) => `${row.key_account} ${row.item_group}`;
	const before = (await list({ year: year - 1, wallet_known: 1 })).map(cell);
	return (await list({ year, our_rank: [">", 0] })).find((row) => before.includes(cell(row))).name;
}"""

# pictures of a part of a page; of a table all lines are opened
TABLE = ".datatable"
PARTS = {
	"market-intelligence": ".kam-panel:has(h5:text-is('Market Intelligence'))",
	"alarms": ".kam-panel:has(h5:text-is('Scorecard'))",
	"performance-tree": TABLE,
}

# workspaces, and what is drawn last there
WORKSPACES = {
	"key-accounts": ".dashboard-widget-box svg.chart, .dashboard-widget-box svg.frappe-chart",
	"kam-reporting": ".kam-report-chart-body svg, .kam-report-chart-body canvas",
}

# name: (user, route or (route with {}, script that finds the document, tab if not the first, cell to click or pixels of a
# print to show), height in pixels)
PICTURES = {
	"workspace": (MANAGER, "key-accounts", 1150),
	"administration": (OPS, "kam-administration", 1000),
	"onboarding": (OPS, "kam-administration", 620),
	"criteria": (OPS, ("key-account-criteria/{}", CRITERIA), 1500),
	"selection": (DIRECTOR, ("key-account-selection/{}", TO_VALIDATE), 1300),
	"assessment": (DIRECTOR, ("key-account-assessment/{}", ASSESSMENT), 1500),
	"key-account-tree": (DIRECTOR, "key-account/view/tree", 1000),
	"account-page": (OPS, ("key-account/{}", LARGEST_ACCOUNT), 2200),
	"plan-one-page": (DIRECTOR, ("print:Key Account Plan:{}", LARGEST_PLAN), 1500),
	"review": (DIRECTOR, ("print:Key Account Business Review:{}", LAST_REVIEW), 1500),
	"plan-roll-up": (DIRECTOR, "query-report/Plan Roll-up", 1150),
	"plan-performance": (DIRECTOR, "query-report/Plan Performance", 1250),
	"plan": (DIRECTOR, ("key-account-plan/{}", PLAN), 1350),
	"report-actions-due": (DIRECTOR, "query-report/Actions Due", 1000),
	"actions-gantt": (MANAGER, ("key-account-action/view/gantt?key_account={}", PLANNED_ACCOUNT), 1000),
	"business-review": (MANAGER, ("key-account-business-review/{}", HELD_REVIEW), 1500),
	"power-map": (MANAGER, ("power-map/{}", MAP), 1000),
	"power-map-matrix": (MANAGER, ("power-map/{}", MAP, "Who Knows Whom"), 900),
	"power-map-scores": (MANAGER, ("power-map/{}", MAP, "Scores and Next Steps"), 1300),
	"power-map-print": (MANAGER, ("print:Power Map:{}", MAP, 1210), 1500),
	"whitespace": (DIRECTOR, "whitespace", 940),
	"whitespace-cell": (DIRECTOR, ("whitespace", None, LARGEST_CELL), 1100),
	"wallet": (DIRECTOR, ("key-account-wallet/{}", WALLET), 1000),
	"market-intelligence": (MANAGER, ("key-account/{}", FALKENAU), 1500),
	"report-share-of-wallet": (DIRECTOR, "query-report/Share of Wallet", 1250),
	"report-market-share": (DIRECTOR, "query-report/Market Share", 1250),
	"opportunity": (MANAGER, ("key-account-opportunity/{}", LARGEST_DEAL), 1000),
	"opportunity-board": (
		MANAGER,
		"key-account-opportunity/view/kanban/Key Account Opportunities by Gate",
		900,
	),
	"report-pipeline": (DIRECTOR, "query-report/Key Account Pipeline?group_by=Key Account", 1150),
	"report-win-and-loss": (DIRECTOR, "query-report/Win and Loss", 1150),
	"report-opportunity-matrix": (DIRECTOR, "query-report/Opportunity Matrix", 1100),
	"report-relationship-coverage": (DIRECTOR, "query-report/Relationship Coverage", 1100),
	"performance": (DIRECTOR, "query-report/Key Account Performance", 1400),
	"performance-tree": (
		DIRECTOR,
		"query-report/Key Account Performance?by=Territory&then_by=Key Account&territory=Halden Germany",
		2000,
	),
	"performance-bullets": (DIRECTOR, "query-report/Key Account Performance?chart=Target Bullets", 1150),
	"performance-trend": (
		DIRECTOR,
		"query-report/Key Account Performance?chart=Trend&by=Sales Person&targets_from=ERPNext&sold_to=All Customers",
		1150,
	),
	"report-account-profitability": (
		DIRECTOR,
		"query-report/Account Profitability?chart=Waterfall from CM1",
		1150,
	),
	"report-whale-curve": (
		DIRECTOR,
		"query-report/Account Profitability?chart=Whale Curve&by=Customer",
		1150,
	),
	"report-improvement-potential": (DIRECTOR, "query-report/Improvement Potential", 1150),
	"account-scorecard": (DIRECTOR, "query-report/Account Scorecard", 1400),
	"account-scorecard-lines": (
		MANAGER,
		("query-report/Account Scorecard?key_account={}", FALKENAU),
		1500,
	),
	"alarms": (DIRECTOR, ("key-account/{}", ALARMED), 1500),
	"incentive-statement": (MANAGER, ("key-account-incentive/{}", STATEMENT), 1300),
	"incentive-performance": (DIRECTOR, "query-report/Incentive Performance", 1200),
	"kam-reporting": (DIRECTOR, "kam-reporting", 1500),
	"call-cycle": (MANAGER, ("call-cycle/{}", CYCLE), 1500),
	"my-calls": (MANAGER, ("my-calls/{}", CALL_DAY), 844),
	"call-sheet": (MANAGER, ("my-calls/{}", CALL), 1700),
	"call-report": (MANAGER, ("my-calls/{}/report", CALL), 1500),
	"report-call-compliance": (DIRECTOR, "query-report/Call Compliance", 1100),
	"report-call-performance": (DIRECTOR, "query-report/Call Performance", 1100),
	"report-calls-and-results": (DIRECTOR, "query-report/Calls and Results", 1150),
	"report-workload": (DIRECTOR, "query-report/Workload", 1000),
	"report-pareto": (DIRECTOR, "query-report/Customer Pareto and ABC", 1100),
	"report-ranking": (DIRECTOR, "query-report/Customer Ranking", 1100),
	"report-portfolio": (DIRECTOR, "query-report/Portfolio Matrix", 1100),
	"report-selection-results": (DIRECTOR, "query-report/Selection Results", 1100),
}


def main():
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--url", required=True)
	parser.add_argument("--password", required=True)
	parser.add_argument("--only", nargs="*", choices=list(PICTURES), default=list(PICTURES))
	options = parser.parse_args()
	FOLDER.mkdir(exist_ok=True)
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(
			executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
			args=["--no-sandbox", "--disable-gpu"],
		)
		for name in options.only:
			user, where, height = PICTURES[name]
			width, device = (390, PHONE) if name in PHONES else (1366, {})
			context = browser.new_context(
				base_url=options.url, viewport={"width": width, "height": height}, **device
			)
			answer = context.request.post("/api/method/login", form={"usr": user, "pwd": options.password})
			if not answer.ok:
				raise SystemExit(f"{user} could not log in: {answer.status}")
			page = context.new_page()
			save(picture(page, where, PARTS.get(name)), FOLDER / f"{name}.png")
			context.close()
			print(name)
		browser.close()


def picture(page, where, part=None) -> bytes:
	route, script, more = (*where, None)[:3] if isinstance(where, tuple) else (where, None, None)
	page.goto("/app")
	page.wait_for_function("window.frappe && frappe.boot && frappe.router?.current_route")
	if route.startswith("print:"):
		return printed(page, *route.format(page.evaluate(script)).split(":")[1:], most=more)
	prefix = "app" if page.evaluate("cint(frappe.boot.versions.frappe) < 16") else "desk"
	page.goto(f"/{prefix}/{route.format(page.evaluate(script)) if script else route}")
	page.wait_for_load_state("networkidle")
	if route in WORKSPACES:
		page.wait_for_selector(".number-widget-box .number")
		page.wait_for_selector(WORKSPACES[route])
	if route in DRAWN:
		page.wait_for_selector(DRAWN[route])
	page.wait_for_timeout(3000)
	if more and route in DRAWN:
		page.locator(more).first.click()
		page.wait_for_timeout(3000)
		page.mouse.move(0, 0)
	elif more:
		page.locator(f".form-tabs .nav-link:has-text('{more}')").click()
		page.wait_for_timeout(2500)
	if part == TABLE:
		page.evaluate("frappe.query_report.datatable.rowmanager.expandAllNodes()")
		page.wait_for_timeout(1500)
	if "view/tree" in route:
		page.click("button:has-text('Expand All')")
		page.wait_for_timeout(1500)
	if "view/gantt" in route:
		page.evaluate("document.querySelector('.btn-view-mode[data-value=Month]').click()")
		page.wait_for_timeout(1500)
	page.evaluate("document.querySelectorAll('.alert-container, .desk-alert').forEach(e => e.remove())")
	return (page.locator(part) if part else page).screenshot(animations="disabled")


def printed(page, doctype: str, name: str, most: int | None = None) -> bytes:
	"""The default print of a document as the browser shows it, or its upper part."""
	page.goto(f"/printview?doctype={doctype}&name={name}&no_letterhead=1")
	page.wait_for_load_state("networkidle")
	sheet = page.locator(".print-format")
	if not most:
		return sheet.screenshot()
	return page.screenshot(clip={**sheet.bounding_box(), "height": most})


def save(data: bytes, path: Path):
	"""A palette keeps the pictures of a desk small and sharp; this one keeps the colours of small areas, such as legends."""
	picture = Image.open(io.BytesIO(data)).convert("RGB")
	picture.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=3).save(path, optimize=True)


if __name__ == "__main__":
	main()
