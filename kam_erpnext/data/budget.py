"""Budget of a plan against documents: what was ordered and not yet invoiced, and what was spent.

A document names a plan in `kam_plan` and a budget line in `kam_budget_line`. It counts for the plan whichever version
it names. Amounts are in the currency of the company.

* Committed: submitted Purchase Orders that are not closed, the part that is not invoiced yet.
* Spent: submitted Purchase Invoices without taxes (returns are negative), the cost of submitted Timesheets, and what
  was sanctioned of submitted Expense Claims. An invoice made from an order counts once: what is committed falls as
  what is spent rises.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import frappe
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import flt

from kam_erpnext.data.permissions import every, fences

COMMITTED, SPENT = "committed", "spent"


@dataclass(frozen=True)
class BudgetDocument:
	"""A document type that can name a budget line: what of it counts, and as what."""

	doctype: str
	kind: str
	amount: str
	date_field: str
	closed_states: tuple[str, ...] = ()
	billed_field: str | None = None

	def value(self, table):
		"""Amount of one document, in company currency."""
		amount = Coalesce(table[self.amount], 0)
		if self.billed_field:
			return amount * (1 - Coalesce(table[self.billed_field], 0) / 100)
		return amount

	def counts(self, table) -> Criterion:
		conditions = [table.docstatus == 1]
		if self.closed_states:
			conditions.append(Coalesce(table.status, "").notin(self.closed_states))
		return every(conditions)


BUDGET_DOCUMENTS = (
	BudgetDocument(
		"Purchase Order",
		COMMITTED,
		"base_net_total",
		"transaction_date",
		closed_states=("Closed", "Completed"),
		billed_field="per_billed",
	),
	BudgetDocument("Purchase Invoice", SPENT, "base_net_total", "posting_date"),
	BudgetDocument("Timesheet", SPENT, "base_total_costing_amount", "start_date"),
	BudgetDocument("Expense Claim", SPENT, "total_sanctioned_amount", "posting_date"),
)
DOCTYPES = tuple(source.doctype for source in BUDGET_DOCUMENTS)


def available() -> Iterator[BudgetDocument]:
	"""Document types of this site that carry the fields; Expense Claim comes with HRMS."""
	for source in BUDGET_DOCUMENTS:
		if frappe.db.table_exists(source.doctype) and frappe.get_meta(source.doctype).has_field("kam_plan"):
			yield source


def versions(plan_doc) -> list[str]:
	"""Names of all versions of a plan."""
	first = plan_doc.get("first_version") or plan_doc.get("name")
	if not first:
		return []
	plan = frappe.qb.DocType("Key Account Plan")
	names = (
		frappe.qb.from_(plan)
		.select(plan.name)
		.where((plan.first_version == first) | (plan.name == first))
		.run(pluck=True)
	)
	return sorted({*names, first, *filter(None, [plan_doc.get("name")])})


def spent(plan_doc, user: str | None = None) -> dict[str, tuple[float, float]]:
	"""Line code -> (committed, spent) of the documents the reader may see; lines without documents are missing."""
	names = versions(plan_doc)
	result: dict[str, list[float]] = {}
	if not names:
		return {}
	for source in available():
		table = frappe.qb.DocType(source.doctype)
		code = Coalesce(table.kam_budget_line, "")
		rows = (
			frappe.qb.from_(table)
			.select(code, Sum(source.value(table)))
			.where(
				every([table.kam_plan.isin(names), source.counts(table), fences(source.doctype, table, user)])
			)
			.groupby(code)
			.run()
		)
		for line, amount in rows:
			result.setdefault(line, [0.0, 0.0])[source.kind == SPENT] += flt(amount)
	return {line: (flt(committed, 2), flt(paid, 2)) for line, (committed, paid) in result.items()}


def refresh(plan_doc) -> None:
	"""Sets committed and spent of the budget lines and the total, in memory.

	The total holds what names a line the plan no longer has, too: the money is gone all the same.
	"""
	sums = spent(plan_doc)
	for row in plan_doc.get("budget") or []:
		row.committed, row.spent = sums.get(row.code or "", (0.0, 0.0))
	plan_doc.total_spent = flt(sum(paid for _committed, paid in sums.values()), 2)


def documents_of(plan_doc, code: str | None = None, user: str | None = None) -> list[dict]:
	"""Documents behind the budget, of one line or of all, newest first: `doctype, name, date, code, kind, amount`.

	Only types the reader may read; the fences of User Permissions hold as in the totals.
	"""
	names = versions(plan_doc)
	found: list[dict] = []
	if not names:
		return found
	for source in available():
		if not frappe.has_permission(source.doctype, "read", user=user):
			continue
		table = frappe.qb.DocType(source.doctype)
		conditions = [
			table.kam_plan.isin(names),
			source.counts(table),
			fences(source.doctype, table, user),
		]
		if code is not None:
			conditions.append(Coalesce(table.kam_budget_line, "") == code)
		rows = (
			frappe.qb.from_(table)
			.select(
				table.name,
				table[source.date_field].as_("date"),
				Coalesce(table.kam_budget_line, "").as_("code"),
				source.value(table).as_("amount"),
			)
			.where(every(conditions))
			.run(as_dict=True)
		)
		found += [
			{**row, "doctype": source.doctype, "kind": source.kind, "amount": flt(row.amount, 2)}
			for row in rows
		]
	return sorted(found, key=lambda row: (str(row["date"] or ""), row["name"]), reverse=True)


def move_to_version(old_plan: str, new_plan: str) -> None:
	"""Documents that name a superseded version name the new one.

	Frappe refuses to save a document that links to a cancelled one: without this an order of the old version could
	no longer be invoiced. Nothing else about the documents changes, so that is done without opening them.
	"""
	for source in available():
		table = frappe.qb.DocType(source.doctype)
		frappe.qb.update(table).set(table.kam_plan, new_plan).where(table.kam_plan == old_plan).run()
