frappe.ui.form.on("Market Estimate", {
	setup(frm) {
		const search = () => ({ query: "kam_erpnext.api.report_filters.search" });
		// the roles of key account management hold no right on ERPNext's masters
		for (const field of ["territory", "item_group", "company"]) {
			frm.set_query(field, search);
			Object.assign(frm.get_docfield(field), { only_select: 1, ignore_link_validation: 1 });
		}
		frm.set_query("competitor", "competitors", search);
		Object.assign(frm.get_docfield("competitors", "competitor"), {
			only_select: 1,
			ignore_link_validation: 1,
		});
	},

	onload(frm) {
		if (!frm.is_new() || frm.doc.from_date) return;
		const year = frappe.datetime.get_today().slice(0, 4);
		frm.set_value({ from_date: `${year}-01-01`, to_date: `${year}-12-31` });
	},

	refresh(frm) {
		if (frm.is_new()) return;
		const { territory, item_group, from_date } = frm.doc;
		frm.page.set_title([territory, item_group, from_date.slice(0, 4)].filter(Boolean).join(" · "));
		frm.add_custom_button(__("Market Share"), () =>
			frappe.set_route("query-report", "Market Share", {
				company: frm.doc.company,
				period: "Custom",
				from_date: frm.doc.from_date,
				to_date: frm.doc.to_date,
				territory: frm.doc.territory,
				...(frm.doc.item_group ? { item_group: frm.doc.item_group } : {}),
			})
		);
	},
});
