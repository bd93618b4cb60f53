"""What serving the customers of the demonstration costs: rates, issues, agreements, surveys, shipments, hours on projects and on plans."""

import math
from datetime import date, datetime, time, timedelta

import frappe
from frappe.utils import getdate

from kam_erpnext.demo import world
from kam_erpnext.demo.history import ITEMS, Customer, Sale, first_of_month, working_day
from kam_erpnext.demo.masters import make_employee
from kam_erpnext.demo.planning import BUDGET
from kam_erpnext.demo.programme import Programme
from kam_erpnext.demo.register import free_name
from kam_erpnext.offline.sample.generate import Dice
from kam_erpnext.setup.cost_rates import RATE

SEED = 6174

# driver, rate, how it was found; from the first day of the history on
RATES = (
	("Sales Order", 80, "Order entry: 2.4 people, 5,900 orders and call-offs a year."),
	("Order Line", 12, "Picking and checking, from the time study of the warehouse."),
	("Delivery", 260, "Packing, papers and the van of the regional warehouse."),
	("Return", 380, "Pick-up, hygiene check and credit note."),
	("Call", 280, "Cost of the field force divided by the calls it makes."),
	("Issue", 220, "Cost of the service desk divided by the issues it solves."),
	("Timesheet", 100, "As booked, at the cost of the hour."),
	("Shipment", 100, "As the carrier charges it."),
	("Money Owed Until Due", 5, "What the bank asks for working capital."),
	("Money Overdue", 9, "Working capital and the effort of reminders."),
)
# it costs more to hold the money of those who buy to sell again
DISTRIBUTOR_RATES = (("Money Owed Until Due", 6, "Without the security a hospital offers."),)

# issues, shipments and projects of the last months
MONTHS = 24
ISSUES = {
	"Electrosurgery": (
		"Generator stops with error E12",
		"Handpiece loses contact",
		"Foot switch reacts late",
	),
	"Patient Monitoring": (
		"SpO2 reading drops out",
		"Alarm sounds without reason",
		"Monitor loses the network",
	),
	"Infusion Therapy": (
		"Pump alarms at low rates",
		"Battery lasts one hour only",
		"Docking station not found",
	),
	"Endoscopy": ("Picture flickers", "Light source too dark", "Channel leaks after reprocessing"),
	"Laboratory Diagnostics": (
		"Control values out of range",
		"Reagent not recognised",
		"Rotor is unbalanced",
	),
	"Services": ("Maintenance date was missed", "Calibration report is missing"),
}
# one issue for so much bought in a year
SALES_PER_ISSUE = 56_000
DISSATISFIED = 2.6  # times as many where sales shrink
SOLVED_WITHIN = (1, 9)
# of those whose sales shrink, so many days and with this chance
STILL_OPEN_DAYS, STILL_OPEN = 160, 0.6
CLOSING = "Solved by phone and at the next visit; the ward confirmed."

# site, issues of the last weeks that nobody has solved
TROUBLED = ("Brackmere Kingsmere Hospital", 8)
# site, days until its framework agreement ends
AGREEMENTS = (
	("Brackmere Kingsmere Hospital", 38),
	("Lisvaux Hôpital Beaulac", 71),
	("Ondaria Policlinico Lagonero", 152),
	("Tannquell Klinik Hohenmark", 233),
	("Brackmere Royal Infirmary", 300),
	("Orvendal Klinikum Falkenau", 410),
	("Orvendal Klinikum Seebrunn", 410),
)
AGREEMENT_YEARS = 2
AGREEMENT = "Framework agreement on devices, consumables and service: prices, delivery within two days, uptime of 98 %."

QUESTIONS = ("Quality of the devices", "Speed of service", "Training", "Contact with the account team")
MOOD = {"shrinking": (2, 3, 3), "lost": (2, 2, 3), "steady": (3, 4, 4), "growing": (4, 5, 5)}

# shipments with a carrier from this value of goods on
SHIPPED_FROM = 5_000
FREIGHT = {"Halden Americas": 0.031, "Halden Asia Pacific": 0.036}
FREIGHT_ELSEWHERE = 0.013
CARRIERS = ("Nordlinie Kurier", "Trans Halden Cargo")

INSTALLATION, TEAM = "Installation and Training", "Key Account Work"
HOURLY = {INSTALLATION: 68.0, TEAM: 88.0}
PROJECTS = 14
PROJECT_MONTHS = 4
TECHNICIANS = (
	("Ralf", "Hagenow"),
	("Sandra", "Lüdke"),
	("Piotr", "Nowicki"),
	("Lea", "Winterberg"),
	("Marek", "Dvorsky"),
)
# customers of middle size whose service costs more than they bring: yearly sales from … to, hours in percent of sales
DEMANDING = 15
DEMANDING_SIZE = (18_000, 70_000)
DEMANDING_HOURS = (38, 66)  # a year
DEMANDING_MONTHS = 24
# hours of the account team a month on a plan of a whole account, and of one of own customers
TEAM_HOURS = {"Whole Account": (11, 21), "Own Customers": (4, 9)}


class Service:
	def __init__(self, programme: Programme):
		self.programme = programme
		self.register = programme.register
		self.masters = programme.masters
		self.history = programme.history
		self.today = programme.today
		self.since = first_of_month(self.today, -MONTHS)
		self.dice = Dice(SEED)
		self.activity: dict[str, str] = {}
		# employee and month -> days that are booked
		self.booked: dict[tuple[str, date], int] = {}

	def run(self) -> None:
		self.make_rates()
		self.make_issues()
		self.make_agreements()
		self.make_feedback()
		self.make_shipments()
		frappe.db.commit()
		self.technicians = [self.make_technician(*name) for name in TECHNICIANS]
		for activity, rate in HOURLY.items():
			self.make_activity(activity, rate)
		self.make_projects()
		self.support_demanding()
		self.work_on_plans()
		frappe.db.commit()

	# ------------------------------------------------------------ rates

	def make_rates(self) -> None:
		group = self.masters.customer_group[world.DISTRIBUTOR]
		for rates, customer_group in ((RATES, None), (DISTRIBUTOR_RATES, group)):
			for driver, rate, note in rates:
				self.register.make(
					RATE,
					driver=driver,
					rate=rate,
					from_date=self.history.first,
					for_company=world.COMPANY,
					customer_group=customer_group,
					note=note,
				)

	# ------------------------------------------------------------ issues

	def make_issues(self) -> None:
		for customer in self.history.customers:
			if customer.silent:
				continue
			begin, end = max(customer.begin, self.since), min(customer.end, self.history.end)
			days = (end - begin).days
			usual = customer.yearly / SALES_PER_ISSUE * days / 365
			usual *= DISSATISFIED if customer.course in ("shrinking", "lost") else 1
			for _number in range(math.floor(usual * self.dice.between(0.5, 1.5) + self.dice.next())):
				day = working_day(begin + timedelta(days=self.dice.whole(0, max(days, 1))), end)
				self.make_issue(customer, day)

		name, count = TROUBLED
		for _number in range(count):
			day = self.today - timedelta(days=self.dice.whole(10, 70))
			self.make_issue(self.programme.by_name[name], day, still_open=True)

	def make_issue(self, customer: Customer, day: date, still_open: bool = False) -> None:
		line = self.dice.one([*customer.basket, world.SERVICES])
		solved = day + timedelta(days=self.dice.whole(*SOLVED_WITHIN))
		recent = (self.today - day).days < STILL_OPEN_DAYS
		slow = recent and customer.course == "shrinking" and self.dice.chance(STILL_OPEN)
		still_open = still_open or slow or solved >= self.today
		issue = frappe.get_doc(
			{
				"doctype": "Issue",
				"naming_series": f"{world.SERIES}ISS-.####",
				"subject": self.dice.one(ISSUES[line]),
				"customer": self.masters.customer[customer.number],
				"company": world.COMPANY,
				"raised_by": "service@example.com",
				"opening_date": day,
				"opening_time": time(self.dice.whole(7, 17), self.dice.whole(0, 59)),
				"status": "Open" if still_open else "Closed",
				"resolution_details": None if still_open else CLOSING,
			}
		)
		for field in ("resolution_date", "sla_resolution_date"):  # by version of ERPNext
			if not still_open and issue.meta.has_field(field):
				issue.set(field, datetime.combine(solved, time(15, self.dice.whole(0, 59))))
		issue.insert()

	# ------------------------------------------------------------ agreements and satisfaction

	def make_agreements(self) -> None:
		for name, days in AGREEMENTS:
			end = self.today + timedelta(days=days)
			start = end.replace(year=end.year - AGREEMENT_YEARS, day=1)
			self.register.make(
				"Contract",
				party_type="Customer",
				party_name=self.masters.customer[self.programme.by_name[name].number],
				start_date=start,
				end_date=end,
				is_signed=1,
				signee="Head of Purchasing",
				signed_on=datetime.combine(start, time(10)),
				contract_terms=AGREEMENT,
			).submit()

	def make_feedback(self) -> None:
		"""What customers with an account of their own answered twice in the last year, and what they think of us now."""
		template = self.register.make(
			"Quality Feedback Template",
			template=free_name("Quality Feedback Template", "Halden Customer Survey"),
			parameters=[{"parameter": question} for question in QUESTIONS],
		).name
		members = frappe.get_all(
			"Key Account Customer",
			{"parent": ("in", self.register.names("Key Account")), "parenttype": "Key Account"},
			pluck="customer",
			order_by="parent, idx",
		)
		for customer in dict.fromkeys(members):
			mood = MOOD.get(self.programme.by_id[customer].course, (4, 4, 5))
			for days_ago in (205 + self.dice.whole(0, 60), 20 + self.dice.whole(0, 60)):
				feedback = self.register.make(
					"Quality Feedback",
					template=template,
					document_type="Customer",
					document_name=customer,
					parameters=[
						{"parameter": question, "rating": str(self.dice.one(mood))} for question in QUESTIONS
					],
				)
				moment = datetime.combine(self.today - timedelta(days=days_ago), time(11))
				feedback.db_set({"creation": moment, "modified": moment}, update_modified=False)

	# ------------------------------------------------------------ freight

	def make_shipments(self) -> None:
		origin = self.register.make(
			"Address",
			address_title=world.COMPANY,
			address_type="Warehouse",
			address_line1="Lagerweg 4",
			city="Seebrunn",
			country=world.COUNTRY,
			links=[{"link_doctype": "Company", "link_name": world.COMPANY}],
		).name
		addresses = self.addresses()
		for sale in self.history.sales:
			goods = [line for line in sale.lines if ITEMS[line.item][0] != world.SERVICES]
			value = round(sum(line.amount for line in goods), 2)
			if sale.kind != "order" and sale.day >= self.since and value >= SHIPPED_FROM:
				self.ship(sale, value, origin, addresses[self.masters.customer[sale.customer.number]])

	def addresses(self) -> dict[str, str]:
		return dict(
			frappe.get_all(
				"Dynamic Link",
				{
					"parenttype": "Address",
					"link_doctype": "Customer",
					"parent": ("in", self.register.names("Address")),
				},
				["link_name", "parent"],
				as_list=True,
			)
		)

	def ship(self, sale: Sale, value: float, origin: str, address: str) -> None:
		region = next(
			name for name, countries in world.TERRITORIES.items() if sale.customer.country in countries
		)
		share = FREIGHT.get(region, FREIGHT_ELSEWHERE) * self.dice.between(0.7, 1.4)
		frappe.get_doc(
			{
				"doctype": "Shipment",
				"pickup_from_type": "Company",
				"pickup_company": world.COMPANY,
				"pickup_address_name": origin,
				"pickup_contact_person": world.OPERATIONS,
				"delivery_to_type": "Customer",
				"delivery_customer": self.masters.customer[sale.customer.number],
				"delivery_address_name": address,
				"pickup_date": sale.day,
				"pickup_from": time(9),
				"pickup_to": time(17),
				"description_of_content": "Medical devices",
				"value_of_goods": value,
				"shipment_amount": round(35 + value * share, 2),
				"service_provider": self.dice.one(CARRIERS),
				"shipment_parcel": [
					{
						"length": 60,
						"width": 40,
						"height": 40,
						"weight": round(2 + value / 900, 1),
						"count": 1 + int(value > 20_000),
					}
				],
			}
		).submit()

	# ------------------------------------------------------------ hours

	def make_technician(self, first_name: str, last_name: str) -> str:
		return make_employee(self.register, first_name, last_name, self.history.first)

	def make_activity(self, activity: str, rate: float) -> None:
		name = free_name("Activity Type", activity)
		self.activity[activity] = self.register.make(
			"Activity Type", activity_type=name, costing_rate=rate, billing_rate=0
		).name

	def make_projects(self) -> None:
		"""Installations at the larger customers, each over some months with the hours of a technician."""
		largest = sorted(
			(c for c in self.history.customers if not c.silent and c.end == self.history.end),
			key=lambda customer: -customer.yearly,
		)
		for number, customer in enumerate(largest[:PROJECTS]):
			start = first_of_month(self.today, -2 - (number * 5) % (MONTHS - PROJECT_MONTHS))
			hours = min(90, 14 + customer.yearly / 8000)
			self.make_project("Installation", customer, number, start, PROJECT_MONTHS, hours)

	def support_demanding(self) -> None:
		"""Help on the wards of customers whose people change often."""
		low, high = DEMANDING_SIZE
		fitting = [c for c in self.history.customers if low <= c.yearly <= high and c.end == self.history.end]
		start = first_of_month(self.today, -DEMANDING_MONTHS)
		for number, customer in enumerate(self.dice.some(fitting, DEMANDING)):
			cost = customer.yearly * self.dice.between(*DEMANDING_HOURS) / 100
			hours = cost / HOURLY[INSTALLATION] * DEMANDING_MONTHS / 12
			self.make_project("Support on the wards", customer, number, start, DEMANDING_MONTHS, hours, 2)

	def make_project(
		self,
		title: str,
		customer: Customer,
		number: int,
		start: date,
		months: int,
		hours: float,
		step: int = 1,
	) -> None:
		"""A project with the hours of a technician, a timesheet a month or every `step` months."""
		project = frappe.get_doc(
			{
				"doctype": "Project",
				"project_name": f"{title} {start:%Y-%m}, {customer.name} ({customer.number})",
				"company": world.COMPANY,
				"customer": self.masters.customer[customer.number],
				"expected_start_date": start,
				"expected_end_date": first_of_month(start, months) - timedelta(days=1),
			}
		).insert()
		technician = self.technicians[number % len(self.technicians)]
		for month in range(number % step, months, step):
			part = hours / months * step * self.dice.between(0.6, 1.4)
			self.book(first_of_month(start, month), part, technician, INSTALLATION, project=project.name)

	def work_on_plans(self) -> None:
		"""The managers book the hours they spend on a plan, month by month."""
		code = f"B{len(BUDGET)}"  # the last line is the time of the team
		for plan in frappe.get_all(
			"Key Account Plan",
			{
				"company": world.COMPANY,
				"docstatus": 1,
				"status": ("in", ("Approved", "In Execution", "Closed")),
			},
			["name", "scope", "from_date", "to_date", "key_account"],
			order_by="name",
		):
			manager = frappe.db.get_value("Key Account", plan.key_account, "key_account_manager")
			employee = frappe.db.get_value("Employee", {"user_id": manager, "company": world.COMPANY})
			month = getdate(plan.from_date)
			last = min(getdate(plan.to_date), self.history.end)
			while month <= last:
				hours = self.dice.between(*TEAM_HOURS[plan.scope])
				self.book(month, hours, employee, TEAM, kam_plan=plan.name, kam_budget_line=code)
				month = first_of_month(month, 1)

	def book(self, month: date, hours: float, employee: str, activity: str, **about) -> None:
		"""One timesheet of a month, on days on which the employee has booked nothing else."""
		month, rate = month.replace(day=1), HOURLY[activity]
		project = about.pop("project", None)
		rows, left = [], max(2.0, round(hours * 2) / 2)
		while left > 0:
			day = month + timedelta(days=self.booked.get((employee, month), 0))
			if day >= self.today or day.month != month.month:
				break
			self.booked[employee, month] = (day - month).days + 1
			if day.weekday() > 4:
				continue
			part = min(left, 8.0)
			left -= part
			rows.append(
				{
					"activity_type": self.activity[activity],
					"from_time": datetime.combine(day, time(8)),
					"hours": part,
					"project": project,
					"costing_rate": rate,
					# in the currency of the company, as the form works it out
					"base_costing_rate": rate,
					"base_costing_amount": rate * part,
				}
			)
		if rows:
			frappe.get_doc(
				{
					"doctype": "Timesheet",
					"naming_series": f"{world.SERIES}TS-.####",
					"company": world.COMPANY,
					"currency": self.masters.currency,
					"exchange_rate": 1,
					"employee": employee,
					"parent_project": project,
					"time_logs": rows,
					**about,
				}
			).submit()
