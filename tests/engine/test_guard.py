"""The engine stays apart from the site, and everything public says what it does."""

import ast
from pathlib import Path

import pytest

import kam_erpnext.engine

FOLDER = Path(kam_erpnext.engine.__file__).parent
MODULES = sorted(FOLDER.rglob("*.py"))


def imported_names(tree: ast.Module) -> set[str]:
	names = set()
	for node in ast.walk(tree):
		if isinstance(node, ast.Import):
			names |= {alias.name for alias in node.names}
		elif isinstance(node, ast.ImportFrom):
			names.add("." * node.level + (node.module or ""))
	return names


def public_definitions(tree: ast.Module):
	for node in tree.body:
		if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
			yield node.name, node
			if isinstance(node, ast.ClassDef):
				for member in node.body:
					if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
						yield f"{node.name}.{member.name}", member


def test_all_modules_are_looked_at():
	assert {path.stem for path in MODULES} >= {
		"periods",
		"pareto",
		"ranking",
		"scoring",
		"portfolio",
		"measures",
		"criteria",
		"selection",
	}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_knows_the_site(path):
	names = imported_names(ast.parse(path.read_text(encoding="utf-8")))
	forbidden = {name for name in names if name.split(".")[0] in ("frappe", "erpnext")}
	assert not forbidden
	inside = {name for name in names if name.split(".")[0] == "kam_erpnext"}
	assert all(name.startswith("kam_erpnext.engine") for name in inside)
	assert not any(name.startswith(".") for name in names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_everything_public_has_a_docstring(path):
	tree = ast.parse(path.read_text(encoding="utf-8"))
	assert ast.get_docstring(tree)
	assert [name for name, node in public_definitions(tree) if not ast.get_docstring(node)] == []


def test_the_guard_sees_a_forbidden_import():
	tree = ast.parse("def f():\n\tfrom frappe.utils import flt\n\timport erpnext.accounts")
	assert imported_names(tree) == {"frappe.utils", "erpnext.accounts"}
