import frappe
import pandas as pd
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kam_erpnext.compat import add_index, from_json
from kam_erpnext.data import accounts
from kam_erpnext.engine.portfolio import quadrants
from kam_erpnext.engine.selection import propose
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

# figures that judgements can change
RESULTS = ("score", "answered_share", "attractiveness", "strength")
CUSTOMER_OUTCOMES = ("Add", "None")
ACCOUNT_OUTCOMES = ("Keep", "Promote", "Demote", "Retire")
RETIRED_OUTCOMES = ("Add", "None")


class KeyAccountSelectionLine(Document):
	def outcomes(self) -> tuple[str, ...]:
		"""What a person may decide for this line."""
		if not self.key_account:
			return CUSTOMER_OUTCOMES
		return RETIRED_OUTCOMES if self.status_before == "Retired" else ACCOUNT_OUTCOMES

	def decide(
		self, decision: str, reason: str | None = None, outcome: str | None = None, level: str | None = None
	):
		"""Record the decision of a person; what is applied on approval is worked out here."""
		if decision == "Accept":
			decided = (self.proposal, self.proposed_status, self.proposed_level)
		elif decision == "Reject":
			decided = (
				"Keep" if self.key_account and self.status_before != "Retired" else "None",
				self.status_before,
				self.level,
			)
		elif decision == "Override":
			decided = self.overridden(outcome, level)
		else:
			frappe.throw(_("Decision: please choose Accept, Override or Reject."))
		if decision != "Accept" and not (reason or "").strip():
			frappe.throw(_("{0}: please give a reason for the decision.").format(self.customer_name))
		self.db_set(
			{
				"decision": decision,
				"decided_outcome": decided[0],
				"decided_status": decided[1],
				"decided_level": decided[2],
				"decision_reason": reason,
				"decided_by": frappe.session.user,
				"decided_on": now_datetime(),
			}
		)

	def overridden(self, outcome: str | None, level: str | None) -> tuple[str, str | None, str | None]:
		if outcome not in self.outcomes():
			frappe.throw(
				_("{0}: please choose one of {1}.").format(
					self.customer_name, ", ".join(_(choice) for choice in self.outcomes())
				)
			)
		level = level or self.proposed_level or self.level or get_settings().default_level
		ranks = accounts.level_ranks()
		if level and level not in ranks:
			frappe.throw(_("{0}: there is no level {1}.").format(self.customer_name, level))
		if outcome == "Add":
			return outcome, "Active", level
		if outcome == "Promote":
			if self.status_before == "Active" and not ranks[level] < ranks[self.level]:
				frappe.throw(
					_("{0} is already active at level {1}. To promote it, choose a higher level.").format(
						self.customer_name, _(self.level)
					)
				)
			return outcome, "Active", level
		if outcome == "Demote":
			lower = ranks[level] > ranks[self.level]
			return outcome, "Active" if lower else "On Watch", level if lower else self.level
		if outcome == "Retire":
			return outcome, "Retired", self.level
		return outcome, self.status_before, self.level

	def update_from_assessment(self, assessment):
		"""Take over the result of a judged assessment and propose anew; an earlier decision is withdrawn."""
		settings = get_settings()
		result = assessment.evaluation.results
		unit = result.index[0]
		values = from_json(self.measures)
		current = pd.DataFrame(
			[(unit, self.status_before, self.level)] if self.status_before else [],
			columns=["unit", "status", "level"],
		)
		proposal = propose(
			result,
			pd.DataFrame([values], index=[unit]).astype(float),
			current,
			accounts.level_ranks(),
			settings.default_level,
			watch_first=bool(settings.watch_first),
		).frame.iloc[0]
		matrix = quadrants(
			result[["attractiveness", "strength"]],
			settings.portfolio_cut_attractiveness,
			settings.portfolio_cut_strength,
		)
		changes = {
			"score": assessment.score,
			"answered_share": assessment.answered_share,
			"band": assessment.band,
			"attractiveness": assessment.attractiveness,
			"strength": assessment.strength,
			"meets_criteria": assessment.meets_criteria,
			"criteria_met": assessment.criteria_met,
			"reason": proposal["reason"],
			"unknown": self.unknown_after(assessment),
		}
		if settings.portfolio_cut_method == "Fixed":
			changes["quadrant"] = matrix["quadrant"].iloc[0]
		new = (proposal["proposal"], proposal["proposed_status"], proposal["proposed_level"])
		if new != (self.proposal, self.proposed_status, self.proposed_level):
			unchanged = new[0] in ("Keep", "None")
			changes.update(
				proposal=new[0],
				proposed_status=new[1],
				proposed_level=new[2],
				decision="Accept" if unchanged else "",
				decided_outcome=new[0] if unchanged else "",
				decided_status=new[1] if unchanged else None,
				decided_level=new[2] if unchanged else None,
				decision_reason=None,
				decided_by=None,
				decided_on=None,
			)
		self.db_set(changes)

	def unknown_after(self, assessment) -> str:
		"""Unknown figures: those of the run that are not results, and the results of the assessment."""
		kept = [name for name in names_in(self.unknown) if name not in RESULTS]
		return ", ".join([*kept, *names_in(assessment.unknown)])


def names_in(text: str | None) -> list[str]:
	return [name for name in (text or "").split(", ") if name]


def on_doctype_update():
	add_index("Key Account Selection Line", ["selection", "rank"])
	add_index("Key Account Selection Line", ["selection", "proposal", "decision"])
