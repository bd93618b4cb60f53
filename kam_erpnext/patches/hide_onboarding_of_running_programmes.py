from kam_erpnext.setup import onboarding


def execute():
	onboarding.hide_where_it_is_known()
