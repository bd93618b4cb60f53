"""The description of the API: valid, of today, and complete in words and types."""

import ast
import json

import pytest

from tests.harness import openapi

METHODS = ("get", "put", "post", "delete")


@pytest.fixture(scope="module")
def today():
	return openapi.description()


def operations(description):
	for path, item in description["paths"].items():
		for verb in METHODS:
			if verb in item:
				yield path, verb, item[verb]


def test_the_file_is_that_of_today():
	assert openapi.FILE.read_text(encoding="utf-8") == openapi.text(), "run ./kam openapi --write"


def test_it_is_a_valid_description(today):
	validator = pytest.importorskip(
		"openapi_spec_validator", reason="openapi-spec-validator is not installed"
	)
	validator.validate(json.loads(openapi.text()))


def test_every_endpoint_is_in_it_with_words_and_types(today):
	"""Endpoints are counted anew, by their decorator alone."""
	expected = set()
	for path in sorted((openapi.APP / "api").glob("*.py")):
		if path.name in openapi.NOT_OURS:
			continue
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			if isinstance(node, ast.FunctionDef) and any(
				ast.unparse(line).startswith("frappe.whitelist") for line in node.decorator_list
			):
				expected.add(f"/api/method/kam_erpnext.api.{path.stem}.{node.name}")
	found = {path for path in today["paths"] if path.startswith("/api/method/")}
	assert found == expected and len(expected) > 100
	for path, verb, operation in operations(today):
		assert len(operation["summary"]) > 5 and operation["description"], (path, verb)
		for parameter in operation.get("parameters", ()):
			assert parameter.get("schema") or parameter.get("content"), (path, parameter["name"])
		for content in operation.get("requestBody", {}).get("content", {}).values():
			for name, schema in content["schema"].get("properties", {}).items():
				assert {"type", "anyOf", "enum"} & set(schema), (path, name)


def test_an_old_file_is_told_with_what_mends_it(tmp_path, monkeypatch, capsys):
	old = tmp_path / "openapi.json"
	monkeypatch.setattr(openapi, "REPO", tmp_path)
	monkeypatch.setattr(openapi, "FILE", old)
	old.write_text(openapi.text().replace("Reports a call", "Told a call"), encoding="utf-8")
	assert openapi.main([]) == 1 and "./kam openapi --write" in capsys.readouterr().out
	assert openapi.main(["--write"]) == 0 and openapi.main([]) == 0


def test_shapes_of_answers_are_told(today):
	def answer(method, verb):
		operation = today["paths"][f"/api/method/kam_erpnext.api.{method}"][verb]
		return operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["message"]

	report = answer("calls.report", "post")
	assert {"name", "modified", "actions"} <= set(report["required"])  # those of CallState too
	assert report["properties"]["actions"] == {"type": "array", "items": {"type": "string"}}
	card, unknown = answer("performance_cards.pace_against_target", "get")["anyOf"]
	assert unknown == {"type": "string"}
	assert "route_options" in card["properties"] and "route_options" not in card["required"]


def test_operations_have_names_of_their_own(today):
	names = [operation["operationId"] for _path, _verb, operation in operations(today)]
	assert len(names) == len(set(names))


def test_every_doctype_can_be_read_and_made(today):
	doctypes = {doctype["name"]: doctype for doctype in openapi._doctypes() if not doctype.get("istable")}
	for name, doctype in doctypes.items():
		path = f"/api/resource/{name.replace(' ', '%20')}"
		assert {"get", "put"} <= set(today["paths"][f"{path}/{{name}}"])
		if not doctype.get("issingle"):
			assert {"get", "post"} <= set(today["paths"][path])
	made = today["paths"]["/api/resource/Key%20Account"]["post"]["requestBody"]["content"]["application/json"]
	# the status has a default
	assert made["schema"]["allOf"][1] == {"required": ["account_name", "level"]}
	account = today["components"]["schemas"]["KeyAccount"]["properties"]
	assert account["status"]["enum"][:1] == ["Candidate"]
	assert account["customers"]["items"] == {"$ref": "#/components/schemas/KeyAccountCustomer"}
