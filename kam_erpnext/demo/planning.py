"""The plans of the demonstration: profiles of the accounts, plans in every state, their actions and business reviews,
made by the people who would make them."""

from datetime import date, datetime, time, timedelta

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_months, getdate

from kam_erpnext.api import plan as plan_api
from kam_erpnext.data.sales import SalesFilters, net_sales
from kam_erpnext.demo import world
from kam_erpnext.demo.history import first_of_month
from kam_erpnext.demo.programme import Programme
from kam_erpnext.demo.register import free_name
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.key_account_plan.key_account_plan import plan_in_force

COMPETITORS = (
	("Marvik Medical", "Bundles monitors with a five-year service contract."),
	("Sonderby Instruments", "Cheapest electrodes and sensors in every tender."),
	("Aldane Healthcare", "Strong in laboratories, new in infusion."),
)

# account: template, first month counted from today's, state at the end, scope, growth of the targets in percent
PLANS = (
	("Orvendal Health", "Full Plan", -20, "Closed", "Whole Account", 6),
	("Tannquell Kliniken", "Rolling 12 Months", -19, "Closed", "Whole Account", 5),
	("Groupe Lisvaux", "Rolling 12 Months", -17, "Closed", "Whole Account", 8),
	("Brackmere Hospital Trust", "One-Page Plan", -11, "In Execution", "Whole Account", 5),
	("Ondaria Gruppo Ospedaliero", "One-Page Plan", -11, "In Execution", "Whole Account", 6),
	("Orvendal Health", "Full Plan", -8, "In Execution", "Whole Account", 9),
	("Orvendal Deutschland", "One-Page Plan", -8, "In Execution", "Whole Account", 8),
	("Orvendal Klinikum Falkenau", "One-Page Plan", -8, "In Execution", "Own Customers", 12),
	("Orvendal Klinikum Seebrunn", "6-Month Plan", -4, "Approved", "Own Customers", 5),
	("Tannquell Kliniken", "Rolling 12 Months", -7, "In Execution", "Whole Account", 6),
	("Tannquell Klinik Hohenmark", "One-Page Plan", -13, "Closed", "Own Customers", 10),
	("Groupe Lisvaux", "Rolling 12 Months", -5, "New Version", "Whole Account", 7),
	("Lisvaux Hôpital Beaulac", "One-Page Plan", 1, "In Review", "Own Customers", 6),
	("Brackmere Hospital Trust", "One-Page Plan", 1, "Rejected", "Whole Account", 25),
	("Ondaria Gruppo Ospedaliero", "One-Page Plan", 1, "Draft", "Whole Account", 4),
)
# where the targets of a group stand; those of one in many countries stand for the whole world
HOME = {
	"Orvendal Deutschland": "Halden Germany",
	"Tannquell Kliniken": "Halden Germany",
	"Groupe Lisvaux": "Halden France",
	"Brackmere Hospital Trust": "Halden United Kingdom",
	"Ondaria Gruppo Ospedaliero": "Halden Italy",
}
# the other large accounts have a plan for the calendar year: so much of the growth they have, from … to percent
YEARLY_SHARE, YEARLY_GROWTH = 0.7, (2, 45)
YEARLY = "Calendar Year"
# accounts with meetings, opportunities, quotations, issues and projects
WITH_BUSINESS = (
	"Orvendal Klinikum Falkenau",
	"Orvendal Nord",
	"Tannquell Klinik Hohenmark",
	"Lisvaux Hôpital Beaulac",
)
REJECTION = (
	"A quarter more without a single new ward is a wish. Please show which product lines it comes from, "
	"and add the actions that lead there."
)
CLOSING = (
	"Monitoring grew as planned after the training weeks; infusion was lost to a cheaper bid. "
	"We start earlier next time and bring the pharmacists in."
)

SITUATION = (
	"Sales grew with the new operating wing. We are first choice in monitoring, one of three in infusion, and hardly "
	"known in the laboratory. Purchasing has been centralised since spring."
)
STRATEGY = (
	"Become the partner for the whole acute ward: standardise monitoring, win infusion through the docking station, "
	"and open the laboratory with a joint pilot."
)
VALUE_PROMISE = (
	"One contact, one training concept and one service contract for the ward: fewer alarms, a third less training time "
	"and an uptime of 98 % that we answer for."
)
PEOPLE_NOTES = (
	"The medical director supports us openly. The head of purchasing measures himself by price reductions; "
	"the head of medical technology would like to keep two suppliers."
)
SWOT = (
	(
		"Strength",
		"Our monitors are standard in four of six wards.",
		"High",
		"Protect them with the service contract.",
	),
	("Strength", "Service answers within four hours.", "Medium", "Say so in every offer, with figures."),
	("Weakness", "Two deliveries came late in spring.", "High", "Safety stock for sensors and cables."),
	(
		"Weakness",
		"Nobody of us knows the laboratory manager.",
		"Medium",
		"Ask the medical director to introduce us.",
	),
	(
		"Opportunity",
		"A new operating wing with 24 beds opens next year.",
		"High",
		"Be in the planning group.",
	),
	("Opportunity", "Nurses ask for fewer alarms.", "Medium", "Offer the alarm study as a joint project."),
	(
		"Threat",
		"A competitor offers monitors for five years at a flat rate.",
		"High",
		"Compare total cost, not price.",
	),
	(
		"Threat",
		"The purchasing association prepares a tender for sensors.",
		"Medium",
		"Talk to it before the tender.",
	),
)
GOALS = (
	("Objective", "Length of stay in acute care below five days", "Monitoring that allows earlier transfers"),
	("Objective", "A third fewer false alarms on the wards", "Alarm study and training of the nurses"),
	("Project", "New operating wing with 24 beds", "Planning of equipment and installation"),
	("Project", "One service contract for medical technology", "Contract with guaranteed uptime"),
)
NEEDS = (
	("One training concept for all wards", "High", "Training weeks with certificates", True),
	("Spare parts within a day", "High", "Safety stock at the regional warehouse", True),
	("Data from pumps in the patient record", "Medium", "Docking station with interface", False),
)
INDICATORS = (
	("Locations", "6", "sites", "Annual report"),
	("Employees", "3,400", "people", "Annual report"),
	("Solvency", "AA-", "", "Credit agency"),
	("Investment", "12.5", "million a year", "Talk with the managing director"),
	("Production", "58,000", "cases a year", "Quality report"),
	("Annual Sales", "214", "million", "Annual report"),
)
VALUE_CHAIN = (
	("Procurement", "Framework agreements, orders by ward", "Electronic catalogue", "Stock on consignment"),
	(
		"Inbound Logistics",
		"Central store, deliveries twice a week",
		"Fixed delivery days",
		"Direct delivery to wards",
	),
	(
		"Operations",
		"Six acute wards, four operating theatres",
		"Monitors and pumps",
		"Alarm study, standard ward",
	),
	("Service", "Own workshop with five people", "Service within four hours", "One contract for all devices"),
	(
		"Human Resources",
		"High turnover of nurses",
		"Training on site",
		"Certificates as a benefit for nurses",
	),
	("Technology", "New patient record next year", "Interface of the monitors", "Interface of the pumps"),
)
FACTORS = (
	("The wards agree on one standard for monitoring.", "Decision of the equipment board"),
	("Sensors are delivered within a day.", "Delivery reliability above 98 %"),
)
RISKS = (
	(
		"The flat-rate offer of a competitor is accepted for one ward.",
		"Medium",
		"High",
		"Total cost comparison by June",
	),
	("The new wing opens half a year late.", "High", "Medium", "Plan the pumps independently of the wing"),
)
RESOURCES = (
	("Application specialist", "Training weeks", 12, "Yes"),
	("Service technician", "Installation in the new wing", 15, "No"),
)
BUDGET = (
	("Training weeks on the wards", 18_000),
	("Joint alarm study", 25_000),
	("Visits to a reference clinic", 6_000),
	("Time of the account team", 24_000),
)
# of plans for the customers of one account only
SMALLER_BUDGET = 0.4
# account, line of the budget, amount, days ago
SPENDING = (
	("Orvendal Health", "B1", 11_400, 15),
	("Orvendal Health", "B2", 14_600, 108),
	("Orvendal Deutschland", "B1", 12_900, 74),
	("Orvendal Deutschland", "B3", 4_150, 33),
	("Orvendal Klinikum Falkenau", "B3", 2_100, 60),
	("Tannquell Kliniken", "B2", 9_800, 15),
	("Tannquell Kliniken", "B1", 13_200, 92),
	("Groupe Lisvaux", "B1", 7_700, 21),
)
ACTIONS = (
	# subject, starts and ends in days from today, milestone, state, result
	(
		"Present the total cost comparison to the board",
		-95,
		-70,
		0,
		"Done",
		"Board asked for an offer for two wards.",
	),
	("Training week on ward 3", -60, -53, 0, "Done", "22 nurses certified; ward asks for a second week."),
	("Deliver the offer for the operating wing", -30, -6, 0, "In Progress", None),
	("Meet the laboratory manager", -20, 4, 0, "Planned", None),
	("Safety stock for sensors in place", 12, 12, 1, "Planned", None),
	("Start the joint alarm study", 20, 75, 0, "Planned", None),
	("Contract for guaranteed uptime signed", 90, 90, 1, "Planned", None),
)
ANSWERS = (
	"We want to be the partner for the whole ward, not the supplier of devices.",
	"Together with the medical director, once a quarter.",
	"The manager leads; service and training are in the core team.",
)
AGENDA_OUTCOME = (
	"Agreed.",
	"Figures accepted; the customer confirmed the trend.",
	"To be followed up, see decisions.",
)
DECISIONS = (
	("Offer a pilot of the docking station on ward 5", 30),
	("Send the delivery reliability of the last six months", 10),
)


class Planning:
	"""Fills profiles and makes plans for the accounts of a `Programme`."""

	def __init__(self, programme: Programme):
		self.programme = programme
		self.register = programme.register
		self.today = programme.today
		self.dice = programme.dice
		self.competitors: list[str] = []

	def run(self) -> None:
		self.make_competitors()
		chosen = [spec for spec in PLANS if spec[0] in self.programme.account]
		for name in dict.fromkeys(name for name, *_rest in chosen):
			self.fill_profile(self.programme.account[name])
		for name, *spec in chosen:
			self.make_plan(self.programme.account[name], *spec)
		self.make_yearly_plans()
		for name in WITH_BUSINESS:
			if name in self.programme.account:
				self.daily_business(self.programme.account[name])
		for spec in SPENDING:
			self.spend(*spec)
		self.review("Orvendal Health", days_ago=24, submit=True)
		self.review("Tannquell Kliniken", days_ago=40, submit=True)
		self.review("Tannquell Kliniken", days_ago=-9, submit=False)

	def manager_of(self, account: str) -> str:
		return frappe.db.get_value("Key Account", account, "key_account_manager")

	# ------------------------------------------------------------ profiles

	def make_competitors(self) -> None:
		with self.programme.made_by(world.OPERATIONS):
			for name, _offer in COMPETITORS:
				doc = self.register.make("Competitor", competitor_name=free_name("Competitor", name))
				self.competitors.append(doc.name)

	def fill_profile(self, name: str) -> None:
		known = self.today - timedelta(days=self.dice.whole(60, 200))
		with self.programme.made_by(self.manager_of(name), known):
			account = frappe.get_doc("Key Account", name)
			currency = self.programme.masters.currency
			year = date(self.today.year - 1, 12, 31)
			sold = self.yearly_sales(account)
			account.update(
				{
					"overview": f"{account.account_name} runs acute hospitals and rehabilitation; known for its training "
					"of nurses and for trying new technology early.",
					"operating_profile": "Wards choose, medical technology tests, purchasing negotiates. Decisions above "
					"50,000 go to the equipment board, which meets every quarter.",
					"website": "https://www.example.com",
					"spend_as_of": year,
					"spend_source": "Estimate with the head of purchasing",
					"indicators": [
						{"indicator": label, "value": value, "unit": unit, "as_of": year, "source": source}
						for label, value, unit, source in INDICATORS
					],
					"value_chain": [
						dict(
							zip(("activity", "customer_does", "we_contribute", "we_could"), row, strict=True)
						)
						for row in VALUE_CHAIN
					],
					"customer_goals": [
						{
							"kind": kind,
							"goal": goal,
							"our_contribution": ours,
							"due": date(self.today.year + 1, 6, 30),
						}
						for kind, goal, ours in GOALS
					],
					"needs": [
						{
							"need": need,
							"importance": importance,
							"answer": answer,
							"confirmed_on": known if sure else None,
						}
						for need, importance, answer, sure in NEEDS
					],
					"swot": [
						dict(zip(("kind", "statement", "importance", "consequence"), row, strict=True))
						for row in self.most_of(SWOT)
					],
				}
			)
			if sold > 0:
				account.yearly_spend = round(sold / self.dice.between(0.3, 0.6), -4)
				account.spend_currency = currency
			account.save()

	def most_of(self, rows: tuple) -> list:
		"""All rows but one of each of two kinds, the first column; every kind is left."""
		kinds = list(dict.fromkeys(row[0] for row in rows))
		left_out = [
			self.dice.one([row for row in rows if row[0] == kind]) for kind in self.dice.some(kinds, 2)
		]
		return [row for row in rows if row not in left_out]

	def yearly_sales(self, account) -> float:
		below = frappe.get_all(
			"Key Account", {"lft": (">=", account.lft), "rgt": ("<=", account.rgt)}, pluck="name"
		)
		customers = frappe.get_all("Key Account Customer", {"parent": ("in", below)}, pluck="customer")
		if not customers:
			return 0.0
		filters = SalesFilters(world.COMPANY, customers=tuple(customers), user="Administrator")
		period = Period(self.today - timedelta(days=365), self.today)
		return float(net_sales(filters, period)["net_sales"].sum())

	# ------------------------------------------------------------ plans

	def make_yearly_plans(self) -> None:
		"""A plan of the calendar year for every account of its own that has no plan yet."""
		planned = frappe.get_all("Key Account Plan", {"company": world.COMPANY}, pluck="key_account")
		accounts = frappe.get_all(
			"Key Account",
			{
				"name": ("in", self.register.names("Key Account")),
				"status": ("in", ("Active", "On Watch")),
				"parent_key_account": ("is", "not set"),
			},
			pluck="name",
			order_by="lft",
		)
		month = 1 - self.today.month
		for number, account in enumerate(name for name in accounts if name not in planned):
			spec = ("One-Page Plan", month, "In Execution", "Own Customers", self.growth_of(account), YEARLY)
			self.make_plan(account, *spec, actions=ACTIONS[number % 3 :: 3])

	def growth_of(self, account: str) -> int:
		customer = frappe.db.get_value("Key Account Customer", {"parent": account}, "customer")
		known = self.programme.by_id.get(customer)
		growth = YEARLY_SHARE * 100 * (known.factor - 1) if known else 0
		low, high = YEARLY_GROWTH
		return round(min(max(growth, low), high))

	def make_plan(
		self,
		account: str,
		template: str,
		month: int,
		state: str,
		scope: str,
		growth: float,
		period: str | None = None,
		actions: tuple = ACTIONS,
	) -> None:
		start = first_of_month(self.today, month)
		begun = min(start, self.today - timedelta(days=12)) - timedelta(days=20)
		manager = self.manager_of(account)
		with self.programme.made_by(manager, begun):
			plan = frappe.get_doc(
				{
					"doctype": "Key Account Plan",
					"key_account": account,
					"template": template,
					"company": world.COMPANY,
					"period_type": period
					or ("6 Months" if template == "6-Month Plan" else "Rolling 12 Months"),
					"from_date": start,
					"scope": scope,
				}
			).insert()
			self.fill_plan(plan, growth, manager)
			plan.save()
		if state == "Draft":
			return
		self.act(plan.name, "Send to Review", manager, begun + timedelta(days=3))
		if state == "In Review":
			return
		if state == "Rejected":
			with self.programme.made_by(world.DIRECTOR, begun + timedelta(days=6)):
				doc = frappe.get_doc("Key Account Plan", plan.name)
				doc.rejection_reason = REJECTION
				doc.save()
				apply_workflow(doc, "Reject")
			return
		self.act(plan.name, "Approve", world.DIRECTOR, begun + timedelta(days=8))
		if state == "Approved":
			return
		self.act(plan.name, "Start", manager, start)
		if month > -12:
			self.make_actions(plan.name, manager, actions)
		if state == "Closed":
			with self.programme.made_by(manager, add_months(start, 12)):
				self.finish_actions(plan.name)
				doc = frappe.get_doc("Key Account Plan", plan.name)
				doc.closing_note = CLOSING
				doc.save()
				apply_workflow(doc, "Close")
		if state == "New Version":
			self.new_version(plan.name, manager)

	def finish_actions(self, plan: str) -> None:
		for name in frappe.get_all("Key Account Action", {"plan": plan, "status": "Planned"}, pluck="name"):
			action = frappe.get_doc("Key Account Action", name)
			action.update(
				{"status": "Done", "done_on": min(action.end_date, self.today), "result": "Done as planned."}
			)
			action.save()

	def act(self, plan: str, action: str, user: str, on: date) -> None:
		with self.programme.made_by(user, on):
			apply_workflow(frappe.get_doc("Key Account Plan", plan), action)

	def fill_plan(self, plan, growth: float, manager: str) -> None:
		plan.update(
			{
				"situation": SITUATION,
				"strategy": STRATEGY,
				"value_promise": VALUE_PROMISE,
				"people_notes": PEOPLE_NOTES,
				"territory": plan.territory
				or self.programme.masters.territory[HOME.get(plan.account_name, world.ROOT_TERRITORY)],
				"next_review": max(getdate(plan.from_date), self.today)
				+ timedelta(days=self.dice.whole(5, 60)),
			}
		)
		self.fill_targets(plan, growth)
		for row in plan.objectives:
			row.responsible = row.responsible or manager
			row.due = row.due or plan.to_date
			if row.measure and not row.target:
				row.target = self.target_of(row, growth)
		plan.append(
			"objectives",
			{
				"objective": "A third fewer false alarms on the wards",
				"belongs_to": "Customer's",
				"horizon": "Medium Term",
				"unit": "alarms per bed and day",
				"baseline": 180,
				"target": 120,
				"value": 150,
				"value_known": 1,
				"responsible": manager,
				"due": plan.to_date,
				"weight": 20,
				"for_customer": 1,
				"why": "The medical director reports it to the supervisory board.",
			},
		)
		for table, fields, rows in (
			("success_factors", ("factor", "evidence"), FACTORS),
			("risks", ("risk", "likelihood", "impact", "countermeasure"), RISKS),
			("resources", ("resource", "purpose", "days", "agreed"), RESOURCES),
			("budget", ("purpose", "planned"), self.budget_of(plan)),
		):
			for row in rows:
				plan.append(table, dict(zip(fields, row, strict=True)))
		for number, competitor in enumerate(self.competitors[:2]):
			plan.append(
				"competition",
				{
					"competitor": competitor,
					"offer": COMPETITORS[number][1],
					"share_of_wallet": (25, 15)[number],
					"strengths": "Price",
					"weaknesses": "Service and training",
					"response": "Compare total cost over five years",
				},
			)
		for number, row in enumerate(plan.questions):
			row.answer = ANSWERS[number % len(ANSWERS)]

	def budget_of(self, plan) -> list[tuple[str, float]]:
		part = 1 if plan.scope == "Whole Account" else SMALLER_BUDGET
		return [(purpose, planned * part) for purpose, planned in BUDGET]

	def fill_targets(self, plan, growth: float) -> None:
		"""Last year's sales by product line plus growth, rounded; what is small is planned together."""
		plan.set("targets", [])
		account = frappe.get_doc("Key Account", plan.key_account)
		customers = [row.customer for row in account.customers]
		if plan.scope == "Whole Account":
			below = frappe.get_all(
				"Key Account", {"lft": (">=", account.lft), "rgt": ("<=", account.rgt)}, pluck="name"
			)
			customers = frappe.get_all("Key Account Customer", {"parent": ("in", below)}, pluck="customer")
		if not customers:
			return
		start, end = getdate(plan.from_date), getdate(plan.to_date) + timedelta(days=1)
		filters = SalesFilters(world.COMPANY, customers=tuple(customers), user="Administrator")
		frame = net_sales(filters, Period(start, end).previous_year(), by=("item_group",))
		rest = 0.0
		for row in frame.sort_values("net_sales", ascending=False).itertuples():
			amount = round(row.net_sales * (100 + growth) / 100, -3)
			if amount < 10_000 or len(plan.targets) == 4:
				rest += max(row.net_sales, 0)
				continue
			plan.append("targets", {"item_group": row.item_group, "amount": amount})
		plan.append("targets", {"amount": max(10_000, round(rest * (100 + growth) / 100, -3))})

	def target_of(self, row, growth: float) -> float:
		"""A believable target for what the template leaves open."""
		measure = frappe.get_cached_doc("KAM Measure", row.measure)
		before = row.baseline or 0
		if measure.measure_key == "survey_score":
			return 4.2
		if not measure.higher_is_better:
			return max(1, round(before * 0.7, 0))
		if measure.unit == "percent":
			return round((before or 35) + 2, 0)
		if measure.unit == "currency":
			return round((before or 80_000) * (100 + growth) / 100, -3)
		return round((before or 8) * 1.1 + 1, 0)

	def make_actions(self, plan: str, manager: str, actions: tuple) -> None:
		doc = frappe.get_doc("Key Account Plan", plan)
		people = [manager, manager, world.COORDINATOR]
		with self.programme.made_by(manager):
			for number, (subject, start, end, milestone, status, result) in enumerate(actions):
				action = frappe.get_doc(
					{
						"doctype": "Key Account Action",
						"subject": subject,
						"key_account": doc.key_account,
						"plan": plan,
						"objective_code": doc.objectives[number % len(doc.objectives)].code,
						"origin": "Plan",
						"responsible": people[number % len(people)],
						"start_date": self.today + timedelta(days=start),
						"end_date": self.today + timedelta(days=end),
						"is_milestone": milestone,
						"for_customer": int(number in (1, 3, 5, 6)),
						"priority": self.dice.one(("High", "Medium", "Medium")),
						"company": world.COMPANY,
						"planned_cost": self.dice.one((0, 0, 1500, 4000)),
					}
				).insert()
				if status != "Planned":
					action.status = status
					action.progress = 100 if status == "Done" else 60
					action.result = result
					if status == "Done":
						action.done_on = action.end_date
					action.save()

	def new_version(self, plan: str, manager: str) -> None:
		"""Targets are raised in the middle of the period; the version before is superseded."""
		changed = self.today - timedelta(days=30)
		with self.programme.made_by(manager, changed):
			name = plan_api.new_version(plan)
			doc = frappe.get_doc("Key Account Plan", name)
			for row in doc.targets:
				row.amount = round(row.amount * 1.05, -3)
			doc.situation = SITUATION + " The second site has joined the framework agreement."
			doc.save()
		self.act(name, "Send to Review", manager, changed + timedelta(days=2))
		self.act(name, "Approve", world.DIRECTOR, changed + timedelta(days=4))
		self.act(name, "Start", manager, changed + timedelta(days=5))

	# ------------------------------------------------------------ what goes on beside the plan

	def daily_business(self, account: str) -> None:
		"""Meetings held and planned, an opportunity, a quotation, an issue and a project of the first customer."""
		customer = frappe.db.get_value(
			"Key Account Customer", {"parent": account}, "customer", order_by="idx"
		)
		if not customer:
			return
		contact = frappe.db.get_value(
			"Dynamic Link",
			{"parenttype": "Contact", "link_doctype": "Customer", "link_name": customer},
			"parent",
		)
		for subject, days, status in (
			("Quarterly talk with the medical director", -18, "Completed"),
			("Visit of the ward with the application specialist", -46, "Completed"),
			("Planning group of the operating wing", 9, "Open"),
		):
			start = datetime.combine(self.today + timedelta(days=days), time(10))
			self.register.make(
				"Event",
				subject=subject,
				event_category="Meeting",
				event_type="Public",
				status=status,
				starts_on=start,
				ends_on=start + timedelta(hours=1),
				event_participants=[
					{"reference_doctype": doctype, "reference_docname": name}
					for doctype, name in (("Customer", customer), ("Contact", contact))
					if name
				],
			)
		frappe.get_doc(
			{
				"doctype": "Opportunity",
				"opportunity_from": "Customer",
				"party_name": customer,
				"company": world.COMPANY,
				"transaction_date": self.today - timedelta(days=25),
				"expected_closing": self.today + timedelta(days=70),
				"opportunity_amount": self.dice.one((48_000, 86_000, 120_000)),
				"probability": self.dice.one((30, 50, 70)),
			}
		).insert()
		quotation = frappe.get_doc(
			{
				"doctype": "Quotation",
				"quotation_to": "Customer",
				"party_name": customer,
				"company": world.COMPANY,
				"transaction_date": self.today - timedelta(days=8),
				"valid_till": self.today + timedelta(days=30),
				"order_type": "Sales",
				"selling_price_list": self.programme.masters.selling,
				"items": [{"item_code": self.programme.masters.item["HMD-PM120"], "qty": 4, "rate": 10_900}],
			}
		).insert()
		quotation.submit()
		frappe.get_doc(
			{
				"doctype": "Issue",
				"subject": "Alarm of monitor 3 cannot be muted",
				"customer": customer,
				"company": world.COMPANY,
				"raised_by": "service@example.com",
				"opening_date": self.today - timedelta(days=6),
			}
		).insert()
		frappe.get_doc(
			{
				"doctype": "Project",
				"project_name": f"Operating wing, {frappe.db.get_value('Customer', customer, 'customer_name')} ({account})",
				"company": world.COMPANY,
				"customer": customer,
				"expected_start_date": self.today - timedelta(days=40),
				"expected_end_date": self.today + timedelta(days=200),
			}
		).insert()
		frappe.db.commit()

	def spend(self, account_name: str, line: str, amount: float, days_ago: int) -> None:
		"""An invoice for services bought that names the plan and a line of its budget."""
		account = self.programme.account.get(account_name)
		plan = account and plan_in_force(account, self.today)
		if not plan:
			return
		day = self.today - timedelta(days=days_ago)
		invoice = frappe.get_doc(
			{
				"doctype": "Purchase Invoice",
				"naming_series": f"{world.SERIES}PINV-.####",
				"supplier": self.programme.masters.supplier["Ferrin Technical Service"],
				"company": world.COMPANY,
				"set_posting_time": 1,
				"posting_date": day,
				"due_date": day + timedelta(days=30),
				"bill_no": f"EVENT-{line}-{day:%y%m%d}",
				"kam_plan": plan,
				"kam_budget_line": line,
				"items": [
					{
						"item_name": "Training and materials",
						"description": "Training and materials",
						"qty": 1,
						"uom": "Nos",
						"rate": amount,
						"expense_account": frappe.get_cached_value(
							"Company", world.COMPANY, "default_expense_account"
						),
					}
				],
			}
		).insert()
		invoice.submit()
		frappe.db.commit()

	# ------------------------------------------------------------ reviews

	def review(self, account_name: str, days_ago: int, submit: bool) -> None:
		account = self.programme.account.get(account_name)
		if not account:
			return
		manager, day = self.manager_of(account), self.today - timedelta(days=days_ago)
		with self.programme.made_by(manager, min(day, self.today - timedelta(days=1))):
			review = frappe.get_doc(
				{
					"doctype": "Key Account Business Review",
					"key_account": account,
					"company": world.COMPANY,
					"review_date": day,
					"place": "At the customer",
				}
			).insert()
			if not submit:
				return
			for row in review.agenda:
				row.outcome = self.dice.one(AGENDA_OUTCOME)
			self.add_guests(review, account)
			review.update(
				{
					"satisfaction": "4 Good",
					"satisfaction_note": "Praise for the service; the two late deliveries were named twice.",
					"relationship": "4 Good",
					"relationship_note": "The medical director speaks for us in the board; purchasing stays reserved.",
					"summary": "On track in monitoring, behind in infusion. The new wing is the chance of the year.",
					"next_review": day + timedelta(days=91),
				}
			)
			for kind, deal, amount, reason in (
				("Won", "Monitors for ward 4", 86_000, "Training concept and service level"),
				("Lost", "Electrodes, framework agreement", 24_000, "Price of a competitor in the tender"),
			):
				review.append("deals", {"kind": kind, "deal": deal, "amount": amount, "reason": reason})
			for decision, days in DECISIONS:
				review.append(
					"decisions",
					{
						"decision": decision,
						"make_action": 1,
						"responsible": manager,
						"due": day + timedelta(days=days),
					},
				)
			review.save()
			review.submit()

	def add_guests(self, review, account: str) -> None:
		doc = frappe.get_doc("Key Account", account)
		below = frappe.get_all("Key Account", {"lft": (">=", doc.lft), "rgt": ("<=", doc.rgt)}, pluck="name")
		customers = frappe.get_all(
			"Key Account Customer", {"parent": ("in", below)}, pluck="customer", limit=3
		)
		contacts = frappe.get_all(
			"Dynamic Link",
			{"parenttype": "Contact", "link_doctype": "Customer", "link_name": ("in", customers)},
			pluck="parent",
			order_by="parent",
			limit=2,
		)
		for contact in contacts:
			review.append("attendees", {"side": "Customer's", "contact": contact})
