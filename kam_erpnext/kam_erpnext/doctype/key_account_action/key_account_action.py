import frappe
from frappe import _
from frappe.desk.form import assign_to
from frappe.model.document import Document
from frappe.query_builder.functions import Coalesce
from frappe.utils import escape_html, flt, formatdate, getdate, nowdate

from kam_erpnext.compat import add_index
from kam_erpnext.data.permissions import may_see_account
from kam_erpnext.setup.roles import ROLES

PLANNED, IN_PROGRESS, DONE, DROPPED = "Planned", "In Progress", "Done", "Dropped"
OPEN = (PLANNED, IN_PROGRESS)
ENDED = (DONE, DROPPED)
# an action can be added to a plan in these states
LIVING_PLANS = ("Draft", "In Review", "Rejected", "Approved", "In Execution")


class KeyAccountAction(Document):
	def validate(self):
		self.set_account()
		self.set_dates()
		self.set_plan()
		self.validate_people()
		self.set_status()
		self.set_cost()

	def set_account(self):
		if not self.key_account and self.plan:
			self.key_account = frappe.db.get_value("Key Account Plan", self.plan, "key_account")
		if not self.key_account:
			return  # Frappe asks for it
		if (self.is_new() or self.has_value_changed("key_account")) and not self.flags.ignore_permissions:
			if not may_see_account(self.key_account):
				frappe.throw(
					_("You may not see the key account {0}. Please choose another one.").format(
						self.key_account
					),
					frappe.PermissionError,
				)
		if self.status not in ENDED or not self.account_name:
			self.account_name = frappe.db.get_value("Key Account", self.key_account, "account_name")

	def set_dates(self):
		if not self.end_date:
			return  # Frappe asks for it
		for field in ("start_date", "end_date"):  # a calendar sends a time along
			self.set(field, getdate(self.get(field)) if self.get(field) else None)
		if self.is_milestone:
			self.start_date = self.end_date
		if self.start_date and self.start_date > self.end_date:
			frappe.throw(
				_("Start ({0}) lies after Due ({1}). Please correct one of the dates.").format(
					formatdate(self.start_date), formatdate(self.end_date)
				)
			)

	def set_plan(self):
		if not self.plan:
			self.objective_code = self.objective = None
			return
		changed = self.is_new() or self.has_value_changed("plan")
		plan = frappe.db.get_value(
			"Key Account Plan", self.plan, ["key_account", "status", "title", "company"], as_dict=True
		)
		if plan and plan.key_account != self.key_account:
			frappe.throw(
				_(
					"Plan {0} belongs to another key account. Please choose a plan of {1}, or leave it empty."
				).format(self.plan, self.account_name)
			)
		if plan and changed and plan.status not in LIVING_PLANS:
			frappe.throw(
				_("Plan {0} is {1}: nothing can be added to it. Please choose the plan in force.").format(
					self.plan, _(plan.status)
				)
			)
		if plan and not self.company:
			self.company = plan.company
		if changed or self.has_value_changed("objective_code"):
			self.set_objective()

	def set_objective(self):
		code = (self.objective_code or "").strip().upper()
		self.objective_code = code or None
		if not code:
			self.objective = None
			return
		objectives = objectives_of(self.plan)
		if code not in objectives:
			frappe.throw(
				_("Objective No. {0} is not in plan {1}. Its objectives are: {2}.").format(
					code, self.plan, ", ".join(objectives) or _("none")
				)
			)
		self.objective = objectives[code]

	def validate_people(self):
		if not self.responsible:
			return  # Frappe asks for it
		before = self.get_doc_before_save()
		if not before or before.responsible != self.responsible or not self.responsible_name:
			self.responsible_name = self.check_person(self.responsible, self.meta.get_label("responsible"))
		known = {row.user for row in before.helpers} if before else set()
		seen = {self.responsible}
		kept = []
		for row in self.helpers:
			if row.user in seen:
				continue  # the same person twice means once
			seen.add(row.user)
			if row.user not in known:
				self.check_person(row.user, self.meta.get_label("helpers"))
			kept.append(row)
		if len(kept) != len(self.helpers):
			self.set("helpers", kept)

	def check_person(self, user: str, label: str) -> str | None:
		"""Refuses who cannot log in, warns of who has none of our roles. Returns the name."""
		person = frappe.db.get_value("User", user, ["full_name", "enabled"], as_dict=True)
		if not person:
			return None  # Frappe refuses a link to nobody
		if not person.enabled:
			frappe.throw(
				_("{0}: {1} is disabled. Please choose somebody else.").format(
					_(label), person.full_name or user
				)
			)
		if user != "Administrator" and not set(frappe.get_roles(user)) & {*ROLES, "System Manager"}:
			frappe.msgprint(
				_(
					"{0} has no role of key account management. The action is shared with this person and will be found through the assignment."
				).format(escape_html(person.full_name or user)),
				alert=True,
				indicator="orange",
			)
		return person.full_name or user

	def set_status(self):
		before = self.get_doc_before_save()
		if not 0 <= flt(self.progress) <= 100:
			frappe.throw(_("Progress must lie between 0 and 100 %."))
		if self.status in ENDED:
			if not (self.result or "").strip():
				frappe.throw(
					_("Result: please say what came out of it, as the action is done.")
					if self.status == DONE
					else _("Result: please say why the action is dropped.")
				)
			self.done_on = self.done_on or nowdate()
			if getdate(self.done_on) > getdate():
				frappe.throw(_("Done On ({0}) lies in the future.").format(formatdate(self.done_on)))
			if self.status == DONE:
				self.progress = 100
			return
		self.done_on = None
		if before and before.status == DONE and flt(self.progress) == 100:
			self.progress = 0  # reopened
		if self.status == PLANNED and flt(self.progress) > 0:
			self.status = IN_PROGRESS

	def set_cost(self):
		if (self.planned_cost or self.spent_cost) and not self.company:
			from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company

			self.company = default_company()
			if not self.company:
				frappe.throw(_("Company: please enter it, so that the cost has a currency."))
		self.currency = (
			frappe.get_cached_value("Company", self.company, "default_currency") if self.company else None
		)

	# ------------------------------------------------------------ assignment

	def on_update(self):
		self.assign()
		refresh_plans(self.plan, (self.get_doc_before_save() or frappe._dict()).get("plan"))

	def after_delete(self):
		refresh_plans(self.plan)

	def on_trash(self):
		for row in self.assignments():
			frappe.delete_doc("ToDo", row.name, ignore_permissions=True)  # of an action that is gone

	def people(self) -> list[str]:
		return [self.responsible, *(row.user for row in self.helpers)]

	def assignments(self) -> list[frappe._dict]:
		return frappe.get_all(
			"ToDo",
			{"reference_type": self.doctype, "reference_name": self.name, "status": "Open"},
			["name", "allocated_to", "date", "priority"],
		)

	def assign(self):
		"""Open assignments are those of the responsible person and the helpers, none once the action has ended."""
		before = self.get_doc_before_save()
		wanted = [] if self.status in ENDED else self.people()
		if before and not self.assignment_changed(before):
			return
		assigned = {row.allocated_to: row for row in self.assignments()}
		for user, row in assigned.items():
			if user not in wanted:
				self.end_assignment(user, row.name)
			elif getdate(row.date) != getdate(self.end_date) or row.priority != self.priority:
				frappe.db.set_value("ToDo", row.name, {"date": self.end_date, "priority": self.priority})
		for user in wanted:
			if user not in assigned and frappe.db.get_value("User", user, "enabled"):
				self.start_assignment(user)

	def assignment_changed(self, before) -> bool:
		return (
			before.people() != self.people()
			or (before.status in ENDED) != (self.status in ENDED)
			or any(self.has_value_changed(field) for field in ("end_date", "priority"))
		)

	def start_assignment(self, user: str):
		if not frappe.has_permission(self.doctype, "read", doc=self, user=user):
			if frappe.get_system_settings("disable_document_sharing"):
				frappe.msgprint(
					_(
						"{0} cannot open this action: the person has no role of key account management, and sharing is switched off in the System Settings."
					).format(escape_html(user)),
					indicator="orange",
				)
				return
			frappe.share.add_docshare(
				self.doctype,
				self.name,
				user,
				write=int(user == self.responsible),
				flags={"ignore_share_permission": True},  # who may give work away may show it
			)
		assign_to.add(
			{
				"doctype": self.doctype,
				"name": self.name,
				"assign_to": [user],
				"description": self.subject,
				"date": self.end_date,
				"priority": self.priority,
			},
			ignore_permissions=True,  # who may save the action may give it to others
		)

	def end_assignment(self, user: str, todo: str):
		ended = self.status in ENDED
		assign_to.set_status(
			self.doctype,
			self.name,
			todo=todo,
			assign_to=user,
			status="Closed" if ended else "Cancelled",
			ignore_permissions=True,  # who may save the action may take it from others
		)


def objectives_of(plan: str) -> dict[str, str]:
	"""Objectives of a plan by their number."""
	return {
		row.code: row.objective
		for row in frappe.get_all(
			"Key Account Plan Objective",
			{"parent": plan, "parenttype": "Key Account Plan", "code": ("is", "set")},
			["code", "objective"],
			order_by="idx",
		)
	}


# ---------------------------------------------------------------- for plans, reviews and other documents


def make_action(
	key_account: str, subject: str, responsible: str, end_date, ignore_permissions: bool = False, **fields
) -> KeyAccountAction:
	"""Inserts an action, with the permissions of the user unless the caller has checked who may have it made.

	A long subject is cut; its full text becomes the description.
	"""
	action = frappe.new_doc("Key Account Action")
	action.update(fields)
	subject = " ".join((subject or "").split())
	if len(subject) > 140:
		action.description = action.description or escape_html(subject)
		subject = f"{subject[:139]}…"
	action.update(
		{"key_account": key_account, "subject": subject, "responsible": responsible, "end_date": end_date}
	)
	if "start_date" not in fields:
		action.start_date = min(getdate(), getdate(end_date))
	return action.insert(ignore_permissions=ignore_permissions)


FIELDS = (
	"name",
	"subject",
	"key_account",
	"account_name",
	"status",
	"priority",
	"responsible",
	"responsible_name",
	"start_date",
	"end_date",
	"is_milestone",
	"progress",
	"plan",
	"objective_code",
	"origin",
)


def open_actions(
	key_account: str | None = None, plan: str | None = None, user: str | None = None
) -> list[dict]:
	"""Open actions that the reader may see, the most urgent first.

	Of one account, of one plan in all its versions, and of one person as responsible or helper.
	"""
	if not frappe.has_permission("Key Account Action", "read"):
		return []
	filters = [["status", "in", OPEN]]
	if key_account:
		filters.append(["key_account", "=", key_account])
	if plan:
		filters.append(["plan", "in", versions_of(plan)])
	if user:
		filters.append(["name", "in", _actions_of(user) or [""]])
	rows = frappe.get_list(
		"Key Account Action",
		filters=filters,
		fields=list(FIELDS),
		order_by="end_date asc, name asc",
		limit_page_length=0,
	)
	today = getdate()
	for row in rows:
		row.overdue = int(row.end_date < today)
	return rows


def _actions_of(user: str) -> list[str]:
	"""Open actions in which a user has a part."""
	action = frappe.qb.DocType("Key Account Action")
	helper = frappe.qb.DocType("Key Account Action Helper")
	helps = (
		frappe.qb.from_(helper)
		.select(helper.parent)
		.where((helper.parenttype == "Key Account Action") & (helper.user == user))
	)
	return (
		frappe.qb.from_(action)
		.select(action.name)
		.where(action.status.isin(OPEN))
		.where((action.responsible == user) | action.name.isin(helps))
		.run(pluck=True)
	)


def versions_of(plan: str) -> list[str]:
	"""All versions of a plan."""
	table = frappe.qb.DocType("Key Account Plan")
	first = frappe.db.get_value("Key Account Plan", plan, "first_version") or plan
	names = (
		frappe.qb.from_(table)
		.select(table.name)
		.where((Coalesce(table.first_version, table.name) == first) | (table.name == first))
		.run(pluck=True)
	)
	return [*{*names, plan}]


def counts(plan: str) -> dict:
	"""Actions of a plan in all its versions: `open, overdue, done, total, milestones`; dropped ones do not count.

	For those who may read the plan: they see all its actions.
	"""
	rows = frappe.get_all(
		"Key Account Action",
		{"plan": ("in", versions_of(plan)), "status": ("!=", DROPPED)},
		["status", "end_date", "is_milestone"],
	)
	today = getdate()
	is_open = [row for row in rows if row.status in OPEN]
	return {
		"open": len(is_open),
		"overdue": sum(row.end_date < today for row in is_open),
		"done": len(rows) - len(is_open),
		"total": len(rows),
		"milestones": sum(row.is_milestone for row in rows),
	}


def move_to_version(old_plan: str, new_plan: str) -> int:
	"""Open actions and reviews in preparation follow the new version of a plan. Returns the number of actions."""
	objectives = objectives_of(new_plan)
	actions = frappe.get_all(
		"Key Account Action",
		{"plan": old_plan, "status": ("in", OPEN)},
		["name", "objective_code"],
	)
	for row in actions:
		values = {"plan": new_plan}
		if row.objective_code in objectives:
			values["objective"] = objectives[row.objective_code]
		frappe.db.set_value("Key Account Action", row.name, values)
	for review in frappe.get_all(
		"Key Account Business Review", {"plan": old_plan, "docstatus": 0}, pluck="name"
	):
		frappe.db.set_value("Key Account Business Review", review, "plan", new_plan)
	return len(actions)


def refresh_plans(*plans: str | None):
	"""Plans say how complete they are, and actions are a part of it."""
	from kam_erpnext.kam_erpnext.doctype.key_account_plan.completeness import refresh_completeness

	for plan in {plan for plan in plans if plan}:
		if frappe.db.exists("Key Account Plan", plan):
			refresh_completeness(plan)


def on_doctype_update():
	add_index("Key Account Action", ["responsible", "status", "end_date"])
	add_index("Key Account Action", ["key_account", "status", "end_date"])
