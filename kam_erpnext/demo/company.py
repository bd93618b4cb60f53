"""Creates and deletes the demonstration company."""

import secrets
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import getdate

from kam_erpnext.demo import world
from kam_erpnext.demo.history import EARLIER_MONTHS, MONTHS, first_of_month, make_history
from kam_erpnext.demo.masters import Masters, existing_company
from kam_erpnext.demo.register import COMPLETE, Register
from kam_erpnext.demo.removal import Removal

Progress = Callable[[int, str], None]

# share of the whole that is done when a stage begins, measured
COMPANY, MASTERS, CUSTOMERS, TRADE, PROGRAMME, MAPS = 0, 2, 4, 6, 60, 68
MARKET, CALLS, SERVICE, SNAPSHOTS, DONE = 77, 83, 90, 93, 100


class DemonstrationError(frappe.ValidationError):
	pass


def create(
	progress: Progress | None = None, password: str | None = None, today: date | str | None = None
) -> dict:
	"""Create the demonstration company, its users and its key account programme. Takes some minutes.

	`progress(percent, text)` is called at every stage; without it a line is printed. `password` is given to all users;
	without it one is made up. `today` is the day on which the history ends, by default the real one. Returns `site, company, logins` (a list of user, password, role, what to look at),
	`counts` and `message`. When the demonstration is there already, nothing is changed and no password is told.
	What an interrupted call has left is removed first.
	"""
	progress = progress or print_stage
	register = Register.load()
	if register and register.is_complete:
		message = _(
			"The demonstration company is on this site already. Its passwords were told when it was created."
		)
		progress(DONE, message)
		return result(register, None, message)
	with as_administrator():
		if register:
			progress(COMPANY, _("Removing what an interrupted creation has left"))
			remove(register)
		today = getdate(today)
		check_site(today)
		password = password or f"Halden-{secrets.token_hex(4)}"
		register = build(progress, password, today)
	message = _("The demonstration company is ready.")
	progress(DONE, message)
	return result(register, password, message)


def delete(progress: Progress | None = None) -> dict:
	"""Take the demonstration company away with everything that belongs to it. Returns `site, message`.

	Raises DemonstrationInUseError, and changes nothing, when other records refer to it.
	"""
	progress = progress or print_stage
	register = Register.load()
	if not register:
		message = _("There is no demonstration company on this site.")
	else:
		progress(0, _("Removing the demonstration company"))
		with as_administrator():
			remove(register)
		message = _("The demonstration company was removed.")
	progress(DONE, message)
	return {"site": frappe.local.site, "message": message}


def build(progress: Progress, password: str, today: date) -> Register:
	# imported late: it needs doctypes, which are not there while the app is being installed
	from kam_erpnext.demo.calls import Calls
	from kam_erpnext.demo.incentives import Incentives
	from kam_erpnext.demo.intelligence import Intelligence
	from kam_erpnext.demo.market import Markets
	from kam_erpnext.demo.opportunities import Opportunities
	from kam_erpnext.demo.planning import Planning
	from kam_erpnext.demo.programme import Programme
	from kam_erpnext.demo.relationships import Relationships
	from kam_erpnext.demo.service import Service
	from kam_erpnext.demo.snapshots import Snapshots
	from kam_erpnext.demo.targets import Targets
	from kam_erpnext.demo.trade import Trade
	from kam_erpnext.demo.wallets import Wallets

	progress(COMPANY, _("Company, fiscal years and accounts"))
	history = make_history(today)
	register = Register()
	register.save()
	masters = Masters(register, history)
	others = bool(frappe.db.count("Customer"))
	masters.make_company()
	masters.make_fiscal_years()
	commit(register)
	progress(MASTERS, _("Territories, product lines, items and sales people"))
	masters.make_trees()
	masters.make_items()
	commit(register)
	progress(CUSTOMERS, _("{0} customers and {1} users").format(len(history.customers), len(world.USERS)))
	masters.make_customers()
	masters.make_users(password, fenced=others)
	commit(register)

	progress(
		TRADE,
		_("{0} sales of {1} months with purchases, returns and payments").format(
			len(history.sales), MONTHS + EARLIER_MONTHS
		),
	)
	shown = [TRADE]

	def report(done: int, of: int) -> None:
		percent = TRADE + (PROGRAMME - TRADE) * done // of
		if percent >= shown[-1] + 10:
			shown.append(percent)
			progress(percent, _("{0} of {1} documents").format(done, of))

	Trade(masters, history).run(report)

	programme = Programme(register, masters, history, today)
	progress(PROGRAMME, _("Criteria, market estimates and last year's selection"))
	programme.make_criteria()
	programme.make_market_estimates()
	programme.select_last_year()
	progress(PROGRAMME + 3, _("Key accounts, teams and nominations"))
	programme.arrange_accounts()
	programme.change_during_the_year()
	programme.choose_favourites()
	programme.nominate()
	progress(PROGRAMME + 5, _("This year's selection"))
	programme.select_this_year()
	progress(PROGRAMME + 7, _("Profiles, plans, actions and business reviews"))
	use_company(register)
	planning = Planning(programme)
	planning.run()
	progress(MAPS, _("Power maps, with messages and meetings"))
	Relationships(programme, planning.competitors).run()
	progress(MARKET, _("Opportunities, wallets and market notes"))
	Opportunities(programme, planning.competitors).run()
	Wallets(programme, planning.competitors).run()
	Markets(programme, planning.competitors).run()
	Intelligence(programme, planning.competitors).run()
	progress(CALLS, _("Call cycles and calls"))
	Calls(programme, planning.competitors).run()
	progress(SERVICE, _("Targets, issues, shipments, hours and what they cost"))
	Targets(programme).run()
	Service(programme).run()
	progress(SNAPSHOTS, _("Snapshots of the last months, alarms and incentives"))
	Snapshots(programme).run()
	Incentives(programme).run()
	register.summary = {"selection": programme.current_selection}
	register.state = COMPLETE
	commit(register)
	frappe.clear_cache()
	return register


def commit(register: Register) -> None:
	register.save()
	frappe.db.commit()
	frappe.local.message_log = []


def remove(register: Register) -> None:
	try:
		Removal(register).run()
		frappe.db.commit()
	except Exception:
		frappe.db.rollback()
		raise
	frappe.clear_cache()


def use_company(register: Register) -> None:
	"""Reports start with the demonstration company, unless the company of the settings has sales of its own."""
	company = frappe.db.get_single_value("KAM Settings", "company")
	if not company or not frappe.db.exists("Sales Invoice", {"company": company, "docstatus": 1}):
		register.set_single("KAM Settings", "company", world.COMPANY)


def check_site(today: date) -> None:
	"""Raise DemonstrationError with what stands in the way, before anything is created."""
	existing_company()
	problems = []
	if today > getdate():
		problems.append(_("The history cannot end in the future ({0}).").format(today))
	for doctype, field, value in (
		("Company", "name", world.COMPANY),
		("Company", "abbr", world.ABBR),
		*(("User", "name", email) for email in world.USERS),
	):
		if frappe.db.exists(doctype, {field: value}):
			problems.append(_("There is already a {0} {1}.").format(_(doctype), value))
	start = first_of_month(today, -MONTHS - EARLIER_MONTHS) - timedelta(days=1)
	for doctype, field in (("Accounts Settings", "acc_frozen_upto"), ("Stock Settings", "stock_frozen_upto")):
		frozen = (
			frappe.db.get_single_value(doctype, field) if frappe.get_meta(doctype).has_field(field) else None
		)
		if frozen and getdate(frozen) >= start:
			problems.append(
				_("{0} freezes postings up to {1}; the demonstration posts from {2} on.").format(
					_(doctype), frozen, start
				)
			)
	if problems:
		frappe.throw(" ".join(problems), DemonstrationError, title=_("Demonstration Not Possible"))


@contextmanager
def as_administrator():
	"""Runs a block as Administrator, without e-mail, by the rules of the company's country rather than the site's."""
	user, flags = frappe.session.user, {key: frappe.flags.get(key) for key in ("mute_emails", "country")}
	frappe.set_user("Administrator")
	frappe.flags.update(mute_emails=True, country=world.COUNTRY)
	try:
		yield
	finally:
		frappe.set_user(user)
		frappe.flags.update(flags)


def result(register: Register, password: str | None, message: str) -> dict:
	return {
		"site": frappe.local.site,
		"company": world.COMPANY,
		"message": message,
		"logins": [
			(email, password, role, look)
			for email, (_first, _last, role, _roles, look) in world.USERS.items()
		],
		"counts": counts(),
		"selection": register.summary.get("selection"),
	}


def counts() -> dict:
	"""What the demonstration holds."""
	submitted = {"company": world.COMPANY, "docstatus": 1}
	return {
		"customers": len(Register.load().names("Customer")),
		**{
			doctype: frappe.db.count(doctype, submitted)
			for doctype in (
				"Sales Invoice",
				"Payment Entry",
				"Sales Order",
				"Delivery Note",
				"Purchase Invoice",
			)
		},
		"Key Account": len(Register.load().names("Key Account")),
		"Power Map": frappe.db.count(
			"Power Map", {"key_account": ("in", Register.load().names("Key Account")), "is_current": 1}
		),
		**{
			doctype: frappe.db.count(doctype, {"company": world.COMPANY})
			for doctype in (
				"Key Account Selection",
				"Key Account Nomination",
				"Market Estimate",
				"Key Account Plan",
				"Key Account Business Review",
				"Key Account Opportunity",
				"Key Account Wallet",
				"Call Cycle",
				"Customer Call",
				"Key Account Snapshot",
				"Key Account Alarm",
				"Key Account Incentive",
			)
		},
		"Market Intelligence": len(Register.load().names("Market Intelligence")),
	}


def print_stage(percent: int, text: str) -> None:
	print(f"{percent:3d} %  {text}", flush=True)
