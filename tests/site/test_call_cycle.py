"""Frequency rules, the lines a call cycle proposes, overrides, workload and approval."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api import call_cycles
from kam_erpnext.data import call_customers
from kam_erpnext.kam_erpnext.doctype.call_cycle import proposal, workload
from kam_erpnext.kam_erpnext.doctype.call_frequency_rule.call_frequency_rule import enabled_rules
from kam_erpnext.setup import call_rules
from tests.site import builders as b
from tests.site import call_builders as c
from tests.site.call_builders import COLLEAGUE, CYCLE, DIRECTOR, LINE, MANAGER, OPERATIONS, RULE
from tests.site.kam_builders import make_account


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with c.lasting_people():
		yield


@pytest.fixture
def rules():
	"""Visits a month and phone calls a quarter; nothing else counts."""
	visit = c.make_rule("Test Visits", calls=12, duration=60, monday=1)
	phone = c.make_rule("Test Phone", method="Phone", calls=1, per="Quarter", duration=15)
	c.only_rules(visit.name, phone.name)
	return visit, phone


def make_territory(name="Calls North"):
	return b.ensure_territory(name)


def make_address(customer, pincode, **fields):
	return frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": customer,
			"address_type": "Shipping",
			"address_line1": "1 Test Street",
			"city": "Testville",
			"country": "United States",
			"pincode": pincode,
			"links": [{"link_doctype": "Customer", "link_name": customer}],
			**fields,
		}
	).insert()


def make_world(count=3, territory="Calls North", user=MANAGER, **fields):
	"""A cycle of a territory with some customers."""
	node = make_territory(territory)
	customers = [b.make_customer(f"Called {territory} {number}", node).name for number in range(count)]
	return c.make_cycle(user, territory=node, **fields), customers


def rows(cycle):
	return {(row.customer, row.method): row for row in c.lines_of(cycle)}


def texts(messages):
	return " ".join(row["text"] if isinstance(row, dict) else row for row in messages)


# ---------------------------------------------------------------- rules


def test_shipped_rules_follow_talley_and_stay_deleted():
	shipped = {row[0] for row in call_rules.RULES}
	assert shipped <= set(frappe.get_all(RULE, pluck="name"))
	visits = {
		row.abc_class: (row.calls, row.per)
		for row in frappe.get_all(
			RULE, {"method": "Visit", "name": ("in", shipped)}, ["abc_class", "calls", "per"]
		)
	}
	assert visits == {"A": (12, "Year"), "B": (6, "Year"), "C": (2, "Year")}
	joint = frappe.get_doc(RULE, "Joint Visits to the Largest Key Accounts")
	assert (joint.level, joint.calls, joint.per) == ("Global", 1, "Quarter")
	frappe.delete_doc(RULE, "Visits to C Customers", force=True)
	frappe.db.set_value(RULE, "Visits to B Customers", "calls", 5)
	call_rules.apply()
	assert not frappe.db.exists(RULE, "Visits to C Customers")
	assert frappe.db.get_value(RULE, "Visits to B Customers", "calls") == 5


@pytest.mark.parametrize(
	("fields", "text"),
	[
		({"calls": -1}, "Calls"),
		({"calls": 5000}, "Calls must lie between"),
		({"duration": 0}, "Duration"),
		({"duration": 2000}, "Duration"),
		({"potential_from": 100, "potential_to": 50}, "Potential Below"),
	],
)
def test_a_rule_that_cannot_hold_is_refused(fields, text):
	with pytest.raises(frappe.ValidationError, match=text):
		c.make_rule(**{"calls": 3, **fields})


def test_trees_of_a_rule_hold_what_lies_below():
	north = b.ensure_territory("Calls North", is_group=True)
	b.ensure_territory("Calls North East", north)
	c.only_rules(c.make_rule(territory=north).name)
	assert enabled_rules()[0].territories == {"Calls North", "Calls North East"}


# ---------------------------------------------------------------- customers of a person


def test_customers_of_a_territory_and_of_those_below():
	north = b.ensure_territory("Calls North", is_group=True)
	east = b.ensure_territory("Calls North East", north)
	here, below = b.make_customer("Called Here", north).name, b.make_customer("Called Below", east).name
	b.make_customer("Called Elsewhere")
	b.make_customer("Called Disabled", east, disabled=1)
	cycle = c.make_cycle(MANAGER, territory=north)
	assert {row.customer for row in call_customers.customers_of(cycle)} == {here, below}


def test_customers_of_a_sales_person_by_team_and_by_territory():
	person = b.ensure_sales_person("Calls Seller")
	managed = b.ensure_territory("Calls Managed")
	frappe.db.set_value("Territory", managed, "territory_manager", person)
	team = b.make_customer(
		"Called by Team", sales_team=[{"sales_person": person, "allocated_percentage": 100}]
	).name
	place = b.make_customer("Called by Place", managed).name
	b.make_customer("Called by Nobody")
	cycle = c.make_cycle(MANAGER, sales_person=person)
	assert {row.customer for row in call_customers.customers_of(cycle)} == {team, place}
	both = c.make_cycle(COLLEAGUE, sales_person=person, territory=managed)
	assert {row.customer for row in call_customers.customers_of(both)} == {place}


def test_without_territory_and_sales_person_those_of_accounts_and_account_manager():
	own, team, other, managed = (
		b.make_customer(f"Called {name}").name for name in ("Own", "Team", "Other", "Managed")
	)
	account = make_account("Called Own", [own], key_account_manager=MANAGER)
	make_account("Called Below", [team], parent=account.name)
	make_account("Called Other", [other], key_account_director=MANAGER)
	frappe.db.set_value("Customer", managed, "account_manager", MANAGER)
	cycle = c.make_cycle(MANAGER)
	found = {row.customer: row for row in call_customers.customers_of(cycle)}
	assert set(found) == {own, team, managed}
	assert found[own].key_account == account.name and found[own].level == "National"
	assert found[managed].key_account is None and not found[managed].is_key_account


def test_customers_the_person_may_not_see_are_left_out():
	cycle, customers = make_world(2)
	b.allow_only(MANAGER, "Customer", customers[0])
	assert [row.customer for row in call_customers.customers_of(cycle)] == [customers[0]]


def test_class_of_sales_of_the_whole_company():
	cycle, (large, middle, none) = make_world(3)
	day = add_days(nowdate(), -30)
	for customer, rate in ((large, 8000), (middle, 1500)):
		b.make_invoice(customer, [(b.ensure_service_item(), 1, rate)], posting_date=str(day))
	found = {row.customer: row.abc_class for row in call_customers.customers_of(cycle)}
	whole = call_customers.abc_classes(b.COMPANY)
	assert {name: whole.get(name) for name in found} == found
	assert found[large] and found[none] is None
	# the same class for somebody who sees one customer only
	b.allow_only(MANAGER, "Customer", middle)
	assert {row.customer: row.abc_class for row in call_customers.customers_of(cycle)} == {
		middle: found[middle]
	}


def test_area_of_territory_and_postal_code():
	cycle, (first, second, third) = make_world(3)
	make_address(first, "97201")
	make_address(second, "97999", address_type="Billing")
	found = {row.customer: row for row in call_customers.customers_of(cycle)}
	assert found[first].area == found[second].area == "Calls North 97"
	assert found[first].postal_code == "97201"
	assert (found[third].area, found[third].postal_code) == ("", None)
	settings = frappe.get_single("KAM Settings")
	settings.area_digits = 0
	settings.save()
	found = {row.customer: row for row in call_customers.customers_of(cycle)}
	assert found[third].area == "Calls North"


def test_potential_of_the_customer_and_of_wallets():
	cycle, (first, second, third) = make_world(3)
	frappe.db.set_value("Customer", first, "kam_potential", 4000)
	account = make_account("Called for Wallets", [second], key_account_manager=MANAGER)
	frappe.get_doc(
		{
			"doctype": "Key Account Wallet",
			"key_account": account.name,
			"customer": second,
			"item_group": "All Item Groups",
			"company": b.COMPANY,
			"year": getdate().year,
			"wallet": 9000,
			"wallet_known": 1,
			"source": "Asked the buyer",
		}
	).insert()
	found = {row.customer: row.potential for row in call_customers.customers_of(cycle)}
	assert found == {first: 4000, second: 9000, third: None}


def test_last_calls_of_anybody_and_calls_before_the_cycle():
	cycle, (first, *_rest) = make_world(1)
	made = c.make_call(first, COLLEAGUE, add_days(nowdate(), -10))
	frappe.db.set_value("Customer Call", made.name, {"status": "Made", "made_on": add_days(nowdate(), -9)})
	c.make_call(first, MANAGER, nowdate(), method="Phone")
	row = call_customers.customers_of(cycle)[0]
	assert row.last_calls == {"Visit": getdate(add_days(nowdate(), -9))}
	assert row.next_calls == {"Phone": getdate()}


# ---------------------------------------------------------------- proposal


def test_a_proposal_follows_rules_and_length(rules):
	visit, phone = rules
	cycle, customers = make_world(2)
	result = proposal.propose(cycle)
	assert (result["added"], result["customers"]) == (4, 2)
	found = rows(cycle)
	line = found[(customers[0], "Visit")]
	# 13 weeks of 12 visits a year, never called before: three
	assert (line.proposed_calls, line.calls, line.duration, line.rule) == (3, 3, 60, visit.name)
	assert line.preferred_days == "Monday" and line.status == "Active"
	assert round(line.interval_days, 1) == 30.4
	assert (found[(customers[0], "Phone")].calls, found[(customers[0], "Phone")].rule) == (1, phone.name)
	stored = c.reload_cycle(cycle)
	assert (stored.customers, stored.calls, stored.required_hours) == (2, 8, 6.5)


def test_proposing_again_changes_nothing_and_keeps_what_people_decided(rules):
	cycle, customers = make_world(3)
	proposal.propose(cycle)
	before = {row.name: row.modified for row in c.lines_of(cycle)}
	again = proposal.propose(cycle)
	assert (again["added"], again["updated"], again["removed"]) == (0, 0, 0)
	assert {row.name: row.modified for row in c.lines_of(cycle)} == before
	found = rows(cycle)
	line = frappe.get_doc(LINE, found[(customers[0], "Visit")].name)
	line.update({"calls": 5, "override_reason": "New plant"})
	line.save()
	frappe.db.set_value(LINE, found[(customers[1], "Visit")].name, "status", "Removed")
	frappe.db.set_value(RULE, "Test Visits", "calls", 24)
	frappe.clear_document_cache(RULE, "Test Visits")
	result = proposal.propose(cycle)
	found = rows(cycle)
	changed = found[(customers[0], "Visit")]
	assert (changed.calls, changed.proposed_calls, changed.override_reason) == (5, 6, "New plant")
	assert found[(customers[1], "Visit")].status == "Removed"
	assert found[(customers[2], "Visit")].calls == 6
	assert result["updated"] == 3


def test_lines_the_rules_no_longer_propose_go_unless_somebody_touched_them(rules):
	cycle, customers = make_world(2)
	proposal.propose(cycle)
	line = frappe.get_doc(LINE, rows(cycle)[(customers[0], "Phone")].name)
	line.update({"calls": 2, "override_reason": "Asked for it"})
	line.save()
	c.only_rules("Test Visits")
	assert proposal.propose(cycle)["removed"] == 1
	found = rows(cycle)
	assert set(found) == {(customers[0], "Visit"), (customers[1], "Visit"), (customers[0], "Phone")}
	kept = found[(customers[0], "Phone")]
	assert (kept.proposed_calls, kept.calls, kept.rule) == (0, 2, None)


def test_a_call_made_lately_leaves_less_to_do(rules):
	cycle, (customer,) = make_world(1)
	call = c.make_call(customer, MANAGER, nowdate())
	frappe.db.set_value("Customer Call", call.name, {"status": "Made", "made_on": nowdate()})
	proposal.propose(cycle)
	line = rows(cycle)[(customer, "Visit")]
	assert line.last_call == getdate()
	assert line.proposed_calls <= 3


def test_customers_without_area_or_calls_are_named(rules):
	cycle, customers = make_world(7)
	make_address(customers[0], "97201")
	c.only_rules("Test Visits")
	frappe.db.set_value(RULE, "Test Visits", "abc_class", "A")
	frappe.clear_document_cache(RULE, "Test Visits")
	text = texts(proposal.propose(cycle)["messages"])
	assert "No call falls due for 7 of 7 customers" in text and "and 2 more" in text
	assert "6 customers have no postal code" in text


def test_nobody_found_says_where_to_look(rules):
	cycle = c.make_cycle(MANAGER, territory=make_territory("Calls Empty"))
	assert "No customer was found for territory Calls Empty" in texts(proposal.propose(cycle)["messages"])
	alone = c.make_cycle(COLLEAGUE)
	assert "nor account manager of a customer" in texts(proposal.propose(alone)["messages"])


def test_without_rules_nothing_is_proposed():
	c.only_rules()
	cycle, _customers = make_world(1)
	with pytest.raises(frappe.ValidationError, match="No Call Frequency Rule is enabled"):
		proposal.propose(cycle)


# ---------------------------------------------------------------- lines


def test_an_override_needs_a_reason(rules):
	cycle, customers = make_world(1)
	proposal.propose(cycle)
	line = frappe.get_doc(LINE, rows(cycle)[(customers[0], "Visit")].name)
	line.calls = 1
	with pytest.raises(frappe.ValidationError, match="need a reason"):
		line.save()
	line = frappe.get_doc(LINE, line.name)
	line.update({"calls": 1, "override_reason": "Asked for fewer"})
	line.save()
	assert round(line.interval_days) == 91


@pytest.mark.parametrize(
	("fields", "text"),
	[
		({"calls": 2000}, "Calls must lie between"),
		({"duration": 5000}, "Duration"),
		({"from_date": "2001-01-01"}, "must be a day of the cycle"),
		({"paused_from": "2030-02-02", "paused_to": "2030-02-01"}, "lies before Paused From"),
		({"status": "Handed Over"}, "choose the colleague"),
		({"calls": 2, "proposed_calls": 3}, "need a reason"),
	],
)
def test_a_line_that_cannot_hold_is_refused(fields, text):
	cycle, customers = make_world(1)
	with pytest.raises(frappe.ValidationError, match=text):
		c.make_line(cycle, customers[0], **fields)


def test_a_customer_stands_once_with_each_method_and_stays():
	cycle, customers = make_world(2)
	line = c.make_line(cycle, customers[0])
	with pytest.raises(frappe.DuplicateEntryError):
		c.make_line(cycle, customers[0])
	line.customer = customers[1]
	with pytest.raises(frappe.ValidationError, match="cannot be changed"):
		line.save()


def test_a_contact_of_another_customer_is_refused():
	cycle, customers = make_world(2)
	contact = frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": "Ann",
			"links": [{"link_doctype": "Customer", "link_name": customers[1]}],
		}
	).insert()
	with pytest.raises(frappe.ValidationError, match="is no contact of"):
		c.make_line(cycle, customers[0], contact=contact.name)
	c.make_line(cycle, customers[1], contact=contact.name)


def test_customers_the_person_cannot_see_cannot_be_added():
	cycle, customers = make_world(2)
	b.allow_only(MANAGER, "Customer", customers[0])
	with pytest.raises(frappe.ValidationError, match="cannot be called on"):
		c.make_line(cycle, customers[1])


def test_only_who_may_write_the_cycle_changes_its_lines(as_user):
	cycle, customers = make_world(2, user=COLLEAGUE)
	line = c.make_line(cycle, customers[0])
	with as_user(MANAGER):
		line = frappe.get_doc(LINE, line.name)
		line.update({"calls": 1, "override_reason": "Mine"})
		with pytest.raises(frappe.PermissionError):
			line.save()
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc(
				{
					"doctype": LINE,
					"cycle": cycle.name,
					"customer": customers[1],
					"method": "Visit",
					"calls": 1,
					"override_reason": "Mine",
				}
			).insert()


# ---------------------------------------------------------------- cycle


@pytest.mark.parametrize(
	("fields", "text"),
	[
		({"from_date": "2030-02-02", "to_date": "2030-02-01"}, "lies before From"),
		({"from_date": "2030-01-01", "to_date": "2033-01-01"}, "at most two years"),
		({"calls_per_day": -1}, "Calls per Day"),
		({"hours_per_day": 30}, "Hours per Day"),
		({"travel_share": 60, "office_share": 40}, "leave no time for calls"),
		({"travel_share": -5}, "cannot be negative"),
		(
			{f"works_{day}": 0 for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
			"Days Worked",
		),
		({"absences": [{"from_date": "2030-02-02", "to_date": "2030-02-01"}]}, "Absences, line 1"),
	],
)
def test_a_cycle_that_cannot_hold_is_refused(fields, text):
	with pytest.raises(frappe.ValidationError, match=text):
		c.make_cycle(MANAGER, **fields)


def test_a_new_cycle_starts_with_the_settings_and_a_title():
	settings = frappe.get_single("KAM Settings")
	settings.update({"calls_per_day": 7, "call_hours": 6, "call_travel_share": 30, "call_office_share": 10})
	settings.save()
	cycle = frappe.get_doc(
		{
			"doctype": CYCLE,
			"user": MANAGER,
			"company": b.ensure_company() or b.COMPANY,
			"from_date": "2030-01-07",
			"to_date": "2030-01-20",
		}
	).insert()
	assert (cycle.calls_per_day, cycle.hours_per_day, cycle.travel_share, cycle.office_share) == (
		7,
		6,
		30,
		10,
	)
	assert "Calls Manager" in cycle.title
	cycle.to_date = "2030-02-03"
	cycle.save()
	assert "2030" in cycle.title and cycle.title.endswith(frappe.utils.formatdate("2030-02-03"))
	cycle.title = "First weeks"
	cycle.to_date = "2030-01-27"
	cycle.save()
	assert cycle.title == "First weeks"


def test_a_client_cannot_write_figures_or_authors(as_user):
	with as_user(MANAGER):
		cycle = c.make_cycle(MANAGER)
		cycle.update(
			{"calls": 99, "load": 3, "sent_by": DIRECTOR, "approved_by": DIRECTOR, "owner": DIRECTOR}
		)
		cycle.status = "Approved"
		cycle.save()
	stored = c.reload_cycle(cycle)
	assert (stored.calls, stored.load, stored.sent_by, stored.approved_by) == (0, 0, None, None)
	assert (stored.owner, stored.status, stored.docstatus) == (MANAGER, "Draft", 0)


# ---------------------------------------------------------------- workload


def test_workload_of_the_whole_cycle(rules):
	cycle, _customers = make_world(4)
	proposal.propose(cycle)
	found = workload.totals(c.reload_cycle(cycle))
	# 65 working days of 4 hours; 4 customers with 3 visits of an hour and a phone call of 15 minutes
	assert (found.days, found.load.possible_calls, found.load.possible_minutes) == (65, 325, 65 * 240)
	assert (found.load.calls, found.load.minutes) == (16, 780)
	assert found.fits


def test_part_time_holidays_and_absences_leave_less_time():
	monday = c.next_monday()
	holidays = c.ensure_holiday_list("Calls One Holiday", [monday])
	cycle = c.make_cycle(
		MANAGER,
		from_date=monday,
		to_date=add_days(monday, 13),
		holiday_list=holidays.name,
		works_friday=0,
		absences=[{"from_date": add_days(monday, 8), "to_date": add_days(monday, 9), "reason": "Fair"}],
	)
	assert (cycle.working_days, cycle.capacity_calls) == (5, 25)


def test_what_does_not_fit_is_named_with_its_size():
	monday = c.next_monday()
	cycle, customers = make_world(1, from_date=monday, to_date=add_days(monday, 4), calls_per_day=2)
	c.make_line(cycle, customers[0], calls=14, proposed_calls=14, duration=120)
	cycle = c.reload_cycle(cycle)
	found = workload.workload(cycle)
	text = texts(found["messages"])
	assert not found["fits"]
	assert "14 calls are 4 more than the 10 possible on 5 working days with at most 2 a day" in text
	assert "28.0 hours, 8.0 more than the 20.0" in text and "What helps" in text
	assert found["totals"]["load"] == 140
	# the week shows it as well, although no day takes more than it may
	assert [(row["required"], row["possible"], row["state"]) for row in found["weeks"]] == [(14, 10, "over")]


def test_load_by_week_says_where_time_is_left(rules):
	monday = c.next_monday()
	cycle, _customers = make_world(1, from_date=monday, to_date=add_days(monday, 20), calls_per_day=1)
	cycle.append("absences", {"from_date": add_days(monday, 7), "to_date": add_days(monday, 13)})
	cycle.save()
	for number in range(4):
		c.make_line(cycle, b.make_customer(f"Called {number}", cycle.territory).name, calls=2)
	found = workload.workload(c.reload_cycle(cycle))
	weeks = found["weeks"]
	assert [(row["first"], row["possible"]) for row in weeks] == [
		(getdate(monday), 5),
		(getdate(add_days(monday, 7)), 0),
		(getdate(add_days(monday, 14)), 5),
	]
	assert weeks[1]["state"] == "free"
	assert sum(row["required"] for row in weeks) == 8 and found["fits"]
	for unit, number in (("Day", 10), ("Month", None)):
		cycle = c.reload_cycle(cycle)
		cycle.unit = unit
		cycle.save()
		spans = workload.workload(cycle)["weeks"]
		assert sum(row["required"] for row in spans) == 8
		assert number is None or len(spans) == number


def test_no_working_day_is_no_load_of_zero():
	monday = c.next_monday()
	cycle, customers = make_world(
		1, from_date=monday, to_date=monday, absences=[{"from_date": monday, "to_date": monday}]
	)
	c.make_line(cycle, customers[0], calls=1)
	cycle = c.reload_cycle(cycle)
	assert (cycle.load, cycle.load_known, cycle.calls) == (0, 0, 1)
	assert "None of the 1 calls" in texts(workload.workload(cycle)["messages"])


# ---------------------------------------------------------------- approval


def prepared(by=MANAGER, user=MANAGER, **fields):
	node = make_territory()
	customers = [b.make_customer(f"Called {number}", node).name for number in range(2)]
	cycle = c.make_cycle(user, by=by, territory=node, **fields)
	for customer in customers:
		c.make_line(cycle, customer, calls=2)
	return c.reload_cycle(cycle)


def test_a_manager_prepares_and_the_director_approves():
	cycle = c.press_cycle(prepared(), "Send to Review", MANAGER)
	assert (cycle.status, cycle.sent_by) == ("In Review", MANAGER)
	todo = frappe.get_all("ToDo", {"reference_name": cycle.name, "status": "Open"}, pluck="allocated_to")
	assert DIRECTOR in todo and MANAGER not in todo
	cycle = c.press_cycle(cycle, "Approve", DIRECTOR)
	assert (cycle.status, cycle.docstatus, cycle.approved_by) == ("Approved", 1, DIRECTOR)
	assert not frappe.get_all("ToDo", {"reference_name": cycle.name, "status": "Open"})


@pytest.mark.parametrize(("by", "user"), [(DIRECTOR, MANAGER), (MANAGER, DIRECTOR)])
def test_nobody_approves_what_he_made_or_what_is_his(by, user, as_user):
	cycle = c.press_cycle(prepared(by, user), "Send to Review", by)
	with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
		c.press_cycle(cycle, "Approve", DIRECTOR)
	with as_user(DIRECTOR), pytest.raises((frappe.PermissionError, frappe.ValidationError)):
		c.reload_cycle(cycle).submit()
	assert c.press_cycle(cycle, "Approve", OPERATIONS).docstatus == 1


def test_a_draft_cannot_be_submitted_past_the_review(as_user):
	cycle = prepared()
	with as_user(DIRECTOR), pytest.raises(frappe.ValidationError):
		cycle = c.reload_cycle(cycle)
		cycle.submit()


def test_without_calls_nothing_goes_to_review():
	with pytest.raises(frappe.ValidationError, match="holds no calls"):
		c.press_cycle(c.make_cycle(MANAGER, by=MANAGER), "Send to Review", MANAGER)


def test_more_than_possible_needs_a_reason(as_user):
	monday = c.next_monday()
	cycle = prepared(from_date=monday, to_date=add_days(monday, 1), calls_per_day=1)
	with pytest.raises(frappe.ValidationError, match="4 calls are 2 more"):
		c.press_cycle(cycle, "Send to Review", MANAGER)
	with as_user(MANAGER):
		cycle = c.reload_cycle(cycle)
		cycle.overload_reason = "A colleague helps out"
		cycle.save()
	assert c.press_cycle(cycle, "Send to Review", MANAGER).status == "In Review"


def test_in_review_nothing_changes_and_the_sender_recalls(as_user):
	cycle = c.press_cycle(prepared(), "Send to Review", MANAGER)
	line = c.lines_of(cycle)[0].name
	with as_user(DIRECTOR):
		changed = c.reload_cycle(cycle)
		changed.calls_per_day = 9
		with pytest.raises(frappe.ValidationError, match="in review and cannot be changed"):
			changed.save()
		row = frappe.get_doc(LINE, line)
		row.update({"calls": 1, "override_reason": "Less"})
		with pytest.raises(frappe.ValidationError, match="cannot be changed now"):
			row.save()
		with pytest.raises(frappe.ValidationError, match="in a draft only"):
			proposal.propose(c.reload_cycle(cycle))
	assert c.press_cycle(cycle, "Recall", MANAGER).status == "Draft"


def test_a_rejection_needs_a_reason_and_is_mended(as_user):
	cycle = c.press_cycle(prepared(), "Send to Review", MANAGER)
	with pytest.raises(frappe.ValidationError, match="Reason for Rejection"):
		c.press_cycle(cycle, "Reject", DIRECTOR)
	with as_user(DIRECTOR):
		cycle = c.reload_cycle(cycle)
		cycle.rejection_reason = "Too few visits to the north"
		cycle.save()
	cycle = c.press_cycle(cycle, "Reject", DIRECTOR)
	assert (cycle.status, cycle.rejection_reason) == ("Rejected", "Too few visits to the north")
	cycle = c.press_cycle(cycle, "Revise", MANAGER)
	assert c.press_cycle(cycle, "Send to Review", MANAGER).rejection_reason is None


def test_two_cycles_of_a_person_do_not_hold_the_same_calls():
	cycle = prepared()
	customers = [row.customer for row in c.lines_of(cycle)]
	c.approve_cycle(cycle, DIRECTOR)
	again = c.make_cycle(MANAGER, by=MANAGER, from_date=cycle.to_date)
	line = c.make_line(again, customers[0], calls=1)
	with pytest.raises(frappe.ValidationError, match="another approved cycle"):
		c.press_cycle(again, "Send to Review", MANAGER)
	line.status = "Removed"
	line.save()
	c.make_line(again, customers[0], method="Phone", calls=1)
	assert c.approve_cycle(again, DIRECTOR).docstatus == 1
	# a day later there is nothing in common
	later = c.make_cycle(MANAGER, by=MANAGER, from_date=add_days(again.to_date, 1))
	c.make_line(later, customers[0], calls=1)
	assert c.approve_cycle(later, DIRECTOR).docstatus == 1


def test_drafts_are_deleted_with_their_lines_and_others_stay(as_user):
	cycle = prepared()
	c.press_cycle(cycle, "Send to Review", MANAGER)
	with as_user(DIRECTOR), pytest.raises(frappe.ValidationError, match="stays as history"):
		frappe.delete_doc(CYCLE, cycle.name)
	cycle = c.press_cycle(cycle, "Recall", MANAGER)
	with as_user(DIRECTOR):
		frappe.delete_doc(CYCLE, cycle.name)
	assert not frappe.db.exists(LINE, {"cycle": cycle.name})


def test_a_cancelled_cycle_is_replaced_with_its_lines(as_user):
	cycle = c.approve_cycle(prepared(), DIRECTOR)
	cycle = c.press_cycle(cycle, "Cancel Cycle", DIRECTOR)
	assert (cycle.docstatus, cycle.status) == (2, "Cancelled")
	with as_user(MANAGER):
		copy = frappe.copy_doc(cycle)
		copy.update({"amended_from": cycle.name, "docstatus": 0, "workflow_state": "Draft"})
		copy.insert()
	assert copy.status == "Draft"
	assert [(row.customer, row.calls) for row in c.lines_of(copy)] == [
		(row.customer, row.calls) for row in c.lines_of(cycle)
	]


# ---------------------------------------------------------------- endpoints


def test_lines_are_searched_filtered_and_paged(rules, as_user):
	cycle, customers = make_world(5)
	make_address(customers[4], "97201")
	with as_user(MANAGER):
		call_cycles.propose(cycle.name)
		page = call_cycles.lines(cycle.name, page_length=4)
		assert (len(page["rows"]), page["total"], page["calls"]) == (4, 10, 20)
		rest = call_cycles.lines(cycle.name, page_length=4, start=8)
		assert len(rest["rows"]) == 2
		assert {row.name for row in page["rows"]}.isdisjoint(row.name for row in rest["rows"])
		assert call_cycles.lines(cycle.name, search="calls north 97")["total"] == 2
		assert call_cycles.lines(cycle.name, search="100%")["total"] == 0
		assert call_cycles.lines(cycle.name, method="Phone")["total"] == 5
		numbers = [row.calls for row in call_cycles.lines(cycle.name, order="calls", descending=True)["rows"]]
		assert numbers == sorted(numbers, reverse=True)
		line = page["rows"][0]
		answer = call_cycles.override(line.name, 4, "Grows fast")
		assert "4 calls" in answer["message"]
		assert [row.name for row in call_cycles.lines(cycle.name, shown="Overridden")["rows"]] == [line.name]
		found = call_cycles.overview(cycle.name)
		assert (found["lines"]["Overridden"], found["may_propose"], found["fits"]) == (1, True, True)
		with pytest.raises(frappe.ValidationError, match="need a reason"):
			call_cycles.override(line.name, 9)


def test_endpoints_ask_for_the_right_to_the_cycle(rules, as_user):
	cycle, customers = make_world(2, user=COLLEAGUE)
	line = c.make_line(cycle, customers[0])
	for user in (MANAGER, "Guest"):
		with as_user(user):
			for ask in (
				lambda: call_cycles.overview(cycle.name),
				lambda: call_cycles.load(cycle.name),
				lambda: call_cycles.lines(cycle.name),
				lambda: call_cycles.propose(cycle.name),
				lambda: call_cycles.proposed(cycle.name, customers[0]),
				lambda: call_cycles.override(line.name, 1, "Mine"),
			):
				with pytest.raises(frappe.PermissionError):
					ask()
	with as_user(c.READER):
		assert call_cycles.lines(cycle.name)["total"] == 1
		assert not call_cycles.overview(cycle.name)["may_change"]
		with pytest.raises(frappe.PermissionError):
			call_cycles.propose(cycle.name)


def test_lines_of_customers_the_reader_may_not_see_stay_hidden(as_user):
	cycle, customers = make_world(2)
	for customer in customers:
		c.make_line(cycle, customer)
	b.allow_only(DIRECTOR, "Customer", customers[0])
	with as_user(DIRECTOR):
		page = call_cycles.lines(cycle.name)
		assert [row.customer for row in page["rows"]] == [customers[0]]
		assert (page["total"], page["calls"]) == (1, 3)
		assert call_cycles.overview(cycle.name)["lines"]["Active"] == 1


def test_what_the_rules_propose_for_one_customer(rules, as_user):
	cycle, _customers = make_world(1)
	other = b.make_customer("Called by Request").name
	with as_user(MANAGER):
		found = {row["method"]: row["calls"] for row in call_cycles.proposed(cycle.name, other)}
	assert found == {"Visit": 3, "Phone": 1}


def test_holiday_lists_can_be_chosen_without_the_right_to_open_them(as_user):
	name = c.ensure_holiday_list("Calls Choice").name
	with as_user(MANAGER):
		rows = call_cycles.holiday_lists("Holiday List", "Calls Choice", "name", 0, 10, None)
		assert [row[0] for row in rows] == [name]
	with as_user(c.READER), pytest.raises(frappe.PermissionError):
		call_cycles.holiday_lists("Holiday List", "", "name", 0, 10, None)


def test_a_running_cycle_shows_its_calls(as_user):
	cycle = c.approve_cycle(prepared(), DIRECTOR)
	with as_user(MANAGER):
		found = call_cycles.overview(cycle.name)
		assert found["calls"] == {"planned": 4, "made": 0, "missed": 0, "cancelled": 0}
		rows = call_cycles.lines(cycle.name)["rows"]
		assert {(row.planned, row.made) for row in rows} == {(2, 0)}
		assert all(row.next_call >= cycle.from_date for row in rows)
		weeks = call_cycles.load(cycle.name)["weeks"]
		assert sum(row["required"] for row in weeks) == 4
