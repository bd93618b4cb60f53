"""Fixtures of the site tests.

Each test runs as Administrator in a transaction of its own that is undone afterwards, commits included (see
`tests.harness.frappe_session.Isolation`). A test that needs other connections to see its documents (a worker, a second
session) is marked `commits` and cleans up with the fixture `cleanup` or `site_point`.
"""

import os

import pytest

from tests.harness import frappe_session

FACTS = frappe_session.facts()
if FACTS:
	os.chdir(FACTS["sites"])  # Frappe opens its log files, relative to it, as soon as test modules import it
else:
	collect_ignore_glob = ["test_*.py"]


def pytest_configure(config):
	config.addinivalue_line(
		"markers", "commits: the test really commits and removes what it made (fixtures cleanup, site_point)"
	)


def pytest_addoption(parser):
	parser.addoption(
		"--facts-first",
		action="store_true",
		help="bring the monthly facts of sales up to date before every question, so that all tests are answered from them",
	)


def pytest_report_header(config):
	if not FACTS:
		return f"tests/site: not collected, {frappe_session.NOT_RUNNING}"
	loaded = "with AdventureWorks" if FACTS["loaded"] else f"no AdventureWorks: {FACTS['not_loaded_because']}"
	return f"site {FACTS['site']} in {FACTS['bench']}, {loaded}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
	with frappe_session.without_what_erpnext_cannot():
		return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
	with frappe_session.without_what_erpnext_cannot():
		return (yield)


@pytest.fixture(scope="session")
def harness():
	"""What the harness knows about the running bench, see `site.py: harness_facts`."""
	return FACTS


@pytest.fixture(scope="session", autouse=True)
def site_connection():
	"""This process is connected to the site from the first test to the last."""
	frappe_session.connect()
	yield
	frappe_session.disconnect()


@pytest.fixture(autouse=True)
def isolation(request, site_connection):
	"""Undoes what the test wrote, unless it is marked `commits`."""
	if request.node.get_closest_marker("commits"):
		frappe_session.forget_request()
		yield
		frappe_session.forget_request()
		frappe_session.forget_cached()
		return
	with frappe_session.Isolation():
		yield


@pytest.fixture(autouse=True)
def mails(monkeypatch, site_connection):
	"""Mails that were sent, as the arguments of `frappe.sendmail`: the site has no account to send them from."""
	import frappe

	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda *args, **values: sent.append(frappe._dict(values)))
	return sent


@pytest.fixture
def facts_first(monkeypatch, site_connection):
	"""Questions about sales are answered from monthly facts, which are brought up to date before each of them.
	The value counts the questions that they answered."""
	from tests.site import sales_facts

	return sales_facts.first(monkeypatch)


@pytest.fixture(autouse=True)
def facts_first_everywhere(request):
	if request.config.getoption("--facts-first"):
		request.getfixturevalue("facts_first")


@pytest.fixture
def as_user():
	"""`with as_user(email): …` runs the block as that user."""
	return frappe_session.as_user


@pytest.fixture
def cleanup(request):
	"""Removes committed documents at the test's end: `cleanup.later(document)`. Needs the marker `commits`."""
	_need_marker(request)
	helper = frappe_session.Cleanup()
	yield helper
	helper.finish()


@pytest.fixture
def site_point(request):
	"""Puts the whole database back at the test's end, a few seconds. Needs the marker `commits`."""
	_need_marker(request)
	point = frappe_session.SitePoint()
	yield point
	point.return_to()


def _need_marker(request):
	assert request.node.get_closest_marker("commits"), "mark the test with @pytest.mark.commits"


@pytest.fixture
def adventureworks():
	"""The loader module; the test is skipped when the site has no AdventureWorks data."""
	if not FACTS["loaded"]:
		pytest.skip(f"AdventureWorks is not on the site: {FACTS['not_loaded_because']}")
	from tests.site import adventureworks as loader

	return loader


@pytest.fixture(scope="module")
def empty_site():
	"""A site of its own with Frappe, ERPNext and an empty Test Company, without our app, dropped at the module's end.
	Work on it with `empty_site.bench.frappe(…, site=empty_site.name)`; the connection of the tests stays where it is."""
	from tests.harness.private_bench import Site

	site = Site(frappe_session.private_bench(), FACTS["empty_site"])
	site.restore(FACTS["base_dump"])
	yield site
	site.drop()
