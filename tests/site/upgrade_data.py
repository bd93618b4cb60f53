"""Documents of an earlier state of the app, made with its own controllers: `python upgrade_data.py SITE`.

Runs with that state's packages on the path, `tests.site` of it included, and makes what it knows. The last line it prints is
the number of rows it made by doctype, as JSON.
"""

import importlib
import json
import os
import sys


def main():
	"""Connects to the site and makes documents of every part of the app that is there."""
	import frappe

	frappe.init(site=sys.argv[1], sites_path=os.getcwd())
	frappe.connect()
	frappe.set_user("Administrator")
	frappe.flags.mute_emails = True
	frappe.flags.in_test = True
	frappe.sendmail = lambda *args, **values: None
	for part in (programme, plans, maps, opportunities, wallets, calls, incentives, nights):
		part(frappe)
		frappe.db.commit()
	doctypes = frappe.get_all(
		"DocType", {"module": "KAM ERPNext", "issingle": 0, "is_virtual": 0}, pluck="name"
	)
	print(json.dumps({name: count for name in doctypes if (count := frappe.db.count(name))}))
	frappe.destroy()


def builders(name):
	"""A module of builders, None where the state has none."""
	try:
		return importlib.import_module(f"tests.site.{name}")
	except ModuleNotFoundError:
		return None


def there(frappe, doctype):
	return frappe.db.exists("DocType", doctype)


def people(b, *modules):
	for module in modules:
		for user, roles in module.PEOPLE.items():
			b.ensure_user(user, roles)


def programme(frappe):
	"""Settings, accounts in a tree, criteria, a selection that was approved, a nomination."""
	from kam_erpnext.kam_erpnext.doctype.key_account_selection import run
	from tests.site import builders as b
	from tests.site import kam_builders as k

	b.ensure_company()
	settings = frappe.get_doc("KAM Settings")
	settings.update({"company": b.COMPANY, "abc_cut_a": 70, "sales_source": "Sales Invoice"})
	settings.save()
	territory = b.ensure_territory("Upgrade Land")
	customers = []
	for number in range(3):
		customers.append(b.make_customer(f"Upgrade {number}", territory=territory).name)
		b.make_invoice(
			customers[-1],
			[(b.ensure_service_item(), 1, 4000 - 1500 * number)],
			"2019-03-01",
			company=b.COMPANY,
		)
	above = k.make_account("Upgrade Group", customers[:1])
	k.make_account("Upgrade Plant", customers[1:2], parent=above.name, level="National")
	selection = frappe.get_doc(
		{
			"doctype": "Key Account Selection",
			"title": "Upgrade selection",
			"criteria": k.make_criteria().name,
			"company": b.COMPANY,
			"period_window": "Custom",
			"from_date": "2019-01-01",
			"to_date": "2019-12-31",
			"territory": territory,
		}
	).insert()
	run.prepare(selection)
	selection.db_set(
		{"workflow_state": "Running", "run_token": selection.run_token, "run_by": "Administrator"}
	)
	frappe.db.commit()
	run.execute(selection.name, selection.run_token)
	frappe.get_doc(
		{
			"doctype": "Key Account Nomination",
			"party_type": "Customer",
			"party": customers[2],
			"company": b.COMPANY,
			"reasons": "Grows faster than its market",
		}
	).insert()


def plans(frappe):
	"""A plan in force, a draft, an action and a review."""
	from tests.site import builders as b

	if not (p := builders("plan_builders")):
		return
	people(b, p)
	account = p.make_team_account("Upgrade Planned")
	p.make_approved_plan(account.name)
	p.make_plan(account.name, by=p.MANAGER, from_date="2020-01-01")
	from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action

	make_action(account.name, "Send the offer", p.MANAGER, "2019-11-01")
	frappe.get_doc(
		{
			"doctype": "Key Account Business Review",
			"key_account": account.name,
			"company": b.COMPANY,
			"review_date": "2019-06-30",
			"from_date": "2019-01-01",
			"to_date": "2019-06-30",
			"title": "First half",
		}
	).insert(ignore_mandatory=True)


def maps(frappe):
	"""A power map with judgements."""
	if not (m := builders("power_map_builders")):
		return
	from tests.site import kam_builders as k

	m.make_map(
		k.make_account("Upgrade Mapped"),
		[m.person("anna", "Anna"), m.person("bert", "Bert", reports_to="anna")],
		m.judgements({"anna": {"power": "Low"}}),
	)


def opportunities(frappe):
	"""An idea with volumes, and documents of it."""
	if not (pipe := builders("pipeline_builders")):
		return
	from tests.site import builders as b
	from tests.site import kam_builders as k

	pipe.ensure_items()
	customer = b.make_customer("Upgrade Buyer").name
	account = k.make_account("Upgrade Pipeline", [customer])
	idea = pipe.make_idea(account.name, 1000, customer, volumes=[(pipe.WIRES, 600), (pipe.PUMPS, 400)])
	pipe.make_quotation(customer, [(pipe.WIRE, 2, 100)], idea=idea.name)


def wallets(frappe):
	"""A wallet, a market and a note."""
	from tests.site import builders as b
	from tests.site import kam_builders as k

	account = k.make_account("Upgrade Wallet").name
	group = b.ensure_item_group("Upgrade Goods")
	rows = [
		{
			"doctype": "Key Account Wallet",
			"item_group": group,
			"year": 2019,
			"wallet": 1000,
			"as_of": "2019-06-30",
		},
		{
			"doctype": "Market Intelligence",
			"title": "They build a plant",
			"note": "They build a plant",
			"kind": "Trend",
			"as_of": "2019-06-30",
		},
	]
	for row in rows:
		if there(frappe, row["doctype"]):
			frappe.get_doc({"key_account": account, "company": b.COMPANY, **row}).insert(
				ignore_mandatory=True, ignore_links=True
			)


def calls(frappe):
	"""An approved cycle, its calls, and one that was made."""
	if not (c := builders("call_builders")):
		return
	from tests.site import builders as b

	people(b, c)
	cycle = c.make_cycle(c.MANAGER, overload_reason="Test")
	for number in range(2):
		c.make_line(cycle, calls=2 + number)
	c.approve_cycle(cycle)
	c.make_call(user=c.MANAGER)
	if there(frappe, "Call Calendar"):
		frappe.set_user(c.MANAGER)
		frappe.get_doc({"doctype": "Call Calendar", "user": c.MANAGER}).insert()
		frappe.set_user("Administrator")


def incentives(frappe):
	"""A running scheme."""
	if i := builders("incentive_builders"):
		from tests.site import builders as b

		people(b, i)
		i.make_scheme([i.MANAGER, i.COLLEAGUE])


def nights(frappe):
	"""Snapshots of the accounts, with alarms."""
	if not there(frappe, "Key Account Snapshot"):
		return
	from kam_erpnext.snapshots import nightly

	names = nightly.accounts()
	nightly.take_accounts(names, frappe.utils.add_days(frappe.utils.nowdate(), -1))


if __name__ == "__main__":
	main()
