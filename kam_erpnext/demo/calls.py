"""The calls of the demonstration: three managers with a call cycle that is over, one that runs and one that is prepared,
with calls made and reported, missed, moved, overdue, agreed on and still to come."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import cint, getdate

from kam_erpnext.api import call_cycles
from kam_erpnext.api import calls as api
from kam_erpnext.demo import world
from kam_erpnext.demo.programme import Programme
from kam_erpnext.demo.register import free_name
from kam_erpnext.kam_erpnext.doctype.call_cycle import scheduling, workload
from kam_erpnext.offline.sample.generate import Dice

SEED = 5309
CYCLE, CALL = "Call Cycle", "Customer Call"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Caller:
	"""A manager who calls on the customers of a country; these managers do more than calling on customers."""

	user: str
	country: str
	calls_per_day: int
	days_off: tuple[str, ...] = ()
	next_cycle: str = "Draft"


CALLERS = (
	Caller(world.MANAGER_ONE, "Halden Germany", 3, ("friday",), "In Review"),
	Caller(world.MANAGER_TWO, "Halden France", 2),
	Caller(world.MANAGER_UK, "Halden United Kingdom", 2, ("wednesday",)),
)
OVERLOAD = "The clinics of the group are called on together; the director comes along on the large ones."
# what becomes of a call whose day is over, in percent; the others are missed
MADE, LATER, DROPPED = 80, 12, 2
# calls of the last days are not all reported yet
RECENT, NOT_YET = 7, 0.3
OUTCOMES = ("Objective Reached", "Progress", "Progress", "Progress", "No Progress")
OBJECTIVES = {
	"Visit": (
		"Agree on a date for the test of the new pumps.",
		"Understand why the sensor orders went down.",
		"Show the board the uptime of the last year.",
		"Get to know the new head of the department.",
	),
	"Joint Visit": ("Introduce the director to the management.", "Agree on the targets of the coming year."),
	"Phone": (
		"Ask about the delivery of last week.",
		"Confirm the date of the training.",
		"Ask what is planned for the next quarter.",
	),
}
SUMMARIES = (
	"Talked about the wards that move in spring; they want one kind of monitor everywhere.",
	"Satisfied with service; the last repair took four hours.",
	"Budget is decided in six weeks; medical technology supports us.",
	"Asked for a comparison of running costs over five years.",
	"The new head of purchasing wants three offers for everything above 10,000.",
	"Consumables are bought through the association from now on.",
)
NEEDS = (
	"Fewer alarms on the wards at night.",
	"Training for twenty new nurses before summer.",
	"One contact for service and orders.",
	None,
	None,
)
COMMITMENTS = (
	"Tests two pumps on ward 3 for four weeks.",
	"Invites us to the meeting of the equipment board.",
	"Sends the list of devices to be replaced.",
	None,
	None,
)
FOLLOW_UPS = (
	"Send the comparison of running costs",
	"Offer the training for new nurses",
	"Arrange a visit to a reference hospital",
	"Clear up the late delivery with logistics",
	"Prepare the offer for the replacement of the pumps",
)
RESULTS = (
	"Sent, and gone through by phone.",
	"Done; the customer asked for two more dates.",
	"Settled with the head of medical technology.",
)
REMARKS = (
	("Offers a flat rate for five years with free sensors.", "Price"),
	("Has shown a monitor with wireless sensors.", "Product or Technology"),
	("Its service man for the region has left; two repairs took a week.", "Competitor Move"),
)
MOVES = (
	"The head of the department was called to an emergency.",
	"Snow, roads closed.",
	"Asked for next week.",
)
MISSES = ("Nobody was there at the agreed time.", "No time left after the visit before.")


class Calls:
	def __init__(self, programme: Programme, competitors: list[str]):
		self.programme = programme
		self.register = programme.register
		self.today = programme.today
		self.competitors = competitors
		self.dice = Dice(SEED)

	def run(self) -> None:
		begin = quarter(self.today, 0)
		self.holidays = self.make_holidays(quarter(self.today, -1).year, quarter(self.today, 2).year)
		for caller in CALLERS:
			for first, last in (
				(quarter(self.today, -1), begin - timedelta(days=1)),
				(begin, quarter(self.today, 1) - timedelta(days=1)),
			):
				cycle = self.approved_cycle(caller, first, last)
				self.live_through(caller, cycle)
				if last < self.today:
					with self.as_user(caller.user, self.today):
						apply_workflow(frappe.get_doc(CYCLE, cycle), "Close")
			self.prepare(caller)
			self.prepare_next_cycle(caller)
			frappe.db.commit()
		notes = frappe.get_all(
			"Market Intelligence", {"origin_doctype": CALL, "origin_name": ("in", self.calls())}, pluck="name"
		)
		self.register.documents.setdefault("Market Intelligence", []).extend(notes)

	def calls(self) -> list[str]:
		return frappe.get_all(CALL, {"company": world.COMPANY}, pluck="name")

	@contextmanager
	def as_user(self, user: str, day: date) -> Iterator[None]:
		"""Everything inside is done by `user` on a day."""
		before = frappe.flags.current_date
		frappe.set_user(user)
		frappe.flags.current_date = day
		try:
			yield
		finally:
			frappe.flags.current_date = before
			frappe.set_user("Administrator")
			frappe.local.message_log = []

	# ------------------------------------------------------------ cycles

	def make_holidays(self, first: int, last: int) -> str:
		"""Weekends and the holidays every country of the demonstration has."""
		days = [
			date(year, month, day) for year in range(first, last + 1) for month, day in ((1, 1), (12, 25))
		]
		return self.register.make(
			"Holiday List",
			holiday_list_name=free_name("Holiday List", "Halden Holidays"),
			from_date=date(first, 1, 1),
			to_date=date(last, 12, 31),
			holidays=[
				{"holiday_date": day, "description": "New Year" if day.month == 1 else "Christmas"}
				for day in days
			],
		).name

	def make_cycle(self, caller: Caller, first: date, last: date):
		cycle = frappe.get_doc(
			{
				"doctype": CYCLE,
				"user": caller.user,
				"territory": self.programme.masters.territory[caller.country],
				"company": world.COMPANY,
				"from_date": first,
				"to_date": last,
				"unit": "Week",
				"holiday_list": self.holidays,
				"calls_per_day": caller.calls_per_day,
				"hours_per_day": 8,
				"travel_share": 30,
				"office_share": 40,
				**{f"works_{day}": 0 for day in caller.days_off},
				"absences": [
					{
						"from_date": first + timedelta(days=40),
						"to_date": first + timedelta(days=44),
						"reason": "Leave",
					}
				],
			}
		).insert()
		call_cycles.propose(cycle.name)
		cycle.reload()
		if not workload.totals(cycle).fits:
			cycle.overload_reason = OVERLOAD
			cycle.save()
		return cycle

	def approved_cycle(self, caller: Caller, first: date, last: date) -> str:
		with self.as_user(caller.user, first - timedelta(days=9)):
			cycle = apply_workflow(self.make_cycle(caller, first, last), "Send to Review")
		with self.as_user(world.DIRECTOR, first - timedelta(days=7)):
			apply_workflow(frappe.get_doc(CYCLE, cycle.name), "Approve")
			scheduling.apply(cycle.name)  # here and now, where many calls would wait for a worker
		return cycle.name

	def prepare_next_cycle(self, caller: Caller) -> None:
		first = quarter(self.today, 1)
		with self.as_user(caller.user, self.today):
			cycle = self.make_cycle(caller, first, quarter(self.today, 2) - timedelta(days=1))
			self.override(cycle)
			if caller.next_cycle == "In Review":
				apply_workflow(frappe.get_doc(CYCLE, cycle.name), "Send to Review")

	def override(self, cycle) -> None:
		"""One customer gets more calls than the rules propose."""
		line = frappe.get_all(
			"Call Cycle Line",
			{"cycle": cycle.name, "method": "Visit", "abc_class": "B"},
			["name", "calls"],
			order_by="customer_name",
			limit=1,
		)
		if line:
			call_cycles.override(line[0].name, line[0].calls + 1, "Decides about new monitors this quarter.")

	# ------------------------------------------------------------ what became of the calls

	def live_through(self, caller: Caller, cycle: str) -> None:
		for row in frappe.get_all(
			CALL,
			{"cycle": cycle, "planned_on": ("<", self.today), "status": "Planned"},
			["name", "customer", "method", "planned_on", "key_account"],
			order_by="planned_on, name",
		):
			day, fate = getdate(row.planned_on), self.dice.whole(1, 100)
			if (self.today - day).days <= RECENT and self.dice.chance(NOT_YET):
				continue
			with self.as_user(caller.user, day):
				if fate <= MADE:
					self.report(row, day)
				elif fate <= MADE + LATER:
					later = day + timedelta(days=self.dice.whole(1, 14))
					later += timedelta(days=max(0, 7 - later.weekday()) if later.weekday() > 4 else 0)
					api.move(row.name, str(later), reason=self.dice.one(MOVES))
					if later < self.today:
						frappe.flags.current_date = later
						self.report(row, later)
				elif fate <= MADE + LATER + DROPPED:
					api.cancel(row.name, "The customer wants to be called on in the next quarter.")
				else:
					api.missed(row.name, self.dice.one(MISSES))

	def report(self, row, day: date) -> None:
		"""Reported the same day, with what was said and what follows from it."""
		values = {
			"outcome": self.dice.one(OUTCOMES),
			"summary": self.dice.one(SUMMARIES),
			"needs_heard": self.dice.one(NEEDS),
			"commitment": self.dice.one(COMMITMENTS),
			"made_at": datetime.combine(
				day, time(self.dice.whole(9, 16), 15 * self.dice.whole(0, 3))
			).isoformat(),
			"contacts": [{"contact": contact, "met": 1} for contact in self.people_of(row.customer)],
		}
		if row.method != "Phone":
			group = self.programme.masters.item_group[self.dice.one(tuple(world.PRODUCTS)[:-1])]
			values["products"] = [{"item_group": group, "interest": self.dice.one(("High", "Medium", "Low"))}]
		if row.method == "Visit" and row.key_account and self.dice.chance(0.15):
			call = frappe.get_doc(CALL, row.name)
			call.accompanied_by = world.DIRECTOR
			call.save()
		due = None
		if row.key_account and self.dice.chance(0.25):
			due = day + timedelta(days=self.dice.whole(7, 24))
			values["follow_ups"] = [{"subject": self.dice.one(FOLLOW_UPS), "due": str(due)}]
		if self.competitors and row.key_account and self.dice.chance(0.03):
			remark, kind = self.dice.one(REMARKS)
			values["remarks"] = [
				{"remark": remark, "kind": kind, "competitor": self.dice.one(tuple(self.competitors))}
			]
		answer = api.report(row.name, {name: value for name, value in values.items() if value})
		if due and due < self.today and self.dice.chance(0.85):
			for action in answer["actions"]:
				self.finish(action, due)

	def finish(self, action: str, due: date) -> None:
		doc = frappe.get_doc("Key Account Action", action)
		doc.update(
			{
				"status": "Done",
				"result": self.dice.one(RESULTS),
				"done_on": due - timedelta(days=self.dice.whole(0, 3)),
			}
		)
		doc.save()

	def people_of(self, customer: str) -> list[str]:
		"""One or two people at the customer, the primary one first."""
		found = frappe.get_all(
			"Contact",
			[
				["Dynamic Link", "link_doctype", "=", "Customer"],
				["Dynamic Link", "link_name", "=", customer],
			],
			pluck="name",
			order_by="is_primary_contact desc, `tabContact`.name",
			limit=4,
		)
		return found[: 1 + cint(len(found) > 1 and self.dice.chance(0.3))]

	# ------------------------------------------------------------ the days to come

	def prepare(self, caller: Caller) -> None:
		"""The calls of today and of the next days are prepared, some at an agreed time."""
		rows = frappe.get_all(
			CALL,
			{
				"user": caller.user,
				"company": world.COMPANY,
				"planned_on": ("between", (self.today, self.today + timedelta(days=6))),
				"status": "Planned",
			},
			["name", "customer", "method", "planned_on"],
			order_by="planned_on, name",
		)
		hours: dict[date, int] = {}
		for number, row in enumerate(rows):
			with self.as_user(caller.user, self.today):
				people = self.people_of(row.customer)
				objective = self.dice.one(OBJECTIVES.get(row.method) or OBJECTIVES["Phone"])
				if getdate(row.planned_on) == self.today or number % 2:
					api.prepared(row.name, objective, people)
				if row.method != "Phone":
					day = getdate(row.planned_on)
					hours[day] = hours.get(day, 7) + 2
					if hours[day] <= 16:
						call = frappe.get_doc(CALL, row.name)
						call.starts_at = datetime.combine(day, time(hours[day], 30))
						call.save()


def quarter(day: date, number: int) -> date:
	"""First day of the quarter `number` quarters after that of a day."""
	month = day.year * 12 + (day.month - 1) // 3 * 3 + 3 * number
	return date(month // 12, month % 12 + 1, 1)
