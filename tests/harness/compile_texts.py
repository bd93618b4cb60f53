"""Makes the catalogues of Frappe, ERPNext and the app readable for the sites of a bench, as `bench build` does. Runs in its sites folder."""

import frappe
from frappe.gettext import translate

LANGUAGES = ("de", "es")


def main():
	"""Only the languages the tests look at: all of them take a minute."""
	frappe.init("")
	for app in ("frappe", "erpnext", "kam_erpnext"):
		for language in LANGUAGES:
			translate._compile_translation(app, language, True)


if __name__ == "__main__":
	main()
