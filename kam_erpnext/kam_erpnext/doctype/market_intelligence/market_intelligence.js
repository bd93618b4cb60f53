// masters the roles of key account management hold no right on
const MASTERS = ["territory", "market_segment", "item_group", "competitor"];

frappe.ui.form.on("Market Intelligence", {
	setup(frm) {
		for (const field of MASTERS) {
			frm.set_query(field, () => ({ query: "kam_erpnext.api.report_filters.search" }));
			Object.assign(frm.get_docfield(field), { only_select: 1, ignore_link_validation: 1 });
		}
		frm.set_query("key_account", () => ({ filters: { status: ["!=", "Retired"] } }));
	},

	refresh(frm) {
		frm.trigger("show_state");
		frm.trigger("show_scope");
		if (frm.is_new()) return;
		if (frappe.model.can_create("Key Account Opportunity")) {
			frm.add_custom_button(__("Opportunity"), () => make_opportunity(frm), __("Create"));
		}
		if (frappe.model.can_create("Key Account Action")) {
			frm.add_custom_button(__("Action"), () => make_action(frm), __("Create"));
		}
	},

	confidentiality(frm) {
		frm.toggle_reqd("key_account", frm.doc.confidentiality === "Account Team");
	},

	show_state(frm) {
		frm.toggle_reqd("key_account", frm.doc.confidentiality === "Account Team");
		if (frm.is_new()) return;
		const [label, colour] = frappe.listview_settings["Market Intelligence"].get_indicator(frm.doc);
		frm.page.set_indicator(label, colour);
	},

	/** Says in words for whom the note matters. */
	show_scope(frm) {
		frm.set_intro("");
		if (frm.is_new() || frm.doc.__unsaved) return;
		const given = [...MASTERS, "segment", "key_account"].filter((field) => frm.doc[field]);
		if (!given.length) {
			frm.set_intro(__("No scope is given: this note is shown with every key account."), "blue");
		}
	},
});

function make_opportunity(frm) {
	frappe.new_doc("Key Account Opportunity", {
		...(frm.doc.key_account ? { key_account: frm.doc.key_account } : {}),
		title: frm.doc.title,
		description: [frappe.utils.html2text(frm.doc.what || ""), frm.doc.response].filter(Boolean).join("\n\n"),
		origin: "Market Intelligence",
		origin_text: `${frm.doc.name}: ${frm.doc.title}`,
	});
}

function make_action(frm) {
	frappe.new_doc("Key Account Action", {
		...(frm.doc.key_account ? { key_account: frm.doc.key_account } : {}),
		subject: (frm.doc.response || frm.doc.title).split("\n")[0].slice(0, 140),
		responsible: frappe.session.user,
	});
}
