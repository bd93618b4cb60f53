const ACTIVITIES = [
	"Inbound Logistics",
	"Operations",
	"Outbound Logistics",
	"Marketing and Sales",
	"Service",
	"Firm Infrastructure",
	"Human Resources",
	"Technology",
	"Procurement",
];
// name, unit
const INDICATORS = [
	[__("Locations"), __("sites")],
	[__("Employees"), __("people")],
	[__("Solvency"), __("rating")],
	[__("Investment"), __("a year")],
	[__("Production"), __("units a year")],
	[__("Annual Sales"), __("a year")],
];

frappe.ui.form.on("Key Account", {
	setup(frm) {
		frm.set_query("parent_key_account", () => ({
			filters: { name: ["!=", frm.doc.name || ""], status: ["!=", "Retired"] },
		}));
		for (const field of ["stage_today", "stage_aimed"]) {
			frm.set_query(field, () => ({ order_by: "model, rank" }));
		}
		frm.set_query("contact", "needs", () => ({
			filters: [
				["Dynamic Link", "link_doctype", "=", "Customer"],
				["Dynamic Link", "link_name", "in", customers_of(frm)],
			],
		}));
	},

	refresh(frm) {
		frm.trigger("show_status");
		frm.trigger("show_profile_buttons");
		if (frm.is_new()) return;
		frm.trigger("show_page");
		frm.add_custom_button(__("Accounts in Tree"), () => frappe.set_route("Tree", "Key Account"));
		if (frappe.model.can_read("Power Map")) {
			frm.add_custom_button(__("Power Map"), () => frm.events.open_power_map(frm));
		}
		const creatable = {
			"Key Account Plan": __("Plan", null, "KAM"),
			"Key Account Action": __("Action"),
			"Key Account Business Review": __("Business Review"),
			"Key Account Assessment": __("Assessment"),
			"Key Account Opportunity": __("Key Account Opportunity"),
			"Market Intelligence": __("Market Note"),
		};
		for (const [doctype, label] of Object.entries(creatable)) {
			if (!frappe.model.can_create(doctype)) continue;
			frm.add_custom_button(label, () => frm.events.create(frm, doctype), __("Create"));
		}
	},

	show_status(frm) {
		const colours = { Candidate: "blue", Active: "green", "On Watch": "orange", Retired: "gray" };
		frm.page.set_indicator(__(frm.doc.status), colours[frm.doc.status] || "gray");
	},

	async show_page(frm) {
		await frappe.require("kam_account.bundle.js");
		frm.kam_page ??= new kam.account.Page(frm, frm.get_field("figures_html").$wrapper[0]);
		frm.kam_page.load();
	},

	async show_profile_buttons(frm) {
		await frappe.require("kam_account.bundle.js");
		kam.account.show_swot_help(frm.get_field("swot_help").$wrapper);
		if (!frm.perm[0]?.write) return;
		const button = (field, label, action) =>
			frm.get_field(field).grid.add_custom_button(label, () => action(frm));
		button("value_chain", __("Add the Nine Activities"), add_activities);
		button("indicators", __("Add the Usual Indicators"), add_indicators);
		if (!frm.is_new() && frappe.model.can_create("Key Account Action")) {
			button("swot", __("Turn into Action"), turn_into_action);
		}
	},

	/** Opens the current map of the account, or starts it. */
	async open_power_map(frm) {
		const args = { key_account: frm.doc.name };
		const ask = (method, type) =>
			frappe.call({ method: `kam_erpnext.api.power_map.${method}`, type, args, freeze: true });
		let { message: name } = await ask("find", "GET");
		if (!name && !frappe.model.can_create("Power Map")) {
			frappe.msgprint(__("This account has no power map yet, and your roles do not include starting one."));
			return;
		}
		if (!name) ({ message: name } = await ask("start", "POST"));
		frappe.set_route("Form", "Power Map", name);
	},

	/** Opens a new document about this account. */
	create(frm, doctype) {
		const page = frm.kam_page?.page;
		const plan = page?.plan?.in_force?.name;
		const [customer] = frm.doc.customers.length === 1 ? frm.doc.customers : [];
		const about_account = { key_account: frm.doc.name };
		const about_customer = { customer: customer?.customer, company: page?.company };
		const party = { party_name: customer?.customer, company: page?.company };
		const values = {
			"Key Account Plan": about_account,
			"Key Account Action": { ...about_account, plan },
			"Key Account Business Review": { ...about_account, plan, company: page?.company },
			"Key Account Assessment": about_account,
			"Key Account Opportunity": { ...about_account, plan },
			"Market Intelligence": about_account,
			"Sales Order": about_customer,
			"Customer Call": { customer: customer?.customer },
			Issue: { customer: customer?.customer },
			Project: about_customer,
			Opportunity: { opportunity_from: "Customer", ...party },
			Quotation: { quotation_to: "Customer", ...party },
		}[doctype];
		if (doctype === "Event") return plan_meeting(frm);
		if (doctype === "Contact") return new_contact(customer?.customer);
		frappe.new_doc(
			doctype,
			Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
		);
	},
});

frappe.ui.form.on("Key Account Segment Entry", {
	segments_add(frm, cdt, cdn) {
		frappe.model.set_value(cdt, cdn, "source", "Person");
	},
});

/** Customers of the account and of those below it, as far as they are known to the form. */
function customers_of(frm) {
	const own = (frm.doc.customers || []).map((row) => row.customer);
	const shown = frm.kam_page?.page?.key_account === frm.doc.name ? frm.kam_page.page.customer_names : [];
	return [...new Set([...own, ...shown])];
}

function plan_meeting(frm) {
	frappe.new_doc("Event", {}, (doc) => {
		doc.subject = __("Meeting with {0}", [frm.doc.account_name]);
		doc.event_category = "Meeting";
		const row = frappe.model.add_child(doc, "Event Participants", "event_participants");
		row.reference_doctype = "Key Account";
		row.reference_docname = frm.doc.name;
	});
}

function new_contact(customer) {
	frappe.new_doc("Contact", {}, (doc) => {
		if (!customer) return;
		const row = frappe.model.add_child(doc, "Dynamic Link", "links");
		row.link_doctype = "Customer";
		row.link_name = customer;
	});
}

// ---------------------------------------------------------------- profile

/** Adds the rows of `wanted` that are missing; `field` tells them apart. */
function add_missing(frm, table, field, wanted) {
	const present = new Set((frm.doc[table] || []).map((row) => (row[field] || "").trim().toLowerCase()));
	const missing = wanted.filter((row) => !present.has(row[field].toLowerCase()));
	for (const row of missing) frm.add_child(table, row);
	frm.refresh_field(table);
	if (missing.length) frm.dirty();
	else frappe.show_alert(__("All of them are there already."));
}

function add_activities(frm) {
	add_missing(
		frm,
		"value_chain",
		"activity",
		ACTIVITIES.map((activity) => ({ activity }))
	);
}

function add_indicators(frm) {
	add_missing(
		frm,
		"indicators",
		"indicator",
		INDICATORS.map(([indicator, unit]) => ({ indicator, unit }))
	);
}

// ---------------------------------------------------------------- SWOT

/** One action for each ticked line; the line keeps the action's name. */
async function turn_into_action(frm) {
	const ticked = frm.get_field("swot").grid.get_selected_children();
	if (!ticked.length) {
		frappe.msgprint(__("Please tick the lines of the SWOT that call for an action first."));
		return;
	}
	const done = ticked.find((row) => row.action);
	if (done) {
		frappe.msgprint(__("Line {0} has become action {1} already.", [done.idx, done.action]));
		return;
	}
	const lines = ticked.map((row) => row.idx);
	if (frm.is_dirty()) await frm.save(); // new lines get the name the action is noted under
	ask_for_action(
		frm,
		frm.doc.swot.filter((row) => lines.includes(row.idx))
	);
}

function ask_for_action(frm, rows) {
	const [row] = rows;
	const single = rows.length === 1;
	const dialog = new frappe.ui.Dialog({
		title: single ? __("New Action from SWOT") : __("{0} New Actions from SWOT", [rows.length]),
		fields: [
			{
				fieldname: "statements",
				fieldtype: "HTML",
				options: `<ul class="kam-statements">${rows
					.map(
						(line) =>
							`<li><b>${frappe.utils.escape_html(__(line.kind))}</b> ${frappe.utils.escape_html(
								line.statement
							)}</li>`
					)
					.join("")}</ul>`,
			},
			{ fieldtype: "Section Break", hide_border: 1 },
			{
				fieldname: "subject",
				fieldtype: "Data",
				label: __("What Is to Be Done"),
				description: __("Say what will be done about it, not what is wrong."),
				default: single ? row.statement.slice(0, 140) : undefined,
				reqd: single,
				hidden: !single,
			},
			{
				fieldname: "responsible",
				fieldtype: "Link",
				options: "User",
				label: __("Responsible", null, "KAM"),
				default: frm.doc.key_account_manager || frappe.session.user,
				reqd: 1,
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "end_date",
				fieldtype: "Date",
				label: __("Due"),
				default: frappe.datetime.add_days(frappe.datetime.get_today(), 30),
				reqd: 1,
			},
			{
				fieldname: "priority",
				fieldtype: "Select",
				label: __("Priority"),
				options: ["High", "Medium", "Low"],
				default: (single && row.importance) || "Medium",
			},
		],
		primary_action_label: single ? __("Create Action") : __("Create Actions"),
		async primary_action(values) {
			delete values.statements;
			const { message } = await frappe.call({
				method: "kam_erpnext.api.key_account.swot_to_actions",
				type: "POST",
				args: {
					...values,
					key_account: frm.doc.name,
					rows: rows.map((line) => line.name),
					description: single && row.consequence ? frappe.utils.escape_html(row.consequence) : undefined,
					plan: frm.kam_page?.page?.plan?.in_force?.name,
				},
				freeze: true,
			});
			dialog.hide();
			await frm.reload_doc();
			frappe.show_alert({
				message: __("Created: {0}", [
					message
						.map(
							(name) =>
								`<a href="${frappe.utils.get_form_link("Key Account Action", name)}">${name}</a>`
						)
						.join(", "),
				]),
				indicator: "green",
			});
		},
	});
	dialog.show();
}
