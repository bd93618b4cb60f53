"""Sites of earlier states of the app migrate to this one: nothing is lost, everything can be saved, and twice does no harm.

The earlier states come from the history of this repository: each is unpacked, installed on a site of its own, and makes
documents with its own controllers. Without the history (a shallow clone, an unpacked archive) nothing can be tested here.
Usually the last of them is tried; KAM_UPGRADE_FROM=all tries all, or names some.
"""

import json
import os
import subprocess
from pathlib import Path

import frappe
import pytest

from tests.harness import frappe_session, machine
from tests.harness.machine import APP, REPO
from tests.harness.private_bench import Site

pytestmark = [
	pytest.mark.commits,
	pytest.mark.skipif(
		not frappe.__version__.startswith("15.")
		or (frappe_session.facts().get("database") or {}).get("kind") != "mariadb",
		reason="the earlier states ran on version 15 and MariaDB alone",
	),
]
HERE = Path(__file__).resolve().parent
# what was finished with each of them
STATES = {
	"ece4e82": "selection, accounts, nominations",
	"3e8aff3": "account page, plans, actions, reviews",
	"f453dde": "power maps",
	"d1bb897": "opportunities, wallets, markets",
	"e27c3de": "calls",
	"3aa8c48": "reporting, scorecard, snapshots, alarms, incentives",
}
USUAL = [*STATES][-1:]
ASKED = os.environ.get("KAM_UPGRADE_FROM", "")
CHOSEN = [*STATES] if ASKED == "all" else [name for name in ASKED.split(",") if name] or USUAL
# texts of the app itself, which a newer state words anew
SHIPPED = {("KAM Measure", "description")}
# what a state of the app rules, not the site
RULED = ("Workflow", "Custom Field", "Role", "Property Setter")


def has_history(state):
	done = subprocess.run(["git", "-C", REPO, "cat-file", "-e", f"{state}^{{commit}}"], capture_output=True)
	return done.returncode == 0


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
	"""`earlier(state)`: a site of a state of the app with its documents, and the number of rows by doctype."""
	bench, made = frappe_session.private_bench(), []

	def make(state):
		folder = tmp_path_factory.mktemp(state)
		packed = subprocess.run(
			["git", "-C", REPO, "archive", state, APP, "tests/site", "tests/harness", "tests/__init__.py"],
			capture_output=True,
			check=True,
		)
		subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
		(folder / "upgrade_data.py").write_text((HERE / "upgrade_data.py").read_text(encoding="utf-8"))
		site = Site(bench, f"kam-{state}.localhost")
		made.append(site)
		site.restore(frappe_session.facts()["base_dump"])
		frappe.cache.delete_keys(f"{site.db_name}|*")
		env = bench.env(PYTHONPATH=folder)
		command = [bench.environment.python, "-m", "frappe.utils.bench_helper", "frappe", "--site", site.name]
		log = bench.logs / f"upgrade-{state}.log"
		machine.run(
			[*command, "install-app", APP], what=f"installing {state}", log=log, cwd=bench.sites, env=env
		)
		said = machine.run(
			[bench.environment.python, folder / "upgrade_data.py", site.name],
			what=f"making documents of {state}",
			log=log,
			cwd=bench.sites,
			env=env,
		)
		return site, json.loads(said.strip().splitlines()[-1])

	yield make
	for site in made:
		site.drop()


class Database:
	"""What is in the database of a site."""

	def __init__(self, site):
		self.site = site

	def __enter__(self):
		frappe_session.disconnect()
		frappe_session.connect(self.site.name)
		return self

	def __exit__(self, *error):
		frappe.db.rollback()
		frappe_session.disconnect()
		frappe_session.connect()

	@staticmethod
	def rows(doctypes):
		"""All rows by doctype and name."""
		return {
			name: {row.name: row for row in frappe.db.sql(f"select * from `tab{name}`", as_dict=True)}
			for name in doctypes
			if frappe.db.table_exists(name)
		}

	def own(self):
		return self.rows(frappe.get_all("DocType", {"module": "KAM ERPNext", "issingle": 0}, pluck="name"))

	def ruled(self):
		"""Roles, rights, workflows and fields, without who wrote them when."""
		left_out = {"creation", "modified", "modified_by", "owner", "name", "idx"}
		found = {}
		for doctype in (*RULED, "Workflow Document State", "Workflow Transition", "DocPerm"):
			for row in frappe.get_all(doctype, fields=["*"]):
				about = f"{row.get('dt') or row.get('parent') or row.get('role_name') or row.get('name')}"
				if not (
					about in self.own_names
					or about.startswith(("Key Account", "KAM", "Call "))
					or row.get("fieldname", "").startswith("kam_")
				):
					continue
				values = {key: str(value) for key, value in row.items() if key not in left_out}
				found.setdefault(doctype, []).append(json.dumps(values, sort_keys=True))
		return {doctype: sorted(rows) for doctype, rows in found.items()}

	@property
	def own_names(self):
		return set(frappe.get_all("DocType", {"module": "KAM ERPNext"}, pluck="name"))


def migrate(site):
	site.bench.frappe("migrate", "--skip-search-index", what=f"migrating {site.name}", site=site.name)


@pytest.mark.parametrize("state", CHOSEN)
def test_a_site_of_an_earlier_state_migrates_without_loss(state, earlier):
	if not has_history(state):
		pytest.skip(f"the history of the repository does not reach back to {state}")
	site, made = earlier(state)
	assert made["Key Account"] >= 2 and made["Key Account Selection Line"] >= 3
	with Database(site) as database:
		before, settings = database.own(), frappe.db.get_singles_dict("KAM Settings")
	assert {name: len(rows) for name, rows in before.items() if rows}.items() >= made.items()

	migrate(site)
	with Database(site) as database:
		after = database.own()
		assert lost(before, after) == []
		now = frappe.db.get_singles_dict("KAM Settings")
		assert {key: now.get(key) for key in settings if key != "modified"} == {
			key: value for key, value in settings.items() if key != "modified"
		}
		assert unset(now) == []
		assert not_saved(after) == []
		rules = database.ruled()

	migrate(site)
	with Database(site) as database:
		again = database.own()
		assert {name: rows for name, rows in again.items() if rows != after[name]} == {}
		assert database.ruled() == rules
	with Database(Site(site.bench, frappe_session.facts()["site"])) as database:
		fresh = database.ruled()
	for doctype, rows in fresh.items():
		assert [row for row in rows if row not in rules.get(doctype, [])] == [], doctype


def lost(before, after):
	"""Rows that are gone, and values that no field shows any more or that are others now."""
	said = []
	for doctype, rows in before.items():
		if not rows:
			continue
		if doctype not in after:
			said.append(f"{doctype} is gone with {len(rows)} rows")
			continue
		fields = {field.fieldname: field for field in frappe.get_meta(doctype).fields}
		standard = {
			*frappe.model.default_fields,
			*frappe.model.child_table_fields,
			*frappe.model.optional_fields,
		}
		for name, row in rows.items():
			now = after[doctype].get(name)
			if now is None:
				said.append(f"{doctype} {name} is gone")
				continue
			for column, value in row.items():
				if (
					value in (None, "", 0)
					or column in ("modified", "modified_by")
					or (doctype, column) in SHIPPED
				):
					continue
				if column not in fields and column not in standard:
					said.append(f"{doctype}.{column} is no field any more, {name} has {value}")
				elif now[column] != value:
					said.append(f"{doctype}.{column} of {name} was {value}, is {now[column]}")
	return said


def unset(settings):
	"""Settings that a new site has and this one has not."""
	return [
		field.fieldname
		for field in frappe.get_meta("KAM Settings").fields
		if field.default not in (None, "", "0") and settings.get(field.fieldname) in (None, "")
	]


def not_saved(rows):
	"""Documents that cannot be saved as they are: a field became mandatory, a choice has gone."""
	said = []
	for doctype in rows:
		meta = frappe.get_meta(doctype)
		if meta.istable or meta.in_create or not meta.permissions:
			continue
		for name in [*rows[doctype]][:5]:
			doc = frappe.get_doc(doctype, name)
			if doc.docstatus == 2:
				continue
			frappe.db.savepoint("kam_upgrade")
			try:
				doc._action = "save"  # what Frappe sets before it looks
				doc._validate_mandatory()
				doc._validate_selects()
				doc._validate_links()
				doc._validate_length()
			except frappe.ValidationError as error:
				said.append(f"{doctype} {name}: {error}")
			frappe.db.rollback(save_point="kam_upgrade")
	return said
