frappe.listview_settings["Call Cycle"] = {
	add_fields: ["status", "load", "load_known", "calls", "overload_reason"],
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,

	get_indicator(doc) {
		const colours = {
			Draft: "gray",
			"In Review": "orange",
			Rejected: "red",
			Approved: "green",
			Closed: "gray",
			Cancelled: "red",
		};
		return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},

	formatters: {
		load(value, _df, doc) {
			if (!doc.load_known) return "–";
			const text = `${format_number(value, null, 0)} %`;
			return value > 100 ? `<b class="text-danger">▲ ${text}</b>` : text;
		},
	},
};
