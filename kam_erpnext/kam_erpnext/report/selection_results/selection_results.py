"""What a selection proposes for every customer and key account, what was decided, and why."""

from collections import Counter

import frappe
from frappe import _

from kam_erpnext.engine.selection import NO_PROPOSAL, PROPOSALS
from kam_erpnext.kam_erpnext.doctype.key_account_selection.apply import CHANGES
from kam_erpnext.kam_erpnext.report import common, selections

UNDECIDED, NOT_NEEDED = "Undecided", "Not Needed"
DECISIONS = ("Accept", "Override", "Reject", UNDECIDED, NOT_NEEDED)
CHANGES_ONLY, OPEN_ONLY, ACCOUNTS_ONLY, ALL_LINES = (
	"Proposed Changes",
	"Open Cases",
	"Key Accounts",
	"All Lines",
)

FIELDS = (
	"rank", "customer", "customer_name", "key_account", "territory", "customer_group", "status_before", "level", "net_sales",
	"gross_profit", "share_of_sales", "cumulative_share", "sales_growth", "abc_class", "margin_class", "score",
	"answered_share", "band", "quadrant", "meets_criteria", "criteria_met", "proposal", "proposed_status", "proposed_level",
	"reason", "decision", "decided_outcome", "decided_status", "decided_level", "decision_reason", "decided_by",
	"assessment", "currency",
)  # fmt: skip


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	selection = selections.read(filters.selection)
	if not selection:
		return common.nothing(selections.no_selection_hint(), get_columns())
	rows = [row for row in read_lines(selection, filters) if is_shown(row, filters)]
	if not rows:
		return common.nothing(selections.no_lines_hint(), get_columns())
	return get_columns(), get_data(rows), get_message(selection, rows), get_chart(rows), get_summary(rows)


# ---------------------------------------------------------------- lines


def read_lines(selection, filters: frappe._dict) -> list[frappe._dict]:
	return selections.lines(
		selection.name,
		FIELDS,
		territory=selections.below(filters.territory),
		proposal=("=", filters.proposal) if filters.proposal else None,
	)


def is_shown(row, filters: frappe._dict) -> bool:
	if filters.decision and decision_of(row) != filters.decision:
		return False
	return {
		CHANGES_ONLY: row.proposal in CHANGES,
		OPEN_ONLY: row.meets_criteria == "Open",
		ACCOUNTS_ONLY: bool(row.status_before),
	}.get(filters.show, True)


def decision_of(row) -> str:
	"""What a person decided. A line that changes nothing is accepted by the run itself and needs no decision."""
	if row.proposal not in CHANGES and not row.decided_by:
		return NOT_NEEDED
	return row.decision or UNDECIDED


def get_data(rows: list[frappe._dict]) -> list[dict]:
	labels, decisions = proposal_labels(), decision_labels()
	return [
		{
			"rank": row.rank,
			"customer_name": row.customer_name,
			"customer": row.customer,
			"key_account": row.key_account,
			"territory": row.territory,
			"status_before": _(row.status_before) if row.status_before else None,
			"level": row.level and _(row.level),
			"net_sales": common.known(row.net_sales, 6),
			"gross_profit": common.known(row.gross_profit, 6),
			"share_of_sales": common.known(row.share_of_sales),
			"cumulative_share": common.known(row.cumulative_share),
			"sales_growth": common.known(row.sales_growth),
			"sales_class": row.abc_class,
			"margin_class": row.margin_class,
			"score": common.known(row.score, 1),
			"answered_share": common.known(row.answered_share, 1),
			"band": row.band,
			"quadrant": _(row.quadrant) if row.quadrant else None,
			"meets_criteria": _(row.meets_criteria),
			"criteria_met": row.criteria_met,
			"proposal": labels[row.proposal],
			"proposal_key": row.proposal,
			"proposed_level": row.proposed_level and _(row.proposed_level),
			"reason": row.reason,
			"decision": decisions[decision_of(row)],
			"decision_key": decision_of(row),
			"outcome": labels.get(row.decided_outcome),
			"decided_level": row.decided_level and _(row.decided_level),
			"decision_reason": row.decision_reason,
			"decided_by": frappe.utils.get_fullname(row.decided_by) if row.decided_by else None,
			"assessment": row.assessment,
			"line": row.name,
			"currency": row.currency,
		}
		for row in rows
	]


# ---------------------------------------------------------------- presentation


def get_columns() -> list[dict]:
	return [
		common.number_column("rank", _("Rank", context="KAM"), 65),
		common.text_column("customer_name", _("Name"), 200),
		common.text_column("proposal", _("Proposal"), 100),
		common.text_column("decision", _("Decision"), 115),
		common.text_column("outcome", _("Outcome"), 100),
		common.text_column("reason", _("Reason"), 320),
		common.text_column("decision_reason", _("Reason for Decision"), 200),
		common.money_column("net_sales", _("Net Sales")),
		common.text_column("sales_class", _("Sales Class"), 95),
		common.number_column("score", _("Score", context="KAM"), 75),
		common.text_column("band", _("Band"), 100),
		common.number_column("answered_share", _("Answered %"), 105),
		common.text_column("meets_criteria", _("Meets Criteria"), 115),
		common.text_column("criteria_met", _("Lines Met"), 90),
		common.text_column("status_before", _("Status Before"), 115),
		common.text_column("level", _("Level Before"), 105),
		common.text_column("proposed_level", _("Proposed Level"), 120),
		common.text_column("decided_level", _("Outcome Level"), 120),
		common.money_column("gross_profit", _("Gross Profit")),
		common.text_column("margin_class", _("Margin Class"), 105),
		common.number_column("share_of_sales", _("Share of Company Sales %"), 190),
		common.number_column("cumulative_share", _("Cumulative Share %"), 150),
		common.number_column("sales_growth", _("Sales Growth %"), 125),
		common.text_column("quadrant", _("Quadrant"), 105),
		common.link_column("customer", _("Customer"), "Customer", 170),
		common.link_column("key_account", _("Key Account"), "Key Account", 110),
		common.link_column("territory", _("Territory"), "Territory", 120),
		common.text_column("decided_by", _("Decided By"), 140),
		common.link_column("assessment", _("Assessment"), "Key Account Assessment", 140),
		common.currency_column(),
	]


def get_message(selection, rows: list[frappe._dict]) -> str:
	message = selections.explain(
		selection, len(rows), _("An account is one line with all its customers and the accounts below it.")
	)
	waiting = sum(1 for row in rows if row.proposal in CHANGES and not row.decision)
	if waiting and selection.workflow_state == "To Validate":
		message += common.warning(
			_("Proposals waiting for a decision in {1}: {0}.").format(
				common.bold(waiting),
				common.form_link("Key Account Selection", selection.name, selection.title),
			)
		)
	if selection.warnings:
		message += "".join(
			common.warning(frappe.utils.escape_html(line)) for line in selection.warnings.splitlines()
		)
	return message


def get_summary(rows: list[frappe._dict]) -> list[dict]:
	proposals = Counter(row.proposal for row in rows)
	return [
		*(common.count_item(label, proposals[name]) for name, label in proposal_labels().items()),
		common.count_item(
			_("Undecided"), sum(1 for row in rows if row.proposal in CHANGES and not row.decision), "Orange"
		),
		common.count_item(_("Open"), sum(1 for row in rows if row.meets_criteria == "Open")),
	]


def proposal_labels() -> dict[str, str]:
	return {
		"Add": _("Add"),
		"Keep": _("Keep"),
		"Promote": _("Promote"),
		"Demote": _("Demote"),
		"Retire": _("Retire"),
		"None": _("No Change"),
	}


def decision_labels() -> dict[str, str]:
	return {
		"Accept": _("Accepted", context="KAM"),
		"Override": _("Overridden"),
		"Reject": _("Rejected"),
		UNDECIDED: _("Undecided"),
		NOT_NEEDED: _("Not Needed"),
	}


def get_chart(rows: list[frappe._dict]) -> dict:
	"""Lines by proposal, split by decision."""
	counts = Counter((row.proposal, decision_of(row)) for row in rows)
	labels, names = proposal_labels(), decision_labels()
	shown = [name for name in PROPOSALS if any(counts[(name, decision)] for decision in DECISIONS)]
	# lines without change are many and would dwarf what there is to decide
	not_drawn = 0
	if len(shown) > 1 and NO_PROPOSAL in shown:
		shown.remove(NO_PROPOSAL)
		not_drawn = sum(counts[(NO_PROPOSAL, decision)] for decision in DECISIONS)
	return {
		"type": "bar",
		"data": {
			"labels": [labels[name] for name in shown],
			"datasets": [
				{"name": names[decision], "values": [counts[(name, decision)] for name in shown]}
				for decision in DECISIONS
			],
		},
		"fieldtype": "Int",
		"barOptions": {"stacked": 1},
		"kam": {
			"kind": "selection",
			"not_drawn": not_drawn,
			"proposals": [{"key": name, "label": labels[name]} for name in shown],
			"decisions": [
				{
					"key": decision,
					"label": names[decision],
					"values": [counts[(name, decision)] for name in shown],
				}
				for decision in DECISIONS
			],
		},
	}
