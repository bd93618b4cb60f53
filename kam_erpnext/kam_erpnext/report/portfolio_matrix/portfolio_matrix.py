"""Portfolio matrix: attractiveness of accounts against our relative strength there, from the frozen lines of a selection."""

import frappe
import pandas as pd
from frappe import _
from frappe.utils import flt

from kam_erpnext.engine.portfolio import QUADRANTS, quadrants
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.report import common, selections

PROGRAMME, ALL_LINES = "Key Accounts and Proposals", "All Lines"
FIELDS = (
	"rank", "customer", "customer_name", "key_account", "territory", "level", "proposed_level", "status_before", "proposal",
	"decided_outcome", "net_sales", "share_of_sales", "score", "band", "answered_share", "attractiveness", "strength",
	"assessment", "currency", "measures",
)  # fmt: skip
# how to treat the accounts of a quadrant
ADVICE = {
	"Strategic": "Invest attention and stay profitable.",
	"Star": "Invest time and money; need not be profitable yet.",
	"Status": "Maintain what we have.",
	"Streamline": "Manage for profit.",
}


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	selection = selections.read(filters.selection)
	if not selection:
		return common.nothing(selections.no_selection_hint(), get_columns([], filters))
	rows = positions(selection, filters)
	if not rows:
		return common.nothing(selections.no_lines_hint(), get_columns([], filters))
	if filters.compare_with:
		add_earlier(rows, selections.read(filters.compare_with), filters)
	data = get_data(rows)
	return (
		get_columns(data, filters),
		data,
		get_message(selection, rows, filters),
		get_chart(selection, rows, filters),
		get_summary(rows),
	)


# ---------------------------------------------------------------- figures


def positions(selection, filters: frappe._dict) -> list[frappe._dict]:
	"""Lines of the selection with their quadrant under the cut lines of that selection."""
	rows = selections.lines(selection.name, FIELDS, territory=selections.below(filters.territory))
	if filters.show != ALL_LINES:
		rows = [row for row in rows if is_in_programme(row)]
	if not rows:
		return []
	cuts = cut_lines(selection)
	frame = pd.DataFrame(
		[(row.attractiveness, row.strength) for row in rows],
		columns=["attractiveness", "strength"],
		dtype=float,
	)
	for row, quadrant in zip(rows, quadrants(frame, *cuts)["quadrant"], strict=True):
		row.quadrant = quadrant
		row.potential = row.measures.get("potential")
	return rows


def is_in_programme(row) -> bool:
	"""Key accounts that were not retired before, and customers proposed or decided to become one."""
	return bool(row.status_before and row.status_before != "Retired") or "Add" in (
		row.proposal,
		row.decided_outcome,
	)


def cut_lines(selection) -> tuple[float, float]:
	"""Cut lines the selection was made with: attractiveness, strength."""
	used = frappe.parse_json(selection.settings_used or "{}").get("portfolio") or [None, None, None]
	settings = get_settings()
	fixed = (settings.portfolio_cut_attractiveness, settings.portfolio_cut_strength)
	return tuple(own if own is not None else other for own, other in zip(used[1:], fixed, strict=True))


def add_earlier(rows: list[frappe._dict], selection, filters: frappe._dict):
	"""The position each row had in an earlier selection, found by key account, else by customer."""
	earlier = positions(selection, frappe._dict(show=ALL_LINES))
	by_account = {row.key_account: row for row in earlier if row.key_account}
	by_customer = {row.customer: row for row in earlier}
	for row in rows:
		before = by_account.get(row.key_account) or by_customer.get(row.customer) or frappe._dict()
		for field in ("attractiveness", "strength", "quadrant"):
			row[f"{field}_before"] = before.get(field)


def is_placed(row) -> bool:
	return row.attractiveness is not None and row.strength is not None


def get_data(rows: list[frappe._dict]) -> list[dict]:
	# accounts with a position first, in the order of their rank
	return [
		{
			"rank": row.rank,
			"customer": row.customer,
			"customer_name": row.customer_name,
			"key_account": row.key_account,
			"territory": row.territory,
			"level": (level := row.level or row.proposed_level) and _(level),
			"quadrant": row.quadrant and _(row.quadrant),
			"attractiveness": common.known(row.attractiveness, 1),
			"strength": common.known(row.strength, 1),
			"quadrant_before": row.get("quadrant_before") and _(row.quadrant_before),
			"attractiveness_before": common.known(row.get("attractiveness_before"), 1),
			"strength_before": common.known(row.get("strength_before"), 1),
			"net_sales": common.known(row.net_sales, 6),
			"potential": common.known(row.potential, 6),
			"share_of_sales": common.known(row.share_of_sales),
			"score": common.known(row.score, 1),
			"band": row.band,
			"answered_share": common.known(row.answered_share, 1),
			"assessment": row.assessment,
			"remark": remark(row),
			"currency": row.currency,
		}
		for row in sorted(rows, key=lambda row: (not is_placed(row), row.rank))
	]


def remark(row) -> str | None:
	if is_placed(row):
		return None
	if row.attractiveness is None and row.strength is None:
		return _("Position not known: nothing behind either axis is answered")
	if row.attractiveness is None:
		return _("Position not known: nothing behind attractiveness is answered")
	return _("Position not known: nothing behind strength is answered")


# ---------------------------------------------------------------- presentation


def get_columns(data: list[dict], filters: frappe._dict) -> list[dict]:
	columns = [
		common.number_column("rank", _("Rank", context="KAM"), 65),
		common.text_column("customer_name", _("Name"), 200),
		common.link_column("key_account", _("Key Account"), "Key Account", 110),
		common.link_column("customer", _("Customer"), "Customer", 170),
		common.link_column("territory", _("Territory"), "Territory", 120),
		common.text_column("level", _("Level"), 95),
		common.text_column("quadrant", _("Quadrant"), 110),
		common.number_column("attractiveness", _("Attractiveness"), 130),
		common.number_column("strength", _("Relative Strength"), 155),
	]
	if filters.compare_with:
		columns += [
			common.text_column("quadrant_before", _("Quadrant Before"), 130),
			common.number_column("attractiveness_before", _("Attractiveness Before"), 165),
			common.number_column("strength_before", _("Strength Before"), 130),
		]
	return [
		*columns,
		common.money_column("net_sales", _("Net Sales")),
		common.money_column("potential", _("Potential")),
		common.number_column("share_of_sales", _("Share of Company Sales %"), 190),
		common.number_column("score", _("Score", context="KAM"), 80),
		common.text_column("band", _("Band"), 100),
		common.number_column("answered_share", _("Answered %"), 105),
		common.link_column("assessment", _("Assessment"), "Key Account Assessment", 140),
		common.text_column("remark", _("Remark"), 240),
		common.currency_column(),
	]


def get_message(selection, rows: list[frappe._dict], filters: frappe._dict) -> str:
	attractiveness, strength = cut_lines(selection)
	method = (frappe.parse_json(selection.settings_used or "{}").get("portfolio") or ["Fixed"])[0]
	more = [
		_("High means at least {0} for attractiveness and {1} for relative strength ({2}).").format(
			f"{attractiveness:g}",
			f"{strength:g}",
			_("median of all lines") if method == "Median" else _("fixed cut lines"),
		)
	]
	if filters.compare_with:
		more.append(
			_("Arrows start at the position in selection {0}.").format(
				common.form_link("Key Account Selection", filters.compare_with)
			)
		)
	missing = sum(not is_placed(row) for row in rows)
	if missing:
		more.append(
			_(
				"Without a position, because nothing behind one of the axes is answered: {0}. They stand last in the table and are not drawn."
			).format(common.bold(missing))
		)
	return selections.explain(selection, len(rows), *more)


def get_summary(rows: list[frappe._dict]) -> list[dict]:
	counts = pd.Series([row.quadrant for row in rows], dtype=object).value_counts()
	return [
		*(common.count_item(_(name), int(counts.get(name, 0))) for name in QUADRANTS),
		common.count_item(_("Position Not Known"), sum(not is_placed(row) for row in rows)),
	]


def get_chart(selection, rows: list[frappe._dict], filters: frappe._dict) -> dict | None:
	"""Counts by quadrant for a dashboard, the bubbles (`kam`) for the chart above the report."""
	placed = [row for row in rows if is_placed(row)]
	if not placed:
		return None
	counts = pd.Series([row.quadrant for row in placed]).value_counts()
	attractiveness, strength = cut_lines(selection)
	return {
		"type": "bar",
		"data": {
			"labels": [_(name) for name in QUADRANTS],
			"datasets": [
				{
					"name": _("Accounts", context="KAM"),
					"values": [int(counts.get(name, 0)) for name in QUADRANTS],
				}
			],
		},
		"fieldtype": "Int",
		"kam": {
			"kind": "portfolio",
			"currency": selection.currency,
			"cuts": {"attractiveness": attractiveness, "strength": strength},
			"quadrants": {name: {"label": _(name), "advice": _(ADVICE[name])} for name in QUADRANTS},
			"compared": bool(filters.compare_with),
			"accounts": [
				{
					"name": row.customer_name,
					"key_account": row.key_account,
					"assessment": row.assessment,
					"customer": row.customer,
					"attractiveness": flt(row.attractiveness, 1),
					"strength": flt(row.strength, 1),
					"attractiveness_before": common.known(row.get("attractiveness_before"), 1),
					"strength_before": common.known(row.get("strength_before"), 1),
					"net_sales": common.known(row.net_sales),
					"potential": common.known(row.potential),
					"quadrant": row.quadrant,
				}
				for row in placed
			],
		},
	}


def advice_texts() -> list[str]:
	"""Listed so that they can be translated."""
	return [
		_("Strategic"),
		_("Star"),
		_("Status"),
		_("Streamline"),
		_("Invest attention and stay profitable."),
		_("Invest time and money; need not be profitable yet."),
		_("Maintain what we have."),
		_("Manage for profit."),
	]
