frappe.ui.form.on("KAM Measure", {
	setup(frm) {
		frm.set_query("report", () => ({
			filters: { disabled: 0, report_type: ["in", ["Query Report", "Script Report", "Custom Report"]] },
		}));
	},

	refresh(frm) {
		if (frm.doc.is_standard) {
			frm.set_intro(
				frm.doc.source === "Other app"
					? __("This measure comes with another app. It can be used where it says, but not changed.")
					: __("This measure is shipped with the app. It can be used where it says, but not changed.")
			);
			frm.disable_form();
			return;
		}
		// the other sources belong to the measures shipped with the app
		frm.set_df_property("source", "options", ["Customer field", "Report"]);
		frm.trigger("offer_customer_fields");
		frm.trigger("offer_report_columns");
	},

	source(frm) {
		if (frm.doc.source === "Report") frm.set_value("used_for", "Objectives");
		frm.trigger("offer_customer_fields");
	},

	report(frm) {
		if (frm.doc.report && !frm.doc.report_filters) {
			frm.set_value(
				"report_filters",
				JSON.stringify(
					{
						company: "{company}",
						customer: "{customer}",
						from_date: "{from_date}",
						to_date: "{to_date}",
					},
					null,
					1
				)
			);
		}
		frm.trigger("offer_report_columns");
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

	async offer_report_columns(frm) {
		if (frm.doc.source !== "Report" || !frm.doc.report) return;
		const { message } = await frappe.call({
			method: "kam_erpnext.api.measures.report_columns",
			type: "GET",
			args: { report: frm.doc.report, filters: frm.doc.report_filters || "{}" },
		});
		const text = (message.columns || []).map(({ fieldname, label }) => `${fieldname} (${label})`).join(", ");
		frm.set_df_property(
			"report_column",
			"description",
			frappe.utils.escape_html(
				message.problem
					? __("The columns cannot be read with these filters: {0}", [message.problem])
					: __("Columns of the report: {0}", [text || __("none")])
			)
		);
	},

	report_filters(frm) {
		frm.trigger("offer_report_columns");
	},
});
