frappe.ui.form.on("Key Account Plan Template", {
	setup(frm) {
		frm.set_query("measure", "objectives", () => ({ filters: { used_for: ["!=", "Criteria"] } }));
	},

	refresh(frm) {
		if (frm.is_new() || frm.doc.disabled || !frappe.model.can_create("Key Account Plan")) return;
		frm.add_custom_button(__("New Plan"), () =>
			frappe.new_doc("Key Account Plan", { template: frm.doc.name })
		);
	},
});
