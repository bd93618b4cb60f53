"""Rules that hold for the whole app, read from its source: endpoints, permissions, SQL, doctypes, tests."""

import ast
import inspect
import json
import re
from pathlib import Path

import frappe
import pytest

import kam_erpnext

APP = Path(kam_erpnext.__file__).parent
TESTS = Path(__file__).parents[1]
MODULES = sorted(APP.rglob("*.py"))
ENDPOINT_FOLDER = APP / "api"
DOCTYPES = sorted((APP / "kam_erpnext" / "doctype").glob("*/*.json"))

# calls that refuse a reader without permission, or leave out what he may not see; the last ones are helpers made of these
PERMISSION_CHECKS = {
	"has_permission",
	"check_permission",
	"only_for",
	"may_read",
	"waiting_card",
	"list_card",
	# see data/fenced.py and api/open_doors.py
	"only_for_readers_of_all",
	"visible_names",
	"_only_if_readable",
	"_with_permissions",
	"titles_of_hidden_documents",
}
# where an endpoint gets its answer from
READS = {
	"frappe.db",
	"frappe.qb",
	"frappe.get_all",
	"frappe.get_list",
	"frappe.get_value",
	"frappe.get_cached_value",
	"frappe.get_cached_doc",
	"accounts",
	"account_page",
	"sales",
	"units",
	"selections",
	"run",
	"default_company",
	"get_settings",
}
# endpoints that need no login, and why
OPEN_TO_GUESTS = {
	"call_calendar.feed": "calendar programs cannot log in; the secret token in the address stands for the person who made it",
}
WITHOUT_DESCRIPTION = {"Section Break", "Column Break", "Tab Break", "HTML", "Fold", "Heading", "Button"}


def name_of(path):
	return str(path.relative_to(APP))


def parse(path):
	return ast.parse(path.read_text(encoding="utf-8"))


def dotted(node):
	"""`frappe.db.get_value` of an expression; calls within it are looked through."""
	if isinstance(node, ast.Name):
		return node.id
	if isinstance(node, ast.Attribute):
		return f"{dotted(node.value)}.{node.attr}"
	if isinstance(node, ast.Call):
		return f"{dotted(node.func)}()"
	return ""


def position(node):
	"""Where a call is carried out: at the end of its text, so that `a().b()` is `a` before `b`."""
	return (node.end_lineno, node.end_col_offset)


def calls(tree):
	return sorted((node for node in ast.walk(tree) if isinstance(node, ast.Call)), key=position)


# ---------------------------------------------------------------- endpoints


def whitelist_of(function):
	"""The decorator `@frappe.whitelist(…)` of a function, or None."""
	for decorator in function.decorator_list:
		target = decorator.func if isinstance(decorator, ast.Call) else decorator
		if dotted(target) == "frappe.whitelist":
			return decorator
	return None


def endpoints(tree):
	return [
		node
		for node in ast.walk(tree)
		if isinstance(node, ast.FunctionDef) and whitelist_of(node) is not None
	]


def problems_of_endpoint(function, name=None):
	"""`name` is that of the module and the function."""
	decorator = whitelist_of(function)
	keywords = {keyword.arg for keyword in decorator.keywords} if isinstance(decorator, ast.Call) else set()
	if "methods" not in keywords:
		yield "does not declare methods=[…]"
	if "allow_guest" in keywords and name not in OPEN_TO_GUESTS:
		yield "is open to guests"
	if not ast.get_docstring(function):
		yield "has no docstring"
	if function.returns is None:
		yield "does not declare what it returns"
	arguments = function.args
	every = [
		*arguments.posonlyargs,
		*arguments.args,
		*arguments.kwonlyargs,
		arguments.vararg,
		arguments.kwarg,
	]
	for argument in filter(None, every):
		if argument.annotation is None:
			yield f"does not declare the type of {argument.arg}"
			continue
		kinds = {part.strip() for part in ast.unparse(argument.annotation).split("|")}
		if kinds & {"dict", "list"} and "str" not in kinds:
			yield f"does not take {argument.arg} as a browser sends it, as JSON"
	checks = [call for call in calls(function) if dotted(call.func).split(".")[-1] in PERMISSION_CHECKS]
	if not checks:
		yield "does not check a permission"
		return
	for call in calls(function):
		called = dotted(call.func)
		if any(called == read or called.startswith(f"{read}.") for read in READS):
			if position(call) < position(checks[0]):
				yield f"reads ({called}) before it checks a permission"


ENDPOINTS = [
	pytest.param(function, f"{path.stem}.{function.name}", id=f"{path.stem}.{function.name}")
	for path in sorted(ENDPOINT_FOLDER.rglob("*.py"))
	for function in endpoints(parse(path))
]


@pytest.mark.parametrize(("function", "name"), ENDPOINTS)
def test_endpoints_are_typed_documented_and_check_permissions_first(function, name):
	assert list(problems_of_endpoint(function, name)) == []


def test_the_guard_of_endpoints_sees_mistakes():
	source = """
@frappe.whitelist(allow_guest=True)
def bad(name, count: int = 1, lines: list | None = None):
	value = frappe.db.get_value("Customer", name)
	frappe.has_permission("Customer", throw=True)
	return value
"""
	(function,) = endpoints(ast.parse(source))
	assert list(problems_of_endpoint(function)) == [
		"does not declare methods=[…]",
		"is open to guests",
		"has no docstring",
		"does not declare what it returns",
		"does not declare the type of name",
		"does not take lines as a browser sends it, as JSON",
		"reads (frappe.db.get_value) before it checks a permission",
	]


def test_loading_the_document_whose_permission_is_checked_is_no_read():
	source = '''
@frappe.whitelist(methods=["GET"])
def good(name: str) -> dict:
	"""Fine."""
	frappe.get_doc("Key Account", name).check_permission("read")
	return frappe.db.get_value("Key Account", name, "*")
'''
	(function,) = endpoints(ast.parse(source))
	assert list(problems_of_endpoint(function)) == []


def test_whitelisted_functions_live_in_the_api_folder_only():
	elsewhere = [
		f"{name_of(path)}: {function.name}"
		for path in MODULES
		if ENDPOINT_FOLDER not in path.parents
		for function in endpoints(parse(path))
	]
	assert elsewhere == []


@pytest.mark.parametrize("path", sorted(ENDPOINT_FOLDER.rglob("*.py")), ids=name_of)
def test_endpoint_modules_keep_the_check_of_argument_types(path):
	"""`from __future__ import annotations` would silently turn it off."""
	imported = {node.module for node in ast.walk(parse(path)) if isinstance(node, ast.ImportFrom)}
	assert "__future__" not in imported


def test_a_wrong_argument_type_is_refused():
	from kam_erpnext.api.selection import lines

	with pytest.raises(frappe.exceptions.FrappeTypeError):
		lines("KAS-X", start="not a number")


METHOD = re.compile(r"kam_erpnext(?:\.[a-z_]+)+")


def test_every_method_the_desk_calls_exists_and_is_whitelisted():
	"""Dotted paths in client scripts and in the JSON of cards and charts."""
	named = {}
	for path in (*APP.rglob("*.js"), *APP.rglob("*.json")):
		if "public/dist" in str(path) or "node_modules" in str(path):
			continue
		for found in METHOD.findall(path.read_text(encoding="utf-8")):
			if found.startswith("kam_erpnext.api.") and len(found.split(".")) > 3:
				named.setdefault(found.rstrip("."), set()).add(name_of(path))
	assert len(named) >= 8
	for method, files in named.items():
		function = frappe.get_attr(method)
		assert function in frappe.whitelisted or inspect.unwrap(function) in frappe.whitelisted, (
			method,
			files,
		)


# ---------------------------------------------------------------- SQL and permissions


def interpolated_sql(tree):
	"""Calls of `sql` whose statement is put together from pieces."""
	for call in calls(tree):
		if dotted(call.func).split(".")[-1] not in ("sql", "sql_list", "sql_ddl", "multisql"):
			continue
		statement = call.args[0] if call.args else None
		pieces = isinstance(statement, ast.JoinedStr | ast.BinOp)
		formatted = isinstance(statement, ast.Call) and dotted(statement.func).endswith(".format")
		if pieces or formatted:
			yield call.lineno


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_sql_is_put_together_from_text(path):
	assert list(interpolated_sql(parse(path))) == []


def test_the_guard_of_sql_sees_mistakes():
	source = 'frappe.db.sql(f"select {x}")\nfrappe.db.sql("select {}".format(x))\nfrappe.db.sql("a" + x)\nfrappe.db.sql("select %s", x)'
	assert list(interpolated_sql(ast.parse(source))) == [1, 2, 3]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_whoever_ignores_permissions_says_why(path):
	"""A comment on the line itself or on the one before."""
	text = path.read_text(encoding="utf-8").splitlines()
	unexplained = [
		number + 1
		for number, line in enumerate(text)
		if re.search(r"ignore_permissions\s*=\s*True|\"ignore_permissions\"\s*:\s*(True|1)", line)
		and "#" not in line
		and not (number and text[number - 1].strip().startswith("#"))
	]
	assert unexplained == []


# ---------------------------------------------------------------- doctypes


def doctype_id(path):
	return path.stem


def load(path):
	return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", DOCTYPES, ids=doctype_id)
def test_every_field_is_described(path):
	silent = [
		field["fieldname"]
		for field in load(path)["fields"]
		if field["fieldtype"] not in WITHOUT_DESCRIPTION
		and not field.get("hidden")
		and field["fieldname"] != "amended_from"
		and not field.get("description", "").strip()
	]
	assert silent == []


@pytest.mark.parametrize("path", DOCTYPES, ids=doctype_id)
def test_permissions_stand_on_doctypes_and_not_on_child_tables(path):
	"""A virtual doctype may be closed to everybody."""
	doctype = load(path)
	closed = doctype.get("istable") or (doctype.get("is_virtual") and not doctype["permissions"])
	assert bool(closed) != bool(doctype["permissions"])


@pytest.mark.parametrize("path", DOCTYPES, ids=doctype_id)
def test_the_order_of_lists_is_given(path):
	"""Version 16 changed what Frappe takes when a doctype says nothing."""
	doctype = load(path)
	assert doctype["sort_field"] and doctype["sort_order"]


def test_nobody_but_the_six_roles_and_the_system_manager_is_given_rights():
	from kam_erpnext.setup.roles import ROLES

	given = {row["role"] for path in DOCTYPES for row in load(path)["permissions"]}
	assert given <= {*ROLES, "System Manager"}


def test_custom_fields_carry_the_prefix_and_a_description():
	from kam_erpnext.setup.custom_fields import CUSTOM_FIELDS

	for doctype, fields in CUSTOM_FIELDS.items():
		for field in fields:
			assert field["fieldname"].startswith("kam_"), (doctype, field["fieldname"])
			if field["fieldtype"] not in WITHOUT_DESCRIPTION:
				assert field.get("description"), (doctype, field["fieldname"])


# ---------------------------------------------------------------- tests


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_every_test_file_has_a_test(path):
	tests = [
		node
		for node in ast.walk(parse(path))
		if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
	]
	assert tests
	for test in tests:
		body = [
			node
			for node in test.body
			if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant)
		]
		assert body and not all(isinstance(node, ast.Pass) for node in body), test.name
