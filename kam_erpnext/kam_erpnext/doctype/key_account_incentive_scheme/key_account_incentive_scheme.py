import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt, formatdate, getdate

from kam_erpnext.compat import add_index
from kam_erpnext.data import incentive_access as access
from kam_erpnext.data.locks import lock
from kam_erpnext.engine import incentive as engine
from kam_erpnext.kam_erpnext.doctype.key_account_incentive_scheme import statements

DRAFT, RUNNING, CLOSED, CANCELLED = "Draft", "Running", "Closed", "Cancelled"
WRITTEN_HERE = ("status", "currency", "closed_on", "closed_by")
FULL = 100.0


class KeyAccountIncentiveScheme(Document):
	def save(self, *args, **kwargs):
		"""Two schemes that are submitted at once wait for each other: see `lock_company`."""
		if self.docstatus == 1:
			self.lock_company()
		return super().save(*args, **kwargs)

	def validate(self):
		self.keep_author()
		self.set_derived()
		self.validate_days()
		self.validate_rules()
		self.validate_participants()
		self.validate_targets()
		self.validate_author()

	def before_submit(self):
		self.lock_company()
		self.validate_overlap()
		self.validate_author()
		self.status = RUNNING

	def on_submit(self):
		statements.start(self)

	def before_cancel(self):
		# a draft statement is a calculation, a final one stays and is marked
		self.ignore_linked_doctypes = (access.STATEMENT,)
		if self.status == CLOSED and not access.pays():
			frappe.throw(
				_(
					"{0} is closed and its statements are final. Only a KAM Administrator can cancel it."
				).format(self.safe_title),
				frappe.PermissionError,
			)
		self.validate_author()

	def on_cancel(self):
		statements.withdraw(self)
		self.db_set("status", CANCELLED)

	def on_discard(self):
		self.db_set("status", CANCELLED)

	def on_trash(self):
		"""Frappe lets cancelled documents be deleted: with final statements the scheme stays as their reason."""
		if frappe.db.exists(access.STATEMENT, {"scheme": self.name}):
			frappe.throw(
				_("{0} has statements that were final. It stays as their reason.").format(self.safe_title)
			)

	@property
	def safe_title(self) -> str:
		"""Title for a message, which is HTML."""
		return escape_html(self.title or self.name)

	# ------------------------------------------------------------ what code writes

	def keep_author(self):
		"""What a client sends for these is ignored."""
		before = self.get_doc_before_save()
		self.owner = before.owner if before else frappe.session.user
		for field in WRITTEN_HERE:
			self.set(field, before.get(field) if before else None)
		self.status = self.status or DRAFT

	def set_derived(self):
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		if not self.curve:
			for knot in engine.USUAL:
				self.append("curve", {"attainment": knot.attainment, "payout": knot.payout})
		for row in self.measures:
			if spec := engine.MEASURES.get(row.measure):
				row.unit, row.lower_is_better = spec.unit, int(spec.lower_is_better)
		for row in self.participants:
			row.currency = self.currency

	# ------------------------------------------------------------ checks

	def validate_days(self):
		if getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("To: the period ends before it begins. Please enter a later day."))

	def validate_rules(self):
		"""Weights, thresholds, caps and the curve."""
		names = [row.measure for row in self.measures]
		for row in self.measures:
			label = _("Measures, line {0}").format(row.idx)
			if row.measure not in engine.MEASURES:
				frappe.throw(_("{0}: please choose a measure of the list.").format(label))
			if names.count(row.measure) > 1:
				frappe.throw(_("{0}: {1} stands there twice.").format(label, _(row.measure)))
			if flt(row.weight) <= 0:
				frappe.throw(_("{0}: please enter a weight above 0, or remove the line.").format(label))
			if flt(row.threshold) > FULL:
				frappe.throw(
					_(
						"{0}: with a threshold of {1} % nothing is paid when the target is reached. Please enter at most 100."
					).format(label, f"{flt(row.threshold):g}")
				)
			self.validate_cap(label, row.cap)
		self.validate_cap(_("Cap"), self.cap)
		curve = [engine.Knot(flt(row.attainment), flt(row.payout)) for row in self.curve]
		sales = sum(flt(row.weight) for row in self.measures if engine.MEASURES[row.measure].is_sales)
		weights = [flt(row.weight) for row in self.measures]
		for problem in engine.check(weights, curve, sales):
			frappe.throw(self.text_of(problem, sum(weights), sales))

	def text_of(self, problem: str, weights: float, sales: float) -> str:
		return {
			"weights": _("Measures: the weights make {0} %. Please make them 100 % together.").format(
				f"{flt(weights, 2):g}"
			),
			"sales": _(
				"Measures: net sales weigh {0} %. Sales alone may weigh at most {1} %: add margin or goals of the accounts."
			).format(f"{flt(sales, 2):g}", f"{engine.MOST_SALES:g}"),
			"negative": _("Weights, attainments and pay-outs must not be below 0."),
			"empty": _("Pay-out Curve: please enter at least one line."),
			"order": _("Pay-out Curve: the attainments must rise from line to line."),
			"falls": _("Pay-out Curve: who reaches more must not be paid less. Please let the pay-out rise."),
			"at_target": _(
				"Pay-out Curve: at an attainment of 100 % the curve must pay 100 %, which is the amount at target."
			),
		}[problem]

	def validate_cap(self, label: str, cap):
		if 0 < flt(cap) < FULL:
			frappe.throw(
				_(
					"{0}: a cap of {1} % would keep back a part of the amount at target. Please enter 100 or more, or 0 for no limit."
				).format(label, f"{flt(cap):g}")
			)

	def validate_participants(self):
		users = [row.user for row in self.participants]
		for row in self.participants:
			label = _("Participants, line {0}").format(row.idx)
			if users.count(row.user) > 1:
				frappe.throw(_("{0}: {1} takes part twice.").format(label, escape_html(row.user)))
			user = frappe.db.get_value("User", row.user, ["enabled", "user_type"], as_dict=True)
			if not user or not user.enabled or user.user_type != "System User":
				frappe.throw(
					_("{0}: {1} is no active user of the desk.").format(label, escape_html(row.user or ""))
				)
			if not frappe.permissions.get_role_permissions(access.STATEMENT, user=row.user).get("read"):
				frappe.throw(
					_(
						"{0}: {1} could not read the own statement. Please give this user a role of key account management first, for example Key Account Manager."
					).format(label, escape_html(row.user))
				)
			if flt(row.amount) <= 0:
				frappe.throw(_("{0}: please enter an amount at target above 0.").format(label))
			if row.sales_person and not frappe.db.get_value("Sales Person", row.sales_person, "enabled"):
				frappe.throw(
					_("{0}: the sales person {1} is disabled.").format(label, escape_html(row.sales_person))
				)
		if self.docstatus == 0:
			self.validate_overlap()

	def validate_targets(self):
		"""Own targets belong to participants and measures; what has no target anywhere could never pay."""
		users, measures = {row.user for row in self.participants}, {row.measure for row in self.measures}
		seen = set()
		for row in self.targets:
			label = _("Own Targets, line {0}").format(row.idx)
			if row.user not in users:
				frappe.throw(_("{0}: {1} does not take part.").format(label, escape_html(row.user or "")))
			if row.measure not in measures:
				frappe.throw(_("{0}: {1} is no measure of this scheme.").format(label, _(row.measure)))
			if (row.user, row.measure) in seen:
				frappe.throw(
					_("{0}: {1} has two targets for {2}.").format(
						label, escape_html(row.user), _(row.measure)
					)
				)
			if flt(row.target) <= 0:
				frappe.throw(_("{0}: please enter a target above 0.").format(label))
			seen.add((row.user, row.measure))
		for row in self.measures:
			spec = engine.MEASURES[row.measure]
			if flt(row.target) or spec.target or spec.from_targets:
				continue
			without = [person.user for person in self.participants if (person.user, row.measure) not in seen]
			if without:
				frappe.throw(
					_(
						"Measures, line {0}: {1} needs a target, here or among the own targets of each person. Missing for: {2}."
					).format(row.idx, _(row.measure), escape_html(", ".join(without)))
				)

	def validate_author(self):
		"""Nobody sets his own incentive; who does not pay sets those of the people below him only."""
		users = [row.user for row in self.participants]
		if not self.is_new():
			users += access.stored_participants(self.name)
		if self.owner in users and self.owner != "Administrator":
			frappe.throw(
				_(
					"{0} has written this scheme and cannot take part in it. A colleague has to write it."
				).format(escape_html(self.owner)),
				frappe.PermissionError,
			)
		outside = access.outsiders(users)
		if frappe.session.user in outside:
			frappe.throw(
				_(
					"Nobody sets his own incentive: you take part in this scheme, so a colleague has to write it."
				),
				frappe.PermissionError,
			)
		if outside:
			frappe.throw(
				_(
					"You may write incentives for the people below you only, by Reports To of their employees or the tree of sales people. Not below you: {0}."
				).format(escape_html(", ".join(dict.fromkeys(outside)))),
				frappe.PermissionError,
			)

	def lock_company(self):
		"""Schemes of one company are submitted one after the other, so that no two of them pay a person twice."""
		lock("Company", self.company)

	def validate_overlap(self):
		"""One person is paid by one scheme of a company at a time."""
		scheme = frappe.qb.DocType(access.SCHEME)
		row = frappe.qb.DocType(access.PARTICIPANT)
		query = (
			frappe.qb.from_(scheme)
			.inner_join(row)
			.on((row.parent == scheme.name) & (row.parenttype == access.SCHEME))
			.select(row.user, scheme.from_date, scheme.to_date)
			.where((scheme.docstatus == 1) & (scheme.company == self.company))
			.where(scheme.name != (self.name or ""))
			.where((scheme.from_date <= self.to_date) & (scheme.to_date >= self.from_date))
			.where(row.user.isin([person.user for person in self.participants] or [""]))
		)
		# a locking read sees what was committed meanwhile
		found = (query.for_update() if self.docstatus == 1 else query).run(as_dict=True)
		if found:
			other = found[0]
			# nothing of the other scheme but its days: it may be secret to whoever writes this one
			frappe.throw(
				_(
					"Participants: {0} is paid by another scheme of {1} from {2} to {3}. Please choose other days, or cancel that one."
				).format(
					escape_html(other.user),
					escape_html(self.company),
					formatdate(other.from_date),
					formatdate(other.to_date),
				)
			)


def on_doctype_update():
	add_index(access.SCHEME, ["company", "docstatus"])
