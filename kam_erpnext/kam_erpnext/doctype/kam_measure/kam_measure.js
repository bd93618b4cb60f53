frappe.ui.form.on("KAM Measure", {
	refresh(frm) {
		if (frm.doc.is_standard) {
			frm.set_intro(__("This measure is shipped with the app. It can be used in criteria, but not changed."));
			frm.disable_form();
		}
		frm.trigger("offer_customer_fields");
	},

	source(frm) {
		frm.trigger("offer_customer_fields");
	},

	offer_customer_fields(frm) {
		if (frm.doc.is_standard || frm.doc.source !== "Customer field") return;
		frappe.model.with_doctype("Customer", () => {
			const numeric = ["Int", "Float", "Currency", "Percent", "Check", "Rating", "Duration"];
			const names = frappe
				.get_meta("Customer")
				.fields.filter((df) => numeric.includes(df.fieldtype))
				.map((df) => df.fieldname);
			frm.set_df_property(
				"customer_field",
				"description",
				__("Numeric fields of Customer on this site: {0}", [names.join(", ") || __("none")])
			);
		});
	},
});
