"""Turning the text in exported files into numbers, dates and yes / no.

Spreadsheets write ``1.234,56`` or ``1,234.56`` and ``03-04-2025`` or ``04/03/2025``. One value alone can often not say
which convention it follows, so the whole file is looked at first (``number_style``, ``date_order``); a value that
contradicts the rest of its file is a problem of that line.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from numbers import Number

EMPTY_TEXT = {"", "null", "none", "\\n", "<na>"}
EMPTY = {"", "null", "none", "nan", "n/a", "na", "nat", "\\n", "#n/a", "<na>"}

NUMBER_HINT = "a number such as 1234.56"
DATE_HINT = "a date such as 2025-03-31"
CHECK_HINT = "0 or 1 (or Yes / No)"

_CURRENCY = re.compile(r"^(?:[A-Z]{3}(?=[\s\d.,(-])|[€$£¥₹])\s*|\s*(?:(?<=[\s\d.,])[A-Z]{3}|[€$£¥₹])$")
_SPACES = re.compile("[\\s\u00a0\u2009\u202f'\u2019]+")
_DIGITS = re.compile(r"^\d[\d.,]*$|^[.,]\d+$")
_SCIENTIFIC = re.compile(r"^\d+(?:\.\d+)?[eE][+-]?\d+$")


def is_empty(value) -> bool:
	"""True for a blank cell, ``NULL``, ``None``, ``NaN``, ``N/A`` and the like."""
	if value is None:
		return True
	if isinstance(value, str):
		return value.strip().lower() in EMPTY
	if isinstance(value, float):
		return math.isnan(value)
	return value != value or str(value) in ("NaT", "<NA>")


def _bare(text: str) -> tuple[str, bool]:
	"""The digits and separators of a number and whether it is negative."""
	text = text.strip().replace("\u2212", "-")
	negative = False
	if text.startswith("(") and text.endswith(")"):
		negative, text = True, text[1:-1].strip()
	text = _CURRENCY.sub("", text).strip()
	if text[:1] in ("-", "+"):
		negative ^= text[0] == "-"
		text = _CURRENCY.sub("", text[1:].strip()).strip()
	if text.endswith("-"):
		negative, text = True, text[:-1].strip()
	return _SPACES.sub("", text), negative


def _style_of(bare: str) -> str | None:
	"""``"."`` or ``","`` when this number can only be read with that decimal mark, else None."""
	dots, commas = bare.count("."), bare.count(",")
	if dots and commas:
		return "." if bare.rfind(".") > bare.rfind(",") else ","
	if not dots and not commas:
		return None
	mark, other, count = (".", ",", dots) if dots else (",", ".", commas)
	if count > 1:
		return other
	whole, _, fraction = bare.partition(mark)
	if len(fraction) != 3 or len(whole) > 3 or whole in ("", "0"):
		return mark
	return None


def number_style(values: Iterable, default: str | None) -> str | None:
	"""The decimal mark of a file: the one that most of its numbers insist on, else ``default``.

	``default`` None means that the file gives no hint of its own: the answer is then None and numbers such as
	``1.234`` are refused as ambiguous.
	"""
	seen = {".": 0, ",": 0}
	for value in values:
		if isinstance(value, str) and not is_empty(value):
			bare, _ = _bare(value)
			if _DIGITS.match(bare):
				style = _style_of(bare)
				if style:
					seen[style] += 1
	if not seen["."] and not seen[","]:
		return default
	return "." if seen["."] >= seen[","] else ","


def number(value, decimal: str | None) -> float | None:
	"""A float, None for an empty cell. ValueError (with what was expected) for anything else."""
	if is_empty(value):
		return None
	if isinstance(value, bool):
		return float(value)
	if isinstance(value, Number):
		result = float(value)
		if math.isinf(result):
			raise ValueError(NUMBER_HINT)
		return result
	bare, negative = _bare(str(value))
	if _SCIENTIFIC.match(bare):
		result = float(bare)
	elif _DIGITS.match(bare):
		style = _style_of(bare)
		if style is None and decimal is None and ("." in bare or "," in bare):
			raise ValueError(
				'a number; this one can be read in two ways, so say decimal = "." or "," in a mapping file'
			)
		mark = decimal or style or "."
		if style and style != mark:
			raise ValueError(
				f"a number with a decimal {'comma' if mark == ',' else 'point'} like the others in this file"
			)
		other = "," if mark == "." else "."
		whole, _, fraction = bare.partition(mark)
		if mark in fraction or other in fraction:
			raise ValueError(NUMBER_HINT)
		groups = whole.split(other)
		if len(groups) > 1 and (
			not 1 <= len(groups[0]) <= 3 or any(not 2 <= len(g) <= 3 for g in groups[1:])
		):
			raise ValueError(NUMBER_HINT)
		result = float(f"{''.join(groups) or '0'}.{fraction or '0'}")
	else:
		raise ValueError(NUMBER_HINT)
	return -result if negative else result


_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_DAY = re.compile(r"^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})(?:[T ].*)?$")

DATE_ORDERS = {"Y-m-d": "ymd", "d-m-Y": "dmy", "m-d-Y": "mdy"}


def date_order(values: Iterable, default: str | None = None) -> str | None:
	"""``"dmy"`` or ``"mdy"`` for dates whose year comes last, as the whole column shows; None if it stays open.

	Dots and hyphens mean day first, as ERPNext writes them; slashes need one date past the 12th.
	"""
	if default:
		return default
	day_first = month_first = hyphen = slash = 0
	for value in values:
		match = isinstance(value, str) and _DAY.match(value.strip())
		if match:
			first, mark, second = int(match[1]), match[2], int(match[3])
			day_first += first > 12
			month_first += second > 12
			hyphen += mark != "/"
			slash += mark == "/"
	if day_first or month_first:
		return "dmy" if day_first >= month_first else "mdy"
	return "dmy" if hyphen or not slash else None


def date(value, order: str | None) -> datetime.date | None:
	"""A date, None for an empty cell. ValueError (with what was expected) for anything else."""
	if is_empty(value):
		return None
	if isinstance(value, datetime.datetime):
		return value.date()
	if isinstance(value, datetime.date):
		return value
	text = str(value).strip()
	match = _ISO.match(text) or _COMPACT.match(text)
	if match:
		year, month, day = int(match[1]), int(match[2]), int(match[3])
	else:
		match = _DAY.match(text)
		if not match:
			raise ValueError(DATE_HINT)
		first, second, year = int(match[1]), int(match[3]), int(match[4])
		if order is None:
			raise ValueError(
				"a date; day and month cannot be told apart in this file, so say date_format in a mapping file"
			)
		day, month = (first, second) if order == "dmy" else (second, first)
	try:
		return datetime.date(year, month, day)
	except ValueError:
		raise ValueError(DATE_HINT) from None


_YES = {"1", "1.0", "yes", "true", "y", "ja", "oui", "si", "sí"}
_NO = {"0", "0.0", "no", "false", "n", "nein", "non"}


def check(value) -> bool:
	"""True or False; an empty cell is False. ValueError (with what was expected) for anything else."""
	if is_empty(value):
		return False
	text = str(value).strip().lower()
	if text in _YES:
		return True
	if text in _NO:
		return False
	raise ValueError(CHECK_HINT)


def text(value) -> str:
	"""The text of a cell without blanks around it; empty for an empty cell. 676.0 becomes 676."""
	if isinstance(value, str):
		stripped = value.strip()
		return "" if stripped.lower() in EMPTY_TEXT else stripped
	if is_empty(value):
		return ""
	if isinstance(value, float) and value.is_integer():
		return str(int(value))
	return str(value).strip()
