"""How well what we know of accounts is kept up: freshness and completeness. Neither enters the health."""

from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Max
from frappe.utils import cint, flt, formatdate, getdate

from kam_erpnext.data.permissions import SUBJECT_CONDITIONS, every, fences
from kam_erpnext.data.scorecard import Part
from kam_erpnext.data.scorecard.values import listed
from kam_erpnext.data.scorecard.world import World
from kam_erpnext.data.wallet import WALLET
from kam_erpnext.engine import scorecard as engine
from kam_erpnext.power_map import POWER_MAP

# part -> field of KAM Settings with the days it stays fresh; 0 leaves it out
LIMITS = {
	"contact": "fresh_contact",
	"review": "fresh_review",
	"map": "fresh_map",
	"intelligence": "fresh_intelligence",
	"profile": "fresh_profile",
	"wallet": "fresh_wallet",
	"assessment": "fresh_assessment",
}
TABLES = {
	"segments": "Key Account Segment Entry",
	"needs": "Key Account Need",
	"customer_goals": "Key Account Customer Goal",
	"swot": "Key Account SWOT Item",
	"value_chain": "Key Account Value Chain Activity",
}
CONFIRMED = ("needs", "customer_goals")
PROFILE_FIELDS = ("level", "overview", "yearly_spend", "stage_today")
TEAM_FIELDS = (
	"key_account_manager",
	"key_account_coordinator",
	"key_account_director",
	"executive_sponsor",
)


@dataclass
class Upkeep:
	"""What was entered about accounts and when, read for all of them at once."""

	world: World
	heads: dict[str, frappe._dict] = field(default_factory=dict)
	rows: dict[str, dict[str, int]] = field(default_factory=dict)  # table -> account -> rows
	days: dict[str, dict[str, date]] = field(default_factory=dict)  # part -> account -> last day
	maps: dict[str, frappe._dict] = field(default_factory=dict)
	with_contact: set[str] = field(default_factory=set)

	def __post_init__(self):
		world = self.world
		if not world.names or not world.present:
			return
		self.heads = {
			row.name: row
			for row in frappe.get_all(
				"Key Account",
				{"name": ["in", world.names]},
				["name", "spend_as_of", *PROFILE_FIELDS, *TEAM_FIELDS],
			)
		}
		self._read_tables()
		self._read_map()
		self.days["contact"] = {
			account: day for account in world.names if (day := world.last_contact_of(account))
		}
		self.days["review"] = {
			account: getdate(found.last.review_date) for account, found in world.reviews.items()
		}
		self.days["wallet"] = self._newest(WALLET, "as_of", below=True)
		self.days["intelligence"] = self._newest("Market Intelligence", "noted_on")
		self.days["assessment"] = self._newest("Key Account Assessment", "measured_on", submitted=True)
		self.with_contact = self._customers_with_contact()

	def _read_tables(self):
		confirmed: dict[str, date] = {
			account: getdate(row.spend_as_of) for account, row in self.heads.items() if row.spend_as_of
		}
		for name, doctype in TABLES.items():
			table = frappe.qb.DocType(doctype)
			columns = [table.parent, Count("*")]
			if name in CONFIRMED:
				columns.append(Max(table.confirmed_on))
			rows = (
				frappe.qb.from_(table)
				.select(*columns)
				.where((table.parenttype == "Key Account") & (table.parentfield == name))
				.where(table.parent.isin(self.world.names))
				.groupby(table.parent)
				.run()
			)
			self.rows[name] = {row[0]: cint(row[1]) for row in rows}
			for row in rows:
				if name in CONFIRMED and row[2]:
					confirmed[row[0]] = max(getdate(row[2]), confirmed.get(row[0], getdate(row[2])))
		self.days["profile"] = confirmed

	def _read_map(self):
		world = self.world
		table, person = frappe.qb.DocType(POWER_MAP), frappe.qb.DocType("Power Map Person")
		rows = (
			frappe.qb.from_(table)
			.left_join(person)
			.on((person.parent == table.name) & (person.parenttype == POWER_MAP))
			.select(
				table.name, table.key_account, table.modified, person.person, person.contact,
				person.relationship_owner,
			)
			.where(
				every(
					[
						(table.is_current == 1) & table.key_account.isin(world.names),
						table.opportunity.isnull() | (table.opportunity == ""),
						SUBJECT_CONDITIONS[POWER_MAP](table, world.reader),
						fences(POWER_MAP, table, world.reader),
					]
				)
			)
			.run(as_dict=True)
		)  # fmt: skip
		for row in rows:
			found = self.maps.setdefault(
				row.key_account, frappe._dict(name=row.name, people=0, filled=0, on=getdate(row.modified))
			)
			if row.person:
				found.people += 1
				found.filled += bool(row.contact) + bool(row.relationship_owner)
		self.days["map"] = {account: found.on for account, found in self.maps.items()}

	def _newest(
		self, doctype: str, fieldname: str, below: bool = False, submitted: bool = False
	) -> dict[str, date]:
		"""Account -> last day of a field of its documents the reader may see, of those below it too if asked for."""
		world, table = self.world, frappe.qb.DocType(doctype)
		conditions = [
			table.key_account.isin(world.lower if below else world.names),
			SUBJECT_CONDITIONS[doctype](table, world.reader),
			fences(doctype, table, world.reader),
		]
		if submitted:
			conditions.append(table.docstatus == 1)
		rows = (
			frappe.qb.from_(table)
			.select(table.key_account, Max(table[fieldname]))
			.where(every(conditions))
			.groupby(table.key_account)
			.run()
		)
		own = {account: getdate(day) for account, day in rows if day}
		if not below:
			return own
		found = {
			account: max((own[name] for name in world.below[account] if name in own), default=None)
			for account in world.names
		}
		return {account: day for account, day in found.items() if day}

	def _customers_with_contact(self) -> set[str]:
		if not self.world.everybody:
			return set()
		link = frappe.qb.DocType("Dynamic Link")
		return set(
			frappe.qb.from_(link)
			.select(link.link_name)
			.distinct()
			.where((link.parenttype == "Contact") & (link.link_doctype == "Customer"))
			.where(link.link_name.isin(self.world.everybody))
			.run(pluck=True)
		)

	# ------------------------------------------------------------ freshness

	def freshness(self, account: str) -> list[Part]:
		"""Parts with a limit in KAM Settings: 100 until it is reached, 0 at twice as many days, 0 when never confirmed."""
		result = []
		for key, fieldname in LIMITS.items():
			limit = cint(self.world.settings.get(fieldname))
			if limit <= 0:
				continue
			day = self.days.get(key, {}).get(account)
			age = max((self.world.on - day).days, 0) if day else None
			value = engine.freshness({key: (age, limit)})
			text = (
				_("Last confirmed on {0}, {1} days ago; it stays fresh for {2} days.").format(
					formatdate(day), age, limit
				)
				if day
				else _("Never confirmed; it should be every {0} days.").format(limit)
			)
			result.append(Part(key, FRESHNESS_LABELS[key](), value, text, self._route(key, account)))
		return result

	def _route(self, key: str, account: str) -> dict | None:
		found = self.maps.get(account)
		return {
			"review": listed("Key Account Business Review", key_account=account),
			"map": {"doctype": POWER_MAP, "name": found.name}
			if found
			else listed(POWER_MAP, key_account=account),
			"intelligence": listed("Market Intelligence", key_account=account),
			"profile": {"doctype": "Key Account", "name": account},
			"wallet": listed(WALLET, key_account=["in", sorted(self.world.below[account])]),
			"assessment": listed("Key Account Assessment", key_account=account, docstatus=1),
			"team": {"doctype": "Key Account", "name": account},
			"plan": listed("Key Account Plan", key_account=account),
			"contacts": listed("Customer", name=["in", sorted(self.world.customers[account])]),
		}.get(key)

	# ------------------------------------------------------------ completeness

	def completeness(self, account: str) -> list[Part]:
		"""Profile, team, contact persons, power map, plan and wallets, each filled to 0 to 100 percent."""
		parts = (
			("profile", *self._profile(account)),
			("team", *self._team(account)),
			("contacts", *self._contacts(account)),
			("map", *self._map(account)),
			("plan", *self._plan(account)),
			("wallet", *self._wallet(account)),
		)
		return [
			Part(key, COMPLETENESS_LABELS[key](), flt(value, 6), text, self._route(key, account))
			for key, value, text in parts
		]

	def _profile(self, account: str) -> tuple[float, str]:
		head = self.heads[account]
		filled = {name: bool(head[name]) for name in PROFILE_FIELDS}
		filled |= {name: bool(self.rows[name].get(account)) for name in TABLES}
		return _share(filled, "Key Account")

	def _team(self, account: str) -> tuple[float, str]:
		return _share({name: bool(self.heads[account][name]) for name in TEAM_FIELDS}, "Key Account")

	def _contacts(self, account: str) -> tuple[float, str]:
		customers = self.world.customers[account]
		if not customers:
			return 0.0, _("The account has no customers that you may see.")
		known = sum(name in self.with_contact for name in customers)
		return 100.0 * known / len(customers), _("{0} of {1} customers have a contact person.").format(
			known, len(customers)
		)

	def _map(self, account: str) -> tuple[float, str]:
		found = self.maps.get(account)
		if not found or not found.people:
			return 0.0, _("Nobody stands on a power map of the account.")
		return 100.0 * found.filled / (2 * found.people), _(
			"Contact and owner of the relationship of {0} people on the power map: {1} of {2} are named."
		).format(found.people, found.filled, 2 * found.people)

	def _plan(self, account: str) -> tuple[float, str]:
		plan = self.world.plans.get(account)
		if not plan:
			return 0.0, _("No plan is in force.")
		return flt(plan.completeness), _("Completeness of the plan {0}.").format(plan.title or plan.name)

	def _wallet(self, account: str) -> tuple[float, str]:
		found = self.world.wallet_of(account)
		if not found or not found[1].addressable_cells:
			return 0.0, _("No wallet is known.")
		wallets, sums = found
		return 100.0 * sums.known_cells / sums.addressable_cells, _(
			"{0} of {1} wallets of {2} are known."
		).format(sums.known_cells, sums.addressable_cells, wallets.year)


def _share(filled: dict[str, bool], doctype: str) -> tuple[float, str]:
	meta = frappe.get_meta(doctype)
	missing = [_(meta.get_label(name)) for name, is_there in filled.items() if not is_there]
	text = _("{0} of {1} are filled in.").format(len(filled) - len(missing), len(filled))
	if missing:
		text += " " + _("Missing: {0}.").format(", ".join(missing))
	return 100.0 * (len(filled) - len(missing)) / len(filled), text


FRESHNESS_LABELS = {
	"contact": lambda: _("Contact with the Customer"),
	"review": lambda: _("Business Review"),
	"map": lambda: _("Power Map"),
	"intelligence": lambda: _("Market Notes"),
	"profile": lambda: _("Profile"),
	"wallet": lambda: _("Wallets"),
	"assessment": lambda: _("Assessment"),
}
COMPLETENESS_LABELS = {
	"profile": lambda: _("Profile"),
	"team": lambda: _("Team"),
	"contacts": lambda: _("Contact Persons"),
	"map": lambda: _("Power Map"),
	"plan": lambda: _("Plan", context="KAM"),
	"wallet": lambda: _("Wallets"),
}
