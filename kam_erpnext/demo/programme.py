"""The key account programme of the demonstration: last year's selection, the accounts in their tree, nominations and
this year's selection, made by the people who would make them."""

import json
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.model.workflow import apply_workflow
from frappe.utils import now_datetime

from kam_erpnext.api import selection as selection_api
from kam_erpnext.demo import world
from kam_erpnext.demo.history import Customer, History, first_of_month
from kam_erpnext.demo.masters import Masters
from kam_erpnext.demo.register import Register, free_name
from kam_erpnext.demo.removal import key_accounts
from kam_erpnext.kam_erpnext.doctype.key_account.key_account import account_of
from kam_erpnext.kam_erpnext.doctype.key_account_selection import run
from kam_erpnext.offline.sample.generate import Dice

SEED = 4711

CLASSIFICATION = (
	# measure, operator, threshold, mandatory, remark
	("Net Sales", ">=", 45_000, 1, "Below this an account cannot carry its own plan."),
	("Cumulative Share of Sales", "<", 80, 0, "Belongs to the customers that make 80 % of sales."),
	("Gross Profit", ">=", 60_000, 0, "Pays for the attention."),
	("Potential", ">=", 180_000, 0, "Expected within two years."),
	("Contribution %", ">=", 1.5, 0, "Share of the company's gross profit."),
	("Market Share in Value %", ">=", 2, 0, "Counts in its country."),
	("Influence Reach", ">=", 20, 0, "Opinion leader."),
)
LINES_NEEDED = 3
# from the second year on
LOWEST_SCORE = 33
VALUES_US = "Does the customer value what distinguishes us, beyond the price?"
SCREENING = (
	# question, mandatory, help
	(
		VALUES_US,
		1,
		"Yes if a decision of the last two years was made on quality, service or total cost.",
	),
	(
		"Does the account fit our strategy?",
		1,
		"Yes if we want to be in its therapeutic areas in three years.",
	),
	(
		"Would losing it open the market to a competitor?",
		0,
		"Yes if others in the region follow its choice of supplier.",
	),
)
PROFITABLE = ("Has the account been profitable for us?", "Profitable Years", ">=", 1)
SCORING = (
	# criterion, interest A, kind, measure, value for 0, value for 100, less is better, axis
	("Potential within two years", 25, "Linear", "Potential", 20_000, 700_000, 0, "Attractiveness"),
	("Growth of its purchases", 15, "Linear", "Sales Growth %", -30, 50, 0, "Attractiveness"),
	("Influence on other customers", 10, "Stepped", "Influence Reach", 0, 40, 0, "Attractiveness"),
	("Strategic fit", 15, "Judged", None, 0, 0, 0, "Attractiveness"),
	("Sales with us", 20, "Linear", "Net Sales", 0, 500_000, 0, "Strength"),
	("Margin", 10, "Linear", "Gross Margin %", 30, 55, 0, "Strength"),
	("Breadth of product lines", 10, "Stepped", "Item Groups Bought", 0, 6, 0, "Strength"),
	("Payment behaviour", 5, "Linear", "Payment Delay (Days)", 0, 45, 1, "Strength"),
	("Relationship with the decision makers", 20, "Judged", None, 0, 0, 0, "Strength"),
)
LEVEL_RULES = (
	("Global", 0, 900_000),
	("National", 0, 330_000),
	("Regional", 0, 140_000),
	("Territory", 0, 0),
)

EVIDENCE = {
	"Yes": (
		"Confirmed in the yearly talk with the medical director.",
		"Chose our pumps for the training concept although two offers were cheaper.",
		"Framework agreement names service level and uptime first.",
		"Asked us to take part in its equipment plan.",
	),
	"No": (
		"The last three tenders were decided on the price alone.",
		"Purchasing association dictates the choice.",
	),
}
BUYS_ON_PRICE = "New head of purchasing buys on price alone."
SCORE_EVIDENCE = ("Talks with the account team", "Notes of the last visits", "Judged in the team meeting")

# key accounts above the sites: name, parent, level, manager, sponsored, sites that belong to it directly
GROUP_ACCOUNTS = (
	("Orvendal Health", None, "Global", world.MANAGER_ONE, True, ()),
	("Orvendal Deutschland", "Orvendal Health", "National", world.MANAGER_ONE, False, ()),
	(
		"Orvendal Nord",
		"Orvendal Deutschland",
		"Regional",
		world.MANAGER_ONE,
		False,
		("Orvendal Klinik Weidenkamp",),
	),
	("Tannquell Kliniken", None, "National", world.MANAGER_ONE, True, ("Tannquell Reha Dornbach",)),
	("Tannquell Süd", "Tannquell Kliniken", "Regional", world.MANAGER_ONE, False, ()),
	("Groupe Lisvaux", None, "National", world.MANAGER_TWO, False, ("Lisvaux Clinique Hautbois",)),
	("Brackmere Hospital Trust", None, "National", world.MANAGER_UK, False, ("Brackmere Westmoor Hospital",)),
	("Ondaria Gruppo Ospedaliero", None, "National", world.MANAGER_TWO, False, ("Ondaria Ospedale Valdoro",)),
)
# site: the account it rolls up to; a site without an account of its own becomes one
PLACES = {
	"Orvendal Klinikum Falkenau": "Orvendal Nord",
	"Orvendal Klinikum Seebrunn": "Orvendal Deutschland",
	"Orvendal Clinique Rivefort": "Orvendal Health",
	"Orvendal Hospital Ashcombe": "Orvendal Health",
	"Orvendal Medical Center Maplewood": "Orvendal Health",
	"Tannquell Klinik Hohenmark": "Tannquell Süd",
	"Tannquell Klinik Eschenried": "Tannquell Süd",
	"Tannquell Klinik Altmoor": "Tannquell Kliniken",
	"Lisvaux Hôpital Beaulac": "Groupe Lisvaux",
	"Lisvaux Clinique Pontarel": "Groupe Lisvaux",
	"Brackmere Royal Infirmary": "Brackmere Hospital Trust",
	"Brackmere Kingsmere Hospital": "Brackmere Hospital Trust",
	"Ondaria Policlinico Lagonero": "Ondaria Gruppo Ospedaliero",
}

# what is dated back after each step, and the field that tells the records of the demonstration
DATED = {
	"Key Account Criteria": "name",
	"Key Account Selection": "name",
	"Key Account Selection Line": "selection",
	"Key Account Assessment": "selection",
	"Key Account": "name",
	"Key Account Membership": "parent",
	"Key Account Nomination": "name",
	"Key Account Stage Entry": "parent",
	"Key Account Plan": "name",
	"Key Account Plan Objective": "parent",
	"Key Account Action": "name",
	"Key Account Business Review": "name",
	"Key Account Opportunity": "name",
	"Key Account Wallet": "name",
	"Market Estimate": "name",
	"Power Map": "name",
	"Power Map Snapshot": "power_map",
	"Comment": "reference_name",
	"Version": "docname",
}

PLANNING = (
	"Key Account Plan",
	"Key Account Action",
	"Key Account Business Review",
	"Power Map",
	"Key Account Opportunity",
	"Key Account Wallet",
)


class Programme:
	def __init__(self, register: Register, masters: Masters, history: History, today: date):
		self.register = register
		self.masters = masters
		self.history = history
		self.dice = Dice(SEED)
		self.today = today
		# the first twelve months of the history are what last year's selection looks at
		self.last_review = first_of_month(history.start, 12) - timedelta(days=1)
		self.by_name = {customer.name: customer for customer in history.customers}
		self.by_id = {masters.customer[customer.number]: customer for customer in history.customers}
		self.account: dict[str, str] = {}  # account name -> key account
		self.price_buyers: list[Customer] = []

	# ------------------------------------------------------------ who and when

	@contextmanager
	def made_by(self, user: str, on: date | None = None):
		"""Everything inside is done by `user`, and dated back to a day."""
		begin = now_datetime()
		frappe.set_user(user)
		try:
			yield
		finally:
			frappe.set_user("Administrator")
		self.remember_accounts()
		if on:
			self.date_back(begin, datetime.combine(on, time(self.dice.whole(9, 16), self.dice.whole(0, 59))))
		frappe.db.commit()

	def remember_accounts(self) -> None:
		known = set(self.register.names("Key Account"))
		new = [name for name in key_accounts(self.register) if name not in known]
		self.register.documents.setdefault("Key Account", []).extend(new)
		self.register.save()

	def date_back(self, begin: datetime, moment: datetime) -> None:
		selections = frappe.get_all("Key Account Selection", {"company": world.COMPANY}, pluck="name")
		nominations = frappe.get_all("Key Account Nomination", {"company": world.COMPANY}, pluck="name")
		accounts = self.register.names("Key Account")
		estimates = frappe.get_all("Market Estimate", {"company": world.COMPANY}, pluck="name")
		names = [*accounts, *self.register.names("Key Account Criteria"), *selections, *nominations]
		names += estimates
		for doctype in PLANNING:
			names += frappe.get_all(doctype, {"key_account": ("in", accounts)}, pluck="name")
		for doctype, field in DATED.items():
			dates = [df.fieldname for df in frappe.get_meta(doctype).fields if df.fieldtype == "Datetime"]
			table = frappe.qb.DocType(doctype)
			for date_field in ("creation", "modified", *dates):
				frappe.qb.update(table).set(table[date_field], moment).where(
					table[date_field] >= begin
				).where(table[field].isin(names)).run()
		for name in names:
			frappe.clear_document_cache("Key Account", name)

	# ------------------------------------------------------------ criteria and markets

	def make_criteria(self) -> None:
		before, now = self.last_review - timedelta(days=45), self.today - timedelta(days=40)
		with self.made_by(world.OPERATIONS, before):
			self.criteria_before = self.criteria(self.today.year - 1, before, growth=False)
		with self.made_by(world.OPERATIONS, now):
			self.criteria_now = self.criteria(self.today.year, now, growth=True)

	def criteria(self, year: int, effective_from: date, growth: bool) -> str:
		"""The first version could not look at growth, as there were no sales a year earlier yet."""
		title = free_name("Key Account Criteria", _("Key Accounts {0} (Demo)").format(year))
		scoring = [line for line in SCORING if growth or line[3] != "Sales Growth %"]
		doc = self.register.make(
			"Key Account Criteria",
			title=title,
			effective_from=effective_from,
			only_company=world.COMPANY,
			rule="At least a number of lines hold",
			minimum_lines=LINES_NEEDED,
			minimum_score=LOWEST_SCORE if growth else 0,
			classification=[
				dict(zip(("measure", "operator", "threshold", "mandatory", "remark"), line, strict=True))
				for line in CLASSIFICATION
			],
			screening=[
				{
					"kind": "Measured",
					"mandatory": 1,
					**dict(zip(("question", "measure", "operator", "threshold"), PROFITABLE, strict=True)),
				},
				*(
					{"kind": "Judged", "question": question, "mandatory": mandatory, "help_text": text}
					for question, mandatory, text in SCREENING
				),
			],
			scoring=[
				{
					"criterion": criterion,
					"weight": weight,
					"kind": kind,
					"measure": measure,
					"low_anchor": low,
					"high_anchor": high,
					"steps": 5,
					"reverse": reverse,
					"dimension": axis,
				}
				for criterion, weight, kind, measure, low, high, reverse, axis in scoring
			],
			levels=[
				{"level": level, "minimum_score": score, "minimum_net_sales": sales}
				for level, score, sales in LEVEL_RULES
			],
			notes=_(
				"Thresholds agreed between sales management and operations. Judged lines are answered by the account managers."
			),
		)
		doc.submit()
		return doc.name

	def make_market_estimates(self) -> None:
		"""Each country for every calendar year of the history, and Europe by product line for the current one."""
		years = range(self.history.start.year, self.today.year + 1)
		sales: dict[tuple[str, int], float] = {}
		for sale in self.history.sales:
			key = (sale.customer.country, sale.day.year)
			sales[key] = sales.get(key, 0) + sale.amount
		with self.made_by(world.OPERATIONS):
			for countries in world.TERRITORIES.values():
				for country in countries:
					yearly = max(sales.get((country, year), 0) for year in years)
					share = self.dice.between(0.07, 0.16)
					for year in years:
						value = round(yearly / share * 1.03 ** (year - years[0]), -5)
						self.market(
							country, None, year, value, "Association of the medical technology industry"
						)
			whole = sum(amount for (_country, year), amount in sales.items() if year == self.today.year)
			for line in world.PRODUCTS:
				if line != world.SERVICES:
					value = round(whole / self.dice.between(0.3, 0.8), -5)
					self.market(
						"Halden Europe", line, self.today.year, value, "Market study, edition of spring"
					)

	def market(self, territory: str, line: str | None, year: int, value: float, source: str) -> None:
		frappe.get_doc(
			{
				"doctype": "Market Estimate",
				"territory": self.masters.territory[territory],
				"item_group": self.masters.item_group[line] if line else None,
				"company": world.COMPANY,
				"from_date": date(year, 1, 1),
				"to_date": date(year, 12, 31),
				"market_value": max(value, 100_000),
				"source": source,
				"reliability": self.dice.one(("High", "Medium", "Medium", "Low")),
			}
		).insert()

	# ------------------------------------------------------------ selections

	def select_last_year(self) -> None:
		"""Run, judged, decided and approved a year ago."""
		on = self.last_review
		name = self.run_selection(
			self.criteria_before, on, _("Key Account Selection {0}").format(self.today.year - 1), on
		)
		self.judge(name, 1.0, on + timedelta(days=6))
		with self.made_by(world.DIRECTOR, on + timedelta(days=12)):
			self.decide_all(name)
			apply_workflow(frappe.get_doc("Key Account Selection", name), "Approve")

	def select_this_year(self) -> None:
		"""Waits for validation: most judgements are given, a part of the lines is decided."""
		title = _("Key Account Selection {0}").format(self.today.year)
		name = self.run_selection(self.criteria_now, self.history.end, title, self.today - timedelta(days=5))
		self.judge(name, 0.7, self.today - timedelta(days=2))
		with self.made_by(world.DIRECTOR, self.today - timedelta(days=1)):
			self.decide_some(name)
		self.current_selection = name

	def run_selection(self, criteria: str, as_of: date, title: str, on: date) -> str:
		with self.made_by(world.OPERATIONS, on):
			selection = frappe.get_doc(
				{
					"doctype": "Key Account Selection",
					"title": title,
					"criteria": criteria,
					"company": world.COMPANY,
					"period_window": "Rolling 12 Months",
					"as_of": as_of,
				}
			).insert()
			selection.flags.kam_run_by_caller = True
			selection = apply_workflow(selection, "Run")
			frappe.db.commit()
			run.execute(selection.name, selection.run_token)
		return selection.name

	def judge(self, selection: str, share: float, on: date) -> None:
		"""Account managers answer the judged lines of their assessments."""
		rows = frappe.get_all(
			"Key Account Assessment",
			{"selection": selection, "open_judgements": (">", 0)},
			["name", "customer", "account_name", "key_account"],
			order_by="name",
		)
		managers = dict(
			frappe.get_all(
				"Key Account", fields=["name", "key_account_manager"], as_list=True, order_by="name"
			)
		)
		by_manager: dict[str, list[str]] = {}
		for row in rows:
			customer = self.by_id[row.customer]
			if not (self.dice.chance(share) or customer.hospital_group or customer in self.price_buyers):
				continue
			# a site may belong to the account of a group, which somebody else manages
			manager = managers.get(row.key_account) or world.MANAGER_OF_COUNTRY[customer.country]
			by_manager.setdefault(manager, []).append(row.name)
		for manager, names in by_manager.items():
			with self.made_by(manager, on):
				for name in names:
					self.judge_one(frappe.get_doc("Key Account Assessment", name))

	def judge_one(self, assessment) -> None:
		customer = self.by_id[assessment.customer]
		warmth = warmth_of(customer)
		for line in assessment.answers:
			if line.judged:
				likely = (1 if warmth >= 0.45 else 0.8) if line.mandatory else 0.45
				if customer.group == world.DISTRIBUTOR or warmth < 0.3:
					likely -= 0.3
				if customer in self.price_buyers and line.question == VALUES_US:
					likely = 0
				line.answer = "Yes" if self.dice.chance(likely) else "No"
				line.evidence = self.dice.one(EVIDENCE[line.answer])
		for line in assessment.scores:
			if line.judged:
				line.evaluation_b = str(
					int(min(95, max(10, 100 * warmth + self.dice.between(-18, 18))) / 5) * 5
				)
				line.evidence = self.dice.one(SCORE_EVIDENCE)
		assessment.save()

	def decide_all(self, selection: str) -> None:
		"""The director follows the proposals, but for two."""
		lines = self.undecided(selection)
		self.override_level(selection, lines)
		self.reject_one(selection, lines)
		selection_api.accept_all(selection)

	def decide_some(self, selection: str) -> None:
		"""Clear cases are decided; the others are left for whoever looks at the demonstration."""
		lines = self.undecided(selection)
		self.reject_one(selection, lines)
		clear = [line.name for line in self.undecided(selection)][::2]
		if clear:
			selection_api.decide(selection, clear, "Accept")

	def undecided(self, selection: str) -> list:
		return frappe.get_all(
			"Key Account Selection Line",
			{
				"selection": selection,
				"proposal": ("in", selection_api.CHANGES),
				"decision": ("in", ("", None)),
			},
			["name", "customer", "customer_name", "proposal", "proposed_level", "key_account"],
			order_by="`tabKey Account Selection Line`.`rank`",
		)

	def override_level(self, selection: str, lines: list) -> None:
		line = next(
			(line for line in lines if line.proposal == "Add" and line.proposed_level == "Territory"), None
		)
		if line:
			selection_api.decide(
				selection,
				[line.name],
				"Override",
				_("Will be served by the regional team, two of its departments buy on their own."),
				"Add",
				"Regional",
			)

	def reject_one(self, selection: str, lines: list) -> None:
		"""A site of a group stays where it is in the tree; without such a line, the last addition has to wait."""
		site = next(
			(line for line in lines if line.proposal == "Promote" and line.customer_name in PLACES), None
		)
		if site:
			reason = _("A site of a group; its level follows from its place in the group.")
			selection_api.decide(selection, [site.name], "Reject", reason)
			return
		additions = [
			line for line in lines if line.proposal == "Add" and not self.by_id[line.customer].hospital_group
		]
		if additions:
			reason = _("Buys for one project only. We look at it again next year.")
			selection_api.decide(selection, [additions[-1].name], "Reject", reason)

	# ------------------------------------------------------------ accounts

	def arrange_accounts(self) -> None:
		"""After the approval: who looks after an account, what it is part of, how the relationship stands."""
		entered = self.last_review + timedelta(days=12)
		with self.made_by(world.OPERATIONS, self.last_review + timedelta(days=20)):
			stages = frappe.get_all(
				"Key Account Stage",
				{"model": "Perception Ladder"},
				pluck="name",
				order_by="`tabKey Account Stage`.`rank`",
			)
			for spec in GROUP_ACCOUNTS:
				self.make_group_account(spec, entered, stages)
			for site, parent in PLACES.items():
				self.place_site(site, parent)
			for name in frappe.get_all(
				"Key Account", {"name": ("in", key_accounts(self.register))}, pluck="name"
			):
				self.complete_account(frappe.get_doc("Key Account", name), entered, stages)

	def make_group_account(self, spec: tuple, entered: date, stages: list[str]) -> None:
		name, parent, level, manager, sponsored, sites = spec
		account = frappe.get_doc(
			{
				"doctype": "Key Account",
				"account_name": name,
				"status": "Active",
				"level": level,
				"since": entered,
				"parent_key_account": self.account.get(parent),
				"key_account_manager": manager,
				"key_account_coordinator": world.COORDINATOR,
				"key_account_director": world.DIRECTOR,
				"executive_sponsor": world.SPONSOR if sponsored else None,
				"change_reason": _("The group decides and negotiates together."),
				"customers": [
					{"customer": self.id_of(site), "since": entered} for site in sites if self.is_free(site)
				],
				"segments": [
					{"segment": segment, "source": "Person", "reason": reason}
					for segment, reason in (
						("Complex Structure", _("Several sites with purchasing of their own")),
						("Buying Centre", _("Framework agreements for all sites")),
					)
					if frappe.db.exists("Key Account Segment", segment)
				],
			}
		).insert()
		self.account[name] = account.name
		self.register.add(account)

	def id_of(self, customer_name: str) -> str:
		return self.masters.customer[self.by_name[customer_name].number]

	def is_free(self, customer_name: str) -> bool:
		return not account_of(self.id_of(customer_name))

	def place_site(self, site: str, parent: str) -> None:
		existing = account_of(self.id_of(site))
		if existing:
			account = frappe.get_doc("Key Account", existing)
		else:
			account = frappe.new_doc("Key Account")
			account.update({"account_name": site, "status": "Active", "level": "Territory"})
			account.append("customers", {"customer": self.id_of(site)})
		account.parent_key_account = self.account[parent]
		account.level = "Territory"
		account.change_reason = _("Site of {0}").format(parent)
		account.save()
		self.account[site] = account.name

	def complete_account(self, account, entered: date, stages: list[str]) -> None:
		account.since = entered
		for row in account.customers:
			row.since = entered
		customer = self.by_id.get(account.customers[0].customer) if account.customers else None
		if customer and not account.key_account_manager:
			account.key_account_manager = world.MANAGER_OF_COUNTRY[customer.country]
			account.key_account_director = world.DIRECTOR
			if self.dice.chance(0.5):
				account.key_account_coordinator = world.COORDINATOR
		if stages:
			warmth = warmth_of(customer) if customer else 0.7
			today = min(len(stages) - 1, int(warmth * (len(stages) - 1)))
			account.stage_today = stages[today]
			account.stage_aimed = stages[min(len(stages) - 1, today + self.dice.whole(1, 2))]
		self.add_team(account)
		self.add_segments(account, customer)
		account.save()

	def add_team(self, account) -> None:
		team = [
			(world.COORDINATOR, "Core", "Order handling and logistics", self.dice.one((10, 15, 20, 25))),
			(world.OPERATIONS, "Extended", "Contracts and prices", 5),
		]
		if account.level in ("Global", "National"):
			second = (
				world.MANAGER_TWO if account.key_account_manager == world.MANAGER_ONE else world.MANAGER_ONE
			)
			team.append((second, "Extended", "Sites in other countries", 5))
		elif self.dice.chance(0.6):
			team = team[: self.dice.whole(0, 1)]
		for user, membership, function, share in team:
			account.append(
				"team",
				{"user": user, "membership": membership, "function": function, "share_of_time": share},
			)

	def add_segments(self, account, customer: Customer | None) -> None:
		if not customer:
			return
		taken = {row.segment for row in account.segments}
		wanted = []
		if "Univers" in customer.name:
			wanted.append(("Know-How", _("Joint study on monitoring")))
		if customer.yearly > 250_000:
			wanted.append(("Strategic", _("Named in our plan for the next three years")))
		if customer.course == "shrinking":
			wanted.append(("Fear", _("A competitor is talking to it")))
		for segment, reason in wanted:
			if segment not in taken and frappe.db.exists("Key Account Segment", segment):
				account.append("segments", {"segment": segment, "source": "Person", "reason": reason})

	def change_during_the_year(self) -> None:
		"""What people changed by hand between the two selections: the accounts that went down."""
		now: dict[int, float] = {}
		for sale in self.history.sales:
			if sale.kind != "order" and (self.history.end - sale.day).days < 365:
				now[sale.customer.number] = now.get(sale.customer.number, 0) + sale.amount
		weakest = sorted(
			(
				c
				for c in self.history.customers
				if not c.hospital_group and account_of(self.masters.customer[c.number])
			),
			key=lambda c: (c.course not in ("shrinking", "lost"), now.get(c.number, 0)),
		)
		changes = (
			("Retired", _("Changed to another supplier and closed its own purchasing department."), 90),
			("On Watch", BUYS_ON_PRICE, 60),
			("On Watch", _("Lost the infusion tender; talks about the next one go on."), 150),
		)
		for customer, (status, reason, days) in zip(weakest, changes, strict=False):
			if reason == BUYS_ON_PRICE:
				self.price_buyers.append(customer)
			with self.made_by(world.DIRECTOR, self.today - timedelta(days=days)):
				account = frappe.get_doc("Key Account", account_of(self.masters.customer[customer.number]))
				account.update({"status": status, "change_reason": reason})
				account.save()

	def choose_favourites(self) -> None:
		"""Three accounts of each manager, for the list of favourites on the workspace."""
		for manager in (world.MANAGER_ONE, world.MANAGER_TWO, world.MANAGER_UK):
			mine = {
				"name": ("in", key_accounts(self.register)),
				"key_account_manager": manager,
				"status": "Active",
			}
			for name in frappe.get_all("Key Account", mine, pluck="name", order_by="account_name", limit=3):
				# a like in the desk leaves a comment as well, which nobody would want to read here
				frappe.db.set_value(
					"Key Account", name, "_liked_by", json.dumps([manager]), update_modified=False
				)

	# ------------------------------------------------------------ nominations

	def nominate(self) -> None:
		free = [
			customer
			for customer in sorted(self.history.customers, key=lambda c: -(c.potential or 0))
			if customer.course in ("growing", "new", "steady")
			and customer.group in (world.HOSPITAL, world.CLINIC)
			and not account_of(self.masters.customer[customer.number])
			and world.MANAGER_OF_COUNTRY[customer.country] != world.MANAGER_UK
		]
		confirmed, waiting, rejected = free[2], free[0], free[-1]
		prospect = self.prospect("Seehalden University Medical Centre", "Germany South", world.ACUTE)
		second = self.prospect("Moravelle Diagnostics Network", "France North", world.DIAGNOSTICS)
		lead = self.lead("Halvorne Surgical Partners", "US East")

		first = self.nomination(
			self.customer_party(confirmed), world.MANAGER_OF_COUNTRY[confirmed.country], 70, "Territory",
			_("Opens a second operating wing and standardises its equipment."), confirmed.potential,
		)  # fmt: skip
		self.confirm(first, 64)
		third = self.nomination(
			("Prospect", prospect), world.MANAGER_ONE, 48, "Regional",
			_("Decides next year about monitoring for 60 beds; three clinics follow its choice."), 420_000,
		)  # fmt: skip
		self.confirm(third, 41)
		refused = self.nomination(
			self.customer_party(rejected), world.COORDINATOR, 33, "Territory",
			_("Pays fast and is pleasant to work with."), rejected.potential,
		)  # fmt: skip
		self.reject(refused, 27, _("Too small for an account of its own; the sales team serves it well."))
		self.nomination(
			self.customer_party(waiting), world.MANAGER_OF_COUNTRY[waiting.country], 9, "Regional",
			_("Sales doubled and the board wants one partner for all product lines."), waiting.potential,
		)  # fmt: skip
		self.nomination(
			("Prospect", second), world.MANAGER_TWO, 6, "National",
			_("Twelve laboratories change their analysers in the next 18 months."), 650_000,
		)  # fmt: skip
		self.nomination(
			("Lead", lead),
			world.COORDINATOR,
			3,
			None,
			_("Met at the congress; plans four day-surgery centres."),
			150_000,
		)

	def customer_party(self, customer: Customer) -> tuple[str, str]:
		return "Customer", self.masters.customer[customer.number]

	def prospect(self, name: str, territory: str, segment: str) -> str:
		return self.register.make(
			"Prospect",
			company_name=free_name("Prospect", name),
			company=world.COMPANY,
			territory=self.masters.territory[territory],
			market_segment=self.masters.segment[segment],
			customer_group=self.masters.customer_group[world.HOSPITAL],
		).name

	def lead(self, name: str, territory: str) -> str:
		return self.register.make(
			"Lead",
			naming_series=f"{world.SERIES}LEAD-.####",
			company_name=name,
			company=world.COMPANY,
			territory=self.masters.territory[territory],
		).name

	def nomination(
		self,
		party: tuple[str, str],
		user: str,
		days_ago: int,
		level: str | None,
		reasons: str,
		potential: float,
	) -> str:
		with self.made_by(user, self.today - timedelta(days=days_ago)):
			doc = frappe.get_doc(
				{
					"doctype": "Key Account Nomination",
					"party_type": party[0],
					"party": party[1],
					"proposed_level": level,
					"reasons": reasons,
					"needs": _("One contact person and agreed delivery times."),
					"potential": potential,
					"company": world.COMPANY,
					"key_account_manager": user if user != world.COORDINATOR else world.MANAGER_ONE,
				}
			).insert()
		return doc.name

	def confirm(self, nomination: str, days_ago: int) -> None:
		with self.made_by(world.DIRECTOR, self.today - timedelta(days=days_ago)):
			apply_workflow(frappe.get_doc("Key Account Nomination", nomination), "Confirm")

	def reject(self, nomination: str, days_ago: int, reason: str) -> None:
		with self.made_by(world.DIRECTOR, self.today - timedelta(days=days_ago)):
			doc = frappe.get_doc("Key Account Nomination", nomination)
			doc.rejection_reason = reason
			doc.save()
			apply_workflow(doc, "Reject")


def warmth_of(customer: Customer) -> float:
	"""How well we stand with a customer, 0 to 1: falls with shrinking sales, differs from customer to customer."""
	base = {"growing": 0.68, "new": 0.5, "steady": 0.6, "shrinking": 0.34, "lost": 0.2}.get(
		customer.course, 0.3
	)
	return min(0.95, max(0.1, base + ((customer.number * 37) % 31 - 15) / 60))
