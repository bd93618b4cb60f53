import frappe
from frappe import _
from frappe.model.document import Document

from kam_erpnext.engine.measures import MeasureSpec

NUMERIC_FIELDS = ("Int", "Float", "Currency", "Percent", "Check", "Rating", "Duration")


class KAMMeasure(Document):
	def validate(self):
		before = self.get_doc_before_save()
		if (self.is_standard or (before and before.is_standard)) and not self.flags.kam_setup:
			frappe.throw(_("Standard measures cannot be changed. Please add a measure of your own."))
		if self.source == "Customer field":
			self.validate_customer_field()
			self.measure_key = f"field:{self.customer_field}"
			self.validate_no_twin()
			if before and before.measure_key != self.measure_key:
				self.validate_not_in_force()
		elif not self.is_standard:
			frappe.throw(
				_("Measures of your own read a field of Customer. Please choose the source Customer field.")
			)

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
		for table in frappe.get_meta("Key Account Criteria").get_table_fields():
			if not frappe.get_meta(table.options).has_field("measure"):
				continue
			criteria = frappe.db.get_value(
				table.options, {"measure": self.name, "docstatus": ("!=", 0)}, "parent"
			)
			if criteria:
				frappe.throw(
					_(
						"{0} is used by submitted criteria {1}, so its field cannot change. Please add a new measure."
					).format(self.name, criteria)
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
