"""Every endpoint of the app is asked with right and wrong values, as a browser sends them: see `tests.site.fuzzing`.

What must hold whatever is sent: an answer or a refusal in words, never a server error; what was refused left no trace,
what was accepted left whole documents; the refusal of one wrong value names it.
"""

import collections
import html
import importlib
import inspect
import json
import pkgutil
import re

import frappe
import pytest
from frappe.utils import add_days, nowdate
from hypothesis import given
from hypothesis import strategies as st

import kam_erpnext.api
from kam_erpnext.api.arguments import stands_in_for
from kam_erpnext.compat import FRAPPE_MAJOR
from kam_erpnext.data.fenced import FENCED
from kam_erpnext.data.incentive_access import SCHEME, STATEMENT
from kam_erpnext.kam_erpnext.doctype.kam_scorecard_measure.kam_scorecard_measure import BY_LABEL
from tests.site import fuzz_world, fuzzing
from tests.site import pipeline_builders as pipeline
from tests.site.fuzz_world import DIRECTOR, MANAGER, OPERATIONS, YEAR

INPUTS = 72
# those that look at everything there is, and those whose only argument is not used
FEWER = 16
SLOW = (
	"cards.",
	"performance_cards.",
	"reviews.refresh",
	"scorecard.",
	"key_account.profile",
	"whitespace.",
	"call_sheet.sheet",
)
# takes minutes and makes a company: asked for by those only who may not
NOT_BY_ADMINISTRATOR = ("demo.create", "demo.delete")
# what the messages call an argument, besides its own name
NAMES = {
	"lines": ("line",),
	"searchfield": ("search field",),
	"to_year": ("year",),
	"from_year": ("year",),
	"rows": ("SWOT",),
	"goal_doctype": ("doctype",),
}


def endpoints():
	"""Every whitelisted function of the folder api, by `module.function`."""
	found = {}
	for module in pkgutil.walk_packages(kam_erpnext.api.__path__, "kam_erpnext.api."):
		for name, function in vars(importlib.import_module(module.name)).items():
			if function.__class__.__name__ == "function" and function.__module__ == module.name:
				if function in frappe.whitelisted:
					found[f"{module.name.removeprefix('kam_erpnext.api.')}.{name}"] = function
	return found


ENDPOINTS = endpoints()


@pytest.fixture(scope="module")
def world(site_connection):
	with fuzz_world.made() as made, fuzzing.no_jobs():
		made.site = fuzzing.Site()
		made.right = right_values(made)
		made.answers, made.taken = {}, collections.defaultdict(set)
		yield made
		print(f"\nendpoints: {dict(made.site.sums())}")


@pytest.fixture(autouse=True)
def isolation(world):
	"""The whole module is one transaction; every request is undone by itself."""


def right_values(world):
	"""Values an argument may have, by its name or by that of the endpoint and the argument."""
	today, pumps = nowdate(), pipeline.PUMPS
	doctypes = [
		"Key Account Plan",
		"Key Account Action",
		"Customer Call",
		"Customer",
		"Key Account Incentive",
	]
	filters = {"company": world.company, "key_account": world.account}
	return {
		"action": world.actions,
		"alarm": [world.alarm],
		"alarms": [[world.alarm]],
		"amount": [1000, 0, "2500.5"],
		"as_dict": [0, 1],
		"before": [{}, {"effort": ""}],
		"before_version": [None],
		"calendar": [world.calendar],
		"call": world.calls,
		"calls": [3, 0, 12],
		"chart": [{"type": "Count", "chart_type": "Count", "document_type": "Key Account Action"}],
		"chart_name": [world.chart],
		"code": ["", "B1"],
		"column": [pumps],
		"company": [world.company],
		"contacts": [[world.contact], [{"contact": world.contact}], []],
		"current_filters": [[], [["status", "=", "Open"]]],
		"customer": world.customers,
		"cycle": world.cycles,
		"day": [today, add_days(today, 7)],
		"debug": [0],
		"decision": ["Accept", "Reject", "Override"],
		"description": ["Something to do"],
		"doc_name": [world.plans[0]],
		"docname": [world.plans[0], world.calls[0]],
		"doctype": doctypes,
		"duration": [60, 30],
		"end": [add_days(today, 30)],
		"end_date": [add_days(today, 30)],
		"evidence": ["They signed"],
		"expected_close": [add_days(today, 90)],
		"factor": [1, 1000],
		"field": ["status", "assigned_to"],
		"field_map": [{"start": "start_date", "end": "end_date", "id": "name", "title": "subject"}],
		"fields": [["name", "subject", "status"]],
		"figure": ["actual", "target", "last_year", "pipeline"],
		"file": ["no-such-file"],
		"filters": [{}, filters, []],
		"from_date": [today, f"{YEAR}-01-01"],
		"from_year": [int(YEAR)],
		"gate": [None],
		"heatmap_year": [2019],
		"item_group": [pumps],
		"items": [["Key Account Action"]],
		"key_account": [world.account, world.group],
		"kind": ["Idea"],
		"level": ["National", "Global"],
		"limit": [20],
		"line": world.lines,
		"lines": [world.lines[:1], world.lines[2:3], world.lines[2:4]],
		"measure": frappe.get_all("KAM Measure", pluck="name", order_by="name")[:5],
		"method": ["Visit", "Phone"],
		"modified": [None],
		"name": [world.plans[0], world.quotation, world.calls[0]],
		"no_cache": [1],
		"note": ["A note"],
		"objective": ["Agree on the frame contract"],
		"on": [today, f"{YEAR}-06-30"],
		"opportunity": world.ideas,
		"opportunity_type": [None, "Key Account Opportunity"],
		"order": ["customer_name", "calls"],
		"origin_doctype": ["Customer Call", "Key Account"],
		"origin_name": [world.calls[0], world.account],
		"other": [world.plans[0]],
		"outcome": ["Lost", "Dropped"],
		"page_len": [20],
		"page_length": [20],
		"parent": [None, world.group, "All Key Accounts"],
		"password": ["Fuzzing-Is-2619-Long"],
		"period": ["Rolling 12 Months"],
		"person": world.people,
		"place": [{"key_account": world.account}, {"customer": world.customers[0]}],
		"plan": world.plans,
		"planned_on": [add_days(today, 3), today],
		"power_map": [world.map],
		"priority": ["High", "Low"],
		"project": [None],
		"proposal": ["Add", None],
		"quotation": [world.quotation],
		"ratings": [{"effort": 3}, {"risk": "", "strategic_us": 5}],
		"reason": ["Because we agreed on it"],
		"reasons": [[]],
		"ref_docname": world.ideas,
		"ref_doctype": ["Key Account Opportunity"],
		"refresh": [1],
		"report": ["Customer Ranking", "Sales Analytics", "General Ledger"],
		"responsible": [MANAGER, DIRECTOR],
		"review": [world.review],
		"row": [{"customer": world.customers[0]}, {"key_account": world.account}],
		"rows": [frappe.get_all("Key Account SWOT Item", {"parent": world.account}, pluck="name")],
		"rule": ["No Champion", "Single Thread"],
		"scheme": [world.scheme],
		"search": ["Fuzz"],
		"searchfield": ["name"],
		"selection": [world.selection],
		"show": ["proposals", "all", "open", "undecided", "accounts"],
		"shown": ["Active", "Paused", "Overridden"],
		"source_name": world.ideas,
		"start": [today],
		"start_date": [today],
		"starts_at": [f"{add_days(today, 2)} 10:00", f"{add_days(today, 2)}T10:00:00+09:00"],
		"statement": [world.statement],
		"states": [["Draft"]],
		"subject": ["Do it"],
		"tag": ["Fuzz"],
		"text": ["Fuzz"],
		"time_interval": ["Monthly"],
		"timespan": ["Last Year"],
		"title": ["More pumps"],
		"to_date": [add_days(today, 30), f"{YEAR}-12-31"],
		"to_year": [int(YEAR) + 1],
		"txt": ["", "Fuzz", "Test"],
		"until": [add_days(today, 20)],
		"user": [MANAGER, DIRECTOR],
		"value": [world.plans[0]],
		"wallet": [world.wallet],
		"workflow_state_field": ["status"],
		"year": [int(YEAR), 2026],
		"call_calendar.feed.token": [world.token],
		"call_changes.resume.lines": [[world.paused]],
		"calls.need_to_profile.call": [world.heard],
		"opportunities.reopen.opportunity": [world.lost],
		"opportunities.undo_gate.opportunity": [world.passed],
		"aggregation": ["sum", "count"],
		"open_doors.get_monthly_goal_graph_data.doctype": ["Key Account"],
		"open_doors.get_monthly_goal_graph_data.docname": [world.account],
		"open_doors.get_monthly_goal_graph_data.filters": [{}, {"status": "Open"}],
		"goal_doctype": ["Key Account Action"],
		"goal_doctype_link": ["key_account"],
		"goal_field": ["progress"],
		"date_field": ["end_date"],
		"goal_history_field": ["needs_summary"],
		"goal_total_field": ["progress"],
		"goal_value_field": ["progress"],
		"open_doors.get_chart.from_date": [None],
		"open_doors.get_chart.to_date": [None],
		"open_doors.get_chart.filters": [[], [["Key Account Action", "status", "=", "Open"]]],
		"ignore_user_permissions": [0, 1],
		"prev": [0, 1],
		"sort_field": ["modified"],
		"sort_order": ["desc", "asc"],
		"open_doors.validate_link.fields": [["name"], []],
		"opportunities.stop.reasons": [["Price"], []],
		"power_map.make_action.rule": frappe.get_all("Power Map Rule", pluck="name", order_by="name")[:2],
		"score_measures.suggested.measure": list(BY_LABEL)[:3],
		"incentives.search.doctype": [SCHEME, STATEMENT],
		"key_account.tree_nodes.doctype": ["Key Account"],
		"whitespace.cell.row": [f"account:{world.group}"],
		"whitespace.cell.filters": [
			{
				"company": world.company,
				"period": "Custom",
				"from_date": f"{YEAR}-01-01",
				"to_date": f"{YEAR}-12-31",
			}
		],
		"calls.report.values": [
			{
				"outcome": "Objective Reached",
				"summary": "They want pumps",
				"needs_heard": "Pumps",
				"commitment": "We send an offer",
				"made_at": None,
				"contacts": [{"contact": world.contact, "met": 1}],
				"products": [{"item_group": pumps, "interest": "High", "note": "Soon"}],
				"remarks": [
					{"remark": "They look at others", "competitor": world.competitor, "kind": "Price"}
				],
				"follow_ups": [{"subject": "Send it", "due": add_days(today, 5), "responsible": MANAGER}],
			},
			{"summary": "Short"},
		],
		"intelligence.capture.values": [
			{
				"title": "They build a plant",
				"kind": "Trend",
				"what": "In the north",
				"key_account": world.account,
			}
		],
		"whitespace.save_estimate.values": [
			{"wallet": 5000},
			{"wallet": 100, "state": "Whitespace", "note": "Seen"},
		],
		"selection.decide.lines": [world.selection_lines[:1], world.selection_lines],
		"call_sheet.calendar.filters": [[], [["Customer Call", "status", "=", "Planned"]]],
		"imports.template.doctype": ["Key Account Wallet", "Market Estimate"],
		"report_filters.search.doctype": ["Item Group", "Territory", "Company"],
		"opportunities.from_document.doctype": ["Quotation"],
		"opportunities.from_document.name": [world.offer],
		"opportunities.account_of_document.doctype": ["Quotation"],
		"opportunities.account_of_document.name": [world.quotation],
		"plan.check_step.action": ["Send to Review", "Approve"],
		"power_map.compare.version": [world.map_version],
		"power_map.compare.other": [world.map],
		"version": [world.map_version],
		"measures.report_columns.filters": ['{"company": "{company}"}', "{}"],
	}


def parameters_of(name):
	"""Parameters of an endpoint and of the function of Frappe it hands everything else on to."""
	function = inspect.unwrap(ENDPOINTS[name])
	return {
		parameter.name: parameter
		for one in (*stands_in_for(function), function)
		for parameter in inspect.signature(one).parameters.values()
		if parameter.kind is not parameter.VAR_KEYWORD
	}


@st.composite
def requests(draw, name, right):
	"""`(values, base, wrong, user)`: what is sent, the right values it was made of, and the only wrong one, if it is one."""
	base = {}
	for parameter in parameters_of(name).values():
		known = right.get(f"{name}.{parameter.name}") or right.get(parameter.name) or [None]
		kinds = getattr(parameter.annotation, "__args__", (parameter.annotation,))
		if bool in kinds:
			known = [0, 1]
		elif parameter.name == "start" and int in kinds:
			known = [0, 20]  # a page of a list, elsewhere it is a day
		if parameter.default is parameter.empty or draw(st.booleans()):
			value = draw(st.sampled_from(known))
			if value is not None:
				base[parameter.name] = value
	users = [OPERATIONS, DIRECTOR, MANAGER]
	user = draw(st.sampled_from(users if name in NOT_BY_ADMINISTRATOR else [*users, "Administrator"]))
	values, wrong = dict(base), None
	way = draw(st.integers(0, 9))
	if way >= 2 and base:
		wrong = draw(st.sampled_from(sorted(base)))
		values[wrong] = draw(fuzzing.mutated(base[wrong]))
		if way >= 7:
			for other in sorted(base):
				if draw(st.booleans()):
					values[other] = draw(fuzzing.mutated(base[other]))
			wrong = None
		if way == 9:
			del values[draw(st.sampled_from(sorted(values)))]
			values[
				draw(st.sampled_from(["flags", "ignore_permissions", "self", "cmd ", "kwargs", "näme"]))
			] = draw(fuzzing.wrong_text)
	return values, base, wrong, user


def sent(values):
	return {key: fuzzing.as_sent(value) for key, value in values.items()}


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint_answers_or_refuses_in_words(world, name):
	function = ENDPOINTS[name]
	method = f"kam_erpnext.api.{name}"
	methods = frappe.allowed_http_methods_for_whitelisted_func[function]
	http = "POST" if "POST" in methods else "GET"

	def accepted(base, user):
		key = (name, repr(sorted(base.items())), user)
		if key not in world.answers:
			theirs = answered_by_frappe(name, base)
			world.answers[key] = world.site.send(method, sent(base), user, http, theirs=theirs).accepted
		if world.answers[key]:
			world.taken[name] |= set(base)
		return world.answers[key]

	number = FEWER if name.startswith(SLOW) else INPUTS

	@fuzzing.inputs(number if parameters_of(name) else 4, name)
	@given(st.data())
	def ask(data):
		values, base, wrong, user = data.draw(requests(name, world.right))
		answer = world.site.send(method, sent(values), user, http, theirs=answered_by_frappe(name, values))
		told = isinstance(answer.error, frappe.ValidationError) and not isinstance(
			answer.error,
			frappe.DoesNotExistError,  # which says what was looked for
		)
		if answer.accepted and values == base:
			world.taken[name] |= set(base)
		theirs = name.startswith("open_doors.") and FRAPPE_MAJOR > 15  # whose words are those of Frappe
		if wrong and told and not theirs and accepted(base, user):
			assert names(answer.message, wrong, base, values), (
				f"{name}: {wrong} = {fuzzing.short(values[wrong])}, but it says: {answer.message}"
			)

	ask()


@pytest.mark.parametrize(
	("name", "values", "said"),
	[
		("calls.cancel", {"reason": "Ill"}, "Call is missing"),
		("calls.week", {"day": "2026-02-31"}, "Day: 2026-02-31 is not a day"),
		("calls.week", {"day": "9999-12-31"}, "Day: 9999-12-31 is not a day between 1900 and 2199"),
		("call_changes.add_customer", {"cycle": "x", "customer": "x", "method": "x", "calls": "many"}, "Calls: many is not a whole"),
		("call_changes.add_customer", {"cycle": "x", "customer": "x", "method": "x", "calls": "9" * 12}, "Calls: 999999999999 is too large"),
		("performance.check_targets", {"file": "x", "factor": "nan"}, "Factor: nan is not a number"),
		("calls.cancel", {"call": "x", "reason": "a\0b"}, "Reason: the text holds signs"),
		("calls.cancel", {"call": "x", "reason": "x" * 20_000}, "Reason: the text is too long"),
		("calls.report", {"call": "x", "values": "[" * 100_000}, "Values: "),
		("calls.report", {"call": "x", "values": "[" * 50 + "]" * 50}, "Values: lists and objects are nested too deeply"),
		("calls.report", {"call": "x", "values": '{"summary": "\\ud800"}'}, "Summary: the text holds signs"),
		("open_doors.get_count", {"doctype": "<b>x</b>"}, "Doctype: there is no <b>x</b>"),
		("open_doors.get_next", {"doctype": "Key Account", "value": "x"}, "Prev is missing"),
		("open_doors.get_count", {"doctype": "Key Account", "filters": '{"nothing": 1}'}, "has no field nothing"),
		("open_doors.get_count", {"doctype": "Key Account", "filters": '[["name", "resembles", 1]]'}, "Name: resembles is not a comparison"),
	],
)  # fmt: skip
def test_what_no_endpoint_can_take_is_refused_by_its_name(world, name, values, said):
	answer = world.site.send(f"kam_erpnext.api.{name}", values, OPERATIONS)
	assert isinstance(answer.error, frappe.ValidationError)
	assert said in frappe.utils.strip_html(html.unescape(answer.message)) or said in html.unescape(
		answer.message
	)


def test_right_values_were_accepted(world):
	"""The other tests would hold as well if everything was refused."""
	asked = {name.removeprefix("kam_erpnext.api."): count for name, count in world.site.counts.items()}
	if len(asked) < len(ENDPOINTS):
		pytest.skip("only when every endpoint was asked")
	never = sorted(name for name in ENDPOINTS if not asked[name]["accepted"])
	print(f"\nnever accepted: {never}")
	untried = {
		name: sorted(set(parameters_of(name)) - world.taken[name]) for name in ENDPOINTS if name not in never
	}
	print("arguments never accepted:", {name: left for name, left in untried.items() if left})
	assert len(never) < len(ENDPOINTS) / 2
	sums = world.site.sums()
	assert sums["accepted"] > 0.2 * sums.total() and sums["refused"] > 0.2 * sums.total()


def answered_by_frappe(name, values):
	"""Whether a door of Frappe is asked about documents this app does not fence: Frappe answers as it does without it."""
	asked = [value for argument, value in values.items() if argument.endswith("doctype")]
	return name.startswith("open_doors.") and (
		not FENCED.issuperset(map(str, asked)) or "chart" in values or not asked
	)


def plain(text):
	return re.sub(r"[\W_]+", " ", text).strip().lower()


def names(message, argument, base, values):
	"""Whether a message names the argument, or the field within it, that is wrong, by its name or as forms call it."""
	told = plain(message)
	fields = {argument}
	if isinstance(base[argument], dict | list):
		fields |= words_in(base[argument]) | words_in(values[argument])
	possible = fields | labels_of(fields) | {*NAMES.get(argument, ())}
	return any(plain(name) in told for name in possible if plain(name))


def labels_of(fields):
	"""What forms of this app call fields."""
	ours = frappe.get_all("DocType", {"module": "KAM ERPNext"}, pluck="name")
	asked = {"parent": ("in", ours), "fieldname": ("in", [*fields, ""])}
	return {label for label in frappe.get_all("DocField", asked, pluck="label") if label}


def words_in(value):
	"""Names of fields in objects, and texts in lists, which may be names of fields."""
	if isinstance(value, str) and value.startswith(("{", "[")):
		try:
			return words_in(json.loads(value))
		except (ValueError, RecursionError):
			return set()
	if isinstance(value, dict):
		return set(value) | {word for below in value.values() for word in words_in(below)}
	if isinstance(value, list):
		texts = {one for one in value if isinstance(one, str)}
		return texts | {word for below in value for word in words_in(below)}
	return set()
