"""Snapshots of key accounts: taken once, taken up after a kill, made later from documents, and for whom they are."""

import json
from dataclasses import replace
from datetime import date, timedelta

import frappe
import pytest
from frappe.utils import add_days, getdate

from kam_erpnext.data import forecast_accuracy, scorecard
from kam_erpnext.snapshots import FIGURES, SNAPSHOT, backfill, key_of, nightly, read, taking
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site.test_performance import plan
from tests.site.test_scorecard import ago, customer, sell

DATED_FIGURES = ("net_sales_year", "net_sales", "last_year", "margin", "invoiced", "health")


@pytest.fixture(autouse=True)
def company():
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})
	frappe.clear_document_cache("KAM Settings", "KAM Settings")


@pytest.fixture
def account():
	name = customer("Kept")
	sell(name, 500, 400)
	sell(name, 700, 60)
	sell(name, 100, 10)
	return k.make_account("Kept", [name])


@pytest.fixture
def no_alarms(monkeypatch):
	monkeypatch.setattr(taking, "_watch", lambda scores, on: None)


@pytest.fixture
def queued(monkeypatch):
	"""Jobs that were queued: their id and arguments. A job is not queued twice."""
	jobs = {}

	def enqueue(method, job_id=None, **values):
		assert method is nightly.take_accounts and job_id not in jobs
		jobs[job_id] = values

	monkeypatch.setattr(frappe, "enqueue", enqueue)
	monkeypatch.setattr(nightly, "is_job_enqueued", lambda job: job in jobs)
	return jobs


def yesterday():
	return getdate() - timedelta(days=1)


def rows(account, **filters):
	return frappe.get_all(
		SNAPSHOT, {"key_account": account.name, **filters}, ["*"], order_by="snapshot_date, company"
	)


def later(monkeypatch, days=90):
	"""What was yesterday is long over: only documents know it."""
	from kam_erpnext.data.scorecard import world

	today = getdate() + timedelta(days=days)
	monkeypatch.setattr(world, "getdate", lambda day=None: getdate(day) if day else today)
	monkeypatch.setattr(taking, "getdate", lambda day=None: getdate(day) if day else today)


# ---------------------------------------------------------------- the night


def test_a_snapshot_says_what_the_scorecard_says(account):
	on = yesterday()
	assert nightly.take_accounts([account.name], on) == 1
	(stored,) = rows(account)
	found = scorecard.read([account.name], b.COMPANY, on)[account.name]
	row = read.figures_of(stored)
	for name, value in found.figures.items():
		assert row[name] == (None if value is None else pytest.approx(value)), name
	assert row.health == pytest.approx(found.health, abs=0.01)
	assert row.health_band == found.health_band
	assert row.financial_score == pytest.approx(found.perspectives["Financial"].value, abs=0.01)
	assert (row.currency, row.snapshot_date, row.is_backfilled) == ("USD", on, 0)
	assert row.target is None and stored.target == 0  # nobody set one: that is not a target of 0
	assert "target" in row.unknown
	points = json.loads(stored.points)
	for line, kept in zip(found.lines, points["lines"], strict=True):
		assert (kept["line"], kept["measure"]) == (line.key, line.measure)
		assert kept["share"] == (None if line.share is None else pytest.approx(line.share, abs=0.01))
	assert len(json.loads(stored.forecasts)) == 4


def test_the_same_night_twice_changes_nothing(account, monkeypatch):
	on = yesterday()
	assert nightly.take_accounts([account.name], on) == 1
	before = rows(account)
	sell(account.customers[0].customer, 999, 1)
	monkeypatch.setattr(scorecard, "read", lambda *args: pytest.fail("was read again"))
	assert nightly.take_accounts([account.name], on) == 0
	assert rows(account) == before


def test_two_runs_at_once_make_one_snapshot(account, monkeypatch):
	on = yesterday()
	nightly.take_accounts([account.name], on)
	before = rows(account)
	# the second run looked before the first had written
	monkeypatch.setattr(taking, "missing", lambda names, company, on: [*names])
	watched = []
	monkeypatch.setattr(taking, "_watch", lambda scores, on: watched.append(scores))
	assert nightly.take_accounts([account.name], on) == 0
	assert rows(account) == before
	assert not watched  # alarms are the business of the run that was first


@pytest.mark.commits
def test_two_workers_at_once_make_one_snapshot(site_point, monkeypatch):
	"""The second has looked before the first has written; it waits, and finds that the first was faster."""
	watched = []
	monkeypatch.setattr(taking, "_watch", lambda scores, on: watched.extend(scores))
	of = k.make_account("Twice", [customer("Twice")])
	frappe.db.commit()
	on = yesterday()
	made = []
	first = k.Session(lambda: made.append(taking.take([of.name], on)), hold=True)
	first.start()
	assert first.done.wait(60)
	second = k.Session(lambda: made.append(taking.take([of.name], on)))
	second.start()
	k.wait_until_blocked()
	first.let_go()
	assert first.finish() is None
	assert second.finish() is None
	frappe.db.rollback()
	assert made == [1, 0]
	assert len(rows(of)) == 1
	assert watched == [of.name]


def test_a_killed_batch_leaves_nothing_and_is_taken_up(account, queued, monkeypatch, no_alarms):
	other = k.make_account("Killed", [customer("Killed")])
	on = yesterday()
	monkeypatch.setattr(nightly, "BATCH", 1)
	monkeypatch.setattr(nightly, "accounts", lambda: [account.name, other.name])
	assert nightly.take() == 2
	first, second = queued.values()
	queued.clear()  # the first is done, the worker died in the second
	nightly.take_accounts(first["names"], first["on"])
	keep = taking.keep
	monkeypatch.setattr(taking, "keep", lambda found: keep(found) and frappe.throw("killed"))
	frappe.db.savepoint("kam_killed")
	with pytest.raises(frappe.ValidationError, match="killed"):
		nightly.take_accounts(second["names"], second["on"])
	frappe.db.rollback(save_point="kam_killed")
	assert (len(rows(account)), len(rows(other))) == (1, 0)
	monkeypatch.setattr(taking, "keep", keep)
	assert nightly.take_up() == 1
	((job, values),) = queued.items()
	assert values["names"] == [other.name] and job == f"kam-snapshots-{on}-{other.name}"
	nightly.take_accounts(values["names"], values["on"])
	assert (len(rows(account)), len(rows(other))) == (1, 1)
	queued.clear()
	assert nightly.take_up() == 0


def test_jobs_have_stable_names_and_are_not_queued_twice(queued, monkeypatch):
	monkeypatch.setattr(nightly, "accounts", lambda: [f"KA-{number:05}" for number in range(90)])
	assert nightly.take() == 3
	names = [name for values in queued.values() for name in values["names"]]
	assert len(names) == len(set(names)) == 90
	assert nightly.take() == 0
	assert {values["on"] for values in queued.values()} == {str(yesterday())}
	assert all(values["queue"] == "long" for values in queued.values())


def test_what_cannot_be_kept_is_tried_a_few_times_only(account, queued):
	nightly.take()
	for _time in range(nightly.TRIES):
		queued.clear()
		assert nightly.take_up() == len(queued) > 0
	queued.clear()
	assert nightly.take_up() == 0


def test_retired_accounts_are_left_out(account):
	retired = k.make_account("Gone", [customer("Gone")], status="Retired")
	assert account.name in nightly.accounts()
	assert retired.name not in nightly.accounts()


def test_each_company_an_account_buys_from_has_its_own(account):
	b.ensure_euro_company()
	buyer = customer("European")
	both = k.make_account("Both companies", [buyer])
	b.make_invoice(buyer, [(b.ensure_service_item(), 1, 80)], ago(5), company=b.EURO_COMPANY, currency="EUR")
	nightly.take_accounts([account.name, both.name], yesterday())
	assert [(row.company, row.currency, row.net_sales_year) for row in rows(both)] == [
		(b.COMPANY, "USD", 0),
		(b.EURO_COMPANY, "EUR", 80),
	]
	assert [row.company for row in rows(account)] == [b.COMPANY]


def test_an_alarm_that_fails_loses_no_snapshot(account, monkeypatch):
	from kam_erpnext.alarms import watch

	monkeypatch.setattr(watch, "watch", lambda *args: frappe.throw("broken"))
	assert nightly.take_accounts([account.name], yesterday()) == 1
	assert frappe.get_all("Error Log", {"method": ("like", "Alarms of key accounts%")})


def test_an_account_that_cannot_be_read_keeps_no_other_from_it(account, monkeypatch, no_alarms):
	broken = k.make_account("Broken", [customer("Broken")])
	whole = scorecard.read

	def read_some(names, *args):
		if broken.name in names:
			raise ZeroDivisionError
		return whole(names, *args)

	monkeypatch.setattr(scorecard, "read", read_some)
	assert nightly.take_accounts([account.name, broken.name], yesterday()) == 1
	assert (len(rows(account)), len(rows(broken))) == (1, 0)
	assert frappe.get_all("Error Log", {"method": ("like", f"%{broken.name}")})


def test_alarms_see_the_scores_and_the_snapshots_before(account, monkeypatch):
	from kam_erpnext.alarms import watch

	seen = []
	monkeypatch.setattr(watch, "watch", lambda *args: seen.append(args))
	nightly.take_accounts([account.name], yesterday() - timedelta(days=1))
	nightly.take_accounts([account.name], yesterday())
	(_first, earlier, _on), (scores, before, on) = seen
	assert not earlier
	assert [*scores] == [*before] == [account.name]
	assert before[account.name].snapshot_date == on - timedelta(days=1)
	assert before[account.name].points["lines"]


# ---------------------------------------------------------------- made later


def test_made_later_documents_say_what_the_night_said(account, monkeypatch, no_alarms):
	on = yesterday()
	plan(account.name, 5000, from_date=f"{on.year}-01-01", company=b.COMPANY)
	b.make_payment(sell(account.customers[0].customer, 50, 30), ago(3))
	nightly.take_accounts([account.name], on)
	(night,) = rows(account)
	frappe.db.delete(SNAPSHOT, {"name": night.name})
	later(monkeypatch)
	assert taking.take([account.name], on, with_alarms=False) == 1
	(made,) = rows(account)
	assert made.is_backfilled and not night.is_backfilled
	then, now = read.figures_of(night), read.figures_of(made)
	assert [now[name] for name in DATED_FIGURES] == [then[name] for name in DATED_FIGURES]
	assert then.target == 5000
	for name in ("target", "target_to_date", "orders", "pipeline", "forecast", "freshness", "completeness"):
		assert now[name] is None, name
	assert now.score is None and json.loads(made.forecasts) == []
	kept = {line["measure"]: line for line in json.loads(made.points)["lines"]}
	before = {line["measure"]: line for line in json.loads(night.points)["lines"]}
	for measure in ("sales_change", "margin_percent", "overdue_receivables_share", "payment_delay"):
		assert kept[measure]["value"] == before[measure]["value"], measure
	assert kept["share_of_wallet"]["value"] is None


def test_month_ends_of_the_past_raise_no_alarms_and_keep_what_is_there(account, monkeypatch):
	monkeypatch.setattr(taking, "_watch", lambda *args: pytest.fail("an alarm of the past"))
	monkeypatch.setattr(nightly, "accounts", lambda: [account.name])
	start = getdate(ago(100))
	days = backfill.days(start, getdate())
	assert 3 <= len(days) <= 4 and all((day + timedelta(days=1)).day == 1 for day in days)
	assert backfill.month_ends(str(start)) == len(days)
	before = rows(account)
	assert [row.snapshot_date for row in before] == days
	assert backfill.month_ends(str(start)) == 0
	assert rows(account) == before


def test_month_ends_of_some_days():
	assert backfill.days(date(2024, 1, 31), date(2024, 3, 30)) == [date(2024, 1, 31), date(2024, 2, 29)]
	assert backfill.days(date(2024, 2, 1), date(2024, 2, 28)) == []
	assert backfill.days(yesterday(), yesterday() + timedelta(days=400))[:1] != [getdate()]
	with pytest.raises(frappe.ValidationError, match="lies before"):
		backfill.days(date(2024, 2, 2), date(2024, 2, 1))


# ---------------------------------------------------------------- reading


def keep(account, on, company=b.COMPANY, **values):
	"""A snapshot with these figures, the others not known."""
	figures = {name: values.get(name) or 0 for name in FIGURES}
	return frappe.get_doc(
		{
			"doctype": SNAPSHOT,
			"key_account": account.name,
			"account_name": account.account_name,
			"company": company,
			"currency": "USD",
			"snapshot_date": on,
			"snapshot_key": key_of(account.name, company, on),
			"unknown": ",".join(name for name in FIGURES if values.get(name) is None),
			"forecasts": json.dumps(values.get("forecasts") or []),
			**figures,
		}
	).insert()


def test_trend_by_month_and_by_day(account):
	for day, health in (("2025-01-30", 10), ("2025-01-31", 20), ("2025-02-28", 30), ("2025-03-05", 0)):
		keep(account, day, health=health)
	keep(account, "2025-03-06")
	until = date(2025, 3, 6)
	found = read.trend(account.name, months=3, until=until)
	assert [(str(row.snapshot_date), row.health) for row in found] == [
		("2025-01-31", 20),
		("2025-02-28", 30),
		("2025-03-06", None),  # not known is not 0
	]
	assert [row.health for row in read.trend(account.name, months=2, until=until)] == [30, None]
	assert [row.health for row in read.trend(account.name, days=10, until=until)] == [30, 0, None]
	assert read.latest([account.name], date(2025, 3, 6))[account.name].health == 0
	assert read.latest([account.name], date(2025, 1, 30)) == {}


def test_forecasts_of_the_past_count_only_when_their_parts_are_known(account):
	part = {"invoiced": 0, "orders": 60, "pipeline": 40, "baseline": 25}
	keep(account, "2025-01-20", forecasts=[{"month": "2025-02-01", **part, "orders": 1}])
	keep(account, "2025-01-31", forecasts=[{"month": "2025-02-01", **part}, {"month": "2025-03-01", **part}])
	keep(account, "2025-02-28")  # made later: nobody knows
	months = [date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1)]
	(found,) = read.forecasts([account.name], b.COMPANY, months)
	assert (found.month, found.made_on) == (date(2025, 2, 1), date(2025, 1, 31))
	assert (found.total(), found.total(with_baseline=True)) == (100, 125)
	(earlier,) = read.forecasts([account.name], b.COMPANY, months, lead=2)
	assert earlier.month == date(2025, 3, 1)


@pytest.fixture
def forecasts():
	"""Two accounts that sold 100 in February 2025, of which 130 and 50 were expected, and one month nobody forecast."""
	part = {"invoiced": 0, "orders": 0, "baseline": 10}
	found = []
	for expected in (130, 50):
		name = customer("Forecast")
		of = k.make_account("Forecast", [name])
		for day in ("2025-02-10", "2025-03-10"):
			b.make_invoice(name, [(b.ensure_service_item(), 1, 100)], day)
		keep(of, "2025-01-31", forecasts=[{"month": "2025-02-01", "pipeline": expected, **part}])
		keep(of, "2025-02-28")  # made later: no forecast
		found.append(of)
	return found


def question(**more):
	from kam_erpnext.data.performance import Question
	from kam_erpnext.engine.periods import Period

	period = Period(date(2025, 1, 1), date(2026, 1, 1))
	return Question((b.COMPANY,), "USD", period, date(2025, 6, 15), **more)


def test_accuracy_of_past_forecasts_by_hand(forecasts):
	past = forecast_accuracy.read(question())
	# |130 - 100| + |50 - 100| of 200; 180 of 200 expected
	assert (past.accuracy.wape, past.accuracy.bias, past.accuracy.forecasts) == (40, -10, 2)
	assert (past.accounts, past.first, past.last) == (2, date(2025, 2, 1), date(2025, 2, 1))
	with_baseline = forecast_accuracy.read(question(baseline=True)).accuracy
	assert (with_baseline.wape, with_baseline.bias) == (40, 0)
	one = forecast_accuracy.read(question(key_account=forecasts[0].name)).accuracy
	assert (one.wape, one.bias, one.forecasts) == (30, 30, 1)


def test_accuracy_counts_no_account_twice_and_no_cut(forecasts):
	upper, lower = forecasts
	lower.parent_key_account = upper.name
	lower.save()
	past = forecast_accuracy.read(question())
	assert (past.accuracy.forecasts, past.accuracy.wape) == (1, 35)  # 130 of 200, as the upper one holds both
	assert forecast_accuracy.read(question(territory="All Territories")) is None
	assert forecast_accuracy.read(question(measure="Margin")) is None
	assert forecast_accuracy.read(replace(question(), as_of=date(2025, 2, 20))) is None


def test_the_report_tells_how_good_forecasts_were(forecasts):
	from kam_erpnext.kam_erpnext.report.key_account_performance.key_account_performance import execute

	filters = {
		"company": b.COMPANY,
		"from_date": "2025-01-01",
		"to_date": "2025-12-31",
		"as_of": "2025-06-15",
	}
	_columns, _rows, message, _chart, summary = execute(filters)
	assert "2</b> forecasts of 2 accounts" in message and "40.0 %" in message and "too little" in message
	assert any(item["label"] == "Past Forecasts Off By" and "40" in item["value"] for item in summary)
	_columns, _rows, message, _chart, summary = execute({**filters, "as_of": "2025-02-20"})
	assert "not known yet" in message
	assert not any(item["label"] == "Past Forecasts Off By" for item in summary)
	_columns, _rows, message, _chart, _summary = execute({**filters, "territory": "All Territories"})
	assert "ast forecasts" not in message


def test_who_sees_a_part_of_an_account_is_told_no_accuracy(forecasts, as_user):
	director = k.ensure_role_user("Key Account Director", also=["Sales User"])
	with as_user(director):
		assert forecast_accuracy.read(question()).accuracy.forecasts == 2
	b.allow_only(director, "Customer", forecasts[1].customers[0].customer)
	with as_user(director):
		assert forecast_accuracy.read(question()).accuracy.forecasts == 1


def test_snapshots_are_for_those_who_see_the_whole_account(account, as_user):
	second = customer("Second")
	account.append("customers", {"customer": second})
	member = k.ensure_role_user("Key Account Manager", also=["Sales User"])
	outsider = k.ensure_role_user("Key Account Coordinator", also=["Sales User"])
	director = k.ensure_role_user("Key Account Director", also=["Sales User"])
	account.append("team", {"user": member})
	account.save()
	doc = keep(account, "2025-01-31", health=50)

	def seen(user):
		with as_user(user):
			listed = bool(frappe.get_list(SNAPSHOT, {"name": doc.name}))
			may = bool(frappe.has_permission(SNAPSHOT, "read", doc=doc.name))
			told = bool(read.trend(account.name, months=1, until=date(2025, 1, 31)))
			last = bool(read.latest([account.name], date(2025, 2, 1)))
			assert listed == may == told == last
			return listed

	assert (seen("Administrator"), seen(director), seen(member), seen(outsider)) == (True, True, True, False)
	b.allow_only(member, "Customer", second)
	assert not seen(member)  # he sees one of two customers
	b.allow_only(member, "Customer", account.customers[0].customer)
	assert seen(member)
	b.ensure_euro_company()
	b.allow_only(director, "Company", b.EURO_COMPANY)
	assert not seen(director)


def test_somebody_fenced_in_by_other_records_sees_no_stored_figure(account, as_user):
	director = k.ensure_role_user("Key Account Director", also=["Sales User"])
	keep(account, "2025-01-31", health=50)
	centre = frappe.db.get_value("Cost Center", {"company": b.COMPANY, "is_group": 0})
	with as_user(director):
		assert read.trend(account.name, months=1, until=date(2025, 1, 31))
	b.allow_only(director, "Cost Center", centre)
	with as_user(director):
		assert not read.trend(account.name, months=1, until=date(2025, 1, 31))
		assert not frappe.get_list(SNAPSHOT, {"key_account": account.name})


def test_nobody_writes_a_snapshot_by_hand(account, as_user):
	operations = k.ensure_role_user("KAM Administrator")
	doc = keep(account, "2025-01-31", health=50)
	with as_user(operations):
		with pytest.raises(frappe.PermissionError):
			keep(account, "2025-02-28", health=90)
		again = frappe.get_doc(SNAPSHOT, doc.name)
		again.health = 99
		with pytest.raises(frappe.PermissionError):
			again.save()


# ---------------------------------------------------------------- upkeep


def test_old_snapshots_are_thinned_out_to_the_last_of_each_month(account):
	frappe.db.set_single_value("KAM Settings", "snapshot_days", 60)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	for day in ("2025-01-10", "2025-01-29", "2025-02-01", "2025-03-10", "2025-03-11"):
		keep(account, day)
	assert nightly.clean_up(date(2025, 5, 5)) == 1
	assert [str(row.snapshot_date) for row in rows(account)] == [
		"2025-01-29",
		"2025-02-01",
		"2025-03-10",
		"2025-03-11",
	]
	frappe.db.set_single_value("KAM Settings", "snapshot_days", 0)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	assert nightly.clean_up(date(2027, 5, 5)) == 0


def test_snapshots_follow_a_renamed_account(account):
	keep(account, "2025-01-31", health=50)
	new = frappe.rename_doc("Key Account", account.name, "KA-RENAMED", force=True)
	(row,) = frappe.get_all(SNAPSHOT, {"key_account": new}, ["snapshot_key"])
	assert row.snapshot_key == key_of(new, b.COMPANY, "2025-01-31")
	assert taking.missing([new], b.COMPANY, getdate("2025-01-31")) == []


def test_of_merged_accounts_the_one_that_stays_keeps_its_history(account):
	other = k.make_account("Merged", [customer("Merged")])
	for day, health in (("2025-01-31", 50), ("2025-02-28", 60)):
		keep(account, day, health=health)
	for day in ("2025-01-31", "2024-12-31"):
		keep(other, day, health=10)
	frappe.rename_doc("Key Account", other.name, account.name, merge=True, force=True)
	assert [row.health for row in rows(account)] == [50, 60]


def test_snapshots_go_with_their_account(account):
	keep(account, str(add_days(getdate(), -9)), health=50)
	frappe.delete_doc("Key Account", account.name)
	assert not frappe.get_all(SNAPSHOT, {"key_account": account.name})


# ---------------------------------------------------------------- business reviews


def test_a_business_review_reads_the_health_of_its_days(account):
	from kam_erpnext.data import review_figures

	review = frappe._dict(
		key_account=account.name,
		company=b.COMPANY,
		currency="USD",
		from_date="2025-01-01",
		to_date="2025-03-31",
	)

	def health():
		return next((row for row in review_figures.figures(review, None) if row.key == "health"), None)

	assert health() is None  # without a snapshot there is no line
	keep(account, "2025-02-10", health=90)
	assert health() is None  # too old to say how the account stood on the last day
	keep(account, "2025-03-30", health=70)
	keep(account, "2025-04-02", health=10)
	found = health()
	assert (found.value, found.before, found.is_margin) == (70, None, True)
	keep(account, "2024-03-31", health=55)
	assert health().before == 55
