"""Market notes of the demonstration: every kind, scope and confidentiality, new, older and expired ones."""

from datetime import datetime, time, timedelta

import frappe

from kam_erpnext.demo import world
from kam_erpnext.demo.programme import Programme
from kam_erpnext.offline.sample.generate import Dice

SEED = 4420
NOTE = "Market Intelligence"
REVIEW = "Key Account Business Review"
TEAM, PROGRAMME = "Account Team", "Programme"
GERMANY, EUROPE, UK, ASIA = (
	"Halden Germany",
	"Halden Europe",
	"Halden United Kingdom",
	"Halden Asia Pacific",
)
MONITORING, INFUSION, SURGERY, LABORATORY = (
	"Patient Monitoring",
	"Infusion Therapy",
	"Electrosurgery",
	"Laboratory Diagnostics",
)

# title, kind, direction, impact, who, days ago, days it holds (None: for good), scope, what is known, response
NOTES = (
	(
		"Minimum monitoring for acute wards becomes law", "Government Policy", "Opportunity", "High",
		world.MANAGER_ONE, 9, None, {"territory": GERMANY, "item_group": MONITORING},
		"From next January every bed of an acute ward needs continuous monitoring. The ministry pays a third of it for "
		"two years.",
		"Offer the M10 with the funding form filled in; every hospital has to apply by September.",
	),
	(
		"Reusable forceps need a new certificate", "Government Policy", "Threat", "Medium",
		world.OPERATIONS, 41, 300, {"territory": EUROPE, "item_group": SURGERY},
		"The transition period ends next spring. Without the certificate they may be used up, but not sold.",
		"Tell customers the date of our certificate before a competitor does.",
	),
	(
		"{0} offers monitors at a monthly rate", "Competitor Move", "Threat", "High",
		world.MANAGER_ONE, 16, None, {"territory": GERMANY, "item_group": MONITORING, "competitor": 0},
		"Nothing to invest, 38 a month and bed for five years, sensors included. Two groups have asked us for the same.",
		"Compare total cost over five years; our sensors make the difference.",
	),
	(
		"{1} wins tenders on price alone", "Competitor Move", "Threat", "Medium",
		world.MANAGER_TWO, 70, None, {"competitor": 1},
		"The last four tenders for electrodes went at 20 % below our price.",
		"Stay out of tenders that weigh price above 70 %.",
	),
	(
		"{2} opens a service base in Birmingham", "Competitor Move", "Threat", "Medium",
		world.MANAGER_UK, 5, None, {"territory": UK, "competitor": 2},
		"Twelve technicians from summer on; they promise to be there within four hours.",
		"Show our uptime of the last two years in every talk about service.",
	),
	(
		"Reagents become 8 % dearer in autumn", "Price", "Threat", "High",
		world.OPERATIONS, 12, 120, {"item_group": LABORATORY},
		"Two of our suppliers have announced it; the competitors depend on the same ones.",
		"Offer yearly contracts at today's price before the end of the quarter.",
	),
	(
		"Price cut by the national insurance", "Price", "Threat", "Medium",
		world.MANAGER_ONE, 150, 30, {"territory": ASIA},
		"Reimbursement of infusion sets was lowered by 6 %.",
		None,
	),
	(
		"Day surgery grows by a tenth a year", "Trend", "Opportunity", "Medium",
		world.MANAGER_TWO, 55, None, {"market_segment": world.OUTPATIENT},
		"Small units look for devices that one person can handle, and for service by the hour.",
		"Put together a package for day clinics: generator, monitor, training day.",
	),
	(
		"Nurses are short everywhere", "Trend", "Opportunity", "High",
		world.DIRECTOR, 88, None, {},
		"Every customer we spoke to names it first. What saves time on the ward is bought before what saves money.",
		"Begin every presentation with minutes saved a shift.",
	),
	(
		"Wireless sensors pass their first clinical trial", "Product or Technology", "Threat", "Medium",
		world.COORDINATOR, 28, None, {"item_group": MONITORING},
		"Cables gone, alarms down by a third in the trial. On the market in two years at the earliest.",
		"Ask Brelund for its road map before the yearly talks.",
	),
	(
		"Docking stations talk to the patient record", "Product or Technology", "Opportunity", "Medium",
		world.MANAGER_TWO, 20, None, {"item_group": INFUSION, "segment": "Complex Structure"},
		"The interface was released for the two largest record systems.",
		"Show it at group level, where the record is decided.",
	),
	(
		"Congress for intensive care in Hohenmark", "Event", "Opportunity", "Low",
		world.COORDINATOR, 3, 60, {"territory": EUROPE},
		"Three days, 4,000 visitors. We have a stand next to the training hall.",
		"Invite two people of every account; book talks by the end of the month.",
	),
	(
		"Our largest supplier may be sold", "Trend", "Threat", "High",
		world.DIRECTOR, 7, None, {"confidentiality": PROGRAMME},
		"Talks are said to be far advanced. Not to be told to customers.",
		"Look for a second source of pumps until autumn.",
	),
)  # fmt: skip
# the same with the account the note is about; captured from a business review if there is one
OF_ACCOUNTS = (
	(
		"Orvendal Health", "Purchasing of all sites moves to the head office", "Trend", "Opportunity", "High",
		world.MANAGER_ONE, 23, None, {"confidentiality": TEAM},
		"Said in confidence after the review: from next year one team buys for all countries.",
		"Ask for a framework agreement before the team is complete.",
	),
	(
		"Tannquell Kliniken", "Takes over two rehabilitation clinics", "Event", "Opportunity", "Medium",
		world.MANAGER_ONE, 39, None, {},
		"120 beds, monitors ten years old. Contract to be signed in summer.",
		"Offer to take stock of the devices there.",
	),
	(
		"Brackmere Hospital Trust", "{0} is testing pumps on two wards", "Competitor Move", "Threat", "High",
		world.MANAGER_UK, 14, None, {"confidentiality": TEAM, "item_group": INFUSION, "competitor": 0},
		"Free of charge for three months. The ward managers were not asked.",
		"Offer the wards a comparison with their own figures.",
	),
	(
		"Groupe Lisvaux", "A fourth site is being planned", "Event", "Opportunity", "Medium",
		world.MANAGER_TWO, 33, None, {},
		"180 beds near the coast, to open in three years. The architect asks for room plans now.",
		"Get our planning data to the architect.",
	),
	(
		"Ondaria Gruppo Ospedaliero", "Region cuts the budget for devices", "Government Policy", "Threat", "Medium",
		world.MANAGER_TWO, 61, 400, {"territory": "Halden Italy"},
		"Investments above 100,000 need the consent of the region for two years.",
		"Offer rates instead of purchase.",
	),
)  # fmt: skip


class Intelligence:
	def __init__(self, programme: Programme, competitors: list[str]):
		self.programme = programme
		self.register = programme.register
		self.masters = programme.masters
		self.today = programme.today
		self.competitors = competitors
		self.dice = Dice(SEED)

	def run(self) -> None:
		for note in NOTES:
			self.enter(None, *note)
		for account, *note in OF_ACCOUNTS:
			if account in self.programme.account:
				self.enter(self.programme.account[account], *note)

	def enter(self, account, title, kind, direction, impact, who, ago, holds, scope, what, response) -> None:
		day = self.today - timedelta(days=ago)
		review = account and frappe.db.get_value(
			REVIEW, {"key_account": account, "review_date": ("<=", day), "docstatus": 1}
		)
		with self.programme.made_by(who):
			note = self.register.make(
				NOTE,
				title=title.format(*self.competitors),
				kind=kind,
				direction=direction,
				impact=impact,
				noted_on=day,
				valid_until=day + timedelta(days=holds) if holds else None,
				source="Business review"
				if review
				else self.dice.one(("Customer", "Trade press", "Congress")),
				what=f"<p>{what}</p>",
				response=response,
				key_account=account,
				origin_doctype=REVIEW if review else None,
				origin_name=review,
				**self.scope(scope),
			)
		made = datetime.combine(day, time(self.dice.whole(9, 17), self.dice.whole(0, 59)))
		frappe.db.set_value(NOTE, note.name, {"creation": made, "modified": made}, update_modified=False)

	def scope(self, scope: dict) -> dict:
		"""Names of the records on this site."""
		names = dict(scope)
		for field, known in (
			("territory", self.masters.territory),
			("item_group", self.masters.item_group),
			("market_segment", self.masters.segment),
		):
			if field in names:
				names[field] = known[names[field]]
		if "competitor" in names:
			names["competitor"] = self.competitors[names["competitor"]]
		if "segment" in names and not frappe.db.exists("Key Account Segment", names["segment"]):
			del names["segment"]
		return names
