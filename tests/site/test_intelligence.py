"""Market notes on a site: who sees them, for which accounts they are shown, capturing, the page and the digest."""

import json

import frappe
import pytest
from frappe.desk.reportview import get_count
from frappe.utils import add_days, getdate, nowdate

from kam_erpnext import hooks
from kam_erpnext.api import cards, key_account
from kam_erpnext.api import intelligence as api
from kam_erpnext.data import intelligence
from kam_erpnext.data.intelligence import NOTE
from kam_erpnext.data.permissions import own_accounts
from kam_erpnext.notifications import digest
from kam_erpnext.notifications.digest import send_weekly_digest
from tests.site import builders as b
from tests.site.kam_builders import lasting_users, make_account

ADMINISTRATOR, DIRECTOR, MANAGER, STRANGER, COORDINATOR, SPONSOR, READER, SELLER, SYSTEM = (
	f"notes.{name}@example.com"
	for name in (
		"administrator",
		"director",
		"manager",
		"stranger",
		"coordinator",
		"sponsor",
		"reader",
		"seller",
		"system",
	)
)
USERS = {
	ADMINISTRATOR: ["KAM Administrator"],
	DIRECTOR: ["Key Account Director"],
	MANAGER: ["Key Account Manager"],
	STRANGER: ["Key Account Manager"],
	COORDINATOR: ["Key Account Coordinator"],
	SPONSOR: ["Executive Sponsor"],
	READER: ["KAM Reader"],
	SELLER: ["Sales User"],
	SYSTEM: ["System Manager"],
}
EVERYBODY, PROGRAMME, TEAM = "Everybody", "Programme", "Account Team"


@pytest.fixture(scope="module", autouse=True)
def people(site_connection):
	with lasting_users(USERS):
		for user in USERS:
			frappe.db.set_value("Notification Settings", user, "enable_email_notifications", 0)
		frappe.db.commit()
		yield


@pytest.fixture(autouse=True)
def no_other_notes():
	frappe.db.delete(NOTE)


class World:
	"""Territories South > Valley and North; accounts Group > Branch (Valley) and Other (North)."""

	def __init__(self):
		self.south = b.ensure_territory("Notes South")
		self.north = b.ensure_territory("Notes North")
		frappe.db.set_value("Territory", self.south, "is_group", 1)
		self.valley = b.ensure_territory("Notes Valley", self.south)
		self.branch_customer = b.make_customer("Notes Branch", self.valley).name
		self.other_customer = b.make_customer("Notes Other", self.north).name
		self.group = make_account("Notes Group", level="Global").name
		self.branch = make_account(
			"Notes Branch",
			[self.branch_customer],
			parent=self.group,
			key_account_manager=MANAGER,
			executive_sponsor=SPONSOR,
		).name
		self.other = make_account("Notes Other", [self.other_customer], team=[COORDINATOR]).name
		self.accounts = [self.group, self.branch, self.other]


@pytest.fixture
def world():
	return World()


@b.as_administrator
def note(title="They opened a plant", owner=None, **fields):
	values = {"kind": "Competitor Move", "noted_on": nowdate(), **fields}
	document = frappe.get_doc({"doctype": NOTE, "title": title, **values}).insert()
	if owner:
		document.db_set("owner", owner)
	return document.name


def seen(user, as_user):
	"""Names a user sees; list, form, count and the query of the app agree."""
	every = set(frappe.get_all(NOTE, pluck="name"))
	with as_user(user):
		listed = set(frappe.get_list(NOTE, pluck="name", limit_page_length=0))
		opened = {name for name in every if frappe.get_doc(NOTE, name).has_permission("read")}
		frappe.local.form_dict = frappe._dict(doctype=NOTE, filters="[]", fields="[]", distinct="false")
		counted = get_count()
		queried = {row["name"] for row in intelligence.current_notes()}
	outside = {row["name"] for row in intelligence.current_notes(user=user)}
	assert listed == opened == queried == outside and counted == len(listed)
	return listed


# ---------------------------------------------------------------- who sees what


@pytest.mark.parametrize(
	("confidentiality", "about_account", "expected"),
	[
		(
			EVERYBODY,
			False,
			{ADMINISTRATOR, DIRECTOR, MANAGER, STRANGER, COORDINATOR, SPONSOR, READER, SYSTEM},
		),
		(EVERYBODY, True, {ADMINISTRATOR, DIRECTOR, MANAGER, SPONSOR, READER, SYSTEM}),
		(PROGRAMME, False, {ADMINISTRATOR, DIRECTOR}),
		(PROGRAMME, True, {ADMINISTRATOR, DIRECTOR}),
		(TEAM, True, {ADMINISTRATOR, DIRECTOR, MANAGER, SPONSOR}),
	],
)
def test_confidentiality(world, as_user, confidentiality, about_account, expected):
	name = note(confidentiality=confidentiality, key_account=world.branch if about_account else None)
	found = {user for user in USERS if user != SELLER and name in seen(user, as_user)}
	assert found == expected


def test_without_a_role_nothing_is_seen(world, as_user):
	name = note()
	with as_user(SELLER):
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(NOTE)
		assert not frappe.get_doc(NOTE, name).has_permission("read")
		assert intelligence.current_notes() == []


def test_the_team_of_an_account_above_belongs_to_the_team(world, as_user):
	below, above = (
		note(confidentiality=TEAM, key_account=world.branch),
		note(confidentiality=TEAM, key_account=world.group),
	)
	account = frappe.get_doc("Key Account", world.group)
	account.append("team", {"user": STRANGER})
	account.save()
	assert seen(STRANGER, as_user) == {below, above}
	assert seen(MANAGER, as_user) == {below}


def test_the_author_sees_his_note_as_long_as_he_sees_its_account(world, as_user):
	name = note(confidentiality=PROGRAMME, key_account=world.branch, owner=MANAGER)
	assert seen(MANAGER, as_user) == {name} and not seen(SPONSOR, as_user)
	frappe.get_doc("Key Account", world.branch).db_set("key_account_manager", None)
	assert not seen(MANAGER, as_user)


def test_user_permissions_leave_notes_that_touch_what_is_allowed(world, as_user):
	everywhere, south, valley, north = (
		note(territory=territory) for territory in (None, world.south, world.valley, world.north)
	)
	b.allow_only(DIRECTOR, "Territory", world.valley)
	assert seen(DIRECTOR, as_user) == {everywhere, south, valley}
	b.allow_only(READER, "Territory", world.south)
	assert seen(READER, as_user) == {everywhere, south, valley}
	b.allow_only(STRANGER, "Territory", world.north)
	assert seen(STRANGER, as_user) == {everywhere, north}
	settings = frappe.get_single("System Settings")
	settings.apply_strict_user_permissions = 1
	settings.flags.ignore_mandatory = True
	settings.save()
	frappe.local.system_settings = settings
	assert seen(STRANGER, as_user) == {north}


def test_a_fence_on_customers_hides_notes_about_hidden_accounts(world, as_user):
	here, there = note(key_account=world.branch), note(key_account=world.other)
	b.allow_only(DIRECTOR, "Customer", world.branch_customer)
	assert seen(DIRECTOR, as_user) == {here} and there


def test_no_other_door_shows_a_confidential_title(world, as_user):
	"""Frappe gives these out without asking for the document's permission."""
	note("Secret price list", confidentiality=PROGRAMME)
	meta = frappe.get_meta(NOTE)
	assert not meta.show_title_field_in_link and not meta.get_global_search_fields()
	about = [link.link_doctype for link in frappe.get_meta("Key Account").links]
	assert NOTE not in about, "numbers of connections count what the reader may not see"
	with as_user(MANAGER):
		found = frappe.call("frappe.desk.search.search_link", doctype=NOTE, txt="Secret")
		assert not found


# ---------------------------------------------------------------- what may be entered


def test_mistakes_are_named(world, as_user):
	with pytest.raises(frappe.ValidationError, match="Valid Until"):
		note(noted_on="2025-03-10", valid_until="2025-03-09")
	with pytest.raises(frappe.ValidationError, match="needs an account"):
		note(confidentiality=TEAM)
	with as_user(STRANGER), pytest.raises(frappe.PermissionError):
		frappe.get_doc(
			{"doctype": NOTE, "title": "Mine", "kind": "Price", "key_account": world.branch}
		).insert()


def test_a_note_is_opened_to_more_people_by_its_author_or_a_director(world, as_user):
	name = note(confidentiality=TEAM, key_account=world.branch)

	def save(user, **values):
		with as_user(user):
			document = frappe.get_doc(NOTE, name)
			document.update(values)
			document.save()

	save(MANAGER, impact="High")
	with pytest.raises(frappe.PermissionError, match="more people"):
		save(MANAGER, confidentiality=EVERYBODY)
	with pytest.raises(frappe.PermissionError, match="more people"):
		save(MANAGER, confidentiality=EVERYBODY, key_account=None)
	save(DIRECTOR, confidentiality=EVERYBODY)
	save(MANAGER, confidentiality=PROGRAMME)  # closing it is open to everybody who writes it
	assert not seen(MANAGER, as_user)


def test_readers_write_nothing(world, as_user):
	name = note()
	for user in (READER, SPONSOR, SYSTEM):
		with as_user(user):
			document = frappe.get_doc(NOTE, name)
			assert not document.has_permission("write") and not document.has_permission("create")
			document.title = "Changed"
			with pytest.raises(frappe.PermissionError):
				document.save()


# ---------------------------------------------------------------- where it matters


def matching(accounts, **scope):
	name = note(**scope)
	notes = [row for row in intelligence.current_notes() if row["name"] == name]
	found = intelligence.found_for(notes, accounts)
	return [match.account for match in found[0].matches] if found else []


def test_empty_scope_matters_for_everybody(world):
	assert matching(world.accounts) == world.accounts


def test_territory_with_everything_below_it(world):
	assert matching(world.accounts, territory=world.south) == [world.branch]
	assert matching(world.accounts, territory=world.valley) == [world.branch]
	assert matching(world.accounts, territory=world.north) == [world.other]


def test_account_with_everything_below_it(world):
	assert matching(world.accounts, key_account=world.group) == [world.group, world.branch]
	assert matching(world.accounts, key_account=world.branch) == [world.branch]


def test_segments(world):
	segment = frappe.get_all("Key Account Segment", pluck="name", order_by="name")[0]
	account = frappe.get_doc("Key Account", world.other)
	account.append("segments", {"segment": segment, "source": "Person", "reason": "We know"})
	account.save()
	assert matching(world.accounts, segment=segment) == [world.other]
	if not frappe.db.exists("Market Segment", "Notes Hospitals"):
		frappe.get_doc({"doctype": "Market Segment", "market_segment": "Notes Hospitals"}).insert()
	frappe.db.set_value("Customer", world.branch_customer, "market_segment", "Notes Hospitals")
	assert matching(world.accounts, market_segment="Notes Hospitals") == [world.branch]
	assert matching(world.accounts, market_segment="Notes Hospitals", segment=segment) == []


def test_territory_of_a_lead_that_will_become_the_customer(world):
	lead = frappe.get_doc({"doctype": "Lead", "first_name": "Notes Lead", "territory": world.north}).insert()
	account = make_account("Notes Candidate", party_type="Lead", party=lead.name, status="Candidate").name
	assert matching([account, world.branch], territory=world.north) == [account]


def test_item_groups_bought_within_two_years(world):
	item = b.ensure_service_item()
	group = frappe.db.get_value("Item", item, "item_group")
	above = frappe.db.get_value("Item Group", group, "parent_item_group")
	assert matching(world.accounts, item_group=group) == []
	b.make_invoice(world.branch_customer, [(item, 1, 100)], add_days(nowdate(), -100))
	b.make_invoice(world.other_customer, [(item, 1, 100)], add_days(nowdate(), -800))
	assert matching(world.accounts, item_group=group) == [world.branch]
	assert matching(world.accounts, item_group=above) == [world.branch]


def test_competitors_named_in_wallets(world):
	frappe.get_doc({"doctype": "Competitor", "competitor_name": "Notes Rival"}).insert()
	assert matching(world.accounts, competitor="Notes Rival") == []
	wallet = frappe.get_doc(
		{
			"doctype": "Key Account Wallet",
			"key_account": world.other,
			"item_group": frappe.db.get_value("Item", b.ensure_service_item(), "item_group"),
			"year": getdate().year,
			"company": b.COMPANY,
			"state": "Competitor",
			"wallet": 1000,
			"wallet_known": 1,
			"shares": [{"supplier_kind": "Competitor", "competitor": "Notes Rival", "amount": 1000}],
		}
	).insert()
	assert matching(world.accounts, competitor="Notes Rival") == [world.other]
	assert matching(world.accounts, item_group=wallet.item_group) == [world.other]


def test_hidden_customers_say_nothing_about_an_account(world):
	account = frappe.get_doc("Key Account", world.branch)
	account.append("customers", {"customer": b.make_customer("Notes Second", world.north).name})
	account.save()
	name = note(territory=world.north)
	assert [
		row.note["name"] for row in intelligence.found_for(intelligence.current_notes(), [world.branch])
	] == [name]
	b.allow_only(DIRECTOR, "Customer", world.branch_customer)
	notes = intelligence.current_notes(user=DIRECTOR)
	assert [row["name"] for row in notes] == [name]
	assert intelligence.found_for(notes, [world.branch], DIRECTOR) == []


def test_notes_that_do_not_hold_today_are_not_shown(world):
	note("Over", noted_on=add_days(nowdate(), -10), valid_until=add_days(nowdate(), -1))
	note("To come", noted_on=add_days(nowdate(), 1))
	last_day = note("Last day", noted_on=add_days(nowdate(), -10), valid_until=nowdate(), impact="Low")
	high = note("High", noted_on=add_days(nowdate(), -5), impact="High")
	assert [row["name"] for row in intelligence.current_notes()] == [high, last_day]


def test_queries_do_not_grow_with_accounts(world):
	group = frappe.db.get_value("Item", b.ensure_service_item(), "item_group")
	for number in range(3):
		note(f"Note {number}", territory=world.south, item_group=group, impact="Low")
	notes = intelligence.current_notes()
	few = queries_of(lambda: intelligence.found_for(notes, [world.branch]))
	more = [
		make_account(f"Notes Many {number}", [b.make_customer(f"Notes Many {number}").name]).name
		for number in range(8)
	]
	assert queries_of(lambda: intelligence.found_for(notes, [*world.accounts, *more])) <= few + 1


def queries_of(function):
	function()  # caches warm
	before = frappe.db.sql
	count = 0

	def counted(*args, **kwargs):
		nonlocal count
		count += 1
		return before(*args, **kwargs)

	frappe.db.sql = counted
	try:
		function()
	finally:
		frappe.db.sql = before
	return count


# ---------------------------------------------------------------- page, card, capture


def test_the_page_shows_notes_of_the_account_and_below_with_the_reason(world, as_user):
	south = note("South", territory=world.south, impact="High", response="Call them")
	closed = note("Closed", confidentiality=PROGRAMME, key_account=world.branch)
	note("North", territory=world.north)
	with as_user(DIRECTOR):
		part = key_account.profile(world.group)["market"]
		assert [row["name"] for row in part["rows"]] == [south, closed] and part["high"] == 1
		first = part["rows"][0]
		assert "Notes South" in first["reason"] and first["below"] == 1
		assert part["rows"][1]["reason"] == "Key Account: Notes Branch"
		assert first["below_name"] == "Notes Branch"
		assert set(frappe.get_list(NOTE, part["filters"], pluck="name")) == {south, closed}
		own = key_account.profile(world.branch)["market"]["rows"]
		assert [row["below"] for row in own] == [0, 0]
	with as_user(MANAGER):
		part = key_account.profile(world.branch)["market"]
		assert [row["name"] for row in part["rows"]] == [south] and part["count"] == 1
	assert [row["name"] for row in api.for_account(world.branch)] == [south, closed]


def test_the_card_counts_new_notes_for_ones_own_accounts(world, as_user):
	mine = note(territory=world.valley)
	note(territory=world.north)
	note(territory=world.valley, noted_on=add_days(nowdate(), -40))
	with as_user(MANAGER):
		card = cards.market_notes()
		assert card["value"] == 1 and card["route_options"] == {"name": ["in", [mine]]}
		assert own_accounts() == [world.branch]
	with as_user(COORDINATOR):
		assert cards.market_notes()["value"] == 1
	with as_user(SELLER), pytest.raises(frappe.PermissionError):
		cards.market_notes()


@b.as_administrator
def make_review(account):
	return frappe.get_doc(
		{
			"doctype": "Key Account Business Review",
			"key_account": account,
			"company": b.COMPANY,
			"review_date": nowdate(),
		}
	).insert()


def test_captured_from_a_review(world, as_user):
	review = make_review(world.branch)
	with as_user(MANAGER):
		name = api.capture(
			review.doctype,
			review.name,
			json.dumps(
				{
					"title": "Price war",
					"kind": "Price",
					"key_account": world.branch,
					"confidentiality": TEAM,
					"told": '["x"]',
				}
			),
		)
		document = frappe.get_doc(NOTE, name)
		assert (document.origin_doctype, document.origin_name) == (review.doctype, review.name)
		assert document.owner == MANAGER and not document.told and document.impact == "Medium"
		assert [row["name"] for row in api.of_document(review.doctype, review.name)] == [name]
		with pytest.raises(frappe.ValidationError, match="not captured from"):
			api.capture("Customer", world.branch_customer, {"title": "x", "kind": "Price"})
	with as_user(READER):
		assert api.of_document(review.doctype, review.name) == []


def test_nothing_is_captured_from_what_one_may_not_read(world, as_user):
	review = make_review(world.other)
	values = {"title": "Price war", "kind": "Price"}
	with as_user(MANAGER), pytest.raises(frappe.PermissionError):
		api.capture(review.doctype, review.name, values)
	with as_user(READER), pytest.raises(frappe.PermissionError):
		api.capture(review.doctype, review.name, values)
	with as_user(MANAGER), pytest.raises(frappe.PermissionError):
		frappe.get_doc(
			{"doctype": NOTE, **values, "origin_doctype": review.doctype, "origin_name": review.name}
		).insert()


def test_a_note_outlives_the_document_it_was_captured_from(world):
	review = make_review(world.branch)
	name = api.capture(review.doctype, review.name, {"title": "Price war", "kind": "Price"})
	frappe.delete_doc(review.doctype, review.name)
	assert not frappe.db.exists(review.doctype, review.name)
	assert frappe.db.get_value(NOTE, name, ["origin_doctype", "origin_name"]) == (None, None)


# ---------------------------------------------------------------- digest


@pytest.fixture
def sent():
	"""`sent(user)`: digests written for a user since the last look."""
	known = set(frappe.get_all("Notification Log", pluck="name"))

	def look(user):
		logs = frappe.get_all(
			"Notification Log",
			{"for_user": user, "name": ("not in", [*known, ""]), "document_type": NOTE},
			["name", "subject", "email_content", "link"],
			order_by="creation",
		)
		known.update(log.name for log in logs)
		return logs

	return look


def test_everybody_gets_one_message_with_what_matters_for_his_accounts(world, sent):
	note("South opens", territory=world.south, impact="High", what="<p>A <b>plant</b></p>", response="Call")
	note("Law <b>changes</b>", kind="Government Policy")
	note("North closes", territory=world.north)
	note("Closed circle", confidentiality=PROGRAMME)
	send_weekly_digest()
	(mine,) = sent(MANAGER)
	assert "<b>2</b>" in mine.subject
	assert "South opens" in mine.email_content and "Notes Branch" in mine.email_content
	assert "Law &lt;b&gt;changes" in mine.email_content and "For all accounts" in mine.email_content
	assert "A plant" in mine.email_content and "Response: Call" in mine.email_content
	assert "North" not in mine.email_content and "Closed circle" not in mine.email_content
	(other,) = sent(COORDINATOR)
	assert "North closes" in other.email_content and "South" not in other.email_content
	(director,) = sent(DIRECTOR)
	assert all(title in director.email_content for title in ("South", "North", "Closed circle"))
	assert sent(STRANGER) == [], "nobody without an account"
	assert sent(SELLER) == [] and sent(SYSTEM) == []


def test_running_twice_sends_once_and_a_single_note_is_named(world, sent):
	name = note("A <b>law</b>")
	send_weekly_digest()
	(first,) = sent(MANAGER)
	assert "&lt;b&gt;law&lt;/b&gt;" in first.subject and first.link.endswith(name)
	send_weekly_digest()
	assert sent(MANAGER) == []
	note("Another")
	send_weekly_digest(add_days(nowdate(), 7))
	(second,) = sent(MANAGER)
	assert "Another" in second.subject


def test_what_becomes_visible_later_is_told_then(world, sent):
	name = note("Closed circle", confidentiality=PROGRAMME)
	send_weekly_digest()
	assert sent(MANAGER) == []
	frappe.db.set_value(NOTE, name, "confidentiality", EVERYBODY)
	send_weekly_digest()
	assert len(sent(MANAGER)) == 1 and sent(DIRECTOR)


def test_old_notes_are_no_news(world, sent):
	name = note("Old")
	frappe.db.set_value(NOTE, name, "creation", add_days(nowdate(), -digest.NEWS_DAYS - 1))
	send_weekly_digest()
	assert sent(MANAGER) == []
	values = {"creation": add_days(nowdate(), -3 * digest.NEWS_DAYS), "told": '["somebody@example.com"]'}
	frappe.db.set_value(NOTE, name, values)
	send_weekly_digest()
	assert frappe.db.get_value(NOTE, name, "told") is None


def test_the_digest_can_be_switched_off(world, sent):
	note()
	frappe.db.set_single_value("KAM Settings", "intelligence_digest", 0)
	frappe.clear_document_cache("KAM Settings", "KAM Settings")
	send_weekly_digest()
	assert sent(MANAGER) == []


def test_one_failure_does_not_keep_the_others_from_their_digest(world, sent, monkeypatch):
	note()
	send = digest.send

	def broken(user, today):
		if user == DIRECTOR:
			raise RuntimeError("no luck")
		send(user, today)

	monkeypatch.setattr(digest, "send", broken)
	send_weekly_digest()
	assert sent(MANAGER) and not sent(DIRECTOR)
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{DIRECTOR}%")})


def test_people_who_cannot_log_in_get_nothing(world, sent):
	note()
	frappe.db.set_value("User", MANAGER, "enabled", 0)
	send_weekly_digest()
	assert sent(MANAGER) == []


def test_long_digests_say_how_much_more_there_is(world, sent):
	for number in range(digest.SHOWN_NOTES + 3):
		note(f"Note {number}", what="word " * 200)
	send_weekly_digest()
	(mine,) = sent(MANAGER)
	assert mine.email_content.count("<li ") == digest.SHOWN_NOTES
	assert "and 3 more" in mine.email_content and "…" in mine.email_content


def test_the_digest_is_scheduled_once_a_week():
	jobs = [job for jobs in hooks.scheduler_events["cron"].values() for job in jobs]
	assert "kam_erpnext.notifications.digest.send_weekly_digest" in jobs
