"""Numbers and dates as spreadsheets and exports write them."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.offline import values


@pytest.mark.parametrize(
	("text", "decimal", "expected"),
	[
		("1234.56", None, 1234.56),
		("1,234.56", None, 1234.56),
		("1.234,56", None, 1234.56),
		("1 234,56", None, 1234.56),
		("1\u00a0234,56", None, 1234.56),
		("1'234.56", None, 1234.56),
		("12,34,567.89", None, 1234567.89),
		("1.234.567", None, 1234567.0),
		("1,234,567", None, 1234567.0),
		("12,5", None, 12.5),
		("0,125", None, 0.125),
		("0.125", None, 0.125),
		("1234.567", None, 1234.567),
		("1,234", ".", 1234.0),
		("1,234", ",", 1.234),
		("1.234", ",", 1234.0),
		("-12.5", None, -12.5),
		("12.5-", None, -12.5),
		("(12.50)", None, -12.5),
		("\u221212.5", None, -12.5),
		("€ 1.234,50", None, 1234.5),
		("1,234.50 USD", None, 1234.5),
		("-$12.50", None, -12.5),
		("1e3", None, 1000.0),
		("1.5E-05", None, 1.5e-05),
		(7, None, 7.0),
		(Decimal("7.25"), None, 7.25),
	],
)
def test_numbers(text, decimal, expected):
	assert values.number(text, decimal) == expected


@pytest.mark.parametrize("text", ["", "  ", "NULL", "None", "nan", "N/A", "\\N", None, float("nan")])
def test_empty_is_unknown_and_not_zero(text):
	assert values.number(text, ".") is None
	assert values.date(text, "dmy") is None
	assert values.check(text) is False


@pytest.mark.parametrize(
	"text", ["abc", "12x", "1.2.3,4,5", "1,2345.6", "--5", "12:30", "2025-01-01", ".", "1,23,4.5"]
)
def test_not_a_number(text):
	with pytest.raises(ValueError, match="number"):
		values.number(text, ".")


def test_a_number_that_reads_two_ways_is_refused_without_a_hint():
	with pytest.raises(ValueError, match="two ways"):
		values.number("1,234", None)


def test_the_file_decides_how_its_numbers_are_read():
	assert values.number_style(["1,234", "5,50"], ".") == ","
	assert values.number_style(["1,234", "5.50"], None) == "."
	assert values.number_style(["1,234"], ".") == "."
	assert values.number_style(["1,234"], None) is None
	assert values.number_style(["12", ""], None) is None
	with pytest.raises(ValueError, match="decimal comma"):
		values.number("5.50", ",")


@given(st.integers(-(10**12), 10**12), st.sampled_from(["en", "de", "ch", "plain"]))
def test_cents_survive_every_notation(cents, notation):
	amount = Decimal(cents) / 100
	english = f"{amount:,.2f}"
	text = {
		"en": english,
		"de": english.replace(",", "_").replace(".", ",").replace("_", "."),
		"ch": english.replace(",", "'"),
		"plain": f"{amount:.2f}",
	}[notation]
	assert values.number(text, "," if notation == "de" else ".") == float(amount)


@pytest.mark.parametrize(
	("text", "order", "expected"),
	[
		("2025-03-31", None, (2025, 3, 31)),
		("2025-03-31 14:02:11", None, (2025, 3, 31)),
		("2025-03-31T00:00:00.000", None, (2025, 3, 31)),
		("2025/3/1", None, (2025, 3, 1)),
		("20250331", None, (2025, 3, 31)),
		("31-03-2025", "dmy", (2025, 3, 31)),
		("03.04.2025", "dmy", (2025, 4, 3)),
		("3/4/2025", "mdy", (2025, 3, 4)),
		(datetime.datetime(2025, 3, 31, 5), None, (2025, 3, 31)),
		(datetime.date(2025, 3, 31), None, (2025, 3, 31)),
	],
)
def test_dates(text, order, expected):
	assert values.date(text, order) == datetime.date(*expected)


@pytest.mark.parametrize("text", ["31-02-2025", "2025-13-01", "yesterday", "1.2.25", "45000"])
def test_not_a_date(text):
	with pytest.raises(ValueError, match="a date such as"):
		values.date(text, "dmy")


def test_the_column_decides_which_comes_first_day_or_month():
	assert values.date_order(["03/04/2025", "25/04/2025"]) == "dmy"
	assert values.date_order(["03/04/2025", "04/25/2025"]) == "mdy"
	assert values.date_order(["03-04-2025"]) == "dmy"
	assert values.date_order(["03/04/2025"]) is None
	with pytest.raises(ValueError, match="date_format"):
		values.date("03/04/2025", None)


def test_yes_and_no():
	assert [values.check(v) for v in ("1", 1, True, "Yes", "TRUE", "ja", 1.0)] == [True] * 7
	assert [values.check(v) for v in ("0", 0, False, "No", "", None)] == [False] * 6
	with pytest.raises(ValueError, match="0 or 1"):
		values.check("perhaps")


def test_text_keeps_names_that_look_empty():
	assert values.text(" NA ") == "NA"
	assert values.text("NULL") == ""
	assert values.text(676.0) == "676"
	assert values.text(None) == ""
