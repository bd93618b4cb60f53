"""A backup made and restored by Frappe's own commands keeps everything, on another site and under another name."""

import shutil

import frappe
import pytest

from kam_erpnext.api import call_calendar
from kam_erpnext.api import key_account as page
from kam_erpnext.api import power_map as maps
from kam_erpnext.kam_erpnext.doctype.call_calendar.call_calendar import CALENDAR, calendar_of_token
from tests.harness import frappe_session, machine
from tests.harness.private_bench import Site, _encryption_key
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import power_map_builders as m

pytestmark = pytest.mark.commits
# worked out from documents again at any time, by a worker that may be at it
DERIVED = ("Key Account Sales Month", "Key Account Sales Change")
JUDGED = {"anna": {"power": "Low"}}


@pytest.fixture
def filled(site_point):
	"""An account with a map, a file and sales, and a calendar with an address."""
	b.ensure_company()
	frappe.db.set_single_value("KAM Settings", {"company": b.COMPANY, "sales_source": "Sales Invoice"})
	customer = b.make_customer("Backed up").name
	b.make_invoice(customer, [(b.ensure_service_item(), 1, 1234)], frappe.utils.nowdate())
	account = k.make_account("Backed up", [customer])
	known = m.make_map(account, [m.person("anna", "Anna Äøß")], m.judgements(JUDGED))
	files = [
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"offer-{private}.txt",
				"content": f"Offer {private}",
				"is_private": private,
				"attached_to_doctype": "Key Account",
				"attached_to_name": account.name,
			}
		).insert()
		for private in (0, 1)
	]
	calendar = frappe.get_doc({"doctype": CALENDAR, "user": "Administrator"}).insert()
	token = call_calendar.renew(calendar.name)["address"].split("token=")[1]
	frappe.db.commit()
	yield frappe._dict(account=account.name, map=known.name, token=token, files=files, calendar=calendar.name)
	for file in files:
		file.delete()


@pytest.fixture
def another_site(harness):
	"""A site with nothing but its configuration."""
	bench = frappe_session.private_bench()
	site = Site(bench, "kam-restored.localhost")
	site.drop()
	for folder in ("public/files", "private/files", "private/backups", "locks", "logs"):
		(site.path / folder).mkdir(parents=True)
	config = {
		"db_name": site.db_name,
		"db_password": frappe.generate_hash(length=16),
		"db_type": bench.database.kind,
	}
	machine.write_json(site.path / "site_config.json", {**config, "encryption_key": _encryption_key()})
	yield site
	site.drop()


def everything():
	"""All rows of all tables of the app, and the files of its documents."""
	frappe.db.rollback()
	kept = {"module": "KAM ERPNext", "issingle": 0, "is_virtual": 0, "name": ("not in", DERIVED)}
	names = frappe.get_all("DocType", kept, pluck="name")
	found = {
		name: frappe.db.sql(f"select * from `tab{name}` order by name", as_dict=True)
		for name in sorted(names)
	}
	found["KAM Settings"] = frappe.db.get_singles_dict("KAM Settings")
	found["Series"] = frappe.db.sql("select name, current from `tabSeries` order by name", as_dict=True)
	return found


def test_a_backup_restored_to_a_new_site_keeps_everything(filled, another_site, harness):
	bench, main = another_site.bench, Site(another_site.bench, harness["site"])
	before, shown = everything(), page.profile(filled.account, b.COMPANY)
	folder = bench.path / "kept-backup"
	shutil.rmtree(folder, ignore_errors=True)
	bench.frappe("backup", "--with-files", f"--backup-path={folder}", what="the backup", site=main.name)
	dump, public, private, config = (
		next(path for path in folder.iterdir() if path.name.endswith(end) and not path.name.endswith(not_end))
		for end, not_end in (
			("-database.sql.gz", "-"),
			("-files.tar", "-private-files.tar"),
			("-private-files.tar", "-"),
			("-site_config_backup.json", "-"),
		)
	)
	bench.frappe(
		"restore",
		str(dump),
		"--force",
		f"--db-root-username={bench.database.user}",
		f"--db-root-password={bench.database.password}",
		f"--with-public-files={public}",
		f"--with-private-files={private}",
		"--admin-password=admin",
		what="the restoring",
		site=another_site.name,
	)

	frappe_session.disconnect()
	try:
		# the key of the new site is another one: judgements cannot be read, and are not lost
		frappe_session.connect(another_site.name)
		assert frappe.db.get_value("Key Account", filled.account, "account_name") == "Backed up"
		assert maps.read(filled.map)["judgements"] is None
		frappe_session.disconnect()

		kept = machine.read_json(another_site.path / "site_config.json")
		kept["encryption_key"] = machine.read_json(config)["encryption_key"]
		machine.write_json(another_site.path / "site_config.json", kept)
		frappe_session.connect(another_site.name)
		after = everything()
		assert {name: len(rows) for name, rows in after.items()} == {
			name: len(rows) for name, rows in before.items()
		}
		assert [name for name in before if after[name] != before[name]] == []
		assert maps.read(filled.map)["judgements"]["people"]["anna"]["power"] == "Low"
		assert calendar_of_token(filled.token) == filled.calendar
		again = page.profile(filled.account, b.COMPANY)
		assert again.keys() == shown.keys()
		for file in filled.files:
			assert frappe.get_doc("File", file.name).get_content() == f"Offer {file.is_private}"
	finally:
		frappe_session.disconnect()
		frappe_session.connect()
		shutil.rmtree(folder, ignore_errors=True)
