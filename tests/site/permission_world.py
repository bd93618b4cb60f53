"""A small firm whose every document exists twice: for an account of the team asked about, and for one of somebody else.

Everything of the first carries the mark Zqours, everything of the other Zqtheirs and an amount beyond all others, so that any
answer tells by itself whose documents are in it, also when it only adds them up.
"""

import json
import re

import frappe
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api import calls, opportunities
from kam_erpnext.power_map import versions
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site import call_builders, incentive_builders, kam_builders, plan_builders, power_map_builders
from tests.site import pipeline_builders as pipeline

OURS, THEIRS = "ours", "theirs"
PLACES = (OURS, THEIRS)
# sales of the two accounts; a sum with the second in it is larger than anything else on the site
AMOUNTS = {OURS: 4321, THEIRS: 77_700_077_700}
BEYOND = 10**10
# minutes of a call made, alike for no other call, so that sums of hours tell whose calls are in them
MINUTES = {OURS: 1110, THEIRS: 1236}

TEAM = ("Manager", "Coordinator", "Sponsor")
# identity: roles; who they are and where they stand is told by the name
IDENTITIES = {
	"Guest": None,
	"Portal User": ["Customer"],
	"ERPNext Sales User": ["Sales User", "Accounts User"],
	"System Manager": ["System Manager"],
	"Reader": ["KAM Reader"],
	"Sponsor of Ours": ["Executive Sponsor"],
	"Sponsor Elsewhere": ["Executive Sponsor"],
	"Coordinator of Ours": ["Key Account Coordinator"],
	"Coordinator Elsewhere": ["Key Account Coordinator"],
	"Manager of Ours": ["Key Account Manager", "Sales User"],
	"Manager Elsewhere": ["Key Account Manager", "Sales User"],
	"Fenced Manager of Both": ["Key Account Manager"],
	"Fenced Director": ["Key Account Director"],
	"Director": ["Key Account Director", "Sales User"],
	"KAM Administrator": ["KAM Administrator"],
	"Administrator": None,
}
# who may see something of ours at the most: the answer never holds anything of the others
FENCED_IN = (
	"Sponsor of Ours",
	"Coordinator of Ours",
	"Manager of Ours",
	"Fenced Manager of Both",
	"Fenced Director",
)
ELSEWHERE = ("Sponsor Elsewhere", "Coordinator Elsewhere", "Manager Elsewhere")


def email(identity: str) -> str:
	if IDENTITIES[identity] is None:
		return identity
	return f"matrix.{identity.lower().replace(' ', '.')}@example.com"


def mark(place: str) -> str:
	return f"Zq{place}"


class World:
	"""`documents[doctype][place]` is the name of a document; further ones of a doctype stand under longer places."""

	def __init__(self, identities=tuple(IDENTITIES)):
		self.identities = identities
		self.documents, self.customers, self.contacts = {}, {}, {}
		self.orders, self.versions = {}, {}
		b.ensure_company()
		frappe.db.set_single_value("KAM Settings", "company", b.COMPANY)
		frappe.clear_document_cache("KAM Settings", "KAM Settings")
		self.item = b.ensure_service_item()
		self.item_group = frappe.db.get_value("Item", self.item, "item_group")
		self.territories = {place: b.ensure_territory(f"Matrix {place}") for place in PLACES}
		for identity in identities:
			if IDENTITIES[identity]:
				_ensure_user(email(identity), IDENTITIES[identity])
		for user in identities:
			if user.startswith("Fenced"):
				b.allow_only(email(user), "Territory", self.territories[OURS])
		self.criteria = kam_builders.make_criteria().name
		self.selection = self._selection()
		for place in PLACES:
			self._account(place)
			self._planning(place)
			self._people(place)
			self._market(place)
			self._market_size(place)
			self._calls(place)
			self._figures(place)
			self._incentives(place)
		if "Portal User" in identities:
			self._portal_user()

	def of(self, doctype: str, place: str = OURS) -> str:
		return self.documents[doctype][place]

	def keep(self, place: str, doc):
		self.documents.setdefault(doc.doctype, {})[place] = doc.name
		return doc

	def new(self, doctype: str, place: str, **fields):
		return self.keep(place, _new(doctype, **fields))

	def person(self, place: str) -> str:
		return email("Manager of Ours") if place == OURS else "Administrator"

	# ---- documents

	def _account(self, place: str):
		customer = b.make_customer(f"{mark(place)} Customer", self.territories[place])
		self.customers[place] = customer.name
		self.contacts[place] = _new(
			"Contact",
			first_name=f"{mark(place)} Contact",
			links=[{"link_doctype": "Customer", "link_name": customer.name}],
		).name
		self.orders[place] = b.make_order(
			customer.name, [(self.item, 1, AMOUNTS[place])], add_days(nowdate(), -5)
		).name
		competitor = f"{mark(place)} Rival"
		if not frappe.db.exists("Competitor", competitor):
			_new("Competitor", competitor_name=competitor)
		for days in (30, 400):
			b.make_invoice(
				customer.name,
				[(self.item, 1, AMOUNTS[place])],
				add_days(nowdate(), -days),
			)
		team = ["Fenced Manager of Both"]
		if place == OURS:
			team += ["Manager of Ours", "Coordinator of Ours", "Sponsor of Ours"]
		self.keep(
			place,
			kam_builders.make_account(
				f"{mark(place)} Account",
				[customer.name],
				team=[email(user) for user in team if user in self.identities],
				needs=[{"need": f"{mark(place)} need"}] if _has("Key Account Need", "need") else [],
			),
		)
		self.new(
			"Key Account Nomination",
			place,
			party_type="Customer",
			party=b.make_customer(f"{mark(place)} Candidate", self.territories[place]).name,
			company=b.COMPANY,
			reasons=f"{mark(place)} reasons",
		)
		self.new(
			"Key Account Assessment",
			place,
			criteria=self.criteria,
			company=b.COMPANY,
			key_account=self.of("Key Account", place),
			from_date=add_days(nowdate(), -200),
			to_date=nowdate(),
		)
		self.new(
			"Key Account Selection Line",
			place,
			selection=self.selection,
			rank=1 + PLACES.index(place),
			customer=customer.name,
			customer_name=customer.customer_name,
			key_account=self.of("Key Account", place),
			territory=self.territories[place],
			net_sales=AMOUNTS[place],
			proposal="Keep",
			status_before="Active",
			meets_criteria="Yes",
			level="National",
			measures="{}",
		)

	def _selection(self) -> str:
		doc = self.keep(
			OURS,
			_new(
				"Key Account Selection",
				title="Matrix Selection",
				criteria=self.criteria,
				company=b.COMPANY,
				period_window="Rolling 12 Months",
				as_of=nowdate(),
			),
		)
		doc.db_set("workflow_state", "To Validate")
		return doc.name

	def _planning(self, place: str):
		account = self.of("Key Account", place)
		year = f"{getdate().year}-01-01"
		plan = plan_builders.make_plan(
			account,
			from_date=year,
			situation=f"{mark(place)} situation",
			targets=[{"amount": AMOUNTS[place]}],
		)
		self.keep(place, plan)
		last = f"{getdate().year - 1}-01-01"
		incentive_builders.plan_in_force(account, AMOUNTS[place], from_date=last)
		self.new(
			"Key Account Action",
			place,
			key_account=account,
			subject=f"{mark(place)} action",
			responsible="Administrator",
			start_date=nowdate(),
			end_date=add_days(nowdate(), 10),
		)
		self.new(
			"Key Account Business Review",
			place,
			key_account=account,
			company=b.COMPANY,
			review_date=nowdate(),
			title=f"{mark(place)} review",
		)

	def _people(self, place: str):
		account = self.of("Key Account", place)
		power_map = power_map_builders.make_map(
			account,
			[power_map_builders.person("P1", f"{mark(place)} person")],
			power_map_builders.judgements({"P1": {"note": f"{mark(place)} judgement"}}),
		)
		self.keep(place, power_map)
		self.versions[place] = versions.keep(power_map.name, f"{mark(place)} version")
		names = {"power_map": power_map.name, "key_account": account}
		self.new("Power Map Snapshot", place, **names, taken_on=add_days(nowdate(), -100))
		self.new("Power Map Reading", place, **names, read_by="Administrator", read_on=nowdate(), way="Form")

	def _market(self, place: str):
		account, customer = self.of("Key Account", place), self.customers[place]
		competitor = f"{mark(place)} Rival"
		self.keep(
			place,
			pipeline.make_idea(
				account,
				customer=customer,
				title=f"{mark(place)} deal",
				volumes=[(self.item_group, AMOUNTS[place])],
				contacts=[{"contact": self.contacts[place]}],
				competitors=[{"competitor": competitor}],
				expected_close=add_days(nowdate(), 60),
			),
		)
		lost = pipeline.make_idea(account, AMOUNTS[place], customer=customer, title=f"{mark(place)} lost")
		opportunities.stop(lost.name, "Lost", reasons=["Price"], lost_to=competitor)
		self.new(
			"Key Account Wallet",
			place,
			key_account=account,
			item_group=self.item_group,
			year=getdate().year,
			company=b.COMPANY,
			wallet=AMOUNTS[place] * 2,
			note=f"{mark(place)} wallet",
			shares=[{"supplier_kind": "Competitor", "competitor": competitor, "amount": AMOUNTS[place]}],
		)
		for confidentiality in ("Everybody", "Programme", "Account Team"):
			note = _new(
				"Market Intelligence",
				title=f"{mark(place)} note for {confidentiality.lower()}",
				kind="Competitor Move",
				noted_on=nowdate(),
				confidentiality=confidentiality,
				key_account=account,
			)
			self.keep(place if confidentiality == "Everybody" else f"{place}, {confidentiality}", note)

	def _market_size(self, place: str):
		"""A market that tells of nobody by itself: what was sold in it does."""
		competitor = "Matrix Rival"
		if not frappe.db.exists("Competitor", competitor):
			_new("Competitor", competitor_name=competitor)
		self.new(
			"Market Estimate",
			place,
			territory=self.territories[place],
			company=b.COMPANY,
			from_date=f"{getdate().year - 2}-01-01",
			to_date=f"{getdate().year}-12-31",
			market_value=30_000,
			competitors=[{"competitor": competitor, "market_value": 10_000}],
		)

	def _calls(self, place: str):
		person = self.person(place)
		# in a week without other calls
		day = add_days(nowdate(), -25)
		made = call_builders.make_call(self.customers[place], person, day, duration=MINUTES[place])
		calls.report(made.name, {"outcome": "Objective Reached", "made_at": str(day)})
		self.keep(
			place,
			call_builders.make_call(
				self.customers[place],
				"Administrator",
				add_days(nowdate(), 3),
				objective=f"{mark(place)} objective",
				needs_heard=f"{mark(place)} need",
				contacts=[{"contact": self.contacts[place]}],
			),
		)
		cycle = self.keep(place, call_builders.make_cycle(person))
		self.keep(place, call_builders.make_line(cycle, self.customers[place]))
		with frappe_session.as_user(person):
			self.new("Call Calendar", place, user=person)

	def _figures(self, place: str):
		account = self.of("Key Account", place)
		self.new(
			"Key Account Snapshot",
			place,
			key_account=account,
			company=b.COMPANY,
			snapshot_date=add_days(nowdate(), -1),
			currency=b.CURRENCY,
			net_sales=AMOUNTS[place],
			net_sales_year=AMOUNTS[place],
			forecast=AMOUNTS[place],
			health=55,
			health_band="Watch",
		)
		rule = frappe.db.get_value("Key Account Alarm Rule", {"kind": "Sales Drop"})
		self.new(
			"Key Account Alarm",
			place,
			key_account=account,
			rule=rule,
			kind="Sales Drop",
			company=b.COMPANY,
			text=f"{mark(place)} alarm",
			since=nowdate(),
			last_seen=nowdate(),
			severity="High",
			value=AMOUNTS[place],
		)

	def _incentives(self, place: str):
		year = getdate().year
		scheme = incentive_builders.make_scheme(
			[incentive_builders.participant(self.person(place), AMOUNTS[place])],
			title=f"{mark(place)} scheme",
			from_date=f"{year}-01-01",
			to_date=f"{year}-12-31",
		)
		self.keep(place, scheme)
		self.keep(place, incentive_builders.statement_of(scheme, self.person(place)))

	def _portal_user(self):
		contact = frappe.get_doc("Contact", self.contacts[OURS])
		contact.user = email("Portal User")
		contact.save()


def _ensure_user(user: str, roles: list[str]):
	"""In one step: each of Frappe's takes seconds."""
	if not frappe.db.exists("User", user):
		frappe.get_doc(
			{
				"doctype": "User",
				"email": user,
				"first_name": user.split("@")[0],
				"send_welcome_email": 0,
				"user_type": "Website User" if roles == ["Customer"] else "System User",
				"roles": [{"role": role} for role in roles],
			}
		).insert()


def _has(doctype: str, fieldname: str) -> bool:
	return frappe.get_meta(doctype).has_field(fieldname)


def _new(doctype: str, **fields):
	# snapshots, lines and readings are made by the app alone, whose rights nobody has
	doc = frappe.get_doc({"doctype": doctype, **fields})
	doc.flags.kam_watch = True
	return doc.insert(ignore_permissions=True)


# ---------------------------------------------------------------- whose documents are in an answer

NUMBER = re.compile(r"\d[\d,\u00a0 ]*(?:\.\d+)?(?:e\+\d+)?")


def text_of(answer) -> str:
	if isinstance(answer, bytes):
		return answer.decode("utf-8", "replace")
	return answer if isinstance(answer, str) else json.dumps(answer, default=str, ensure_ascii=False)


def seen_in(answer) -> set[str]:
	"""Places whose mark, name or amount stands in an answer; an amount also when others were added to it."""
	text = text_of(answer)
	found = {place for place in PLACES if mark(place) in text}
	for number in NUMBER.findall(text):
		digits = re.sub(r"[,\u00a0 ]", "", number)
		try:
			if float(digits) >= BEYOND and not _is_time(digits):
				found.add(THEIRS)
		except ValueError:
			pass
	return found


def _is_time(digits: str) -> bool:
	"""Milliseconds since 1970 and the like."""
	return digits.isdigit() and len(digits) == 13
