"""Rules of security read from the source: HTTP methods, SQL made of text, borrowed rights, HTML made of stored text.

Further ones, about endpoints and their checks, stand in test_guards.
"""

import ast
import re

import pytest

from tests.site.test_guards import (
	APP,
	ENDPOINT_FOLDER,
	MODULES,
	calls,
	dotted,
	endpoints,
	name_of,
	parse,
	whitelist_of,
)

SAFE_METHODS = {"GET", "HEAD"}
# what an endpoint that answers GET must not do; a link in a mail would be enough to make somebody do it
WRITING = {
	"insert",
	"save",
	"submit",
	"cancel",
	"delete",
	"delete_doc",
	"db_set",
	"db_insert",
	"db_update",
	"set_value",
	"set_single_value",
	"rename_doc",
	"enqueue",
	"enqueue_doc",
	"commit",
}
TEXT_OF_SQL = {
	"sql",
	"sql_list",
	"sql_ddl",
	"multisql",
	"CustomFunction",
	"LiteralValue",
	"PseudoColumn",
	"RawSQL",
}


# ---------------------------------------------------------------- endpoints


def methods_of(function, constants):
	decorator = whitelist_of(function)
	for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
		if keyword.arg == "methods":
			value = constants.get(dotted(keyword.value), keyword.value)
			return {element.value for element in value.elts}
	return set()


def constants_of(tree):
	return {
		node.targets[0].id: node.value
		for node in tree.body
		if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
	}


def writes_in_readers(tree):
	"""Endpoints that answer GET and write; or whose methods are none of HTTP's."""
	constants = {**constants_of(parse(ENDPOINT_FOLDER / "cards.py")), **constants_of(tree)}
	for function in endpoints(tree):
		methods = methods_of(function, constants)
		if not methods <= SAFE_METHODS | {"POST", "PUT", "DELETE"}:
			yield f"{function.name}: unknown methods {sorted(methods)}"
		if methods & SAFE_METHODS:
			for call in calls(function):
				if dotted(call.func).split(".")[-1] in WRITING:
					yield f"{function.name} answers GET and calls {dotted(call.func)}"


@pytest.mark.parametrize("path", sorted(ENDPOINT_FOLDER.rglob("*.py")), ids=name_of)
def test_endpoints_that_answer_get_write_nothing(path):
	assert list(writes_in_readers(parse(path))) == []


def test_the_guard_of_reading_endpoints_sees_mistakes():
	source = """
METHODS = ["GET", "POST"]
@frappe.whitelist(methods=METHODS)
def a(name: str):
	frappe.get_doc("X", name).save()
@frappe.whitelist(methods=["POST"])
def b(name: str):
	frappe.db.set_value("X", name, "y", 1)
@frappe.whitelist(methods=["FETCH"])
def c():
	pass
"""
	assert list(writes_in_readers(ast.parse(source))) == [
		"a answers GET and calls frappe.get_doc().save",
		"c: unknown methods ['FETCH']",
	]


# ---------------------------------------------------------------- SQL


def sql_of_text(tree):
	"""Calls that take SQL, or the name of a function of SQL, and are given anything but a constant text."""
	for call in calls(tree):
		if dotted(call.func).split(".")[-1] in TEXT_OF_SQL and call.args:
			if not (isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)):
				yield call.lineno


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_sql_is_a_constant_text_or_made_by_the_query_builder(path):
	assert list(sql_of_text(parse(path))) == []


def test_the_guard_of_sql_text_sees_mistakes():
	source = """
frappe.db.sql("select 1")
frappe.db.sql(f"select {x}")
frappe.db.sql("select {}".format(x))
frappe.db.sql("select %s" % x)
statement = "select " + x
frappe.db.sql(statement)
CustomFunction("DATEDIFF", ["a", "b"])
CustomFunction(name, ["a"])
LiteralValue(f"'{x}'")
"""
	assert list(sql_of_text(ast.parse(source))) == [3, 4, 5, 7, 9, 10]


# ---------------------------------------------------------------- borrowed rights

BORROWED = re.compile(
	r"flags\.ignore_permissions\s*=(?!=)|set_user\(|ignore_permissions\s*=\s*True"
	r"|\"ignore_permissions\"\s*:\s*(True|1)|ignore_user_permissions\s*=\s*True"
)
# modules that make demonstration documents as the people of the demonstration
SPEAKING_FOR_OTHERS = "demo/"


def unexplained(text):
	"""Lines that leave rights out, or act as somebody else, without a comment on them or just above."""
	lines = text.splitlines()
	for number, line in enumerate(lines):
		if not BORROWED.search(line) or line.lstrip().startswith(("#", "def ")):
			continue
		near = lines[max(0, number - 3) : number + 1]
		if not any("#" in one for one in near):
			yield number + 1


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_whoever_borrows_rights_says_why(path):
	if not name_of(path).startswith(SPEAKING_FOR_OTHERS):
		assert list(unexplained(path.read_text(encoding="utf-8"))) == []


def test_the_guard_of_borrowed_rights_sees_mistakes():
	text = "a = 1\nb = 1\nc = 1\ndoc.flags.ignore_permissions = True\n# they own it\ndoc.insert(ignore_permissions=True)\n"
	text += "a = 1\nb = 1\nc = 1\nfrappe.set_user('Administrator')\nif doc.flags.ignore_permissions == 1:\n\tpass\n"
	assert list(unexplained(text)) == [4, 10]


# ---------------------------------------------------------------- HTML

TEMPLATES = sorted(path for path in APP.rglob("*.html") if "node_modules" not in str(path))
SCRIPTS = sorted(
	path for path in APP.rglob("*.js") if "node_modules" not in str(path) and "public/dist" not in str(path)
)
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false")
PLAIN = re.compile(r"\$\{\s*([\w$]+(?:\.[\w$]+)+)\s*\}")
TAG = re.compile(r"<\w|</")
# properties drawn as they are: numbers, keys and names the server makes or checks, states of a fixed list
FIXED = {
	"SPARK.height",
	"SPARK.width",
	"call.made_time",
	"call.today",
	"data.plan_count",
	"link.id",
	"older.length",
	"one.calls",
	"person.person",
	"point.number",
	"point.x",
	"point.y",
	"row.documents",
	"row.name",
	"row.rank",
	"row.state",
	"row.year",
	"rows.length",
	"this.id",
	"this.side_width",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_escape_what_they_draw(path):
	assert not UNESCAPED.search(path.read_text(encoding="utf-8"))


def template_literals(text):
	"""(start, text) of the template literals of a script, nested ones by themselves as well."""
	found, modes, starts, at = [], ["code"], [], 0
	while at < len(text):
		sign, mode = text[at], modes[-1]
		if mode == "literal":
			if sign == "\\":
				at += 1
			elif sign == "`":
				modes.pop()
				start = starts.pop()
				found.append((start, text[start : at + 1]))
			elif text.startswith("${", at):
				modes.append("expression")
				at += 1
		elif sign == "`":
			modes.append("literal")
			starts.append(at)
		elif sign in "\"'":
			at += 1
			while at < len(text) and text[at] not in (sign, "\n"):
				at += 2 if text[at] == "\\" else 1
		elif text.startswith("//", at):
			at = text.find("\n", at) if "\n" in text[at:] else len(text)
		elif text.startswith("/*", at):
			at = text.find("*/", at) + 1
		elif mode != "code" and sign == "{":
			modes.append("block")
		elif mode != "code" and sign == "}":
			modes.pop()
		at += 1
	return found


def drawn_as_it_is(text):
	"""Properties that a template literal with a tag in it takes over without a call that escapes or formats them."""
	found = template_literals(text)
	for start, literal in found:
		# what is nested in it is looked at by itself
		for inner, nested in found:
			if start < inner < start + len(literal):
				literal = literal.replace(nested, "")
		if TAG.search(literal):
			yield from (match[1] for match in PLAIN.finditer(literal) if match[1] not in FIXED)


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_scripts_escape_what_they_draw(path):
	assert list(drawn_as_it_is(path.read_text(encoding="utf-8"))) == []


def test_the_guards_of_html_see_mistakes():
	assert UNESCAPED.search("{{ name | safe }}") and UNESCAPED.search("{% autoescape false %}")
	script = "x = `<b>${row.title}</b>`; y = `${row.title}`; z = `<b>${escape(row.title)} ${a ? `<i>${b.c}</i>` : ''}</b>`"
	assert sorted(set(drawn_as_it_is(script))) == ["b.c", "row.title"]
	assert list(drawn_as_it_is("// `<b>${row.title}</b>`\n/* `<b>${row.x}` */ 'it`s'")) == []
