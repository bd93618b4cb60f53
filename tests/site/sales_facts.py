"""Monthly facts of sales in tests."""

import frappe

from kam_erpnext.data import sales_facts, sales_facts_upkeep


class Answered:
	"""How many questions the facts answered as a whole, in part, and not at all."""

	def __init__(self):
		self.whole = self.partly = self.not_at_all = 0


def bring_up_to_date():
	"""What the background does, here and now."""
	sales_facts_upkeep.catch_up()
	sales_facts_upkeep.build_missing()


def first(monkeypatch) -> Answered:
	"""From now on facts are brought up to date before every question."""
	reading, answered = sales_facts.reading, Answered()
	frappe.db.set_single_value("KAM Settings", "keep_sales_facts", 1)

	def up_to_date(filters, period, by=(), with_cost=False):
		user = frappe.session.user
		frappe.set_user("Administrator")
		try:
			bring_up_to_date()
		finally:
			frappe.set_user(user)
		found = reading(filters, period, by, with_cost)
		if found is None:
			answered.not_at_all += 1
		elif found.missing:
			answered.partly += 1
		else:
			answered.whole += 1
		return found

	monkeypatch.setattr(sales_facts, "reading", up_to_date)
	return answered
