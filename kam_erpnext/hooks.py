app_name = "kam_erpnext"
app_title = "KAM for ERPNext"
app_publisher = "KAM for ERPNext contributors"
app_description = (
	"Key account management for ERPNext: selection, plans, maps and performance read from the ledger"
)
app_email = "maintainers@kam-erpnext.invalid"
app_license = "gpl-3.0"
required_apps = ["frappe/erpnext"]  # with the owner, so that Frappe need not ask GitHub for it

page_renderer = "kam_erpnext.help.HelpPage"
extend_bootinfo = "kam_erpnext.setup.extensions.extend_boot"
app_include_js = ["kam_erpnext.bundle.js"]
app_include_css = ["kam_erpnext.bundle.css"]

before_install = "kam_erpnext.setup.install.before_install"
after_install = "kam_erpnext.setup.install.after_install"
before_uninstall = "kam_erpnext.setup.install.before_uninstall"
before_migrate = "kam_erpnext.setup.install.before_migrate"
after_migrate = "kam_erpnext.setup.install.after_migrate"
after_app_install = "kam_erpnext.setup.extensions.apps_changed"
after_app_uninstall = "kam_erpnext.setup.extensions.app_removed"

# documents that can use the budget of a plan; Expense Claim comes with HRMS
BUDGET_DOCUMENTS = ("Purchase Order", "Purchase Invoice", "Timesheet", "Expense Claim")
# documents that can belong to an opportunity of a key account
OPPORTUNITY_DOCUMENTS = ("Opportunity", "Quotation", "Sales Order", "Project")
# a change of what may count as a sale; see data/sales_facts.py
SALES_CHANGED = dict.fromkeys(
	("on_submit", "on_cancel", "on_update_after_submit"),
	"kam_erpnext.data.sales_facts_upkeep.document_changed",
)
SALES_NAMES_CHANGED = "kam_erpnext.data.sales_facts_upkeep.names_changed"

doctype_js = {
	"Customer": "integration/customer.js",
	"Data Import": "integration/data_import.js",
	**dict.fromkeys(BUDGET_DOCUMENTS, "integration/budget_documents.js"),
	**dict.fromkeys(OPPORTUNITY_DOCUMENTS, "integration/opportunity_documents.js"),
}
# Frappe counts, draws and searches whatever anybody asks about: not so documents that are not for everybody
override_whitelisted_methods = {
	"frappe.client.get_count": "kam_erpnext.api.open_doors.get_count",
	"frappe.client.validate_link": "kam_erpnext.api.open_doors.validate_link",
	"frappe.client.validate_link_and_fetch": "kam_erpnext.api.open_doors.validate_link_and_fetch",
	"frappe.core.doctype.submission_queue.submission_queue.get_latest_submissions": "kam_erpnext.api.open_doors.get_latest_submissions",
	"frappe.desk.doctype.dashboard_chart.dashboard_chart.get": "kam_erpnext.api.open_doors.get_chart",
	"frappe.desk.doctype.tag.tag.get_tagged_docs": "kam_erpnext.api.open_doors.get_tagged_docs",
	"frappe.desk.form.document_follow.get_follow_users": "kam_erpnext.api.open_doors.get_follow_users",
	"frappe.desk.form.linked_with.get_submitted_linked_docs": "kam_erpnext.api.open_doors.get_submitted_linked_docs",
	"frappe.desk.form.utils.get_next": "kam_erpnext.api.open_doors.get_next",
	"frappe.desk.listview.get_group_by_count": "kam_erpnext.api.open_doors.get_group_by_count",
	"frappe.desk.notifications.get_open_count": "kam_erpnext.api.open_doors.get_open_count",
	"frappe.desk.reportview.get": "kam_erpnext.api.open_doors.get_rows",
	"frappe.desk.search.get_link_title": "kam_erpnext.api.open_doors.get_link_title",
	"frappe.desk.search.search_link": "kam_erpnext.api.open_doors.search_link",
	"frappe.desk.search.search_widget": "kam_erpnext.api.open_doors.search_widget",
	"frappe.social.doctype.energy_point_log.energy_point_log.get_reviews": "kam_erpnext.api.open_doors.get_reviews",
	"frappe.utils.global_search.search": "kam_erpnext.api.open_doors.search_everywhere",
	"frappe.utils.goal.get_monthly_goal_graph_data": "kam_erpnext.api.open_doors.get_monthly_goal_graph_data",
	"frappe.workflow.doctype.workflow.workflow.get_workflow_state_count": "kam_erpnext.api.open_doors.get_workflow_state_count",
	"erpnext.crm.utils.get_open_activities": "kam_erpnext.api.open_doors.get_open_activities",
}
# what no endpoint of this app can take is refused before it runs
before_request = ["kam_erpnext.api.arguments.check_request"]
# when it is known who asks
auth_hooks = ["kam_erpnext.api.open_doors.refuse_columns_of_linked_documents"]
standard_queries = {
	doctype: "kam_erpnext.api.incentives.search"
	for doctype in (
		"Key Account Incentive",
		"Key Account Incentive Line",
		"Key Account Incentive Scheme",
		"Key Account Incentive Measure",
		"Key Account Incentive Knot",
		"Key Account Incentive Participant",
		"Key Account Incentive Target",
	)
}
override_doctype_dashboards = {"Customer": "kam_erpnext.integration.customer.get_dashboard_data"}

doc_events = {
	"Customer": {
		"validate": "kam_erpnext.integration.customer.validate",
		"before_rename": "kam_erpnext.integration.customer.before_rename",
		"after_rename": [
			"kam_erpnext.integration.customer.after_rename",
			"kam_erpnext.kam_erpnext.doctype.key_account_wallet.key_account_wallet.renew_keys",
			"kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.customer_renamed",
			"kam_erpnext.kam_erpnext.doctype.call_cycle.lines.customer_renamed",
			"kam_erpnext.data.sales_facts_upkeep.customer_renamed",
		],
		"on_update": "kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.customer_changed",
		"on_trash": [
			"kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.customer_deleted",
			"kam_erpnext.kam_erpnext.doctype.call_cycle.lines.customer_deleted",
		],
	},
	"Contact": {
		"on_trash": [
			"kam_erpnext.integration.contact.on_trash",
			"kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.contact_deleted",
			"kam_erpnext.kam_erpnext.doctype.call_cycle.lines.contact_deleted",
		],
		"after_rename": "kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.contact_renamed",
	},
	"User": {
		"before_rename": "kam_erpnext.kam_erpnext.doctype.call_calendar.call_calendar.before_user_rename",
		"after_rename": [
			"kam_erpnext.integration.renames.user",
			"kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.user_renamed",
		],
		"on_trash": [
			"kam_erpnext.kam_erpnext.doctype.call_calendar.call_calendar.forget_user",
			"kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.user_deleted",
		],
	},
	# calls in the calendar of the desk
	"Customer Call": {
		"on_update": "kam_erpnext.integration.call_events.call_changed",
		"on_trash": [
			"kam_erpnext.integration.call_events.call_deleted",
			"kam_erpnext.kam_erpnext.doctype.market_intelligence.market_intelligence.forget_origin",
		],
	},
	"Event": {
		"validate": "kam_erpnext.integration.call_events.validate_event",
		"on_update": "kam_erpnext.integration.call_events.event_changed",
		"on_trash": "kam_erpnext.integration.call_events.event_deleted",
	},
	"Competitor": {
		"after_rename": "kam_erpnext.integration.renames.competitor",
		"on_trash": "kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.competitor_deleted",
	},
	"Market Intelligence": {"on_trash": "kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.note_deleted"},
	"ToDo": {"on_trash": "kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.todo_deleted"},
	"Key Account": {
		"after_rename": [
			"kam_erpnext.integration.renames.subject",
			"kam_erpnext.kam_erpnext.doctype.key_account_wallet.key_account_wallet.renew_keys",
			"kam_erpnext.alarms.silence.record_renamed",
			"kam_erpnext.snapshots.upkeep.renamed",
		],
		"on_update": "kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.account_changed",
		"on_trash": [
			"kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.account_deleted",
			"kam_erpnext.alarms.silence.account_deleted",
			"kam_erpnext.snapshots.upkeep.deleted",
		],
	},
	"Item Group": {
		"after_rename": [
			"kam_erpnext.kam_erpnext.doctype.key_account_wallet.key_account_wallet.renew_keys",
			SALES_NAMES_CHANGED,
		]
	},
	"Sales Person": {"after_rename": SALES_NAMES_CHANGED},
	"Repost Item Valuation": {"on_change": "kam_erpnext.data.sales_facts_upkeep.valuation_changed"},
	# deletes documents behind their back
	"Transaction Deletion Record": {"on_change": SALES_NAMES_CHANGED},
	"Company": {
		"after_rename": [
			"kam_erpnext.kam_erpnext.doctype.key_account_wallet.key_account_wallet.renew_keys",
			"kam_erpnext.alarms.silence.record_renamed",
			"kam_erpnext.snapshots.upkeep.renamed",
			SALES_NAMES_CHANGED,
		],
		"on_trash": ["kam_erpnext.snapshots.upkeep.deleted", SALES_NAMES_CHANGED],
	},
	"Data Import": {
		"before_validate": "kam_erpnext.integration.data_import.before_validate",
		"on_update": "kam_erpnext.integration.data_import.on_update",
	},
	"Dashboard Chart": {"validate": "kam_erpnext.integration.dashboard_chart.validate"},
	**{
		doctype: {
			"validate": "kam_erpnext.integration.opportunity_documents.validate",
			"before_update_after_submit": "kam_erpnext.integration.opportunity_documents.validate",
			"on_change": "kam_erpnext.integration.opportunity_documents.on_change",
			"on_trash": "kam_erpnext.integration.opportunity_documents.on_trash",
			"after_delete": "kam_erpnext.integration.opportunity_documents.after_delete",
			"after_mapping": "kam_erpnext.integration.opportunity_documents.after_mapping",
			# the power map of an ERPNext opportunity
			**(
				{"after_rename": "kam_erpnext.integration.renames.subject"}
				if doctype == "Opportunity"
				else {}
			),
			**(SALES_CHANGED if doctype == "Sales Order" else {}),
		}
		for doctype in OPPORTUNITY_DOCUMENTS
	},
	"Sales Invoice": {
		"on_change": "kam_erpnext.integration.opportunity_documents.invoice_changed",
		**SALES_CHANGED,
	},
	"Delivery Note": SALES_CHANGED,
	"KAM Settings": {
		"on_update": [
			"kam_erpnext.kam_erpnext.doctype.key_account_opportunity.rating.settings_changed",
			"kam_erpnext.data.sales_facts_upkeep.settings_changed",
		]
	},
	"Personal Data Download Request": {
		"before_insert": "kam_erpnext.power_map.personal_data.open_download",
		"after_insert": "kam_erpnext.power_map.personal_data.close_download",
	},
	"Personal Data Deletion Request": {
		"on_update": "kam_erpnext.power_map.personal_data.forget_on_request",
	},
	"Key Account Action": {
		"on_trash": [
			"kam_erpnext.kam_erpnext.doctype.key_account.profile.forget_action",
			"kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.action_deleted",
		]
	},
	# documents market notes are captured from
	**{
		doctype: {
			"on_trash": "kam_erpnext.kam_erpnext.doctype.market_intelligence.market_intelligence.forget_origin"
		}
		for doctype in ("Key Account Business Review", "Key Account Opportunity")
	},
	**{
		doctype: {
			"validate": "kam_erpnext.integration.budget_documents.validate",
			"before_update_after_submit": "kam_erpnext.integration.budget_documents.validate",
			"after_mapping": "kam_erpnext.integration.budget_documents.after_mapping",
		}
		for doctype in BUDGET_DOCUMENTS
	},
	"Task": {
		"on_update": "kam_erpnext.integration.task.on_update",
		"on_trash": "kam_erpnext.integration.task.on_trash",
	},
}

permission_query_conditions = {
	"Key Account": "kam_erpnext.data.permissions.key_account_query",
	"Key Account Assessment": "kam_erpnext.data.permissions.assessment_query",
	"Key Account Selection Line": "kam_erpnext.data.permissions.selection_line_query",
	"Key Account Nomination": "kam_erpnext.data.permissions.nomination_query",
	"Key Account Plan": "kam_erpnext.data.permissions.plan_query",
	"Key Account Action": "kam_erpnext.data.permissions.action_query",
	"Key Account Business Review": "kam_erpnext.data.permissions.review_query",
	"Power Map": "kam_erpnext.data.permissions.account_document_query",
	"Power Map Snapshot": "kam_erpnext.data.permissions.account_document_query",
	"Power Map Reading": "kam_erpnext.data.permissions.account_document_query",
	"Key Account Opportunity": "kam_erpnext.data.permissions.account_document_query",
	"Key Account Wallet": "kam_erpnext.data.permissions.account_document_query",
	"Market Intelligence": "kam_erpnext.data.permissions.intelligence_query",
	"Customer Call": "kam_erpnext.data.permissions.call_query",
	"Call Cycle": "kam_erpnext.data.permissions.call_query",
	"Call Cycle Line": "kam_erpnext.data.permissions.call_query",
	"Call Calendar": "kam_erpnext.data.permissions.calendar_query",
	# incentives, with their tables: the person, his managers, and who pays
	**{
		doctype: "kam_erpnext.data.incentive_access.query"
		for doctype in ("Key Account Incentive", "Key Account Incentive Scheme")
	},
	**{
		table: "kam_erpnext.data.incentive_access.row_query"
		for table in (
			"Key Account Incentive Line",
			"Key Account Incentive Measure",
			"Key Account Incentive Knot",
			"Key Account Incentive Participant",
			"Key Account Incentive Target",
		)
	},
	"Key Account Alarm": "kam_erpnext.data.permissions.alarm_query",
	"Key Account Snapshot": "kam_erpnext.data.permissions.account_document_query",
	# tags hold the titles of the documents
	"Tag Link": "kam_erpnext.data.fenced.tag_link_query",
	# tables within them, which Frappe lets be listed by themselves
	**{
		table: "kam_erpnext.data.permissions.row_query"
		for table in (
			"Key Account Customer",
			"Key Account Team Member",
			"Key Account Segment Entry",
			"Key Account Membership",
			"Key Account Value Chain Activity",
			"Key Account Indicator",
			"Key Account Customer Goal",
			"Key Account Need",
			"Key Account SWOT Item",
			"Key Account Stage Entry",
			"Key Account Assessment Threshold",
			"Key Account Assessment Answer",
			"Key Account Assessment Score",
			"Key Account Plan Block",
			"Key Account Plan Question",
			"Key Account Plan Objective",
			"Key Account Success Factor",
			"Key Account Competitor Position",
			"Key Account Plan Target",
			"Key Account Plan Month",
			"Key Account Budget Line",
			"Key Account Plan Resource",
			"Key Account Plan Risk",
			"Key Account Plan Member",
			"Key Account Action Helper",
			"Key Account Agenda Item",
			"Key Account Review Attendee",
			"Key Account Review Figure",
			"Key Account Review Objective",
			"Key Account Review Action",
			"Key Account Review Deal",
			"Key Account Review Decision",
			"Power Map Person",
			"Key Account Opportunity Volume",
			"Key Account Opportunity Contact",
			"Key Account Opportunity Competitor",
			"Key Account Opportunity Gate",
			"Key Account Opportunity Reason",
			"Key Account Wallet Share",
			"Market Estimate Competitor",
			"Customer Call Contact",
			"Customer Call Product",
			"Customer Call Remark",
			"Customer Call Follow Up",
			"Call Cycle Absence",
		)
	},
}
has_permission = {
	"Key Account": "kam_erpnext.data.permissions.key_account_permission",
	"Key Account Assessment": "kam_erpnext.data.permissions.assessment_permission",
	"Key Account Selection Line": "kam_erpnext.data.permissions.selection_line_permission",
	"Key Account Nomination": "kam_erpnext.data.permissions.nomination_permission",
	"Key Account Plan": "kam_erpnext.data.permissions.account_document_permission",
	"Key Account Action": "kam_erpnext.data.permissions.account_document_permission",
	"Key Account Business Review": "kam_erpnext.data.permissions.account_document_permission",
	"Power Map": "kam_erpnext.data.permissions.account_document_permission",
	"Power Map Snapshot": "kam_erpnext.data.permissions.account_document_permission",
	"Power Map Reading": "kam_erpnext.data.permissions.account_document_permission",
	"Key Account Opportunity": "kam_erpnext.data.permissions.account_document_permission",
	"Key Account Wallet": "kam_erpnext.data.permissions.account_document_permission",
	"Market Intelligence": "kam_erpnext.data.permissions.intelligence_permission",
	"Customer Call": "kam_erpnext.data.permissions.call_permission",
	"Call Cycle": "kam_erpnext.data.permissions.call_permission",
	"Call Cycle Line": "kam_erpnext.data.permissions.call_permission",
	"Call Calendar": "kam_erpnext.data.permissions.calendar_permission",
	"Key Account Incentive": "kam_erpnext.data.incentive_access.statement_permission",
	"Key Account Incentive Scheme": "kam_erpnext.data.incentive_access.scheme_permission",
	"Key Account Alarm": "kam_erpnext.data.permissions.alarm_permission",
	"Key Account Snapshot": "kam_erpnext.data.permissions.account_document_permission",
}

jinja = {
	"methods": [
		"kam_erpnext.printing.plan.kam_plan_one_page",
		"kam_erpnext.printing.plan.kam_plan_in_full",
		"kam_erpnext.printing.plan.kam_plan_for_customer",
		"kam_erpnext.printing.review.kam_review",
		"kam_erpnext.printing.review.kam_review_for_customer",
		"kam_erpnext.printing.power_map.kam_power_map",
		"kam_erpnext.printing.power_map.kam_power_map_structure",
		"kam_erpnext.printing.incentive.kam_incentive",
	],
}

scheduler_events = {
	"daily": ["kam_erpnext.notifications.reminders.send_due_reminders"],
	"daily_long": [
		"kam_erpnext.kam_erpnext.doctype.customer_call.upkeep.mark_missed",
		"kam_erpnext.integration.call_events.catch_up",
		"kam_erpnext.kam_erpnext.doctype.key_account_plan.frozen.refresh_plans_in_force",
		"kam_erpnext.power_map.snapshots.take_snapshots",
		"kam_erpnext.power_map.retention.clean_up",
		"kam_erpnext.data.sales_facts_upkeep.check",
		"kam_erpnext.snapshots.nightly.take",
		"kam_erpnext.kam_erpnext.doctype.key_account_incentive_scheme.statements.recalculate_all",
	],
	"cron": {
		# Monday morning, before work
		"0 5 * * 1": ["kam_erpnext.notifications.digest.send_weekly_digest"],
	},
	"hourly": [
		"kam_erpnext.data.sales_facts_upkeep.keep_up",
		"kam_erpnext.kam_erpnext.doctype.key_account_selection.run.resume_stopped_runs",
		"kam_erpnext.kam_erpnext.doctype.call_cycle.scheduling.resume_stopped",
		"kam_erpnext.snapshots.nightly.take_up",
		# Monday morning, which does not come everywhere at once
		"kam_erpnext.notifications.call_digest.send_weekly_call_digest",
	],
}

# Frappe's requests for personal data and for its deletion, by the e-mail address
user_data_fields = [
	{
		"doctype": "Power Map Person",
		"filter_by": "email_id",
		"redact_fields": ["person_name", "designation", "organisation"],
	},
	{"doctype": "Power Map Entry", "filter_by": "email_id", "redact_fields": ["person_name"]},
]

export_python_type_annotations = True
require_type_annotated_api_methods = True
