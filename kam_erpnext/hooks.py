app_name = "kam_erpnext"
app_title = "KAM for ERPNext"
app_publisher = "KAM for ERPNext contributors"
app_description = (
	"Key account management for ERPNext: selection, plans, maps and performance read from the ledger"
)
app_email = "maintainers@kam-erpnext.invalid"
app_license = "gpl-3.0"
required_apps = ["frappe/erpnext"]  # with the owner, so that Frappe need not ask GitHub for it

app_include_js = ["kam_erpnext.bundle.js"]
app_include_css = ["kam_erpnext.bundle.css"]

before_install = "kam_erpnext.setup.install.before_install"
after_install = "kam_erpnext.setup.install.after_install"
before_uninstall = "kam_erpnext.setup.install.before_uninstall"
before_migrate = "kam_erpnext.setup.install.before_migrate"
after_migrate = "kam_erpnext.setup.install.after_migrate"

doctype_js = {"Customer": "integration/customer.js"}
override_doctype_dashboards = {"Customer": "kam_erpnext.integration.customer.get_dashboard_data"}

doc_events = {
	"Customer": {
		"validate": "kam_erpnext.integration.customer.validate",
		"before_rename": "kam_erpnext.integration.customer.before_rename",
		"after_rename": "kam_erpnext.integration.customer.after_rename",
	},
}

permission_query_conditions = {
	"Key Account": "kam_erpnext.data.permissions.key_account_query",
	"Key Account Assessment": "kam_erpnext.data.permissions.assessment_query",
	"Key Account Selection Line": "kam_erpnext.data.permissions.selection_line_query",
	"Key Account Nomination": "kam_erpnext.data.permissions.nomination_query",
	# tables within them, which Frappe lets be listed by themselves
	"Key Account Customer": "kam_erpnext.data.permissions.account_row_query",
	"Key Account Team Member": "kam_erpnext.data.permissions.account_row_query",
	"Key Account Segment Entry": "kam_erpnext.data.permissions.account_row_query",
	"Key Account Membership": "kam_erpnext.data.permissions.account_row_query",
	"Key Account Assessment Threshold": "kam_erpnext.data.permissions.assessment_row_query",
	"Key Account Assessment Answer": "kam_erpnext.data.permissions.assessment_row_query",
	"Key Account Assessment Score": "kam_erpnext.data.permissions.assessment_row_query",
}
has_permission = {
	"Key Account": "kam_erpnext.data.permissions.key_account_permission",
	"Key Account Assessment": "kam_erpnext.data.permissions.assessment_permission",
	"Key Account Selection Line": "kam_erpnext.data.permissions.selection_line_permission",
	"Key Account Nomination": "kam_erpnext.data.permissions.nomination_permission",
}

scheduler_events = {
	"hourly": ["kam_erpnext.kam_erpnext.doctype.key_account_selection.run.resume_stopped_runs"],
}

export_python_type_annotations = True
require_type_annotated_api_methods = True
