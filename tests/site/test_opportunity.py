"""Opportunities of key accounts: rating, volumes, gates, decision, status, board, and who may do what."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext.api import opportunities as api
from kam_erpnext.engine import opportunity as engine
from kam_erpnext.kam_erpnext.doctype.key_account_opportunity import rating
from kam_erpnext.setup import kanban
from kam_erpnext.setup import opportunities as masters
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site import plan_builders as p

MANAGER, COORDINATOR = "kam-opp-manager@example.com", "kam-opp-coordinator@example.com"
READER, OUTSIDER = "kam-opp-reader@example.com", "kam-opp-outsider@example.com"
DOCTYPE = "Key Account Opportunity"


@pytest.fixture(scope="module", autouse=True)
def people():
	users = {
		MANAGER: ["Key Account Manager"],
		COORDINATOR: ["Key Account Coordinator"],
		READER: ["KAM Reader"],
		OUTSIDER: ["Key Account Manager"],
	}
	with p.lasting_people(users):
		yield


@pytest.fixture
def account():
	return k.make_account(
		"Opportunity Account", [b.ensure_customer("Opportunity Customer")], team=[MANAGER, COORDINATOR]
	).name


@b.as_administrator
def make(account, insert=True, **fields):
	doc = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"title": "New line in plant two",
			"key_account": account,
			"company": b.COMPANY,
			"responsible": MANAGER,
			**fields,
		}
	)
	return doc.insert() if insert else doc


def competitor(name):
	if not frappe.db.exists("Competitor", name):
		frappe.get_doc({"doctype": "Competitor", "competitor_name": name}).insert()
	return name


def refused(text, function, *args, **values):
	with pytest.raises(frappe.ValidationError) as error:
		function(*args, **values)
	assert text in str(error.value), str(error.value)


def pass_all(doc, until=None):
	for row in doc.gates:
		if row.gate == until:
			return doc.reload()
		row = frappe.db.get_value(
			"Key Account Opportunity Gate", row.name, ["document", "outcome"], as_dict=True
		)
		if row.document:
			frappe.db.set_value("Key Account Opportunity Gate", {"parent": doc.name}, "document", None)
		api.pass_gate(doc.name, evidence="shown")
	return doc.reload()


# ---------------------------------------------------------------- head


def test_a_new_opportunity_starts_open_with_the_default_gates(account):
	doc = make(account)
	assert (doc.status, doc.phase, doc.account_name) == ("Open", "Acquisition", "Opportunity Account")
	assert doc.customer == "Opportunity Customer"  # the only one
	assert [row.gate for row in doc.gates] == [gate[0] for gate in masters.GATES]
	assert (doc.current_gate, doc.current_gate_number, doc.probability) == ("Contact", 0, 0)
	assert getdate(doc.gates[1].planned_on) == getdate(add_days(nowdate(), 14 + 21))


def test_what_code_writes_cannot_be_sent(account):
	doc = make(account, status="Won", invoiced=5, closed_on=nowdate(), priority_score=99, quick_win=1)
	assert (doc.status, doc.invoiced, doc.closed_on) == ("Open", 0, None)
	assert (doc.priority_score, doc.quick_win) == (0, 0)
	doc.update({"status": "Lost", "ordered": 7})
	doc.gates[0].update({"outcome": "Pass", "gate": "Mine", "probability": 99})
	doc.save()
	assert (doc.status, doc.ordered) == ("Open", 0)
	assert (doc.gates[0].outcome, doc.gates[0].gate, doc.gates[0].probability) == (None, "Contact", 10)


def test_gates_cannot_be_removed_or_added(account):
	doc = make(account)
	doc.gates = doc.gates[2:]
	doc.append("gates", {"gate": "Extra"})
	doc.save()
	assert [row.gate for row in doc.gates] == [gate[0] for gate in masters.GATES]
	assert [row.idx for row in doc.reload().gates] == list(range(1, 8))


def test_customers_of_others_are_refused(account):
	refused(
		"Customer: Elsewhere does not belong to Opportunity Account",
		make,
		account,
		customer=b.ensure_customer("Elsewhere"),
	)


def test_a_retired_account_takes_no_opportunity():
	retired = k.make_account("Gone", status="Retired").name
	refused("Key Account: Gone is retired", make, retired)


def test_a_plan_of_another_account_is_refused(account):
	refused("belongs to another key account", make, account, plan=p.make_plan().name)


def test_an_account_one_may_not_see_is_refused(account, as_user):
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		frappe.get_doc(
			{"doctype": DOCTYPE, "title": "X", "key_account": account, "company": b.COMPANY}
		).insert()


# ---------------------------------------------------------------- volumes and people


def test_volumes_add_up_and_fill_the_order_value(account):
	group = b.ensure_item_group("Pumps")
	doc = make(
		account,
		volumes=[
			{"year": 2031, "item_group": group, "amount": 3000, "margin": 20},
			{"year": 2030, "item_group": group, "amount": 1000},
			{"year": 2030, "item_group": b.ensure_item_group("Valves"), "amount": 500, "margin_known": 1},
		],
	)
	assert (doc.amount, doc.total_amount) == (1500, 4500)
	assert doc.profit_potential == 600
	assert doc.profit_known == pytest.approx(100 * 3500 / 4500, abs=0.1)
	doc.volumes[1].amount = 2000
	doc.save()
	assert (doc.amount, doc.total_amount) == (1500, 5500)  # what is entered stays


@pytest.mark.parametrize(
	"line, text",
	[
		({"year": 30}, "Volumes, line 2: Year 30 is not possible"),
		({"year": 2030}, "Volumes, line 2: Pumps of 2030 is in line 1 already"),
		({"year": 2031, "margin": 120}, "Volumes, line 2: a Margin of 120.0 % is not possible"),
		(
			{"year": 2031, "item": "PUMPLESS"},
			"Volumes, line 2: Item PUMPLESS belongs to the Item Group Valves",
		),
	],
)
def test_faulty_volumes_name_their_line(account, line, text):
	group = b.ensure_item_group("Pumps")
	b.ensure_item("PUMPLESS", b.ensure_item_group("Valves"))
	first = {"year": 2030, "item_group": group, "amount": 1}
	refused(text, make, account, volumes=[first, {"item_group": group, "amount": 1, **line}])


def test_the_year_before_is_read_live_with_the_rights_of_the_reader(account):
	item = b.ensure_service_item()
	group = frappe.db.get_value("Item", item, "item_group")
	b.make_invoice("Opportunity Customer", [(item, 2, 50)], posting_date=add_days(nowdate(), -40))
	doc = make(account, volumes=[{"year": 2030, "item_group": group, "amount": 1}])
	doc.run_method("onload")
	assert doc.volumes[0].ordered_before == 100
	assert frappe.db.get_value("Key Account Opportunity Volume", doc.volumes[0].name, "ordered_before") == 0


def test_three_competitors_at_most_and_each_once(account):
	names = [competitor(name) for name in ("Alpha", "Beta", "Gamma", "Delta")]
	refused(
		"Competitors, line 4: only the three strongest",
		make,
		account,
		competitors=[{"competitor": name} for name in names],
	)
	refused(
		"Competitors, line 2: Alpha is in line 1 already",
		make,
		account,
		competitors=[{"competitor": "Alpha"}, {"competitor": "Alpha"}],
	)


# ---------------------------------------------------------------- priority


def settings(**values):
	doc = frappe.get_doc("KAM Settings")
	doc.update(values)
	doc.save()


def test_the_priority_is_that_of_the_engine_with_its_formula(account):
	settings(reference_amount=1_000_000)
	doc = make(
		account,
		amount=100_000,
		strategic_us="4",
		strategic_customer="3",
		effort="2",
		risk="3",
		probability=50,
		probability_by_hand=1,
	)
	expected = engine.prioritise(engine.Answers(100_000, 4, 3, 50, 2, 3), 1_000_000)
	assert doc.priority_score == pytest.approx(expected.score, abs=0.1)
	assert doc.priority_known == 100
	assert "Order Value 30 × 51.9 + Strategic Value for Us 20 × 75.0" in doc.priority_text
	assert "÷ 100 = 58.1" in doc.priority_text


def test_what_is_not_rated_is_named(account):
	doc = make(account, effort="2")
	assert doc.priority_known == 10
	assert "Not answered and left out: Order Value, Strategic Value for Us" in doc.priority_text
	assert make(account).priority_text.startswith("Nothing is rated yet.")


@pytest.mark.parametrize("field, label", [("effort", "Effort"), ("risk", "Risk")])
def test_ratings_other_than_1_to_5_are_refused(account, field, label):
	refused(label, make, account, **{field: "7"})


def test_changed_weights_count_at_once(account):
	doc = make(account, strategic_us="5", effort="5")
	assert doc.priority_score == pytest.approx(100 * 20 / 30, abs=0.1)
	settings(weight_effort=0)
	assert doc.reload().priority_score == 100


def test_without_a_reference_the_largest_open_opportunity_is_the_measure(account):
	frappe.db.delete(DOCTYPE)  # what a person made on this site
	settings(reference_amount=0)
	small = make(account, amount=1_000)
	assert small.priority_score == 100
	large = make(account, amount=10_000)
	assert small.reload().priority_score == pytest.approx(engine.value_score(1_000, 10_000), abs=0.1)
	large.update({"decision": "Drop", "decision_reason": "No budget"})
	large.save()
	assert small.reload().priority_score == 100
	assert rating.largest_open(b.COMPANY) == 1_000


def test_quick_wins_are_found(account):
	settings(reference_amount=1_000)
	doc = make(account, amount=1_000, strategic_us="4", effort="2", risk="3")
	assert doc.quick_win == 1
	doc.effort = "3"
	doc.save()
	assert doc.quick_win == 0


# ---------------------------------------------------------------- gates


def test_a_gate_needs_its_evidence(account):
	doc = make(account)
	refused("Evidence: please enter what was shown", api.pass_gate, doc.name)
	answer = api.pass_gate(doc.name, evidence="Met the plant manager")
	assert answer == {"status": "Open", "gate": "Customer Analysis", "probability": 10}
	doc.reload()
	assert (doc.gates[0].outcome, doc.gates[0].decided_by) == ("Pass", "Administrator")
	assert doc.current_gate_number == 1


def test_gates_are_passed_one_after_the_other(account):
	doc = make(account)
	refused("Contact", api.pass_gate, doc.name, gate="Contract", evidence="x")
	refused("lies in the future", api.pass_gate, doc.name, evidence="x", on=add_days(nowdate(), 1))
	api.pass_gate(doc.name, evidence="x", on=add_days(nowdate(), -3))
	refused(
		"when the gate before was passed", api.pass_gate, doc.name, evidence="x", on=add_days(nowdate(), -4)
	)


def test_a_gate_needs_its_document(account):
	doc = pass_all(make(account), until="Quotation")
	frappe.db.set_value(
		"Key Account Opportunity Gate", {"parent": doc.name, "gate": "Quotation"}, "document", "Quotation"
	)
	refused("a submitted Quotation", api.pass_gate, doc.name)


def test_the_evidence_of_a_passed_gate_is_kept(account):
	doc = make(account)
	api.pass_gate(doc.name, evidence="Met the plant manager")
	doc.reload()
	doc.gates[0].evidence = "Something else"
	refused("Gates, line 1: Contact was decided on", doc.save)
	doc.reload()
	doc.gates[1].evidence = "Budget seen"
	doc.save()
	assert api.pass_gate(doc.name)["gate"] == "Solution Definition"


def test_rework_stays_and_counts(account):
	doc = make(account)
	refused("what has to be worked over", api.rework_gate, doc.name, " ")
	api.rework_gate(doc.name, "Need unclear", planned_on=add_days(nowdate(), 5))
	api.rework_gate(doc.name, "Still unclear")
	doc.reload()
	assert (doc.gates[0].outcome, doc.gates[0].reworks, doc.current_gate) == ("Rework", 2, "Contact")
	comments = frappe.get_all(
		"Comment", {"reference_name": doc.name, "comment_type": "Comment"}, pluck="content"
	)
	assert "Contact: rework. Need unclear" in comments
	assert api.pass_gate(doc.name, evidence="Clear now")["gate"] == "Customer Analysis"


def test_a_gate_can_be_taken_back(account):
	doc = make(account)
	refused("No gate of this phase was passed", api.undo_gate, doc.name, "Mistake")
	api.pass_gate(doc.name, evidence="x")
	assert api.undo_gate(doc.name, "Mistake") == {"status": "Open", "gate": "Contact", "probability": 0}


def test_the_last_gate_wins_and_the_order_phase_begins(account):
	doc = pass_all(make(account))
	assert (doc.status, doc.phase, doc.probability) == ("Won", "Order", 100)
	assert getdate(doc.closed_on) == getdate()
	assert [row.gate for row in doc.gates if row.phase == "Order"] == [
		gate[0] for gate in masters.ORDER_GATES
	]
	assert doc.current_gate == "Project Set Up"
	refused("is Won already", api.stop, doc.name, "Lost", "x")


def test_the_probability_follows_the_gates_unless_entered(account):
	doc = make(account)
	doc.update({"probability": 70, "probability_by_hand": 1})
	doc.save()
	api.pass_gate(doc.name, evidence="x")
	assert doc.reload().probability == 70
	doc.probability_by_hand = 0
	doc.save()
	assert doc.probability == 10


def test_somebody_else_was_faster(account):
	doc = make(account)
	seen = str(doc.modified)
	api.pass_gate(doc.name, evidence="x", modified=seen)
	with pytest.raises(frappe.TimestampMismatchError):
		api.pass_gate(doc.name, evidence="x", modified=seen)


def test_another_template_before_the_first_gate_only(account):
	doc = make(account)
	doc.gate_template = "Short"
	doc.save()
	assert [row.gate for row in doc.gates] == ["Customer Analysis", "Quotation", "Contract"]
	api.pass_gate(doc.name, evidence="x")
	doc.reload()
	doc.gate_template = "Key Project"
	refused("the series cannot change any more", doc.save)


# ---------------------------------------------------------------- decision and end


def test_hold_and_drop_need_a_reason(account):
	doc = make(account)
	doc.decision = "Hold"
	with pytest.raises(frappe.ValidationError, match="why the opportunity is put on hold"):
		doc.save()
	doc.reload()
	doc.update({"decision": "Hold", "decision_reason": "Budget next year"})
	doc.save()
	assert (doc.status, doc.decided_by, getdate(doc.decided_on)) == ("On Hold", "Administrator", getdate())
	refused("on hold", api.pass_gate, doc.name, evidence="x")
	doc.decision = "Pursue"
	doc.save()
	assert doc.status == "Open"


def test_dropped_and_opened_again(account):
	doc = make(account)
	refused("why the opportunity is dropped", api.stop, doc.name, "Dropped")
	api.stop(doc.name, "Dropped", "Does not fit")
	doc.reload()
	assert (doc.status, doc.decision, doc.gates[0].outcome) == ("Dropped", "Drop", "Stop")
	refused("Please reopen it", api.pass_gate, doc.name, evidence="x")
	api.reopen(doc.name, "They asked again")
	doc.reload()
	assert (doc.status, doc.decision, doc.closed_on, doc.gates[0].outcome) == ("Open", "Pursue", None, None)


def test_lost_with_reasons_and_the_competitor(account):
	doc = make(account)
	refused("at least one reason", api.stop, doc.name, "Lost")
	api.stop(doc.name, "Lost", "Too dear", reasons=["Price"], lost_to=competitor("Alpha"))
	doc.reload()
	assert (doc.status, doc.lost_to, doc.customer_view) == ("Lost", "Alpha", "Too dear")
	assert [row.reason for row in doc.reasons] == ["Price"]
	doc.decision = "Pursue"
	refused("there is nothing left to decide", doc.save)
	api.reopen(doc.name, "They asked <again>")
	doc.reload()
	assert (doc.status, doc.reasons, doc.lost_to) == ("Open", [], None)
	comment = frappe.get_all(
		"Comment", {"reference_name": doc.name, "comment_type": "Comment"}, pluck="content"
	)
	assert comment == ["Reopened, was Lost, Price, Alpha. They asked &lt;again&gt;"]


def test_the_priority_of_what_has_ended_stays_as_it_was(account):
	doc = make(account, amount=1_000, strategic_us="4")
	before = (doc.priority_score, doc.priority_text)
	api.stop(doc.name, "Lost", "x")
	settings(weight_strategic_us=1)
	doc.reload()
	doc.strategic_us = "1"
	doc.save()
	assert (doc.reload().priority_score, doc.priority_text) == before
	assert api.state(doc.name)["priority"]["score"] == before[0]


def test_a_contact_can_be_deleted(account):
	contact = frappe.get_doc({"doctype": "Contact", "first_name": "Ingrid", "last_name": "Solberg"}).insert()
	doc = make(account, contacts=[{"contact": contact.name, "part": "Signs"}])
	assert doc.contacts[0].contact_name == "Ingrid Solberg"
	frappe.delete_doc("Contact", contact.name)
	assert not doc.reload().contacts


def test_a_reason_for_winning_does_not_explain_a_loss(account):
	doc = make(account)
	refused(
		"is a reason for Won, but the opportunity is Lost",
		lambda: (
			api.stop(doc.name, "Lost", "x"),
			doc.reload().append("reasons", {"reason": "Found Together With the Customer"}),
			doc.save(),
		),
	)


def test_won_by_hand(account):
	doc = make(account)
	assert api.win(doc.name, on=add_days(nowdate(), -2))["status"] == "Won"
	assert getdate(doc.reload().closed_on) == getdate(add_days(nowdate(), -2))
	assert api.reopen(doc.name, "Was a mistake")["status"] == "Open"
	assert not [row for row in doc.reload().gates if row.phase == "Order"]


# ---------------------------------------------------------------- templates and board


def template(**fields):
	gates = fields.pop("gates", [{"gate": "One", "phase": "Acquisition", "probability": 10}])
	return frappe.get_doc(
		{"doctype": "Key Account Gate Template", "template_name": "Mine", "gates": gates, **fields}
	)


@pytest.mark.parametrize(
	"gates, text",
	[
		(
			[{"gate": "A", "phase": "Acquisition"}, {"gate": "a ", "phase": "Order"}],
			"Gates, line 2: a is in line 1",
		),
		(
			[{"gate": "A", "phase": "Order"}, {"gate": "B", "phase": "Acquisition"}],
			"Gates, line 2: Acquisition ends",
		),
		(
			[
				{"gate": "A", "phase": "Acquisition", "probability": 50},
				{"gate": "B", "phase": "Acquisition", "probability": 40},
			],
			"Gates, line 2: Probability 40.0 % is lower",
		),
		(
			[{"gate": str(n), "phase": "Acquisition"} for n in range(8)],
			"Gates, line 8: a template has seven gates",
		),
	],
)
def test_faulty_templates_name_their_line(gates, text):
	refused(text, template(gates=gates).insert)


def test_one_default_template_for_each_phase(account):
	template(is_default=1).insert()
	defaults = frappe.get_all("Key Account Gate Template", {"is_default": 1}, pluck="name", order_by="name")
	assert defaults == ["Mine", "Order Phase"]
	assert [row.gate for row in make(account).gates] == ["One"]


def test_the_board_has_a_column_for_every_gate_of_a_template():
	template().insert()
	board = frappe.get_doc("Kanban Board", kanban.OPPORTUNITIES)
	names = [row.column_name for row in board.columns]
	assert names[:7] == [gate[0] for gate in masters.GATES]
	assert "One" in names
	assert "First Delivery" not in names  # the board shows what is still to be won
	assert all(row.order for row in board.columns)  # Frappe cannot move a card into a column without


def move(doc, before, to):
	from frappe.desk.doctype.kanban_board.kanban_board import update_order_for_single_card

	frappe.get_doc("Kanban Board", kanban.OPPORTUNITIES).save()
	update_order_for_single_card(kanban.OPPORTUNITIES, doc.name, before, to, 0, 0)


def test_a_card_dragged_to_the_next_column_passes_its_gate(account):
	doc = make(account)
	refused("Evidence", move, doc, "Contact", "Customer Analysis")
	doc.gates[0].evidence = "Met the plant manager"
	doc.save()
	refused("one after the other", move, doc, "Contact", "Contract")
	move(doc, "Contact", "Customer Analysis")
	doc.reload()
	assert (doc.gates[0].outcome, doc.current_gate) == ("Pass", "Customer Analysis")


def test_shipped_masters_that_were_deleted_stay_deleted():
	frappe.delete_doc("Key Account Win Loss Reason", "Came Too Late")
	masters.apply()
	assert not frappe.db.exists("Key Account Win Loss Reason", "Came Too Late")


# ---------------------------------------------------------------- who may do what


def test_the_page_is_for_those_who_see_the_account(account, as_user):
	doc = make(account)
	for user in (MANAGER, COORDINATOR, READER):
		with as_user(user):
			assert api.state(doc.name)["gates"][0]["here"]
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		api.state(doc.name)
	with as_user(READER), pytest.raises(frappe.PermissionError):
		api.pass_gate(doc.name, evidence="x")
	with as_user(COORDINATOR):
		assert api.pass_gate(doc.name, evidence="x")["gate"] == "Customer Analysis"
	with as_user(OUTSIDER):
		assert not frappe.get_list(DOCTYPE, {"name": doc.name})


def test_the_power_map_of_the_account_or_of_the_erpnext_opportunity_is_shown(account):
	from kam_erpnext.kam_erpnext.doctype.power_map.power_map import start_map

	doc = make(account)
	assert api.state(doc.name)["power_map"] is None
	of_account = start_map(account)
	shown = api.state(doc.name)["power_map"]
	assert (shown["name"], shown["of"]) == (of_account, "Key Account")
	erpnext = api.make_opportunity(make(account, amount=10).name)
	doc = frappe.get_doc(DOCTYPE, frappe.db.get_value("Opportunity", erpnext, "kam_opportunity"))
	of_opportunity = start_map(account, erpnext)
	shown = api.state(doc.name)["power_map"]
	assert (shown["name"], shown["of"]) == (of_opportunity, "Opportunity")


def test_the_page_tells_unknown_from_zero(account):
	state = api.state(make(account).name)
	assert (state["amount"], state["probability"], state["profit"]) == (None, None, None)
	assert state["priority"]["score"] is None
	assert state["gates"][0]["evidence_required"]
