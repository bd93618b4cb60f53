"""Lines of a call cycle as a whole: what they add up to, and what other cycles hold already."""

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Sum
from frappe.utils import cint, escape_html

from kam_erpnext.data import locks
from kam_erpnext.kam_erpnext.doctype.key_account.key_account import account_of

CYCLE, LINE = "Call Cycle", "Call Cycle Line"
ACTIVE, PAUSED, HANDED_OVER, REMOVED = "Active", "Paused", "Handed Over", "Removed"
# lines that hold a customer for the person
COUNTED = (ACTIVE, PAUSED)
SHOWN = 5


def sums(cycle: str) -> frappe._dict:
	"""`customers, calls, minutes` of the active lines."""
	line = frappe.qb.DocType(LINE)
	row = (
		frappe.qb.from_(line)
		.select(
			Count(Case().when(line.calls > 0, line.customer)).distinct().as_("customers"),
			Sum(line.calls).as_("calls"),
			Sum(line.calls * line.duration).as_("minutes"),
		)
		.where((line.cycle == cycle) & (line.status == ACTIVE))
		.run(as_dict=True)[0]
	)
	return frappe._dict({name: cint(value) for name, value in row.items()})


def overlapping(cycle, lock: bool = False) -> list[frappe._dict]:
	"""Other approved cycles of the person in these days that hold lines of the same customer and method."""
	other, mine, theirs = (
		frappe.qb.DocType(CYCLE),
		frappe.qb.DocType(LINE),
		frappe.qb.DocType(LINE).as_("kam_other_line"),
	)
	query = (
		frappe.qb.from_(other)
		.select(other.name)
		.where((other.user == cycle.user) & (other.docstatus == 1) & (other.status == "Approved"))
		.where((other.name != cycle.name) & (other.name != (cycle.amended_from or "")))
		.where((other.from_date <= cycle.to_date) & (other.to_date >= cycle.from_date))
	)
	names = (query.for_update() if lock else query).run(pluck=True)
	if not names:
		return []
	return (
		frappe.qb.from_(theirs)
		.inner_join(mine)
		.on((mine.customer == theirs.customer) & (mine.method == theirs.method))
		.inner_join(other)
		.on(other.name == theirs.cycle)
		.select(theirs.cycle, other.title, theirs.customer_name, theirs.customer, theirs.method, mine.name)
		.where((mine.cycle == cycle.name) & theirs.cycle.isin(names))
		.where(
			mine.status.isin(COUNTED) & theirs.status.isin(COUNTED) & (mine.calls > 0) & (theirs.calls > 0)
		)
		.orderby(theirs.customer_name)
		.orderby(theirs.method)
		.run(as_dict=True)
	)


def validate_no_overlap(cycle, lock: bool = False):
	"""The lock on the person makes two approvals at the same time wait for each other."""
	if lock:
		locks.lock("User", cycle.user)
	found = overlapping(cycle, lock)
	if not found:
		return
	shown = [
		f"{escape_html(row.customer_name or row.customer)} ({_(row.method)}): {escape_html(row.title or row.cycle)}"
		for row in found[:SHOWN]
	]
	if len(found) > SHOWN:
		shown.append(_("and {0} more").format(len(found) - SHOWN))
	frappe.throw(
		[
			_(
				"These calls stand in another approved cycle of the same person and days. Please choose other days, or remove the lines here:"
			),
			*shown,
		],
		title=_("Cycles Overlap"),
		as_list=True,
	)


# ---------------------------------------------------------------- when other documents change


def customer_renamed(customer, method=None, old=None, new=None, merge=False):
	"""Name and account follow the customer. Where two became one, the line with more calls of each cycle and method stays;
	the other one is removed, and its calls with it when the cycle is planned the next time."""
	values = {
		"customer_name": frappe.db.get_value("Customer", new, "customer_name") or new,
		"key_account": account_of(new),
	}
	frappe.db.set_value(LINE, {"customer": new}, values, update_modified=False)
	if not merge:
		return
	seen = set()
	for row in frappe.get_all(
		LINE,
		{"customer": new, "status": ("in", COUNTED)},
		["name", "cycle", "method"],
		order_by="calls desc, creation, name",
	):
		if (row.cycle, row.method) in seen:
			frappe.db.set_value(
				LINE, row.name, {"status": REMOVED, "override_reason": _("Merged with another customer.")}
			)
		seen.add((row.cycle, row.method))


def customer_deleted(customer, method=None):
	"""Nobody is called on who is not there."""
	frappe.db.delete(LINE, {"customer": customer.name})


def contact_deleted(contact, method=None):
	"""The line names the person for nothing else."""
	frappe.db.set_value(LINE, {"contact": contact.name}, "contact", None, update_modified=False)
