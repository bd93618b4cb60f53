"""More than one machine: workers that share the jobs of a night, reports read from a replica, and servers that are restarted.

The servers are started by the tests themselves; without a MariaDB server program these tests say so and are left out.
"""

import json
import shutil
import urllib.error
import urllib.request
from contextlib import ExitStack
from datetime import timedelta

import frappe
import pytest
from frappe.utils import getdate
from frappe.utils.background_jobs import get_job
from frappe.utils.password import set_encrypted_password

from kam_erpnext.api import cards, performance_cards, scorecard, whitespace
from kam_erpnext.api import key_account as page
from kam_erpnext.snapshots import SNAPSHOT, nightly
from tests.harness import frappe_session, machine, services
from tests.harness.private_bench import Site
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site.test_selection import Worker, a_queue_of_its_own, wait_until

pytestmark = pytest.mark.commits
ACCOUNTS = 8
FORECASTS = (
	performance_cards.forecast_of_the_year,
	performance_cards.forecast_against_target,
	performance_cards.pace_against_target,
)
SECRET = "not-a-secret"


def make_accounts(number):
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})
	made = []
	for place in range(number):
		customer = b.make_customer(f"Shared {place}").name
		b.make_invoice(customer, [(b.ensure_service_item(), 1, 100 + place)], frappe.utils.nowdate())
		made.append(k.make_account(f"Shared {place}", [customer]).name)
	frappe.db.commit()
	return made


# ---------------------------------------------------------------- workers


def test_two_workers_share_a_night(site_point, harness, monkeypatch):
	"""Each account is a job here: both workers take some, and each account gets its one snapshot."""
	names = make_accounts(ACCOUNTS)
	monkeypatch.setattr(nightly, "QUEUE", "kam_test")
	monkeypatch.setattr(nightly, "BATCH", 1)
	monkeypatch.setattr(nightly, "accounts", lambda: names)
	on = getdate() - timedelta(days=1)

	def taken():
		frappe.db.rollback()
		return frappe.get_all(
			SNAPSHOT, {"snapshot_date": on, "key_account": ("in", names)}, pluck="key_account"
		)

	with a_queue_of_its_own(harness):
		assert nightly.take() == ACCOUNTS
		frappe.db.commit()
		assert nightly.take() == 0  # they are queued already
		frappe.db.commit()
		workers = [Worker(harness) for _number in range(2)]
		wait_until(lambda: len(taken()) >= ACCOUNTS, workers[0], seconds=180)
		jobs = [get_job(f"kam-snapshots-{on}-{name}") for name in names]
		for worker in workers:
			worker.kill()
	assert sorted(taken()) == sorted(names)
	assert len({job.worker_name for job in jobs if job}) == 2


# ---------------------------------------------------------------- servers of our own


@pytest.fixture(scope="module")
def servers(harness):
	"""Two MariaDB servers, the second a replica of the first, and a site with accounts on them."""
	bench = frappe_session.private_bench()
	if bench.database.kind != "mariadb":
		pytest.skip("the replica is one of MariaDB")
	if not services.PrivateMariaDB.server():
		pytest.skip("no MariaDB server program is installed here")
	with ExitStack() as stack:
		made = []
		for number, name in enumerate(("primary", "replica"), 1):
			options = [
				f"--server-id={number}",
				"--log-bin=binlog",
				"--binlog-format=ROW",
				"--gtid-strict-mode=1",
			]
			options += ["--read-only=1"] if name == "replica" else []
			server = services.PrivateMariaDB(
				bench.path / f"db-{name}", bench.logs / f"db-{name}.log", options
			)
			stack.callback(server.stop)
			server.start()
			made.append(server)
		primary, replica = made
		yield frappe._dict(primary=primary, replica=replica, bench=bench)


@pytest.fixture(scope="module")
def replicated(servers, harness):
	"""A site on the first server whose configuration names the second as its replica."""
	bench = servers.bench
	main, site = Site(bench, harness["site"]), Site(bench, "kam-replicated.localhost")
	point = frappe_session.SitePoint()
	names = make_accounts(3)
	frappe.db.set_value("User", "Administrator", "api_key", "administrator")
	set_encrypted_password("User", "Administrator", SECRET, "api_secret")
	frappe.db.commit()
	dump = bench.path / "replicated.sql.gz"
	main.dump(dump)
	point.return_to()

	first, second = servers.primary.database, servers.replica.database
	first.sql(
		"CREATE USER 'kam_copy'@'%' IDENTIFIED BY 'copy'; GRANT REPLICATION SLAVE ON *.* TO 'kam_copy'@'%';"
	)
	position = first.sql("SELECT @@gtid_binlog_pos")[0][0]
	second.sql(
		f"STOP SLAVE; SET GLOBAL gtid_slave_pos = '{position}'; RESET MASTER;"
		f"SET GLOBAL gtid_slave_pos = '{position}';"
		f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={first.port}, MASTER_USER='kam_copy',"
		" MASTER_PASSWORD='copy', MASTER_USE_GTID=slave_pos; START SLAVE;"
	)
	for folder in ("public/files", "private/files", "private/backups", "locks", "logs"):
		(site.path / folder).mkdir(parents=True, exist_ok=True)
	config = {
		**machine.read_json(main.path / "site_config.json"),
		"db_name": site.db_name,
		"db_host": first.host,
		"db_port": first.port,
		"read_from_replica": 1,
		"replica_host": second.host,
		"replica_db_port": second.port,
	}
	machine.write_json(site.path / "site_config.json", config)
	first.create(site.db_name, config["db_password"])
	first.restore(site.db_name, dump)
	caught_up(servers, seconds=180)
	frappe_session.disconnect()
	frappe_session.connect(site.name)
	yield frappe._dict(servers, site=site, accounts=names)
	frappe_session.disconnect()
	frappe_session.connect()
	shutil.rmtree(site.path, ignore_errors=True)
	dump.unlink()


def caught_up(servers, seconds=30):
	"""Waits until the replica has all the primary has."""
	wanted = servers.primary.database.sql("SELECT @@gtid_binlog_pos")[0][0]
	(reached,) = servers.replica.database.sql(f"SELECT MASTER_GTID_WAIT('{wanted}', {seconds})")
	assert reached == ["0"], "the replica does not follow"


def sponsor(account):
	"""Whom the page of an account names as its sponsor, read as a request reads it."""
	frappe_session.forget_request()
	frappe_session.forget_cached()
	for name in ("replica_db", "primary_db"):
		if hasattr(frappe.local, name):
			delattr(frappe.local, name)
	frappe.db.rollback()
	return page.profile(account)["head"]["people"].get("executive_sponsor")


# ---------------------------------------------------------------- the replica


def test_heavy_pages_are_read_from_the_replica(replicated):
	"""While the replica stands still its pages say what was, and nothing is lost when it goes on."""
	account = replicated.accounts[0]
	assert not sponsor(account)
	replicated.replica.database.sql("STOP SLAVE SQL_THREAD")
	try:
		frappe.db.set_value("Key Account", account, "executive_sponsor", "Administrator")
		frappe.db.commit()
		assert not sponsor(account)
	finally:
		replicated.replica.database.sql("START SLAVE SQL_THREAD")
	caught_up(replicated)
	assert sponsor(account)


def test_a_replica_that_is_down_is_told_and_can_be_left_out(replicated):
	"""Writing goes on; pages read from the replica fail until it is back, or until the configuration leaves it out."""
	account = replicated.accounts[1]
	replicated.replica.pause()
	try:
		with pytest.raises(frappe.db.OperationalError):
			sponsor(account)
		frappe.db.set_value("Key Account", account, "executive_sponsor", "Administrator")
		frappe.db.commit()
		frappe.conf.read_from_replica = 0
		assert sponsor(account)
	finally:
		frappe.conf.read_from_replica = 1
		replicated.replica.resume()
	replicated.replica.database.sql("START SLAVE")
	caught_up(replicated)
	assert sponsor(account)


def test_what_is_read_from_the_replica_writes_nothing(replicated):
	"""The database refuses every write here."""
	frappe.db.commit()
	frappe.conf.read_from_replica = 0
	frappe.db.begin(read_only=True)
	try:
		assert page.profile(replicated.accounts[0])["key_account"] == replicated.accounts[0]
		assert scorecard.panel(replicated.accounts[0])
		for card in (cards.net_sales, cards.share_of_sales, *FORECASTS):
			assert card() is not None
		whitespace.export(json.dumps({"company": b.COMPANY}))
		assert frappe.response.filecontent
		with pytest.raises(frappe.InReadOnlyMode):
			frappe.db.set_value("Key Account", replicated.accounts[0], "account_name", "Written")
	finally:
		frappe.conf.read_from_replica = 1
		frappe.db.rollback()
		frappe_session.forget_request()


# ---------------------------------------------------------------- restarts


@pytest.fixture
def web(replicated, harness):
	"""A web server of the site, which is started once, with a Redis of its own for the cache: `web.ask()`."""
	bench, site = replicated.bench, replicated.site
	cache = services.Redis("own cache", bench.path / "redis-own", bench.logs / "redis-own.log")
	file = site.path / "site_config.json"
	before = machine.read_json(file)
	with ExitStack() as stack:
		stack.callback(machine.write_json, file, before)
		stack.callback(cache.stop)
		machine.write_json(file, {**before, "redis_cache": cache.start()})
		port = machine.free_port()
		address = f"http://127.0.0.1:{port}"
		program = services.Program(
			"the web server",
			[bench.environment.python, "-m", "tests.harness.serve", site.name, port],
			cwd=bench.sites,
			env=bench.env(PYTHONPATH=harness["repo"]),
			log=bench.logs / "web-own.log",
			ready=lambda: services.page_answers(f"{address}/api/method/ping"),
		)
		stack.callback(program.stop)
		program.start()

		def ask():
			method = f"kam_erpnext.api.key_account.profile?key_account={replicated.accounts[2]}"
			request = urllib.request.Request(
				f"{address}/api/method/{method}", headers={"Authorization": f"token administrator:{SECRET}"}
			)
			try:
				with urllib.request.urlopen(request, timeout=60) as response:
					return response.status, json.load(response)
			except urllib.error.HTTPError as error:
				return error.code, {}

		yield frappe._dict(replicated, cache=cache, ask=ask, program=program)


@pytest.mark.parametrize("name", ["primary", "cache"])
def test_a_server_is_restarted_while_people_work(web, name):
	"""Requests are refused while it is down, and served again afterwards by the same web server."""
	assert web.ask()[0] == 200
	if name == "primary":
		frappe.db.close()
		web.primary.pause()
	else:
		web.cache.stop()
	try:
		status, answer = web.ask()
		assert status >= 500 or answer["message"]["key_account"] == web.accounts[2]
		assert name == "cache" or status >= 500
		assert web.program.process.poll() is None
	finally:
		if name == "primary":
			web.primary.resume()
		else:
			web.cache.start()
	status, answer = web.ask()
	assert (status, answer["message"]["key_account"]) == (200, web.accounts[2])
	if name == "primary":
		frappe.db.connect()
		web.replica.database.sql("STOP SLAVE; START SLAVE")
		caught_up(web)
