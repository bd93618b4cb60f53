"""The power map of an account on its page: the structure for every reader, figures of the scores for those who may judge.

Only figures leave the map here, no name and no judgement about anybody, so nobody's reading is recorded.
"""

import frappe
from frappe import _

from kam_erpnext.data.account_page.panel import hidden, listed, may_read, part
from kam_erpnext.data.account_page.scope import Scope
from kam_erpnext.engine.relationships import PLACEHOLDER, STAKEHOLDERS
from kam_erpnext.power_map import POWER_MAP, judgements
from kam_erpnext.power_map.evaluation import Contacts, evaluate_maps, options, read_maps


def power_map(scope: Scope) -> dict:
	"""The current map of the account in figures, and how many accounts below have one."""
	if not may_read(POWER_MAP):
		return hidden(POWER_MAP)
	filters = {"key_account": ["in", scope.accounts], "is_current": 1, "opportunity": ["is", "not set"]}
	rows = listed(POWER_MAP, filters, ["name", "key_account"], "modified desc, name asc")
	own = next((row["name"] for row in rows if row["key_account"] == scope.key_account), None)
	return part(
		POWER_MAP,
		rows,
		filters,
		_(
			"The current power map of this account. Coverage, rule score and status judge people: they are shown to those who may see the judgements on the map."
		),
		below=len({row["key_account"] for row in rows} - {scope.key_account}),
		**(in_figures(own) if own else {"map": None, "scores": None}),
	)


def in_figures(name: str) -> dict:
	"""Structure and scores of a map the reader may read; the scores are None when he may not see judgements."""
	(found,) = maps = read_maps([name])
	contacts = Contacts(maps, options().active_days)
	people = [row for row in found.people if row.kind in STAKEHOLDERS]
	may_judge = judgements.may_read(frappe.get_doc(POWER_MAP, name))
	scores = evaluate_maps(maps, contacts).get(name) if may_judge else None
	return {
		"map": {
			"name": name,
			"people": len(people),
			"placeholders": sum(row.kind == PLACEHOLDER for row in found.people),
			"without_owner": sum(not row.relationship_owner for row in people),
			"last_contact": max(contacts.last.values(), default=None),
		},
		"scores": figures_of(scores) if scores else None,
	}


def figures_of(scores) -> dict:
	"""Figures of the scores without anybody's name; None is not known."""
	met = [answer.met for _rule, answer in scores.rules.answers]
	threads = scores.threads
	return {
		"coverage": scores.coverage.value,
		"rule_score": scores.rules.score,
		"rules": len(met),
		"rules_met": met.count(True),
		"status": scores.status.value,
		"in_contact": threads.count if threads.single is not None else None,
		"single_threaded": bool(threads.single),
		"missing_roles": [*scores.roles.missing],
		"overdue": sum(bool(fresh.overdue) for fresh in scores.freshness),
		"our_people": scores.our_people.bus_factor,
	}
