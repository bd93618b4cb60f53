const COLOURS = { Draft: "orange", Final: "green", Withdrawn: "red" };
// the picture says it better
const DRAWN = ["sb_lines", "lines", "amount", "before_cap", "at_target", "cap", "known_share", "note", "status"];

frappe.ui.form.on("Key Account Incentive", {
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status), COLOURS[frm.doc.status]);
		frm.disable_save();
		for (const field of DRAWN) frm.toggle_display(field, false);
		for (const field of ["finalised_on", "finalised_by", "sales_person", "territory"]) {
			frm.toggle_display(field, Boolean(frm.doc[field]));
		}
		// with a sales person the sales teams of documents say whose sales they are
		frm.toggle_display("customers", !frm.doc.sales_person);
		frm.trigger("draw");
		if (frm.doc.status === "Draft") {
			frm.add_custom_button(__("Calculate Again"), () => calculate(frm));
		}
		frm.add_custom_button(
			__("Incentive Performance"),
			() =>
				frappe.set_route("query-report", "Incentive Performance", {
					user: frm.doc.user,
					company: frm.doc.company,
					from_date: frm.doc.from_date,
					to_date: frm.doc.to_date,
				}),
			__("View")
		);
		if (frappe.model.can_read("Key Account Incentive Scheme")) {
			frm.add_custom_button(
				__("Scheme"),
				() => frappe.set_route("Form", "Key Account Incentive Scheme", frm.doc.scheme),
				__("View")
			);
		}
	},

	async draw(frm) {
		const seen = frm.doc.__onload?.statement;
		if (!seen) return;
		await frappe.require("kam_incentive.bundle.js");
		const $page = frm.get_field("now_html").$wrapper;
		$page.html(kam.incentive.statement(frm.doc, seen));
		$page.off("click.kam").on("click.kam", "[data-route]", function () {
			const { line, route } = this.dataset;
			kam.reports.follow(seen.lines[line].routes[route]);
		});
	},
});

async function calculate(frm) {
	const { message } = await frappe.call({
		method: "kam_erpnext.api.incentives.recalculate",
		args: { statement: frm.doc.name },
		freeze: true,
		freeze_message: __("Reading the documents …"),
	});
	await frm.reload_doc();
	frappe.show_alert({ message: message.message, indicator: message.changed ? "green" : "orange" });
}
