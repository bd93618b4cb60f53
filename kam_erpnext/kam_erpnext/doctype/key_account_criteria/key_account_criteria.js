frappe.ui.form.on("Key Account Criteria", {
	setup(frm) {
		for (const table of ["classification", "screening", "scoring"]) {
			frm.set_query("measure", table, () => ({
				filters: { used_for: ["in", ["Criteria and Objectives", "Criteria"]] },
			}));
		}
	},

	refresh(frm) {
		// what was measured with this version keeps it when the version is replaced
		frm.ignore_doctypes_on_cancel_all = ["Key Account Selection", "Key Account Assessment"];
		frm.trigger("show_weights");
		if (frm.doc.docstatus === 1 && frappe.model.can_create("Key Account Selection")) {
			frm.add_custom_button(
				__("Key Account Selection"),
				() => frappe.new_doc("Key Account Selection", { criteria: frm.doc.name, title: frm.doc.title }),
				__("Create")
			);
		}
		const empty = !["classification", "screening", "scoring"].some((table) => frm.doc[table]?.length);
		if (frm.doc.docstatus === 0 && empty) {
			frm.add_custom_button(__("Fill With Standard Criteria"), () => frm.trigger("fill_standard"));
		}
		if (frm.is_new()) {
			frm.set_intro(
				__(
					"Classification decides which figures a key account must reach, screening which questions must be answered with yes, scoring how accounts are ranked. Each part is optional, but one is needed."
				)
			);
		}
	},

	async fill_standard(frm) {
		const { message } = await frappe.call({
			method: "kam_erpnext.api.criteria.standard_lines",
			type: "GET",
		});
		for (const [table, rows] of Object.entries(message)) {
			frm.clear_table(table);
			rows.forEach((row) => frm.add_child(table, row));
			frm.refresh_field(table);
		}
		frm.dirty();
		frm.trigger("show_weights");
		frappe.show_alert(__("Standard criteria filled in. Please replace the thresholds by your own."));
	},

	show_weights(frm) {
		const total = frm.doc.scoring?.reduce((sum, row) => sum + flt(row.weight), 0) || 0;
		for (const row of frm.doc.scoring || []) {
			const share = total ? (100 * flt(row.weight)) / total : 0;
			if (frm.doc.docstatus === 0 && flt(row.share_of_weight, 4) !== flt(share, 4)) {
				// shown at once; the server computes it again when the form is saved
				row.share_of_weight = share;
			}
		}
		frm.doc.total_weight = total;
		frm.refresh_field("scoring");
		frm.refresh_field("total_weight");
	},
});

frappe.ui.form.on("Key Account Scoring Criterion", {
	weight: (frm) => frm.trigger("show_weights"),
	scoring_remove: (frm) => frm.trigger("show_weights"),
	measure(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.measure) return;
		if (!row.criterion) frappe.model.set_value(cdt, cdn, "criterion", row.measure);
		frappe.db.get_value("KAM Measure", row.measure, "higher_is_better", ({ higher_is_better }) => {
			frappe.model.set_value(cdt, cdn, "reverse", higher_is_better ? 0 : 1);
		});
	},
	kind(frm, cdt, cdn) {
		if (locals[cdt][cdn].kind === "Judged") {
			frappe.model.set_value(cdt, cdn, { measure: null, low_anchor: 0, high_anchor: 0, reverse: 0 });
		}
	},
});
