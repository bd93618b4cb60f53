"""Opportunities won and lost: how many, worth how much, why, against whom."""

from collections import Counter
from datetime import timedelta

import frappe
import pandas as pd
from frappe import _
from frappe.utils import flt, getdate

from kam_erpnext.data import opportunity_details
from kam_erpnext.data.pipeline import OWN
from kam_erpnext.data.windows import custom_period, fiscal_year
from kam_erpnext.engine import pipeline as engine
from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.pipeline import DROPPED, LOST, WON
from kam_erpnext.kam_erpnext.report import common, pipeline, plans
from kam_erpnext.kam_erpnext.report.pipeline import Question

DECIDED = (WON, LOST, DROPPED)
REASON, COMPETITOR, ACCOUNT, PERSON, NONE = "Reason", "Competitor", "Key Account", "Person", "None"
# filter that lists the opportunities of a line
FIELDS = {REASON: "reason", COMPETITOR: "competitor", ACCOUNT: "key_account", PERSON: "responsible"}
CHARTED = 10


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	question = pipeline.question_of(filters)
	if not question:
		return common.nothing(common.company_hint())
	period = period_of(filters, question)
	deals = read(question, filters, period)
	columns = list_columns() if filters.by == NONE else group_columns(filters)
	if deals.empty:
		return common.nothing(
			common.hint(
				_("No opportunity was won, lost or dropped in {0}.").format(common.dates(period)),
				_("Please choose other days or fewer filters."),
			),
			columns,
		)
	by = filters.by if filters.by in FIELDS else REASON
	groups = grouped(deals, by)
	rows = list_rows(deals, question) if filters.by == NONE else group_rows(groups, by, question)
	return (
		columns,
		rows,
		get_message(question, deals, filters, period),
		get_chart(groups, by),
		get_summary(deals, question),
	)


# ---------------------------------------------------------------- figures


def period_of(filters: frappe._dict, question: Question) -> Period:
	if filters.from_date or filters.to_date:
		return custom_period(filters.from_date, filters.to_date)
	start, last = fiscal_year(getdate(), question.company)
	return Period(start, last + timedelta(days=1))


def read(question: Question, filters: frappe._dict, period: Period) -> pd.DataFrame:
	"""Key Account Opportunities decided in the period, with reasons, competitors and their value."""
	frame = pipeline.read(question, filters)
	inside = [bool(day) and period.contains(getdate(day)) for day in frame["closed_on"]]
	frame = frame[
		(frame["source"] == OWN)
		& frame["status"].isin(DECIDED)
		& pd.Series(inside, index=frame.index, dtype=bool)
	]
	names = [*frame["deal"]]
	details = opportunity_details.details(names, question.company)
	reasons, competitors = opportunity_details.reasons(names), opportunity_details.competitors(names)
	people = pipeline.people()
	frame = frame.assign(
		value=engine.decided_value(frame),
		reasons=[reasons.get(name, []) for name in names],
		competitors=[competitors.get(name, []) for name in names],
		lost_to=[details[name].lost_to if name in details else None for name in names],
		# what we dropped, we dropped for a reason of our own
		customer_view=[
			details[name].customer_view or (details[name].decision_reason if status == DROPPED else None)
			if name in details
			else None
			for name, status in zip(names, frame["status"], strict=True)
		],
		person=[people.get(user) or user or "" for user in frame["responsible"]],
	)
	if filters.reason:
		frame = frame.loc[[filters.reason in found for found in frame["reasons"]]]
	if filters.competitor:
		named = zip(frame["competitors"], frame["lost_to"], strict=True)
		frame = frame.loc[[filters.competitor in (*found, lost_to) for found, lost_to in named]]
	return frame


def grouped(deals: pd.DataFrame, by: str) -> dict[str | None, pd.DataFrame]:
	"""Deals by reason, competitor, account or person (None: nothing entered); with two reasons one stands under both."""
	keys: dict[str | None, list[int]] = {}
	for index, row in zip(deals.index, deals.itertuples(index=False), strict=True):
		if by == COMPETITOR:
			found = sorted({*row.competitors, *([row.lost_to] if row.lost_to else [])})
		elif by == ACCOUNT:
			found = [row.key_account]
		elif by == PERSON:
			found = [row.responsible] if row.responsible else []
		else:
			found = row.reasons
		for key in found or [None]:
			keys.setdefault(key, []).append(index)
	return {key: deals.loc[indexes] for key, indexes in keys.items()}


def label_of(key: str | None, deals: pd.DataFrame, by: str) -> str:
	if key is None:
		return {COMPETITOR: _("Nobody named"), PERSON: _("Nobody")}.get(by) or _("No reason chosen")
	if by == ACCOUNT:
		return deals["account_name"].iloc[0]
	if by == PERSON:
		return deals["person"].iloc[0]
	return key if by == COMPETITOR else _(key)


def group_rows(groups: dict[str | None, pd.DataFrame], by: str, question: Question) -> list[dict]:
	rows = []
	for key, deals in groups.items():
		rate = engine.win_rate(deals)
		rows.append(
			{
				"label": label_of(key, deals, by),
				"key": key,
				"field": FIELDS[by],
				"won": rate.won,
				"lost": rate.lost,
				"dropped": rate.dropped,
				"won_value": flt(rate.won_value, 2),
				"lost_value": flt(rate.lost_value, 2),
				"rate": common.known(rate.rate, 1),
				"rate_by_value": common.known(rate.rate_by_value, 1),
				"days": common.known(rate.days_to_win, 0),
				"currency": question.currency,
			}
		)
	return sorted(rows, key=lambda row: (-(row["won"] + row["lost"]), -row["dropped"], row["label"]))


def list_rows(deals: pd.DataFrame, question: Question) -> list[dict]:
	rows = [
		{
			"deal": row.deal,
			"source": row.source,
			"title": row.title,
			"account_name": row.account_name,
			"key_account": row.key_account,
			"status": _(row.status, context="Key Account Opportunity"),
			"status_key": row.status,
			"closed_on": row.closed_on,
			"value": common.known(row.value),
			"days": row.age,
			"reasons": ", ".join(_(reason) for reason in row.reasons),
			"lost_to": row.lost_to or "",
			"competitors": ", ".join(row.competitors),
			"customer_view": row.customer_view or "",
			"person": row.person,
			"currency": question.currency,
		}
		for row in deals.itertuples(index=False)
	]
	return sorted(rows, key=lambda row: (row["closed_on"], row["deal"]), reverse=True)


# ---------------------------------------------------------------- presentation


def group_columns(filters: frappe._dict) -> list[dict]:
	labels = {COMPETITOR: _("Competitor"), ACCOUNT: _("Key Account"), PERSON: _("Responsible", context="KAM")}
	return [
		common.text_column("label", labels.get(filters.by) or _("Reason"), 260),
		*(
			{"fieldname": name, "label": label, "fieldtype": "Int", "width": 90, "disable_total": 1}
			for name, label in (("won", _("Won")), ("lost", _("Lost")), ("dropped", _("Dropped")))
		),
		common.money_column("won_value", _("Won Value")),
		common.money_column("lost_value", _("Lost Value")),
		common.number_column("rate", _("Win Rate %"), 110),
		common.number_column("rate_by_value", _("By Value %"), 110),
		common.number_column("days", _("Days to Win"), 110),
		common.currency_column(),
	]


def list_columns() -> list[dict]:
	return [
		common.text_column("title", _("Opportunity"), 260),
		common.text_column("account_name", _("Key Account"), 170),
		common.text_column("status", _("Outcome"), 90),
		{"fieldname": "closed_on", "label": _("Decided On"), "fieldtype": "Date", "width": 110},
		common.money_column("value", _("Value")),
		common.number_column("days", _("Days"), 75),
		common.text_column("reasons", _("Reasons"), 220),
		common.text_column("lost_to", _("Lost To"), 140),
		common.text_column("competitors", _("Competitors"), 180),
		common.text_column("customer_view", _("In Words"), 240),
		common.text_column("person", _("Responsible", context="KAM"), 150),
		common.currency_column(),
	]


def get_message(question: Question, deals: pd.DataFrame, filters: frappe._dict, period: Period) -> str:
	more = [
		_("Key Account Opportunities decided from {0}.").format(common.dates(period)),
		_(
			"A won one is worth its orders and invoices, a lost one what was expected. Win rate: won of won and lost; what we dropped ourselves is in no rate."
		),
		_("Opportunities and quotations of ERPNext alone are left out: they carry no day of decision."),
	]
	if (filters.by or REASON) in (REASON, COMPETITOR):
		more.append(
			_("One with several of them stands in each line, so that the lines do not add up to the totals.")
		)
	unknown = int(deals["value"].isna().sum())
	if unknown:
		more.append(_("Without a known value, counted by number only: {0}.").format(common.bold(unknown)))
	return pipeline.explain(question, deals, filters, *more)


def get_summary(deals: pd.DataFrame, question: Question) -> list[dict]:
	rate = engine.win_rate(deals)
	beaten_by = Counter(name for name in deals["lost_to"] if name).most_common(1)
	items = [
		common.count_item(_("Won"), rate.won, "Green"),
		common.count_item(_("Lost"), rate.lost, "Red" if rate.lost else None),
		common.count_item(_("Dropped"), rate.dropped),
		common.percent_item(_("Win Rate"), rate.rate),
		common.percent_item(_("Win Rate by Value"), rate.rate_by_value),
		common.money_item(_("Won Value"), rate.won_value, question.currency),
		common.money_item(_("Lost Value"), rate.lost_value, question.currency),
		common.number_item(_("Average Days to Win"), rate.days_to_win),
	]
	if beaten_by:
		items.append({"label": _("Most Often Lost To"), "value": beaten_by[0][0], "datatype": "Data"})
	return items


def get_chart(groups: dict[str | None, pd.DataFrame], by: str) -> dict:
	largest = sorted(groups.items(), key=lambda pair: -len(pair[1]))[:CHARTED]

	def numbers(status):
		return [int((deals["status"] == status).sum()) for _key, deals in largest]

	return {
		"type": "bar",
		"data": {
			"labels": [
				common.chart_label(plans.first_words(label_of(key, deals, by), 24)) for key, deals in largest
			],
			"datasets": [
				{"name": _("Won"), "values": numbers(WON)},
				{"name": _("Lost"), "values": numbers(LOST)},
				{"name": _("Dropped"), "values": numbers(DROPPED)},
			],
		},
		"colors": ["#28a745", "#d55e00", "#b8c0c8"],
		"barOptions": {"stacked": 1},
		"fieldtype": "Int",
	}
