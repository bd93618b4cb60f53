const COLOURS = {
	Draft: "gray",
	"In Review": "orange",
	Rejected: "red",
	Approved: "green",
	Closed: "gray",
	Cancelled: "red",
};
const LOCKED = ["In Review", "Closed", "Cancelled"];
// field of the cycle -> setting it starts with
const DEFAULTS = {
	calls_per_day: "calls_per_day",
	hours_per_day: "call_hours",
	travel_share: "call_travel_share",
	office_share: "call_office_share",
};
const WEEKS = 13;

frappe.ui.form.on("Call Cycle", {
	setup(frm) {
		frm.set_query("user", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("sales_person", () => ({ filters: { enabled: 1 } }));
		// who plans calls chooses a list of holidays without the right to open it
		frm.set_query("holiday_list", () => ({ query: "kam_erpnext.api.call_cycles.holiday_lists" }));
		frm.fields_dict.holiday_list.df.ignore_link_validation = 1;
		// lines and calls stay as the history of the person
		frm.ignore_doctypes_on_cancel_all = ["Call Cycle Line", "Customer Call"];
	},

	onload(frm) {
		if (!frm.is_new()) return;
		start_values(frm);
	},

	refresh(frm) {
		frm.trigger("show_status");
		frm.trigger("show_intro");
		frm.trigger("lock");
		frm.trigger("show_parts");
		if (frm.is_new()) return;
		frm.trigger("show_page");
	},

	show_status(frm) {
		if (!frm.is_new() && !frm.is_dirty()) frm.page.set_indicator(__(frm.doc.status), COLOURS[frm.doc.status]);
	},

	/** What to do next. */
	show_intro(frm) {
		frm.set_intro();
		const { doc } = frm;
		const safe = (text) => frappe.utils.escape_html(text || "");
		if (frm.is_new()) {
			frm.set_intro(
				__("Choose the person and the days and save. Then Propose fills the cycle from the frequency rules and shows whether the calls fit into the working time. Without territory and sales person it takes the customers of the person's key accounts."),
				"blue"
			);
			return;
		}
		const intros = {
			Draft: [
				doc.calls
					? __("Check load and lines, change single numbers with a reason, then choose Send to Review in the menu Actions.")
					: __("Press Propose: it reads customers, classes and last calls, and proposes how often each of them is called on."),
				"blue",
			],
			"In Review": [
				__("In review since {0}, sent by {1}. Nobody can change the cycle now. A director reads it and chooses Approve or Reject in the menu Actions; the sender may Recall it.", [
					frappe.datetime.str_to_user(doc.sent_on) || "",
					safe(frappe.user.full_name(doc.sent_by || "")),
				]),
				"orange",
			],
			Rejected: [
				__("Rejected: {0} — Choose Revise in the menu Actions, mend the cycle and send it again.", [
					safe(doc.rejection_reason),
				]),
				"red",
			],
			Cancelled: [__("This cycle was cancelled; its calls to come were cancelled with it."), "red"],
		};
		if (intros[doc.status]) frm.set_intro(...intros[doc.status]);
	},

	lock(frm) {
		const locked = LOCKED.includes(frm.doc.status) && !frm.is_new();
		frm.kam_read_only ??= Object.fromEntries(
			frm.fields
				.filter((field) => frappe.model.is_value_type(field.df) || field.df.fieldtype === "Table")
				.map((field) => [field.df.fieldname, cint(field.df.read_only)])
		);
		for (const [field, read_only] of Object.entries(frm.kam_read_only)) {
			const keep = read_only || (locked && field !== "rejection_reason");
			if (cint(frm.fields_dict[field].df.read_only) !== cint(keep)) {
				frm.set_df_property(field, "read_only", cint(keep));
			}
		}
	},

	/** The overview says it better than the stored figures. */
	show_parts(frm) {
		for (const field of [
			"customers",
			"calls",
			"working_days",
			"required_hours",
			"capacity_hours",
			"capacity_calls",
			"load",
			"status",
		]) {
			frm.toggle_display(field, false);
		}
		frm.toggle_display("scheduled_on", Boolean(frm.doc.scheduled_on));
	},

	async show_page(frm) {
		await frappe.require("kam_call_cycle.bundle.js");
		frm.kam_page ??= new kam.call_cycle.Page(frm, {
			now: frm.get_field("now_html").$wrapper[0],
			load_tab: frm.get_field("load_html").$wrapper[0],
		});
		frm.kam_page.load();
	},

	show_buttons(frm) {
		const page = frm.kam_page?.page;
		if (!page || frm.is_new()) return;
		const { dialogs } = kam.call_cycle;
		frm.clear_custom_buttons();
		if (page.may_propose) {
			frm.add_custom_button(__("Propose"), () => frm.kam_page.propose());
			if (!frm.doc.calls) frm.change_custom_button_type(__("Propose"), null, "primary");
		}
		if (page.may_change && frm.doc.docstatus === 1) {
			frm.add_custom_button(__("Schedule", null, "KAM"), () => dialogs.schedule(frm.kam_page));
		}
		if (frm.doc.docstatus) {
			frm.add_custom_button(__("Calls"), () => dialogs.open_calls(frm), __("View"));
			frm.add_custom_button(
				__("Calendar"),
				() => frappe.set_route("List", "Customer Call", "Calendar", { cycle: frm.doc.name }),
				__("View")
			);
			frm.add_custom_button(__("Call Compliance"), () => report(frm, "Call Compliance"), __("View"));
		}
		frm.add_custom_button(__("Workload"), () => report(frm, "Workload"), __("View"));
		if (frappe.model.can_read("Call Frequency Rule")) {
			frm.add_custom_button(
				__("Frequency Rules"),
				() => frappe.set_route("List", "Call Frequency Rule"),
				__("View")
			);
		}
	},

	from_date(frm) {
		if (frm.is_new() && frm.doc.from_date && !frm.doc.to_date) {
			frm.set_value("to_date", frappe.datetime.add_days(frm.doc.from_date, WEEKS * 7 - 1));
		}
	},

	async before_workflow_action(frm) {
		const action = frm.selected_workflow_action;
		try {
			if (action === "Send to Review") await check_load(frm);
			if (action === "Reject") await kam.ask_rejection_reason(frm);
		} catch (error) {
			frappe.dom.unfreeze();
			throw error;
		}
	},
});

/** A cycle of a quarter from next Monday for oneself, with the working time of the settings. */
async function start_values(frm) {
	const { doc } = frm;
	if (!doc.user) await frm.set_value("user", frappe.session.user);
	if (!doc.from_date) {
		const today = frappe.datetime.str_to_obj(frappe.datetime.get_today());
		const monday = frappe.datetime.add_days(frappe.datetime.get_today(), ((8 - today.getDay()) % 7) || 7);
		await frm.set_value("from_date", monday);
	}
	const settings = await frappe.db.get_doc("KAM Settings").catch(() => null);
	if (!settings || frm.doc.name !== doc.name) return;
	const values = {};
	for (const [field, setting] of Object.entries(DEFAULTS)) {
		if (!doc[field]) values[field] = settings[setting];
	}
	if (!doc.company) values.company = settings.company || frappe.defaults.get_user_default("Company");
	await frm.set_value(values);
}

/** What does not fit needs a reason before others read it. */
async function check_load(frm) {
	if (frm.is_dirty()) await frm.save();
	const { message } = await frappe.call({
		method: "kam_erpnext.api.call_cycles.overview",
		type: "GET",
		args: { cycle: frm.doc.name },
	});
	if (message.fits || (frm.doc.overload_reason || "").trim()) return;
	await kam.call_cycle.dialogs.ask_overload(frm, message.shortfall);
}

function report(frm, name) {
	frappe.set_route("query-report", name, {
		from_date: frm.doc.from_date,
		to_date: frm.doc.to_date,
		user: frm.doc.user,
	});
}
