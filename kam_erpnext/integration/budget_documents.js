// Purchase Order, Purchase Invoice, Timesheet, Expense Claim: which budget line of a key account plan is used.
frappe.provide("kam.budget");

kam.budget.define = (doctype) =>
	frappe.ui.form.on(doctype, {
		setup(frm) {
			frm.set_query("kam_plan", () => ({
				filters: {
					docstatus: 1,
					status: ["in", ["Approved", "In Execution", "Closed"]],
					...(frm.doc.company ? { company: frm.doc.company } : {}),
				},
			}));
		},

		refresh(frm) {
			kam.budget.offer_lines(frm);
		},

		async kam_plan(frm) {
			const lines = await kam.budget.offer_lines(frm);
			const known = lines.some((line) => line.code === frm.doc.kam_budget_line);
			if (!known) frm.set_value("kam_budget_line", lines.length === 1 ? lines[0].code : null);
		},
	});

kam.budget.offer_lines = async (frm) => {
	const field = frm.fields_dict.kam_budget_line;
	if (!field) return [];
	let lines = [];
	if (frm.doc.kam_plan) {
		const { message } = await frappe.call({
			method: "kam_erpnext.api.budget.lines",
			type: "GET",
			args: { plan: frm.doc.kam_plan },
		});
		lines = message || [];
	}
	kam.budget.show_choices(frm, field, lines);
	return lines;
};

kam.budget.show_choices = (frm, field, lines) => {
	const text = lines.map(({ code, purpose }) => `${code} (${purpose})`).join(", ");
	frm.set_df_property(
		"kam_budget_line",
		"description",
		frm.doc.kam_plan
			? frappe.utils.escape_html(
					lines.length
						? __("Lines of the plan: {0}. The whole document counts for the line chosen.", [text])
						: __("This plan has no budget lines that you may see.")
			  )
			: __("Choose a plan first.")
	);
	const input = field.$input?.get(0);
	if (!input || typeof Awesomplete === "undefined") return;
	if (!field.kam_choices) {
		field.kam_choices = new Awesomplete(input, { minChars: 0, maxItems: 99, sort: false });
		field.$input.on("focus", () => {
			if (!input.readOnly && field.kam_choices.ul.childNodes.length === 0) field.kam_choices.evaluate();
			field.kam_choices.open();
		});
		field.$input.on("awesomplete-selectcomplete", () => field.$input.trigger("change"));
	}
	field.kam_choices.list = lines.map(({ code, purpose }) => ({
		label: frappe.utils.escape_html(`${code}: ${purpose}`),
		value: code,
	}));
};

// the file is loaded with each of the four forms
if (!kam.budget.defined) {
	kam.budget.defined = true;
	["Purchase Order", "Purchase Invoice", "Timesheet", "Expense Claim"].forEach(kam.budget.define);
}
