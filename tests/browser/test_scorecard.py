"""A manager sees an account fall: from the list of scorecards to every point, and mutes the alarm on the page of the account."""

import pytest

from tests.site import builders as b
from tests.site.kam_builders import make_account

PASSWORD = "Kam-browser-2026"
MANAGER = "score.manager@example.com"
HOSTILE = '<img src=x onerror="window.kam_hacked = true">'


@pytest.fixture
def fallen(on_site, site_point):
	"""An account whose sales fell by half, with the alarm of the last night, and one with a hostile name."""
	from kam_erpnext.data import scorecard
	from kam_erpnext.snapshots import nightly

	utils = on_site.utils
	b.ensure_company()
	b.ensure_user(MANAGER, ["Key Account Manager", "Sales User"], password=PASSWORD)
	on_site.db.set_value("Notification Settings", MANAGER, "enable_email_notifications", 0)
	on_site.db.set_single_value("KAM Settings", "company", b.COMPANY)
	customer = b.make_customer("Falling Mill").name
	for amount, days in ((1000, 430), (500, 60)):
		b.make_invoice(
			customer, [(b.ensure_service_item(), 1, amount)], utils.add_days(utils.nowdate(), -days)
		)
	account = make_account("Falling Mills", [customer], key_account_manager=MANAGER)
	other = make_account("Hostile Mills", key_account_manager=MANAGER)
	other.db_set("account_name", HOSTILE)
	nightly.take_accounts([account.name, other.name], utils.add_days(utils.nowdate(), -1))
	score = scorecard.read([account.name], b.COMPANY, utils.getdate())[account.name]
	on_site.db.commit()
	return on_site._dict(account=account.name, health=round(score.health))


def test_from_the_list_to_a_muted_alarm(fallen, log_in, on_site):
	desk = log_in(MANAGER, PASSWORD)
	page = desk.open("query-report/Account Scorecard", wait_for=".dt-row .kam-meter")
	page.wait_for_selector(".kam-chart canvas")
	row = page.locator(".dt-row", has_text="Falling Mills").first
	assert str(fallen.health) in row.inner_text()
	assert page.evaluate("window.kam_hacked") is None

	# one account, line by line
	row.locator("[data-kam-scorecard]").click()
	page.wait_for_selector(".dt-row :text('Change of Net Sales')")
	line = page.locator(".dt-row", has_text="Change of Net Sales").first.inner_text()
	assert "-50.0 %" in line and "500" in line and "1,000" in line
	assert page.locator(".dt-row", has_text="Sales Drop").count() >= 1

	# the panel of the account
	desk.open(f"key-account/{fallen.account}", wait_for=".kam-scorecard .kam-scorecard-value")
	alarms = page.locator(".kam-scorecard-below .kam-list").first
	assert "50.0 %" in alarms.inner_text()
	page.locator("button.kam-alarm[data-action=mute]").first.click()
	page.locator(".modal.show textarea").fill("They rebuild their plant")
	page.locator(".modal.show .btn-modal-primary").click()
	page.wait_for_selector("button.kam-alarm[data-action=unmute]")
	assert "They rebuild their plant" in alarms.inner_text()
	on_site.db.rollback()
	muted = on_site.get_all(
		"Key Account Alarm", {"key_account": fallen.account, "status": "Muted"}, ["mute_reason"]
	)
	assert [row.mute_reason for row in muted] == ["They rebuild their plant"]
