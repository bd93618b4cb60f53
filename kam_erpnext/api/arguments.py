"""Arguments of endpoints: checked before an endpoint of this app runs, so that each of them gets what it was made for.

`check_request` (hooks.py: before_request) refuses what no endpoint can take, naming the argument: one that is missing or
of another kind, text no database stores, numbers beyond any amount, days beyond any calendar. What an argument means is
the matter of the endpoint, which reads objects and lists with `parsed` and those below it.
"""

import inspect
import json
import math
import re
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.exceptions import FrappeTypeError
from frappe.model import child_table_fields, default_fields, optional_fields
from frappe.utils import cstr, escape_html, getdate
from frappe.utils.typing_validations import transform_parameter_types

ENDPOINTS = "kam_erpnext.api."
METHOD_IN_PATH = re.compile(r"/api/(?:v\d+/)?method/([\w.]+)/?$")
# arguments that are a day, or a moment of one
DAYS = frozenset((
	"as_of", "day", "end", "end_date", "expected_close", "from_date", "on", "planned_on", "start", "start_date",
	"starts_at", "to_date", "until",
))  # fmt: skip
# arguments that are a field, and the argument whose documents have it
FIELDS = {"field": "doctype", "workflow_state_field": "doctype"}
FIRST_YEAR, LAST_YEAR = 1900, 2199
# what columns of whole numbers and of amounts hold, and what a text column does, each character of four bytes
MOST_WHOLE, MOST_NUMBER, MOST_TEXT = 2**31 - 1, 999_999_999_999, 16_000
MOST_LEVELS = 20
SHOWN = 60


# ---------------------------------------------------------------- before a request


def check_request():
	"""Refuses a request to an endpoint of this app whose arguments cannot be meant."""
	function = _endpoint_asked_for()
	if function:
		check_arguments(function, frappe.form_dict)
		for asked in stands_in_for(function):
			check_complete(asked, frappe.form_dict)


def stands_in_for(function) -> Iterator:
	"""Functions of Frappe an endpoint answers for, when it hands on arguments it does not name itself."""
	parameters = inspect.signature(inspect.unwrap(function)).parameters.values()
	if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
		own = f"{function.__module__}.{function.__name__}"
		for asked, overrides in frappe.get_hooks("override_whitelisted_methods", {}).items():
			module, _dot, method = asked.rpartition(".")
			if own in overrides and hasattr(frappe.get_module(module), method):  # which another version has
				yield inspect.unwrap(frappe.get_attr(asked))


def method_asked_for() -> str | None:
	"""The method a request names, in its path or as `cmd`."""
	found = METHOD_IN_PATH.search(frappe.request.path)
	return frappe.form_dict.cmd or (found and found.group(1))


def _endpoint_asked_for():
	"""The endpoint of this app that answers the request, if one does."""
	asked = method_asked_for()
	if not asked:
		return None
	overrides = frappe.get_hooks("override_whitelisted_methods", {}).get(asked)
	asked = overrides[-1] if overrides else asked
	if not asked.startswith(ENDPOINTS):
		return None
	try:
		function = frappe.get_attr(asked)
	except Exception:  # Frappe itself says that there is no such method
		return None
	return function if function in frappe.whitelisted else None


def check_arguments(function, given: dict):
	"""Refuses arguments `function` cannot take; the message names the argument."""
	function = inspect.unwrap(function)
	check_complete(function, given)
	parameters = inspect.signature(function).parameters
	for name, parameter in parameters.items():
		if parameter.kind is parameter.VAR_KEYWORD:
			for other in given.keys() - parameters.keys():
				check_values(given[other], label_of(other))
		elif name in given:
			_check_argument(function, parameter, given[name])
	for name, of in FIELDS.items():
		if name in parameters and given.get(of):
			check_field(given[of], given.get(name), name)


def check_complete(function, given: dict):
	"""Refuses a call of `function` without an argument it needs."""
	for name, parameter in inspect.signature(function).parameters.items():
		named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
		if named and parameter.default is parameter.empty and name not in given:
			frappe.throw(_("{0} is missing. Please enter it.").format(label_of(name)), frappe.MandatoryError)


def check_field(doctype: str, field, name: str):
	"""Refuses what is no field of a doctype; `name` is the argument that holds it."""
	if not _is_field(doctype, field):
		frappe.throw(_("{0}: {1} has no field {2}.").format(label_of(name), _(doctype), shown(field)))


def _is_field(doctype: str, name) -> bool:
	if not isinstance(name, str):
		return False
	# assigned_to is what lists call the people of _assign
	return name in (*default_fields, *optional_fields, *child_table_fields, "assigned_to") or frappe.get_meta(
		doctype
	).has_field(name)


def label_of(name: str) -> str:
	"""Name of an argument as people read it: From Date."""
	return _(escape_html(cstr(name).replace("_", " ").strip().title()[:SHOWN]))


def _check_argument(function, parameter: inspect.Parameter, value):
	name, annotation = parameter.name, parameter.annotation
	label = label_of(name)
	kinds = getattr(annotation, "__args__", (annotation,))
	wanted = tuple(kind for kind in kinds if kind in (dict, list))
	may_be_none = type(None) in kinds or parameter.default in (None, "")
	is_json = isinstance(value, str) and bool(wanted) and not (may_be_none and value.strip() in ("", "null"))
	check_values(value, label, None if is_json else MOST_TEXT)
	if is_json:
		held = read_json(value, label)
		check_values(held, label)
		if not isinstance(held, wanted):
			frappe.throw(_refusal(kinds).format(label, shown(value)))
	try:
		_args, read = transform_parameter_types(function, (), {name: value})
	except FrappeTypeError:
		frappe.throw(_refusal(kinds).format(label, shown(value)))
	check_values(read[name], label, None)
	if isinstance(read[name], int) and read[name] < 0:
		frappe.throw(_("{0}: {1} is less than 0.").format(label, shown(value)))
	if name in DAYS and str in kinds:
		check_day(value, label)
	if (
		name.endswith("doctype")
		and (value or parameter.default is parameter.empty)
		and not frappe.db.exists("DocType", value)
	):
		frappe.throw(_("{0}: there is no {1}.").format(label, shown(value)))


def _refusal(kinds: tuple) -> str:
	if bool in kinds:
		return _("{0}: {1} is neither 1 (yes) nor 0 (no).")
	if int in kinds:
		return _("{0}: {1} is not a whole number.")
	if float in kinds:
		return _("{0}: {1} is not a number.")
	if dict in kinds or list in kinds:
		return _("{0}: {1} cannot be read.")
	return _("{0}: {1} is not a text.")


# ---------------------------------------------------------------- values


def check_day(value, label: str):
	"""Refuses what is no day between `FIRST_YEAR` and `LAST_YEAR`; nothing is no day and may stand."""
	if value in (None, ""):
		return
	try:
		day = getdate(value)
	except frappe.ValidationError:  # its words name no argument
		frappe.clear_last_message()
		day = None
	except (ValueError, OverflowError, TypeError):
		day = None
	if not day or not FIRST_YEAR <= day.year <= LAST_YEAR:
		frappe.throw(
			_("{0}: {1} is not a day between {2} and {3}. Please enter it as in 2026-03-31.").format(
				label, shown(value), FIRST_YEAR, LAST_YEAR
			)
		)


def check_values(value, label: str, most_text: int | None = MOST_TEXT):
	"""Refuses what no column stores, anywhere in an object or a list."""
	for place, one in leaves(value, label):
		if isinstance(one, str):
			_check_text(one, place, most_text)
		elif isinstance(one, float) and not math.isfinite(one):
			frappe.throw(_("{0}: {1} is not a number.").format(place, shown(one)))
		elif isinstance(one, int | float) and abs(one) > (
			MOST_WHOLE if isinstance(one, int) and place == label else MOST_NUMBER
		):
			frappe.throw(_("{0}: {1} is too large a number.").format(place, shown(one)))


def single_values(given: dict | None) -> frappe._dict:
	"""Filters of a report, or what tells one of its lines, once each holds a single value, and a day where it is one."""
	given = frappe._dict(given or {})
	for name, value in given.items():
		label = label_of(name)
		if isinstance(value, dict | list):
			frappe.throw(_("{0}: {1} cannot be read.").format(label, shown(frappe.as_json(value))))
		check_values(value, label)
		if name in DAYS:
			check_day(value, label)
	return given


def _check_text(text: str, label: str, most: int | None):
	if most is not None and len(text) > most:
		frappe.throw(
			_("{0}: the text is too long. At most {1} characters are possible.").format(label, most),
			frappe.CharacterLengthExceededError,
		)
	if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
		frappe.throw(_("{0}: the text holds signs that cannot be stored.").format(label))


def leaves(value, label: str) -> Iterator[tuple[str, object]]:
	"""`(label, value)` of everything in objects and lists; a value in an object is labelled by its key."""
	waiting = [(label, value, 0)]
	while waiting:
		place, one, level = waiting.pop()
		if isinstance(one, dict | list) and level > MOST_LEVELS:
			frappe.throw(_("{0}: lists and objects are nested too deeply.").format(label))
		if isinstance(one, dict):
			for key in one:
				yield label, key
			waiting += [(label_of(key), below, level + 1) for key, below in one.items()]
		elif isinstance(one, list | tuple):
			waiting += [(place, below, level + 1) for below in one]
		else:
			yield place, one


def shown(value) -> str:
	"""A value in a message: short, and without what a browser would take for HTML."""
	text = cstr(value).encode("utf-8", "replace").decode()
	return escape_html(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


# ---------------------------------------------------------------- objects and lists


def read_json(text: str, label: str):
	"""What a JSON text holds; the caller is told when it is none."""
	try:
		return json.loads(text)
	except (ValueError, RecursionError):
		frappe.throw(_("{0}: {1} cannot be read as JSON.").format(label, shown(text)))


def parsed(value, kind: type, message: str):
	"""`value`, or what its JSON holds, if that is a `kind` (dict or list); else the caller is told `message`."""
	if isinstance(value, str):
		try:
			value = json.loads(value)
		except (ValueError, RecursionError):
			value = None
	if not isinstance(value, kind):
		frappe.throw(message)
	return value


def read_names(value, name: str) -> list[str]:
	"""Names of documents, each once, from a list or its JSON."""
	message = _("{0} must be a list of names.").format(label_of(name))
	names = parsed(value, list, message)
	if not all(isinstance(one, str) for one in names):
		frappe.throw(message)
	return list(dict.fromkeys(names))


def read_fields(value, doctype: str, label: str) -> list[str]:
	"""Names of fields of a doctype, from a list or its JSON."""
	names = parsed(value or [], list, _("{0} must be a list of fields.").format(label))
	for name in names:
		if not _is_field(doctype, name):
			frappe.throw(_("{0}: {1} has no field {2}.").format(label, _(doctype), shown(name)))
	return names


OPERATORS = frozenset((
	"=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "is", "between", "timespan", "descendants of",
	"ancestors of", "not descendants of", "not ancestors of",
))  # fmt: skip


def read_filters(value, doctype: str, name: str = "filters") -> list[list]:
	"""Filters of a list as `[doctype, field, operator, value]`, from an object, a list or the JSON of one."""
	label = label_of(name)
	message = _(
		"{0} cannot be read. Please give an object of fields and values, or a list of filters."
	).format(label)
	if value in (None, "", "null"):
		return []
	given = (
		parsed(value, dict, message)
		if not isinstance(value, list) and cstr(value).lstrip()[:1] != "["
		else None
	)
	rows = [[name, one] for name, one in given.items()] if given is not None else parsed(value, list, message)
	return [_filter(row, doctype, message) for row in rows]


def _filter(row, doctype: str, message: str) -> list:
	if not isinstance(row, list):
		frappe.throw(message)
	if len(row) == 2:
		operator = row[1] if isinstance(row[1], list) and len(row[1]) == 2 else ["=", row[1]]
		row = [row[0], *operator]
	if len(row) == 3:
		row = [doctype, *row]
	if len(row) < 4 or not all(isinstance(part, str) for part in row[:3]):
		frappe.throw(message)
	of, name, operator, value = row[:4]
	tables = [field.options for field in frappe.get_meta(doctype).get_table_fields()]
	if of not in (doctype, *tables) or not _is_field(of, name):
		frappe.throw(_("{0}: {1} has no field {2}.").format(label_of("filters"), shown(_(of)), shown(name)))
	if operator.lower() not in OPERATORS:
		frappe.throw(_("{0}: {1} is not a comparison.").format(label_of(name), shown(operator)))
	several = isinstance(value, list) and operator.lower() in ("in", "not in", "between")
	values = value if several else [value]
	too_many = operator.lower() == "between" and len(values) > 2
	if too_many or any(isinstance(one, dict | list) for one in values):
		frappe.throw(_("{0}: {1} cannot be compared.").format(label_of(name), shown(value)))
	return [of, name, operator, value]
