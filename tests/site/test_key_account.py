"""Key accounts: one account per customer, the tree, the history, the mark on the Customer, and the live figures."""

import frappe
import pytest
from frappe.desk.notifications import get_open_count
from frappe.utils import add_days, add_years, nowdate

from kam_erpnext.api import key_account as api
from kam_erpnext.kam_erpnext.doctype.key_account.key_account import account_of
from kam_erpnext.kam_erpnext.doctype.key_account_customer.key_account_customer import CustomerTakenError
from kam_erpnext.kam_erpnext.doctype.key_account_selection.apply import (
	SelectionNotReadyError,
	apply_selection,
)
from tests.site import builders as b
from tests.site.kam_builders import Session, make_account, make_criteria, wait_until_blocked


@pytest.fixture
def first():
	return b.make_customer("First Clinic").name


@pytest.fixture
def second():
	return b.make_customer("Second Clinic").name


def figures_of(account, company=None):
	return api.profile(account, company)["sales"]


def reload(account):
	return frappe.get_doc("Key Account", account.name)


def mark_of(customer):
	return frappe.db.get_value("Customer", customer, "kam_key_account")


def customers_of(account):
	return [row.customer for row in reload(account).customers]


# ---------------------------------------------------------------- one account per customer


def test_a_customer_of_another_account_is_refused_with_both_names(first):
	there = make_account("Holder", [first])
	with pytest.raises(CustomerTakenError) as refused:
		make_account("Latecomer", [first])
	assert first in str(refused.value)
	assert there.name in str(refused.value)
	assert "one key account only" in str(refused.value)


def test_adding_a_taken_customer_to_an_existing_account_changes_nothing(first, second):
	make_account("Holder", [first])
	other = make_account("Other", [second])
	other.append("customers", {"customer": first})
	with pytest.raises(CustomerTakenError):
		other.save()
	assert customers_of(other) == [second]


def test_a_customer_listed_twice_is_refused_with_the_line(first, second):
	with pytest.raises(frappe.ValidationError, match=r"Customers, line 3: .* is listed twice"):
		make_account("Doubled", [first, second, first])


def test_the_database_itself_refuses_a_second_membership(first):
	"""What stops two people who save at the same moment."""
	make_account("Holder", [first])
	other = make_account("Other")
	row = other.append("customers", {"customer": first})
	row.parent, row.parenttype, row.parentfield = other.name, "Key Account", "customers"
	with pytest.raises(CustomerTakenError, match="already belongs to another key account"):
		row.db_insert()


def test_a_row_may_be_replaced_by_one_with_the_same_customer(first, second):
	"""As an import or the REST interface send rows: without the names of the rows that are there."""
	account = make_account("Replaced", [first, second])
	account.set("customers", [{"customer": second}, {"customer": first}])
	account.save()
	assert customers_of(account) == [second, first]


@pytest.mark.commits
def test_of_two_people_saving_at_once_exactly_one_wins(cleanup):
	customer = cleanup.later(b.make_customer("Contested Clinic")).name
	accounts = [cleanup.later(make_account(name)) for name in ("Contest One", "Contest Two")]
	frappe.db.commit()

	def take(account):
		document = frappe.get_doc("Key Account", account.name)
		document.append("customers", {"customer": customer})
		return document.save()

	winner = Session(lambda: take(accounts[0]), hold=True)
	winner.start()
	winner.done.wait(60)
	loser = Session(lambda: take(accounts[1]))
	loser.start()
	wait_until_blocked()  # it has passed the check of the form and waits in the database
	assert winner.finish() is None
	assert isinstance(loser.finish(), CustomerTakenError)
	assert "already belongs to another key account" in str(loser.error)

	frappe.db.rollback()
	assert customers_of(accounts[0]) == [customer]
	assert customers_of(accounts[1]) == []
	assert mark_of(customer) == accounts[0].name


@pytest.mark.commits
def test_of_two_new_accounts_made_at_once_exactly_one_gets_the_customer(cleanup):
	customer = cleanup.later(b.make_customer("Contested New Clinic")).name
	frappe.db.commit()
	sessions = [Session(lambda name=name: make_account(name, [customer])) for name in ("New One", "New Two")]
	for session in sessions:
		session.start()
	errors = [session.finish() for session in sessions]
	frappe.db.rollback()
	made = [cleanup.later(session.result) for session in sessions if session.error is None]
	assert len(made) == 1
	assert [type(error) for error in errors if error] == [CustomerTakenError]
	assert account_of(customer) == made[0].name
	assert frappe.db.count("Key Account", {"account_name": ("in", ("New One", "New Two"))}) == 1


# ---------------------------------------------------------------- tree


def test_an_account_cannot_roll_up_to_a_lower_level():
	region = make_account("Region", level="Regional")
	with pytest.raises(frappe.ValidationError) as refused:
		make_account("Nation", parent=region.name, level="National")
	assert "Nation is a National account and cannot roll up to Region, which is only Regional" in str(
		refused.value
	)


def test_same_and_higher_levels_may_stand_above():
	top = make_account("World", level="Global")
	same = make_account("World Two", parent=top.name, level="Global")
	make_account("City", parent=same.name, level="Territory")


def test_an_account_with_higher_ones_below_cannot_be_lowered():
	top = make_account("World", level="Global")
	make_account("Nation", parent=top.name, level="National")
	top.reload()
	top.update({"level": "Regional", "change_reason": "smaller now"})
	with pytest.raises(
		frappe.ValidationError, match="Nation is a National account and cannot roll up to World"
	):
		top.save()


def approve_levels(decisions):
	"""Applies a selection whose lines give accounts a level: {account: new level}."""
	selection = frappe.get_doc(
		{
			"doctype": "Key Account Selection",
			"title": "Levels",
			"criteria": make_criteria().name,
			"company": b.COMPANY,
			"period_window": "Rolling 12 Months",
			"as_of": nowdate(),
		}
	).insert()
	for rank, (account, level) in enumerate(decisions.items(), 1):
		frappe.get_doc(
			{
				"doctype": "Key Account Selection Line",
				"selection": selection.name,
				"rank": rank,
				"key_account": account.name,
				"customer_name": account.account_name,
				"status_before": account.status,
				"level": account.level,
				"proposal": "Promote",
				"decision": "Accept",
				"decided_outcome": "Promote",
				"decided_status": "Active",
				"decided_level": level,
				"reason": "the score rose",
				"measures": "{}",
			}
		).insert()
	apply_selection(selection)


def test_a_selection_may_raise_parent_and_child_together_in_any_order():
	top = make_account("Rising", level="National")
	low = make_account("Rising Branch", parent=top.name, level="Regional")
	approve_levels({low: "Global", top: "Global"})
	assert (reload(top).level, reload(low).level) == ("Global", "Global")
	assert reload(low).membership_history[-1].reason == "the score rose"


def test_a_selection_may_lower_parent_and_child_together_in_any_order():
	top = make_account("Sinking", level="Global")
	low = make_account("Sinking Branch", parent=top.name, level="National")
	approve_levels({top: "Regional", low: "Territory"})
	assert (reload(top).level, reload(low).level) == ("Regional", "Territory")


@pytest.mark.parametrize("low_level, top_level", [("Global", None), (None, "Territory")])
def test_a_selection_does_not_put_an_account_above_its_parent(low_level, top_level):
	top = make_account("Staying", level="National")
	low = make_account("Staying Branch", parent=top.name, level="Regional")
	levels = {low: low_level, top: top_level}
	with pytest.raises(SelectionNotReadyError, match=r"Staying Branch would be .* and roll up to Staying"):
		approve_levels({account: level for account, level in levels.items() if level})
	assert (reload(top).level, reload(low).level) == ("National", "Regional")


def test_an_account_without_a_level_is_refused():
	top = make_account("World", level="Global")
	with pytest.raises(frappe.MandatoryError, match="level"):
		make_account("Unknown", parent=top.name, level=None)


def test_a_moved_account_takes_along_what_is_below_it():
	one, two = make_account("One", level="Global"), make_account("Two", level="Global")
	moved = make_account("Moved", parent=one.name)
	leaf = make_account("Leaf", parent=moved.name)
	moved.reload()
	moved.parent_key_account = two.name
	moved.save()
	below = frappe.get_all("Key Account", {"name": ("descendants of", two.name)}, pluck="name")
	assert set(below) == {moved.name, leaf.name}
	assert frappe.get_all("Key Account", {"name": ("descendants of", one.name)}) == []
	assert reload(moved).membership_history[-1].action == f"Parent {two.name}"


def test_an_account_cannot_stand_below_itself():
	top = make_account("Top")
	low = make_account("Low", parent=top.name)
	top.reload()
	top.parent_key_account = low.name
	with pytest.raises(frappe.ValidationError):
		top.save()
	alone = make_account("Alone")
	alone.parent_key_account = alone.name
	with pytest.raises(frappe.ValidationError):
		alone.save()


def test_an_account_with_accounts_below_is_not_deleted():
	top = make_account("Top")
	make_account("Low", parent=top.name)
	with pytest.raises(
		frappe.ValidationError, match=r"Top has accounts below it\. Please move or delete them first"
	):
		frappe.delete_doc("Key Account", top.name)


def test_a_deleted_account_leaves_no_gap_in_the_tree(first):
	top = make_account("Top")
	low = make_account("Low", [first], parent=top.name)
	frappe.delete_doc("Key Account", low.name)
	lft, rgt = frappe.db.get_value("Key Account", top.name, ["lft", "rgt"])
	assert rgt == lft + 1
	frappe.delete_doc("Key Account", top.name)
	assert not frappe.db.exists("Key Account", top.name)


# ---------------------------------------------------------------- history


def test_a_new_account_starts_its_history(first):
	account = make_account("Fresh", [first])
	(entry,) = account.membership_history
	assert (entry.action, entry.status, entry.level) == ("Created", "Active", "National")
	assert entry.customers == first
	assert entry.changed_by == "Administrator"
	assert str(account.since) == nowdate()


def test_a_candidate_has_no_day_of_entry():
	account = make_account("Candidate", status="Candidate")
	assert not account.since
	account.update({"status": "Active", "change_reason": "confirmed by the board"})
	account.save()
	assert str(account.since) == nowdate()


@pytest.mark.parametrize("change", [{"status": "Retired"}, {"level": "Global"}])
def test_changing_status_or_level_by_hand_needs_a_reason(change):
	account = make_account("Steady")
	account.update(change)
	with pytest.raises(frappe.ValidationError, match="Please enter the Reason for Change"):
		account.save()
	account.reload()
	account.update({**change, "change_reason": "Board decision of March"})
	account.save()
	entry = reload(account).membership_history[-1]
	assert entry.reason == "Board decision of March"
	assert not reload(account).change_reason


def test_history_tells_what_changed(first, second):
	account = make_account("Changing", [first])
	account.update({"status": "On Watch", "level": "Global", "change_reason": "watched"})
	account.set("customers", [{"customer": second}])
	account.save()
	entry = reload(account).membership_history[-1]
	assert entry.action == f"Active → On Watch; Level National → Global; Added {second}; Removed {first}"
	assert (entry.status, entry.level, entry.customers) == ("On Watch", "Global", second)


def test_a_save_that_changes_nothing_of_the_membership_adds_no_entry():
	account = make_account("Quiet")
	account.stage_today = frappe.db.get_value("Key Account Stage", {})
	account.change_reason = "typed by mistake"
	account.save()
	assert len(reload(account).membership_history) == 1
	assert not reload(account).change_reason


def test_history_cannot_be_rewritten_removed_or_invented(first):
	account = make_account("Honest", [first])
	sent = account.as_dict()
	sent.membership_history[0].update(reason="forged", action="forged", changed_by="Guest")
	sent.membership_history.append(frappe._dict(doctype="Key Account Membership", action="invented"))
	frappe.get_doc(sent).save()
	assert [row.action for row in reload(account).membership_history] == ["Created"]
	assert reload(account).membership_history[0].changed_by == "Administrator"
	account.reload()
	account.membership_history = []
	account.save()
	assert [row.action for row in reload(account).membership_history] == ["Created"]


def test_a_new_account_does_not_bring_its_own_history():
	account = make_account("Newcomer", membership_history=[{"action": "In the programme since 1990"}])
	assert [row.action for row in reload(account).membership_history] == ["Created"]


# ---------------------------------------------------------------- mark on the Customer


def test_customers_show_their_account_and_lose_it_again(first, second):
	account = make_account("Marked", [first])
	assert mark_of(first) == account.name
	account.append("customers", {"customer": second})
	account.save()
	assert mark_of(second) == account.name
	account.set("customers", [row for row in account.customers if row.customer != first])
	account.save()
	assert (mark_of(first), mark_of(second)) == (None, account.name)


def test_a_customer_moves_to_another_account(first):
	left, right = make_account("Left", [first]), make_account("Right")
	left.set("customers", [])
	left.save()
	right.append("customers", {"customer": first})
	right.save()
	assert mark_of(first) == right.name
	left.reload()
	left.save()
	assert mark_of(first) == right.name


def test_a_retired_account_keeps_its_customers(first):
	account = make_account("Leaving", [first])
	account.update({"status": "Retired", "change_reason": "sold"})
	account.save()
	assert mark_of(first) == account.name
	with pytest.raises(CustomerTakenError):
		make_account("Successor", [first])


def test_deleting_an_account_frees_its_customers(first):
	account = make_account("Short-Lived", [first])
	frappe.delete_doc("Key Account", account.name)
	assert mark_of(first) is None
	assert account_of(first) is None
	assert mark_of(first) is None
	make_account("Next", [first])


def test_nobody_else_writes_the_mark(first, second):
	"""Neither a form opened before the account was made, nor an import."""
	customer = frappe.get_doc("Customer", first)
	account = make_account("Owner of the Mark", [first])
	customer.customer_details = "edited in a form that was opened earlier"
	customer.save()
	assert mark_of(first) == account.name
	frappe.get_doc("Customer", second).update({"kam_key_account": account.name}).save()
	assert mark_of(second) is None


def test_a_renamed_customer_stays_in_its_account(first):
	account = make_account("Renamed", [first])
	frappe.rename_doc("Customer", first, "First Clinic Ltd")
	assert customers_of(account) == ["First Clinic Ltd"]
	assert mark_of("First Clinic Ltd") == account.name
	reload(account).save()


def test_merging_customers_keeps_the_place_of_the_one_that_stays(first, second):
	old, stays = make_account("Old Place", [first]), make_account("New Place", [second])
	frappe.rename_doc("Customer", first, second, merge=True)
	assert customers_of(old) == []
	assert customers_of(stays) == [second]
	assert mark_of(second) == stays.name
	entry = reload(old).membership_history[-1]
	assert entry.reason == f"Customer {first} was merged into {second}"
	reload(stays).save()


def test_merging_two_customers_of_one_account_leaves_one(first, second):
	account = make_account("Both", [first, second])
	frappe.rename_doc("Customer", first, second, merge=True)
	assert customers_of(account) == [second]
	assert mark_of(second) == account.name


def test_merging_into_a_customer_without_account_hands_the_place_over(first, second):
	account = make_account("Handed Over", [first])
	frappe.rename_doc("Customer", first, second, merge=True)
	assert customers_of(account) == [second]
	assert mark_of(second) == account.name


def test_a_customer_in_an_account_is_not_deleted_and_the_message_names_the_account(first):
	account = make_account("Guardian", [first])
	with pytest.raises(frappe.LinkExistsError):
		frappe.delete_doc("Customer", first)
	said = " ".join(message["message"] for message in frappe.get_message_log())
	assert "Cannot delete or cancel because Customer" in said
	assert account.name in said
	assert customers_of(account) == [first]


# ---------------------------------------------------------------- team and segments


def test_a_team_member_listed_twice_or_with_too_much_time_is_refused():
	user = b.ensure_user("key.account.team@example.com", ["Key Account Manager"])
	with pytest.raises(frappe.ValidationError, match=r"Account Team, line 2: .* is listed twice"):
		make_account("Team", team=[user, user])
	with pytest.raises(frappe.ValidationError, match="line 1: Share of Time must be between 0 and 100"):
		make_account("Team", team=[{"user": user, "share_of_time": 120}])


def test_a_segment_set_by_hand_needs_a_reason():
	with pytest.raises(frappe.ValidationError, match="Segments, line 1: please give a reason for Reference"):
		make_account("Segmented", segments=[{"segment": "Reference"}])
	account = make_account(
		"Segmented", segments=[{"segment": "Reference", "reason": "others visit its plant"}]
	)
	assert account.segments[0].source == "Person"


def test_a_segment_set_by_hand_cannot_pass_for_one_set_by_a_rule():
	with pytest.raises(frappe.ValidationError, match="please give a reason for Reference"):
		make_account("Pretending", segments=[{"segment": "Reference", "source": "Rule"}])


def test_a_segment_listed_twice_is_refused():
	rows = [{"segment": "Image", "reason": "a"}, {"segment": "Image", "reason": "b"}]
	with pytest.raises(frappe.ValidationError, match="Segments, line 2: Image is listed twice"):
		make_account("Twice", segments=rows)


# ---------------------------------------------------------------- figures on the form


def days_ago(days):
	return add_days(nowdate(), -days)


def service(amount):
	return [(b.ensure_service_item(), 1, amount)]


@pytest.fixture
def group(first, second):
	"""A national account with one customer and a regional account below it with another; 10 pieces cost 6 each."""
	item = b.ensure_item("Figures Test Item")
	b.make_receipt([(item, 100, 6)], days_ago(500))
	top = make_account("Group", [first])
	low = make_account("Branch", [second], parent=top.name, level="Regional")
	# 10 x 100 less 2 returned = 800 with a cost of 48
	sold = b.make_invoice(first, [(item, 10, 100)], days_ago(30))
	b.make_return(sold, days_ago(20), {item: 2})
	b.make_invoice(second, service(450), days_ago(10))
	# the year before
	b.make_invoice(first, service(400), days_ago(400))
	b.make_invoice(second, service(100), days_ago(410))
	return frappe._dict(top=top.name, low=low.name, first=first, second=second)


def test_figures_add_up_the_account_and_everything_below(group):
	figures = figures_of(group.top)
	assert figures["customers"] == 2
	assert figures["net_sales"] == 1250
	assert figures["net_sales_before"] == 500
	assert figures["growth"] == pytest.approx(150)
	assert figures["gross_profit"] == pytest.approx(1202)
	assert figures["gross_margin"] == pytest.approx(96.16)
	assert figures["documents"] == 3
	assert figures["currency"] == "USD"
	assert len(figures["months"]) == 24
	assert sum(month["net_sales"] for month in figures["months"]) == 1750


def test_a_sub_account_shows_its_own_only(group):
	figures = figures_of(group.low)
	assert (figures["customers"], figures["net_sales"], figures["net_sales_before"]) == (1, 450, 100)
	assert figures["growth"] == pytest.approx(350)


def test_a_moved_sub_account_takes_its_sales_along(group):
	other = make_account("Other Group")
	low = frappe.get_doc("Key Account", group.low)
	low.parent_key_account = other.name
	low.save()
	assert figures_of(group.top)["net_sales"] == 800
	assert figures_of(other.name)["net_sales"] == 450


def test_the_year_before_has_the_same_days(first):
	account = make_account("Edges", [first])
	today = nowdate()
	b.make_invoice(first, service(1), today)
	b.make_invoice(first, service(10), add_days(add_years(today, -1), 1))  # first day of the period
	b.make_invoice(first, service(100), add_years(today, -1))  # last day of the year before
	b.make_invoice(first, service(1000), add_days(add_years(today, -2), 1))  # first day of the year before
	b.make_invoice(first, service(10000), add_years(today, -2))  # too old
	figures = figures_of(account.name)
	assert (figures["net_sales"], figures["net_sales_before"]) == (11, 1100)


def test_an_account_without_customers_has_no_figures():
	figures = figures_of(make_account("Empty").name)
	assert figures["customers"] == 0
	assert "net_sales" not in figures


def test_an_account_without_sales_has_zero_sales_and_no_ratios(first):
	figures = figures_of(make_account("Silent", [first]).name)
	assert (figures["net_sales"], figures["documents"]) == (0, 0)
	assert figures["growth"] is None and figures["gross_margin"] is None


def test_figures_are_those_of_one_company(first):
	euro = b.ensure_euro_company()
	account = make_account("Two Companies", [first])
	b.make_invoice(first, service(100), days_ago(5))
	b.make_invoice(first, service(70), days_ago(5), company=euro)
	assert figures_of(account.name)["net_sales"] == 100
	there = figures_of(account.name, company=euro)
	assert (there["net_sales"], there["currency"]) == (70, "EUR")


def test_figures_follow_the_settings(first):
	account = make_account("By Orders", [first])
	b.make_order(first, service(300), days_ago(3))
	frappe.get_single("KAM Settings").update({"sales_source": "Sales Order"}).save()
	figures = figures_of(account.name)
	assert (figures["net_sales"], figures["source"]) == (300, "Sales Order")


# ---------------------------------------------------------------- Customer form and tree view


def connections_of(customer):
	count = get_open_count("Customer", customer)["count"]
	return {row["doctype"]: row["count"] for rows in count.values() for row in rows}


def test_connections_of_a_customer_show_account_and_nominations(first, second):
	make_account("Connected", [first])
	frappe.get_doc(
		{
			"doctype": "Key Account Nomination",
			"party_type": "Customer",
			"party": second,
			"company": b.COMPANY,
			"reasons": "grows fast",
		}
	).insert()
	linked, nominated = connections_of(first), connections_of(second)
	assert (linked["Key Account"], linked["Key Account Nomination"]) == (1, 0)
	assert (nominated.get("Key Account", 0), nominated["Key Account Nomination"]) == (0, 1)
	assert linked["Key Account Assessment"] == 0


def test_connections_of_erpnext_stay(first):
	b.make_invoice(first, service(10), days_ago(5))
	assert connections_of(first)["Sales Invoice"] == 1
	labels = [group["label"] for group in frappe.get_meta("Customer").get_dashboard_data()["transactions"]]
	assert len(labels) == len(set(labels))


def test_the_indicator_of_a_customer(first, second):
	account = make_account("Indicated", [first])
	shown = api.of_customer(first)
	assert (shown.name, shown.account_name, shown.status) == (account.name, "Indicated", "Active")
	assert api.of_customer(second) is None


def test_the_tree_opens_level_by_level():
	top = make_account("Tree Top", level="Global")
	mid = make_account("Tree Mid", parent=top.name)
	make_account("Tree Leaf", parent=mid.name)
	roots = {node["title"]: node for node in api.tree_nodes("Key Account", "", is_root=True)}
	assert roots["Tree Top"]["expandable"] == 1
	assert "Tree Mid" not in roots
	(below,) = api.tree_nodes("Key Account", top.name)
	assert (below["title"], below["expandable"], below["level"]) == ("Tree Mid", 1, "National")
	(leaf,) = api.tree_nodes("Key Account", mid.name)
	assert (leaf["title"], leaf["expandable"]) == ("Tree Leaf", 0)


def test_the_tree_view_shows_key_accounts_only():
	with pytest.raises(frappe.ValidationError, match="key accounts only"):
		api.tree_nodes("Customer")
