"""Nominations of customers, prospects and leads: who decides, what becomes of them, and what is refused."""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError, apply_workflow

from kam_erpnext.kam_erpnext.doctype.key_account.key_account import account_of
from tests.site import builders as b
from tests.site.kam_builders import Session, lasting_users, make_account, wait_until_blocked

AUTHOR = "nomination.author@example.com"
COORDINATOR = "nomination.coordinator@example.com"
OUTSIDER = "nomination.outsider@example.com"
DIRECTOR = "nomination.director@example.com"
SECOND_DIRECTOR = "nomination.second@example.com"
NOMINATION = "Key Account Nomination"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	roles = {
		AUTHOR: ["Key Account Manager", "Sales User"],
		COORDINATOR: ["Key Account Coordinator", "Sales User"],
		OUTSIDER: ["Key Account Manager"],
		DIRECTOR: ["Key Account Director"],
		SECOND_DIRECTOR: ["Key Account Director"],
	}
	with lasting_users(roles):
		yield


@pytest.fixture
def customer():
	return b.make_customer("Nominated Clinic").name


def make_prospect(name="Nominated Prospect"):
	return frappe.get_doc({"doctype": "Prospect", "company_name": name, "company": b.COMPANY}).insert().name


def make_lead(name="Nominated Lead"):
	return frappe.get_doc({"doctype": "Lead", "first_name": "Ada", "company_name": name}).insert().name


def new_nomination(party, party_type="Customer", **fields):
	return frappe.get_doc(
		{
			"doctype": NOMINATION,
			"party_type": party_type,
			"party": party,
			"company": b.COMPANY,
			"reasons": "Grows faster than its market",
			**fields,
		}
	)


@pytest.fixture
def nominate(as_user):
	"""`nominate(party)`: a nomination made by the author."""

	def make(party, party_type="Customer", by=AUTHOR, **fields):
		with as_user(by):
			return new_nomination(party, party_type, **fields).insert()

	return make


@pytest.fixture
def decide(as_user):
	"""`decide(nomination, "Confirm")` presses the button as the director."""

	def press(nomination, action, by=DIRECTOR, reason=None):
		with as_user(by):
			if reason:
				document = reload(nomination)
				document.rejection_reason = reason
				document.save()
			return apply_workflow(reload(nomination), action)

	return press


def reload(nomination):
	return frappe.get_doc(NOMINATION, nomination.name)


# ---------------------------------------------------------------- confirm


def test_a_confirmed_customer_becomes_a_candidate(customer, nominate, decide):
	above = make_account("Nomination Group", level="Global")
	nomination = nominate(
		customer, proposed_level="National", parent_key_account=above.name, key_account_manager=OUTSIDER
	)
	assert (nomination.workflow_state, nomination.party_name) == ("Nominated", "Nominated Clinic")
	confirmed = decide(nomination, "Confirm")
	assert (confirmed.workflow_state, confirmed.decided_by) == ("Confirmed", DIRECTOR)
	assert confirmed.decided_on
	account = frappe.get_doc("Key Account", confirmed.key_account)
	assert (account.status, account.level, account.account_name) == (
		"Candidate",
		"National",
		"Nominated Clinic",
	)
	assert (account.parent_key_account, account.key_account_manager) == (above.name, OUTSIDER)
	assert [row.customer for row in account.customers] == [customer]
	assert frappe.db.get_value("Customer", customer, "kam_key_account") == account.name
	assert (
		account.membership_history[0].reason == f"Nomination {nomination.name}: Grows faster than its market"
	)
	assert account.membership_history[0].changed_by == DIRECTOR


@pytest.mark.parametrize("make, party_type", [(make_prospect, "Prospect"), (make_lead, "Lead")])
def test_a_confirmed_prospect_or_lead_becomes_a_candidate_without_customers(
	nominate, decide, make, party_type
):
	party = make()
	nomination = nominate(party, party_type)
	account = frappe.get_doc("Key Account", decide(nomination, "Confirm").key_account)
	assert (account.status, account.party_type, account.party) == ("Candidate", party_type, party)
	assert account.account_name == nomination.party_name == f"Nominated {party_type}"
	assert account.level == "Territory"  # the default of the settings
	assert account.customers == []


def test_a_level_is_needed_to_confirm(customer, nominate, decide):
	frappe.db.set_single_value("KAM Settings", "default_level", None)
	with pytest.raises(
		frappe.ValidationError, match="Please enter the Proposed Level, or a Level of New Key Accounts"
	):
		decide(nominate(customer), "Confirm")


def test_a_decision_is_final(customer, nominate, decide):
	nomination = nominate(customer)
	decide(nomination, "Confirm")
	for action in ("Confirm", "Reject"):
		with pytest.raises(WorkflowTransitionError):
			decide(nomination, action)
	assert frappe.db.count("Key Account", {"account_name": "Nominated Clinic"}) == 1


def test_nobody_decides_his_own_nomination(customer, nominate, decide):
	nomination = nominate(customer, by=DIRECTOR)
	for action in ("Confirm", "Reject"):
		with pytest.raises(frappe.ValidationError, match="Self approval is not allowed"):
			decide(nomination, action)
	assert account_of(customer) is None


def test_nobody_decides_his_own_nomination_past_the_workflow_either(customer, nominate, as_user):
	"""By saving the state directly, as an import or the REST interface would."""
	nomination = nominate(customer, by=DIRECTOR)
	with as_user(DIRECTOR):
		document = reload(nomination)
		document.workflow_state = "Confirmed"
		with pytest.raises(frappe.PermissionError, match="someone other than the person who made it"):
			document.save()
	assert account_of(customer) is None


def test_the_author_cannot_be_changed_to_get_around_it(customer, nominate, as_user):
	nomination = nominate(customer, by=DIRECTOR)
	with as_user(DIRECTOR):
		document = reload(nomination)
		document.owner = AUTHOR
		document.save()
		assert reload(nomination).owner == DIRECTOR
		document = reload(nomination)
		document.update({"owner": AUTHOR, "workflow_state": "Confirmed"})
		with pytest.raises(frappe.PermissionError, match="someone other than the person who made it"):
			document.save()
	assert account_of(customer) is None


def test_an_author_named_by_the_client_does_not_count(customer, as_user):
	with as_user(DIRECTOR):
		nomination = new_nomination(customer, owner=AUTHOR).insert()
	assert reload(nomination).owner == DIRECTOR


@pytest.mark.parametrize("user", [AUTHOR, COORDINATOR])
def test_managers_and_coordinators_do_not_decide(customer, nominate, decide, user):
	other = COORDINATOR if user == AUTHOR else AUTHOR
	nomination = nominate(customer, by=other)
	with pytest.raises((WorkflowTransitionError, frappe.PermissionError)):
		decide(nomination, "Confirm", by=user)


def test_a_nomination_is_not_made_confirmed(customer, as_user):
	with as_user(DIRECTOR), pytest.raises(WorkflowPermissionError):
		new_nomination(customer, workflow_state="Confirmed").insert()
	assert account_of(customer) is None


def test_what_the_decision_writes_cannot_be_sent_by_the_client(customer, nominate, as_user):
	elsewhere = make_account("Elsewhere")
	forged = {"decided_by": DIRECTOR, "decided_on": "2020-01-01", "key_account": elsewhere.name}
	nomination = nominate(customer, **forged)
	with as_user(AUTHOR):
		document = reload(nomination)
		assert not (document.decided_by or document.decided_on or document.key_account)
		document.update(forged)
		document.save()
	stored = reload(nomination)
	assert not (stored.decided_by or stored.decided_on or stored.key_account)


@pytest.mark.commits
def test_two_people_pressing_confirm_at_once_make_one_account(cleanup):
	customer = cleanup.later(b.make_customer("Pressed Clinic")).name
	frappe.set_user(AUTHOR)
	nomination = cleanup.later(new_nomination(customer).insert())
	frappe.set_user("Administrator")
	frappe.db.commit()

	first = Session(lambda: apply_workflow(reload(nomination), "Confirm"), user=DIRECTOR, hold=True)
	first.start()
	first.done.wait(60)
	second = Session(lambda: apply_workflow(reload(nomination), "Confirm"), user=SECOND_DIRECTOR)
	second.start()
	wait_until_blocked()
	assert first.finish() is None
	# on PostgreSQL the second one begins when the first one is done, and finds it confirmed
	assert isinstance(second.finish(), frappe.TimestampMismatchError | WorkflowTransitionError)

	frappe.db.rollback()
	accounts = frappe.get_all("Key Account", {"account_name": "Pressed Clinic"}, pluck="name")
	for name in accounts:
		cleanup.later(frappe.get_doc("Key Account", name))
	assert accounts == [reload(nomination).key_account]
	assert reload(nomination).decided_by == DIRECTOR


# ---------------------------------------------------------------- reject


def test_a_rejection_needs_a_reason(customer, nominate, decide):
	nomination = nominate(customer)
	with pytest.raises(frappe.ValidationError, match="Please enter the Reason for Rejection"):
		decide(nomination, "Reject")
	rejected = decide(nomination, "Reject", reason="Too small for now")
	assert (rejected.workflow_state, rejected.decided_by) == ("Rejected", DIRECTOR)
	assert account_of(customer) is None


def test_a_rejected_party_can_be_nominated_again(customer, nominate, decide):
	decide(nominate(customer), "Reject", reason="Too small for now")
	again = nominate(customer)
	assert decide(again, "Confirm").key_account == account_of(customer)


# ---------------------------------------------------------------- duplicates


def test_a_party_is_not_nominated_twice(customer, nominate):
	nomination = nominate(customer)
	with pytest.raises(
		frappe.ValidationError, match=f"Nominated Clinic is already nominated in {nomination.name}"
	):
		nominate(customer)


def test_an_existing_key_account_is_not_nominated(customer, nominate):
	account = make_account("Already There", [customer])
	with pytest.raises(frappe.ValidationError, match=f"already is a key account: {account.name}"):
		nominate(customer)


@pytest.mark.parametrize("make, party_type", [(make_prospect, "Prospect"), (make_lead, "Lead")])
def test_a_prospect_or_lead_with_an_account_is_not_nominated(nominate, decide, make, party_type):
	party = make()
	decide(nominate(party, party_type), "Confirm")
	with pytest.raises(frappe.ValidationError, match="already is a key account"):
		nominate(party, party_type)


def test_a_customer_that_became_a_key_account_meanwhile_is_not_confirmed(customer, nominate, decide):
	nomination = nominate(customer)
	account = make_account("By Selection", [customer])
	with pytest.raises(frappe.ValidationError, match=f"already is a key account: {account.name}"):
		decide(nomination, "Confirm")
	assert frappe.db.get_value("Key Account", account.name, "status") == "Active"


# ---------------------------------------------------------------- nominated again after retirement


def retire(account):
	account = frappe.get_doc("Key Account", account)
	account.update({"status": "Retired", "change_reason": "left the programme"})
	account.save()


def test_a_retired_customer_is_nominated_again_into_its_old_account(customer, nominate, decide):
	account = make_account("Old Friend", [customer], level="Regional")
	retire(account.name)
	confirmed = decide(nominate(customer), "Confirm")
	assert confirmed.key_account == account.name
	account.reload()
	assert (account.status, account.level) == ("Candidate", "Regional")
	assert [row.action for row in account.membership_history] == [
		"Created",
		"Active → Retired",
		"Retired → Candidate",
	]


def test_a_retired_prospect_is_nominated_again_into_its_old_account(nominate, decide):
	prospect = make_prospect()
	account = decide(nominate(prospect, "Prospect"), "Confirm").key_account
	retire(account)
	assert decide(nominate(prospect, "Prospect"), "Confirm").key_account == account
	assert frappe.db.get_value("Key Account", account, "status") == "Candidate"
	assert frappe.db.count("Key Account", {"party": prospect}) == 1


# ---------------------------------------------------------------- who may nominate what


def test_a_customer_one_may_not_see_cannot_be_nominated(customer, as_user):
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError):
		new_nomination(customer).insert()


@pytest.mark.parametrize("make, party_type", [(make_prospect, "Prospect"), (make_lead, "Lead")])
def test_a_prospect_or_lead_one_may_not_read_cannot_be_nominated(as_user, make, party_type):
	"""Its name would otherwise be given away."""
	party = make()
	with as_user(OUTSIDER), pytest.raises(frappe.PermissionError) as refused:
		new_nomination(party, party_type).insert()
	assert "Nominated" not in str(refused.value).replace(party, "")


def test_a_party_that_does_not_exist_is_refused(as_user):
	with as_user(AUTHOR), pytest.raises(frappe.LinkValidationError, match="No Such Customer"):
		new_nomination("No Such Customer").insert()


def test_an_unknown_kind_of_party_is_refused(customer, as_user):
	with as_user(AUTHOR), pytest.raises(frappe.ValidationError, match="a Customer, a Prospect or a Lead"):
		new_nomination("Administrator", party_type="User").insert()


def test_the_party_cannot_be_exchanged_later(customer, nominate, as_user):
	nomination = nominate(customer)
	other = b.make_customer("Other Clinic").name
	with as_user(AUTHOR):
		document = reload(nomination)
		document.party = other
		with pytest.raises(frappe.CannotChangeConstantError):
			document.save()


def test_a_nomination_follows_a_renamed_customer(customer, nominate, decide):
	nomination = nominate(customer)
	frappe.rename_doc("Customer", customer, "Nominated Clinic Ltd")
	assert reload(nomination).party == "Nominated Clinic Ltd"
	assert decide(nomination, "Confirm").key_account == account_of("Nominated Clinic Ltd")
