"""The report Account Scorecard, the panel on the account page and the cards: traceable figures, and what each reader sees."""

import json

import frappe
import pytest
from frappe.desk import query_report
from frappe.utils import add_days, add_months, getdate

from kam_erpnext.alarms.watch import watch
from kam_erpnext.api import alarms as alarms_api
from kam_erpnext.api import cards
from kam_erpnext.api import scorecard as api
from kam_erpnext.data import scorecard, scorecard_history
from kam_erpnext.engine.scorecard import PERSPECTIVES
from kam_erpnext.kam_erpnext.report.account_scorecard.account_scorecard import execute
from kam_erpnext.setup.roles import ROLES
from kam_erpnext.snapshots import SNAPSHOT, key_of
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import plan_builders as p
from tests.site.plan_builders import DIRECTOR, MANAGER, OUTSIDER, READER

REPORT = "Account Scorecard"
FENCED = "scorecard.fenced@example.com"
HOSTILE = "<img src=x onerror=alert(1)> & Co"


@pytest.fixture(scope="module", autouse=True)
def people():
	with p.lasting_people({FENCED: ["Key Account Director", "Sales User"]}):
		yield


@pytest.fixture(autouse=True)
def nothing_else():
	b.ensure_company()
	for doctype in ("Key Account Alarm", "Key Account Alarm Rule", SNAPSHOT):
		frappe.db.delete(doctype)
	frappe.db.set_single_value("KAM Settings", "company", b.COMPANY)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")


def today():
	"""The day of the site, which may be another one than here."""
	return getdate()


def ago(**span):
	return add_months(today(), -span["months"]) if "months" in span else add_days(today(), -span["days"])


def account(name, amounts=(1000, 1000), team=MANAGER, **fields):
	"""An account with net sales of the twelve months before last and of the last twelve, paid at once."""
	customer = b.make_customer(f"{name} customer").name
	for amount, days in zip(amounts, (500, 100), strict=True):
		if amount:
			day = str(ago(days=days))
			b.make_payment(b.make_invoice(customer, [(b.ensure_service_item(), 1, amount)], day), day)
	made = k.make_account(name, [customer], key_account_manager=team, **fields)
	made.db_set("account_name", fields.get("shown", name))
	return made


def snapshot(doc, day, health, band="Watch", **fields):
	return frappe.get_doc(
		{
			"doctype": SNAPSHOT,
			"key_account": doc.name,
			"account_name": doc.account_name,
			"company": b.COMPANY,
			"snapshot_date": day,
			"snapshot_key": key_of(doc.name, b.COMPANY, getdate(day)),
			"health": health or 0,
			"health_band": band,
			"unknown": "" if health is not None else "health",
			**fields,
		}
	).insert(ignore_permissions=True)  # as the night does


@pytest.fixture
def world():
	"""Sales that grew and sales that fell by half; the latter once had a health of 90."""
	grown, fallen = account("Scored Grown", (1000, 1200)), account("Scored Fallen", (1000, 500))
	snapshot(fallen, ago(months=3), 90, "Healthy")
	return frappe._dict(grown=grown, fallen=fallen)


def run(**filters):
	columns, rows, message, chart, summary = execute({"company": b.COMPANY, **filters})
	assert "program" not in (message or ""), message
	return (
		columns,
		rows,
		message,
		chart and chart["kam"],
		{item["label"]: item["value"] for item in summary or ()},
	)


def by_name(rows):
	return {row["account_name"]: row for row in rows}


# ---------------------------------------------------------------- many accounts


def test_accounts_stand_with_the_figures_of_their_scorecards(world):
	_columns, rows, message, chart, summary = run()
	found = by_name(rows)
	scores = scorecard.read([world.grown.name, world.fallen.name], b.COMPANY, today())
	for doc in (world.grown, world.fallen):
		row, score = found[doc.account_name], scores[doc.name]
		assert row["health"] == round(score.health) and row["band_key"] == score.health_band
		assert row["freshness"] == round(score.freshness)
		assert row["completeness"] == round(score.completeness)
		for name in PERSPECTIVES:
			value = score.perspectives[name].value
			assert row[name.lower()] == (None if value is None else round(value))
	healths = [row["health"] for row in rows if row["health"] is not None]
	assert healths == sorted(healths)
	assert (
		summary["Key Accounts"]
		== len(rows)
		== sum(summary.get(label, 0) for label in ("At Risk", "Watch", "Healthy", "Health Not Known"))
	)
	assert "three numbers" in message
	assert chart["kind"] == "scorecards" and len(chart["rows"]) <= 25


def test_the_trend_compares_with_the_snapshot_three_months_before(world):
	snapshot(world.grown, ago(months=1), 10, "At Risk")  # too new to compare with
	rows = by_name(run()[1])
	fallen, grown = rows["Scored Fallen"], rows["Scored Grown"]
	assert fallen["trend"] == round(fallen["health"] - 90) < 0
	assert (fallen["movement"], fallen["trend_since"]) == ("Down", str(ago(months=3)))
	assert (grown["trend"], grown["movement"]) == (None, None)
	assert [row["account_name"] for row in run(falling=1)[1]] == ["Scored Fallen"]


@pytest.mark.parametrize(
	("now", "before", "found"),
	[
		(50, 60, "Down"),
		(60, 50, "Up"),
		(50, 52.9, "Same"),
		(50, None, None),
		(None, 50, None),
	],
)
def test_a_change_by_a_point_or_two_is_none(now, before, found):
	assert scorecard_history.movement(now, before) == found


def test_a_snapshot_that_did_not_know_the_health_or_is_too_old_is_no_comparison(world):
	frappe.db.delete(SNAPSHOT)
	snapshot(world.fallen, ago(months=3), None, None)
	snapshot(world.grown, ago(months=5), 90)
	rows = by_name(run()[1])
	assert rows["Scored Fallen"]["trend"] is None and rows["Scored Grown"]["trend"] is None


def test_filters(world):
	above = account("Scored Above", level="Global")
	assert {row["account_name"] for row in run(level="Global")[1]} >= {"Scored Above"}
	assert "Scored Grown" not in by_name(run(level="Global")[1])
	bands = {row["band_key"] for row in run(band="Healthy")[1]}
	assert bands <= {"Healthy"}
	frappe.db.set_value("Key Account", above.name, "status", "Retired")
	assert "Scored Above" not in by_name(run()[1])


def test_territory_segment_and_manager(world):
	far = b.ensure_territory("Scored Far", parent=b.ensure_territory("Scored Land", is_group=True))
	top = account("Scored Top", (0, 0))
	below = k.make_account(
		"Scored Below", [b.make_customer("Scored below", territory=far).name], parent=top.name
	)
	assert set(by_name(run(territory="Scored Land")[1])) == {"Scored Top", "Scored Below"}
	segment = frappe.get_doc({"doctype": "Key Account Segment", "segment_name": "Scored Segment"}).insert()
	below.append("segments", {"segment": segment.name, "source": "Person", "reason": "Fits"})
	below.save()
	_columns, rows, message, *_ = run(segment=segment.name)
	assert set(by_name(rows)) == {"Scored Below"} and "Scored Segment" in message
	assert set(by_name(run(manager=MANAGER, territory="Scored Land")[1])) == {"Scored Top"}
	assert "fewer filters" in run(manager=MANAGER, segment=segment.name)[2]


def test_my_accounts(world, as_user):
	account("Scored Other", team=OUTSIDER)
	with as_user(OUTSIDER):
		assert [row["account_name"] for row in run(mine=1)[1]] == ["Scored Other"]


def test_open_alarms_are_counted(world):
	rule()
	scores = scorecard.read([world.grown.name, world.fallen.name], b.COMPANY, today())
	watch(scores, {}, today())
	rows = by_name(run()[1])
	assert (rows["Scored Fallen"]["alarms"], rows["Scored Grown"]["alarms"]) == (1, 0)
	assert "50.0 %" in rows["Scored Fallen"]["alarm_texts"]
	name = frappe.db.get_value("Key Account Alarm", {"key_account": world.fallen.name})
	alarms_api.mute(name, str(add_days(today(), 5)), "Known")
	row = by_name(run()[1])["Scored Fallen"]
	assert (row["alarms"], row["muted"], row["severity"]) == (0, 1, None)


def rule(**fields):
	values = {"rule_name": "Scored rule", "kind": "Sales Drop", "threshold": 30, "days": 366, **fields}
	return frappe.get_doc({"doctype": "Key Account Alarm Rule", "tell_manager": 1, **values}).insert()


# ---------------------------------------------------------------- one account


def test_every_point_can_be_traced(world):
	columns, rows, _message, chart, summary = run(key_account=world.fallen.name)
	score = scorecard.read([world.fallen.name], b.COMPANY, today())[world.fallen.name]
	by_key = {row["key"]: row for row in rows}
	for name in PERSPECTIVES:
		value = score.perspectives[name].value
		head = by_key[name]
		shares = [row["share"] for row in rows if row["parent"] == name and row["share"] is not None]
		assert head["points"] == (None if value is None else round(value))
		if value is not None:
			assert sum(shares) == pytest.approx(value, abs=0.5)  # the shares make the score
	for line in score.lines:
		row = by_key[f"line {line.key}"]
		assert row["parent"] == line.perspective and row["text"] == line.value.text
		assert row["is_unknown"] == (line.value.value is None)
		assert (row["value"] == "–") == (line.value.value is None)
		assert row["route"] == line.value.route
	shares = [row["share"] for row in rows if row["parent"] == "health" and row["share"] is not None]
	assert sum(shares) == pytest.approx(score.health, abs=0.8)  # deductions included
	assert len([row for row in rows if row["parent"] == "freshness"]) == len(score.freshness_parts)
	assert len([row for row in rows if row["parent"] == "completeness"]) == len(score.completeness_parts)
	assert summary["Freshness"] == str(round(score.freshness))
	assert summary["Health"].startswith(str(round(score.health)))
	assert [bar["value"] for bar in chart["bars"]] == [
		None if score.perspectives[name].value is None else round(score.perspectives[name].value, 1)
		for name in PERSPECTIVES
	]
	fields = {column["fieldname"] for column in columns}
	assert {"label", "value", "points", "weight", "share", "text"} <= fields


def test_change_of_sales_gives_its_points(world):
	rows = {
		row["label"]: row for row in run(key_account=world.fallen.name)[1] if row["parent"] == "Financial"
	}
	change = rows["Change of Net Sales"]
	assert (change["value"], change["points"]) == ("-50.0 %", 0)  # 500 after 1,000; 0 points from -20 % down
	assert "500" in change["text"] and "1,000" in change["text"]


def test_the_trend_of_one_account(world):
	snapshot(world.fallen, ago(months=6), 80, score=70)
	snapshot(world.fallen, ago(months=9), None, None, score=60)
	trend = run(key_account=world.fallen.name)[3]["trend"]
	assert [shot["health"] for shot in trend[:-1]] == [None, 80, 90]
	assert trend[-1]["day"] == str(today())


def test_alarms_of_the_account_stand_below(world):
	rule()
	watch(scorecard.read([world.fallen.name], b.COMPANY, today()), {}, today())
	rows = [row for row in run(key_account=world.fallen.name)[1] if row["parent"] == "alarms"]
	assert len(rows) == 1 and "50.0 %" in rows[0]["text"] and rows[0]["severity"] == "Medium"


def test_a_day_of_the_past_knows_only_what_documents_tell(world):
	rows = {row["label"]: row for row in run(key_account=world.fallen.name, as_of=str(ago(days=200)))[1]}
	assert rows["Sales against Target"]["value"] == "–"
	assert rows["Freshness"]["points"] is None and rows["Freshness"]["text"]
	message = run(as_of=str(add_days(today(), 1)))[2]
	assert "lies ahead" in message


# ---------------------------------------------------------------- who sees what


def test_only_visible_accounts(world, as_user):
	with as_user(OUTSIDER):
		_columns, rows, message, *_ = execute({"company": b.COMPANY})
		assert rows == [] and "kam-hint" in message
		message = execute({"company": b.COMPANY, "key_account": world.fallen.name})[2]
		assert "may not see" in message
	with as_user(MANAGER):
		assert {"Scored Grown", "Scored Fallen"} <= set(by_name(run()[1]))


def test_whoever_sees_a_part_of_an_account_gets_no_figures_of_all_of_it(as_user):
	far = b.make_customer("Scored far", territory=b.ensure_territory("Scored Elsewhere")).name
	doc = account("Scored Mixed", (1000, 500))
	doc.append("customers", {"customer": far})
	doc.save()
	b.make_invoice(far, [(b.ensure_service_item(), 1, 7777)], str(ago(days=50)))
	snapshot(doc, ago(months=3), 90, "Healthy")
	rule()
	watch(scorecard.read([doc.name], b.COMPANY, today()), {}, today())
	b.allow_only(FENCED, "Territory", "Test Territory")
	with as_user(FENCED):
		_columns, rows, message, chart, _summary = run(key_account=doc.name)
		assert "7,777" not in json.dumps([rows, chart], default=str)
		assert "$ 500" in json.dumps(rows, default=str)
		assert [shot["day"] for shot in chart["trend"]] == [str(today())]  # no snapshot
		assert not [row for row in rows if row["parent"] == "alarms"]
		assert "you may see" in message


@pytest.mark.parametrize("user", [MANAGER, DIRECTOR, READER])
def test_the_report_runs_for_its_roles(world, as_user, user):
	with as_user(user):
		result = query_report.run(REPORT, filters={"company": b.COMPANY})
		assert result["result"]
		for row in result["result"]:
			for value in row.values():
				assert value is None or isinstance(value, str | int | float), value
		json.dumps(result["chart"], allow_nan=False)
		sheet, *_layout = query_report.build_xlsx_data(
			frappe._dict(result), [], False, ignore_visible_idx=True
		)
		assert len(sheet) == len(result["result"]) + 1


def test_nobody_else_runs_it(as_user):
	b.ensure_user("scorecard.seller@example.com", ["Sales User"])
	with as_user("scorecard.seller@example.com"), pytest.raises(frappe.PermissionError):
		query_report.run(REPORT, filters={"company": b.COMPANY})


def test_as_shipped():
	doc = frappe.get_doc("Report", REPORT)
	assert (doc.is_standard, doc.prepared_report, doc.module) == ("Yes", 0, "KAM ERPNext")
	assert {row.role for row in doc.roles} == {*ROLES, "System Manager"}


def test_hostile_names_stay_text(world):
	world.fallen.db_set("account_name", HOSTILE)
	message = run(key_account=world.fallen.name)[2]
	assert "<img" not in message and "&lt;img" in message
	assert run(key_account=world.fallen.name)[3]["account"] == HOSTILE


def test_the_number_of_questions_does_not_grow_with_the_accounts(world):
	few = questions(run)
	for number in range(4):
		account(f"Scored more {number}", (0, 100))
	assert questions(run) <= few + 4


def questions(ask):
	asked, sql = [], frappe.db.sql

	def counted(query, *args, **values):
		asked.append(query)
		return sql(query, *args, **values)

	frappe.db.sql = counted
	try:
		ask()
	finally:
		del frappe.db.sql
	return len(asked)


# ---------------------------------------------------------------- the panel


def test_the_panel_of_the_account(world, as_user):
	rule()
	watch(scorecard.read([world.fallen.name], b.COMPANY, today()), {}, today())
	with as_user(MANAGER):
		found = api.panel(world.fallen.name, b.COMPANY)
	assert found["known"] and found["health"] is not None and found["band"]
	assert found["before"] == {"health": 90, "on": str(ago(months=3))} and found["movement"] == "Down"
	assert [row["name"] for row in found["perspectives"]] == [*PERSPECTIVES]
	assert found["gaps"][0]["points"] >= found["gaps"][-1]["points"] >= 1
	(alarm,) = found["alarms"]
	assert alarm["may_silence"] and alarm["drill"]["report"] == "Key Account Performance"
	json.dumps(found)
	with as_user(READER):
		assert not api.panel(world.fallen.name)["alarms"][0]["may_silence"]
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		api.panel(world.fallen.name)


# ---------------------------------------------------------------- cards


def test_cards(world, as_user):
	assert cards.accounts_at_risk() == cards.UNKNOWN  # no snapshot of the last night
	snapshot(world.fallen, ago(days=1), 30, "At Risk")
	snapshot(world.grown, ago(days=1), 80, "Healthy")
	rule()
	watch(scorecard.read([world.fallen.name], b.COMPANY, today()), {}, today())
	with as_user(MANAGER):
		assert cards.accounts_at_risk()["value"] == 1
		assert cards.falling_health()["value"] == 1
		card = cards.open_alarms()
		assert card["value"] == 1
		listed = frappe.get_list("Key Account Alarm", filters=card["route_options"])
		assert len(listed) == 1
	with as_user(OUTSIDER):
		assert cards.accounts_at_risk() == cards.UNKNOWN
		assert cards.falling_health() == cards.UNKNOWN
		assert cards.open_alarms()["value"] == 0


def test_an_old_snapshot_is_none_of_the_last_night(world):
	assert cards.falling_health() == cards.UNKNOWN
	snapshot(world.fallen, ago(days=8), 30, "At Risk")
	assert cards.accounts_at_risk() == cards.UNKNOWN
