frappe.listview_settings["Key Account Wallet"] = {
	add_fields: ["state", "wallet_known", "currency", "item_group", "year"],
	hide_name_column: true,
	get_indicator: (doc) => {
		const colours = {
			Unknown: "gray",
			Potential: "blue",
			Competitor: "orange",
			Internal: "purple",
			Blocked: "red",
		};
		return [__(doc.state, null, "Key Account Wallet"), colours[doc.state] || "gray", `state,=,${doc.state}`];
	},
	formatters: {
		account_name: (value, df, doc) => kam.lists.subject(value, `${doc.item_group} ${doc.year}`),
		// 0 is not what an unknown wallet is worth
		wallet: (value, df, doc) =>
			kam.lists.cell(doc.wallet_known ? format_currency(value, doc.currency) : `<span class="text-muted">–</span>`),
	},
	onload(list) {
		kam.lists.columns(list, 6);
		list.page.add_inner_button(__("Share of Wallet"), () =>
			frappe.set_route("query-report", "Share of Wallet")
		);
		list.page.add_menu_item(__("Import Template"), () => kam.imports.template("Key Account Wallet"));
	},
};
