"""Asks the app who may do what: every document, table, report, endpoint, page, workspace and print, by every identity.

The answers are compared with the reviewed files in the folder permission_matrix. A cell says what an identity may do:

documents.csv  letters, see ACTIONS, with a document of ours and one of theirs; - for nothing
tables.csv     whose rows of a table within a document are listed: ours, both; - for none
reports.csv    whose documents or amounts are in a report: ours, both, nothing (it runs and tells of neither), no (it does not)
methods.csv    with whose documents an endpoint answers: ours, both, no; where it is about no account: no, or yes with
               whose documents or amounts are in the answer. A "+" marks what an answer tells beyond that
screens.csv    pages and workspaces: yes or no; prints: of whose documents
"""

import contextlib
import csv
import inspect
import json
from pathlib import Path

import frappe
from frappe.utils import add_days, getdate, nowdate

import kam_erpnext
from kam_erpnext.compat import FRAPPE_MAJOR
from tests.harness import frappe_session
from tests.site import builders as b
from tests.site.permission_world import (
	AMOUNTS,
	ELSEWHERE,
	FENCED_IN,
	MINUTES,
	OURS,
	PLACES,
	THEIRS,
	email,
	mark,
	seen_in,
)

MODULE = "KAM ERPNext"
FOLDER = Path(__file__).parent / "permission_matrix"
ACTIONS = {
	"read": "r",
	"write": "w",
	"create": "c",
	"delete": "d",
	"submit": "s",
	"cancel": "x",
	"report": "t",
	"export": "e",
	"print": "p",
	"email": "m",
	"share": "h",
}
SAVEPOINT = "kam_matrix"
REFUSED = (
	frappe.PermissionError,
	frappe.DoesNotExistError,
	frappe.AuthenticationError,
	frappe.PageDoesNotExistError,
)
TEAMS = (*FENCED_IN, *ELSEWHERE)


def everybody(world, rows, question):
	"""row -> identity -> what `question(row, identity)` answers; one login after the other, as each costs time."""
	answers = {row: {} for row in rows}
	for identity in world.identities:
		with frappe_session.as_user(email(identity)):
			for row in rows:
				answers[row][identity] = question(row, identity)
	return answers


@contextlib.contextmanager
def asking(identity):
	"""As the user, with everything undone afterwards."""
	frappe.db.savepoint(SAVEPOINT)
	same = frappe.session.user == email(identity)
	with contextlib.nullcontext() if same else frappe_session.as_user(email(identity)):
		frappe.local.response = frappe._dict({"docs": []})
		frappe.local.form_dict = frappe._dict()
		try:
			yield
		finally:
			frappe.local.response = frappe._dict({"docs": []})
			frappe.local.form_dict = frappe._dict()
			frappe.clear_messages()
			frappe.db.rollback(save_point=SAVEPOINT)


def whose(places, nothing="no") -> str:
	places = set(places)
	return "both" if places == set(PLACES) else " ".join(sorted(places)) or nothing


def of_module(doctype, **filters):
	return frappe.get_all(doctype, {"module": MODULE, **filters}, pluck="name", order_by="name")


# ---------------------------------------------------------------- documents and their tables


def documents(world):
	rows = {
		(doctype, place): doc
		for doctype in of_module("DocType", istable=0)
		for place, doc in _examples(world, doctype)
	}
	return everybody(world, rows, lambda row, who: _letters(row[0], rows[row], who))


def _examples(world, doctype):
	"""A document of each place; of what belongs to no account any one, or None where the site has none."""
	meta = frappe.get_meta(doctype)
	if doctype in world.documents:
		for place, name in world.documents[doctype].items():
			yield place, frappe.get_doc(doctype, name)
	elif meta.issingle:
		yield "any", frappe.get_single(doctype)
	else:
		first = [] if meta.is_virtual else frappe.get_all(doctype, limit=1, pluck="name", order_by="name")
		yield "any", frappe.get_doc(doctype, first[0]) if first else None


def _letters(doctype, doc, identity):
	user, found = email(identity), ""
	with asking(identity):
		for action, letter in ACTIONS.items():
			about = frappe.copy_doc(doc) if doc and action == "create" and not doc.meta.issingle else doc
			if frappe.has_permission(doctype, action, doc=about, user=user):
				found += letter
		if doc and not doc.meta.issingle:
			try:
				listed = bool(frappe.get_list(doctype, {"name": doc.name}, pluck="name"))
			except frappe.PermissionError:
				listed = False
			assert listed == ("r" in found), f"list and form of {doctype} {doc.name} disagree for {identity}"
	return found or "-"


def tables(world):
	"""Rows of every table of a fenced document, asked for by themselves; a row is put where the document has none."""
	rows = {}
	for parent in of_module("DocType", istable=0):
		for df in frappe.get_meta(parent).get_table_fields():
			names = world.documents.get(parent, {})
			rows[parent, df.fieldname] = (
				df.options,
				{place: _row(parent, name, df) for place, name in names.items()},
			)
	return everybody(world, rows, lambda row, who: _rows_listed(row[0], *rows[row], who))


def _row(parent, name, df):
	row = frappe.get_all(df.options, {"parent": name, "parentfield": df.fieldname}, limit=1, pluck="name")
	if row:
		return row[0]
	values = {"parent": name, "parenttype": parent, "parentfield": df.fieldname, "idx": 1}
	return frappe.get_doc({"doctype": df.options, **values}).db_insert() or frappe.db.get_value(
		df.options, {"parent": name, "parentfield": df.fieldname}
	)


def _rows_listed(parent, table, rows, identity):
	with asking(identity):
		try:
			found = frappe.get_list(
				table, {"parenttype": parent}, pluck="name", parent_doctype=parent, limit=0
			)
		except frappe.PermissionError:
			return "no"
	if not rows:
		return "yes"
	return whose({place for place, row in rows.items() if row in found}, "-")


# ---------------------------------------------------------------- reports

# asked about the year before, for which there is a plan in force
ABOUT_LAST_YEAR = ("Plan Performance", "Plan Roll-up")
# views of the reports whose figures come from elsewhere than those of the first
VIEWS = {
	"Account Profitability": [{"by": "Key Account"}, {"by": "Territory"}, {"show_customers": 1}],
	"Actions Due": [{"due": "All Open"}, {"due": "All Open", "group_by": "Key Account"}],
	"Call Compliance": [{"group_by": "Customer"}, {"group_by": "Territory"}],
	"Call Performance": [{"by": "Person"}],
	"Calls and Results": [{"per": "Key Account"}, {"per": "Customer"}],
	"Improvement Potential": [{"by": "Key Account"}, {"by": "Territory"}],
	"Incentive Performance": [
		{"show": show} for show in ("Measures", "Contribution by Person", "Contribution by Territory")
	],
	"Key Account Performance": [
		{"by": "Key Account", "customers": 1},
		{"by": "Territory"},
		{"by": "Item Group", "sold_to": "All Customers"},
	],
	"Key Account Pipeline": [{"view": view} for view in ("Deals", "Coverage of Targets", "Ageing")],
	"Market Share": [{"by": by} for by in ("Territory", "Key Account", "Competitor")],
	"Plan Roll-up": [{"by": by} for by in ("Key Account", "Territory", "Sales Person")],
	"Share of Wallet": [{"by": by} for by in ("Key Account", "Item Group", "Year")],
	"Win and Loss": [{"by": by} for by in ("Reason", "None")],
	"Selection Results": [{"show": "All Lines"}],
}
# reports that name no account: figures that tell whose documents are in them
SOLD = {AMOUNTS[OURS]: [OURS], sum(AMOUNTS.values()): PLACES}
HOURS = {
	round(MINUTES[OURS] / 60, 1): [OURS],
	round(MINUTES[THEIRS] / 60, 1): [THEIRS],
	round((MINUTES[OURS] + MINUTES[THEIRS]) / 60, 1): PLACES,
}
TELLING = {
	"Call Performance": HOURS,
	"Incentive Performance": SOLD,
	"Market Share": SOLD,
	"Plan Performance": SOLD,
	"Workload": HOURS,
}


def reports(world):
	views = {(report,): VIEWS.get(report, [{}]) for report in of_module("Report")}
	return everybody(
		world,
		views,
		lambda row, who: _report(world, row[0], views[row] if who in TEAMS else views[row][:1], who),
	)


def _report(world, report, views, identity):
	from frappe.desk import query_report

	places = set()
	for view in views:
		filters = {
			"company": b.COMPANY,
			"period": "Rolling 12 Months",
			"selection": world.selection,
			"year": getdate().year,
			"from_date": add_days(nowdate(), -100),
			"to_date": add_days(nowdate(), 30),
			**view,
		}
		if report in ABOUT_LAST_YEAR:
			year = getdate().year - 1
			filters.update(from_date=f"{year}-01-01", to_date=f"{year}-12-31")
		with asking(identity):
			try:
				answer = query_report.run(report, filters, ignore_prepared_report=True)
			except REFUSED:
				return "no"
			text = json.dumps(answer, default=str)
			assert "because of an error in the program" not in text, (report, view, identity)
			places |= seen_in(text) | _told_by_figures(answer, TELLING.get(report, {}))
	return whose(places, "nothing")


def _told_by_figures(answer, telling: dict) -> set[str]:
	if isinstance(answer, dict):
		answer = answer.values()
	if isinstance(answer, list | tuple | type({}.values())):
		return set().union(*(_told_by_figures(one, telling) for one in answer)) if telling else set()
	return set(telling.get(answer, ())) if isinstance(answer, int | float) else set()


# ---------------------------------------------------------------- endpoints


def calls(world, place):
	"""Arguments of every endpoint: with documents of a place, or None where it is about no single account."""

	def of(doctype):
		return world.of(doctype, place)

	account, customer = of("Key Account"), world.customers[place]
	plan, deal, call, cycle = (
		of(name) for name in ("Key Account Plan", "Key Account Opportunity", "Customer Call", "Call Cycle")
	)
	power_map = of("Power Map")
	person = frappe.db.get_value("Power Map Person", {"parent": power_map}, "person")
	action, review, alarm = (
		of("Key Account Action"),
		of("Key Account Business Review"),
		of("Key Account Alarm"),
	)
	scheme, statement = of("Key Account Incentive Scheme"), of("Key Account Incentive")
	line, selection = of("Call Cycle Line"), {"selection": world.selection}
	chosen = of("Key Account Selection Line")
	day, year = add_days(nowdate(), 5), getdate().year
	cell = {"key_account": account, "item_group": world.item_group, "company": b.COMPANY}
	search = {"txt": "", "searchfield": "name", "start": 0, "page_len": 20, "filters": None}
	place_of_row = json.dumps({"Key Account": account})
	filters = json.dumps({"company": b.COMPANY, "period": "Rolling 12 Months"})
	about = {"doctype": "Key Account Opportunity", "docname": deal}
	return {
		"actions.create_task": {"action": action},
		"actions.calendar": {
			"doctype": "Key Account Action",
			"start": add_days(nowdate(), -30),
			"end": add_days(nowdate(), 60),
			"field_map": json.dumps(
				{"start": "start_date", "end": "end_date", "id": "name", "title": "subject"}
			),
		},
		"alarms.mute": {"alarms": [alarm], "until": day, "reason": "x"},
		"alarms.close": {"alarms": [alarm], "reason": "x"},
		"alarms.unmute": {"alarms": [alarm]},
		"alarms.about": {"alarm": alarm},
		"budget.lines": {"plan": plan},
		"budget.documents": {"plan": plan},
		"call_calendar.mine": {},
		"call_calendar.renew": {"calendar": of("Call Calendar")},
		"call_calendar.revoke": {"calendar": of("Call Calendar")},
		"call_calendar.feed": {"token": "guessed"},
		"call_changes.schedule": {"cycle": cycle},
		"call_changes.preview": {"cycle": cycle},
		"call_changes.progress": {"cycle": cycle},
		"call_changes.add_customer": {"cycle": cycle, "customer": customer, "method": "Phone", "calls": 1},
		"call_changes.pause": {"lines": [line], "from_date": day, "reason": "x"},
		"call_changes.resume": {"lines": [line]},
		"call_changes.hand_over": {"lines": [line], "user": "Administrator", "reason": "x"},
		"call_changes.remove": {"lines": [line], "reason": "x"},
		"call_cycles.overview": {"cycle": cycle},
		"call_cycles.load": {"cycle": cycle},
		"call_cycles.lines": {"cycle": cycle},
		"call_cycles.propose": {"cycle": cycle},
		"call_cycles.override": {"line": line, "calls": 2, "reason": "x"},
		"call_cycles.proposed": {"cycle": cycle, "customer": customer},
		"call_cycles.holiday_lists": {"doctype": "Holiday List", **search},
		"call_sheet.sheet": {"call": call},
		"call_sheet.gaps": {"call": call},
		"call_sheet.day": {"day": add_days(nowdate(), 3), "user": "Administrator"},
		"call_sheet.set_objective": {"call": call, "objective": "x"},
		"call_sheet.calendar": {"start": nowdate(), "end": add_days(nowdate(), 30)},
		"calls.plan": {"customer": customer, "method": "Phone", "planned_on": day},
		"calls.prepared": {"call": call},
		"calls.report": {"call": call, "values": {"outcome": "Progress"}},
		"calls.move": {"call": call, "planned_on": day, "reason": "x"},
		"calls.missed": {"call": call, "reason": "x"},
		"calls.cancel": {"call": call, "reason": "x"},
		"calls.reopen": {"call": call},
		"calls.need_to_profile": {"call": call},
		"calls.day": {"day": add_days(nowdate(), 3), "user": "Administrator"},
		"calls.week": {"day": add_days(nowdate(), 3), "user": "Administrator"},
		"criteria.standard_lines": {},
		"demo.create": {},
		"demo.delete": {},
		"demo.status": {},
		"imports.template": {"doctype": "Key Account Wallet", "year": year},
		"incentives.recalculate": {"statement": statement},
		"incentives.recalculate_scheme": {"scheme": scheme},
		"incentives.close": {"scheme": scheme},
		"incentives.search": {"doctype": "Key Account Incentive", **search},
		"intelligence.capture": {
			"origin_doctype": "Key Account Opportunity",
			"origin_name": deal,
			"values": {"title": "x", "kind": "Competitor Move"},
		},
		"intelligence.of_document": {"origin_doctype": "Key Account Opportunity", "origin_name": deal},
		"intelligence.for_account": {"key_account": account},
		"key_account.profile": {"key_account": account},
		"key_account.swot_to_actions": {
			"key_account": account,
			"rows": [],
			"responsible": "Administrator",
			"end_date": day,
		},
		"key_account.of_customer": {"customer": customer},
		"key_account.tree_nodes": {"doctype": "Key Account", "is_root": True},
		"measures.report_columns": {"report": "Customer Ranking", "filters": filters},
		"opportunities.state": {"opportunity": deal},
		"opportunities.customers": {"key_account": account},
		"opportunities.pass_gate": {"opportunity": deal},
		"opportunities.rework_gate": {"opportunity": deal, "reason": "x"},
		"opportunities.undo_gate": {"opportunity": deal, "reason": "x"},
		"opportunities.stop": {"opportunity": deal, "outcome": "Dropped", "reason": "x"},
		"opportunities.reopen": {"opportunity": deal, "reason": "x"},
		"opportunities.win": {"opportunity": deal},
		"opportunities.make_opportunity": {"opportunity": deal},
		"opportunities.make_project": {"opportunity": deal},
		"opportunities.make_quotation": {"source_name": deal},
		"opportunities.make_sales_order": {"source_name": deal},
		"opportunities.from_document": {
			"doctype": "Sales Order",
			"name": world.orders[place],
			"key_account": account,
		},
		"opportunities.account_of_document": {"doctype": "Sales Order", "name": world.orders[place]},
		"opportunity_matrix.rate": {"opportunity": deal, "ratings": {"effort": 3}, "before": {}},
		"performance.documents": {"figure": "actual", "place": place_of_row, "filters": filters},
		"performance.check_targets": {"file": "none"},
		"performance.load_targets": {"file": "none"},
		"plan.figures": {"plan": plan},
		"plan.prefill": {"plan": plan},
		"plan.new_version": {"plan": plan},
		"plan.difference": {"plan": plan},
		"plan.refresh": {"plan": plan},
		"plan.templates": {},
		"plan.check_step": {"plan": plan, "action": "Approve"},
		"plan.in_force": {"key_account": account},
		"power_map.start": {"key_account": account},
		"power_map.find": {"key_account": account},
		"power_map.read": {"power_map": power_map},
		"power_map.state": {"power_map": power_map},
		"power_map.proposals": {"power_map": power_map},
		"power_map.keep_version": {"power_map": power_map},
		"power_map.restore": {"version": world.versions[place]},
		"power_map.compare": {"version": world.versions[place], "other": power_map},
		"power_map.make_action": {"power_map": power_map, "rule": "Decision Maker Known", "person": person},
		"power_map.picture": {"power_map": power_map},
		"power_map.forget_person": {"power_map": power_map, "person": person},
		"power_map.personal_data": {"power_map": power_map, "person": person},
		"profitability.lines": {"filters": filters, "row": {"key_account": account}},
		"report_filters.defaults": {},
		"report_filters.search": {"doctype": "Territory", **search},
		"report_filters.customers_of": {"key_account": account},
		"reviews.refresh_figures": {"review": review},
		"reviews.add_open_actions": {"review": review},
		"score_measures.suggested": {"measure": "Change of Net Sales"},
		"score_measures.units": {},
		"scorecard.panel": {"key_account": account},
		"selection.progress": selection,
		"selection.restart": selection,
		"selection.summary": selection,
		"selection.lines": {**selection, "show": "all"},
		"selection.decide": {**selection, "lines": [chosen], "decision": "Accept"},
		"selection.accept_all": selection,
		"wallet.figures": {"wallet": of("Key Account Wallet")},
		"wallet.buying_centres": {"doctype": "Customer", **search, "filters": {"key_account": account}},
		"wallet.copy_year": {"key_account": account, "from_year": year, "to_year": year + 1},
		"whitespace.matrix": {"filters": filters},
		"whitespace.cell": {"row": f"account:{account}", "column": world.item_group, "filters": filters},
		"whitespace.save_estimate": {**cell, "year": year, "values": {"wallet": 9000}},
		"whitespace.make_opportunity": {**cell, "title": "x", "amount": 1, "responsible": "Administrator"},
		"whitespace.export": {"filters": filters},
		# what stands in for Frappe's own, see test_open_doors
		"open_doors.get_count": {"doctype": about["doctype"], "filters": json.dumps({"name": deal})},
		"open_doors.get_open_count": {"doctype": about["doctype"], "name": deal, "items": "[]"},
		"open_doors.get_group_by_count": {
			"doctype": about["doctype"],
			"current_filters": "[]",
			"field": "assigned_to",
		},
		"open_doors.get_chart": {
			"chart": json.dumps(
				{
					"document_type": about["doctype"],
					"chart_type": "Sum",
					"type": "Heatmap",
					"based_on": "creation",
					"value_based_on": "amount",
					"filters_json": "[]",
					"name": "x",
				}
			)
		},
		"open_doors.get_monthly_goal_graph_data": {
			"goal_doctype": about["doctype"],
			"goal_field": "amount",
			"title": "x",
			"doctype": "Customer",
			"docname": customer,
			"goal_value_field": "kam_potential",
			"goal_total_field": "kam_potential",
			"goal_history_field": "kam_potential_note",
			"goal_doctype_link": "customer",
			"date_field": "creation",
		},
		"open_doors.get_workflow_state_count": {
			"doctype": about["doctype"],
			"workflow_state_field": "title",
			"states": "[]",
		},
		"open_doors.search_link": {"doctype": about["doctype"], "txt": "", "ignore_user_permissions": 1},
		"open_doors.search_widget": {"doctype": about["doctype"], "txt": "", "ignore_user_permissions": 1},
		"open_doors.get_rows": {
			"doctype": about["doctype"],
			"fields": '["name", "key_account", "key_account.account_name as key_account_account_name"]',
			"filters": json.dumps({"name": deal}),
		},
		"open_doors.get_link_title": about,
		"open_doors.validate_link": {**about, "fields": '["title"]'},
		"open_doors.validate_link_and_fetch": {**about, "fields_to_fetch": '["title"]'},
		"open_doors.get_tagged_docs": {"doctype": about["doctype"], "tag": "x"},
		"open_doors.search_everywhere": {"text": mark(place)},
		"open_doors.get_next": {"doctype": about["doctype"], "value": deal, "prev": 0},
		"open_doors.get_follow_users": {"doctype": about["doctype"], "doc_name": deal},
		"open_doors.get_submitted_linked_docs": {"doctype": about["doctype"], "name": deal},
		"open_doors.get_latest_submissions": about,
		"open_doors.get_reviews": about,
		"open_doors.get_open_activities": {"ref_doctype": about["doctype"], "ref_docname": deal},
	}


def endpoints():
	"""`module.function` of every whitelisted function of the app."""
	folder = Path(kam_erpnext.__file__).parent / "api"
	found = {}
	for path in sorted(folder.glob("*.py")):
		module = frappe.get_module(f"kam_erpnext.api.{path.stem}")
		for name, function in vars(module).items():
			if getattr(function, "__module__", "") == module.__name__ and _is_whitelisted(function):
				found[f"{path.stem}.{name}"] = function
	return found


def _is_whitelisted(function) -> bool:
	return callable(function) and (
		function in frappe.whitelisted or inspect.unwrap(function) in frappe.whitelisted
	)


def methods(world):
	by_place = {place: calls(world, place) for place in PLACES}
	rows = {
		(name,): (
			{place: by_place[place].get(name, {}) for place in PLACES},
			next(iter(frappe.allowed_http_methods_for_whitelisted_func.get(function, ["POST"]))),
		)
		for name, function in endpoints().items()
	}
	return everybody(world, rows, lambda row, who: _method(row[0], *rows[row], who))


def _method(name, asked, verb, identity):
	if asked[OURS] == asked[PLACES[1]]:
		answered, seen = _ask(name, asked[OURS], verb, identity)
		return f"yes {whose(seen, '')}".strip() if answered else "no"
	found = {place: _ask(name, values, verb, identity) for place, values in asked.items()}
	answers = [answer for answer, _seen in found.values() if answer]
	answered = {
		place
		for place, (answer, seen) in found.items()
		if answer == "answers" and (name not in BY_MARKS or place in seen)
	}
	told = set().union(*(seen for _answer, seen in found.values())) - answered
	return " ".join(
		[whose(answered, "nothing" if answers else "no"), *(f"+{place}" for place in sorted(told))]
	)


# Frappe's own check of roles, which it leaves out in tests
ONLY_FOR = ("demo.", "sales_facts.", "performance.check_targets", "performance.load_targets")
# what they answer holds something also when they tell of nobody: the marks in it decide
BY_MARKS = ("open_doors.get_link_title", "open_doors.search_everywhere", "performance.documents")
# what they answer hangs on the moments at which documents were made
BY_ANSWERING = ("open_doors.get_next",)


def _ask(name, values, verb, identity):
	"""Whether an endpoint `answers`, answers `empty` or refuses (None), and whose documents are in what it says.

	Through Frappe's handler, as the desk does.
	"""
	from frappe.handler import execute_cmd

	method = f"kam_erpnext.api.{name}"
	with asking(identity):
		frappe.local.form_dict = frappe._dict(cmd=method, **values)
		frappe.local.request = frappe._dict(method=verb, headers={}, environ={}, path="/")
		frappe.local.flags.in_test = not name.startswith(ONLY_FOR)
		try:
			answer = execute_cmd(method)
		except REFUSED as error:
			missing = "file" in values and isinstance(error, frappe.DoesNotExistError)
			return ("answers" if missing else None), set()
		except Exception as error:
			# refused for another reason: whoever has the right is told what is wrong with it
			answer = str(error) or type(error).__name__
		finally:
			frappe.local.flags.in_test = True
			del frappe.local.request
		beside = {key: value for key, value in frappe.local.response.items() if key != "docs"}
		seen = seen_in(json.dumps([answer, beside], default=str, ensure_ascii=False))
		empty = not (any(answer.values()) if isinstance(answer, dict) else answer)
		if verb != "GET" or name in BY_ANSWERING:
			empty = False
		return ("empty" if empty else "answers"), seen


# ---------------------------------------------------------------- pages, workspaces, prints


def screens(world):
	questions = {
		**{
			("page", name): lambda who, name=name: _yes(
				who, lambda: frappe.get_doc("Page", name).is_permitted()
			)
			for name in of_module("Page")
		},
		**{
			("workspace", name): lambda who, name=name: _yes(who, lambda: name in _workspaces())
			for name in of_module("Workspace")
		},
		**{
			("print", name): lambda who, name=name: _printed(world, name, who)
			for name in of_module("Print Format")
		},
	}
	return everybody(world, questions, lambda row, who: questions[row](who))


def _yes(identity, question):
	with asking(identity):
		try:
			return "yes" if question() else "no"
		except REFUSED:
			return "no"


def _workspaces():
	from frappe.desk.desktop import get_workspace_sidebar_items

	return {page["name"] for page in get_workspace_sidebar_items()["pages"]}


def _printed(world, name, identity):
	from frappe.www.printview import get_html_and_style

	doctype = frappe.db.get_value("Print Format", name, "doc_type")
	places = set()
	for place in PLACES:
		with asking(identity):
			try:
				get_html_and_style(doctype, name=world.of(doctype, place), print_format=name, no_letterhead=1)
			except REFUSED:
				continue
			except frappe.ValidationError as error:
				# a version for the customer of a draft, say: whoever may print is told why not
				assert "not allowed" not in str(error).lower(), error
			places.add(place)
	return whose(places)


# ---------------------------------------------------------------- the reviewed files

KINDS = {
	"documents": (documents, ("doctype", "place")),
	"tables": (tables, ("doctype", "table")),
	"reports": (reports, ("report",)),
	"methods": (methods, ("method",)),
	"screens": (screens, ("kind", "screen")),
}


def read(kind, folder=FOLDER):
	"""What is expected: row -> identity -> cell."""
	keys = KINDS[kind][1]
	with open(folder / f"{kind}.csv", newline="", encoding="utf-8") as file:
		return {tuple(row.pop(key) for key in keys): row for row in csv.DictReader(file)}


def write(kind, answers, folder):
	"""A proposal, for a person to review."""
	keys = KINDS[kind][1]
	Path(folder).mkdir(parents=True, exist_ok=True)
	with open(Path(folder) / f"{kind}.csv", "w", newline="", encoding="utf-8") as file:
		rows = csv.writer(file, lineterminator="\n")
		identities = list(next(iter(answers.values())))
		rows.writerow([*keys, *identities])
		for row, cells in answers.items():
			rows.writerow([*row, *(cells[identity] for identity in identities)])


def differences(expected, found):
	"""What a reviewer has to look at, a line each."""
	for row in found.keys() - expected.keys():
		yield f"{' / '.join(row)}: nothing is expected of it yet, found {found[row]}"
	for row in expected.keys() - found.keys():
		yield f"{' / '.join(row)}: expected, but there is no such thing"
	for row in expected.keys() & found.keys():
		for identity in {*expected[row], *found[row]}:
			cells = expected[row].get(identity), found[row].get(identity)
			if FRAPPE_MAJOR > 15 and row == ("open_doors.get_chart",) and cells == ("yes theirs", "yes"):
				continue  # version 16 finds less by such filters
			if cells[0] != cells[1]:
				yield f"{' / '.join(row)}, {identity}: expected {cells[0]}, found {cells[1]}"
