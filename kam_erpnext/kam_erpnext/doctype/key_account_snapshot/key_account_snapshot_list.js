(() => {
	// a number that was not known is stored as 0, and is no 0
	const shown = (field, format) => (value, df, doc) =>
		kam.lists.cell((doc.unknown || "").split(",").includes(field) ? "–" : format(value, df, doc));
	const amount = (value, df, doc) => format_currency(value, doc.currency, 0);
	const percent = (value) => `${format_number(value, null, 0)} %`;

	frappe.listview_settings["Key Account Snapshot"] = {
		add_fields: ["unknown", "currency", "health_band"],
		hide_name_column: true,

		get_indicator(doc) {
			const colour = { "At Risk": "red", Watch: "orange", Healthy: "green" }[doc.health_band];
			return colour
				? [__(doc.health_band), colour, `health_band,=,${doc.health_band}`]
				: [__("Not Known"), "gray", "health_band,is,not set"];
		},

		formatters: {
			net_sales_year: shown("net_sales_year", amount),
			forecast: shown("forecast", amount),
			score: shown("score", percent),
			health: shown("health", percent),
		},
	};
})();
