import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, add_months, flt, formatdate, getdate, now_datetime

from kam_erpnext.compat import json_text
from kam_erpnext.data import objectives, plan_figures, review_figures
from kam_erpnext.data.windows import fiscal_year
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company
from kam_erpnext.kam_erpnext.doctype.key_account_action.key_account_action import (
	DROPPED,
	LIVING_PLANS,
	PLANNED,
	make_action,
	open_actions,
)
from kam_erpnext.kam_erpnext.doctype.key_account_plan.key_account_plan import plan_in_force

ACTION, PLAN = "Key Account Action", "Key Account Plan"
IN_FORCE = ("Approved", "In Execution")
OURS = "Ours"
# months between two reviews
RHYTHM = {"Month": 1, "Quarter": 3, "Half Year": 6, "Year": 12}
PEOPLE = ("key_account_manager", "key_account_coordinator", "key_account_director", "executive_sponsor")


class KeyAccountBusinessReview(Document):
	def load_from_db(self):
		super().load_from_db()
		self.months = json_text(self.get("months"))  # Frappe saves no lists
		return self

	def _validate_links(self):
		# Frappe refuses links to cancelled documents before any event of ours
		self.leave_ended_plan()
		super()._validate_links()

	def before_insert(self):
		self.fill_plan()
		self.fill_agenda()
		self.fill_attendees()
		self.keep_actions_of_amended()
		self.set("carried", [])
		self.add_open_actions()

	def validate(self):
		self.set_account()
		self.validate_plan()
		self.set_company()
		self.set_period()
		self.set_title()
		self.set_next_review()
		self.validate_attendees()
		self.validate_deals()
		self.validate_decisions()
		self.refresh_carried()
		self.refresh_figures()

	# ------------------------------------------------------------ what a new review starts with

	def leave_ended_plan(self):
		"""A plan that was cancelled or superseded gives way to the one in force."""
		if self.docstatus.is_cancelled() or not self.plan or not self.key_account:
			return
		if frappe.db.get_value(PLAN, self.plan, "docstatus") == 2:
			self.plan = plan_in_force(self.key_account, self.review_date)

	def fill_plan(self):
		if not self.plan and self.key_account:
			self.plan = plan_in_force(self.key_account, self.review_date)

	def fill_agenda(self):
		if not self.template and self.plan:
			self.template = frappe.db.get_value(PLAN, self.plan, "template")
		if self.agenda or not self.template:
			return
		for row in frappe.get_all(
			"Key Account Agenda Item",
			{"parent": self.template, "parenttype": "Key Account Plan Template"},
			["topic", "minutes", "lead"],
			order_by="idx",
		):
			self.append("agenda", row)

	def fill_attendees(self):
		"""Proposes the people of the account, each of them once."""
		if self.attendees or not self.key_account:
			return
		account = frappe.get_doc("Key Account", self.key_account)
		people = {
			account.get(field): _(account.meta.get_label(field)) for field in PEOPLE if account.get(field)
		}
		for row in account.team:
			if not row.until or getdate(row.until) >= getdate(self.review_date):
				people.setdefault(row.user, row.function)
		for user, function in people.items():
			if frappe.db.get_value("User", user, "enabled"):
				self.append("attendees", {"side": OURS, "user": user, "function": function, "attended": 1})

	def keep_actions_of_amended(self):
		"""Decisions of the review that is amended keep the actions that were made of them."""
		for row in self.decisions:
			row.action = None
		if not self.amended_from:
			return
		made = {
			(row.idx, row.decision): row.action
			for row in frappe.get_all(
				"Key Account Review Decision",
				{"parent": self.amended_from, "parenttype": self.doctype},
				["idx", "decision", "action"],
			)
		}
		for row in self.decisions:
			row.action = made.get((row.idx, row.decision))

	# ------------------------------------------------------------ head

	def set_account(self):
		self.account_name = frappe.db.get_value("Key Account", self.key_account, "account_name")

	def validate_plan(self):
		if self.plan and frappe.db.get_value(PLAN, self.plan, "key_account") != self.key_account:
			frappe.throw(
				_(
					"Plan {0} belongs to another key account. Please choose a plan of {1}, or leave it empty."
				).format(self.plan, self.account_name)
			)

	def set_company(self):
		if self.plan:
			self.company = frappe.db.get_value(PLAN, self.plan, "company")
		self.company = self.company or default_company()
		if not self.company:
			frappe.throw(_("Company: please enter the company whose figures are reviewed."))
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")

	def set_period(self):
		meeting = getdate(self.review_date)
		if not self.from_date:
			self.from_date = self.first_day(getdate(add_days(meeting, -1)))
		if not self.to_date:
			self.to_date = max(getdate(add_days(meeting, -1)), getdate(self.from_date))
		if getdate(self.from_date) > getdate(self.to_date):
			frappe.throw(
				_("Figures From ({0}) lies after Figures To ({1}). Please correct one of the dates.").format(
					formatdate(self.from_date), formatdate(self.to_date)
				)
			)
		if getdate(self.to_date) > max(meeting, getdate(self.from_date)):
			frappe.throw(
				_("Figures To ({0}) lies after the day of the review ({1}).").format(
					formatdate(self.to_date), formatdate(meeting)
				)
			)

	def first_day(self, last):
		"""First day of the plan, or of the fiscal year."""
		if not self.plan:
			return fiscal_year(last, self.company)[0]
		plan = frappe.get_doc(PLAN, self.plan)
		if plan.period_type == plan_figures.PERPETUAL:
			return plan_figures.period_of_plan(plan, last).start
		return getdate(plan.from_date)

	def set_title(self):
		before = self.get_doc_before_save()
		if not self.title or (before and self.title == before.own_title()):
			self.title = self.own_title()

	def own_title(self) -> str:
		return _("Business Review {0}, {1}").format(self.account_name, formatdate(self.review_date))[:140]

	def set_next_review(self):
		if not self.next_review and self.plan and not self.get_doc_before_save():
			rhythm = frappe.db.get_value(PLAN, self.plan, "review_every")
			self.next_review = add_months(self.review_date, RHYTHM.get(rhythm, 3))
		if self.next_review and getdate(self.next_review) <= getdate(self.review_date):
			frappe.throw(
				_("Next Review ({0}) must lie after the day of this review ({1}).").format(
					formatdate(self.next_review), formatdate(self.review_date)
				)
			)

	# ------------------------------------------------------------ tables

	def validate_attendees(self):
		seen = set()
		for row in self.attendees:
			row.user, row.contact = (row.user, None) if row.side == OURS else (None, row.contact)
			name = _name_of(row.user, row.contact)
			row.full_name = name or row.full_name
			if not row.full_name:
				frappe.throw(
					_("Attendees, line {0}: please choose a person, or enter the name of a guest.").format(
						row.idx
					)
				)
			key = row.user or row.contact or (row.side, row.full_name.strip().lower())
			if key in seen:
				frappe.throw(_("Attendees, line {0}: {1} is listed twice.").format(row.idx, row.full_name))
			seen.add(key)

	def validate_deals(self):
		for row in self.deals:
			row.currency = self.currency
			if not (row.reason or "").strip():
				frappe.throw(
					_("Wins and Losses, line {0}: please enter the reason why {1} was won or lost.").format(
						row.idx, row.deal
					)
				)

	def validate_decisions(self):
		before = self.get_doc_before_save()
		made = {row.name: row.action for row in before.decisions} if before else {}
		for row in self.decisions:
			if before:  # a client cannot choose the action
				row.action = made.get(row.name)
			self.check_decision(row)

	def check_decision(self, row):
		if not row.make_action:
			return
		if not row.responsible or not row.due:
			frappe.throw(
				_(
					"Decisions, line {0}: please enter who is responsible and when it is due, or clear Becomes an Action."
				).format(row.idx)
			)
		if getdate(row.due) < getdate(self.review_date):
			frappe.throw(
				_("Decisions, line {0}: Due ({1}) lies before the day of the review ({2}).").format(
					row.idx, formatdate(row.due), formatdate(self.review_date)
				)
			)
		row.responsible_name = frappe.db.get_value("User", row.responsible, "full_name") or row.responsible
		if not row.action and not frappe.db.get_value("User", row.responsible, "enabled"):
			frappe.throw(
				_("Decisions, line {0}: {1} is disabled. Please choose somebody else.").format(
					row.idx, row.responsible_name
				)
			)

	# ------------------------------------------------------------ figures, read while the review is a draft

	def plan_doc(self):
		return frappe.get_doc(PLAN, self.plan) if self.plan else None

	def refresh_figures(self):
		plan = self.plan_doc()
		self.refill("figures", "key", [figure.row() for figure in review_figures.figures(self, plan)])
		self.months = json.dumps(review_figures.months(self, plan))
		self.refresh_objectives(plan)
		self.figures_on = now_datetime()

	def refresh_objectives(self, plan):
		period = review_figures.measured_period(self)
		numbers = ("target", "value", "progress")
		rows = []
		for row in objectives.live(plan, period.last_day if period else None) if plan else ():
			rows.append(
				{
					**{field: row[field] for field in ("code", "objective", "belongs_to", "unit", "state")},
					**{field: flt(row[field], 6) for field in numbers},
					"unknown": ",".join(field for field in numbers if row[field] is None),
				}
			)
		self.refill("objectives", "code", rows)

	def refill(self, table: str, key: str, rows: list[dict]):
		"""Writes `rows` into a table; lines that are there already are updated and keep what was entered in them."""
		present = {row.get(key): row for row in self.get(table)}
		self.set(table, [])
		for values in rows:
			row = present.pop(values[key], None)
			if row:
				row.update(values)
			self.append(table, row or values)

	def add_open_actions(self) -> int:
		"""Adds the open actions of the account that are not listed yet. Returns how many."""
		known = {row.action for row in self.carried}
		missing = [row for row in open_actions(key_account=self.key_account) if row["name"] not in known]
		for row in missing:
			self.append("carried", {"action": row["name"]})
		return len(missing)

	def refresh_carried(self):
		"""What the listed actions look like now; a line stays when its action is done meanwhile."""
		kept, seen = [], set()
		for row in self.carried:
			action = row.action and frappe.db.get_value(
				ACTION,
				{"name": row.action, "key_account": self.key_account},
				["subject", "responsible_name", "end_date", "status"],
				as_dict=True,
			)
			if action and row.action not in seen:
				seen.add(row.action)
				row.update(action)
				kept.append(row)
		self.set("carried", kept)

	# ------------------------------------------------------------ held

	def before_submit(self):
		if getdate(self.review_date) > getdate():
			frappe.throw(
				_("The review takes place on {0}. It can be submitted from that day on.").format(
					formatdate(self.review_date)
				)
			)

	def on_submit(self):
		self.make_actions()
		self.tell_plan()

	def before_update_after_submit(self):
		"""Decisions may be added later; what was decided stays."""
		before = self.get_doc_before_save()
		kept = {row.name for row in self.decisions}
		actions = {row.name: row.action for row in before.decisions}
		for row in before.decisions:
			if row.name not in kept:
				frappe.throw(
					_("Decisions, line {0}: a decision of a submitted review cannot be removed.").format(
						row.idx
					)
				)
		for row in self.decisions:
			row.action = actions.get(row.name)
			if row.name not in actions:
				self.check_decision(row)

	def on_update_after_submit(self):
		self.make_actions()

	def make_actions(self):
		for row in self.decisions:
			if not row.make_action:
				continue
			if row.action:
				self.take_action_over(row)
			else:
				row.db_set("action", self.make_action(row).name, update_modified=False)

	def make_action(self, row):
		living = self.plan and frappe.db.get_value(PLAN, self.plan, "status") in LIVING_PLANS
		return make_action(
			self.key_account,
			row.decision,
			row.responsible,
			row.due,
			plan=self.plan if living else None,
			origin="Business Review",
			origin_doctype=self.doctype,
			origin_name=self.name,
			origin_text=row.decision,
		)

	def take_action_over(self, row):
		"""The action of a decision of the review that this one amends; one dropped with it is taken up again."""
		action = frappe.get_doc(ACTION, row.action)
		if action.origin_name == self.name:
			return
		action.origin_name = self.name
		if action.status == DROPPED:
			action.update(
				{"status": PLANNED, "result": None, "responsible": row.responsible, "end_date": row.due}
			)
		action.flags.ignore_links = True
		action.save()

	def tell_plan(self):
		plan = self.plan_to_tell()
		if not plan or not self.next_review:
			return
		before = frappe.db.get_value(PLAN, plan, "next_review")
		self.db_set("previous_next_review", before, update_modified=False)
		frappe.db.set_value(PLAN, plan, "next_review", self.next_review)
		frappe.get_doc(PLAN, plan).add_comment(
			"Info",
			_("Reviewed on {0} ({1}). Next review on {2}.").format(
				formatdate(self.review_date), self.name, formatdate(self.next_review)
			),
		)

	def plan_to_tell(self) -> str | None:
		"""The plan of the review, or the version that has replaced it."""
		if self.plan and frappe.db.get_value(PLAN, self.plan, "status") in IN_FORCE:
			return self.plan
		return plan_in_force(self.key_account) if self.plan else None

	# ------------------------------------------------------------ cancelled

	def on_cancel(self):
		self.drop_untouched_actions()
		plan = self.plan_to_tell()
		if plan and self.next_review:
			if getdate(frappe.db.get_value(PLAN, plan, "next_review")) == getdate(self.next_review):
				frappe.db.set_value(PLAN, plan, "next_review", self.previous_next_review)

	def drop_untouched_actions(self):
		for row in self.decisions:
			action = row.action and frappe.get_doc(ACTION, row.action)
			if action and action.status == PLANNED and not flt(action.progress) and not action.task:
				action.status = DROPPED
				action.result = _("The business review {0} was cancelled.").format(self.name)
				action.flags.ignore_links = True
				action.save()


def _name_of(user: str | None, contact: str | None) -> str | None:
	if user:
		return frappe.db.get_value("User", user, "full_name")
	if contact:
		parts = frappe.db.get_value("Contact", contact, ["first_name", "last_name"]) or ()
		return " ".join(filter(None, parts)) or None
	return None
