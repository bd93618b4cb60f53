frappe.query_reports["Sales Facts"] = kam.reports.define({
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			description: __("Months of this company; empty for all of them."),
		},
		{
			fieldname: "only_problems",
			label: __("Only Those Not Equal"),
			fieldtype: "Check",
			description: __("Only months whose facts are not equal to the documents, or not known to be."),
		},
	],
	cells: {
		month: (value) => (value ? frappe.utils.escape_html(moment(value).format("MMM YYYY")) : ""),
		state_text: (value, data) => {
			const colours = { Equal: "green", "Changes Waiting": "blue", Different: "red" };
			return `<span class="indicator-pill no-indicator-dot ${colours[data.state] || "orange"}">${frappe.utils.escape_html(
				value
			)}</span>`;
		},
	},
	ready: (report) => {
		const run = (label, method, args, sentence) =>
			report.page.add_inner_button(label, () =>
				frappe.confirm(sentence, () =>
					frappe.call({ type: "POST", method: `kam_erpnext.api.sales_facts.${method}`, args }).then((answer) =>
						frappe.show_alert({ message: answer.message, indicator: "green" })
					)
				)
			);
		run(
			__("Compare All"),
			"compare",
			{},
			__("Compare every row of all months with the documents, in the background? Months that differ are made anew.")
		);
		run(
			__("Make Anew"),
			"rebuild",
			{},
			__("Make all months anew from the documents, in the background? Until then figures are read from the documents, which takes longer.")
		);
	},
});
