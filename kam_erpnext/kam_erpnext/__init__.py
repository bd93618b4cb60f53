"""Documents, reports and pages of the app. On a site the engine speaks the language of whoever reads."""

import frappe

from kam_erpnext.engine import wording

wording.speak(lambda text: frappe._(text))
