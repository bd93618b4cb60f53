import operator

import frappe
from frappe import _
from frappe.model.document import Document

from kam_erpnext.engine.plan_measures import FOR_CRITERIA
from kam_erpnext.kam_erpnext.doctype.kam_measure.kam_measure import not_for

OPERATORS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "=": operator.eq}


class KeyAccountSegment(Document):
	def validate(self):
		if not self.measure:
			self.operator = None
			self.threshold = 0
		elif not self.operator:
			frappe.throw(_("Please choose the Operator with which {0} is compared.").format(self.measure))
		problem = not_for(FOR_CRITERIA, self.measure)
		if problem:
			frappe.throw(problem)
