"""The documentation: every page has its place and its links, every example is right, nothing of the app is left out."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from kam_erpnext.engine import (
	call_capacity,
	call_figures,
	customer_value,
	forecast,
	improvement,
	incentive,
	market,
	objectives,
	opportunity,
	pareto,
	periods,
	pipeline,
	portfolio,
	relationships,
	rollup,
	scorecard,
	scoring,
	selection,
	wallet,
	whitespace,
)

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REPORTS = ROOT / "kam_erpnext" / "kam_erpnext" / "report"
PAGES = sorted(DOCS.rglob("*.md"))
TEXTS = {page.relative_to(DOCS).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
EVERYTHING = "\n".join(TEXTS.values())
CHECK = re.compile(r"<!-- check: (.*?) -->")


def proposed(status: str, passes: bool | None) -> str:
	"""What a selection proposes for an account of this status."""
	results = pd.DataFrame(
		{
			"passes": [passes], "qualifies": [passes], "screening_pass": [True], "level": [None], "score": [50.0],
			"classification_met": [1], "classification_unknown": [0], "classification_total": [3],
			"answered_share": [100.0], "band": ["Medium"],
		},
		index=pd.Index(["account"], name="unit"), dtype=object,
	).astype({"score": float})  # fmt: skip
	measures = pd.DataFrame({"net_sales": [0.0]}, index=results.index)
	accounts = pd.DataFrame([("account", status, "National")], columns=["unit", "status", "level"])
	frame = selection.propose(results, measures, accounts, {"National": 1}, "National").frame
	return frame.at["account", "proposal"]


def planned(rows: list[tuple[str, str | None, str, float]]) -> tuple[dict, dict, float]:
	"""Plans as (account, account above, scope, target): what is shown, what each counts for, and what the first one has left."""
	nodes = pd.DataFrame([row[:2] for row in rows], columns=["node", "parent"], dtype=object)
	plans = pd.DataFrame(
		[(name, name, scope, target) for name, _parent, scope, target in rows],
		columns=["plan", "node", "scope", "target"],
	)
	shown = rollup.roll_up(nodes, plans)
	counted = rollup.contributions(nodes, plans)
	return (
		shown["target"].to_dict(),
		counted.set_index("node")["target"].to_dict(),
		shown["target_not_distributed"].iloc[0],
	)


NAMES = {
	"date": date, "pd": pd, "call_capacity": call_capacity, "call_figures": call_figures, "customer_value": customer_value,
	"forecast": forecast, "improvement": improvement, "incentive": incentive, "market": market, "objectives": objectives,
	"opportunity": opportunity, "pareto": pareto, "periods": periods, "pipeline": pipeline, "planned": planned,
	"portfolio": portfolio, "proposed": proposed, "relationships": relationships, "scorecard": scorecard, "scoring": scoring,
	"wallet": wallet, "whitespace": whitespace,
}  # fmt: skip


def navigation() -> list[str]:
	"""Pages of mkdocs.yml, read without a library: its navigation is a plain list."""
	text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
	return re.findall(r": (\S+\.md)$", text, re.M)


@pytest.mark.parametrize("example", CHECK.findall(TEXTS.get("concepts.md", "")))
def test_an_example_is_right(example):
	"""The engine says what the document says; its words stand before the check."""
	assert eval(example, dict(NAMES))


def test_there_are_examples_of_all_concepts():
	sections = re.split(r"^## ", TEXTS["concepts.md"], flags=re.M)[1:]
	without = {section.splitlines()[0] for section in sections if not CHECK.search(section)}
	# read from documents of a site: tests/site/test_sales.py checks it
	assert without == {"Net sales"}


def test_every_page_is_in_the_navigation_once():
	assert sorted(navigation()) == sorted(TEXTS)


def slug(heading: str) -> str:
	text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
	return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", text)).strip("-")


@pytest.mark.parametrize("page", TEXTS)
def test_links_and_pictures_are_there(page):
	missing = []
	text = re.sub(r"```.*?```|`[^`\n]*`", "", TEXTS[page], flags=re.S)
	for target in re.findall(r"\]\(([^)\s]+)\)", text):
		if "://" in target or target.startswith("/"):
			continue
		path, _hash, anchor = target.partition("#")
		file = (DOCS / page).parent / path if path else DOCS / page
		if not file.exists():
			missing.append(target)
		elif anchor and file.suffix == ".md":
			headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
			if anchor not in {slug(heading) for heading in headings}:
				missing.append(target)
	assert not missing


def names(kind: str) -> list[dict]:
	folder = ROOT / "kam_erpnext" / "kam_erpnext" / kind
	return [
		json.loads(path.read_text(encoding="utf-8"))
		for path in sorted(folder.glob("*/*.json"))
		if path.stem == path.parent.name
	]


def test_every_document_report_and_workspace_is_told_about():
	wanted = [doctype["name"] for doctype in names("doctype") if not doctype.get("istable")]
	wanted += [report["name"] for report in names("report")] + [page["title"] for page in names("workspace")]
	assert len(wanted) > 60
	# kept by the app for itself: told about by what they hold
	inner = {"Call Cycle Line", "Key Account Selection Line", "Key Account Sales Change", "Key Account Sales Month",
		"Power Map Entry", "Power Map Reading", "Power Map Snapshot", "Key Account Snapshot"}  # fmt: skip
	missing = [name for name in wanted if name not in EVERYTHING and name not in inner]
	assert not missing


def test_every_report_has_its_place_in_the_catalogue():
	headings = re.findall(r"^### (.+)$", TEXTS["reports.md"], re.M)
	assert sorted(headings) == sorted(report["name"] for report in names("report"))


# what reports share: their filters, columns and the words in them
SETTINGS = ROOT / "kam_erpnext/kam_erpnext/doctype/kam_settings/kam_settings.json"
SHARED = [ROOT / "kam_erpnext/public/js/reports.js", *REPORTS.glob("*.py"), SETTINGS]
OWN_FILTER = re.compile(r'fieldname: "\w+",\s*label: __\("([^"]+)"')


def sections_of_reports() -> dict[str, str]:
	"""Text of each report in the catalogue; a name that goes over the end of a line is one again."""
	parts = re.split(r"^### (.+)\n", TEXTS["reports.md"], flags=re.M)[1:]
	return {
		name: re.split(r"^## ", text, flags=re.M)[0] for name, text in zip(*[iter(parts)] * 2, strict=True)
	}


@pytest.mark.parametrize("name", sections_of_reports())
def test_a_report_has_the_filters_and_columns_it_is_said_to_have(name):
	folder = REPORTS / name.lower().replace(" ", "_").replace("-", "_")
	source = [*folder.glob("*.js"), *folder.glob("*.py"), *SHARED]
	known = set(re.findall(r'"([^"\n]+)"', "\n".join(path.read_text(encoding="utf-8") for path in source)))
	told = re.findall(r"^(?:Filters|Columns): .*?(?=\n\n|\Z)", sections_of_reports()[name], flags=re.M | re.S)
	assert len(told) == 2
	words = {" ".join(word.split()) for text in told for word in re.findall(r"\*([^*]+)\*", text)}
	assert not words - known
	own = OWN_FILTER.findall((folder / f"{folder.name}.js").read_text(encoding="utf-8"))
	missing = [label for label in own if f"*{label}*" not in " ".join(told[0].split())]
	assert not missing


def test_who_may_not_see_a_report_is_told():
	"""The table at the top names the reports that are not for every role of the app."""
	roles = {role["role"] for report in names("report") for role in report["roles"]}
	fewer = {report["name"] for report in names("report") if roles - {row["role"] for row in report["roles"]}}
	assert fewer == set(re.findall(r"^\| (.+?) \| [KEe]", TEXTS["reports.md"], re.M))


@pytest.mark.parametrize("page", [page for page in TEXTS if page.startswith("guides/")])
def test_a_guide_names_what_is_there(page):
	"""What a guide puts in italics is a label, a document or a report of the app as it is written there."""
	app = ROOT / "kam_erpnext"
	source = [
		path for kind in ("py", "js", "json") for path in app.rglob(f"*.{kind}") if "dist" not in path.parts
	]
	known = set(re.findall(r'"([^"\n]+)"', "\n".join(path.read_text(encoding="utf-8") for path in source)))
	told = re.findall(r"(?<!\*)\*([^*\s][^*]*)\*(?!\*)", TEXTS[page])
	labels = {label.strip() for words in told for label in " ".join(words.split()).split("›")}
	assert len(labels) > 3
	assert not labels - known


SHORT = {
	"KAM Administrator": "administrator", "Key Account Director": "director", "Key Account Manager": "manager",
	"Key Account Coordinator": "coordinator", "Executive Sponsor": "sponsor", "KAM Reader": "reader",
	"System Manager": "system manager",
}  # fmt: skip


def test_who_may_do_what_with_the_programme():
	"""The table of permissions.md against the rights the documents are shipped with."""
	section = TEXTS["permissions.md"].partition("## The programme")[2].partition("\n## ")[0]
	rows = [
		[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line
	]
	shipped = {doctype["name"]: doctype for doctype in names("doctype")}
	assert len(rows) > 10
	for documents, *told in rows[2:]:
		for name in documents.split(", "):
			rights = [row for row in shipped[name]["permissions"] if not row.get("permlevel")]
			for words, right in zip(told, ("write", "create", "delete"), strict=True):
				roles = {SHORT[row["role"]] for row in rights if row.get(right)}
				assert {*words.split(", ")} - {"–"} == roles, (name, right)
			assert {SHORT[row["role"]] for row in rights if row.get("read")} >= {*SHORT.values()} - {
				"system manager"
			}


def test_every_setting_is_told_about():
	settings = next(doctype for doctype in names("doctype") if doctype["name"] == "KAM Settings")
	layout = {"Section Break", "Column Break", "Tab Break", "HTML", "Button"}
	for field in settings["fields"]:
		if field["fieldtype"] not in layout:
			assert f"**{field['label']}**" in TEXTS["administration.md"]
			assert field["description"] in TEXTS["administration.md"]


def test_every_document_names_its_page():
	for doctype in names("doctype"):
		if doctype.get("istable"):
			continue
		address = doctype.get("documentation") or ""
		assert address.startswith("/kam-docs/") and f"{address.removeprefix('/kam-docs/')}.md" in TEXTS, (
			doctype["name"]
		)


def test_every_command_is_told_about():
	commands = re.findall(r"^  \./kam (\w+)", (ROOT / "kam").read_text(encoding="utf-8"), re.M)
	assert len(commands) > 5
	texts = EVERYTHING + (ROOT / "README.md").read_text(encoding="utf-8")
	missing = [command for command in commands if command != "help" and f"./kam {command}" not in texts]
	of_bench = re.findall(
		r'@click.command\("([^"]+)"\)', (ROOT / "kam_erpnext/commands.py").read_text(encoding="utf-8")
	)
	assert of_bench
	missing += [command for command in of_bench if command not in TEXTS["administration.md"]]
	assert not missing


def test_it_builds(tmp_path):
	pytest.importorskip(
		"mkdocs", reason="mkdocs is not installed: pip install 'kam_erpnext[docs]', or ./kam docs"
	)
	done = subprocess.run(
		[
			sys.executable,
			"-m",
			"mkdocs",
			"build",
			"--strict",
			"--quiet",
			"--site-dir",
			str(tmp_path / "site"),
		],
		cwd=ROOT,
		capture_output=True,
		text=True,
	)
	assert done.returncode == 0, done.stderr
	assert (tmp_path / "site" / "index.html").exists()
