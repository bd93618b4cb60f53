import { escape, money } from "./looks";

/** Asks for what is missing and makes a Key Account Opportunity of the cell. */
export function make_opportunity(panel) {
	const { about, model, row, column } = panel;
	const cell = about.figures;
	const amount = cell?.gap > 0 ? cell.gap : cell?.basis === "Peers" && cell.peer_gap > 0 ? cell.peer_gap : null;
	const reason =
		cell?.gap > 0
			? __("Gap of {0} to the share of the wallet we want.", [money(cell.gap, model.currency)])
			: about.peers?.reason || __("Cell {0} × {1} of the whitespace matrix.", [row.label, column.label]);
	const dialog = new frappe.ui.Dialog({
		title: __("New Opportunity"),
		fields: [
			{
				fieldname: "title",
				label: __("Title", null, "KAM"),
				fieldtype: "Data",
				reqd: 1,
				default: __("{0} for {1}", [column.label, row.label]),
			},
			{ fieldtype: "Section Break" },
			{
				fieldname: "amount",
				label: __("Amount a Year ({0})", [model.currency]),
				fieldtype: "Int",
				default: amount == null ? null : Math.round(amount),
				description: amount == null ? __("Leave empty if it is not known yet.") : escape(reason),
			},
			{
				fieldname: "customer",
				label: __("Customer"),
				fieldtype: "Select",
				options: [
					{ value: "", label: "" },
					...about.customers.map(({ name, label }) => ({ value: name, label: escape(label) })),
				],
				default: about.customers.length === 1 ? about.customers[0].name : "",
				description: __("Who would buy. A quotation needs it; it can be chosen later."),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "expected_close",
				label: __("Order Expected On"),
				fieldtype: "Date",
				default: frappe.datetime.add_months(frappe.datetime.get_today(), 3),
			},
			{
				fieldname: "kind",
				label: __("Kind"),
				fieldtype: "Select",
				default: "Idea",
				options: [
					{ value: "Idea", label: __("Idea") },
					{ value: "Key Project", label: __("Key Project") },
				],
			},
			{
				fieldname: "responsible",
				label: __("Responsible", null, "KAM"),
				fieldtype: "Link",
				options: "User",
				reqd: 1,
				default: frappe.session.user,
			},
		],
		primary_action_label: __("Make"),
		primary_action: async (values) => {
			dialog.disable_primary_action();
			try {
				const { message } = await frappe.call({
					method: "kam_erpnext.api.whitespace.make_opportunity",
					type: "POST",
					args: {
						...values,
						amount: values.amount || 0,
						key_account: about.account,
						item_group: about.item_group,
						company: model.company,
						reason,
					},
				});
				dialog.hide();
				frappe.show_alert({
					message: __("{0} was made.", [
						`<a href="${frappe.utils.get_form_link("Key Account Opportunity", message)}">${escape(
							message
						)}</a>`,
					]),
					indicator: "green",
				}, 10);
				await panel.changed();
			} finally {
				dialog.enable_primary_action();
			}
		},
	});
	dialog.show();
}
