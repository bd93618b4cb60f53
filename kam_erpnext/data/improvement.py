"""Scores of key accounts from their latest assessment, and the resources they take: what *Improvement Potential* shows."""

import frappe
import pandas as pd
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import flt, nowdate

from kam_erpnext.data import accounts, sales
from kam_erpnext.data.cost_drivers import calls_of
from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.data.profitability import read_work
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.customer_value import rolled_up
from kam_erpnext.engine.periods import Period

ASSESSMENT = "Key Account Assessment"
RESOURCES = ("spent", "hours", "calls", "net_sales")


def latest_assessments(tree: pd.DataFrame, user: str | None = None) -> pd.DataFrame:
	"""Account -> its latest assessment the reader may see: `assessment, to_date, docstatus`, indexed by key account.

	A submitted one comes before a draft. One that names a customer only counts for the account the customer belongs to.
	"""
	table = frappe.qb.DocType(ASSESSMENT)
	rows = (
		frappe.qb.from_(table)
		.select(
			table.name,
			table.key_account,
			table.customer,
			table.to_date,
			table.docstatus,
			table.creation,
		)
		.where(
			every(
				[
					table.docstatus < 2,
					SUBJECT_CONDITIONS[ASSESSMENT](table, user or frappe.session.user),
					fences(ASSESSMENT, table, user),
				]
			)
		)
		.run(as_dict=True)
	)
	own = accounts.own_members().drop_duplicates("customer").set_index("customer")["key_account"].to_dict()
	shown = set(tree["key_account"])
	best: dict[str, dict] = {}
	for row in rows:
		account = row.key_account or own.get(row.customer)
		if account not in shown:
			continue
		row.order = (row.docstatus, bool(row.key_account), str(row.to_date or ""), str(row.creation))
		if account not in best or row.order > best[account].order:
			best[account] = row
	return pd.DataFrame.from_dict(
		{
			account: {"assessment": row.name, "to_date": row.to_date, "docstatus": row.docstatus}
			for account, row in best.items()
		},
		orient="index",
		columns=["assessment", "to_date", "docstatus"],
	)


def scores_of(assessments: pd.DataFrame) -> pd.DataFrame:
	"""Scoring lines of these assessments: `unit` (key account), `criterion, weight, points`; NaN = not answered."""
	columns = ["unit", "criterion", "weight", "points"]
	if assessments.empty:
		return pd.DataFrame(columns=columns)
	account = {row.assessment: name for name, row in assessments.iterrows()}
	table = frappe.qb.DocType("Key Account Assessment Score")
	rows = (
		frappe.qb.from_(table)
		.select(table.parent, table.criterion, table.interest_a, table.weighted_score)
		.where((table.parenttype == ASSESSMENT) & table.parent.isin(list(account)))
		.orderby(table.parent)
		.orderby(table.idx)
		.run(as_dict=True)
	)
	found = [
		(account[row.parent], row.criterion, flt(row.interest_a), points_of(row))
		for row in rows
		if flt(row.interest_a) > 0
	]
	return pd.DataFrame(found, columns=columns)


def points_of(row: dict) -> float:
	"""Points of a line from its weighted score, as it holds reversed criteria the right way round; NaN without one."""
	if row.weighted_score in (None, ""):
		return float("nan")
	weighted = float(str(row.weighted_score).replace(",", "."))
	# the weighted score is stored with two decimals
	return min(100.0, max(0.0, round(100.0 * weighted / flt(row.interest_a), 1)))


def resources(filters: SalesFilters, period: Period, tree: pd.DataFrame) -> pd.DataFrame:
	"""Account -> `spent` (documents that name a plan), `hours` (of timesheets among them), `calls`, `net_sales`, each with
	the accounts below it, and `time` (share of working time of its team in percent, of the account itself).
	"""
	names = tree["key_account"].tolist()
	own = accounts.own_members().drop_duplicates("customer").set_index("customer")["key_account"]
	own = own[own.isin(names)]
	work = read_work(filters.company, period, filters.user).frame
	sold = sales.net_sales(filters, period).set_index("customer")["net_sales"]
	calls = calls_of(filters, period)
	base = pd.DataFrame(0.0, index=pd.Index(names, dtype=object), columns=list(RESOURCES))
	for field in ("spent", "hours"):
		base[field] = base[field].add(work[field].reindex(names).fillna(0.0))
	for field, series in (("net_sales", sold), ("calls", calls)):
		by_account = series[series.index.isin(own.index)].groupby(own).sum()
		base[field] = base[field].add(by_account.reindex(names).fillna(0.0))
	parents = {
		name: parent if parent in set(names) else None
		for name, parent in tree.set_index("key_account")["parent_key_account"].items()
	}
	result = rolled_up(base.astype(float), parents).reindex(names)
	result["time"] = _working_time(names)
	return result


def _working_time(names: list[str]) -> pd.Series:
	team = frappe.qb.DocType("Key Account Team Member")
	rows = (
		frappe.qb.from_(team)
		.select(team.parent, Sum(Coalesce(team.share_of_time, 0)))
		.where((team.parenttype == "Key Account") & team.parent.isin(names or [""]))
		.where(team.until.isnull() | (team.until >= nowdate()))
		.groupby(team.parent)
		.run()
	)
	known = {name: float(share) for name, share in rows if share}
	return pd.Series({name: known.get(name, float("nan")) for name in names}, dtype=float)
