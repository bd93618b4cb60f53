"""How values read on paper: formatted by the site's settings, texts cut and escaped."""

from collections.abc import Iterable
from math import isfinite

import frappe
from frappe import _
from frappe.utils import cstr, flt, fmt_money, format_datetime, formatdate, getdate, strip_html
from frappe.utils.jinja_globals import is_rtl
from markupsafe import Markup, escape

UNKNOWN = "–"


def known(value) -> bool:
	return value is not None and value != "" and isfinite(flt(value))


def money(value, currency: str | None, digits: int = 0) -> str:
	return fmt_money(flt(value), precision=digits, currency=currency) if known(value) else UNKNOWN


def cents(value) -> str:
	"""An amount whose currency stands elsewhere."""
	return fmt_money(flt(value), precision=2)


def number(value, digits: int = 2) -> str:
	"""At most `digits` decimals, none when they are zero."""
	if not known(value):
		return UNKNOWN
	value = flt(value, digits)
	shown = next(count for count in range(digits + 1) if flt(value, count) == value)
	return fmt_money(value, precision=shown)


def percent(value, digits: int = 0) -> str:
	return f"{number(value, digits)} %" if known(value) else UNKNOWN


def change(value, before) -> str | None:
	"""Growth against the year before, None when it cannot be told."""
	if not known(value) or not known(before) or flt(before) <= 0:
		return None
	growth = flt((flt(value) / flt(before) - 1) * 100, 1)
	return f"{'+' if growth > 0 else ''}{percent(growth, 1)}"


def quantity(value, unit: str | None, currency: str | None) -> str:
	"""A figure with the unit of its measure, or a unit somebody wrote."""
	if not known(value):
		return UNKNOWN
	unit = cstr(unit).strip()
	if unit.lower() == "currency" or (currency and unit == currency):
		return money(value, currency)
	if unit.lower() in ("percent", "%"):
		return percent(value, 1)
	if unit.lower() in ("", "count", "number"):
		return number(value)
	return f"{number(value)} {_(unit)}"


def day(value) -> str:
	return formatdate(value) if value else UNKNOWN


def moment(value) -> str:
	return format_datetime(value) if value else UNKNOWN


def days(first, last) -> str:
	if not last:
		return _("from {0}").format(day(first))
	return f"{day(first)} {UNKNOWN} {day(last)}"


def month(value, with_year: bool = False) -> str:
	value = getdate(value)
	return formatdate(value, "MMM yyyy" if with_year else "MMM")


def cut(text, length: int) -> str:
	"""A text on one line, cut at a word with an ellipsis."""
	text = " ".join(strip_html(cstr(text)).split()) if text else ""
	if len(text) <= length:
		return text
	head = text[: length - 1]
	space = head.rfind(" ")
	if space > length * 0.5:
		head = head[:space]
	return head.rstrip(" ,;:.") + "…"


def top(rows: Iterable, limit: int | None) -> tuple[list, int]:
	"""The first `limit` rows and how many more there are."""
	rows = list(rows)
	if not limit or len(rows) <= limit:
		return rows, 0
	return rows[:limit], len(rows) - limit


def person(user: str | None, name: str | None = None) -> str:
	if name:
		return name
	if not user:
		return UNKNOWN
	return frappe.get_cached_value("User", user, "full_name") or user if _is_user(user) else user


def _is_user(user: str) -> bool:
	return bool(frappe.db.exists("User", user, cache=True))


def lines(text) -> Markup:
	"""A longer text, its line breaks kept."""
	return Markup("<br>").join(cstr(text).splitlines())


def escaped(value):
	"""Everything within `value` safe for a template; what is Markup already stays."""
	if isinstance(value, str):
		return escape(value)
	if isinstance(value, dict):
		return frappe._dict({key: escaped(item) for key, item in value.items()})
	if isinstance(value, list | tuple):
		return [escaped(item) for item in value]
	return value


def page_setup() -> dict:
	"""What every print needs besides its document."""
	rtl = is_rtl()
	return {
		"rtl": rtl,
		"direction": "rtl" if rtl else "ltr",
		"start": "right" if rtl else "left",
		"end": "left" if rtl else "right",
		"scale": 1.3 if _shrinks() else 1.0,
		"font": _font(),
		"density": 1.0,
		"printed_on": day(frappe.utils.nowdate()),
		"printed_by": person(frappe.session.user),
	}


def _font() -> str:
	"""The font the site chose for prints, else a narrow one that is at hand everywhere."""
	chosen = frappe.db.get_single_value("Print Settings", "font", cache=True)
	family = f"{chosen}, " if chosen and chosen != "Default" else ""
	return Markup(family + '"Liberation Sans", Arial, Helvetica, "Noto Sans", sans-serif')


def _shrinks() -> bool:
	"""Whether PDFs come out at three quarters of their size: wkhtmltopdf without its patched Qt cannot switch that off."""
	if cstr(frappe.form_dict.get("pdf_generator")) == "chrome":
		return False
	from frappe.utils.pdf import get_wkhtmltopdf_version, is_wkhtmltopdf_valid

	return get_wkhtmltopdf_version() != "0" and not is_wkhtmltopdf_valid()
