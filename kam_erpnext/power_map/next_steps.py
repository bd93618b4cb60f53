"""Suggested next steps become actions, whose text everybody may read who sees the account: no judgement goes into it."""

import frappe
from frappe import _
from frappe.utils import add_days, getdate

from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import OPEN
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import make_action as insert_action
from kam_erpnext.kam_erpnext.doctype.key_account_plan.key_account_plan import plan_in_force
from kam_erpnext.power_map import POWER_MAP

RULE, ACTION = "Power Map Rule", "Key Account Action"
DUE_IN_DAYS = 14
# conditions that say nothing about the person when they are named beside the step
NEUTRAL = (
	"Contact in Time",
	"Owner Named",
	"People in Contact",
	"Our People Involved",
	"Powerful People Covered",
)


def make_action(doc, rule: str, person: str | None = None, subject: str | None = None) -> str:
	"""An action due in two weeks for the owner of the relationship; the one that is open already, if there is one."""
	step = frappe.db.get_value(RULE, rule, ["next_step", "condition"], as_dict=True)
	if not step:
		frappe.throw(_("There is no rule {0}. Please reload the map.").format(frappe.bold(rule)))
	row = next((each for each in doc.people if each.person == person), None) if person else None
	if person and not row:
		frappe.throw(
			_("The person is not on the saved map {0}. Please save or reload it.").format(
				doc.title or doc.name
			)
		)
	subject = " ".join((subject or "").split()) or subject_of(step, row)
	origin = {"origin": "Power Map", "origin_doctype": POWER_MAP, "origin_name": doc.version_of or doc.name}
	existing = frappe.db.get_value(ACTION, {**origin, "subject": subject[:140], "status": ("in", OPEN)})
	if existing and frappe.has_permission(ACTION, "read", doc=existing):
		return existing
	plan = plan_in_force(doc.key_account)
	return insert_action(
		doc.key_account,
		subject,
		responsible_for(doc, row),
		add_days(getdate(), DUE_IN_DAYS),
		plan=plan if plan and frappe.has_permission("Key Account Plan", "read", doc=plan) else None,
		origin_text=doc.title,
		**origin,
	).name


def subject_of(step, row) -> str:
	"""The step with the name of the person, or without where the step would say what is thought of him."""
	named = row and step.condition in NEUTRAL
	return step.next_step.replace(
		"{0}", row.person_name if named else _("the person marked on the power map")
	)


def responsible_for(doc, row) -> str:
	"""Owner of the relationship, else the account manager, else who makes the action."""
	manager = frappe.db.get_value("Key Account", doc.key_account, "key_account_manager")
	for user in (*((row.relationship_owner, row.second_owner) if row else ()), manager):
		if user and frappe.db.get_value("User", user, "enabled"):
			return user
	return frappe.session.user
