"""Net sales seen from the list price: gross sales, discounts, returns, net sales and cost of goods.

* Gross sales: quantity at list price of documents that are no returns, without taxes; a line sold above its list price, or
  without one, counts at what it was sold for.
* Returned: net amount of returns, as a positive amount.
* Discounts: gross sales less returned less net sales, so the three always add up to the one definition of net sales.
"""

import frappe
import pandas as pd
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, NullIf, Sum

from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.sales_ledger import SalesQuery
from kam_erpnext.engine.periods import Period

COLUMNS = ("customer", "gross_sales", "discounts", "returned", "net_sales", "cost", "documents")


def from_list_price(filters: SalesFilters, period: Period) -> pd.DataFrame:
	"""Per customer `gross_sales, discounts, returned, net_sales, cost` in company currency, and the `documents` behind."""
	query = _ListPriceQuery(filters, period)
	item = query.item
	is_return = query.is_return()
	statement = (
		query.statement_with_cost()
		.select(
			query.parent.customer,
			Sum(Case().when(is_return, 0).else_(query.list_amount())).as_("gross_sales"),
			Sum(Case().when(is_return, -item.base_net_amount).else_(0)).as_("returned"),
			Sum(item.base_net_amount).as_("net_sales"),
			Sum(query.cost_of_line).as_("cost"),
		)
		.groupby(query.parent.customer)
	)
	names = [name for name in COLUMNS if name not in ("discounts", "documents")]
	frame = pd.DataFrame.from_records(statement.run(as_dict=True), columns=names)
	frame["documents"] = frame["customer"].map(_documents(filters, period)).fillna(0).astype(int)
	for name in ("gross_sales", "returned", "net_sales", "cost"):
		frame[name] = frame[name].astype(float)
	frame["discounts"] = (frame["gross_sales"] - frame["returned"] - frame["net_sales"]).round(6)
	return frame[list(COLUMNS)]


def _documents(filters: SalesFilters, period: Period) -> dict[str, int]:
	"""Customer -> documents; counted by themselves, as the lines of a document would have to be sorted to count it once."""
	query = SalesQuery(filters, period)
	heads = query.needs_no_lines(())
	count = Count(query.parent.name)
	statement = query.statement(items=not heads).select(
		query.parent.customer, count if heads else count.distinct()
	)
	return dict(statement.groupby(query.parent.customer).run())


class _ListPriceQuery(SalesQuery):
	"""The query of net sales, with list prices less the taxes they hold."""

	def statement_with_cost(self):
		self.cost_of_line = self.cost()
		tax = frappe.qb.DocType("Sales Taxes and Charges")
		self.including = (
			frappe.qb.from_(tax)
			.select(tax.parent)
			.distinct()
			.where((tax.parenttype == self.source.doctype) & (tax.included_in_print_rate == 1))
			.as_("kam_including_tax")
		)
		self._joins.append((self.including, self.including.parent == self.parent.name))
		return self.statement()

	def is_return(self):
		if self.source.doctype == "Sales Order":
			return self.item.qty < 0
		return self.parent.is_return == 1

	def list_amount(self):
		"""List price times quantity, without taxes; never below what the line was sold for."""
		item, parent = self.item, self.parent
		discount = Coalesce(parent.base_discount_amount, 0)
		# share of a price including tax that is left when the tax is taken out
		without_tax = (
			Case()
			.when(self.including.parent.isnull(), 1)
			.when(
				parent.apply_discount_on == "Grand Total",
				parent.base_net_total / NullIf(parent.base_total - discount, 0),
			)
			.else_((parent.base_net_total + discount) / NullIf(parent.base_total, 0))
		)
		listed = Coalesce(item.base_price_list_rate, 0) * item.qty * Coalesce(without_tax, 1)
		return Case().when(listed > item.base_net_amount, listed).else_(item.base_net_amount)
