// market notes captured where one hears of them, without leaving the document
frappe.provide("kam.intelligence");

const NOTE = "Market Intelligence";
const QUICK = ["title", "kind", "direction", "impact", "what", "response"];
const MORE = ["territory", "market_segment", "segment", "item_group", "key_account", "competitor"];
const LAST = ["confidentiality", "valid_until", "source"];
const MASTERS = ["territory", "market_segment", "item_group", "competitor"];

/** Opens the dialog of a note that is captured from a document; `values` fills its fields. */
kam.intelligence.capture = async (frm, values = {}) => {
	await frappe.model.with_doctype(NOTE);
	const dialog = new frappe.ui.Dialog({
		title: __("Note on the Market"),
		size: "large",
		fields: [
			...fields(QUICK.slice(0, 2)),
			{ fieldtype: "Column Break" },
			...fields(QUICK.slice(2, 4)),
			{ fieldtype: "Section Break" },
			...fields(QUICK.slice(4)),
			{ fieldtype: "Section Break", label: __("Where It Matters") },
			...fields(MORE.slice(0, 3)),
			{ fieldtype: "Column Break" },
			...fields(MORE.slice(3)),
			{ fieldtype: "Section Break", label: __("Who May See It") },
			...fields(LAST.slice(0, 1)),
			{ fieldtype: "Column Break" },
			...fields(LAST.slice(1)),
		],
		primary_action_label: __("Save Note"),
		async primary_action(entered) {
			const { message: name } = await frappe.call({
				method: "kam_erpnext.api.intelligence.capture",
				type: "POST",
				args: { origin_doctype: frm.doctype, origin_name: frm.doc.name, values: entered },
				btn: dialog.get_primary_btn(),
			});
			dialog.hide();
			frappe.show_alert({
				message: __("Noted: {0}", [
					`<a href="${frappe.utils.get_form_link(NOTE, name)}">${frappe.utils.escape_html(entered.title)}</a>`,
				]),
				indicator: "green",
			});
		},
	});
	dialog.set_values({ impact: "Medium", confidentiality: "Everybody", ...values });
	dialog.show();
	return dialog;
};

function fields(names) {
	return names.map((name) => {
		const { fieldname, fieldtype, label, options, description, reqd } = frappe.meta.get_docfield(NOTE, name);
		const field = { fieldname, fieldtype, options, description: __(description), reqd, label: __(label) };
		if (name === "what") field.fieldtype = "Small Text";
		if (!MASTERS.includes(name)) return field;
		return {
			...field,
			only_select: true,
			ignore_link_validation: true,
			get_query: () => ({ query: "kam_erpnext.api.report_filters.search" }),
		};
	});
}

const DEFAULTS = {
	"Key Account Business Review": (doc) => ({ key_account: doc.key_account }),
	"Key Account Opportunity": (doc) => ({
		key_account: doc.key_account,
		item_group: only(doc.volumes, "item_group"),
		competitor: only(doc.competitors, "competitor"),
	}),
};

/** The value of a table's lines, if it is the same in all. */
function only(rows, field) {
	const values = [...new Set((rows || []).map((row) => row[field]).filter(Boolean))];
	return values.length === 1 ? values[0] : undefined;
}

/** "Create → Market Note" on a document notes are captured from. */
kam.intelligence.add_button = (frm) => {
	const defaults = DEFAULTS[frm.doctype];
	if (!defaults || frm.is_new() || !frappe.model.can_create(NOTE)) return;
	frm.add_custom_button(__("Market Note"), () => kam.intelligence.capture(frm, defaults(frm.doc)), __("Create"));
};

// the opportunity makes its buttons itself, after its figures have come
frappe.ui.form.on("Key Account Business Review", { refresh: kam.intelligence.add_button });
