"""Lines of a call cycle as the frequency rules propose them. What people have decided about a line stays."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import add_days, cint, cstr, flt, getdate, now

from kam_erpnext.data import call_customers
from kam_erpnext.engine.call_frequency import Profile, Rule, calls_of_cycle, rules_for
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.call_cycle import lines as cycle_lines
from kam_erpnext.kam_erpnext.doctype.call_cycle import workload
from kam_erpnext.kam_erpnext.doctype.call_cycle_line.call_cycle_line import basis_of
from kam_erpnext.kam_erpnext.doctype.call_frequency_rule.call_frequency_rule import WEEKDAYS, enabled_rules

CYCLE, LINE = "Call Cycle", "Call Cycle Line"
SHOWN = 5
# what a proposal writes; the rest of a line belongs to people
PROPOSED = (
	"customer_name", "key_account", "territory", "area", "abc_class", "level", "segment", "potential",
	"potential_known", "last_call", "rule", "proposed_calls", "calls", "interval_days", "duration", "preferred_days",
)  # fmt: skip


def propose(cycle) -> dict:
	"""Make and refresh the lines of a draft: `added, updated, removed, customers, messages`.

	Overrides with their reason, contacts and what is paused or removed stay as they are. A line the rules no longer
	propose goes, unless somebody changed it. The lock on the cycle makes two proposals at the same time wait.
	"""
	frappe.db.get_value(CYCLE, cycle.name, "name", for_update=True)
	cycle.reload()
	cycle.validate_open()
	rules = enabled_rules()
	if not rules:
		frappe.throw(
			_("No Call Frequency Rule is enabled. Please enable or make one, then press Propose again."),
			title=_("No Rules"),
		)
	customers = call_customers.customers_of(cycle)
	wanted = _wanted(cycle, customers, rules)
	result = _write(cycle, wanted, customers)
	cycle.reload()
	workload.store_totals(cycle)
	result.update(customers=len(customers), messages=messages(cycle, customers, wanted))
	return result


def proposal_for(cycle, customer: dict, rules: list[Rule] | None = None) -> dict[str, dict]:
	"""Method -> values of a line for one row of `customers_of`; also for a customer who is added by hand."""
	rules = enabled_rules() if rules is None else rules
	period = period_of(cycle)
	found = {}
	for rule in rules_for(profile_of(customer), rules):
		found[rule.method] = {
			**basis_of(customer, rule.method),
			"customer": customer["customer"],
			"method": rule.method,
			"rule": rule.name,
			"proposed_calls": calls_of_cycle(rule, period, _last(customer, rule.method)),
			"interval_days": round(rule.interval, 2),
			"duration": rule.duration,
			"preferred_days": days_text(rule.weekdays),
		}
	return found


def profile_of(customer: dict) -> Profile:
	return Profile(
		key=customer["customer"],
		abc_class=customer["abc_class"],
		level=customer["level"],
		segments=frozenset(customer["segments"]),
		territory=customer["territory"],
		customer_group=customer["customer_group"],
		potential=customer["potential"],
		is_key_account=customer["is_key_account"],
	)


def period_of(cycle) -> Period:
	return Period(getdate(cycle.from_date), getdate(add_days(cycle.to_date, 1)))


def _last(customer: dict, method: str) -> date | None:
	"""The call the cycle goes on from: made, or still to be made before the cycle begins."""
	days = [day for days in (customer["last_calls"], customer["next_calls"]) if (day := days.get(method))]
	return max(days, default=None)


def days_text(weekdays) -> str | None:
	"""Preferred days as a line stores them: Monday,Friday."""
	return ",".join(WEEKDAYS[number].capitalize() for number in sorted(weekdays)) or None


def days_of_text(text: str | None) -> frozenset[int]:
	"""Numbers of the days a line stores, Monday = 0; words that are no day of the week are left out."""
	words = (word.strip().lower() for word in (text or "").split(","))
	return frozenset(WEEKDAYS.index(word) for word in words if word in WEEKDAYS)


def _wanted(cycle, customers: list[dict], rules: list[Rule]) -> dict[tuple[str, str], dict]:
	return {
		(customer["customer"], method): values
		for customer in customers
		for method, values in proposal_for(cycle, customer, rules).items()
		if values["proposed_calls"] > 0
	}


# ---------------------------------------------------------------- writing


def _write(cycle, wanted: dict, customers: list[dict]) -> dict:
	old: dict[tuple[str, str], frappe._dict] = {}
	for row in frappe.get_all(LINE, {"cycle": cycle.name}, ["*"], order_by="creation, name"):
		old.setdefault((row.customer, row.method), row)
	facts = {customer["customer"]: customer for customer in customers}
	changes, gone = {}, []
	for pair, row in old.items():
		values = wanted.get(pair)
		if values is None and not touched(row):
			gone.append(row.name)
			continue
		if values is None:
			# a decision of a person about a customer the rules leave out
			values = {"rule": None, "proposed_calls": 0}
			if row.customer in facts:
				values.update(basis_of(facts[row.customer], row.method))
		changed = _changes(row, values)
		if changed:
			changes[row.name] = changed
	new = [values for pair, values in wanted.items() if pair not in old]
	_insert(cycle, new)
	if changes:
		# every row gets the same columns: one statement for many rows
		frappe.db.bulk_update(LINE, changes) if hasattr(frappe.db, "bulk_update") else _update(changes)
	if gone:
		frappe.db.delete(LINE, {"name": ("in", gone)})
	return {"added": len(new), "updated": len(changes), "removed": len(gone)}


def _update(changes: dict[str, dict]):
	for name, values in changes.items():
		frappe.db.set_value(LINE, name, values)


def touched(row) -> bool:
	"""Whether a person has decided something about a line."""
	return bool(
		row.override_reason
		or row.contact
		or row.status != cycle_lines.ACTIVE
		or cint(row.calls) != cint(row.proposed_calls)
	)


def _changes(row, values: dict) -> dict:
	"""What the proposal changes on a line: numbers somebody entered stay, the proposal beside them is renewed."""
	values = dict(values)
	overridden = cint(row.calls) != cint(row.proposed_calls) or row.override_reason
	if overridden:
		for field in ("interval_days", "duration", "preferred_days"):
			values.pop(field, None)
	else:
		values["calls"] = values["proposed_calls"]
	if row.rule and row.rule == values.get("rule"):
		# the rule is the same: other minutes or days were entered on the line
		for field in ("duration", "preferred_days"):
			values.pop(field, None)
	return {field: value for field, value in values.items() if not _same(row.get(field), value)}


def _same(old, new) -> bool:
	if isinstance(new, int | float) and not isinstance(new, bool):
		return abs(flt(old) - flt(new)) < 0.005
	return cstr(old or "") == cstr(new or "")


def _insert(cycle, rows: list[dict]):
	if not rows:
		return
	stamp, user = now(), frappe.session.user
	fields = [
		"name",
		"owner",
		"modified_by",
		"creation",
		"modified",
		"cycle",
		"status",
		"customer",
		"method",
		*PROPOSED,
	]
	frappe.db.bulk_insert(
		LINE,
		fields,
		[
			[
				frappe.generate_hash(length=12),
				user,
				user,
				stamp,
				stamp,
				cycle.name,
				cycle_lines.ACTIVE,
				row["customer"],
				row["method"],
				*({**row, "calls": row["proposed_calls"]}[field] for field in PROPOSED),
			]
			for row in rows
		],
	)


# ---------------------------------------------------------------- what to know about it


def messages(cycle, customers: list[dict], wanted: dict) -> list[str]:
	"""What somebody should know who reads the proposal: who has no calls, and whose area nobody knows."""
	if not customers:
		return [nobody(cycle)]
	result = []
	called = {customer for customer, _method in wanted}
	without = [row for row in customers if row["customer"] not in called]
	if without:
		result.append(
			_("No call falls due for {0} of {1} customers: {2}.").format(
				len(without), len(customers), _names(without)
			)
		)
	for one, many, rows in (
		(
			_("{1} has no territory, so that its calls are not put together by area."),
			_("{0} customers have no territory, so that their calls are not put together by area: {1}."),
			[row for row in customers if not row["territory"]],
		),
		(
			_(
				"{1} has no postal code in its address, so that its calls are put together by territory alone."
			),
			_(
				"{0} customers have no postal code in their address, so that their calls are put together by territory alone: {1}."
			),
			[row for row in customers if row["territory"] and not row["area"]],
		),
	):
		if rows:
			result.append((one if len(rows) == 1 else many).format(len(rows), _names(rows)))
	return result


def nobody(cycle) -> str:
	"""Why no customer was found, and what to do."""
	if cycle.sales_person or cycle.territory:
		return _(
			"No customer was found for territory {0} and sales person {1} that {2} may see. Please check both, the sales teams of the customers, and the permissions of this person."
		).format(
			cycle.territory or _("any"), cycle.sales_person or _("any"), frappe.utils.get_fullname(cycle.user)
		)
	return _(
		"{0} is neither manager, coordinator nor team member of a key account, nor account manager of a customer. Please enter a territory or a sales person."
	).format(frappe.utils.get_fullname(cycle.user))


def _names(rows: list[dict]) -> str:
	seen = call_customers.seen_by_reader(row["customer"] for row in rows)
	names = [row["customer_name"] or row["customer"] for row in rows if row["customer"] in seen][:SHOWN]
	if len(rows) > len(names):
		names.append(_("and {0} more").format(len(rows) - len(names)))
	return ", ".join(names)
