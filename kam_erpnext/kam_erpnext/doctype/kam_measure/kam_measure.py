import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, add_years, cint, getdate

from kam_erpnext import extending
from kam_erpnext.data import report_measure
from kam_erpnext.engine.measures import MeasureSpec
from kam_erpnext.engine.plan_measures import FOR_CRITERIA, FOR_OBJECTIVES, OBJECTIVES

NUMERIC_FIELDS = ("Int", "Float", "Currency", "Percent", "Check", "Rating", "Duration")
CUSTOMER_FIELD, REPORT = "Customer field", "Report"
REPORT_FIELDS = ("report", "report_column", "report_value", "report_filters")
CRITERIA_DOCTYPES = ("Key Account Criteria", "Key Account Segment")
OBJECTIVE_DOCTYPES = ("Key Account Plan", "Key Account Plan Template")


class KAMMeasure(Document):
	def validate(self):
		before = self.get_doc_before_save()
		if (self.is_standard or (before and before.is_standard)) and not self.flags.kam_setup:
			frappe.throw(_("Standard measures cannot be changed. Please add a measure of your own."))
		if self.is_standard:
			return
		if self.source == CUSTOMER_FIELD:
			self.set_customer_field()
		elif self.source == REPORT:
			self.set_report()
		else:
			frappe.throw(
				_(
					"Measures of your own read a field of Customer or a Report. Please choose the source Customer field or Report."
				)
			)
		self.validate_use(before)

	# ------------------------------------------------------------ a field of Customer

	def set_customer_field(self):
		before = self.get_doc_before_save()
		self.validate_customer_field()
		self.measure_key = f"field:{self.customer_field}"
		self.clear(REPORT_FIELDS[:2] + REPORT_FIELDS[3:])
		self.validate_no_twin()
		if before and before.measure_key != self.measure_key:
			self.validate_not_in_force()

	def validate_customer_field(self):
		problem = customer_field_problem(self.customer_field)
		if problem:
			frappe.throw(problem)

	def validate_no_twin(self):
		twin = frappe.db.get_value(
			"KAM Measure", {"measure_key": self.measure_key, "name": ("!=", self.name)}
		)
		if twin:
			frappe.throw(_("{0} already reads the Customer field {1}.").format(twin, self.customer_field))

	def validate_not_in_force(self):
		"""Submitted criteria would otherwise come to mean something else."""
		for doctype, name in uses(self.name, ("Key Account Criteria",), submitted=True):
			frappe.throw(
				_(
					"{0} is used by submitted criteria {1}, so its field cannot change. Please add a new measure."
				).format(self.name, name),
				title=_(doctype),
			)

	# ------------------------------------------------------------ a report

	def set_report(self):
		before = self.get_doc_before_save()
		self.clear(("customer_field",))
		self.measure_key = (
			before.measure_key
			if before and (before.measure_key or "").startswith("report:")
			else f"report:{frappe.scrub(self.measure_name)}"
		)
		if before and before.measure_key != self.measure_key:
			self.validate_not_in_force()
		if self.used_for != OBJECTIVES:
			frappe.throw(
				_(
					"A measure that reads a Report can only be used for objectives of plans. Please choose Objectives under Used For."
				)
			)
		problem = report_measure.report_problem(self.report)
		if problem:
			frappe.throw(problem)
		self.report_value = self.report_value or report_measure.SUM
		if not self.report_column and self.report_value != report_measure.NUMBER_OF_ROWS:
			frappe.throw(
				_("Please enter the Column of the report {0} that holds the value.").format(self.report)
			)
		filters = report_measure.parse_filters(self.report_filters)
		if not before or any(before.get(field) != self.get(field) for field in REPORT_FIELDS):
			self.try_report(filters)

	def try_report(self, filters: dict):
		"""Runs the report once with sample values, to find a wrong column before a plan does."""
		if cint(frappe.db.get_value("Report", self.report, "prepared_report")):
			return  # such a report may take minutes
		try:
			columns, _rows = report_measure.run(self.report, report_measure.fill(filters, sample_values()))
		except Exception as error:  # reports are written by anybody: whatever they raise is told
			frappe.clear_messages()
			frappe.msgprint(
				_(
					"The report {0} could not be tried out with these filters: {1}. Plans will show the value as not known."
				).format(self.report, frappe.utils.escape_html(report_measure.plain(error))),
				title=_("Report Not Tried Out"),
				indicator="orange",
			)
			return
		names = {column.get("fieldname"): column.get("label") for column in columns}
		if self.report_value == report_measure.NUMBER_OF_ROWS or not names or self.report_column in names:
			return
		frappe.throw(
			_("The report {0} has no column {1}. Its columns are: {2}.").format(
				self.report,
				self.report_column,
				", ".join(f"{name} ({label})" for name, label in names.items()),
			)
		)

	# ------------------------------------------------------------ common

	def clear(self, fields):
		for field in fields:
			self.set(field, None)

	def validate_use(self, before):
		"""A measure that is in use stays choosable where it is used."""
		if not before:
			return
		for use, doctypes in ((FOR_CRITERIA, CRITERIA_DOCTYPES), (FOR_OBJECTIVES, OBJECTIVE_DOCTYPES)):
			if self.used_for in use or before.used_for not in use:
				continue
			for doctype, name in uses(self.name, doctypes):
				frappe.throw(
					_("{0} is used in {1} {2}, so Used For cannot become {3}.").format(
						self.name, _(doctype), name, _(self.used_for)
					)
				)

	def on_trash(self):
		if self.is_standard and not frappe.flags.in_uninstall:
			frappe.throw(_("Standard measures cannot be deleted."))

	def engine_spec(self) -> MeasureSpec:
		return MeasureSpec(
			key=self.measure_key,
			label=self.measure_name,
			unit=self.unit,
			higher_is_better=bool(self.higher_is_better),
			source=self.source,
			description=self.description or "",
		)


def customer_field_problem(fieldname: str | None) -> str | None:
	"""What is wrong with a field name of Customer, or None."""
	df = frappe.get_meta("Customer").get_field(fieldname) if fieldname else None
	if not df:
		return _("Customer has no field {0}. Please use the field name as shown in Customize Form.").format(
			fieldname or _("(empty)")
		)
	if df.get("is_virtual"):
		return _("The Customer field {0} is not stored in the database. Please choose another field.").format(
			fieldname
		)
	if df.fieldtype not in NUMERIC_FIELDS:
		return _(
			"The Customer field {0} is of type {1}, not a number. Please choose a numeric field."
		).format(fieldname, df.fieldtype)


def get_measures() -> dict[str, MeasureSpec]:
	"""Every measure by its record name (which is its label)."""
	return {
		name: frappe.get_cached_doc("KAM Measure", name).engine_spec()
		for name in frappe.get_all("KAM Measure", pluck="name")
	}


def known_measures() -> dict[str, MeasureSpec]:
	"""Every measure by its key."""
	return {spec.key: spec for spec in get_measures().values()}


def not_for(use: tuple[str, ...], measure: str | None) -> str | None:
	"""Why a measure cannot be chosen for a use (FOR_CRITERIA or FOR_OBJECTIVES), or None."""
	used_for = measure and frappe.get_cached_value("KAM Measure", measure, "used_for")
	if not used_for or used_for in use:
		return None
	if use == FOR_CRITERIA:
		return _(
			"The measure {0} is made for objectives of plans, not for criteria. Please choose another one."
		).format(measure)
	return _("The measure {0} is made for criteria, not for objectives. Please choose another one.").format(
		measure
	)


def not_offered(measure: str | None) -> str | None:
	"""Why a measure of another app cannot be chosen, or None."""
	key = measure and frappe.get_cached_value("KAM Measure", measure, "measure_key")
	if not key or not extending.app_of(key) or key in extending.measures():
		return None
	return extending.not_offered(key)


def uses(measure: str, doctypes: tuple[str, ...], submitted: bool = False):
	"""(doctype, name) of the documents that use a measure; cancelled ones are left out, drafts too if asked."""
	for doctype in doctypes:
		for table in [doctype, *(df.options for df in frappe.get_meta(doctype).get_table_fields())]:
			if not frappe.get_meta(table).has_field("measure"):
				continue
			values = {"measure": measure, "docstatus": ("!=", 0) if submitted else ("<", 2)}
			field = "name" if table == doctype else "parent"
			for name in frappe.get_all(table, values, pluck=field, distinct=True, limit=1):
				yield doctype, name


def sample_values() -> dict:
	"""What the placeholders of a report's filters stand for while a measure is tried out."""
	account = frappe.get_list("Key Account", pluck="name", limit=1)
	customers = (
		frappe.get_all(
			"Key Account Customer", {"parent": account[0], "parenttype": "Key Account"}, pluck="customer"
		)
		if account
		else []
	)
	today = getdate()
	return {
		"company": frappe.defaults.get_user_default("Company") or frappe.db.get_value("Company", {}, "name"),
		"key_account": account[0] if account else None,
		"customer": customers[0] if customers else None,
		"customers": customers,
		"from_date": str(add_days(add_years(today, -1), 1)),
		"to_date": str(today),
	}
