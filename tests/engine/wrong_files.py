"""Files as they come from people: with wrong cells, columns, lines, separators and bytes; and how many of them are tried.

`KAM_FUZZ_INPUTS=5` tries five times as many inputs, others in each run.
"""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

TIMES = float(os.environ.get("KAM_FUZZ_INPUTS", 1))

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


def inputs(number):
	"""Settings of hypothesis for a number of inputs, the same ones in every run unless more are asked for."""
	return settings(
		max_examples=max(1, int(number * TIMES)),
		deadline=None,
		derandomize=TIMES <= 1,
		database=None,
		phases=[Phase.generate],
		suppress_health_check=list(HealthCheck),
	)


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
