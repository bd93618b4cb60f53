"""The command line with wrong arguments, criteria, mappings and data: a result, or a message that names what is wrong."""

import collections
import contextlib
import io
import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.offline.cli import main
from tests.engine.offline_tools import CRITERIA, CUSTOMERS, INVOICES, export
from tests.engine.wrong_files import TEXTS, WRONG, as_bytes, inputs, wrong_table

COUNTS = collections.defaultdict(collections.Counter)

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
