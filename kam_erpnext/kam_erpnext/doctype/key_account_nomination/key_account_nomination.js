frappe.ui.form.on("Key Account Nomination", {
	onload(frm) {
		if (frm.is_new() && !frm.doc.company) {
			frm.set_value("company", frappe.defaults.get_user_default("Company"));
		}
	},

	refresh(frm) {
		if (frm.doc.key_account) {
			frm.add_custom_button(__("Key Account"), () => frappe.set_route("Form", "Key Account", frm.doc.key_account), __("View"));
		}
	},

	before_workflow_action(frm) {
		if (frm.selected_workflow_action !== "Reject") return;
		return kam.ask_rejection_reason(frm);
	},
});
