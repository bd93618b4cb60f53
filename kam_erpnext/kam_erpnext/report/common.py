"""What the reports share: the sales a reader asks for, columns, and the sentences that explain the figures."""

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import frappe
import pandas as pd
from frappe import _
from frappe.desk.utils import slug
from frappe.utils import escape_html, flt, fmt_money, formatdate, getdate, now_datetime

from kam_erpnext.api.arguments import single_values
from kam_erpnext.compat import desk_route
from kam_erpnext.data import accounts, sales
from kam_erpnext.data.permissions import reads_all_customers, sees_all_accounts
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.windows import period_of
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company, get_settings

# columns, rows, message, chart, summary
Report = tuple[list[dict], list[dict], str | None, dict | None, list[dict] | None]

PER_CUSTOMER, PER_ACCOUNT = "Customer", "Key Account"
# filters of a report that restrict what is added up
RESTRICTIONS = {
	"customer_group": "Customer Group",
	"territory": "Territory",
	"market_segment": "Market Segment",
	"item_group": "Item Group",
	"sales_person": "Sales Person",
}


SAVEPOINT = "kam_report"


def answer(execute: Callable[[frappe._dict], Report]) -> Callable[[dict | None], Report]:
	"""The `execute` of a report: what cannot be answered with these filters becomes a hint above an empty report.

	A script report must not raise: Frappe 15 would turn it into a prepared report 15 seconds later, for everybody. So an
	error of the program is told above the empty report, too, and logged with its trace.
	"""

	@functools.wraps(execute)
	def answered(filters: dict | None = None) -> Report:
		stay_direct()
		frappe.db.savepoint(SAVEPOINT)
		try:
			return execute(single_values(filters))
		except (frappe.ValidationError, frappe.PermissionError) as error:
			frappe.clear_last_message()
			return nothing(hint(escape_html(str(error)) or _("You may not see what these filters ask for.")))
		except Exception:
			# the report may run inside a save, as the measure of an objective: nothing but its own reads is undone
			frappe.db.rollback(save_point=SAVEPOINT)
			title = _("Report of key account management")
			# written later by itself, as a reading request keeps nothing
			frappe.log_error(title=title, defer_insert=True)
			return nothing(
				warning(
					_(
						"The report could not be made because of an error in the program. Please tell your administrator to look into the Error Log for {0}, {1}."
					).format(bold(title), now_text())
				)
			)

	return answered


def stay_direct() -> None:
	"""Frappe 15 turns a script report that once took 15 seconds into a prepared one, for everybody and for good. A slow hour
	of the server must not do that to the reports of the app: the clock that waits for it is stopped."""
	for thread in threading.enumerate():
		if isinstance(thread, threading.Timer) and thread.function.__name__ == "enable_prepared_report":
			thread.cancel()


def nothing(message: str, columns: list[dict] | None = None) -> Report:
	"""A report without rows that says what to do next."""
	return columns or [], [], message, None, None


@dataclass(frozen=True)
class Scope:
	"""What a report adds up: sales of one company and period, within the filters and the rights of the reader."""

	period: Period
	sales: SalesFilters
	currency: str


def read_scope(filters: frappe._dict) -> Scope | None:
	"""Scope of the filters; None when neither they nor the settings name a company."""
	company = filters.company or default_company()
	if not company:
		return None
	settings = get_settings()
	as_of = getdate(filters.as_of) if filters.as_of else None
	return Scope(
		period=period_of(
			filters.period or settings.sales_window, company, as_of, filters.from_date, filters.to_date
		),
		sales=SalesFilters(
			company=company,
			source=settings.sales_source,
			**{field: filters.get(field) or None for field in RESTRICTIONS},
		),
		currency=frappe.get_cached_value("Company", company, "default_currency"),
	)


# ---------------------------------------------------------------- customers and key accounts


def describe_units(customers: pd.DataFrame, per: str) -> pd.DataFrame:
	"""The unit each customer is shown in.

	`customers` has `customer, customer_name, territory, customer_group`. Returns the same rows indexed by customer with
	`unit, label, key_account, account_name` added: the unit is the customer, or its topmost visible key account.
	"""
	frame = customers.set_index("customer", drop=False)
	tree = accounts.accounts().set_index("key_account")
	own = accounts.own_members().set_index("customer")["key_account"]
	own = own[own.isin(tree.index)]
	top = own.map(topmost(tree)) if per == PER_ACCOUNT else own
	frame["key_account"] = frame.index.map(top)
	frame["account_name"] = frame["key_account"].map(tree["account_name"])
	grouped = frame["key_account"].notna() if per == PER_ACCOUNT else pd.Series(False, index=frame.index)
	frame["unit"] = frame["customer"].where(~grouped, "account:" + frame["key_account"].astype(str))
	frame["label"] = frame["customer_name"].where(~grouped, frame["account_name"])
	return frame


def topmost(tree: pd.DataFrame) -> dict[str, str]:
	"""Account -> the highest of the accounts above it that is in `tree` (indexed by key_account), itself included."""
	parents = tree["parent_key_account"].to_dict()
	result = {}
	for account in tree.index:  # in tree order: parents come before their children
		parent = parents[account]
		result[account] = result.get(parent, parent) if parent in parents else account
	return result


def unit_columns(units: pd.DataFrame) -> pd.DataFrame:
	"""One row per unit: `customer` (empty for an account), `label, territory, customer_group, key_account, account_name`.

	Territory and customer group of an account are shown when all its customers share them.
	"""
	grouped = units.groupby("unit", sort=False)
	frame = grouped[["label", "key_account", "account_name"]].first()
	single = ~frame.index.str.startswith("account:")
	for field in ("territory", "customer_group"):
		frame[field] = grouped[field].first().where(grouped[field].nunique(dropna=False) == 1)
	frame["customer"] = grouped["customer"].first().where(single)
	return frame


# ---------------------------------------------------------------- columns


def link_column(fieldname: str, label: str, doctype: str, width: int) -> dict:
	"""A link for those who may read `doctype`, plain text for the others.

	Frappe refuses a whole report to a reader who may not read the doctype of one of its link columns.
	"""
	column = text_column(fieldname, label, width)
	if frappe.has_permission(doctype, "read"):
		column.update(fieldtype="Link", options=doctype)
	return column


def text_column(fieldname: str, label: str, width: int) -> dict:
	# without align, the table puts a column to the right when its first cell is empty
	return {"fieldname": fieldname, "label": label, "fieldtype": "Data", "align": "left", "width": width}


def money_column(fieldname: str, label: str, width: int = 140) -> dict:
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": "Currency",
		"options": "currency",
		"width": width,
	}


def number_column(fieldname: str, label: str, width: int = 90) -> dict:
	"""A number of which a total would mean nothing (rank, ratio), so that no total is made."""
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": "Data",
		"align": "right",
		"disable_total": 1,
		"width": width,
	}


def currency_column() -> dict:
	"""Hidden; tells the currency of the money columns."""
	return {"fieldname": "currency", "label": _("Currency"), "fieldtype": "Data", "hidden": 1, "width": 60}


def without_twin_name(columns: list[dict], data: list[dict], hide: str = "customer_name") -> list[dict]:
	"""Hides one of the columns `customer` and `customer_name` where both say the same in every row."""
	if any(row["customer"] and row["customer"] != row["customer_name"] for row in data):
		return columns
	return [{**column, "hidden": 1} if column["fieldname"] == hide else column for column in columns]


def known(value, digits: int = 2) -> float | None:
	"""A plain rounded number for a cell; None when it is not known."""
	if value is None or value is pd.NA or value != value:
		return None
	return flt(value, digits)


def plain(row: dict) -> dict:
	"""A row without pandas' special values."""
	return {key: None if value is pd.NA or value != value else value for key, value in row.items()}


def records(columns: dict) -> list[dict]:
	"""Rows of a table given as columns (Series of the same index, or one value for all rows); None for what is not known.

	For tables of thousands of rows: a column at a time instead of a cell at a time.
	"""
	frame = pd.DataFrame(columns).astype(object)
	return frame.where(frame.notna(), None).to_dict("records")


def ratio(part: float, whole: float) -> float | None:
	"""Percent; None without a positive denominator."""
	return 100.0 * part / whole if whole > 0 else None


def with_percent(part: tuple[str, float] | None, whole: float | None) -> str | None:
	"""A name with its share of a whole, for example "Rival (25.0 %)"."""
	if not part or not whole:
		return None
	return f"{part[0]} ({percent_text(100 * part[1] / whole)})"


# ---------------------------------------------------------------- the message above a report


def explain(
	scope: Scope, documents: int, filters: frappe._dict, *more: str, period: str | None = None
) -> str:
	"""What the figures of a report mean, as HTML: source, period, currency, filters, time, number of documents."""
	sentences = [
		_("Net sales of {0} in {1}, from submitted documents of type {2} dated {3}.").format(
			bold(scope.sales.company), scope.currency, _(scope.sales.source), period or dates(scope.period)
		),
		_("Returns are included; internal customers and opening entries are left out."),
		*more,
	]
	restricted = [
		_("{0} {1}").format(_(label), bold(filters.get(field)))
		for field, label in RESTRICTIONS.items()
		if filters.get(field)
	]
	if restricted:
		sentences.append(
			_("Restricted to {0}; groups include everything below them.").format(", ".join(restricted))
		)
	if filters.get("sales_person"):
		sentences.append(_("Documents with this sales person in their sales team count in full."))
	sentences.append(_("Documents: {0}, read on {1}.").format(bold(documents), now_text()))
	if is_restricted():
		sentences.append(_("Only what you may see is counted."))
	return f'<div class="kam-explained">{" ".join(sentences)}</div>'


def is_restricted(to_accounts: bool = False) -> bool:
	"""Whether the reader sees less than the whole company; `to_accounts` for what only the accounts of a team show."""
	user = frappe.session.user
	sees_all = sees_all_accounts(user) if to_accounts else reads_all_customers(user)
	return bool(frappe.permissions.get_user_permissions(user)) or not sees_all


def dates(period: Period) -> str:
	return _("{0} to {1} ({2} days)").format(
		formatdate(period.start), formatdate(period.last_day), period.days
	)


def now_text() -> str:
	return frappe.format(now_datetime(), "Datetime")


def bold(value) -> str:
	return f"<b>{escape_html(str(value))}</b>"


def warning(sentence: str) -> str:
	return f'<div class="kam-warning">{sentence}</div>'


def hint(*sentences: str) -> str:
	"""What to do next when there is nothing to show."""
	return f'<div class="kam-hint">{" ".join(sentences)}</div>'


def list_link(doctype: str) -> str:
	"""Link to the list of a doctype, or to a single one."""
	return f'<a href="{desk_route(slug(doctype))}">{_(doctype)}</a>'


def form_link(doctype: str, name: str, label: str | None = None) -> str:
	"""Link to a document; texts are escaped."""
	return f'<a href="{desk_route(slug(doctype), quote(name))}">{escape_html(label or name)}</a>'


def company_hint() -> str:
	return hint(
		_("Please choose a company, or enter a default company in {0}.").format(list_link("KAM Settings"))
	)


def no_sales_hint(scope: Scope, period: Period) -> str:
	"""Why there are no figures, and what to do."""
	sentences = [
		_("There are no submitted documents of type {0} of {1} dated {2} that you may see.").format(
			_(scope.sales.source), bold(scope.sales.company), dates(period)
		)
	]
	last = sales.activity(scope.sales, Period(period.start, max(period.end, getdate())))["last_date"].dropna()
	if len(last):
		sentences.append(
			_("The last one is dated {0}: choose another period, or a day As Of in that time.").format(
				bold(formatdate(last.max()))
			)
		)
	elif frappe.has_permission(scope.sales.source, "create"):
		sentences.append(
			_(
				"Figures appear as soon as the first {0} is submitted, or choose another company or fewer filters."
			).format(list_link(scope.sales.source))
		)
	else:
		sentences.append(_("Please choose another company or fewer filters."))
	return hint(*sentences)


def count_item(label: str, value, indicator: str | None = None) -> dict:
	return {"label": label, "value": value, "datatype": "Int", "indicator": indicator}


def percent_item(label: str, value: float | None, indicator: str | None = None) -> dict:
	"""Summary figure in percent; a dash when it is not known."""
	if value is None:
		return {"label": label, "value": "–", "datatype": "Data"}
	# Frappe writes percentages with a point, whatever the number format
	return {"label": label, "value": percent_text(value), "datatype": "Data", "indicator": indicator}


def percent_text(value: float) -> str:
	"""A percentage in the number format of the site."""
	return _("{0} %").format(fmt_money(flt(value, 1), precision=1))


def number_item(label: str, value: float | None, digits: int = 0) -> dict:
	"""Summary figure without unit; a dash when it is not known."""
	if value is None:
		return {"label": label, "value": "–", "datatype": "Data"}
	return {
		"label": label,
		"value": frappe.format(flt(value, digits), {"fieldtype": "Float", "precision": digits})
		if digits
		else round(value),
		"datatype": "Data" if digits else "Int",
	}


def money_item(label: str, value: float, currency: str) -> dict:
	return {"label": label, "value": flt(value, 2), "datatype": "Currency", "currency": currency}


def drill_down(scope: Scope, before: Period | None = None) -> dict:
	"""What the page needs to open the documents behind a figure."""
	periods = {"now": scope.period, **({"before": before} if before else {})}
	return {
		"company": scope.sales.company,
		"currency": scope.currency,
		"source": scope.sales.source,
		"dates": {name: [str(period.start), str(period.last_day)] for name, period in periods.items()},
	}


def chart_label(text: str) -> str:
	"""A name for Frappe's own charts, which write labels as HTML and cut them anywhere: no entities, no tags."""
	return (text or "").replace("<", "‹").replace(">", "›")
