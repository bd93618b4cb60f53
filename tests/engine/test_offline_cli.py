"""The command line: help, options, criteria, accounts, judgements, and input that is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from kam_erpnext.offline.cli import main
from tests.engine.offline_tools import CRITERIA, INVOICES, criteria_file, export, select


@pytest.fixture
def data(tmp_path):
	return export(tmp_path / "in")


@pytest.fixture
def criteria(tmp_path):
	return criteria_file(tmp_path)


def selection(out: Path) -> dict[str, dict]:
	sheet = openpyxl.load_workbook(out / "key-accounts.xlsx")["Selection"]
	head = [cell.value for cell in sheet[1]]
	return {row[1]: dict(zip(head, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)}


def refused(capsys, out: Path, *arguments) -> str:
	"""The message of a refused run; nothing may have been written."""
	assert select(*arguments) == 1
	captured = capsys.readouterr()
	assert "Nothing was written." in captured.err
	assert not out.exists()
	return captured.err


@pytest.mark.parametrize(
	("arguments", "wanted"),
	[
		(["--help"], ["demo", "select", "examples:", "Sales Invoice.csv", "Nothing is sent anywhere"]),
		(["demo", "--help"], ["--out DIR", "Halden Medical"]),
		(
			["select", "--help"],
			[
				"--data DIR",
				"--criteria FILE",
				"--mapping FILE",
				"--as-of DATE",
				"--window",
				"--from",
				"--accounts FILE",
				"what to export from ERPNext",
				"Net Amount (Company Currency)",
				"examples:",
			],
		),
	],
)
def test_help_is_for_people(capsys, monkeypatch, arguments, wanted):
	monkeypatch.setenv("COLUMNS", "100")
	with pytest.raises(SystemExit) as stop:
		main(arguments)
	assert stop.value.code == 0
	text = capsys.readouterr().out
	assert all(phrase in text for phrase in wanted)
	assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
	("arguments", "message"),
	[
		([], "COMMAND"),
		(["choose"], "invalid choice"),
		(["select"], "--data, --criteria, --out"),
		(
			["select", "--data", "a", "--criteria", "b", "--out", "c", "--as-of", "31.12.2025"],
			"such as 2025-03-31",
		),
		(
			["select", "--data", "a", "--criteria", "b", "--out", "c", "--window", "always"],
			"rolling-12-months",
		),
		(["select", "--data", "a", "--criteria", "b", "--out", "c", "--maximum", "none"], "at least 1"),
		(
			["select", "--data", "a", "--criteria", "b", "--out", "c", "--fiscal-year-start", "4"],
			"such as 04-01",
		),
	],
)
def test_wrong_options(capsys, arguments, message):
	with pytest.raises(SystemExit) as stop:
		main(arguments)
	assert stop.value.code == 2
	assert message in capsys.readouterr().err


def test_a_run_tells_what_it_decided(data, criteria, tmp_path, capsys):
	assert select(data, criteria, tmp_path / "out") == 0
	text = capsys.readouterr().out
	for phrase in (
		"Sales Invoice.csv: 9 rows",
		"2024-03-02 to 2025-03-01",
		"Net sales",
		"320.15 EUR",
		"Add",
		"Alpha Clinic (C-1)",
	):
		assert phrase in text, phrase
	assert "\r" not in text and "\x1b" not in text


@pytest.mark.parametrize(
	("options", "sales"),
	[
		(("--as-of", "2025-12-31"), {"C-1": 200.10, "C-2": 80.05}),
		(("--window", "last-fiscal-year", "--as-of", "2025-12-31"), {"C-1": 0, "C-2": 40.0}),
		(("--window", "fiscal-year-to-date", "--as-of", "2025-01-31"), {"C-1": 300.10, "C-2": 0}),
		(
			("--window", "last-fiscal-year", "--fiscal-year-start", "04-01", "--as-of", "2025-06-30"),
			{"C-1": 200.10, "C-2": 120.05},
		),
		(("--from", "2025-02-01", "--to", "2025-03-01"), {"C-1": -100.0, "C-2": 80.05}),
		(("--from", "2025-02-02", "--to", "2025-02-28"), {"C-1": 0, "C-2": 0}),
	],
)
def test_windows(data, criteria, tmp_path, options, sales):
	assert select(data, criteria, tmp_path / "out", *options) == 0
	found = selection(tmp_path / "out")
	assert {key: found[key]["Net Sales"] for key in sales} == sales


def test_default_as_of_is_the_last_invoice_that_counts(data, criteria, tmp_path, capsys):
	assert select(data, criteria, tmp_path / "out") == 0
	assert "as of 2025-03-01" in capsys.readouterr().out


def test_json_criteria_give_the_same(data, criteria, tmp_path):
	try:
		import tomllib
	except ModuleNotFoundError:
		import tomli as tomllib
	twin = criteria_file(tmp_path, json.dumps(tomllib.loads(CRITERIA)), "criteria.json")
	assert select(data, criteria, tmp_path / "a") == select(data, twin, tmp_path / "b") == 0
	assert selection(tmp_path / "a") == selection(tmp_path / "b")


@pytest.mark.parametrize(
	("old", "new", "message"),
	[
		("net_sales", "net_sails", "net_sails"),
		("weight = 1", "weight = 0", "weight"),
		('operator = ">="\n', "", "operator"),
		("value = 100", 'value = "much"', "classification[0].value must be a number"),
		("high = 400", "hi = 400", "scoring[0].hi"),
		('name = "Test"', 'name = "Test', "not valid TOML"),
		(CRITERIA, 'name = "Test"', "no lines"),
	],
)
def test_bad_criteria_are_named(data, tmp_path, capsys, old, new, message):
	assert old in CRITERIA
	path = criteria_file(tmp_path, CRITERIA.replace(old, new, 1))
	text = refused(capsys, tmp_path / "out", data, path, tmp_path / "out")
	assert "criteria.toml cannot be used" in text
	assert message in text


def test_criteria_that_contradict_each_other(data, tmp_path, capsys):
	more = '[[classification]]\nmeasure = "net_sales"\noperator = "<"\nvalue = 50\n'
	path = criteria_file(tmp_path, CRITERIA + more)
	text = refused(capsys, tmp_path / "out", data, path, tmp_path / "out")
	assert "Classification line" in text and "1" in text and "2" in text


def test_minimum_score_is_part_of_the_rule(data, tmp_path):
	path = criteria_file(
		tmp_path, CRITERIA.replace("value = 100", "value = 1").replace('"Test"', '"Test"\nmin_score = 40')
	)
	out = tmp_path / "out"
	assert select(data, path, out, "--as-of", "2025-12-31") == 0
	found = selection(out)
	assert (found["C-1"]["Proposal"], found["C-2"]["Proposal"]) == ("Add", "None")
	text = (out / "key-accounts.html").read_text(encoding="utf-8")
	assert "the classification line must hold, and the score must be at least 40" in text


def test_missing_files(data, criteria, tmp_path, capsys):
	out = tmp_path / "out"
	assert "Shipped criteria: adventureworks, standard" in refused(capsys, out, data, "unheard-of", out)
	assert "no such folder" in refused(capsys, out, tmp_path / "nowhere", criteria, out)
	assert "no such file" in refused(capsys, out, data, criteria, out, "--accounts", tmp_path / "none.csv")
	assert "Shipped mappings" in refused(capsys, out, data, criteria, out, "--mapping", "none")
	assert "not both" in refused(
		capsys, out, data, criteria, out, "--window", "last-fiscal-year", "--from", "2025-01-01"
	)
	assert "belong together" in refused(capsys, out, data, criteria, out, "--from", "2025-01-01")
	assert "is after" in refused(
		capsys, out, data, criteria, out, "--from", "2025-02-01", "--to", "2025-01-01"
	)
	assert "no territory" in refused(capsys, out, data, criteria, out, "--territory", "Atlantis")


def test_nothing_is_written_when_the_data_are_bad(tmp_path, criteria, capsys):
	folder = export(tmp_path / "in", INVOICES.replace("80.05", "eighty"))
	text = refused(capsys, tmp_path / "out", folder, criteria, tmp_path / "out")
	assert 'Sales Invoice.csv, line 4, column "Net Amount (Company Currency) (Items)"' in text


def test_out_that_is_a_file(data, criteria, tmp_path, capsys):
	(tmp_path / "out").write_text("mine")
	assert select(data, criteria, tmp_path / "out") == 1
	assert "this is a file" in capsys.readouterr().err
	assert (tmp_path / "out").read_text() == "mine"


def test_present_accounts_are_compared(data, criteria, tmp_path):
	levels = (
		'[[levels]]\nlevel = "Global"\nrank = 1\nmin_net_sales = 150\n'
		'[[levels]]\nlevel = "Regional"\nrank = 2\nmin_net_sales = 0\n'
	)
	path = criteria_file(tmp_path, CRITERIA + levels)
	accounts = tmp_path / "accounts.csv"
	accounts.write_text("Customer;Status;Level\nC-1;active;regional\nC-2;On Watch;Regional\n")
	out = tmp_path / "out"
	assert select(data, path, out, "--accounts", accounts, "--as-of", "2025-12-31") == 0
	found = selection(out)
	assert (found["C-1"]["Proposal"], found["C-1"]["Proposed level"]) == ("Promote", "Global")
	assert (found["C-2"]["Proposal"], found["C-2"]["Proposed status"]) == ("Retire", "Retired")
	assert found["C-3"]["Proposal"] == "None"


def test_an_account_of_several_customers_is_measured_as_one(data, criteria, tmp_path):
	accounts = tmp_path / "accounts.csv"
	accounts.write_text("Customer,Key Account,Status\nC-1,The Group,Active\nC-2,The Group,Active\n")
	out = tmp_path / "out"
	assert select(data, criteria, out, "--accounts", accounts, "--as-of", "2025-12-31") == 0
	found = selection(out)
	assert set(found) == {"The Group", "C-3"}
	assert found["The Group"]["Net Sales"] == 280.15
	assert found["The Group"]["Customers"] == 2
	assert found["The Group"]["Share of Company Sales"] == 100


def test_what_can_be_wrong_with_the_list_of_accounts(data, criteria, tmp_path, capsys):
	accounts = tmp_path / "accounts.csv"
	accounts.write_text(
		"Customer,Key Account,Status\nC-9,,Active\nC-1,G,Activ\nC-1,H,Active\nC-2,C-3,Active\nC-3,,On Watch\n"
	)
	out = tmp_path / "out"
	text = refused(capsys, out, data, criteria, out, "--accounts", accounts)
	assert (
		'accounts.csv, line 2, column "Customer": expected the id of a customer in the data, found "C-9"'
		in text
	)
	assert (
		'line 3, column "Status": expected one of Candidate, Active, On Watch, Retired, found "Activ"' in text
	)
	assert "line 4" in text and "each customer in one account only (see line 3)" in text
	assert (
		'line 5, column "Key Account": expected an account name that is not the id of another customer'
		in text
	)


JUDGED = """
[[scoring]]
criterion = "Relationship"
weight = 1
kind = "judged"
[[screening]]
question = "Pays in time"
mandatory = true
"""


def test_judgements_fill_the_judged_lines(data, tmp_path):
	path = criteria_file(tmp_path, CRITERIA + JUDGED)
	judgements = tmp_path / "judgements.csv"
	judgements.write_text(
		"Customer,Criterion,Value\nC-1,Relationship,80\nC-1,Pays in time,yes\nC-2,pays in time,No\nC-3,Relationship,\n"
	)
	out = tmp_path / "out"
	assert select(data, path, out, "--judgements", judgements, "--as-of", "2025-12-31") == 0
	found = selection(out)
	assert found["C-1"]["Score"] == pytest.approx((50.025 + 80) / 2)
	assert found["C-1"]["Answered weight"] == 100
	assert found["C-1"]["Proposal"] == "Add"
	assert found["C-2"]["Screening passed"] == "no"
	assert found["C-3"]["Answered weight"] == 50


def test_what_can_be_wrong_with_judgements(data, tmp_path, capsys):
	path = criteria_file(tmp_path, CRITERIA + JUDGED)
	judgements = tmp_path / "judgements.csv"
	judgements.write_text(
		"Customer,Criterion,Value\nC-9,Relationship,80\nC-1,Friendship,8\nC-1,Relationship,120\n"
		"C-1,Pays in time,often\nC-1,Pays in time,Yes\n"
	)
	out = tmp_path / "out"
	text = refused(capsys, out, data, path, out, "--judgements", judgements)
	assert 'line 2, column "Customer"' in text
	assert "line 3" in text and "expected a judged line of the criteria (pays in time; relationship)" in text
	assert 'line 4, column "Value": expected a number from 0 to 100, found "120"' in text
	assert 'line 5, column "Value": expected Yes, No or Unknown, found "often"' in text
	assert "line 6" in text and "each line judged once per account (see line 5)" in text


def test_more_key_accounts_than_wanted(data, criteria, tmp_path, capsys):
	path = criteria_file(tmp_path, CRITERIA.replace("value = 100", "value = 1"))
	assert select(data, path, tmp_path / "out", "--maximum", "1", "--as-of", "2025-12-31") == 0
	text = capsys.readouterr().out
	assert "Warnings" in text and "2 key accounts" in text


def test_it_runs_as_a_module_anywhere(tmp_path):
	root = Path(__file__).resolve().parents[2]
	found = subprocess.run(
		[sys.executable, "-m", "kam_erpnext.offline", "demo", "--out", "result"],
		cwd=tmp_path,
		env={**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
		capture_output=True,
		text=True,
		timeout=120,
	)
	assert found.returncode == 0, found.stderr
	assert "Key accounts: 12 today, 15 after this selection." in found.stdout
	assert (tmp_path / "result" / "key-accounts.html").is_file()


def example(name: str) -> str:
	"""The first TOML example of a page of the documentation."""
	page = Path(__file__).resolve().parents[2] / "docs" / name
	return page.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]


def test_the_examples_of_the_documentation_work(tmp_path):
	from kam_erpnext.engine.measures import MEASURES
	from kam_erpnext.offline import mapping
	from kam_erpnext.offline.run import check_criteria, load_criteria, used_fields

	criteria, source = load_criteria(criteria_file(tmp_path, example("criteria-file.md")))
	check_criteria(criteria, source, used_fields(criteria))
	(tmp_path / "map.toml").write_text(example("command-line.md"))
	assert mapping.load(tmp_path / "map.toml").currency == "CHF"
	page = Path(__file__).resolve().parents[2] / "docs" / "criteria-file.md"
	text = page.read_text(encoding="utf-8")
	assert [key for key in MEASURES if f"`{key}`" not in text] == []
