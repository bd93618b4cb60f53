"""Figures of the number cards on the workspaces. Frappe asks for them with POST."""

import frappe
from frappe.utils import add_days, cint, getdate, nowdate

from kam_erpnext.api.answers import CardFigure
from kam_erpnext.data import accounts, calls, intelligence, sales, scorecard_history
from kam_erpnext.data.call_time import today_of
from kam_erpnext.data.permissions import own_accounts, reads_all_customers
from kam_erpnext.data.pipeline import PipelineFilters, chain
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.windows import period_of
from kam_erpnext.engine.call_figures import compliance
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.pipeline import totals
from kam_erpnext.engine.selection import COUNTED_STATUSES, ON_WATCH
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import AT_RISK, default_company, get_settings
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import OPEN
from kam_erpnext.power_map.overview import NO_CHAMPION, SINGLE_THREADED, count, may_judge
from kam_erpnext.setup.roles import ADMINISTRATOR, DIRECTOR, SPONSOR
from kam_erpnext.snapshots import read

METHODS = ["GET", "POST"]
# shown for what is not known
UNKNOWN = "–"
IN_FORCE = ["Approved", "In Execution"]
# days the card of compliance looks back, as the report does
CALL_DAYS = 91
# an older snapshot is none of the last night
SNAPSHOT_DAYS = 7

Filters = dict | list | str | None
Card = CardFigure | str


@frappe.whitelist(methods=METHODS)
def key_accounts(filters: Filters = None) -> Card:
	"""Key accounts in the programme that the reader may see: active and on watch."""
	may_read("Key Account")
	return count_card(
		int(accounts.accounts()["status"].isin(COUNTED_STATUSES).sum()),
		["List", "Key Account", "List"],
		{"status": ["in", list(COUNTED_STATUSES)]},
	)


@frappe.whitelist(methods=METHODS)
def on_watch(filters: Filters = None) -> Card:
	"""Key accounts that no longer meet the criteria."""
	may_read("Key Account")
	return count_card(
		int((accounts.accounts()["status"] == ON_WATCH).sum()),
		["List", "Key Account", "List"],
		{"status": ON_WATCH},
	)


@frappe.whitelist(methods=METHODS)
@frappe.read_only()
def net_sales(filters: Filters = None) -> Card:
	"""Net sales with the customers of key accounts in the default period, in company currency."""
	may_read("Key Account")
	question = _question()
	if not question:
		return UNKNOWN
	currency = frappe.get_cached_value("Company", question[0].company, "default_currency")
	return {**money(_programme_sales(*question), currency), **REPORT_ROUTE}


@frappe.whitelist(methods=METHODS)
@frappe.read_only()
def share_of_sales(filters: Filters = None) -> Card:
	"""Share of key accounts in the net sales the reader may see.

	Not known to a reader who sees the customers of his key accounts only: it would always be 100 %.
	"""
	may_read("Key Account")
	question = _question()
	if not question or not reads_all_customers():
		return UNKNOWN
	total = _total(*question)
	if total <= 0:
		return UNKNOWN
	return {
		"value": round(100 * _programme_sales(*question) / total, 1),
		"fieldtype": "Percent",
		**REPORT_ROUTE,
	}


@frappe.whitelist(methods=METHODS)
def nominations_to_decide(filters: Filters = None) -> Card:
	"""Nominations that nobody has confirmed or rejected yet."""
	return waiting_card("Key Account Nomination", "Nominated")


@frappe.whitelist(methods=METHODS)
def selections_to_validate(filters: Filters = None) -> Card:
	"""Selections whose proposals wait for decisions and approval."""
	return waiting_card("Key Account Selection", "To Validate")


@frappe.whitelist(methods=METHODS)
def my_open_actions(filters: Filters = None) -> Card:
	"""Actions the reader is responsible for and that are neither done nor dropped."""
	return list_card("Key Account Action", _my_actions())


@frappe.whitelist(methods=METHODS)
def my_overdue_actions(filters: Filters = None) -> Card:
	"""Those of the reader's open actions whose due day has passed."""
	return list_card("Key Account Action", {**_my_actions(), "end_date": ["<", nowdate()]})


@frappe.whitelist(methods=METHODS)
def plans_to_approve(filters: Filters = None) -> Card:
	"""Plans in review that the reader may approve: by his role, and not his own."""
	roles = sorted(set(frappe.get_roles()) & {DIRECTOR, SPONSOR})
	return list_card(
		"Key Account Plan",
		{
			"status": "In Review",
			"approver_role": ["in", roles or [""]],
			"prepared_by": ["!=", frappe.session.user],
		},
	)


@frappe.whitelist(methods=METHODS)
def reviews_due(filters: Filters = None) -> Card:
	"""Plans in force whose next business review is due within 30 days, or was due before."""
	return list_card(
		"Key Account Plan",
		{"status": ["in", IN_FORCE], "docstatus": 1, "next_review": ["<=", add_days(nowdate(), 30)]},
	)


@frappe.whitelist(methods=METHODS)
def single_threaded_accounts(filters: Filters = None) -> Card:
	"""Key accounts where we are in contact with at most one of two or more people on the power map."""
	may_read("Power Map")
	return relationship_card(SINGLE_THREADED)


@frappe.whitelist(methods=METHODS)
def accounts_without_champion(filters: Filters = None) -> Card:
	"""Key accounts on whose power map buying roles are entered and nobody is known to be a champion."""
	may_read("Power Map")
	return relationship_card(NO_CHAMPION)


@frappe.whitelist(methods=METHODS)
def market_notes(filters: Filters = None) -> Card:
	"""Notes on the market of the last 30 days that hold today and matter for the accounts the reader looks after."""
	may_read(intelligence.NOTE)
	notes = intelligence.current_notes(since=add_days(nowdate(), -30))
	found = [one.note["name"] for one in intelligence.found_for(notes, own_accounts())]
	return count_card(
		len(found), ["List", intelligence.NOTE, "List"], {"name": ["in", found]} if found else {}
	)


@frappe.whitelist(methods=METHODS)
def open_pipeline(filters: Filters = None) -> Card:
	"""Open deals of key accounts, weighted with their probability as far as it is known, in company currency."""
	may_read("Key Account Opportunity")
	company = default_company()
	if not company:
		return UNKNOWN
	found = totals(chain(PipelineFilters(company)).deals)
	if found.open and not found.weighed_share:
		return UNKNOWN
	currency = frappe.get_cached_value("Company", company, "default_currency")
	return {**money(found.weighted, currency), "route": ["query-report", "Key Account Pipeline"]}


@frappe.whitelist(methods=METHODS)
def decisions_due(filters: Filters = None) -> Card:
	"""Open opportunities about which nobody has decided yet: pursue, hold or drop."""
	return list_card("Key Account Opportunity", {"status": "Open", "decision": ["is", "not set"]})


@frappe.whitelist(methods=METHODS)
def my_calls_today(filters: Filters = None) -> Card:
	"""Calls the reader still has to make today, which is the day in his time zone."""
	today = today_of(frappe.session.user)
	return list_card(calls.CALL, {**_my_calls(), "planned_on": str(today)}) | {"route": ["my-calls"]}


@frappe.whitelist(methods=METHODS)
def my_overdue_calls(filters: Filters = None) -> Card:
	"""Those of the reader's calls whose day has passed and that were neither made nor reported missed."""
	today = today_of(frappe.session.user)
	return list_card(calls.CALL, {**_my_calls(), "planned_on": ["<", str(today)]})


@frappe.whitelist(methods=METHODS)
def call_compliance(filters: Filters = None) -> Card:
	"""Calls made of those due in the last thirteen weeks, as far as the reader may see them; as the report counts."""
	may_read(calls.CALL)
	today = today_of(frappe.session.user)
	first = add_days(today, 1 - CALL_DAYS)
	rows = calls.calls(
		calls.CallFilters(from_date=first, to_date=today, day="due_on"),
		fields=("status", "due_on", "planned_on", "made_on"),
	)
	grace = cint(get_settings().call_missed_after)
	found = compliance(
		((row["status"], row["due_on"] or row["planned_on"], row["made_on"]) for row in rows), today, grace
	)
	if found.rate is None:
		return UNKNOWN
	return {
		"value": round(found.rate, 1),
		"fieldtype": "Percent",
		"route": ["query-report", "Call Compliance"],
		"route_options": {"from_date": str(first), "to_date": str(today)},
	}


@frappe.whitelist(methods=METHODS)
def call_cycles_to_approve(filters: Filters = None) -> Card:
	"""Call cycles in review that the reader may approve: by his role, neither his own nor of his calls."""
	mine = ["!=", frappe.session.user]
	options = {"status": "In Review", "owner": mine, "user": mine, "sent_by": mine}
	if not set(frappe.get_roles()) & {DIRECTOR, ADMINISTRATOR}:
		options["name"] = ["in", [""]]
	return list_card("Call Cycle", options)


@frappe.whitelist(methods=METHODS)
def accounts_at_risk(filters: Filters = None) -> Card:
	"""Key accounts in the programme whose health was at risk in the snapshot of the last night."""
	may_read("Key Account")
	found = _last_snapshots()
	if not found:
		return UNKNOWN
	at_risk = sum(row.health_band == AT_RISK for row in found.values())
	return count_card(at_risk, ["query-report", "Account Scorecard"], {"band": AT_RISK})


@frappe.whitelist(methods=METHODS)
def falling_health(filters: Filters = None) -> Card:
	"""Key accounts whose health fell against the snapshot three months before; not known without any such snapshot."""
	may_read("Key Account")
	found = _last_snapshots()
	before = scorecard_history.earlier(found, default_company(), getdate()) if found else {}
	if not before:
		return UNKNOWN
	falling = sum(
		scorecard_history.movement(found[account].health, row.health) == scorecard_history.FALLING
		for account, row in before.items()
	)
	return count_card(falling, ["query-report", "Account Scorecard"], {"falling": 1})


@frappe.whitelist(methods=METHODS)
def open_alarms(filters: Filters = None) -> Card:
	"""Alarms of key accounts that are open: neither over nor muted."""
	return list_card("Key Account Alarm", {"status": "Open"})


# ---------------------------------------------------------------- helpers


def _last_snapshots() -> dict[str, frappe._dict]:
	"""Account in the programme -> its last snapshot, at most a week old, that the reader may see."""
	company = default_company()
	if not company:
		return {}
	tree = accounts.accounts()
	chosen = tree.loc[tree["status"].isin(COUNTED_STATUSES), "key_account"]
	found = read.latest(chosen, getdate(add_days(nowdate(), 1)), company)
	oldest = getdate(add_days(nowdate(), -SNAPSHOT_DAYS))
	return {account: row for account, row in found.items() if row.snapshot_date >= oldest}


REPORT_ROUTE = {"route": ["query-report", "Customer Pareto and ABC"], "route_options": {"per": "Key Account"}}


def may_read(doctype: str) -> None:
	frappe.has_permission(doctype, "read", throw=True)


def count_card(value: int, route: list[str], options: dict) -> dict:
	return {"value": value, "fieldtype": "Int", "route": route, "route_options": options}


def relationship_card(warning: str) -> Card:
	"""Accounts in the programme with a warning; not told to a reader who may not see judgements about people."""
	if not may_judge():
		return UNKNOWN
	tree = accounts.accounts()
	found = count(tree.loc[tree["status"].isin(COUNTED_STATUSES), "key_account"], warning)
	return count_card(found, ["query-report", "Relationship Coverage"], {"warning": warning})


def list_card(doctype: str, filters: dict) -> dict:
	"""How many documents of a list the reader may see; the card opens that list."""
	may_read(doctype)
	found = frappe.get_list(doctype, filters=filters, pluck="name", limit_page_length=0)
	return count_card(len(found), ["List", doctype, "List"], filters)


def _my_calls() -> dict:
	return {"status": ["in", list(calls.OPEN)], "user": frappe.session.user}


def _my_actions() -> dict:
	return {"status": ["in", list(OPEN)], "responsible": frappe.session.user}


def waiting_card(doctype: str, state: str) -> dict:
	may_read(doctype)
	found = frappe.get_list(
		doctype, filters={"workflow_state": state, "docstatus": 0}, pluck="name", limit_page_length=0
	)
	return count_card(len(found), ["List", doctype, "List"], {"workflow_state": state})


def money(value: float, currency: str) -> dict:
	"""An amount for a card. The card knows the currency of the system only, so any other is written into the value."""
	if currency == frappe.db.get_default("currency"):
		return {"value": round(value, 2), "fieldtype": "Currency"}
	amount, unit = value, ""
	for unit in ("", "K", "M", "B", "T"):
		if abs(amount) < 999.5 or unit == "T":
			break
		amount /= 1000
	digits = 0 if abs(amount) >= 99.95 or not unit else 1 if abs(amount) >= 9.995 else 2
	# the card takes a text apart at its spaces
	space = "\u00a0"
	return {"value": f"{currency}{space}{amount:.{digits}f}{space}{unit}".strip(), "fieldtype": "Data"}


def _question() -> tuple[SalesFilters, Period] | None:
	"""Sales of the default company and period; None when there is no company."""
	company = default_company()
	if not company:
		return None
	settings = get_settings()
	return SalesFilters(company, settings.sales_source), period_of(settings.sales_window, company)


def _programme_sales(filters: SalesFilters, period: Period) -> float:
	"""Net sales with customers of visible accounts that are in the programme."""
	tree = accounts.accounts()
	chosen = tree.loc[tree["status"].isin(COUNTED_STATUSES), "key_account"]
	members = accounts.own_members()
	customers = tuple(members.loc[members["key_account"].isin(chosen), "customer"])
	if not customers:
		return 0.0
	return _total(SalesFilters(filters.company, filters.source, customers=customers), period)


def _total(filters: SalesFilters, period: Period) -> float:
	return float(sales.net_sales(filters, period, by=())["net_sales"].fillna(0).sum())
