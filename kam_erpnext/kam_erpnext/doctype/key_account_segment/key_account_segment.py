import operator

import frappe
from frappe import _
from frappe.model.document import Document

OPERATORS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "=": operator.eq}


class KeyAccountSegment(Document):
	def validate(self):
		if not self.measure:
			self.operator = None
			self.threshold = 0
		elif not self.operator:
			frappe.throw(_("Please choose the Operator with which {0} is compared.").format(self.measure))
