"""The demonstration company and its master data."""

from datetime import date, timedelta

import frappe
from erpnext.accounts.utils import get_fiscal_years
from frappe import _
from frappe.utils import getdate
from frappe.utils.nestedset import get_root_of

from kam_erpnext.demo import world
from kam_erpnext.demo.history import Customer, History
from kam_erpnext.demo.register import Register, free_name

FIRST_NAMES = {
	"de": ("Anja", "Bernd", "Christine", "Dieter", "Eva", "Florian", "Gudrun", "Holger"),
	"fr": ("Amélie", "Bruno", "Céline", "Didier", "Hélène", "Luc"),
	"it": ("Alessia", "Bruno", "Chiara", "Dario", "Elena"),
	"nl": ("Anouk", "Bram", "Femke", "Joost"),
	"en": ("Alice", "Brian", "Carol", "Duncan", "Eleanor", "Frank"),
	"ja": ("Akiko", "Hiroshi", "Keiko", "Naoki"),
}
LAST_NAMES = {
	"de": ("Albers", "Brinkhaus", "Dressler", "Ehlers", "Fassbender", "Grothe", "Hellwig"),
	"fr": ("Aubertin", "Bonnefoy", "Chastain", "Delorme", "Fournel"),
	"it": ("Bellucci", "Carminati", "Donadoni", "Ferraris"),
	"nl": ("Bakhuis", "Dekkers", "Hoekstra"),
	"en": ("Atherton", "Bingley", "Carmody", "Dunmore", "Ellwood"),
	"ja": ("Arakawa", "Hayashida", "Inoue"),
}
# how many of the largest customers have a person from the beginning
WITH_CONTACT = 50
FUNCTIONS = ("Head of Purchasing", "Medical Director", "Managing Director", "Head of Medical Technology")
STREETS = {
	"de": "Parkstraße",
	"fr": "Avenue du Parc",
	"it": "Viale del Parco",
	"nl": "Parklaan",
	"en": "Park Road",
	"ja": "Chuo",
}


class Masters:
	"""Makes the masters and knows their names on this site (`territory["Germany North"]` …)."""

	def __init__(self, register: Register, history: History):
		self.register = register
		self.history = history
		self.territory: dict[str, str] = {}
		self.customer_group: dict[str, str] = {}
		self.segment: dict[str, str] = {}
		self.item_group: dict[str, str] = {}
		self.item: dict[str, str] = {}
		self.supplier: dict[str, str] = {}
		self.sales_person: dict[str, str] = {}
		self.customer: dict[int, str] = {}

	# ------------------------------------------------------------ company

	def make_company(self) -> None:
		like = frappe.get_cached_doc("Company", existing_company())
		company = self.register.make(
			"Company",
			company_name=world.COMPANY,
			abbr=world.ABBR,
			default_currency=like.default_currency,
			country=world.COUNTRY,
			create_chart_of_accounts_based_on="Standard Template",
			chart_of_accounts="Standard",
			enable_perpetual_inventory=1,
			default_holiday_list=like.default_holiday_list,
		)
		frappe.flags.country_change = False  # left behind by Company
		# sales and purchases of the demonstration are net
		for doctype in ("Sales Taxes and Charges Template", "Purchase Taxes and Charges Template"):
			template = frappe.qb.DocType(doctype)
			frappe.qb.update(template).set(template.is_default, 0).where(
				template.company == company.name
			).run()
		self.currency = company.default_currency
		self.bank = self.make_bank_account()
		self.warehouse = frappe.db.get_value(
			"Warehouse",
			{"company": world.COMPANY, "is_group": 0, "warehouse_type": ("is", "not set")},
			order_by="creation",
		)

	def make_bank_account(self) -> str:
		group = frappe.db.get_value(
			"Account", {"company": world.COMPANY, "account_type": "Bank", "is_group": 1}
		)
		account = frappe.get_doc(
			{
				"doctype": "Account",
				"account_name": "House Bank",
				"parent_account": group,
				"company": world.COMPANY,
				"account_type": "Bank",
				"account_currency": self.currency,
			}
		).insert()
		frappe.db.set_value("Company", world.COMPANY, "default_bank_account", account.name)
		return account.name

	def make_fiscal_years(self) -> None:
		"""Covers the whole history with what the site has, and with years for this company where it has none."""
		day, last = self.history.first - timedelta(days=1), getdate()
		while day <= last:
			year = self.ensure_fiscal_year(day)
			day = getdate(year.year_end_date) + timedelta(days=1)

	def ensure_fiscal_year(self, day: date):
		found = get_fiscal_years(day, company=world.COMPANY, as_dict=True, boolean=True)
		if found:
			return found[0]
		name = frappe.db.get_value(
			"Fiscal Year", {"disabled": 0, "year_start_date": ("<=", day), "year_end_date": (">=", day)}
		)
		if name:  # reserved for other companies: joins them, and leaves again with the company
			year = frappe.get_doc("Fiscal Year", name)
			year.append("companies", {"company": world.COMPANY})
			return year.save()
		start, end, short = self.new_fiscal_year(day)
		label = str(start.year) if start.year == end.year else f"{start.year}-{end.year}"
		return self.register.make(
			"Fiscal Year",
			year=free_name("Fiscal Year", label),
			year_start_date=start,
			year_end_date=end,
			is_short_year=int(short),
			companies=[{"company": world.COMPANY}],
		)

	def new_fiscal_year(self, day: date) -> tuple[date, date, bool]:
		"""A year in step with those of the site, shortened where it would overlap one."""
		years = [
			(getdate(y.year_start_date), getdate(y.year_end_date))
			for y in get_fiscal_years(company=world.COMPANY)
		]
		step = min(years)[0] if years else date(day.year, 1, 1)
		start = step.replace(year=day.year, day=min(step.day, 28))
		if start > day:
			start = start.replace(year=day.year - 1)
		end = start.replace(year=start.year + 1) - timedelta(days=1)
		full = (start, end)
		for other_start, other_end in years:
			if other_end < day:
				start = max(start, other_end + timedelta(days=1))
			if other_start > day:
				end = min(end, other_start - timedelta(days=1))
		return start, end, (start, end) != full

	# ------------------------------------------------------------ trees

	def make_trees(self) -> None:
		top = self.node("Territory", world.ROOT_TERRITORY, None, True)
		self.territory[world.ROOT_TERRITORY] = top
		for region, countries in world.TERRITORIES.items():
			self.territory[region] = self.node("Territory", region, top, True)
			for country, (_language, territories) in countries.items():
				self.territory[country] = self.node("Territory", country, self.territory[region], True)
				for name in territories:
					self.territory[name] = self.node("Territory", name, self.territory[country], False)
		top = self.node("Customer Group", world.ROOT_CUSTOMER_GROUP, None, True)
		for name in world.CUSTOMER_GROUPS:
			self.customer_group[name] = self.node("Customer Group", name, top, False)
		for name in world.MARKET_SEGMENTS:
			label = free_name("Market Segment", name)
			self.segment[name] = self.register.make("Market Segment", market_segment=label).name
		top = self.products = self.node("Item Group", world.ROOT_ITEM_GROUP, None, True)
		for name in world.PRODUCTS:
			self.item_group[name] = self.node("Item Group", name, top, False)
		top = self.node("Sales Person", world.ROOT_SALES_PERSON, None, True)
		for team, people in world.SALES_PEOPLE.items():
			parent = self.node("Sales Person", team, top, True)
			for name, _territories in people:
				self.sales_person[name] = self.node("Sales Person", name, parent, False)

	def node(self, doctype: str, label: str, parent: str | None, is_group: bool) -> str:
		key = frappe.scrub(doctype)
		values = {
			f"{key}_name": free_name(doctype, label),
			f"parent_{key}": parent or get_root_of(doctype),
			"is_group": int(is_group),
		}
		if doctype == "Sales Person":
			values["enabled"] = 1
		return self.register.make(doctype, **values).name

	# ------------------------------------------------------------ items and suppliers

	def make_items(self) -> None:
		self.selling = self.price_list("Halden Price List", selling=1)
		self.buying = self.price_list("Halden Purchasing", buying=1)
		group = self.register.make(
			"Supplier Group",
			supplier_group_name=free_name("Supplier Group", "Halden Suppliers"),
			parent_supplier_group=get_root_of("Supplier Group"),
		).name
		unit = frappe.db.get_single_value("Stock Settings", "stock_uom") or "Nos"
		for line, (supplier, items) in world.PRODUCTS.items():
			if supplier not in self.supplier:
				self.supplier[supplier] = self.register.make(
					"Supplier",
					naming_series=f"{world.SERIES}SUPP-.####",
					supplier_name=supplier,
					supplier_group=group,
					allow_purchase_invoice_creation_without_purchase_order=1,
					allow_purchase_invoice_creation_without_purchase_receipt=1,
				).name
			for code, name, price, _margin in items:
				self.make_item(code, name, line, unit, price)

	def price_list(self, name: str, **purpose) -> str:
		return self.register.make(
			"Price List",
			price_list_name=free_name("Price List", name),
			currency=self.currency,
			enabled=1,
			**purpose,
		).name

	def make_item(self, code: str, name: str, line: str, unit: str, price: float) -> None:
		item = self.register.make(
			"Item",
			naming_series=f"{world.SERIES}ITEM-.####",
			item_code=code,
			item_name=name,
			item_group=self.item_group[line],
			stock_uom=unit,
			is_stock_item=int(line != world.SERVICES),
			valuation_method="Moving Average",
			include_item_in_manufacturing=0,
			item_defaults=[
				{
					"company": world.COMPANY,
					"default_warehouse": self.warehouse,
					"default_price_list": self.selling,
				}
			],
		)
		self.item[code] = item.name
		self.register.make(
			"Item Price",
			item_code=item.name,
			price_list=self.selling,
			price_list_rate=price,
			valid_from=self.history.first,
		)

	# ------------------------------------------------------------ customers

	def make_customers(self) -> None:
		for customer in self.history.customers:
			self.customer[customer.number] = self.make_customer(customer)
		largest = sorted(self.history.customers, key=lambda c: (not c.hospital_group, -c.yearly))
		for position, customer in enumerate(largest):
			if position < WITH_CONTACT:
				self.make_contact(customer, position)
			self.make_address(customer, position)

	def make_customer(self, customer: Customer) -> str:
		return self.register.make(
			"Customer",
			naming_series=f"{world.SERIES}CUST-.####",
			customer_name=customer.name,
			customer_type="Company",
			customer_group=self.customer_group[customer.group],
			territory=self.territory[customer.territory],
			market_segment=self.segment[world.SEGMENT_OF_GROUP[customer.group]],
			so_required=1,
			dn_required=1,
			kam_potential=customer.potential,
			kam_potential_note=_("Estimate of the sales person") if customer.potential else None,
			kam_influence_reach=customer.reach,
			sales_team=[
				{
					"sales_person": self.sales_person[world.sales_person_of(customer.territory)],
					"allocated_percentage": 100,
				}
			],
		).name

	def make_contact(self, customer: Customer, position: int) -> None:
		language = language_of(customer.country)
		first = FIRST_NAMES[language][position % len(FIRST_NAMES[language])]
		last = LAST_NAMES[language][position // 2 % len(LAST_NAMES[language])]
		self.register.make(
			"Contact",
			first_name=first,
			last_name=last,
			designation=FUNCTIONS[position % len(FUNCTIONS)],
			company_name=customer.name,
			is_primary_contact=1,
			links=[{"link_doctype": "Customer", "link_name": self.customer[customer.number]}],
		)

	def make_address(self, customer: Customer, position: int) -> None:
		language = language_of(customer.country)
		self.register.make(
			"Address",
			address_title=customer.name,
			address_type="Billing",
			address_line1=f"{STREETS[language]} {position * 3 + 1}",
			city=town_of(customer.name),
			pincode=postal_code_of(customer.territory, town_of(customer.name)),
			country=customer.country.removeprefix("Halden "),
			is_primary_address=1,
			links=[{"link_doctype": "Customer", "link_name": self.customer[customer.number]}],
		)

	# ------------------------------------------------------------ users

	def make_users(self, password: str, fenced: bool) -> None:
		for email, (first_name, last_name, role, roles, _look) in world.USERS.items():
			user = self.register.make(
				"User",
				email=email,
				first_name=first_name,
				last_name=last_name,
				user_type="System User",
				send_welcome_email=0,
				new_password=password,
				roles=[{"role": name} for name in (role, *roles)],
			)
			frappe.defaults.set_user_default("company", world.COMPANY, user=user.name)
			# nobody reads the mails of invented people
			frappe.db.set_value("Notification Settings", user.name, "enable_email_notifications", 0)
			for doctype, name in self.fences(email, fenced):
				self.register.make("User Permission", user=email, allow=doctype, for_value=name)
		director = self.make_employee(world.DIRECTOR, None)
		for email in (world.MANAGER_ONE, world.MANAGER_TWO, world.MANAGER_UK, world.COORDINATOR):
			self.make_employee(email, director)

	def make_employee(self, email: str, manager: str | None) -> str:
		first_name, last_name, *_rest = world.USERS[email]
		return make_employee(
			self.register, first_name, last_name, self.history.first, user_id=email, reports_to=manager
		)

	def fences(self, email: str, fenced: bool) -> list[tuple[str, str]]:
		"""User Permissions of a log-in.

		On a site with customers of its own the demonstration users see those of the demonstration only.
		"""
		fences = [("Company", world.COMPANY)] if fenced else []
		if email == world.MANAGER_UK:
			return [*fences, (world.FENCE[0], self.territory[world.FENCE[1]])]
		return [*fences, ("Territory", self.territory[world.ROOT_TERRITORY])] if fenced else []


def make_employee(register: Register, first_name: str, last_name: str, since: date, **values) -> str:
	"""An employee of the demonstration company, without the User Permissions that ERPNext would fence the log-in with."""
	return register.make(
		"Employee",
		naming_series=f"{world.SERIES}EMP-.###",
		first_name=first_name,
		last_name=last_name,
		company=world.COMPANY,
		status="Active",
		gender=frappe.db.get_value("Gender", {}, order_by="name"),
		date_of_birth=date(since.year - 41, 5, 1),
		date_of_joining=date(since.year - 3, 1, 1),
		create_user_permission=0,
		**values,
	).name


def existing_company() -> str:
	"""The company whose currency the demonstration takes over."""
	name = frappe.db.get_single_value("Global Defaults", "default_company") or frappe.db.get_value(
		"Company", {}
	)
	if not name:
		frappe.throw(_("This site has no company yet. Please finish the setup wizard of ERPNext first."))
	return name


def language_of(country: str) -> str:
	return next(countries[country][0] for countries in world.TERRITORIES.values() if country in countries)


def town_of(name: str) -> str:
	towns = {town for names in world.TOWNS.values() for town in names}
	return next((town for town in sorted(towns, key=len, reverse=True) if town in name), "Seebrunn")


def postal_code_of(territory: str, town: str) -> str:
	"""An invented code of five digits: towns of a territory lie in a few areas of two digits each."""
	territories = [
		name
		for countries in world.TERRITORIES.values()
		for _language, names in countries.values()
		for name in names
	]
	towns = [name for names in world.TOWNS.values() for name in names]
	number = towns.index(town)
	return f"{10 + 4 * territories.index(territory) + number % 3:02d}{100 + 7 * number:03d}"
