"""The API over HTTP with a key, against the running server: it answers as docs/openapi.json says, the examples of docs/api.md do
what they say, and webhooks tell other systems."""

import json
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import quote

import frappe
import jsonschema
import pytest
import requests
from frappe.utils import add_days, nowdate

from kam_erpnext.kam_erpnext.doctype.call_cycle import scheduling
from tests.harness import frappe_session, machine, services
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site import kam_builders as k
from tests.site import permission_matrix as matrix
from tests.site import plan_builders as p
from tests.site.permission_world import OURS, World

DOCS = Path(__file__).parents[2] / "docs"
DESCRIPTION = json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))
EXAMPLE = re.compile(r"^```bash\n(.*?)^```", re.M | re.S)
USER, PLAIN = "api.user@example.com", "api.plain@example.com"
ROLES = ["KAM Administrator", "Sales User", "Sales Manager", "Accounts User", "System Manager"]
# answers that are files
FILES = ("call_calendar.feed",)
SELLER = "Seller of the API"
PLACE = re.compile(r"\$SITE(/api/[\w./%]+?)(?:/\$ACCOUNT)?\"")

# everything is asked of the server, which sees only what is committed
pytestmark = pytest.mark.commits


@pytest.fixture(scope="module")
def world(site_connection):
	"""Documents every process sees, and a user with a key."""
	point = frappe_session.SitePoint()
	found = World(identities=("Manager of Ours",))
	b.ensure_user(USER, ROLES)
	b.ensure_user(PLAIN, ["Sales User"])
	found.keys = {user: new_key(user) for user in (USER, PLAIN)}
	found.nomination = nominate()
	frappe.db.commit()
	frappe.clear_cache()
	yield found
	point.return_to()


def nominate():
	customer = b.make_customer("Nominated by the API").name
	return (
		frappe.get_doc(
			{
				"doctype": "Key Account Nomination",
				"party_type": "Customer",
				"party": customer,
				"company": b.COMPANY,
				"reasons": "Grows fast",
			}
		)
		.insert()
		.name
	)


def new_key(user) -> str:
	doc = frappe.get_doc("User", user)
	secret = frappe.generate_hash(length=15)
	doc.api_key, doc.api_secret = frappe.generate_hash(length=15), secret
	doc.save(ignore_permissions=True)
	return f"{doc.api_key}:{secret}"


@pytest.fixture(autouse=True)
def isolation(world):
	"""Everything goes over HTTP; the world is put back at the module's end."""
	frappe_session.forget_request()
	frappe.db.commit()
	yield
	frappe.db.rollback()
	frappe_session.forget_request()


@pytest.fixture(scope="module")
def site(harness):
	"""Address of the site; a server of its own where the harness has started none."""
	if harness["url"]:
		yield harness["url"]
		return
	bench = frappe_session.private_bench()
	port = machine.free_port()
	address = f"http://127.0.0.1:{port}"
	program = services.Program(
		"the web server",
		[bench.environment.python, "-m", "tests.harness.serve", harness["site"], port],
		cwd=bench.sites,
		env=bench.env(PYTHONPATH=harness["repo"]),
		log=bench.logs / "web-api.log",
		ready=lambda: services.page_answers(f"{address}/api/method/ping"),
	)
	program.start()
	yield address
	program.stop()


@pytest.fixture
def ask(site, world):
	"""`ask(verb, path, user=…, **arguments of requests)`."""

	def send(verb, path, user=USER, **more):
		headers = {"Authorization": f"token {world.keys[user]}"} if user else {}
		return requests.request(verb, f"{site}{path}", headers=headers, timeout=120, **more)

	return send


def check(answer, path, verb):
	"""The answer is one the description knows, and is made as it says."""
	operation = DESCRIPTION["paths"][path][verb.lower()]
	expected = operation["responses"].get(str(answer.status_code))
	assert expected, f"{verb} {path}: {answer.status_code} is not described: {answer.text[:500]}"
	if "$ref" in expected:
		expected = DESCRIPTION["components"]["responses"][expected["$ref"].rpartition("/")[2]]
	if "application/json" in expected.get("content", {}):
		schema = {
			**expected["content"]["application/json"]["schema"],
			"components": DESCRIPTION["components"],
		}
		jsonschema.validate(answer.json(), schema)
	return answer


def test_reading_methods_answer_as_described(world, ask):
	given = matrix.calls(world, OURS)
	asked = 0
	for path, item in DESCRIPTION["paths"].items():
		name = path.removeprefix("/api/method/kam_erpnext.api.")
		if "get" not in item or name == path or name in FILES:
			continue
		values = in_address(given.get(name, {}))
		missing = {
			parameter["name"] for parameter in item["get"]["parameters"] if parameter["required"]
		} - set(values)
		assert not missing, f"{name}: no value for {missing}"
		answer = check(ask("GET", path, params=values), path, "GET")
		asked += answer.status_code == 200
		assert answer.status_code < 500, answer.text
	assert asked > 60


def in_address(values: dict) -> dict:
	return {
		key: json.dumps(value, default=str) if isinstance(value, dict | list) else value
		for key, value in values.items()
	}


def test_methods_that_change_something_refuse_to_be_read(world, ask):
	given, refused = matrix.calls(world, OURS), 0
	for path, item in DESCRIPTION["paths"].items():
		name = path.removeprefix("/api/method/kam_erpnext.api.")
		if name == path or "get" in item or name not in given:
			continue
		answer = ask("GET", path, params=in_address(given[name]))
		assert answer.status_code == 403, f"{path}: {answer.status_code} {answer.text[:300]}"
		refused += 1
	assert refused > 50


def test_what_is_missing_is_named(ask):
	path = "/api/method/kam_erpnext.api.calls.cancel"
	answer = check(ask("POST", path, json={"reason": "Ill"}), path, "POST")
	assert answer.status_code == 417
	assert "Call is missing" in json.loads(json.loads(answer.json()["_server_messages"])[0])["message"]


def test_every_argument_that_is_needed_is_asked_for(ask):
	"""Nothing is sent at all: whatever the description calls required is refused by name, before anything is done."""
	asked = 0
	for path, item in DESCRIPTION["paths"].items():
		if not path.startswith("/api/method/"):
			continue
		for verb, operation in item.items():
			needed = [row["name"] for row in operation.get("parameters", ()) if row["required"]]
			for content in operation.get("requestBody", {}).get("content", {}).values():
				needed = content["schema"].get("required", [])
			if not needed or operation["tags"] == ["call_calendar"]:
				continue  # the feed of a calendar tells nobody why it is not found
			answer = check(ask(verb.upper(), path), path, verb)
			assert answer.status_code == 417, f"{verb} {path}: {answer.status_code} {answer.text[:300]}"
			messages = [json.loads(row)["message"] for row in json.loads(answer.json()["_server_messages"])]
			assert any("missing" in message for message in messages), (path, messages)
			asked += 1
	assert asked > 80


def test_who_was_slower_is_refused(world, ask):
	resource = f"/api/resource/Key%20Account/{quote(world.of('Key Account'))}"
	path = "/api/resource/Key%20Account/{name}"
	read = ask("GET", resource).json()["data"]["modified"]
	assert ask("PUT", resource, json={"overview": "First", "modified": read}).status_code == 200
	late = check(ask("PUT", resource, json={"overview": "Second", "modified": read}), path, "PUT")
	assert (late.status_code, late.json()["exc_type"]) == (417, "TimestampMismatchError")
	assert ask("GET", resource).json()["data"]["overview"] == "First"


def test_who_may_not_is_refused(world, ask):
	path = "/api/method/kam_erpnext.api.demo.status"
	assert check(ask("GET", path, user=PLAIN), path, "GET").status_code == 403
	assert ask("GET", path, user=None).status_code == 403
	wrong = requests.get(ask("GET", path).url, headers={"Authorization": "token wrong:wrong"}, timeout=60)
	assert check(wrong, path, "GET").status_code == 401


def test_a_document_is_made_read_changed_listed_and_deleted(ask):
	resource = "/api/resource/Key%20Account%20Stage"
	body = DESCRIPTION["paths"][resource]["post"]["requestBody"]["content"]["application/json"]["schema"]
	sent = {"stage_name": "API Stage", "model": "Four Stages", "rank": 9, "description": "Made by the API"}
	jsonschema.validate(sent, {**body, "components": DESCRIPTION["components"]})
	needed = body["allOf"][1]["required"]
	assert needed == ["stage_name", "rank"]
	for name in needed:
		short = {key: value for key, value in sent.items() if key != name}
		refused = check(ask("POST", resource, json=short), resource, "POST")
		assert refused.status_code == 417, refused.text
		assert "is required" in refused.text or "MandatoryError" in refused.text
	made = check(ask("POST", resource, json=sent), resource, "POST")
	assert made.status_code == 200, made.text
	name = made.json()["data"]["name"]
	one, path = f"{resource}/{quote(name)}", f"{resource}/{{name}}"
	assert check(ask("GET", one), path, "GET").json()["data"]["rank"] == 9
	assert check(ask("PUT", one, json={"rank": 8}), path, "PUT").json()["data"]["rank"] == 8
	listed = ask("GET", resource, params={"filters": json.dumps([["rank", "=", 8]]), "fields": '["name"]'})
	assert {"name": name} in check(listed, resource, "GET").json()["data"]
	again = check(ask("POST", resource, json=sent), resource, "POST")
	assert (again.status_code, again.json()["exc_type"]) == (409, "DuplicateEntryError")
	assert check(ask("DELETE", one), path, "DELETE").status_code == 202
	assert check(ask("GET", one), path, "GET").status_code == 404


def test_every_document_reads_as_described(world, ask):
	"""One of each doctype the world has."""
	for doctype, places in world.documents.items():
		path = f"/api/resource/{quote(doctype)}/{{name}}"
		if path not in DESCRIPTION["paths"]:
			continue
		name = places[OURS]
		answer = check(ask("GET", path.replace("{name}", quote(name, safe=""))), path, "GET")
		assert answer.status_code == 200 and answer.json()["data"]["name"] == name, answer.text[:300]


# ---------------------------------------------------------------- the examples of the document

SHOWN = {
	'api/resource/Key%20Account" \\': lambda data, world: any(
		row["name"] == world.of("Key Account") for row in data["data"]
	),
	"key_account.profile": lambda data, world: data["message"]["key_account"] == world.of("Key Account"),
	"Harbour Group": lambda data, world: data["data"]["account_name"] == "Harbour Group",
	"-X PUT": lambda data, world: data["data"]["overview"] == "Short delivery times",
	'\\"Run\\"': lambda data, world: data["message"]["workflow_state"] == "Running",
	"selection.progress": lambda data, world: data["message"]["state"],
	"selection.lines": lambda data, world: "rows" in data["message"],
	'\\"Confirm\\"': lambda data, world: data["message"]["workflow_state"] == "Confirmed",
	"calls.report": lambda data, world: data["message"]["status"] == "Made",
	"upload_file": lambda data, world: data["message"]["file_url"].startswith("/private/files/targets"),
	"check_targets": lambda data, world: (
		len(data["message"]["lines"]) == 1 and not data["message"]["problems"]
	),
	"load_targets": lambda data, world: (
		[row["sales_person"] for row in data["message"]["stored"]] == [SELLER]
	),
	"resource/Webhook": lambda data, world: data["data"]["webhook_doctype"] == "Key Account",
	"query_report.run": lambda data, world: data["message"]["columns"],
}


def test_the_examples_do_what_they_say(world, site, tmp_path):
	examples = EXAMPLE.findall((DOCS / "api.md").read_text(encoding="utf-8"))
	assert len(examples) == len(SHOWN)
	key, _colon, secret = world.keys[USER].partition(":")
	(tmp_path / "targets.csv").write_text(
		"Year,Sales Person,M01,M02,M03,M04,M05,M06,M07,M08,M09,M10,M11,M12\n"
		f"{nowdate()[:4]},{b.ensure_sales_person(SELLER)}" + ",1" * 12 + "\n"
	)
	selection = frappe.get_doc(
		{
			"doctype": "Key Account Selection",
			"title": "API",
			"criteria": world.criteria,
			"company": b.COMPANY,
			"period": "Custom",
			"from_date": add_days(nowdate(), -300),
			"to_date": nowdate(),
		}
	).insert()
	call = own_call(world)
	frappe.db.commit()
	values = {
		"SITE": site,
		"KEY": key,
		"SECRET": secret,
		"ACCOUNT": world.of("Key Account"),
		"CUSTOMER": b.make_customer("Customer of the API").name,
		"SELECTION": selection.name,
		"NOMINATION": world.nomination,
		"CALL": call,
		"COMPANY": b.COMPANY,
		"FILE": "",
	}
	frappe.db.commit()
	left = dict(SHOWN)
	for example in examples:
		done = subprocess.run(
			["bash", "-c", example],
			cwd=tmp_path,
			env={**os.environ, **values},
			capture_output=True,
			text=True,
			timeout=120,
		)
		assert done.returncode == 0, f"{example}\n{done.stdout[:2000]}\n{done.stderr}"
		data = json.loads(done.stdout)
		sign = next(sign for sign in left if sign in example)
		assert left.pop(sign)(data, world), f"{example}\n{done.stdout[:2000]}"
		as_described(example, data)
		if "upload_file" in example:
			values["FILE"] = data["message"]["name"]


def as_described(example, data):
	"""What an example answers fits the description, where the way that is asked is one of ours."""
	place = PLACE.search(example).group(1)
	place += "/{name}" if '$ACCOUNT"' in example and "/api/resource/" in place else ""
	item = DESCRIPTION["paths"].get(place)
	assert item or "kam_erpnext" not in place, place
	verb = "put" if "-X PUT" in example else "get" if "--get" in example else "post"
	if item:
		schema = item[verb]["responses"]["200"]["content"]["application/json"]["schema"]
		jsonschema.validate(data, {**schema, "components": DESCRIPTION["components"]})


def own_call(world):
	with frappe_session.as_user(USER):
		doc = frappe.get_doc(
			{
				"doctype": "Customer Call",
				"customer": world.customers[OURS],
				"method": "Phone",
				"planned_on": nowdate(),
				"user": USER,
			}
		).insert()
	return doc.name


# ---------------------------------------------------------------- webhooks


@pytest.fixture
def receiver():
	"""A server of another system: what was sent to it."""
	received = []

	class Other(BaseHTTPRequestHandler):
		def do_POST(self):
			received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
			self.send_response(200)
			self.end_headers()

		def log_message(self, *_arguments):
			pass

	server = HTTPServer(("127.0.0.1", 0), Other)
	thread = threading.Thread(target=server.serve_forever, daemon=True)
	thread.start()
	received_at = f"http://127.0.0.1:{server.server_port}/"
	yield received_at, received
	for name in frappe.get_all("Webhook", {"request_url": received_at}, pluck="name"):
		frappe.delete_doc("Webhook", name)
	frappe.db.commit()
	server.shutdown()
	server.server_close()


def make_webhook(doctype, event, address):
	return frappe.get_doc(
		{
			"doctype": "Webhook",
			"__newname": f"Test {doctype} {event}",
			"webhook_doctype": doctype,
			"webhook_docevent": event,
			"request_url": address,
			"request_method": "POST",
			"request_structure": "JSON",
			"webhook_json": '{"name": "{{ doc.name }}", "doctype": "{{ doc.doctype }}"}',
			"enabled": 1,
		}
	).insert()


def documents_of_the_app():
	return frappe.get_all("DocType", {"module": "KAM ERPNext", "istable": 0, "issingle": 0}, pluck="name")


def test_a_webhook_can_be_made_for_every_document(receiver):
	doctypes = documents_of_the_app()
	assert len(doctypes) > 25
	for doctype in doctypes:
		assert make_webhook(doctype, "after_insert", receiver[0]).name
	frappe.db.rollback()


def test_webhooks_tell_of_accounts_plans_and_calls(world, receiver):
	address, received = receiver
	for doctype in ("Key Account", "Customer Call"):
		make_webhook(doctype, "after_insert", address)
	make_webhook("Key Account Plan", "on_submit", address)
	frappe.db.commit()
	frappe.clear_cache()
	account = k.make_account("Webhook Account", [b.make_customer("Webhook Customer").name])
	call = own_call(world)
	with p.lasting_people():
		plan = p.make_approved_plan(p.make_team_account().name)
		frappe.db.commit()
		assert {"name": account.name, "doctype": "Key Account"} in received
		assert {"name": call, "doctype": "Customer Call"} in received
		assert {"name": plan.name, "doctype": "Key Account Plan"} in received


def test_calls_that_a_cycle_schedules_are_told_too(world, receiver):
	address, received = receiver
	make_webhook("Customer Call", "after_insert", address)
	frappe.db.commit()
	frappe.clear_cache()
	with c.lasting_people():
		cycle = c.make_cycle(c.MANAGER, overload_reason="Test")
		c.make_line(cycle, calls=3)
		cycle = c.approve_cycle(cycle)
		frappe.db.commit()
		names = {row.name for row in c.calls_of(cycle)}
		assert len(names) == 3
		assert {row["name"] for row in received if row["doctype"] == "Customer Call"} >= names


def test_scheduled_calls_are_told_whole(world, receiver, monkeypatch):
	"""What a webhook's condition and text see of a call is what stands in the database, people included."""
	seen = []
	monkeypatch.setattr(scheduling, "run_webhooks", lambda doc, event: seen.append((event, doc)))
	customer = b.make_customer("Told Whole").name
	contact = frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": "Ida",
			"links": [{"link_doctype": "Customer", "link_name": customer}],
		}
	).insert()
	with c.lasting_people():
		for told in (False, True):
			if told:
				make_webhook("Customer Call", "after_insert", receiver[0])
			cycle = c.make_cycle(c.MANAGER if told else c.COLLEAGUE, overload_reason="Test")
			c.make_line(cycle, customer, calls=2, contact=contact.name)
			c.make_line(cycle, calls=1)
			cycle = c.approve_cycle(cycle)
			if not told:
				assert c.calls_of(cycle) and not seen  # nobody wants to know
		names = {row.name for row in c.calls_of(cycle)}
		assert {doc.name for _event, doc in seen} == names and len(names) == 3
		for event, doc in seen:
			stored = frappe.get_doc("Customer Call", doc.name)
			assert event == "after_insert" and frappe.as_json(doc.as_dict()) == frappe.as_json(
				stored.as_dict()
			)
		assert sum(row.contact == contact.name for _event, doc in seen for row in doc.contacts) == 2
