"""Texts for somebody else than whoever is at work: mails, calendars, what a background job writes."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def in_language_of(user: str) -> Iterator[None]:
	"""Texts made in the block are in the language of the user."""
	before = frappe.local.lang
	frappe.local.lang = frappe.db.get_value("User", user, "language") or before
	try:
		yield
	finally:
		frappe.local.lang = before
