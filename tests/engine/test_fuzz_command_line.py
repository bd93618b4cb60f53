"""The command line with wrong arguments, criteria, mappings and data: a result, or a message that names what is wrong.

`KAM_FUZZ_INPUTS=5` runs five times as many inputs, others in each run.
"""

import collections
import contextlib
import io
import json
import os
import shutil

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kam_erpnext.offline.cli import main
from tests.engine.offline_tools import CRITERIA, CUSTOMERS, INVOICES, export

TIMES = float(os.environ.get("KAM_FUZZ_INPUTS", 1))
COUNTS = collections.defaultdict(collections.Counter)

NUMBERS = (
	"0", "-1", "1.5", "007", "1,5", "1.234,56", "1e400", "9" * 400, "NaN", "inf", "-Infinity", "0x10", "1_000", "½", "١٢",
	"--1", "1.2.3", "=1+1", "=cmd|'/c calc'!A1", "$5", "5 %", "(100)",
)  # fmt: skip
DAYS = (
	"0000-00-00", "2025-02-31", "31.02.2025", "9999-12-31", "0001-01-01", "10000-01-01", "2025-13-01", "13/13/2025", "today",
	"45000", "2025-01-01T25:00", "20250101", "-1", "99999999999999999999",
)  # fmt: skip
TEXTS = (
	"", " ", "😀", "a\0b", "\ud800", "x" * 300, "C-1", "C-99", '"', "'", ";", "\t", ",", "\r", "<script>alert(1)</script>",
	"{0}", "%s", "null", "true", "Yes", "maybe", "../../etc/passwd", "=A1", "@x", "\ufeff", "Total", "World", "Acme",
)  # fmt: skip
WRONG = st.one_of(
	st.sampled_from(NUMBERS), st.sampled_from(DAYS), st.sampled_from(TEXTS), st.text(max_size=8)
)
# what an operating system can hand over
ARGUMENT = WRONG.filter(lambda text: "\0" not in text)
LITERALS = (
	"nan", "inf", "-inf", "-1", "0", "1e400", "9" * 30, "true", '""', '"x"', '"😀"', "[]", "{}", "[[1]]", "2025-02-31", "2025-02-28",
	'{a = {b = 1}}', '"net_sales"', '"judged"', '">="', "'", "1979-05-27T07:32:00Z", '"\\u0000"', '"' + "x" * 2000 + '"', "[1, 'a']",
)  # fmt: skip
FILES = {
	"Sales Invoice.csv": INVOICES,
	"Customer.csv": CUSTOMERS,
	"Territory.csv": "ID,Parent Territory\nWorld,\nNorth,World\nSouth,World\n",
}
ACCOUNTS = "Customer,Status,Level,Key Account\nC-1,Active,National,Alpha\nC-2,On Watch,,Alpha\n"
JUDGEMENTS = "Customer,Criterion,Value,Evidence\nC-1,Trust,80,Seen\n"
CRITERIA_MORE = (
	CRITERIA
	+ """[[scoring]]
criterion = "Trust"
weight = 2
kind = "judged"
[[levels]]
level = "National"
min_score = 10
"""
)
MAPPING = """title = "Other system"
[settings]
currency = "EUR"
decimal = "."
date_format = "YMD"
fiscal_year_start = "04-01"
[sales_invoice]
file = "Sales Invoice.csv"
[sales_invoice.columns]
name = "ID"
[sales_invoice.multiply]
qty = 2
[customer]
file = "Customer.csv"
[customer.extra]
potential = "Potential"
"""
NAMED = ("--", "usage:", ".csv", ".toml", ".json", "criteria", "mapping")


def inputs(number):
	return settings(
		max_examples=max(1, int(number * TIMES)),
		deadline=None,
		derandomize=TIMES <= 1,
		database=None,
		phases=[Phase.generate],
		suppress_health_check=list(HealthCheck),
	)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
	"""A folder with right files; `out` in it is where results go."""
	made = tmp_path_factory.mktemp("fuzz")
	export(made / "in")
	for name, text in (
		("criteria.toml", CRITERIA_MORE),
		("mapping.toml", MAPPING),
		("accounts.csv", ACCOUNTS),
		("judgements.csv", JUDGEMENTS),
	):
		(made / name).write_text(text, encoding="utf-8")
	yield made
	for name, count in COUNTS.items():
		print(f"\ncommand line, {name}: {dict(count)}")


def run(folder, arguments, kind):
	"""Runs the program: a result, or a message that names option or file, and then nothing written."""
	out, wrong = folder / "out", io.StringIO()
	said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")  # as strict as a terminal
	shutil.rmtree(out, ignore_errors=True)
	with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
		try:
			code = main([*arguments, "--out", str(out)])
		except SystemExit as stop:  # of argparse
			code = stop.code
	message = wrong.getvalue()
	written = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
	COUNTS[kind]["accepted" if code == 0 else "refused"] += 1
	assert code in (0, 1, 2), arguments
	assert "Traceback" not in message
	if code:
		assert message.strip(), arguments
		assert any(name in message for name in (*NAMED, *filter(None, arguments[2::2]))), (arguments, message)
		assert written == [], (arguments, message)
	else:
		assert (
			written == ["key-accounts.html", "key-accounts.xlsx"]
			or "--help" in arguments
			or "-h" in arguments
		)
	return code, message


def options(folder, **changed):
	known = {
		"--data": folder / "in",
		"--criteria": folder / "criteria.toml",
		**{f"--{name.replace('_', '-')}": value for name, value in changed.items()},
	}
	return ["select", *(str(part) for pair in known.items() for part in pair)]


OPTIONS = {
	"--window": ["rolling-12-months", "fiscal-year-to-date", "last-fiscal-year"],
	"--as-of": ["2025-03-31"],
	"--from": ["2025-01-01"],
	"--to": ["2025-03-31"],
	"--fiscal-year-start": ["04-01"],
	"--company": ["Acme"],
	"--territory": ["North", "World"],
	"--customer-group": ["Clinics"],
	"--mapping": ["adventureworks", "mapping.toml"],
	"--accounts": ["accounts.csv"],
	"--judgements": ["judgements.csv"],
	"--currency": ["EUR"],
	"--maximum": ["35", "1"],
	"--portfolio": ["fixed", "median"],
	"--criteria": ["standard", "criteria.toml"],
	"--data": ["in", "."],
}


@st.composite
def arguments(draw):
	"""`select` with some options, at least one of them wrong in most cases."""
	given = {"--data": "in", "--criteria": "criteria.toml"}
	for name in draw(st.lists(st.sampled_from(sorted(OPTIONS)), max_size=4)):
		given[name] = draw(st.one_of(st.sampled_from(OPTIONS[name]), ARGUMENT, ARGUMENT, ARGUMENT))
	parts = [part for pair in given.items() for part in pair]
	if draw(st.integers(0, 5)) == 0:
		place = draw(st.integers(0, len(parts)))
		parts[place:place] = [
			draw(
				st.one_of(ARGUMENT, st.sampled_from(["--help", "--nothing", "-x", "--data", "--", "select"]))
			)
		]
	command = draw(st.sampled_from(["select"] * 12 + ["", "choose", "demo --as-of"]))
	return [*command.split(), *parts]


def test_wrong_arguments(folder, monkeypatch):
	monkeypatch.chdir(folder)

	@inputs(2500)
	@given(arguments())
	def ask(parts):
		run(folder, parts, "arguments")

	ask()


@st.composite
def wrong_toml(draw, text):
	"""A TOML file with something wrong in it: a value, a key, a line, or its bytes."""
	lines = text.splitlines()
	for _ in range(draw(st.integers(1, 2))):
		place = draw(st.integers(0, len(lines) - 1))
		key, equals, _value = lines[place].partition(" = ")
		way = draw(st.integers(0, 7))
		if way <= 3 and equals:
			lines[place] = f"{key} = {draw(st.sampled_from(LITERALS))}"
		elif way == 4 and equals:
			lines[place] = (
				f"{draw(st.sampled_from(['nothing', 'a.b', 'measure', 'rule', 'weight', '😀']))} = {_value}"
			)
		elif way == 5:
			del lines[place]
		elif way == 6:
			lines.insert(place, lines[draw(st.integers(0, len(lines) - 1))])
		else:
			lines.insert(place, draw(WRONG))
		lines = lines or [""]
	return as_bytes(draw, "\n".join(lines))


def as_bytes(draw, text):
	"""A text as a file: mostly in UTF-8, sometimes in another encoding, cut off, or with strange bytes."""
	way = draw(st.integers(0, 15))
	if way == 0:
		return text.encode("utf-16", "replace")
	blob = text.encode("utf-8-sig" if way == 1 else "cp1252" if way == 2 else "utf-8", "replace")
	if way == 3:
		return blob[: draw(st.integers(0, len(blob)))]
	if way == 4:
		place = draw(st.integers(0, len(blob)))
		return blob[:place] + draw(st.binary(min_size=1, max_size=8)) + blob[place:]
	if way == 5:
		return draw(
			st.sampled_from(
				[b"", b"\0" * 50, b"PK\x03\x04" + b"\0" * 60, b"\xff\xfe", b"\xef\xbb\xbf", b"\n" * 500]
			)
		)
	return blob


@pytest.mark.parametrize(
	("name", "text", "option"), [("c.toml", CRITERIA_MORE, "criteria"), ("m.toml", MAPPING, "mapping")]
)
def test_wrong_criteria_and_mappings(folder, name, text, option):
	@inputs(450)
	@given(wrong_toml(text))
	def ask(blob):
		(folder / name).write_bytes(blob)
		run(folder, options(folder, **{option: folder / name}), option)

	ask()


def test_wrong_criteria_as_json(folder):
	right = {
		"name": "Test",
		"rule": "all",
		"classification": [{"measure": "net_sales", "operator": ">=", "value": 100}],
		"scoring": [{"criterion": "Sales", "weight": 1, "measure": "net_sales", "low": 0, "high": 400}],
		"levels": [{"level": "National", "min_score": 10}],
	}
	values = st.recursive(
		st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.sampled_from(TEXTS)),
		lambda inner: st.one_of(
			st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=4), inner, max_size=2)
		),
		max_leaves=3,
	)

	@inputs(300)
	@given(st.data())
	def ask(data):
		criteria = json.loads(json.dumps(right))
		place = criteria
		while True:
			key = data.draw(
				st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place))))
			)
			if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
				place = place[key]
				continue
			break
		place[key] = data.draw(values)
		text = data.draw(st.sampled_from([json.dumps(criteria), "[" * 100_000, json.dumps(criteria)[:-3]]))
		(folder / "c.json").write_text(text, encoding="utf-8")
		run(folder, options(folder, criteria=folder / "c.json"), "criteria as JSON")

	ask()


@st.composite
def wrong_table(draw, text):
	"""A CSV file with something wrong in it: a cell, a column, a line, its separator or its bytes."""
	rows = [line.split(",") for line in text.strip().split("\n")]
	for _ in range(draw(st.integers(1, 2))):
		row = draw(st.sampled_from(rows))
		place = draw(st.integers(0, len(row) - 1))
		way = draw(st.integers(0, 9))
		if way <= 4:
			row[place] = draw(WRONG)
		elif way == 5:  # a column of this name twice
			for each in rows:
				each.append(each[place] if place < len(each) else "")
		elif way == 6:  # a column less
			for each in rows:
				del each[place : place + 1]
		elif way == 7:
			rows.insert(
				draw(st.integers(0, len(rows))), [draw(WRONG) for _ in range(draw(st.integers(0, 20)))]
			)
		elif way == 8:
			rows.append([*row])
		else:
			row[place:place] = [draw(WRONG)]
		rows = [row for row in rows if row] or [[""]]
		for row in rows:
			row[:] = row or [""]
	separator = draw(st.sampled_from([",", ",", ",", ",", ";", "\t", "|", "", ", ", "\0"]))
	return as_bytes(
		draw, draw(st.sampled_from(["\n", "\r\n", "\r"])).join(separator.join(row) for row in rows)
	)


@pytest.mark.parametrize("name", [*FILES, "accounts.csv", "judgements.csv"])
def test_wrong_tables(folder, name):
	text = {**FILES, "accounts.csv": ACCOUNTS, "judgements.csv": JUDGEMENTS}[name]
	data = folder / "wrong"

	@inputs(220)
	@given(wrong_table(text))
	def ask(blob):
		shutil.copytree(folder / "in", data, dirs_exist_ok=True)
		changed = {"data": data}
		if name in FILES:
			(data / name).write_bytes(blob)
		else:
			(folder / name).write_bytes(blob)
			changed[name.removesuffix(".csv")] = folder / name
		code, message = run(folder, options(folder, **changed), name)
		assert code == 0 or name in message or "Nothing was written" in message

	ask()
	shutil.rmtree(data, ignore_errors=True)
