"""The measures of the catalogue, one function each: a value of one account out of the world, with its sentence.

A function returns None as value when nobody knows it and says why; a figure without a denominator is not known. What has no
date of its own is asked only for a day that has just ended.
"""

from collections.abc import Callable
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import flt, formatdate

from kam_erpnext.data import calls
from kam_erpnext.data.scorecard.values import Value, among, days_of, known, listed, money, not_then, unknown
from kam_erpnext.data.scorecard.world import CALL_DAYS, CONTACT_DAYS, World
from kam_erpnext.engine import forecast
from kam_erpnext.engine.call_figures import compliance
from kam_erpnext.engine.pipeline import LOST, WON
from kam_erpnext.engine.score_measures import CATALOGUE

Reader = Callable[[World, str], Value]
MEASURES: dict[str, Reader] = {}
ON_TRACK = ("On Track", "Achieved")


def measure(key: str) -> Callable[[Reader], Reader]:
	"""Registers a reader. It is asked for accounts with customers only, and for days on which it can be known."""

	def register(read: Reader) -> Reader:
		def answer(world: World, account: str) -> Value:
			if not world.present and not CATALOGUE[key].dated:
				return unknown(key, not_then(world.on))
			if key not in WITHOUT_CUSTOMERS and not world.customers[account]:
				return unknown(key, _("The account has no customers that you may see."))
			return read(world, account)

		MEASURES[key] = answer
		return read

	return register


# what is entered at the account itself
WITHOUT_CUSTOMERS = frozenset(
	(
		"actions_overdue",
		"objectives_on_track",
		"satisfaction",
		"coverage_score",
		"win_rate",
		"sales_against_target",
		"pipeline_coverage",
	)
)


def _report(name: str, world: World, account: str, **filters) -> dict:
	return {"report": name, "filters": {"company": world.company, "key_account": account, **filters}}


def _documents(world: World, account: str, doctype: str, **filters) -> dict:
	return listed(doctype, customer=among(world.customers[account]), **filters)


# ---------------------------------------------------------------- financial


@measure("sales_change")
def sales_change(world: World, account: str) -> Value:
	now, before = (world.total(world.sold[name], account) for name in ("net_sales", "before"))
	route = _report(
		"Key Account Performance",
		world,
		account,
		period="Custom",
		from_date=str(world.year.start),
		to_date=str(world.year.last_day),
	)
	text = _("Net sales of {0}: {1}; of the same days a year before: {2}.").format(
		days_of(world.year), money(now, world.currency), money(before, world.currency)
	)
	if before <= 0:
		return unknown(
			"sales_change", text + " " + _("Without sales a year before there is no change."), route
		)
	return known("sales_change", 100.0 * (now - before) / before, text, route)


@measure("sales_against_target")
def sales_against_target(world: World, account: str) -> Value:
	key, route = "sales_against_target", _report("Key Account Performance", world, account)
	row = world.rolled.get(account)
	if row is None:
		return unknown(key, world.problem)
	if not row["targets"]:
		return unknown(key, _("No plan in force sets a target for the account."), route)
	value = forecast.pace(row["actual"], row["target_to_date"])
	if value is None:
		return unknown(key, _("No part of the target is due yet."), route)
	return known(
		key,
		value,
		_(
			"Net sales of {0} from {1} on in percent of {2}, the part of the target of {3} that is due."
		).format(
			money(row["actual"], world.currency),
			formatdate(world.fiscal_year.start),
			money(row["target_to_date"], world.currency),
			money(row["target"], world.currency),
		),
		route,
	)


@measure("margin_percent")
def margin_percent(world: World, account: str) -> Value:
	net, cost = (world.total(world.sold[name], account) for name in ("net_sales", "cost"))
	route = _report("Account Profitability", world, account)
	if net <= 0:
		return unknown("margin_percent", _("Nothing was sold in {0}.").format(days_of(world.year)), route)
	return known(
		"margin_percent",
		100.0 * (net - cost) / net,
		_("Gross profit of {0} in percent of net sales of {1}, {2}.").format(
			money(net - cost, world.currency), money(net, world.currency), days_of(world.year)
		),
		route,
	)


@measure("overdue_receivables_share")
def overdue_receivables_share(world: World, account: str) -> Value:
	rows = [world.receivables[name] for name in world.customers[account] if name in world.receivables]
	outstanding, overdue = (flt(sum(row[name] for row in rows), 2) for name in ("outstanding", "overdue"))
	route = _documents(
		world,
		account,
		"Sales Invoice",
		company=world.company,
		docstatus=1,
		outstanding_amount=[">", 0],
		due_date=["<", str(world.on)],
	)
	if outstanding <= 0:
		return unknown("overdue_receivables_share", _("Nothing is outstanding."), route)
	return known(
		"overdue_receivables_share",
		100.0 * overdue / outstanding,
		_("{0} of {1} outstanding was due before {2}, taxes included.").format(
			money(overdue, world.currency), money(outstanding, world.currency), formatdate(world.on)
		),
		route,
	)


@measure("payment_delay")
def payment_delay(world: World, account: str) -> Value:
	rows = [world.paid[name] for name in world.customers[account] if name in world.paid]
	paid, days = (flt(sum(row[place] for row in rows), 6) for place in (0, 1))
	if paid <= 0:
		return unknown("payment_delay", _("Nothing was paid in {0}.").format(days_of(world.year)))
	return known(
		"payment_delay",
		days / paid,
		_("Average days paid after the due date, weighted by amount: {0} paid in {1}.").format(
			money(paid, world.currency), days_of(world.year)
		),
		_documents(world, account, "Sales Invoice", company=world.company, docstatus=1),
	)


@measure("pipeline_coverage")
def pipeline_coverage(world: World, account: str) -> Value:
	key, route = "pipeline_coverage", _report("Key Account Pipeline", world, account)
	row = world.rolled.get(account)
	if row is None:
		return unknown(key, world.problem)
	if not row["targets"]:
		return unknown(key, _("No plan in force sets a target for the account."), route)
	missing = flt(row["target"] - row["actual"], 2)
	if missing <= 0:
		return unknown(key, _("The target of the fiscal year is reached; nothing is missing."), route)
	deals = world.deals_of(account)
	amount = flt(float(deals.loc[deals["status"] == "Open", "open"].sum()), 2)
	return known(
		key,
		100.0 * amount / missing,
		_("Open deals of {0}, not weighted, in percent of {1} that is missing of the target.").format(
			money(amount, world.currency), money(missing, world.currency)
		),
		route,
	)


# ---------------------------------------------------------------- customer


@measure("order_rhythm")
def order_rhythm(world: World, account: str) -> Value:
	rhythm = world.rhythm_of(account)
	route = _documents(world, account, world.settings.sales_source, company=world.company, docstatus=1)
	if rhythm is None:
		return unknown(
			"order_rhythm", _("With fewer than four days of purchase in two years there is no rhythm."), route
		)
	return known(
		"order_rhythm",
		100.0 * rhythm.days / rhythm.usual,
		_("The last purchase was {0} days ago; usually {1} days lie between two purchases.").format(
			rhythm.days, flt(rhythm.usual, 1)
		),
		route,
	)


@measure("open_issues")
def open_issues(world: World, account: str) -> Value:
	count = int(world.total(world.issues, account))
	return known(
		"open_issues",
		count,
		_("Issues that were neither resolved nor closed on {0}: {1}.").format(formatdate(world.on), count),
		_documents(world, account, "Issue", status=["not in", ["Resolved", "Closed"]]),
	)


@measure("returns_share")
def returns_share(world: World, account: str) -> Value:
	back = world.total(world.returned, account)
	sold = world.total(world.sold["net_sales"], account) + back
	source = world.settings.sales_source
	route = _documents(world, account, source, company=world.company, docstatus=1, is_return=1)
	if source == "Sales Order":
		return unknown("returns_share", _("Sales are measured from orders, which know no returns."))
	if sold <= 0:
		return unknown("returns_share", _("Nothing was sold in {0}.").format(days_of(world.year)), route)
	return known(
		"returns_share",
		100.0 * back / sold,
		_("{0} of {1} sold was taken back, {2}.").format(
			money(back, world.currency), money(sold, world.currency), days_of(world.year)
		),
		route,
	)


@measure("contract_days")
def contract_days(world: World, account: str) -> Value:
	ends = [world.contracts[name] for name in world.customers[account] if name in world.contracts]
	customers = among(world.customers[account])
	route = listed("Contract", party_type="Customer", party_name=customers, docstatus=1)
	if not ends:
		return unknown("contract_days", _("No contract with an end is running."), route)
	return known(
		"contract_days",
		(min(ends) - world.on).days,
		_("The next of {0} running contracts ends on {1}.").format(len(ends), formatdate(min(ends))),
		route,
	)


@measure("share_of_wallet")
def share_of_wallet(world: World, account: str) -> Value:
	route = _report("Share of Wallet", world, account)
	found = world.wallet_of(account)
	if found:
		wallets, sums = found
		return known(
			"share_of_wallet",
			sums.share,
			_(
				"Net sales of {0} in percent of the known wallets of {1}, {2}. Known: {3} of {4} cells."
			).format(
				days_of(world.year),
				wallets.year,
				money(sums.wallet, world.currency),
				sums.known_cells,
				sums.addressable_cells,
			),
			{**route, "filters": {**route["filters"], "year": wallets.year}},
		)
	spend = flt(world.accounts[account].yearly_spend)
	rate = world.spend_rate(account) if spend > 0 else None
	if not rate:
		return unknown(
			"share_of_wallet", _("No wallet and no yearly spend is entered for the account."), route
		)
	sold = world.total(world.sold["net_sales"], account)
	return known(
		"share_of_wallet",
		100.0 * sold / (spend * rate),
		_("Net sales of {0}, {1}, in percent of the yearly spend of {2} on the profile.").format(
			days_of(world.year), money(sold, world.currency), money(spend * rate, world.currency)
		),
		{"doctype": "Key Account", "name": account},
	)


@measure("satisfaction")
def satisfaction(world: World, account: str) -> Value:
	review = (world.reviews.get(account) or {}).get("judged")
	if not review or review.review_date < world.year.start:
		return unknown(
			"satisfaction",
			_("No business review of the last twelve months says how satisfied the customer is."),
			listed("Key Account Business Review", key_account=account),
		)
	return known(
		"satisfaction",
		int(review.satisfaction[0]),
		_("Business review of {0}: {1}.").format(formatdate(review.review_date), _(review.satisfaction)),
		{"doctype": "Key Account Business Review", "name": review.name},
	)


# ---------------------------------------------------------------- process


@measure("call_compliance")
def call_compliance(world: World, account: str) -> Value:
	rows = [row for name in world.customers[account] for row in world.calls.get(name, ())]
	found = compliance(rows, world.on)
	since = world.on - timedelta(days=CALL_DAYS)
	route = _report("Call Compliance", world, account, from_date=str(since), to_date=str(world.on))
	if found.rate is None:
		return unknown("call_compliance", _("No call was due in the last {0} days.").format(CALL_DAYS), route)
	return known(
		"call_compliance",
		found.rate,
		_("{0} of {1} calls due in the last {2} days were made.").format(
			found.made, found.planned, CALL_DAYS
		),
		route,
	)


@measure("actions_overdue")
def actions_overdue(world: World, account: str) -> Value:
	rows = [world.actions[name] for name in world.below[account] if name in world.actions]
	count, late = (sum(row[place] for row in rows) for place in (0, 1))
	route = listed(
		"Key Account Action",
		key_account=among(world.below[account]),
		status=["in", ["Planned", "In Progress"]],
	)
	if not count:
		return unknown("actions_overdue", _("No action is open."), route)
	return known(
		"actions_overdue",
		100.0 * late / count,
		_("{0} of {1} open actions are past their end.").format(late, count),
		route,
	)


@measure("objectives_on_track")
def objectives_on_track(world: World, account: str) -> Value:
	plan = world.plans.get(account)
	if not plan or not plan.objectives:
		return unknown(
			"objectives_on_track",
			_("No plan in force has objectives."),
			listed("Key Account Plan", key_account=account),
		)
	weights = [(flt(row.weight) or 1.0, row.state in ON_TRACK) for row in plan.objectives]
	good = sum(weight for weight, on_track in weights if on_track)
	return known(
		"objectives_on_track",
		100.0 * good / sum(weight for weight, _on_track in weights),
		_("{0} of {1} objectives of {2} are on track or achieved, by weight.").format(
			sum(row.state in ON_TRACK for row in plan.objectives),
			len(plan.objectives),
			plan.title or plan.name,
		),
		{"doctype": "Key Account Plan", "name": plan.name},
	)


@measure("win_rate")
def win_rate(world: World, account: str) -> Value:
	deals = world.deals_of(account)
	closed = deals[deals["status"].isin((WON, LOST)) & deals["closed_on"].notna()]
	closed = closed.loc[[world.year.contains(day) for day in closed["closed_on"]]]
	route = _report("Win and Loss", world, account)
	if not len(closed):
		return unknown(
			"win_rate", _("No opportunity was won or lost in {0}.").format(days_of(world.year)), route
		)
	won = int((closed["status"] == WON).sum())
	return known(
		"win_rate",
		100.0 * won / len(closed),
		_("{0} of {1} opportunities closed in {2} were won.").format(won, len(closed), days_of(world.year)),
		route,
	)


# ---------------------------------------------------------------- relationship


def _nobody_known(key: str, world: World, account: str) -> Value | None:
	if not frappe.has_permission("Contact", "read", user=world.reader):
		return unknown(key, _("You may not see contact persons."))
	if world.contacts[account]:
		return None
	return unknown(
		key,
		_("No contact person is linked to the customers."),
		listed("Customer", name=among(world.customers[account])),
	)


def _calls_route(world: World, account: str) -> dict:
	since = world.on - timedelta(days=CONTACT_DAYS)
	return _documents(
		world, account, calls.CALL, status=calls.MADE, made_on=["between", [str(since), str(world.on)]]
	)


@measure("people_met")
def people_met(world: World, account: str) -> Value:
	nobody = _nobody_known("people_met", world, account)
	if nobody:
		return nobody
	met = world.met(account)
	return known(
		"people_met",
		len(met),
		_(
			"Of {0} contact persons of the customers {1} had a call, meeting or message in the last {2} days."
		).format(len(world.contacts[account]), len(met), CONTACT_DAYS),
		_calls_route(world, account),
	)


@measure("colleagues_in_contact")
def colleagues_in_contact(world: World, account: str) -> Value:
	nobody = _nobody_known("colleagues_in_contact", world, account)
	if nobody:
		return nobody
	ours = {touch.user for contact in world.met(account) for touch in world.touches[contact] if touch.user}
	return known(
		"colleagues_in_contact",
		len(ours),
		_("Colleagues who were in contact with somebody at the customers in the last {0} days: {1}.").format(
			CONTACT_DAYS, len(ours)
		),
		_calls_route(world, account),
	)


@measure("days_since_contact")
def days_since_contact(world: World, account: str) -> Value:
	nobody = _nobody_known("days_since_contact", world, account)
	if nobody:
		return nobody
	day = world.last_contact_of(account)
	if not day:
		return unknown("days_since_contact", _("No call, meeting or message with a contact person is known."))
	return known(
		"days_since_contact",
		max((world.on - day).days, 0),
		_("The last call, meeting or message was on {0}.").format(formatdate(day)),
		_calls_route(world, account),
	)


@measure("coverage_score")
def coverage_score(world: World, account: str) -> Value:
	people = world.people.get(account, ())
	route = listed("Power Map", key_account=account, is_current=1)
	if not people:
		return unknown("coverage_score", _("Nobody stands on a power map of the account."), route)
	reached = sum(bool(contact and world.touches.get(contact)) for _key, contact in people)
	return known(
		"coverage_score",
		100.0 * reached / len(people),
		_("With {0} of {1} people on the power map there was contact in the last {2} days.").format(
			reached, len(people), CONTACT_DAYS
		),
		_report("Relationship Coverage", world, account),
	)
