const COLOURS = { Draft: "gray", Running: "blue", Closed: "green", Cancelled: "red" };
const USUAL = [
	[80, 50],
	[100, 100],
	[120, 150],
];
const FULL = 100;

frappe.ui.form.on("Key Account Incentive Scheme", {
	setup(frm) {
		frm.set_query("user", "participants", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("sales_person", "participants", () => ({ filters: { enabled: 1 } }));
		frm.set_query("user", "targets", () => ({
			filters: { name: ["in", (frm.doc.participants || []).map((row) => row.user).filter(Boolean)] },
		}));
		// statements go, or are marked, with their scheme
		frm.ignore_doctypes_on_cancel_all = ["Key Account Incentive"];
	},

	onload(frm) {
		if (!frm.is_new() || frm.doc.company) return;
		frm.set_value("company", frappe.defaults.get_user_default("Company"));
	},

	refresh(frm) {
		if (!frm.is_new() && !frm.is_dirty()) frm.page.set_indicator(__(frm.doc.status, null, "Key Account Incentive Scheme"), COLOURS[frm.doc.status]);
		frm.toggle_display(["closed_on", "closed_by"], Boolean(frm.doc.closed_on));
		frm.trigger("show_intro");
		frm.trigger("draw");
		if (frm.doc.docstatus === 1) frm.trigger("show_buttons");
	},

	show_intro(frm) {
		frm.set_intro();
		const { doc } = frm;
		const own = frm.has_perm("write") || frm.is_new();
		if (doc.docstatus === 0 && !own) {
			frm.set_intro(__("You can read this scheme only: nobody changes a scheme he takes part in."), "orange");
		} else if (doc.docstatus === 0) {
			const weights = (doc.measures || []).reduce((sum, row) => sum + flt(row.weight), 0);
			frm.set_intro(
				[
					__("Enter what counts and how much, the pay-out curve, and who takes part; then submit. Each participant gets a statement that follows the documents until the scheme is closed."),
					weights && weights !== FULL
						? __("The weights make {0} % so far.", [format_number(weights, null, 1)])
						: "",
				].join(" "),
				weights && weights !== FULL ? "orange" : "blue"
			);
		} else if (doc.status === "Running" && frappe.datetime.get_today() > doc.to_date) {
			frm.set_intro(
				__("The period is over. Close the scheme to make the statements final; until then they follow documents that are still entered."),
				"orange"
			);
		}
	},

	show_buttons(frm) {
		const { doc } = frm;
		if (doc.status === "Running") {
			frm.add_custom_button(__("Calculate Again"), () => calculate(frm));
			if (frm.has_perm("submit") && frappe.datetime.get_today() > doc.to_date) {
				frm.add_custom_button(__("Close Scheme"), () => close(frm));
				frm.change_custom_button_type(__("Close Scheme"), null, "primary");
			}
		}
		frm.add_custom_button(
			__("Statements"),
			() => frappe.set_route("List", "Key Account Incentive", "List", { scheme: doc.name }),
			__("View")
		);
		frm.add_custom_button(
			__("Incentive Performance"),
			() =>
				frappe.set_route("query-report", "Incentive Performance", {
					company: doc.company,
					from_date: doc.from_date,
					to_date: doc.to_date,
				}),
			__("View")
		);
	},

	/** The curve as it is entered. */
	async draw(frm) {
		await frappe.require("kam_incentive.bundle.js");
		const rows = (frm.doc.curve || []).map((row) => [flt(row.attainment), flt(row.payout)]);
		const knots = rows.length ? rows : USUAL;
		const rises = knots.every(([at], place) => !place || at > knots[place - 1][0]);
		frm.get_field("curve_html").$wrapper.html(
			rises
				? kam.incentive.curve(knots)
				: `<p class="text-muted">${__("The attainments must rise from line to line.")}</p>`
		);
	},

	curve_remove: (frm) => frm.trigger("draw"),
});

frappe.ui.form.on("Key Account Incentive Knot", {
	attainment: (frm) => frm.trigger("draw"),
	payout: (frm) => frm.trigger("draw"),
	curve_remove: (frm) => frm.trigger("draw"),
});

frappe.ui.form.on("Key Account Incentive Measure", {
	weight: (frm) => frm.trigger("show_intro"),
	measures_remove: (frm) => frm.trigger("show_intro"),
});

async function calculate(frm) {
	const { message } = await frappe.call({
		method: "kam_erpnext.api.incentives.recalculate_scheme",
		args: { scheme: frm.doc.name },
		freeze: true,
		freeze_message: __("Reading the documents …"),
	});
	frappe.show_alert({ message: message.message, indicator: "green" });
}

/** Statements become final; what is not known is asked for first. */
async function close(frm, accept_unknown = false) {
	const { message } = await frappe.call({
		method: "kam_erpnext.api.incentives.close",
		args: { scheme: frm.doc.name, accept_unknown },
		freeze: true,
		freeze_message: __("Reading the documents …"),
	});
	if (message.closed) {
		frappe.show_alert({ message: message.message, indicator: "green" });
		return frm.reload_doc();
	}
	const safe = frappe.utils.escape_html;
	const list = message.unknown
		.map(({ person, measures }) => `<li><b>${safe(person)}</b>: ${measures.map((name) => safe(__(name))).join(", ")}</li>`)
		.join("");
	frappe.confirm(
		`${safe(message.message)}<ul>${list}</ul>${__("Make all statements final all the same?")}`,
		() => close(frm, true)
	);
}
