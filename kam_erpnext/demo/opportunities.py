"""The opportunities of the demonstration: ideas and key projects of every living account at every gate, with the
quotations and orders they led to, won, lost, dropped and on hold."""

from dataclasses import dataclass
from datetime import date, timedelta

import frappe
from frappe.utils import add_days, getdate

from kam_erpnext.demo import world
from kam_erpnext.demo.history import ITEMS
from kam_erpnext.demo.planning import YEARLY
from kam_erpnext.demo.programme import Programme
from kam_erpnext.kam_erpnext.doctype.key_account_opportunity import conversion, gates, people, status
from kam_erpnext.offline.sample.generate import Dice

SEED = 4471
OPPORTUNITY = "Key Account Opportunity"
REASON = "Key Account Win Loss Reason"
KEY_PROJECT, IDEA = "Key Project", "Idea"
TEMPLATES = {KEY_PROJECT: "Key Project", IDEA: "Short"}
OPEN, WON, LOST, DROPPED, ON_HOLD, REWORK = "Open", "Won", "Lost", "Dropped", "On Hold", "Rework"

# gates passed and how it stands, dealt out to the accounts in turn
COURSES = (
	(KEY_PROJECT, 3, OPEN),
	(IDEA, 0, OPEN),
	(KEY_PROJECT, 5, OPEN),
	(KEY_PROJECT, 6, WON),
	(IDEA, 1, OPEN),
	(KEY_PROJECT, 1, OPEN),
	(KEY_PROJECT, 5, LOST),
	(KEY_PROJECT, 4, OPEN),
	(IDEA, 2, WON),
	(KEY_PROJECT, 2, REWORK),
	(IDEA, 1, ON_HOLD),
	(KEY_PROJECT, 6, OPEN),
	(KEY_PROJECT, 2, LOST),
	(IDEA, 0, DROPPED),
	(KEY_PROJECT, 0, OPEN),
)
CLOSES_SOON = 5  # gates passed
QUOTATION = {KEY_PROJECT: 5, IDEA: 2}  # number of the gate that needs a quotation

TITLES = {
	"Electrosurgery": (
		("Generators for two theatres", "Same handling in all theatres, one training for everybody."),
		(
			"Reusable instruments instead of disposables",
			"A third of the cost for each operation, less waste.",
		),
	),
	"Patient Monitoring": (
		("Monitors for the new wing", "One kind of monitor from admission to intensive care."),
		("One monitoring standard for all wards", "Fewer alarms, half the training time."),
		("Central station for intensive care", "Two nurses see twelve beds at a glance."),
	),
	"Infusion Therapy": (
		("Pumps with docking station", "Pumps that stay with the patient on every way through the house."),
		("Infusion standard across the sites", "One drug library for all wards."),
	),
	"Endoscopy": (
		("Video towers for the endoscopy unit", "Two more examinations a day in the same rooms."),
		("Endoscope pool with service", "A replacement within a day; no examination is put off."),
	),
	"Laboratory Diagnostics": (
		("Analyser with reagent contract", "Nothing to invest; paid by the test."),
		("Joint pilot in the laboratory", "Results on the ward half an hour earlier."),
	),
	"Services": (
		("One service contract for all devices", "One number to call, an uptime we answer for."),
		("Training concept for new nurses", "Certified in two days instead of a week."),
	),
}
EVIDENCE = (
	"Met the head of nursing and the medical engineer; need confirmed in writing.",
	"Need, budget and the six people who decide are known; order planned for the next budget.",
	"Solution signed off by medical technology; cost estimate accepted.",
	"Shown to the equipment board; questions about service answered on the spot.",
	None,  # the quotation itself
	"Four weeks on ward 3 without a complaint; released by medical technology.",
)
SHORT_EVIDENCE = ("Need, budget and date agreed with the ward.", None)
REWORKED = "Cost of the interface was missing; to be settled with the supplier of the patient record."
ON_HOLD_BECAUSE = "The building permit of the wing is late; nothing will be ordered before spring."
DROPPED_BECAUSE = (
	"Too small for the effort: two devices, and a competitor's contract runs for three more years."
)
LESSONS = {
	WON: "<p>The test on the ward decided it. Offer it before the quotation next time.</p>",
	LOST: "<p>We met the purchasing department three weeks too late.</p>",
}
CUSTOMER_VIEW = {
	WON: "Best service, and the nurses were asked.",
	LOST: "Good devices; the competitor's price for the sensors decided it.",
}
WON_BECAUSE = ("Service", "Found Together With the Customer", "Quality")
LOST_BECAUSE = ("Price", "Incumbent Supplier", "Came Too Late")
# strengths, weaknesses and our response, by competitor in their order
KNOWN_OF = (
	(
		"Broad range from one hand.",
		"Service from abroad, three days on average.",
		"Show our uptime in writing.",
	),
	("Lowest price in tenders.", "Training ends with the installation.", "Offer training of all shifts."),
	(
		"Close to the purchasing department.",
		"No interface to the patient record.",
		"Bring medical technology in early.",
	),
)
PARTS = ("Decides", "Tests it", "Pays", "Works with it")


@dataclass
class Deal:
	"""One opportunity that is going to be made."""

	account: str
	manager: str
	customers: list[str]
	kind: str
	passed: int
	outcome: str
	begun: date
	line: str = ""


class Opportunities:
	def __init__(self, programme: Programme, competitors: list[str]):
		self.programme = programme
		self.masters = programme.masters
		self.competitors = competitors
		self.today = programme.today
		self.dice = Dice(SEED)

	def run(self) -> None:
		for number, deal in enumerate(self.deals()):
			deal.line = list(world.PRODUCTS)[number * 5 % len(world.PRODUCTS)]
			name = self.begin(deal, number)
			self.go_on(deal, name)

	def deals(self) -> list[Deal]:
		"""Two for every living account, three for those with a plan."""
		accounts = frappe.get_all(
			"Key Account",
			{"name": ("in", self.programme.register.names("Key Account")), "status": ("!=", "Retired")},
			["name", "level", "key_account_manager"],
			order_by="lft",
		)
		planned = set(
			frappe.get_all(
				"Key Account Plan",
				{"status": "In Execution", "company": world.COMPANY, "period_type": ("!=", YEARLY)},
				pluck="key_account",
				order_by="name",
			)
		)
		found = []
		for account in accounts:
			customers = self.customers_of(account.name)
			if not customers:
				continue
			manager = account.key_account_manager or world.OPERATIONS
			for _number in range(3 if account.name in planned else 2):
				kind, passed, outcome = COURSES[len(found) % len(COURSES)]
				days = 25 + 26 * passed + self.dice.whole(0, 20)
				begun = self.today - timedelta(days=days + (60 if outcome in (WON, LOST) else 0))
				found.append(Deal(account.name, manager, customers, kind, passed, outcome, begun))
		return found

	def customers_of(self, account: str) -> list[str]:
		"""Own customers first, then those of the accounts below."""
		own = frappe.get_all(
			"Key Account Customer",
			{"parent": account, "parenttype": "Key Account"},
			pluck="customer",
			order_by="idx",
		)
		return [*own, *(name for name in people.customers_of(account) if name not in own)]

	# ------------------------------------------------------------ an opportunity begins

	def begin(self, deal: Deal, number: int) -> str:
		customer = self.dice.one(deal.customers)
		title, benefit = self.dice.one(TITLES[deal.line])
		found_by = self.dice.one(("Jointly", "By Us", "By the Customer"))
		with self.programme.made_by(deal.manager, deal.begun):
			doc = frappe.get_doc(
				{
					"doctype": OPPORTUNITY,
					"title": title,
					"key_account": deal.account,
					"customer": customer,
					"kind": deal.kind,
					"found_by": found_by,
					"responsible": deal.manager,
					"company": world.COMPANY,
					"plan": self.plan_of(deal.account),
					"expected_close": self.expected_close(deal),
					"customer_benefit": benefit,
					"description": f"{title}: {deal.line.lower()} for {self.name_of(customer)}.",
					"gate_template": self.template(deal.kind),
					"volumes": self.volumes(deal),
					"budget": self.dice.one((0, 0, 3_000, 8_000)),
					"contacts": self.contacts(customer),
					"competitors": self.rivals(),
					"origin": self.dice.one(("Whitespace", "Plan", "Business Review", "", "")),
					**self.rating(number),
				}
			).insert()
		return doc.name

	def name_of(self, customer: str) -> str:
		return frappe.get_cached_value("Customer", customer, "customer_name")

	def template(self, kind: str) -> str | None:
		name = TEMPLATES[kind]
		enabled = frappe.db.exists("Key Account Gate Template", {"name": name, "disabled": 0})
		return name if enabled else None

	def plan_of(self, account: str) -> str | None:
		plan = {"key_account": account, "status": "In Execution", "company": world.COMPANY}
		return frappe.db.get_value("Key Account Plan", plan) if self.dice.chance(0.6) else None

	def expected_close(self, deal: Deal) -> date:
		"""One or the other day has passed by without anything happening."""
		if deal.outcome == OPEN and self.dice.chance(0.12):
			return self.today - timedelta(days=self.dice.whole(5, 25))
		if deal.passed >= CLOSES_SOON:
			return self.today + timedelta(days=8 + self.dice.whole(0, 40))
		return self.today + timedelta(days=190 - 28 * deal.passed + self.dice.whole(0, 40))

	def volumes(self, deal: Deal) -> list[dict]:
		"""Two or three years; the margin of the later ones is often not known."""
		items = [(code, price, margin) for code, (line, price, margin) in ITEMS.items() if line == deal.line]
		code, price, margin = self.dice.one(items)
		wanted = self.dice.one((12_000, 25_000, 40_000, 60_000, 90_000, 140_000))
		qty = max(1, round(wanted / price))
		year = self.today.year
		rows = []
		for number in range(self.dice.whole(2, 3)):
			pieces = max(1, round(qty * (1 + 0.2 * number)))
			known = number == 0 or self.dice.chance(0.5)
			rows.append(
				{
					"year": year + number,
					"item_group": self.masters.item_group[deal.line],
					"item": self.masters.item[code],
					"qty": pieces,
					"amount": round(pieces * price * 0.95, 2),
					"margin": margin - 5 if known else 0,
					"margin_known": int(known),
				}
			)
		return rows

	def contacts(self, customer: str) -> list[dict]:
		names = frappe.get_all(
			"Dynamic Link",
			{"parenttype": "Contact", "link_doctype": "Customer", "link_name": customer},
			pluck="parent",
			order_by="parent",
		)
		return [{"contact": name, "part": self.dice.one(PARTS)} for name in self.dice.some(names, 2)]

	def rivals(self) -> list[dict]:
		return [
			{
				"competitor": competitor,
				"position": self.dice.one(("Ahead", "Even", "Behind", "Behind")),
				"incumbent": int(self.dice.chance(0.25)),
				"offer": self.dice.one(
					("Monthly rate, sensors included", "Lowest price in the tender", None)
				),
				**dict(zip(("strengths", "weaknesses", "response"), self.known_of(competitor), strict=True)),
			}
			for competitor in self.dice.some(self.competitors, self.dice.one((0, 1, 2)))
		]

	def known_of(self, competitor: str) -> tuple[str, str, str]:
		return KNOWN_OF[self.competitors.index(competitor) % len(KNOWN_OF)]

	def rating(self, number: int) -> dict:
		"""Every ninth is not rated yet, and some answers are missing."""
		if number % 9 == 8:
			return {}
		rated = {
			"strategic_us": str(self.dice.whole(2, 5)),
			"strategic_customer": str(self.dice.whole(2, 5)),
			"effort": str(self.dice.whole(1, 5)),
			"risk": str(self.dice.whole(1, 4)),
		}
		if self.dice.chance(0.2):
			del rated["strategic_customer"]
		return rated

	# ------------------------------------------------------------ and goes on

	def go_on(self, deal: Deal, name: str) -> None:
		doc = frappe.get_doc(OPPORTUNITY, name)
		self.plan_gates(deal, doc)
		days = self.days(deal)
		before = min(deal.passed, QUOTATION[deal.kind] - 1)
		if deal.outcome != DROPPED:
			self.decide(doc, "Pursue", deal, deal.begun + timedelta(days=6))
		self.pass_gates(deal, doc, days[:before])
		if deal.passed >= QUOTATION[deal.kind]:
			quotation = self.quote(name, days[before])
			doc = frappe.get_doc(OPPORTUNITY, name)
			self.pass_gates(deal, doc, days[before:])
			if deal.outcome == WON:
				self.order(name, quotation, self.closing_day(deal))
		self.finish(deal, name)

	def plan_gates(self, deal: Deal, doc) -> None:
		"""Days count from the beginning of the opportunity rather than from that of this run."""
		for row in doc.gates:
			row.planned_on = add_days(row.planned_on, (deal.begun - getdate()).days)
		doc.save()

	def days(self, deal: Deal) -> list[date]:
		"""The days on which its gates were passed."""
		last = self.closing_day(deal)
		step = (last - deal.begun).days / (deal.passed + 1)
		return [deal.begun + timedelta(days=round(step * (number + 1))) for number in range(deal.passed)]

	def closing_day(self, deal: Deal) -> date:
		return self.today - timedelta(days=30 if deal.outcome in (WON, LOST) else 4)

	def decide(self, doc, decision: str, deal: Deal, day: date, reason: str | None = None) -> None:
		doc.update({"decision": decision, "decision_reason": reason})
		with self.programme.made_by(deal.manager, day):
			doc.save()
		frappe.db.set_value(OPPORTUNITY, doc.name, "decided_on", day, update_modified=False)
		doc.reload()

	def pass_gates(self, deal: Deal, doc, days: list[date]) -> None:
		if not days:
			return
		evidence = EVIDENCE if deal.kind == KEY_PROJECT else SHORT_EVIDENCE
		with self.programme.made_by(deal.manager, days[-1]):
			for day in days:
				number = sum(row.outcome == gates.PASS for row in doc.gates)
				gates.pass_gate(doc, evidence=evidence[number], on=day)
			doc.flags.kam_written = True
			doc.save()

	def quote(self, name: str, day: date) -> str:
		quotation = conversion.quotation_of(frappe.get_doc(OPPORTUNITY, name))
		quotation.update(
			{
				"naming_series": f"{world.SERIES}QTN-.####",
				"transaction_date": day,
				"valid_till": getdate() + timedelta(days=self.dice.whole(12, 60)),
				"selling_price_list": self.masters.selling,
				"ignore_pricing_rule": 1,
				"disable_rounded_total": 1,
			}
		)
		quotation.insert()
		quotation.submit()
		frappe.db.commit()
		return quotation.name

	def order(self, name: str, quotation: str, day: date) -> None:
		"""The customer orders what was quoted; it is not delivered yet."""
		order = conversion.order_of(frappe.get_doc(OPPORTUNITY, name), quotation)
		delivery = self.today + timedelta(days=self.dice.whole(20, 70))
		order.update(
			{
				"naming_series": f"{world.SERIES}SO-.####",
				"transaction_date": day,
				"delivery_date": delivery,
				"payment_schedule": [],
				"ignore_pricing_rule": 1,
				"disable_rounded_total": 1,
			}
		)
		for row in order.items:
			row.delivery_date = delivery
			row.warehouse = row.warehouse or self.masters.warehouse
		order.insert()
		order.submit()
		frappe.db.commit()

	def finish(self, deal: Deal, name: str) -> None:
		doc = frappe.get_doc(OPPORTUNITY, name)
		day = self.closing_day(deal)
		if deal.outcome == REWORK:
			with self.programme.made_by(deal.manager, day):
				gates.rework(doc, reason=REWORKED, planned_on=self.today + timedelta(days=14))
				doc.flags.kam_written = True
				doc.save()
				doc.add_comment("Comment", REWORKED)
		elif deal.outcome == ON_HOLD:
			self.decide(doc, "Hold", deal, day, ON_HOLD_BECAUSE)
		elif deal.outcome == DROPPED:
			self.decide(doc, "Drop", deal, day, DROPPED_BECAUSE)
			frappe.db.set_value(OPPORTUNITY, name, "closed_on", day, update_modified=False)
		elif deal.outcome in (WON, LOST):
			self.close(deal, doc, day)

	def close(self, deal: Deal, doc, day: date) -> None:
		"""Why, and what was learned."""
		with self.programme.made_by(deal.manager, day):
			if deal.outcome == LOST:
				gates.stop(doc, on=day)
				status.close(doc, LOST, on=day)
				doc.lost_to = doc.competitors[0].competitor if doc.competitors else None
			for reason in self.dice.some(WON_BECAUSE if deal.outcome == WON else LOST_BECAUSE, 2):
				if frappe.db.exists(REASON, reason):
					doc.append("reasons", {"reason": reason})
			doc.update({"lessons": LESSONS[deal.outcome], "customer_view": CUSTOMER_VIEW[deal.outcome]})
			doc.flags.kam_written = True
			doc.save()
