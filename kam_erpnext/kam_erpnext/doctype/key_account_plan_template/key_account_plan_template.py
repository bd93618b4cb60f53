import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt


class KeyAccountPlanTemplate(Document):
	def validate(self):
		problems = [
			*self.problems_of_blocks(),
			*self.problems_of_objectives(),
			*self.problems_of_numbers(),
		]
		if problems:
			frappe.throw(problems, title=_("Please Mend These Lines"), as_list=True)

	def problems_of_blocks(self):
		if not self.blocks:
			yield _("Blocks: please list at least one block, for example Objectives.")
		yield from self.duplicates("blocks", "block")
		if self.blocks and not any(row.required for row in self.blocks):
			yield _("Blocks: at least one block must be required, as completeness is the mean of these.")
		named = {row.block for row in self.blocks}
		if self.questions and "Questions" not in named:
			yield _(
				"Questions are listed, but the block Questions is not. Add the block or remove the questions."
			)
		if "Questions" in named and not self.questions:
			yield _("The block Questions needs at least one question.")

	def problems_of_objectives(self):
		yield from self.duplicates("objectives", "objective")
		for row in self.objectives:
			if not 0 <= flt(row.weight) <= 100:
				yield self.line(row, _("Weight must lie between 0 and 100."))
			if flt(row.target_change) < -100:
				yield self.line(row, _("Target Against Before cannot be below -100 %."))
			if row.measure and self.not_for_objectives(row.measure):
				yield self.line(
					row, _("{0} is a measure for criteria only. Choose another one.").format(row.measure)
				)
		if self.objectives and not any(flt(row.weight) for row in self.objectives):
			yield _("Objectives: at least one line needs a Weight above 0.")

	def not_for_objectives(self, measure) -> bool:
		return frappe.db.get_value("KAM Measure", measure, "used_for") == "Criteria"

	def problems_of_numbers(self):
		for table, field in (("actions", "start_after"), ("actions", "duration"), ("agenda", "minutes")):
			for row in self.get(table):
				if cint(row.get(field)) < 0:
					label = _(row.meta.get_label(field))
					yield self.line(row, _("{0} must not be negative.").format(label))

	def duplicates(self, table, field):
		seen = {}
		for row in self.get(table):
			value = (row.get(field) or "").strip()
			if value in seen:
				yield self.line(row, _("{0} is already in line {1}.").format(_(value), seen[value]))
			seen.setdefault(value, row.idx)

	def line(self, row, text):
		return _("{0}, line {1}: {2}").format(_(self.meta.get_label(row.parentfield)), row.idx, text)
