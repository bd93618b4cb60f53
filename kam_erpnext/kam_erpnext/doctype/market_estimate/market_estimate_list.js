frappe.listview_settings["Market Estimate"] = {
	formatters: {
		territory: (value, df, doc) => kam.lists.subject(value, doc.item_group, doc.from_date?.slice(0, 4)),
		// a size of 0 was not given
		market_value: (value, df, doc) => kam.lists.cell(value ? format_currency(value, doc.currency) : unknown),
		market_units: (value) => kam.lists.cell(value ? format_number(value, null, 0) : unknown),
	},
	add_fields: ["currency", "item_group", "from_date"],
	hide_name_column: true,
	onload(list) {
		kam.lists.columns(list, 6);
		list.page.add_inner_button(__("Market Share"), () =>
			frappe.set_route("query-report", "Market Share")
		);
		list.page.add_menu_item(__("Import Template"), () => kam.imports.template("Market Estimate"));
	},
};

const unknown = `<span class="text-muted">–</span>`;
