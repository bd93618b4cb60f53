frappe.ui.form.on("Key Account Segment", {
	setup(frm) {
		frm.set_query("measure", () => ({
			filters: { used_for: ["in", ["Criteria and Objectives", "Criteria"]] },
		}));
	},
});
