import frappe
from frappe import _
from frappe.model.document import Document

from kam_erpnext.alarms import silence

# what people change about an alarm; everything else is found by the watch
PEOPLES_FIELDS = ("status", "muted_until", "mute_reason", "closed_on", "silenced_by")


class KeyAccountAlarm(Document):
	def before_insert(self):
		if not self.flags.kam_watch:
			frappe.throw(_("Alarms are raised by their rules. To be told of something else, make a rule."))

	def validate(self):
		if self.is_new():
			return
		before = self.get_doc_before_save()
		for df in self.meta.fields:
			if df.fieldname not in PEOPLES_FIELDS and df.fieldtype not in frappe.model.no_value_fields:
				self.set(df.fieldname, before.get(df.fieldname))
		silence.validate(self, before)
