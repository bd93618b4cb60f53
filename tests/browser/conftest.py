"""Fixtures of the browser tests: Chromium against the private bench's web server, with worker and realtime server.

What these tests do is committed: the web server is another process. They prepare documents through the fixture
`on_site` (this process, connected as Administrator) and remove them with `cleanup` or `site_point`.
"""

import contextlib
import os
import re
from pathlib import Path

import pytest

from tests.harness import frappe_session, machine

FACTS = frappe_session.facts()
if FACTS.get("sites"):
	os.chdir(FACTS["sites"])  # Frappe opens its log files, relative to it, as soon as test modules import it
if not FACTS.get("url"):
	collect_ignore_glob = ["test_*.py"]

ARGUMENTS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
]
SIZE = {"width": 1440, "height": 900}
FAILURES = machine.WORK / "browser-failures"
# noise of the desk itself, not of what a page of ours does
HARMLESS = re.compile(
	r"ResizeObserver loop|the server responded with a status of 404.*favicon"
	r"|of null \(reading 'sidebar'\)",  # the sidebar of Frappe 16.9 looks into `frappe.route_options`, which is mostly null
	re.S,
)


def pytest_report_header(config):
	if not FACTS.get("url"):
		return f"tests/browser: not collected, {frappe_session.NOT_RUNNING}"
	return f"web server {FACTS['url']}, browser {FACTS['chromium']}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
	report = yield
	setattr(item, f"kam_{report.when}", report)
	return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
	with frappe_session.without_what_erpnext_cannot():
		return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
	with frappe_session.without_what_erpnext_cannot():
		return (yield)


@pytest.fixture(scope="session")
def address():
	"""Address of the web server, without a slash at its end."""
	return FACTS["url"]


@pytest.fixture(scope="session")
def chromium():
	"""One browser for all tests."""
	from playwright.sync_api import sync_playwright

	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(executable_path=FACTS["chromium"], args=ARGUMENTS)
		yield browser
		browser.close()


@pytest.fixture(scope="session")
def site_connection():
	frappe_session.connect()
	yield
	frappe_session.disconnect()


@pytest.fixture
def on_site(site_connection):
	"""This process on the site as Administrator, with what the web server committed so far. Commit what pages shall see."""
	import frappe

	frappe_session.forget_request()
	frappe.db.rollback()
	yield frappe
	frappe.db.rollback()
	frappe_session.forget_request()


@pytest.fixture
def as_user():
	"""`with as_user(email): …` runs the block of this process as that user."""
	return frappe_session.as_user


@pytest.fixture
def cleanup(on_site):
	"""Removes committed documents at the test's end: `cleanup.later(document)`."""
	helper = frappe_session.Cleanup()
	yield helper
	helper.finish()


@pytest.fixture
def site_point(on_site):
	"""Puts the whole database back at the test's end, a few seconds."""
	point = frappe_session.SitePoint()
	yield point
	point.return_to()


class Desk:
	"""A logged-in user's browser window. `page` is Playwright's page."""

	def __init__(self, browser, address, user, password, size):
		self.address, self.user = address, user
		self.context = browser.new_context(base_url=address, viewport=size, locale="en-US")
		self.context.set_default_timeout(30_000)
		answer = self.context.request.post("/api/method/login", form={"usr": user, "pwd": password})
		assert answer.ok, f"{user} could not log in: {answer.status} {answer.text()[:500]}"
		self.page = self.context.new_page()
		self.errors = []
		self.page.on("pageerror", lambda error: self.errors.append(str(error)))
		self.page.on(
			"console",
			lambda message: (
				self.errors.append(f"{message.text} {message.location.get('url', '')}".strip())
				if message.type == "error"
				else None
			),
		)

	def open(self, route="", wait_for=None):
		"""Opens a desk page, for example `open("key-account")` or `open("query-report/Customer Ranking")`, and waits until
		the desk has drawn it (and `wait_for`, a selector, is there). Returns the page."""
		prefix = "app" if frappe_major() < 16 else "desk"
		self.page.goto(f"/{prefix}/{route}")
		self.page.wait_for_function(
			"window.frappe && frappe.boot && frappe.router && frappe.router.current_route"
		)
		self.settle()
		if wait_for:
			self.page.wait_for_selector(wait_for)
		return self.page

	def settle(self):
		"""Waits until the page asks nothing of the server any more and shows no freeze or skeleton."""
		self.page.wait_for_load_state("networkidle")
		# that state is of the page's loading: once reached it stays, whatever is asked of the server later
		self.page.wait_for_function("() => !window.jQuery || !jQuery.active")
		self.page.wait_for_function(
			"() => [...document.querySelectorAll('#freeze.show, [class*=skeleton]:not(.with-skeleton)')].every(e => e.offsetParent === null)"
		)

	def call(self, method, **arguments):
		"""Calls a whitelisted method with the page's session. Returns its message."""
		return self.page.evaluate(
			"([method, args]) => frappe.call({method, args}).then(answer => answer.message)",
			[method, arguments],
		)

	def picture(self, path, full_page=False):
		"""A screenshot without moving parts."""
		Path(path).parent.mkdir(parents=True, exist_ok=True)
		self.settle()
		self.page.screenshot(path=str(path), full_page=full_page, animations="disabled")
		return Path(path)

	def uncaught(self):
		"""Errors the page raised or wrote to the console, without the desk's own noise."""
		return [error for error in self.errors if not HARMLESS.search(error)]

	def close(self):
		"""Closes the window."""
		self.context.close()


def frappe_major():
	"""Major version of the Frappe under test."""
	import frappe

	return int(frappe.__version__.split(".")[0])


@pytest.fixture
def log_in(chromium, address, request):
	"""`desk = log_in("a@example.com", "password")`, as often as wanted. A page error fails the test at its end; a failed
	test leaves a picture of each window in .kam/browser-failures."""
	desks = []

	def start(user="Administrator", password="admin", size=None):
		desks.append(Desk(chromium, address, user, password, size or SIZE))
		return desks[-1]

	yield start
	failed = getattr(getattr(request.node, "kam_call", None), "failed", False)
	errors = {desk.user: desk.uncaught() for desk in desks if desk.uncaught()}
	if failed or errors:
		FAILURES.mkdir(parents=True, exist_ok=True)
		for number, desk in enumerate(desks):
			name = re.sub(r"[^\w.-]+", "-", request.node.nodeid.split("/")[-1])
			with contextlib.suppress(Exception):  # a picture is a help, its failure must not hide the test's
				desk.page.screenshot(path=str(FAILURES / f"{name}-{number}.png"))
	for desk in desks:
		desk.close()
	assert not errors, f"the page raised errors: {errors}"


@pytest.fixture
def desk(log_in):
	"""A window of Administrator."""
	return log_in()
