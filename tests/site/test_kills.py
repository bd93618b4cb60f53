"""Long jobs whose worker is killed at many moments: nothing is half applied, and afterwards all is as if nobody had died.

A further job is one line in `JOBS`. KAM_KILL_MOMENTS sets how many moments of each are tried.
"""

from datetime import timedelta

import frappe
import pytest
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.data import sales_facts_upkeep
from kam_erpnext.kam_erpnext.doctype.call_cycle import scheduling
from kam_erpnext.kam_erpnext.doctype.customer_call import upkeep
from kam_erpnext.kam_erpnext.doctype.key_account_incentive_scheme import statements
from kam_erpnext.kam_erpnext.doctype.key_account_selection import run
from kam_erpnext.snapshots import nightly
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import incentive_builders as i
from tests.site import kam_builders as k
from tests.site import killing
from tests.site.killing import Job
from tests.site.test_selection import make_selection

pytestmark = pytest.mark.commits
PEOPLE = (c.MANAGER, c.DIRECTOR, i.PAYER, i.MANAGER, i.COLLEAGUE, i.DIRECTOR)


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	"""The whole site is put back at the end."""
	point = frappe_session.SitePoint()
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})
	for user in PEOPLE:
		b.ensure_user(user, {**c.PEOPLE, **i.PEOPLE}[user])
		frappe.db.set_value("Notification Settings", user, "enable_email_notifications", 0)
	frappe.db.commit()
	yield
	point.return_to()


@pytest.fixture
def queue(monkeypatch):
	"""Jobs wait in this process, and its children have a copy of them."""
	waiting = killing.Queue()
	monkeypatch.setattr(frappe, "enqueue", waiting.add)
	return waiting


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch):
	"""What the hourly look takes for dead after some minutes is dead at once; a batch is one account."""
	monkeypatch.setattr(run, "SILENT_MINUTES", -1)
	monkeypatch.setattr(scheduling, "SILENT_MINUTES", -1)
	monkeypatch.setattr(nightly, "BATCH", 1)
	monkeypatch.setattr(scheduling, "AT_ONCE", 0)
	yield
	frappe.db.rollback()  # what could not be prepared leaves nothing behind


# ---------------------------------------------------------------- the jobs


def sold(name, amount, days=20):
	customer = b.make_customer(f"{name} Killed {frappe.generate_hash(length=5)}").name
	b.make_invoice(customer, [(b.ensure_service_item(), 1, amount)], str(add_days(nowdate(), -days)))
	return customer


def a_selection():
	territory = b.ensure_territory("Kill Test Land")
	for name, amount in (("First", 5000), ("Second", 3000), ("Third", 200)):
		customer = b.make_customer(f"{name} Selected", territory=territory).name
		b.make_invoice(customer, [(b.ensure_service_item(), 1, amount)], "2019-03-01", company=b.COMPANY)
	with frappe_session.as_user(i.PAYER):
		selection = make_selection(territory=territory)
		apply_workflow(selection, "Run")
	return {"selection": selection.name, "token": selection.run_token}


def some_accounts():
	for number in range(2):
		k.make_account(f"Night {number}", [sold(f"Night {number}", 1000 + number)])
	return {}


def a_cycle():
	cycle = c.make_cycle(c.MANAGER, overload_reason="Test")
	for number in range(3):
		c.make_line(cycle, calls=3 + number)
	c.approve_cycle(cycle)
	return {"cycle": cycle.name}


def two_schemes():
	"""Calls made since the statements were made change what is paid."""
	i.make_scheme([i.MANAGER, i.COLLEAGUE])
	i.make_scheme([i.DIRECTOR])
	for user in (i.MANAGER, i.DIRECTOR):
		call = c.make_call(user=user, planned_on="2019-05-06")
		call.db_set({"status": "Made", "made_at": "2019-05-06 10:00:00", "made_on": "2019-05-06"})
	return {}


def old_calls():
	frappe.db.set_single_value("KAM Settings", "call_missed_after", 2)
	for days in (30, 20, 10, 1):
		call = c.make_call(user=c.MANAGER)
		day = getdate() - timedelta(days=days)
		call.db_set({"planned_on": day, "due_on": day})
	return {}


def changed_sales():
	"""A month that changes, one that stays, one that is not there yet."""
	first, second = sold("Facts", 1000), sold("Facts", 500, days=50)
	frappe.db.commit()
	sales_facts_upkeep.build_missing()
	for customer, days in ((first, 20), (second, 400)):
		b.make_invoice(customer, [(b.ensure_service_item(), 1, 77)], str(add_days(nowdate(), -days)))
	return {}


JOBS = {
	"selection run": Job(a_selection, run.execute, lambda **job: run.resume_stopped_runs(), whole=True),
	"nightly snapshots": Job(some_accounts, nightly.take, nightly.take_up),
	"schedule of a call cycle": Job(
		a_cycle, scheduling.execute, lambda **job: scheduling.resume_stopped(), whole=True
	),
	"incentives": Job(two_schemes, statements.recalculate_all),
	"missed calls": Job(old_calls, upkeep.mark_missed),
	"monthly facts of sales": Job(
		changed_sales,
		lambda: (sales_facts_upkeep.catch_up(), sales_facts_upkeep.build_missing()),
		sales_facts_upkeep.keep_up,
	),
}


# ---------------------------------------------------------------- the deaths


@pytest.mark.parametrize("name", JOBS)
def test_a_job_survives_the_death_of_its_worker(name, queue):
	job = JOBS[name]
	job_values = job.prepare()
	frappe.db.commit()
	queue.jobs.clear()  # what making the data has queued is what the job is about
	frappe_session.forget_cached()

	def work():
		job.work(**job_values)
		queue.run()

	def again():
		(job.again or job.work)(**job_values)
		queue.run()

	tables = killing.tables()
	start = killing.State(tables)
	killing.worker(work)  # what is remembered from now on is not read again in the runs to come
	start.put_back()
	work_of_it = killing.worker(work)
	expected = killing.State(tables)
	assert expected.facts != start.facts, "the job wrote nothing"
	start.put_back()

	died = 0
	for moment in killing.moments(work_of_it):
		killed = killing.worker(work, die_at=moment) is None
		died += killed
		where = f"killed before statement {moment + 1} of {len(work_of_it)} ({work_of_it[moment]})"
		left = killing.State(tables)
		assert not half_applied(job, start, left, expected), where
		again()
		found = killing.State(tables)
		assert found.facts == expected.facts, where + "\n" + killing.difference(found.facts, expected.facts)
		start.put_back()
	assert died >= killing.MOMENTS // 2


def half_applied(job, start, left, expected):
	"""What a death left behind that is neither as before nor as it should be afterwards."""
	if job.whole:
		return left.facts not in (start.facts, expected.facts) and killing.difference(start.facts, left.facts)
	return {
		name: strange
		for name, lines in left.facts.items()
		if (
			strange := [
				line
				for line in lines
				if line not in {*start.facts.get(name, ()), *expected.facts.get(name, ())}
			]
		)
		and name != "Series"
	}
