"""Names and notes that look like script stand in every document; prints, mails, reports, feeds and files only show them."""

import csv
import io
import re

import frappe
import pytest
from frappe.desk import query_report
from frappe.www.printview import get_html_and_style

from kam_erpnext.api import call_calendar, imports
from kam_erpnext.data.import_lists import as_text
from tests.harness import frappe_session
from tests.site import hostile, permission_matrix
from tests.site.permission_world import World, email

DIRECTOR, MANAGER = email("Director"), email("Manager of Ours")


@pytest.fixture(scope="module")
def world(site_connection):
	with frappe_session.Isolation():
		found = World(("Director", "Manager of Ours"))
		found.fields = hostile.spread(found)
		yield found


@pytest.fixture(autouse=True)
def isolation(world):
	frappe_session.forget_request()
	frappe.db.savepoint("hostile")
	yield
	frappe_session.forget_request()
	frappe.db.rollback(save_point="hostile")


def assert_tame(html, where):
	"""Nothing begins that the text wanted to begin, and nothing in it was worked out."""
	for raw in hostile.RAW:
		assert raw not in html, where
	assert "49 مرحبا" not in html, where


def test_the_text_stands_where_it_could_do_harm(world):
	assert world.fields > 40
	assert "<img src=x" in frappe.db.get_value("Key Account", world.of("Key Account"), "account_name")


def test_prints_show_it(world, as_user):
	formats = permission_matrix.of_module("Print Format")
	assert formats
	shown = 0
	for name in formats:
		doctype = frappe.db.get_value("Print Format", name, "doc_type")
		reader = MANAGER if "Incentive" in name else DIRECTOR
		with as_user(reader):
			html = get_html_and_style(doctype, name=world.of(doctype), print_format=name, no_letterhead=1)[
				"html"
			]
		assert_tame(html, name)
		shown += "&lt;img src=x" in html
	assert shown >= 4


def test_reports_escape_what_they_say_in_html(world, as_user):
	for report in permission_matrix.of_module("Report"):
		if report == "Sales Facts":  # months and sums of companies, and not for directors
			continue
		for view in permission_matrix.VIEWS.get(report, [{}])[:2]:
			filters = {"company": frappe.db.get_single_value("KAM Settings", "company"), **view}
			filters |= {"period": "Rolling 12 Months", "selection": world.selection}
			with as_user(DIRECTOR):
				answer = query_report.run(report, filters, ignore_prepared_report=True)
			assert_tame(answer.get("message") or "", report)
			for row in answer.get("report_summary") or ():
				assert_tame(str(row.get("label")), report)
			for row in answer.get("result") or ():
				for value in row.values() if isinstance(row, dict) else row:
					# a cell that is HTML itself
					if isinstance(value, str) and re.match(r"\s*<(a|b|span|div)\b", value):
						assert_tame(value, report)
			# Frappe draws labels as HTML
			labels = ((answer.get("chart") or {}).get("data") or {}).get("labels") or ()
			for label in labels:
				assert_tame(str(label), (report, "chart"))


def test_mails_show_it(world, as_user, mails):
	from kam_erpnext.notifications import call_digest, digest, reminders

	frappe.db.set_single_value("KAM Settings", {"call_digest": 1})
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	for account in world.documents["Key Account"].values():
		frappe.db.set_value("Key Account", account, "key_account_manager", MANAGER)
	for action in world.documents["Key Account Action"].values():
		frappe.db.set_value("Key Account Action", action, {"responsible": MANAGER, "end_date": "2019-01-01"})
	for call in world.documents["Customer Call"].values():
		frappe.db.set_value("Customer Call", call, "user", MANAGER)
	reminders.send_due_reminders()
	digest.send_weekly_digest()
	call_digest.send_weekly_call_digest()
	assert mails
	for mail in mails:
		text = frappe.as_json(
			{key: value for key, value in mail.items() if key in ("message", "args", "content")}
		)
		assert_tame(text, mail.get("subject"))
		assert "\n" not in (mail.get("subject") or "")


def test_the_calendar_feed_keeps_its_lines(world, as_user):
	frappe.db.set_value("Customer Call", world.of("Customer Call"), "user", MANAGER)
	frappe.db.set_value(
		"Customer Call",
		world.of("Customer Call"),
		{
			"customer_name": "Zq\r\nEND:VCALENDAR\r\nX-EVIL:1",
			"objective": "Zq\r\nBEGIN:VALARM\n" + "long " * 200,
		},
	)
	with as_user(MANAGER):
		calendar = frappe.get_doc("Call Calendar", world.of("Call Calendar"))
		calendar.update({"show_customer": 1, "show_details": 1})
		calendar.save()
		secret = call_calendar.renew(calendar.name)["address"].split("token=")[1]
	with as_user("Guest"):
		text = call_calendar.feed(secret).get_data(as_text=True)
	lines = text.split("\r\n")
	assert "Zq" in text
	assert not any(line.startswith("X-EVIL") for line in lines)
	assert lines.count("END:VCALENDAR") == 1
	assert all(len(line.encode()) <= 75 for line in lines)


def test_a_list_for_spreadsheets_holds_no_formulas(world, as_user):
	for text in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"):
		assert as_text(text) == f"'{text}"
	assert as_text("Müller & Co = fine") == "Müller & Co = fine"
	frappe.db.set_value("Key Account", world.of("Key Account"), "account_name", "=cmd|' /C calc'!A0")
	with as_user(DIRECTOR):
		imports.template("Key Account Wallet", frappe.utils.getdate().year + 0)
	rows = list(csv.reader(io.StringIO(frappe.response["result"])))
	assert not [cell for row in rows[1:] for cell in row if cell.startswith("=")]
