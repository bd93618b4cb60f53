frappe.ui.form.on("Key Account Assessment", {
	setup(frm) {
		frm.set_query("criteria", () => ({ filters: { docstatus: 1 } }));
	},

	onload(frm) {
		if (!frm.is_new()) return;
		if (!frm.doc.company) frm.set_value("company", frappe.defaults.get_user_default("Company"));
		if (!frm.doc.from_date) {
			const today = frappe.datetime.get_today();
			frm.set_value("from_date", frappe.datetime.add_days(frappe.datetime.add_months(today, -12), 1));
			frm.set_value("to_date", today);
		}
	},

	refresh(frm) {
		for (const table of ["thresholds", "answers", "scores"]) {
			const grid = frm.get_field(table).grid;
			grid.cannot_add_rows = true;
			grid.cannot_delete_rows = true;
			grid.wrapper.find(".grid-add-row, .grid-remove-rows").hide();
			grid.refresh();
		}
		if (frm.is_new()) {
			frm.set_intro(__("Save to read the figures. Judged lines can be answered afterwards."));
		} else if (frm.doc.docstatus === 0 && frm.doc.open_judgements) {
			frm.set_intro(
				__("{0} judged lines are open: answer screening questions with yes or no, give judged criteria 0 to 100 points, and note the evidence.", [
					frm.doc.open_judgements,
				]),
				"yellow"
			);
		}
		for (const field of (frm.doc.unknown || "").split(", ").filter(Boolean)) {
			const control = frm.get_field(field);
			control?.$wrapper.find(".control-value, .like-disabled-input").text(__("not known"));
		}
		if (frm.doc.selection && frm.doc.docstatus === 0) {
			// it is submitted together with its selection
			frm.page.clear_primary_action();
			frm.dashboard.clear_headline();
		}
		if (frm.doc.selection) {
			frm.add_custom_button(__("Selection"), () => frappe.set_route("Form", "Key Account Selection", frm.doc.selection), __("View"));
		}
	},
});
