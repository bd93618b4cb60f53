"""Test documents, made through ERPNext's own controllers. `ensure_*` may be called again, `make_*` makes a new one.

Everything works for Administrator, whoever is logged in. Nothing here needs this app to be installed. Dates are "YYYY-MM-DD".
"""

import functools

import frappe
from frappe.utils import cstr, flt, get_time, getdate
from frappe.utils.nestedset import get_root_of

COMPANY = "Test Company"
CURRENCY = "USD"
EURO_COMPANY = "Test Company Europe"

STOCK_ITEM, SERVICE_ITEM = "Test Stock Item", "Test Service"
EXCHANGE_RATE = 1.25


def as_administrator(build):
	"""Runs a builder as Administrator, whoever is logged in."""

	@functools.wraps(build)
	def wrapper(*args, **kwargs):
		user = frappe.session.user
		if user == "Administrator":
			return build(*args, **kwargs)
		frappe.set_user("Administrator")
		try:
			return build(*args, **kwargs)
		finally:
			frappe.set_user(user)

	return wrapper


# ---- masters ---------------------------------------------------------------------------------------------------


@as_administrator
def ensure_company(name=COMPANY, currency=CURRENCY, country="United States", abbr=None):
	"""A company with ERPNext's standard chart of accounts, cost centres and warehouses. Returns its name."""
	if not frappe.db.exists("Company", name):
		frappe.get_doc(
			{
				"doctype": "Company",
				"company_name": name,
				"abbr": abbr or "".join(word[0] for word in name.split()).upper(),
				"default_currency": currency,
				"country": country,
				"create_chart_of_accounts_based_on": "Standard Template",
				"chart_of_accounts": "Standard",
			}
		).insert()
	return name


def ensure_euro_company():
	"""A second company that keeps its books in euros. Returns its name."""
	return ensure_company(EURO_COMPANY, "EUR", "Germany", "TCE")


@as_administrator
def ensure_exchange_rate(from_currency, to_currency, rate=EXCHANGE_RATE, date="2016-01-01"):
	"""A rate that holds from `date` on."""
	values = {"from_currency": from_currency, "to_currency": to_currency, "date": date}
	name = frappe.db.exists("Currency Exchange", values)
	if name:
		frappe.db.set_value("Currency Exchange", name, "exchange_rate", rate)
	else:
		frappe.get_doc(
			{
				"doctype": "Currency Exchange",
				"exchange_rate": rate,
				"for_buying": 1,
				"for_selling": 1,
				**values,
			}
		).insert()
	return rate


def _ensure_node(doctype, name_field, parent_field, name, parent, is_group, **fields):
	if not frappe.db.exists(doctype, name):
		frappe.get_doc(
			{
				"doctype": doctype,
				name_field: name,
				parent_field: parent or get_root_of(doctype),
				"is_group": int(is_group),
				**fields,
			}
		).insert()
	return name


@as_administrator
def ensure_territory(name, parent=None, is_group=False):
	"""A territory below `parent` (the root by default). Returns its name."""
	return _ensure_node("Territory", "territory_name", "parent_territory", name, parent, is_group)


@as_administrator
def ensure_customer_group(name, parent=None, is_group=False):
	"""A customer group. Returns its name."""
	return _ensure_node(
		"Customer Group", "customer_group_name", "parent_customer_group", name, parent, is_group
	)


@as_administrator
def ensure_item_group(name, parent=None, is_group=False):
	"""An item group. Returns its name."""
	return _ensure_node("Item Group", "item_group_name", "parent_item_group", name, parent, is_group)


@as_administrator
def ensure_sales_person(name, parent=None, is_group=False):
	"""A sales person. Returns its name."""
	return _ensure_node(
		"Sales Person", "sales_person_name", "parent_sales_person", name, parent, is_group, enabled=1
	)


@as_administrator
def ensure_item(code, item_group=None, stock=True, **fields):
	"""A stock item (its cost comes from stock receipts) or a service. Returns its code."""
	if not frappe.db.exists("Item", code):
		group = item_group or ensure_item_group("Test Goods" if stock else "Test Services")
		frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": code,
				"item_name": fields.pop("item_name", code),
				"item_group": group,
				"stock_uom": "Nos",
				"is_stock_item": int(stock),
				"include_item_in_manufacturing": 0,
				**fields,
			}
		).insert()
	return code


def ensure_stock_item(code=STOCK_ITEM, item_group=None):
	"""A stock item. Returns its code."""
	return ensure_item(code, item_group, stock=True)


def ensure_service_item(code=SERVICE_ITEM, item_group=None):
	"""A service: no stock, so no cost is known. Returns its code."""
	return ensure_item(code, item_group, stock=False)


@as_administrator
def make_customer(customer_name, territory=None, customer_group=None, **fields):
	"""A new customer even when one of the same name exists; ERPNext then numbers the id. Returns the document."""
	return frappe.get_doc(
		{
			"doctype": "Customer",
			"customer_name": customer_name,
			"customer_type": "Company",
			"territory": territory or ensure_territory("Test Territory"),
			"customer_group": customer_group or ensure_customer_group("Test Customers"),
			**fields,
		}
	).insert()


@as_administrator
def ensure_customer(name="Test Customer", territory=None, customer_group=None, **fields):
	"""A customer. Returns its id."""
	return frappe.db.exists("Customer", name) or make_customer(name, territory, customer_group, **fields).name


@as_administrator
def ensure_internal_customer(company=COMPANY, represents=EURO_COMPANY):
	"""A customer that stands for another company of ours and may be invoiced by `company`. Returns its id."""
	name = f"{represents} (internal)"
	if not frappe.db.exists("Customer", name):
		make_customer(
			name, is_internal_customer=1, represents_company=represents, companies=[{"company": company}]
		)
	return name


@as_administrator
def ensure_user(email, roles=(), first_name=None, password=None):
	"""A desk user who has exactly these roles besides the automatic ones. Returns the email."""
	frappe.flags.mute_emails = True
	if not frappe.db.exists("User", email):
		frappe.get_doc(
			{
				"doctype": "User",
				"email": email,
				"first_name": first_name or email.split("@")[0].replace(".", " ").title(),
				"user_type": "System User",
				"send_welcome_email": 0,
				"new_password": password,
			}
		).insert()
	user = frappe.get_doc("User", email)
	if {row.role for row in user.roles} != set(roles):
		user.set("roles", [])
		user.add_roles(*roles)
	frappe.clear_cache(user=email)
	return email


@as_administrator
def allow_only(email, doctype, name, **fields):
	"""A User Permission: the user sees only `name` of `doctype`. Returns the document's id."""
	values = {"user": email, "allow": doctype, "for_value": name}
	found = frappe.db.exists("User Permission", values)
	return found or frappe.get_doc({"doctype": "User Permission", **values, **fields}).insert().name


# ---- transactions ----------------------------------------------------------------------------------------------


def warehouse(company=COMPANY):
	"""The company's main warehouse."""
	return frappe.db.get_value("Warehouse", {"company": company, "warehouse_name": "Stores", "is_group": 0})


def _at(posting_date):
	return {"posting_date": posting_date, "posting_time": "12:00:00", "set_posting_time": 1}


def new_receipt(items, posting_date, company):
	"""An unsaved Stock Entry, see `make_receipt`."""
	return frappe.get_doc(
		{
			"doctype": "Stock Entry",
			"stock_entry_type": "Material Receipt",
			"purpose": "Material Receipt",
			"company": company,
			**_at(posting_date),
			"items": [
				{"item_code": code, "qty": qty, "basic_rate": rate, "t_warehouse": warehouse(company)}
				for code, qty, rate in items
			],
		}
	)


@as_administrator
def make_receipt(items, posting_date="2018-01-01", company=COMPANY):
	"""Receives stock at a known cost. `items` are (item code, quantity, cost per piece). Returns the Stock Entry."""
	entry = new_receipt(items, posting_date, company)
	entry.insert()
	entry.submit()
	return entry


def new_invoice(
	customer,
	items,
	posting_date,
	company=COMPANY,
	currency=None,
	conversion_rate=None,
	sales_team=(),
	**fields,
):
	"""An unsaved Sales Invoice, see `make_invoice`."""
	company_currency = frappe.get_cached_value("Company", company, "default_currency")
	currency = currency or company_currency
	if currency != company_currency:
		conversion_rate = conversion_rate or ensure_exchange_rate(currency, company_currency)
	stocked = {code: bool(frappe.get_cached_value("Item", code, "is_stock_item")) for code, _, _ in items}
	fields.setdefault("update_stock", int(any(stocked.values())))
	return frappe.get_doc(
		{
			"doctype": "Sales Invoice",
			"customer": customer,
			"company": company,
			**_at(posting_date),
			"due_date": posting_date,
			"currency": currency,
			"conversion_rate": conversion_rate or 1,
			"selling_price_list": "Standard Selling",
			"price_list_currency": currency,
			"plc_conversion_rate": conversion_rate or 1,
			"ignore_pricing_rule": 1,
			"disable_rounded_total": 1,
			"items": [
				{
					"item_code": code,
					"qty": qty,
					"rate": rate,
					"price_list_rate": rate,
					"warehouse": warehouse(company) if stocked[code] else None,
				}
				for code, qty, rate in items
			],
			"sales_team": [
				{"sales_person": person, "allocated_percentage": percent} for person, percent in sales_team
			],
			**fields,
		}
	)


@as_administrator
def make_invoice(customer, items, posting_date="2019-06-15", submit=True, **fields):
	"""A Sales Invoice. `items` are (item code, quantity, price). Stock items are delivered with the invoice, so their
	cost is that of the receipts before. Also taken: company, currency, conversion_rate, sales_team as (sales person,
	percent), and any field of the form. Returns the document."""
	invoice = new_invoice(customer, items, posting_date, **fields)
	invoice.insert()
	if submit:
		invoice.submit()
	return invoice


@as_administrator
def make_return(invoice, posting_date=None, quantities=None, submit=True, **fields):
	"""A credit note against a submitted invoice, for all of it or for `quantities` {item code: pieces returned}."""
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

	credit = make_sales_return(invoice.name)
	at = _at(posting_date or cstr(getdate(invoice.posting_date)))
	if getdate(at["posting_date"]) == getdate(invoice.posting_date):
		# ERPNext refuses a return before its invoice, which may be of this afternoon
		at["posting_time"] = max(get_time(at["posting_time"]), get_time(invoice.posting_time)).isoformat()
	credit.update({**at, "disable_rounded_total": 1, **fields})
	credit.due_date = credit.posting_date
	if quantities is not None:
		credit.items = [row for row in credit.items if flt(quantities.get(row.item_code))]
		for row in credit.items:
			row.qty = -abs(quantities[row.item_code])
			row.stock_qty = row.qty * (row.conversion_factor or 1)
	credit.insert()
	if submit:
		credit.submit()
	return credit


@as_administrator
def cancel(document):
	"""Cancels a submitted document. Returns it."""
	document = frappe.get_doc(document.doctype, document.name)
	document.cancel()
	return document


@as_administrator
def amend(document, submit=True, **changes):
	"""Cancels a document if need be and submits its amended version. Returns the new document."""
	document = frappe.get_doc(document.doctype, document.name)
	if document.docstatus == 1:
		document.cancel()
	amended = frappe.copy_doc(document)
	amended.amended_from = document.name
	amended.docstatus = 0
	amended.update(changes)
	amended.insert()
	if submit:
		amended.submit()
	return amended


@as_administrator
def make_order(customer, items, transaction_date="2019-06-15", company=COMPANY, submit=True, **fields):
	"""A Sales Order. `items` are (item code, quantity, price). Returns the document."""
	order = frappe.get_doc(
		{
			"doctype": "Sales Order",
			"customer": customer,
			"company": company,
			"transaction_date": transaction_date,
			"delivery_date": transaction_date,
			"selling_price_list": "Standard Selling",
			"ignore_pricing_rule": 1,
			"disable_rounded_total": 1,
			"items": [
				{
					"item_code": code,
					"qty": qty,
					"rate": rate,
					"price_list_rate": rate,
					"delivery_date": transaction_date,
					"warehouse": warehouse(company),
				}
				for code, qty, rate in items
			],
			**fields,
		}
	)
	order.insert()
	if submit:
		order.submit()
	return order


@as_administrator
def make_payment(invoice, posting_date, amount=None):
	"""Pays an invoice, in full or in part, in the company's currency. Returns the Payment Entry."""
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

	payment = get_payment_entry("Sales Invoice", invoice.name, party_amount=amount)
	payment.posting_date = payment.reference_date = posting_date
	payment.reference_no = invoice.name
	payment.paid_to = frappe.db.get_value(
		"Account", {"company": invoice.company, "account_type": "Cash", "is_group": 0}
	)
	payment.paid_to_account_currency = frappe.get_cached_value("Account", payment.paid_to, "account_currency")
	payment.insert()
	payment.submit()
	return payment
