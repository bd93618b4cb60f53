"""Measures customers and key accounts of a site: the unit of a selection.

A customer that belongs to no key account is a unit of its own. A key account is one unit with its own customers and
those of the accounts below it. Company totals count every customer once.
"""

from dataclasses import dataclass
from datetime import date

import frappe
import pandas as pd

from kam_erpnext import extending
from kam_erpnext.data import accounts, sales
from kam_erpnext.data.facts import customers_in_scope, read_facts
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine.measures import measure_units
from kam_erpnext.engine.pareto import cumulative_before
from kam_erpnext.engine.periods import Period
from kam_erpnext.extending import MeasureQuestion

CUSTOMER, ACCOUNT = "customer", "account"


@dataclass
class Units:
	"""`frame` is indexed by unit: `kind, customer, key_account, label, customer_group, territory, status, level,
	margin_before` (percent of gross profit made with larger units);
	`measures` has the same index and one column per measure key; `remarks` tell which measures of other apps are not known."""

	frame: pd.DataFrame
	measures: pd.DataFrame
	documents: int
	net_sales: float
	remarks: tuple[str, ...] = ()


def unit_of(customer: str | None = None, key_account: str | None = None) -> str:
	return f"{ACCOUNT}:{key_account}" if key_account else f"{CUSTOMER}:{customer}"


def measure(filters: SalesFilters, period: Period, as_of: date, measure_keys: set[str]) -> Units:
	"""Measure every unit within the customer filters; shares refer to the whole company."""
	fields = tuple(key.split(":", 1)[1] for key in sorted(measure_keys) if key.startswith("field:"))
	facts = read_facts(filters, period, as_of, measure_keys, fields)
	membership = _membership(facts.customers["customer"])
	measures = measure_units(facts, membership, fields)
	added = {key for key in measure_keys if extending.app_of(key)}
	remarks: list[str] = []
	if added:
		question = MeasureQuestion(
			filters.company,
			period,
			as_of,
			filters.user or frappe.session.user,
			tuple(facts.customers["customer"]),
		)
		others, remarks = extending.measure_units(added, question, membership, measures.index)
		measures = measures.join(others)
	frame = _describe(membership, facts.customers, filters)
	root = membership.drop_duplicates("unit").set_index("unit")["root"]
	frame["margin_before"] = cumulative_before(
		measures["gross_profit"], measures.loc[root.index[root.astype(bool)], "gross_profit"]
	)
	scope = customers_in_scope(filters)
	in_scope = membership[membership["customer"].isin(scope)]["unit"].unique()
	frame = frame.loc[frame.index.intersection(in_scope)]
	return Units(
		frame=frame,
		measures=measures.loc[frame.index],
		documents=sales.document_count(
			SalesFilters(filters.company, filters.source, user=filters.user), period
		),
		net_sales=float(facts.sales["net_sales"].sum()),
		remarks=tuple(remarks),
	)


def _membership(customers: pd.Series) -> pd.DataFrame:
	"""`customer, unit, root`: accounts with everything below them, and every other customer on its own."""
	members = accounts.consolidated_members()
	members = members[members["customer"].isin(customers)]
	members = members.assign(unit=f"{ACCOUNT}:" + members["key_account"])
	single = customers[~customers.isin(members["customer"])]
	alone = pd.DataFrame({"customer": single, "unit": f"{CUSTOMER}:" + single, "root": True})
	return pd.concat([members[["customer", "unit", "root"]], alone], ignore_index=True)


def _describe(membership: pd.DataFrame, customers: pd.DataFrame, filters: SalesFilters) -> pd.DataFrame:
	"""What is known of every unit besides its figures; an account is described by its first customer."""
	known = customers.set_index("customer")[["customer_name", "customer_group", "territory"]]
	units = membership.drop_duplicates("unit").set_index("unit")
	frame = units[["customer"]].join(known, on="customer")
	frame["kind"] = [unit.split(":", 1)[0] for unit in frame.index]
	frame["key_account"] = [
		unit.split(":", 1)[1] if unit.startswith(f"{ACCOUNT}:") else None for unit in frame.index
	]
	tree = accounts.accounts(filters.user).set_index("key_account")
	own = accounts.own_members().drop_duplicates("key_account").set_index("key_account")["customer"]
	is_account = frame["kind"] == ACCOUNT
	frame["label"] = frame["customer_name"].where(~is_account, frame["key_account"].map(tree["account_name"]))
	frame["status"] = frame["key_account"].map(tree["status"])
	frame["level"] = frame["key_account"].map(tree["level"])
	# an account the reader may not see is not measured for him
	frame = frame[~is_account | frame["label"].notna()]
	own_customer = frame["key_account"].map(own)
	frame["customer"] = frame["customer"].where(own_customer.isna(), own_customer)
	return frame.drop(columns="customer_name")
