import operator

from frappe.model.document import Document

OPERATORS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "=": operator.eq}


class KeyAccountSegment(Document):
	def validate(self):
		if not self.measure:
			self.operator = None
			self.threshold = 0
