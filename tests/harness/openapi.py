"""Description of the API for other systems: docs/openapi.json, made from the source.

  python -m tests.harness.openapi          says whether the description is that of today, exit code 1 if it is not
  python -m tests.harness.openapi --write  writes it anew

Methods come from `kam_erpnext/api` (signatures, docstrings, decorators), documents from the doctypes. Nothing is imported, so
that no bench is needed.
"""

import ast
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
APP = REPO / "kam_erpnext"
FILE = REPO / "docs" / "openapi.json"
# they stand in for methods of Frappe itself, under whose names they are called
NOT_OURS = {"open_doors.py"}
NO_VALUE = {
	"Section Break", "Column Break", "Tab Break", "HTML", "Button", "Heading", "Fold", "Image",
}  # fmt: skip
WHOLE, NUMBERS = {"Int", "Check", "Duration"}, {"Float", "Currency", "Percent", "Rating"}
TABLES = {"Table", "Table MultiSelect"}
# what Frappe writes itself
OWN_FIELDS = {
	"name": ("string", "Identifier of the document."),
	"owner": ("string", "User who made it."),
	"creation": ("string", "When it was made, as YYYY-MM-DD HH:MM:SS.ffffff."),
	"modified": ("string", "When it was last changed. Send it back to be refused when somebody was faster."),
	"docstatus": ("integer", "0 draft, 1 submitted, 2 cancelled."),
}
JSON = "application/json"


def description() -> dict:
	"""The whole description, as OpenAPI 3.1."""
	version = _assigned(ast.parse((APP / "__init__.py").read_text(encoding="utf-8")))["__version__"]
	doctypes = {doctype["name"]: doctype for doctype in _doctypes()}
	paths = dict(sorted([*_methods(), *_resources(doctypes)]))
	return {
		"openapi": "3.1.0",
		"info": {
			"title": "KAM for ERPNext",
			"version": version,
			"description": (
				"Methods and documents of KAM for ERPNext, over Frappe's REST API. Every answer respects the rights of the "
				"user who asks. See docs/api.md for examples."
			),
			"license": {"name": "GPL-3.0", "identifier": "GPL-3.0-only"},
		},
		"servers": [{"url": "https://{site}", "variables": {"site": {"default": "erp.example.com"}}}],
		"security": [{"token": []}, {"session": []}],
		"tags": [
			*_tags(),
			{"name": "documents", "description": "Documents of the app, as of any Frappe app."},
		],
		"paths": paths,
		"components": {
			"securitySchemes": {
				"token": {
					"type": "apiKey",
					"in": "header",
					"name": "Authorization",
					"description": "token API_KEY:API_SECRET, both made under User > Settings > API Access.",
				},
				"session": {"type": "apiKey", "in": "cookie", "name": "sid"},
			},
			"responses": _refusals(),
			"schemas": {
				"Error": _error(),
				**{_ref(name): _schema(doctypes[name]) for name in sorted(doctypes)},
			},
		},
	}


def text() -> str:
	return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


# ---------------------------------------------------------------- methods


def _modules() -> Iterator[tuple[str, ast.Module]]:
	for path in sorted((APP / "api").glob("*.py")):
		if path.name not in NOT_OURS:
			yield path.stem, ast.parse(path.read_text(encoding="utf-8"))


def _tags() -> Iterator[dict]:
	for name, tree in _modules():
		if any(True for _found in _whitelisted(tree)):
			yield {"name": name, "description": _plain(ast.get_docstring(tree) or "")}


def _whitelisted(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
	for node in tree.body:
		if isinstance(node, ast.FunctionDef):
			for decorator in node.decorator_list:
				if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "frappe.whitelist":
					yield node, decorator


def _methods() -> Iterator[tuple[str, dict]]:
	for module, tree in _modules():
		values = _assigned(tree)
		kinds = _names(tree)
		for function, decorator in _whitelisted(tree):
			given = {keyword.arg: keyword.value for keyword in decorator.keywords}
			verbs = ast.literal_eval(_named(given["methods"], kinds))
			guest = "allow_guest" in given
			yield (
				f"/api/method/kam_erpnext.api.{module}.{function.name}",
				{
					verb.lower(): _operation(module, function, verb, values, kinds, guest)
					for verb in verbs
					if verb in ("GET", "POST")
				},
			)


def _operation(module: str, function: ast.FunctionDef, verb: str, values, kinds, guest: bool) -> dict:
	about = _plain(ast.get_docstring(function) or "")
	summary, _dot, _rest = about.partition(". ")
	arguments = list(_arguments(function, values, kinds))
	operation = {
		"operationId": f"{module}.{function.name}" + ("" if verb == "POST" else ".get"),
		"tags": [module],
		"summary": summary.partition("\n")[0].rstrip("."),
		"description": about,
	}
	if guest:
		operation["security"] = [{}]
	if verb == "GET":
		operation["parameters"] = [_in_query(name, schema, needed) for name, schema, needed in arguments]
	elif arguments:
		needed = [name for name, _schema_of, needed in arguments if needed]
		body = {"type": "object", "properties": {name: schema for name, schema, _needed in arguments}}
		if needed:
			body["required"] = needed
		content = {JSON: {"schema": body}, "application/x-www-form-urlencoded": {"schema": body}}
		operation["requestBody"] = {"required": bool(needed), "content": content}
	operation["responses"] = _responses(_answer(function, kinds))
	return operation


def _in_query(name: str, schema: dict, needed: bool) -> dict:
	place = {"name": name, "in": "query", "required": needed}
	if _holds(schema, "object") or _holds(schema, "array"):
		# in an address they are written as JSON
		return {**place, "content": {JSON: {"schema": schema}}}
	return {**place, "schema": schema}


def _holds(schema: dict, kind: str) -> bool:
	return kind in (schema.get("type") if isinstance(schema.get("type"), list) else [schema.get("type")])


def _arguments(function: ast.FunctionDef, values: dict, kinds: dict) -> Iterator[tuple[str, dict, bool]]:
	arguments = [*function.args.posonlyargs, *function.args.args]
	defaults = [None] * (len(arguments) - len(function.args.defaults)) + list(function.args.defaults)
	arguments += function.args.kwonlyargs
	defaults += function.args.kw_defaults
	for argument, default in zip(arguments, defaults, strict=True):
		schema = _kind(argument.annotation, kinds)
		if default is not None:
			value = values.get(default.id) if isinstance(default, ast.Name) else ast.literal_eval(default)
			if value is not None:
				schema = {**schema, "default": value}
		yield argument.arg, schema, default is None


def _answer(function: ast.FunctionDef, kinds: dict) -> dict | None:
	"""Schema of what a method returns; None when it returns nothing, or a file."""
	if ast.unparse(function.returns) in ("None", "Response"):
		return None
	return _kind(function.returns, kinds)


def _kind(annotation: ast.expr | None, kinds: dict) -> dict:
	"""Schema of a type hint."""
	annotation = _named(annotation, kinds)
	if isinstance(annotation, ast.ClassDef):
		return _shape(annotation, kinds)
	parts = _parts(annotation)
	if len(parts) > 1:
		schemas = [_kind(part, kinds) for part in parts]
		if all(set(schema) == {"type"} for schema in schemas):
			found = [schema["type"] for schema in schemas]
			return {"type": list(dict.fromkeys(found))}
		return {"anyOf": schemas}
	name = ast.unparse(annotation)
	if isinstance(annotation, ast.Subscript):
		of = annotation.value.id
		if of == "Literal":
			values = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
			return {"enum": [ast.literal_eval(value) for value in values]}
		if of == "list":
			return {"type": "array", "items": _kind(annotation.slice, kinds)}
		if of == "dict":
			return {"type": "object", "additionalProperties": _kind(annotation.slice.elts[1], kinds)}
	simple = {
		"str": "string", "int": "integer", "float": "number", "bool": "boolean", "dict": "object", "list": "array",
		"tuple": "array", "None": "null",
	}  # fmt: skip
	return {} if name == "Any" else {"type": simple[name]}


def _shape(given: ast.ClassDef, kinds: dict) -> dict:
	"""Schema of a TypedDict, with what it takes over from another."""
	schema: dict = {"type": "object", "properties": {}, "required": []}
	for base in given.bases:
		if ast.unparse(base) != "TypedDict":
			theirs = _kind(base, kinds)
			schema["properties"] |= theirs["properties"]
			schema["required"] += theirs["required"]
	own = {
		row.target.id: _kind(row.annotation, kinds) for row in given.body if isinstance(row, ast.AnnAssign)
	}
	schema["properties"] |= own
	if not any(word.arg == "total" and not ast.literal_eval(word.value) for word in given.keywords):
		schema["required"] += own
	return schema


def _named(annotation: ast.expr, kinds: dict) -> ast.expr:
	"""What a name of the module stands for."""
	while isinstance(annotation, ast.Name) and annotation.id in kinds:
		annotation = kinds[annotation.id]
	return annotation


def _names(tree: ast.Module) -> dict[str, ast.expr]:
	"""Name -> what it is assigned in the module, or in the module of the app it is imported from."""
	found = {}
	for node in tree.body:
		if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
			found[node.targets[0].id] = node.value
		elif isinstance(node, ast.ClassDef):
			found[node.name] = node
		elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kam_erpnext.api."):
			source = APP / "api" / f"{node.module.rpartition('.')[2]}.py"
			theirs = _names(ast.parse(source.read_text(encoding="utf-8")))
			found |= {
				name.asname or name.name: theirs[name.name] for name in node.names if name.name in theirs
			}
			# one shape may build on another that is not imported
			found |= {
				name: shape
				for name, shape in theirs.items()
				if isinstance(shape, ast.ClassDef) and name not in found
			}
	return found


def _parts(annotation: ast.expr) -> list[ast.expr]:
	if isinstance(annotation, ast.BinOp):
		return [*_parts(annotation.left), *_parts(annotation.right)]
	return [annotation]


def _assigned(tree: ast.Module) -> dict:
	"""Constants of a module."""
	found = {}
	for node in tree.body:
		if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
			try:
				found[node.targets[0].id] = ast.literal_eval(node.value)
			except ValueError:
				continue
	return found


def _plain(text: str) -> str:
	return textwrap.dedent(text).strip()


# ---------------------------------------------------------------- answers


def _responses(schema: dict | None) -> dict:
	good: dict = {"description": "Done."}
	if schema is not None:
		message = {"type": "object", "properties": {"message": schema}}
		if "null" not in (
			schema.get("type") if isinstance(schema.get("type"), list) else [schema.get("type")]
		):
			message["required"] = ["message"]
		good["content"] = {JSON: {"schema": message}}
	return {"200": good, **{code: {"$ref": f"#/components/responses/{code}"} for code in _refusals()}}


def _refusals() -> dict:
	told = {
		"401": "Key and secret are wrong.",
		"403": "Not permitted, not logged in, or asked with a method (GET, POST) that is not allowed.",
		"404": "There is no such document or method, or the user may not know of it.",
		"409": "It is there already.",
		"417": "The input cannot be meant, or somebody else was faster; `_server_messages` say which and what to do.",
		"500": "Something failed in the server; nothing was half done.",
	}
	found = {
		code: {
			"description": text,
			"content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
		}
		for code, text in told.items()
	}
	# Frappe answers these before it knows what was asked for
	wait = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
	found["429"] = {
		"description": "More requests than the site allows.",
		"headers": {"Retry-After": wait},
		"content": {"text/plain": {"schema": {"type": "string"}}},
	}
	return found


def _error() -> dict:
	return {
		"type": "object",
		"properties": {
			"exc_type": {"type": "string", "description": "Kind of the error, such as ValidationError."},
			"exception": {"type": "string"},
			"_server_messages": {
				"type": "string",
				"description": "JSON list of JSON objects with `message`, as people read it.",
			},
		},
	}


# ---------------------------------------------------------------- documents


def _doctypes() -> Iterator[dict]:
	for path in sorted((APP / "kam_erpnext" / "doctype").glob("*/*.json")):
		if path.stem == path.parent.name:
			yield json.loads(path.read_text(encoding="utf-8"))


def _ref(doctype: str) -> str:
	return doctype.replace(" ", "")


def _resources(doctypes: dict[str, dict]) -> Iterator[tuple[str, dict]]:
	for name, doctype in doctypes.items():
		if doctype.get("istable"):
			continue
		schema = {"$ref": f"#/components/schemas/{_ref(name)}"}
		one = {"type": "object", "properties": {"data": schema}, "required": ["data"]}
		body = {"required": True, "content": {JSON: {"schema": schema}}}
		whole = {"allOf": [schema, {"required": _needed(doctype)}]} if _needed(doctype) else schema
		first = {"required": True, "content": {JSON: {"schema": whole}}}
		about = _plain(doctype.get("description") or "")
		path = f"/api/resource/{name.replace(' ', '%20')}"
		single = doctype.get("issingle")
		where = [
			{
				"name": "name",
				"in": "path",
				"required": True,
				"schema": {"type": "string"},
				"description": f"{name}." if single else f"Identifier of a {name}.",
			}
		]

		def operation(verb: str, summary: str, answer: dict, name=name, about=about, **more) -> dict:
			return {
				"operationId": f"{_ref(name)}.{verb}",
				"tags": ["documents"],
				"summary": summary,
				"description": about or f"{name}.",
				**more,
				"responses": {
					"200": {"description": "Done.", "content": {JSON: {"schema": answer}}},
					**{code: {"$ref": f"#/components/responses/{code}"} for code in _refusals()},
				},
			}

		item = {
			"get": operation("read", f"One {name}", one, parameters=where),
			"put": operation(
				"change",
				f"Changes a {name}: the fields that are sent",
				one,
				parameters=where,
				requestBody=body,
			),
		}
		if not single:
			done = {"type": "object", "properties": {"data": {"const": "ok"}}}
			done["properties"]["message"] = {"type": "string"}
			item["delete"] = operation("delete", f"Deletes a {name}", done, parameters=where)
			item["delete"]["responses"]["202"] = item["delete"]["responses"].pop("200")
			rows = {"type": "object", "properties": {"data": {"type": "array", "items": {"type": "object"}}}}
			yield (
				path,
				{
					"get": operation(
						"list", f"{name}: those the user may see", rows, parameters=_list_parameters()
					),
					"post": operation("make", f"Makes a {name}", one, requestBody=first),
				},
			)
		yield f"{path}/{{name}}", item


def _list_parameters() -> list[dict]:
	return [
		{
			"name": "fields",
			"in": "query",
			"description": 'JSON list of field names, or ["*"]; by default the name only.',
			"content": {JSON: {"schema": {"type": "array", "items": {"type": "string"}}}},
		},
		{
			"name": "filters",
			"in": "query",
			"description": 'JSON list of [field, operator, value], such as [["status", "=", "Active"]].',
			"content": {JSON: {"schema": {"type": ["array", "object"]}}},
		},
		{
			"name": "order_by",
			"in": "query",
			"description": "Field and asc or desc.",
			"schema": {"type": "string"},
		},
		{
			"name": "limit_start",
			"in": "query",
			"description": "Rows that are left out.",
			"schema": {"type": "integer", "default": 0},
		},
		{
			"name": "limit_page_length",
			"in": "query",
			"description": "Rows at most; 0 for all of them.",
			"schema": {"type": "integer", "default": 20},
		},
	]


def _schema(doctype: dict) -> dict:
	fields = [field for field in doctype["fields"] if field["fieldtype"] not in NO_VALUE]
	properties = {
		name: {"type": kind, "description": about, "readOnly": name != "modified"}
		for name, (kind, about) in OWN_FIELDS.items()
	}
	# some names are given by whoever makes the document
	if (doctype.get("autoname") or "").lower() == "prompt":
		properties["name"]["readOnly"] = False
	properties.update({field["fieldname"]: _field(field) for field in fields})
	result = {"type": "object", "description": _plain(doctype.get("description") or doctype["name"])}
	result["properties"] = properties
	return result


def _needed(doctype: dict) -> list[str]:
	"""Fields without which a document is refused; Frappe fills those with a default, and takes the first choice of others."""
	return [
		field["fieldname"]
		for field in doctype["fields"]
		if field.get("reqd")
		and not any(field.get(key) for key in ("read_only", "default", "fetch_from"))
		and not (field["fieldtype"] == "Select" and (field.get("options") or "").split("\n")[0])
	]


def _field(field: dict) -> dict:
	kind = field["fieldtype"]
	about = [field.get("label") or field["fieldname"]]
	if field.get("description"):
		about.append(field["description"])
	schema: dict = {"description": ": ".join(about)}
	if kind in TABLES:
		schema |= {"type": "array", "items": {"$ref": f"#/components/schemas/{_ref(field['options'])}"}}
	elif kind in WHOLE:
		schema["type"] = ["integer", "null"]
	elif kind in NUMBERS:
		schema["type"] = ["number", "null"]
	elif kind == "Date":
		schema |= {"type": ["string", "null"], "format": "date"}
	elif kind == "Select":
		choices = (field.get("options") or "").split("\n")
		schema["enum"] = list(dict.fromkeys([*choices, "", None]))
	elif kind == "JSON":
		schema["type"] = ["string", "object", "array", "null"]
	else:
		schema["type"] = ["string", "null"]
	if kind == "Link":
		schema["description"] += f" Identifier of a {field['options']}."
	if kind == "Check":
		schema["enum"] = [0, 1, None]
	if kind == "Password":
		schema["writeOnly"] = True
	if field.get("read_only"):
		schema["readOnly"] = True
	return schema


def main(arguments: list[str]) -> int:
	today = text()
	if "--write" in arguments:
		FILE.write_text(today, encoding="utf-8")
		print(f"{FILE.relative_to(REPO)}: {len(json.loads(today)['paths'])} paths")
		return 0
	if not FILE.exists() or FILE.read_text(encoding="utf-8") != today:
		print(f"{FILE.relative_to(REPO)} is not that of today: run ./kam openapi --write")
		return 1
	print(f"{FILE.relative_to(REPO)} is that of today.")
	return 0


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
