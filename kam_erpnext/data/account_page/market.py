"""Market notes that matter for the account or for one below it, as the reader may see them."""

import frappe
from frappe import _

from kam_erpnext.data import intelligence
from kam_erpnext.data.account_page.panel import hidden, may_read, part, plain
from kam_erpnext.data.account_page.scope import Scope
from kam_erpnext.data.intelligence import NOTE

SHOWN = (
	"name",
	"title",
	"kind",
	"noted_on",
	"valid_until",
	"direction",
	"impact",
	"confidentiality",
	"response",
)
ABOUT_COMPETITOR = ("strengths", "weaknesses")


def notes_of(scope: Scope) -> list[intelligence.Found]:
	"""Notes that hold today and matter for the account or one below it, most important first."""
	notes = intelligence.current_notes(today=scope.today, more=ABOUT_COMPETITOR)
	return intelligence.found_for(notes, scope.accounts)


def market_notes(scope: Scope, found: list[intelligence.Found]) -> dict:
	"""The panel of these notes, each with the reason why it is shown."""
	if not may_read(NOTE):
		return hidden(NOTE)
	rows = [_row(one, scope) for one in found]
	return part(
		NOTE,
		rows,
		{"name": ["in", [row["name"] for row in rows]]},
		_(
			"Notes on the market that hold today and whose scope matches this account or one below it: territory and market segment of its customers, its segments, item groups it buys or might buy, its competitors."
		),
		high=sum(row["impact"] == "High" for row in rows),
	)


def _row(one: intelligence.Found, scope: Scope) -> dict:
	own = next((match for match in one.matches if match.account == scope.key_account), None)
	return {
		**{field: plain(one.note[field]) for field in SHOWN},
		"reason": intelligence.reason_in_words(own or one.matches[0]),
		"below": 0 if own else len(one.matches),
		"below_name": None
		if own
		else frappe.get_cached_value("Key Account", one.matches[0].account, "account_name"),
	}
