import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, flt

MOST_GATES = 7
PHASES = ("Acquisition", "Order")


class KeyAccountGateTemplate(Document):
	def validate(self):
		self.validate_gates()
		self.validate_default()

	def validate_gates(self):
		seen, phase, probability = {}, 0, 0.0
		for row in self.gates:
			row.gate = " ".join((row.gate or "").split())
			if row.gate.casefold() in seen:
				self.refuse(
					row,
					_("{0} is in line {1} already. Please choose another name.").format(
						escape_html(row.gate), seen[row.gate.casefold()]
					),
				)
			seen[row.gate.casefold()] = row.idx
			if PHASES.index(row.phase) < phase:
				self.refuse(
					row, _("Acquisition ends with the order. Please put the gates of the order last.")
				)
			phase = PHASES.index(row.phase)
			if cint(row.days_after) < 0:
				self.refuse(row, _("Days After cannot be below zero."))
			if not 0 <= flt(row.probability) <= 100:
				self.refuse(row, _("Probability must lie between 0 and 100."))
			if row.phase == "Acquisition":
				if flt(row.probability) < probability:
					self.refuse(
						row,
						_(
							"Probability {0} % is lower than at the gate before ({1} %). Please let it rise."
						).format(flt(row.probability), probability),
					)
				probability = flt(row.probability)
		if len(self.gates) > MOST_GATES:
			frappe.throw(
				_("Gates, line {0}: a template has seven gates at most. Please remove a line.").format(
					self.gates[MOST_GATES].idx
				)
			)

	def refuse(self, row, text: str):
		frappe.throw(_("Gates, line {0}: {1}").format(row.idx, text))

	def validate_default(self):
		"""One default for the acquisition and one for the order."""
		if not self.is_default:
			return
		if self.disabled:
			frappe.throw(
				_("Default: a disabled template cannot be the default. Please clear one of the two.")
			)
		for name in frappe.get_all(self.doctype, {"is_default": 1, "name": ("!=", self.name)}, pluck="name"):
			other = frappe.get_doc(self.doctype, name)
			if other.gates and self.gates and other.gates[0].phase == self.gates[0].phase:
				frappe.db.set_value(self.doctype, name, "is_default", 0)

	def on_update(self):
		from kam_erpnext.setup import kanban

		# the board shows what is still to be won
		kanban.add_gates([row.gate for row in self.gates if row.phase == "Acquisition"])
