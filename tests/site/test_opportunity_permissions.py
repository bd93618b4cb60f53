"""Who sees opportunities, wallets and what is added up from them: each role by each door, lists, forms, rows, reports and
endpoints. A mark stands in everything of an account; whoever may not see the account finds it nowhere."""

import json

import frappe
import pytest
from frappe.desk import query_report, reportview
from frappe.desk.reportview import get_count
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api import (
	cards,
	imports,
	intelligence,
	opportunities,
	opportunity_matrix,
	wallet,
	whitespace,
)
from kam_erpnext.data import permissions
from kam_erpnext.setup.roles import ROLES
from tests.site import builders as b
from tests.site.kam_builders import lasting_users, make_account

OPPORTUNITY, WALLET, NOTE = "Key Account Opportunity", "Key Account Wallet", "Market Intelligence"
TEMPLATE, REASON, ESTIMATE = "Key Account Gate Template", "Key Account Win Loss Reason", "Market Estimate"
OF_ACCOUNTS = (OPPORTUNITY, WALLET)

ADMINISTRATOR, DIRECTOR, MANAGER, COORDINATOR, SPONSOR, READER = USERS_OF_ROLES = tuple(
	f"deals.{role.split()[-1].lower()}@example.com" for role in ROLES
)
SELLER = "deals.seller@example.com"
USERS = {user: [role] for user, role in zip(USERS_OF_ROLES, ROLES, strict=True)}
USERS[SELLER] = ["Sales User"]
PROGRAMME = (ADMINISTRATOR, DIRECTOR, READER)
TEAM = (MANAGER, COORDINATOR, SPONSOR)
KEYS = ("group", "branch", "other")

# doctype: what each role may do; a letter each for read, write, create, delete
RIGHTS = {
	OPPORTUNITY: ("rwcd", "rwcd", "rwcd", "rwc", "r", "r"),
	WALLET: ("rwcd", "rwcd", "rwcd", "rwc", "r", "r"),
	NOTE: ("rwcd", "rwcd", "rwc", "rwc", "r", "r"),
	ESTIMATE: ("rwcd", "rwcd", "rwc", "r", "r", "r"),
	TEMPLATE: ("rwcd", "rwc", "r", "r", "r", "r"),
	REASON: ("rwcd", "rwc", "r", "r", "r", "r"),
}
REPORTS = {
	"Key Account Pipeline": [
		{"view": view} for view in ("Deals", "Coverage of Targets", "Ageing", "Gate Conversion")
	],
	"Win and Loss": [{"by": by} for by in ("Reason", "Competitor", "Key Account", "Person", "None")],
	"Opportunity Matrix": [{}],
	"Share of Wallet": [
		{"by": by} for by in ("Key Account", "Buying Centre", "Item Group", "Wallet", "Year")
	],
	"Market Share": [{"by": by} for by in ("Territory", "Item Group", "Key Account", "Competitor")],
}


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_users(USERS):
		yield


class World:
	"""Accounts Group > Branch, and Other, each with an opportunity that fills every table, a wallet and a lost deal."""

	def __init__(self):
		self.south = b.ensure_territory("Deals South")
		self.item = b.ensure_service_item()
		self.item_group = frappe.db.get_value("Item", self.item, "item_group")
		self.customers, self.accounts = {}, {}
		self.names = {OPPORTUNITY: {}, WALLET: {}}
		for key in KEYS:
			territory = self.south if key == "other" else None
			customer = (
				b.make_customer(f"Zq{key} Customer", territory)
				if territory
				else b.make_customer(f"Zq{key} Customer")
			)
			self.customers[key] = customer.name
			self.accounts[key] = make_account(
				f"Zq{key} Account",
				[customer.name],
				parent=self.accounts.get("group") if key == "branch" else None,
			).name
			b.make_invoice(customer.name, [(self.item, 1, 500)], add_days(nowdate(), -20))
			competitor = f"Zq{key} Rival"
			if not frappe.db.exists("Competitor", competitor):
				frappe.get_doc({"doctype": "Competitor", "competitor_name": competitor}).insert()
			contact = frappe.get_doc(
				{
					"doctype": "Contact",
					"first_name": f"Zq{key}",
					"links": [{"link_doctype": "Customer", "link_name": customer.name}],
				}
			).insert()
			self.names[OPPORTUNITY][key] = self.opportunity(key, competitor, contact.name).name
			lost = self.opportunity(key, competitor, contact.name, title=f"Zq{key} lost")
			opportunities.stop(lost.name, "Lost", reasons=["Price"], lost_to=competitor)
			self.names[WALLET][key] = self.wallet(key, competitor).name

	def opportunity(self, key, competitor, contact, **fields):
		return frappe.get_doc(
			{
				"doctype": OPPORTUNITY,
				"title": f"Zq{key} project",
				"key_account": self.accounts[key],
				"customer": self.customers[key],
				"responsible": "Administrator",
				"company": b.COMPANY,
				"expected_close": add_days(nowdate(), 60),
				"strategic_us": "3",
				"effort": "2",
				"volumes": [{"year": getdate().year, "item_group": self.item_group, "amount": 1000}],
				"contacts": [{"contact": contact}],
				"competitors": [{"competitor": competitor, "offer": f"Zq{key} offer"}],
				"reasons": [{"reason": "Price"}],
				**fields,
			}
		).insert()

	def wallet(self, key, competitor):
		return frappe.get_doc(
			{
				"doctype": WALLET,
				"key_account": self.accounts[key],
				"item_group": self.item_group,
				"year": getdate().year,
				"company": b.COMPANY,
				"wallet": 5000,
				"note": f"Zq{key} note",
				"shares": [{"supplier_kind": "Competitor", "competitor": competitor, "amount": 700}],
			}
		).insert()

	def of(self, doctype, *keys):
		return {self.names[doctype][key] for key in keys}

	def join(self, user, key):
		account = frappe.get_doc("Key Account", self.accounts[key])
		account.append("team", {"user": user})
		account.save()


@pytest.fixture
def world():
	return World()


def marks(answer):
	"""Accounts of which anything stands in an answer."""
	text = json.dumps(answer, default=str)
	return {key for key in KEYS if f"Zq{key}" in text}


def assert_sees(world, doctype, *keys):
	"""List, form, count, report view and export agree."""
	mine = set(world.names[doctype].values())
	expected = world.of(doctype, *keys)
	assert set(frappe.get_list(doctype, pluck="name", limit_page_length=0)) & mine == expected
	assert {name for name in mine if frappe.get_doc(doctype, name).has_permission("read")} == expected
	filters = frappe.as_json([["name", "in", sorted(mine)]])
	frappe.local.form_dict = frappe._dict(doctype=doctype, filters=filters, fields="[]", distinct="false")
	assert get_count() == len(expected)
	frappe.local.form_dict = frappe._dict(
		doctype=doctype,
		filters=filters,
		fields=json.dumps(["name", "account_name"]),
		start=0,
		page_length=100,
	)
	assert marks(reportview.get()) == set(keys)


# ---------------------------------------------------------------- rights of the roles


@pytest.mark.parametrize("doctype", RIGHTS)
def test_rights_of_each_role(as_user, doctype):
	for user, rights in zip(USERS_OF_ROLES, RIGHTS[doctype], strict=True):
		with as_user(user):
			for letter, right in zip("rwcd", ("read", "write", "create", "delete"), strict=True):
				assert frappe.has_permission(doctype, right) == (letter in rights), (user, right)
	for user in (SELLER, "Guest"):
		with as_user(user):
			assert not frappe.has_permission(doctype, "read")


def test_every_doctype_of_this_step_is_asked_about():
	module = {"module": "KAM ERPNext", "istable": 0}
	made = set(frappe.get_all("DocType", module, pluck="name"))
	words = ("Opportunity", "Wallet", "Gate", "Win Loss", "Market")
	assert {name for name in made if any(word in name for word in words)} == set(RIGHTS)


# ---------------------------------------------------------------- lists, forms, rows


@pytest.mark.parametrize("doctype", OF_ACCOUNTS)
def test_the_programme_roles_see_every_account(world, as_user, doctype):
	for user in PROGRAMME:
		with as_user(user):
			assert_sees(world, doctype, *KEYS)


@pytest.mark.parametrize("doctype", OF_ACCOUNTS)
def test_the_others_see_those_of_their_accounts_and_below(world, as_user, doctype):
	for user in TEAM:
		with as_user(user):
			assert_sees(world, doctype)
	world.join(MANAGER, "group")
	world.join(COORDINATOR, "branch")
	world.join(SPONSOR, "other")
	for user, keys in ((MANAGER, ("group", "branch")), (COORDINATOR, ("branch",)), (SPONSOR, ("other",))):
		with as_user(user):
			assert_sees(world, doctype, *keys)


@pytest.mark.parametrize("doctype", OF_ACCOUNTS)
def test_user_permissions_fence_the_accounts(world, as_user, doctype):
	b.allow_only(DIRECTOR, "Territory", world.south)
	with as_user(DIRECTOR):
		assert_sees(world, doctype, "other")


@pytest.mark.parametrize("doctype", OF_ACCOUNTS)
def test_without_a_role_nothing_is_seen(world, as_user, doctype):
	with as_user(SELLER):
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)
		assert not frappe.get_doc(doctype, world.names[doctype]["other"]).has_permission("read")


@pytest.mark.parametrize("doctype", OF_ACCOUNTS)
def test_nobody_makes_or_moves_one_where_he_does_not_see_the_account(world, as_user, doctype):
	world.join(MANAGER, "branch")
	with as_user(MANAGER):
		document = frappe.copy_doc(frappe.get_doc(doctype, world.names[doctype]["branch"]))
		document.update({"key_account": world.accounts["other"], "customer": None})
		with pytest.raises(frappe.PermissionError):
			document.insert()
		document = frappe.get_doc(doctype, world.names[doctype]["branch"])
		document.update({"key_account": world.accounts["other"], "customer": None})
		with pytest.raises(frappe.PermissionError):
			document.save()


@pytest.mark.parametrize("doctype", OF_ACCOUNTS)
def test_readers_and_sponsors_change_nothing(world, as_user, doctype):
	for user in (READER, SPONSOR):
		world.join(user, "other")
		with as_user(user):
			document = frappe.get_doc(doctype, world.names[doctype]["other"])
			document.note = document.title = "Changed"
			with pytest.raises(frappe.PermissionError):
				document.save()
			with pytest.raises(frappe.PermissionError):
				document.delete()


TABLES = [(doctype, table) for doctype in OF_ACCOUNTS for table in permissions.TABLES[doctype]]


@pytest.mark.parametrize(("doctype", "table"), TABLES)
def test_rows_are_listed_for_visible_documents_only(world, as_user, doctype, table):
	world.join(MANAGER, "branch")
	names = world.names[doctype]

	def listed():
		rows = frappe.get_list(
			table, {"parenttype": doctype}, ["parent"], parent_doctype=doctype, limit_page_length=0
		)
		return {row.parent for row in rows} & set(names.values())

	assert listed() == set(names.values()), f"every {doctype} of the world has rows in {table}"
	with as_user(MANAGER):
		assert listed() == {names["branch"]}
	with as_user(READER):
		assert listed() == set(names.values())


def test_every_table_is_fenced():
	for doctype in OF_ACCOUNTS:
		tables = {df.options for df in frappe.get_meta(doctype).get_table_fields()}
		tables |= {
			df.options for df in frappe.get_meta(doctype).fields if df.fieldtype == "Table MultiSelect"
		}
		assert tables == set(permissions.TABLES[doctype])
	hooks = frappe.get_hooks("permission_query_conditions")
	for table in {table for _doctype, table in TABLES}:
		assert hooks[table] == ["kam_erpnext.data.permissions.row_query"]


def test_rows_of_market_estimates_follow_user_permissions(world, as_user):
	def estimate(territory, competitor):
		return frappe.get_doc(
			{
				"doctype": ESTIMATE,
				"territory": territory,
				"company": b.COMPANY,
				"from_date": "2019-01-01",
				"to_date": "2019-12-31",
				"market_value": 1000,
				"competitors": [{"competitor": competitor, "market_value": 10}],
			}
		).insert()

	here = estimate(world.south, "Zqother Rival").name
	there = estimate(b.ensure_territory("Deals North"), "Zqgroup Rival").name

	def listed():
		rows = frappe.get_list(
			"Market Estimate Competitor", fields=["parent"], parent_doctype=ESTIMATE, limit_page_length=0
		)
		return {row.parent for row in rows} & {here, there}

	with as_user(READER):
		assert listed() == {here, there}
	b.allow_only(READER, "Territory", world.south)
	with as_user(READER):
		assert listed() == {here}


# ---------------------------------------------------------------- reports


@pytest.mark.parametrize("report", REPORTS)
def test_reports_show_visible_accounts_only(world, as_user, report):
	world.join(MANAGER, "branch")
	for filters in REPORTS[report]:
		asked = {"company": b.COMPANY, **filters}
		with as_user(MANAGER):
			seen = marks(query_report.run(report, filters=asked))
			assert seen <= {"branch"}, (filters, seen)
		with as_user(READER):
			everything = marks(query_report.run(report, filters=asked))
		if everything:  # views that add up name the first or the largest one only
			assert seen == {"branch"}, filters
		with as_user(SELLER), pytest.raises(frappe.PermissionError):
			query_report.run(report, filters=asked)


def test_most_reports_speak_of_accounts(world):
	"""So that the test above does look at something."""
	spoken = {
		report
		for report, variants in REPORTS.items()
		for filters in variants
		if marks(query_report.run(report, filters={"company": b.COMPANY, **filters})) == set(KEYS)
	}
	assert spoken >= {"Key Account Pipeline", "Win and Loss", "Opportunity Matrix", "Share of Wallet"}


# ---------------------------------------------------------------- endpoints

READING, WRITING = "read", "write"


def endpoints(world, key):
	"""Every endpoint about an account, with arguments, and what it needs."""
	deal, account = {"opportunity": world.names[OPPORTUNITY][key]}, {"key_account": world.accounts[key]}
	source = {"source_name": world.names[OPPORTUNITY][key]}
	cell = {**account, "item_group": world.item_group, "company": b.COMPANY}
	origin = {"origin_doctype": OPPORTUNITY, "origin_name": world.names[OPPORTUNITY][key]}
	return {
		opportunities.state: (READING, deal),
		opportunities.customers: (READING, account),
		opportunities.pass_gate: (WRITING, deal),
		opportunities.rework_gate: (WRITING, {**deal, "reason": "Not yet"}),
		opportunities.undo_gate: (WRITING, {**deal, "reason": "Not yet"}),
		opportunities.stop: (WRITING, {**deal, "outcome": "Dropped", "reason": "Small"}),
		opportunities.reopen: (WRITING, {**deal, "reason": "Again"}),
		opportunities.win: (WRITING, deal),
		opportunity_matrix.rate: (WRITING, {**deal, "ratings": {"effort": 3}, "before": {}}),
		wallet.figures: (READING, {"wallet": world.names[WALLET][key]}),
		wallet.copy_year: (WRITING, {**account, "from_year": 2024, "to_year": 2025}),
		whitespace.save_estimate: (WRITING, {**cell, "year": getdate().year, "values": {"wallet": 9000}}),
		whitespace.make_opportunity: (
			WRITING,
			{**cell, "title": "New", "amount": 10, "responsible": "Administrator"},
		),
		intelligence.capture: (WRITING, {**origin, "values": {"title": "New", "kind": "Price"}}),
		intelligence.of_document: (READING, origin),
		intelligence.for_account: (READING, account),
		# these also need rights on documents of ERPNext
		opportunities.make_opportunity: (None, deal),
		opportunities.make_project: (None, deal),
		opportunities.make_quotation: (None, source),
		opportunities.make_sales_order: (None, source),
	}


# these answer with what the caller may see instead of refusing, or ask for rights on documents of ERPNext
NOT_ABOUT_ONE_ACCOUNT = {
	opportunities.from_document,
	opportunities.account_of_document,
	wallet.buying_centres,
	whitespace.matrix,
	whitespace.cell,
	whitespace.export,
	imports.template,
}


def attempt(function, arguments):
	"""Whether the caller may ask; a refusal for another reason, such as the state of the document, counts as yes."""
	frappe.db.savepoint("attempt")
	try:
		function(**arguments)
	except frappe.PermissionError:
		return False
	except frappe.ValidationError:
		return True
	finally:
		frappe.db.rollback(save_point="attempt")
		frappe.local.document_cache = {}
	return True


def test_every_endpoint_is_asked_about(world):
	known = set(endpoints(world, "other")) | NOT_ABOUT_ONE_ACCOUNT
	for module in (imports, intelligence, opportunities, opportunity_matrix, wallet, whitespace):
		for name, function in vars(module).items():
			if getattr(function, "__module__", "") == module.__name__ and function in frappe.whitelisted:
				assert function in known, f"{module.__name__}.{name}"


def test_endpoints_answer_the_team_and_the_programme_only(world, as_user):
	world.join(MANAGER, "branch")
	for function, (need, arguments) in endpoints(world, "branch").items():
		if need:
			with as_user(MANAGER):
				assert attempt(function, arguments), function.__name__
			with as_user(READER):
				assert attempt(function, arguments) == (need == READING), function.__name__
		with as_user(SPONSOR):
			assert not attempt(function, arguments), function.__name__
	for function, (_need, arguments) in endpoints(world, "other").items():
		for user in (MANAGER, SELLER, "Guest"):
			with as_user(user):
				assert not attempt(function, arguments), (function.__name__, user)


def test_the_matrix_holds_visible_accounts_only(world, as_user):
	world.join(MANAGER, "branch")
	filters = {"company": b.COMPANY}
	with as_user(READER):
		assert marks(whitespace.matrix(filters)) == set(KEYS)
	with as_user(MANAGER):
		page = whitespace.matrix(filters)
		assert marks(page) == {"branch"}
		assert [row["net_sales"] for row in page["rows"]] == [500] and page["total"]["net_sales"] == 500
	for user in (SELLER, "Guest"):
		with as_user(user):
			for function in (whitespace.matrix, whitespace.export):
				assert not attempt(function, {"filters": filters}), function.__name__


def test_lists_for_import_hold_visible_accounts_only(world, as_user):
	world.join(MANAGER, "branch")
	with as_user(MANAGER):
		imports.template(WALLET, getdate().year)
		assert marks(frappe.response) <= {"branch"}
	for user in (READER, SELLER):
		with as_user(user):
			assert not attempt(imports.template, {"doctype": WALLET, "year": getdate().year})


def test_buying_centres_are_visible_customers(world, as_user):
	world.join(MANAGER, "branch")
	search = {"doctype": "Customer", "searchfield": "name", "start": 0, "page_len": 50, "txt": "Zq"}
	with as_user(MANAGER):
		assert marks(wallet.buying_centres(**search, filters=None)) == {"branch"}
		asked = {"key_account": world.accounts["other"]}
		assert not attempt(wallet.buying_centres, {**search, "filters": asked})
	with as_user(SELLER):
		assert not attempt(wallet.buying_centres, {**search, "filters": None})


def test_a_document_gives_away_no_hidden_account(world, as_user):
	order = b.make_order(world.customers["other"], [(world.item, 1, 100)], nowdate())
	with as_user(SELLER):  # reads orders in ERPNext, no key accounts
		assert (
			opportunities.account_of_document("Sales Order", order.name if hasattr(order, "name") else order)
			is None
		)


CARDS = [
	name
	for name, function in vars(cards).items()
	if getattr(function, "__module__", "") == cards.__name__ and function in frappe.whitelisted
]


@pytest.mark.parametrize("name", CARDS)
def test_cards_answer_the_programme_and_no_one_else(world, as_user, name):
	with as_user(READER):
		getattr(cards, name)()
	with as_user(SELLER), pytest.raises(frappe.PermissionError):
		getattr(cards, name)()
