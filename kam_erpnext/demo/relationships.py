"""The power maps of the demonstration: contacts made in ERPNext, maps of the accounts with judgements and earlier
versions, the messages and meetings from which the last contact is read, and scores of the months before."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import add_months, getdate

from kam_erpnext.api import power_map as api
from kam_erpnext.data.accounts import level_ranks
from kam_erpnext.demo import organisation as org
from kam_erpnext.demo import world
from kam_erpnext.demo.masters import language_of
from kam_erpnext.demo.programme import Programme
from kam_erpnext.offline.sample.generate import Dice
from kam_erpnext.power_map import snapshots
from kam_erpnext.power_map.evaluation import evaluate_maps, read_maps

SEED = 2207
CUSTOMER, PLACEHOLDER, COMPETITOR = "Person at the Customer", "Placeholder", "Competitor"
# account: people of each of its sites on the map
LARGE = {"Orvendal Health": 9}
OF_EACH_SITE = 3
SMALLEST, LARGEST = 8, 16
# one account where everything hangs on a single thread, and one where nobody speaks for us
SINGLE_THREAD = "Brackmere Kingsmere Hospital"
NO_CHAMPION = "Ondaria Policlinico Lagonero"
# accounts with earlier versions, and how many months ago these were kept
VERSIONS = {
	"Orvendal Health": (9, 4),
	"Orvendal Klinikum Falkenau": (8, 3),
	"Tannquell Kliniken": (6,),
	"Groupe Lisvaux": (5,),
	"Brackmere Hospital Trust": (7,),
}
# accounts with a map of their opportunity besides that of the account
OF_OPPORTUNITY = ("Orvendal Klinikum Falkenau",)
TREND_MONTHS = 9
COVERAGE = ("No Contact", "Brief", "Multiple", "In Depth")
WANTED = {"High": "In Depth", "Medium": "Multiple", "Low": "Brief"}
# days since the last contact, from … to, by coverage
LAST_CONTACT = {"In Depth": (2, 20), "Multiple": (8, 45), "Brief": (40, 160)}
SUBJECTS = (
	"Dates for the training week",
	"Your question about the service contract",
	"Figures for the equipment board",
	"Delivery of the sensors",
	"Minutes of our talk",
)
MEETINGS = ("Talk on site", "Lunch after the equipment board", "Walk through the ward")


@dataclass
class Map:
	"""What a map is going to hold."""

	account: str
	people: dict[str, dict] = field(default_factory=dict)
	judged: dict[str, dict] = field(default_factory=dict)
	links: list[dict] = field(default_factory=list)
	relations: list[dict] = field(default_factory=list)

	def rows(self) -> list[dict]:
		return [dict(row) for row in self.people.values()]

	def judgements(self) -> str:
		here = set(self.people)
		return frappe.as_json(
			{
				"people": {key: values for key, values in self.judged.items() if key in here},
				"links": [link for link in self.links if {link["source"], link["target"]} <= here],
				"relations": [row for row in self.relations if row["person"] in here],
			}
		)


class Relationships:
	def __init__(self, programme: Programme, competitors: list[str]):
		self.programme = programme
		self.register = programme.register
		self.today = programme.today
		self.competitor = competitors[0] if competitors else None
		self.dice = Dice(SEED)
		self.contacts: dict[tuple[str, str], dict] = {}  # (customer, position) -> contact
		self.names: set[tuple[str, str]] = set()
		self.maps: dict[str, str] = {}  # account name -> map
		self.versions: list[tuple[str, date]] = []

	def run(self) -> None:
		accounts = frappe.get_all(
			"Key Account",
			{"name": ("in", self.register.names("Key Account")), "status": ("in", ("Active", "On Watch"))},
			["name", "account_name", "level", "lft", "rgt", "key_account_manager"],
			order_by="lft",
		)
		for account in accounts:
			self.make_map(account)
		for name in OF_OPPORTUNITY:
			if name in self.maps:
				self.make_map_of_opportunity(next(row for row in accounts if row.account_name == name))

	# ------------------------------------------------------------ who is on a map

	def make_map(self, account) -> None:
		customers = self.customers_of(account)
		if not customers:
			return
		manager = account.key_account_manager
		warmth = self.dice.between(0.4, 0.85)
		planned = Map(account.name)
		below = [name for name in customers if name not in self.own_customers(account)]
		begun = self.today - timedelta(days=self.dice.whole(200, 290))
		with self.programme.made_by(manager, begun):
			if below and len(customers) > 1:
				self.add_group(planned, account, customers)
			else:
				count = self.dice.whole(SMALLEST, LARGEST)
				self.add_site(planned, customers[0], org.SITE[:count])
			self.add_outside(planned)
			self.judge(planned, account, warmth)
			self.tie(planned)
			self.relate(planned, account)
			self.exceptions(planned, account.account_name)
			self.maps[account.account_name] = self.store(planned, account)
		self.keep_in_touch(planned, account)
		self.take_snapshots(self.maps[account.account_name], account.name)

	def customers_of(self, account) -> list[str]:
		below = frappe.get_all(
			"Key Account",
			{"lft": (">=", account.lft), "rgt": ("<=", account.rgt)},
			pluck="name",
			order_by="lft",
		)
		rows = frappe.get_all(
			"Key Account Customer", {"parent": ("in", below)}, ["customer", "parent"], order_by="idx"
		)
		return [row.customer for name in below for row in rows if row.parent == name]

	def own_customers(self, account) -> set[str]:
		return set(frappe.get_all("Key Account Customer", {"parent": account.name}, pluck="customer"))

	def add_group(self, planned: Map, account, customers: list[str]) -> None:
		"""The board of a group and the first people of its sites."""
		top = level_ranks()[account.level] == min(level_ranks().values())
		board = org.BOARD if top else org.BOARD[:7]
		for row in board:
			self.add(planned, row, row[0], customers[0], account.account_name)
		for number, customer in enumerate(customers):
			for row in org.SITE[: LARGE.get(account.account_name, OF_EACH_SITE)]:
				self.add(planned, row, f"{row[0]}{number}", customer, suffix=str(number))

	def add_site(self, planned: Map, customer: str, rows: tuple) -> None:
		for row in rows:
			self.add(planned, row, row[0], customer)

	def add(
		self,
		planned: Map,
		row: tuple,
		key: str,
		customer: str,
		organisation: str | None = None,
		suffix: str = "",
	) -> None:
		position, title, department, superior, _roles, _power = row
		if superior:
			superior += suffix
		elif suffix:
			superior = org.OVER_SITES
		values = {
			"person": key,
			"reports_to": superior if superior in planned.people else "",
			"designation": title,
			"department": department,
		}
		# a laboratory nobody of us knows
		if position in org.PLACEHOLDERS and self.dice.chance(0.8):
			planned.people[key] = {**values, "person_name": title, "kind": PLACEHOLDER, "designation": ""}
			return
		contact = self.contact(customer, position, title, department, organisation)
		planned.people[key] = {
			**values,
			"person_name": contact["full_name"],
			"kind": CUSTOMER,
			"contact": contact["name"],
			"organisation": contact["company_name"],
		}

	def contact(
		self, customer: str, position: str, title: str, department: str, organisation: str | None
	) -> dict:
		"""The person in a position of a customer: the contact that is there already, or a new one."""
		known = self.contacts.get((customer, position))
		if known:
			return known
		name, territory = frappe.db.get_value("Customer", customer, ["customer_name", "territory"])
		there = frappe.get_all(
			"Contact",
			[
				["Dynamic Link", "link_doctype", "=", "Customer"],
				["Dynamic Link", "link_name", "=", customer],
				["designation", "=", title],
			],
			["name", "first_name", "last_name", "company_name"],
			limit=1,
		)
		if there:
			found = {**there[0], "full_name": f"{there[0].first_name} {there[0].last_name}"}
		else:
			first, last = self.name_of(territory)
			domain = frappe.scrub(organisation or name).replace("_", "-").encode("ascii", "ignore").decode()
			doc = self.register.make(
				"Contact",
				first_name=first,
				last_name=last,
				designation=title,
				department=department,
				company_name=organisation or name,
				email_ids=[
					{"email_id": f"{address(first)}.{address(last)}@{domain}.example", "is_primary": 1}
				],
				links=[{"link_doctype": "Customer", "link_name": customer}],
			)
			found = {"name": doc.name, "full_name": f"{first} {last}", "company_name": organisation or name}
		self.contacts[customer, position] = found
		return found

	def name_of(self, territory: str) -> tuple[str, str]:
		"""A name nobody has yet."""
		try:
			language = language_of(world.country_of(territory))
		except KeyError:
			language = "en"
		for _try in range(200):
			name = self.dice.one(org.FIRST_NAMES[language]), self.dice.one(org.LAST_NAMES[language])
			if name not in self.names:
				break
		self.names.add(name)
		return name

	def add_outside(self, planned: Map) -> None:
		for key, kind, name, title, _roles, _power in org.OUTSIDE:
			if len(planned.people) > 11 or self.dice.chance(0.5):
				planned.people[key] = {
					"person": key, "person_name": name, "kind": kind, "designation": title, "reports_to": "",
				}  # fmt: skip
		if self.competitor and self.dice.chance(0.7):
			planned.people["competitor"] = {
				"person": "competitor",
				"person_name": self.competitor,
				"kind": COMPETITOR,
				"competitor": self.competitor,
				"reports_to": "",
			}

	# ------------------------------------------------------------ what we think of them

	def judge(self, planned: Map, account, warmth: float) -> None:
		positions = {row[0]: row for row in (*org.SITE, *org.BOARD)}
		outside = {row[0]: (None, None, None, None, row[4], row[5]) for row in org.OUTSIDE}
		manager = account.key_account_manager
		for key, person in planned.people.items():
			position = positions.get(key) or positions.get(key.rstrip("0123456789")) or outside.get(key)
			if not position or (person["kind"] == PLACEHOLDER and not self.dice.chance(0.6)):
				continue
			_key, _title, _department, _superior, roles, power = position
			judged = {"roles": list(roles), "power": power if self.dice.chance(0.92) else ""}
			planned.judged[key] = judged
			if person["kind"] == PLACEHOLDER:
				judged["coverage_wanted"] = WANTED[power]
				continue
			if person["kind"] == CUSTOMER:
				person["relationship_owner"] = manager if self.dice.chance(0.85) else world.COORDINATOR
				if power == "High":
					person["second_owner"] = world.DIRECTOR if self.dice.chance(0.6) else None
					person["contact_rhythm"] = 30
			mood = warmth + self.dice.between(-0.38, 0.3)
			if "Champion" in roles:
				mood += 0.25
			if "Buyer" in roles:
				mood -= 0.18
			self.feel(judged, mood)
			judged["coverage_wanted"] = WANTED[power]

	def feel(self, judged: dict, mood: float) -> None:
		if self.dice.chance(0.1):  # nobody has said yet
			return
		level = 3 if mood > 0.82 else 2 if mood > 0.55 else 1 if mood > 0.32 else 0
		relationship = "Positive" if mood > 0.6 else "Neutral" if mood > 0.36 else "Poor"
		support = {"Positive": (1, 2, 1), "Neutral": (0, 0, 1), "Poor": (-1, -2, -1)}[relationship]
		judged.update(relationship=relationship, support=self.dice.one(support), coverage=COVERAGE[level])
		if self.dice.chance(0.3):
			judged["note"] = self.dice.one(org.NOTES[relationship])

	def tie(self, planned: Map) -> None:
		"""Influence, conflicts and contacts of the competitor; of a group also those within its first sites."""
		for source, target, kind, both, strength, note in org.LINKS:
			for suffix in ("", "0", "1"):
				pair = [f"{source}{suffix}", f"{target}{suffix}"]
				if not set(pair) <= set(planned.people):
					continue
				planned.links.append(
					{
						"id": f"l{len(planned.links) + 1}",
						"source": pair[0],
						"target": pair[1],
						"kind": kind,
						"both_ways": both,
						"strength": strength,
						"note": note,
					}
				)
				if kind == "Competitor Contact" and pair[1] in planned.judged:
					planned.judged[pair[1]]["competitor"] = self.competitor

	def relate(self, planned: Map, account) -> None:
		"""Who of us knows whom: the manager nearly everybody, the others those of their own field."""
		fields = {
			world.COORDINATOR: ("buyer", "consumables", "purchasing", "devices", "supplies", "engineer"),
			world.DIRECTOR: ("director", "chief", "operations", "finance", "money"),
			world.SPONSOR: ("chief", "director"),
			world.OPERATIONS: ("finance", "it", "digital", "counsel"),
		}
		sponsor = frappe.db.get_value("Key Account", account.name, "executive_sponsor")
		for key, person in planned.people.items():
			judged = planned.judged.get(key)
			if person["kind"] in (PLACEHOLDER, COMPETITOR) or not judged or not judged.get("coverage"):
				continue
			strength = COVERAGE.index(judged["coverage"])
			wanted = COVERAGE.index(judged["coverage_wanted"])
			self.relation(
				planned,
				key,
				person.get("relationship_owner") or account.key_account_manager,
				strength,
				wanted,
			)
			for user, positions in fields.items():
				if key.rstrip("0123456789") not in positions or (user == world.SPONSOR and not sponsor):
					continue
				if user != person.get("relationship_owner") and self.dice.chance(0.75):
					self.relation(planned, key, user, self.dice.whole(0, 2), self.dice.one((1, 2, 2, 3)))

	def relation(self, planned: Map, key: str, user: str, strength: int, wanted: int) -> None:
		planned.relations.append({"person": key, "user": user, "strength": strength, "wanted": wanted})

	def exceptions(self, planned: Map, account_name: str) -> None:
		if account_name == NO_CHAMPION:
			for judged in planned.judged.values():
				judged["roles"] = [role for role in judged["roles"] if role != "Champion"]
				judged["support"] = min(judged.get("support", 0), 0)
		if account_name == SINGLE_THREAD:
			for key, judged in planned.judged.items():
				if key != "technology" and judged.get("coverage"):
					judged["coverage"] = "No Contact"
			planned.judged["technology"].update(coverage="In Depth", relationship="Positive", support=1)
			planned.relations = [row for row in planned.relations if row["person"] == "technology"][:1]

	# ------------------------------------------------------------ store it, with the versions before

	def store(self, planned: Map, account) -> str:
		months = VERSIONS.get(account.account_name, ())
		states = [self.earlier(planned, len(months) - number) for number in range(len(months))]
		name = None
		for before, ago in zip(states, months, strict=True):
			name = self.save(name, before)
			version = api.keep_version(name, _("Review of the relationships"))
			self.versions.append((version, add_months(self.today, -ago)))
		name = self.save(name, planned)
		self.date_versions()
		return name

	def save(self, name: str | None, planned: Map, **fields) -> str:
		if name:
			doc = frappe.get_doc("Power Map", name)
			doc.set("people", [])
		else:
			doc = frappe.get_doc({"doctype": "Power Map", "key_account": planned.account, **fields})
		for row in planned.rows():
			doc.append("people", row)
		doc.judgements = planned.judgements()
		return (doc.save() if name else doc.insert()).name

	def earlier(self, planned: Map, steps: int) -> Map:
		"""The map some steps ago: some were not there yet, another head of purchasing, colder relationships."""
		before = Map(planned.account, links=planned.links[: -2 * steps or None], relations=planned.relations)
		leaves = set(planned.people) - {row["reports_to"] for row in planned.people.values()}
		new = set(sorted(leaves & {row["person"] for row in planned.relations})[: 2 * steps])
		for key, person in planned.people.items():
			if key not in new:
				before.people[key] = dict(person)
		buyer = next((key for key in ("category", "purchasing") if key in before.people), None)
		if buyer and steps == 1:
			before.people["before"] = {
				"person": "before",
				"person_name": org.BEFORE[0],
				"designation": org.BEFORE[1],
				"kind": CUSTOMER,
				"reports_to": before.people[buyer]["reports_to"],
			}
			before.judged["before"] = {
				"roles": ["Buyer"],
				"power": "High",
				"relationship": "Poor",
				"support": -1,
			}
		top = next(iter(before.people))
		for key in sorted(leaves - new - {"before"})[:steps]:
			if before.people[key]["reports_to"]:
				before.people[key]["reports_to"] = top
		for number, (key, judged) in enumerate(planned.judged.items()):
			then = before.judged[key] = dict(judged)
			if number % 3 == 1 and judged.get("coverage"):
				then["coverage"] = COVERAGE[max(0, COVERAGE.index(judged["coverage"]) - steps)]
				then["relationship"] = {"Positive": "Neutral"}.get(
					judged["relationship"], judged["relationship"]
				)
				then["support"] = max(-2, judged["support"] - steps)
		return before

	def date_versions(self) -> None:
		for version, day in self.versions:
			frappe.db.set_value("Power Map", version, "version_date", day, update_modified=False)
			moment = datetime.combine(day, time(16, 20))
			frappe.db.set_value(
				"Power Map", version, {"creation": moment, "modified": moment}, update_modified=False
			)
		self.versions = []

	def make_map_of_opportunity(self, account) -> None:
		customers = self.customers_of(account)
		opportunity = frappe.db.get_value(
			"Opportunity", {"opportunity_from": "Customer", "party_name": ("in", customers)}
		)
		if not opportunity:
			return
		planned = Map(account.name)
		chosen = (
			"director",
			"medical",
			"purchasing",
			"anaesthesia",
			"technology",
			"nursing",
			"ward",
			"intensive",
		)
		with self.programme.made_by(account.key_account_manager, self.today - timedelta(days=12)):
			self.add_site(planned, customers[0], tuple(row for row in org.SITE if row[0] in chosen))
			self.judge(planned, account, 0.7)
			self.tie(planned)
			self.relate(planned, account)
			self.save(None, planned, opportunity=opportunity)

	# ------------------------------------------------------------ messages, meetings and the months before

	def keep_in_touch(self, planned: Map, account) -> None:
		"""The last messages and meetings with everybody we are in contact with."""
		manager = account.key_account_manager
		messages = []
		with self.programme.made_by(manager):
			for key, person in planned.people.items():
				coverage = planned.judged.get(key, {}).get("coverage")
				if coverage not in LAST_CONTACT or not person.get("contact"):
					continue
				first, last = LAST_CONTACT[coverage]
				owner = person.get("relationship_owner") or manager
				days = self.dice.whole(first, last)
				if self.dice.chance(0.1):
					self.meeting(person, days)
				else:
					messages.append((person, owner, days, "Sent"))
				if coverage == "In Depth":
					messages.append((person, owner, days + self.dice.whole(3, 30), "Received"))
		for message in messages:
			self.message(*message)

	def message(self, person: dict, owner: str, days: int, direction: str) -> None:
		address = frappe.db.get_value("Contact", person["contact"], "email_id")
		subject = self.dice.one(SUBJECTS)
		self.register.make(
			"Communication",
			communication_type="Communication",
			communication_medium="Email",
			sent_or_received=direction,
			subject=subject,
			content=subject,
			sender=owner if direction == "Sent" else address,
			recipients=address if direction == "Sent" else owner,
			user=owner,
			status="Linked",
			communication_date=self.moment(days),
			reference_doctype="Contact",
			reference_name=person["contact"],
		)

	def meeting(self, person: dict, days: int) -> None:
		start = self.moment(days)
		self.register.make(
			"Event",
			subject=f"{self.dice.one(MEETINGS)}: {person['person_name']}",
			event_category="Meeting",
			event_type="Public",
			status="Completed",
			starts_on=start,
			ends_on=start + timedelta(hours=1),
			event_participants=[{"reference_doctype": "Contact", "reference_docname": person["contact"]}],
		)

	def moment(self, days: int) -> datetime:
		return datetime.combine(self.today - timedelta(days=days), time(self.dice.whole(8, 16), 30))

	def take_snapshots(self, power_map: str, account: str) -> None:
		"""Today's scores, and those of the months before, when less was known and fewer people were met."""
		found = evaluate_maps(read_maps([power_map])).get(power_map)
		if not found:
			return
		now = snapshots.values_of(found)
		for ago in range(TREND_MONTHS, -1, -1):
			then = {
				field: value if value is None else self.before(field, value, ago)
				for field, value in now.items()
			}
			snapshots.keep(power_map, account, getdate(add_months(self.today, -ago)), then)

	def before(self, field: str, value: float, ago: int) -> float:
		"""A figure some months ago."""
		lowest = -2 if field == "support_index" else min(value, 3) if field == "people" else 0
		step = {
			"people": 0.5,
			"threads": 0.4,
			"our_people": 0.1,
			"coverage": 2.4,
			"role_completeness": 2.0,
			"support_index": 0.05,
			"rule_score": 0.14,
			"status_ladder": 0.2,
		}[field]
		loss = step * ago * (self.dice.between(0.7, 1.3) if ago else 1)
		digits = {"coverage": 1, "role_completeness": 1, "support_index": 2, "rule_score": 2}.get(field)
		return max(lowest, round(value - loss, digits) if digits else value - int(loss))


def address(name: str) -> str:
	"""A name as part of an e-mail address."""
	return "".join(letter for letter in name.lower().replace(" ", "") if letter.isascii()) or "contact"
