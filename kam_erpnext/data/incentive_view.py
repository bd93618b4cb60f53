"""A statement as its form, its print and the report show it: every amount in words, and where its documents are."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import flt, fmt_money, formatdate, getdate

from kam_erpnext.data import incentives
from kam_erpnext.data.sales_ledger import SOURCES
from kam_erpnext.data.targets import COUNTED
from kam_erpnext.data.tree import nodes
from kam_erpnext.engine import incentive as engine
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

PERFORMANCE, SHARE_OF_WALLET = "Key Account Performance", "Share of Wallet"
# a list is not opened with more customers than these
MOST_CUSTOMERS = 200


def view(statement) -> dict:
	"""`lines` with `paid` (how the amount came about) and `routes`, `curve`, `messages`; for the reader of the session."""
	routes = _Routes(statement)
	return {
		"lines": [
			{
				"measure": line.measure,
				"label": _(line.measure),
				"unit": line.unit,
				"weight": flt(line.weight),
				"target": shown(line.target, line.unit, statement.currency) if line.target_known else None,
				"due": due_text(statement, line),
				"actual": shown(line.actual, line.unit, statement.currency) if line.actual_known else None,
				"known": bool(line.known),
				"attainment": flt(line.attainment) if line.known else None,
				"payout": flt(line.payout) if line.known else None,
				"amount": flt(line.amount),
				"at_target": at_target(statement, line),
				"paid": paid_text(statement, line),
				"explanation": line.explanation or "",
				"routes": routes.of(line.measure),
			}
			for line in statement.lines
		],
		"curve": curve_of(statement),
		"messages": messages(statement),
		"scope": scope_text(statement),
	}


def curve_of(statement) -> list[list[float]]:
	return frappe.parse_json(statement.curve or "[]")


def at_target(statement, line) -> float:
	"""Part of the amount at target a line decides."""
	return flt(flt(statement.at_target) * flt(line.weight) / 100.0, 2)


def due_text(statement, line) -> str | None:
	"""What was due by the day measured; the whole target while that is not known."""
	if not line.target_known:
		return None
	return shown(flt(line.due) or line.target, line.unit, statement.currency)


def shown(value: float, unit: str, currency: str) -> str:
	"""A value with its unit."""
	if unit == engine.MONEY:
		return fmt_money(flt(value, 2), currency=currency)
	text = number(value)
	if unit == engine.PERCENT:
		return _("{0} %").format(text)
	if unit == engine.DAYS:
		return _("{0} days").format(text)
	return text


def number(value: float, digits: int = 2) -> str:
	"""At most `digits` decimals, none when they are zero."""
	value = flt(value, digits)
	precision = next(count for count in range(digits + 1) if flt(value, count) == value)
	return fmt_money(value, precision=precision)


def percent(value: float) -> str:
	return _("{0} %").format(number(value, 1))


def money(statement, value: float) -> str:
	return fmt_money(flt(value, 2), currency=statement.currency)


def paid_text(statement, line) -> str:
	"""From the attainment to the money, in one sentence."""
	if not line.known:
		return _("It is not known, so nothing is paid for it yet.")
	if flt(line.attainment) < flt(line.threshold):
		return _("{0} attained is below the threshold of {1}: nothing is paid.").format(
			percent(line.attainment), percent(line.threshold)
		)
	curve = [engine.Knot(*knot) for knot in curve_of(statement)]
	by_curve = engine.payout(flt(line.attainment), curve) if curve else flt(line.payout)
	if not flt(line.payout):
		return _("{0} attained is below the first point of the curve: nothing is paid.").format(
			percent(line.attainment)
		)
	capped = (
		_("the curve pays {0}, capped at {1}").format(percent(by_curve), percent(line.payout))
		if by_curve > flt(line.payout) + 0.005
		else _("the curve pays {0}").format(percent(line.payout))
	)
	return _("{0} attained: {1}. {2} of {3} is {4}; {5} of that is {6}.").format(
		percent(line.attainment),
		capped,
		percent(line.weight),
		money(statement, statement.at_target),
		money(statement, at_target(statement, line)),
		percent(line.payout),
		money(statement, line.amount),
	)


def scope_text(statement) -> str:
	"""Whose customers count."""
	if statement.sales_person and statement.territory:
		return _("Sales of {0} in {1}").format(statement.sales_person, statement.territory)
	if statement.sales_person:
		return _("Sales of {0} and the sales people below").format(statement.sales_person)
	if statement.territory:
		return _("Customers in {0} and below").format(statement.territory)
	return _("Key accounts of {0}").format(statement.user_name or statement.user)


def messages(statement) -> list[str]:
	"""What a reader has to know before the figures."""
	found = []
	if statement.status == "Withdrawn":
		found.append(
			_(
				"Withdrawn: the scheme was cancelled after it was closed. This statement does not hold any more."
			)
		)
	elif statement.status == "Final":
		found.append(_("Final since {0}.").format(formatdate(statement.finalised_on)))
	elif not statement.as_of:
		found.append(
			_("The figures are being read by a worker. Please open the statement again in a few minutes.")
		)
	elif getdate(statement.as_of) < getdate(statement.to_date):
		found.append(
			_(
				"Draft, measured up to {0}: actual values against what was due by then. It says what the pace of today would pay, not what is earned already."
			).format(formatdate(statement.as_of))
		)
	else:
		found.append(_("Draft for the whole period. It follows the documents until the scheme is closed."))
	unknown = [_(line.measure) for line in statement.lines if not line.known]
	if unknown and statement.as_of:
		found.append(
			_("Not known, so nothing is paid for it: {0}.").format(", ".join(unknown))
			if statement.status == "Final"
			else _("Not known yet, so nothing is paid for it: {0}.").format(", ".join(unknown))
		)
	if flt(statement.before_cap) > flt(statement.amount):
		found.append(
			_("The cap of {0} holds back {1}.").format(
				percent(statement.cap), money(statement, statement.before_cap - statement.amount)
			)
		)
	return found


# ---------------------------------------------------------------- where the documents are


class _Routes:
	"""Lists and reports behind a line, of the customers of the person that the reader may see, too."""

	def __init__(self, statement):
		self.statement = statement
		self.scope = incentives.scope_of(statement)
		self.last: date = getdate(statement.as_of or statement.to_date)
		self.between = ["between", [str(getdate(statement.from_date)), str(self.last)]]
		self._customers: tuple[str, ...] | None = None

	@property
	def customers(self) -> tuple[str, ...]:
		if self._customers is None:
			self._customers = self.scope.customers(frappe.session.user)
		return self._customers

	def of(self, measure: str) -> list[dict]:
		if not self.statement.as_of:
			return []
		routes = {
			engine.SALES: lambda: [self.performance("Amount"), self.sold()],
			engine.MARGIN: lambda: [self.performance("Margin"), self.sold()],
			engine.MARGIN_GROWTH: lambda: [self.performance("Margin"), self.sold()],
			engine.MARGIN_PERCENT: lambda: [self.performance("Margin"), self.sold()],
			engine.OBJECTIVES: lambda: [self.plans()],
			engine.SATISFACTION: lambda: [
				self.list("Quality Feedback", "document_name", {"document_type": "Customer"})
			],
			engine.WALLET: lambda: [self.report(SHARE_OF_WALLET, {"company": self.scope.company})],
			engine.CALLS: lambda: [
				self.plain("Customer Call", {"user": self.scope.user, "due_on": self.between})
			],
			engine.DELAY: lambda: [self.list("Sales Invoice", "customer", {"docstatus": 1})],
			engine.ISSUES: lambda: [
				self.list("Issue", "customer", {"status": ["not in", ["Resolved", "Closed"]]})
			],
		}[measure]()
		return [route for route in routes if route]

	def sold(self) -> dict | None:
		source = get_settings().sales_source
		filters = {"company": self.scope.company, "docstatus": 1, SOURCES[source].date_field: self.between}
		if self.scope.sales_person:
			people = sorted(nodes("Sales Person")[0].get(self.scope.sales_person, ()))
			return self.plain(source, {**filters, "Sales Team.sales_person": ["in", people]})
		return self.list(source, "customer", filters)

	def list(self, doctype: str, field: str, filters: dict) -> dict | None:
		if not frappe.has_permission(doctype, "read") or not 0 < len(self.customers) <= MOST_CUSTOMERS:
			return None
		return self.plain(doctype, {field: ["in", [*self.customers]], **filters})

	def plain(self, doctype: str, filters: dict) -> dict | None:
		if not frappe.has_permission(doctype, "read"):
			return None
		return {"label": _(doctype), "doctype": doctype, "filters": filters}

	def plans(self) -> dict | None:
		accounts = self.scope.accounts(self.customers)
		return self.plain(
			"Key Account Plan", {"key_account": ["in", [*accounts]], "status": ["in", [*COUNTED]]}
		)

	def performance(self, measure: str) -> dict | None:
		scope = self.scope
		by = "Sales Person" if scope.sales_person else "Territory" if scope.territory else "Key Account"
		filters = {
			"by": by,
			"company": scope.company,
			"from_date": str(getdate(self.statement.from_date)),
			"to_date": str(getdate(self.statement.to_date)),
			"as_of": str(self.last),
			"measure": measure,
			"sold_to": "Key Accounts" if scope.by_accounts else "All Customers",
			"sales_person": scope.sales_person,
			"territory": scope.territory,
		}
		return self.report(PERFORMANCE, {name: value for name, value in filters.items() if value})

	def report(self, name: str, filters: dict) -> dict | None:
		if not frappe.get_cached_doc("Report", name).is_permitted():
			return None
		return {"label": _(name), "report": name, "filters": filters}
