// block of a template -> parts of the form
const PARTS = {
	Summary: ["sb_summary"],
	"Critical Success Factors": ["sb_factors"],
	"Competitive Position": ["sb_competition"],
	SWOT: ["sb_swot"],
	Objectives: ["objectives"],
	Targets: ["sb_targets", "sb_months"],
	Budget: ["sb_budget"],
	"Team and Resources": ["team", "sb_resources"],
	Risks: ["sb_risks"],
	Questions: ["questions"],
};
const TABLES = {
	"Critical Success Factors": "success_factors",
	"Competitive Position": "competition",
	SWOT: "swot",
	Objectives: "objectives",
	Targets: "targets",
	Budget: "budget",
	"Team and Resources": "resources",
	Risks: "risks",
	Questions: "questions",
};
// tables whose lines stay as they were approved
const KEPT_TABLES = ["objectives", "success_factors", "budget", "resources"];
const LOCKED = ["In Review", "Closed"];

frappe.ui.form.on("Key Account Plan", {
	setup(frm) {
		frm.set_query("key_account", () => ({ filters: { status: ["!=", "Retired"] } }));
		frm.set_query("template", () => ({ filters: { disabled: 0 } }));
		const people = () => ({ filters: { enabled: 1, user_type: "System User" } });
		frm.set_query("responsible", "objectives", people);
		frm.set_query("responsible", "risks", people);
		frm.set_query("measure", "objectives", () => ({ filters: { used_for: ["!=", "Criteria"] } }));
		// what happens to documents that name the version that ends is decided by the server
		frm.ignore_doctypes_on_cancel_all = [
			"Key Account Action",
			"Key Account Business Review",
			"Key Account Plan",
			"Purchase Order",
			"Purchase Invoice",
			"Timesheet",
			"Expense Claim",
		];
	},

	onload(frm) {
		if (!frm.is_new()) return;
		if (!frm.doc.from_date) frm.set_value("from_date", frappe.datetime.get_today());
		if (!frm.doc.company) {
			frappe.db.get_single_value("KAM Settings", "company").then((company) => {
				frm.set_value("company", company || frappe.defaults.get_user_default("Company"));
			});
		}
	},

	refresh(frm) {
		frm.trigger("show_status");
		frm.trigger("show_intro");
		frm.trigger("show_parts");
		frm.trigger("lock");
		if (frm.is_new()) return;
		frm.trigger("show_page");
		frm.trigger("show_buttons");
	},

	show_status(frm) {
		if (frm.is_new()) return;
		if (!frm.is_dirty()) frm.page.set_indicator(__(frm.doc.status), kam.plan_colours[frm.doc.status] || "gray");
	},

	/** What to do next. */
	show_intro(frm) {
		frm.set_intro();
		const { status } = frm.doc;
		if (frm.is_new()) {
			frm.set_intro(
				__("Choose account and template and save. The plan then starts with the objectives, questions and actions of the template, SWOT and team of the account, and figures of the year before. An earlier plan is never copied."),
				"blue"
			);
			return;
		}
		const intros = {
			Draft: [
				frm.doc.completeness >= 100
					? __("The plan is complete. Choose Send to Review in the menu Actions.")
					: __("Fill the required blocks. What is still missing stands under Completeness; Prefill fetches what account and ledger know. Then choose Send to Review in the menu Actions."),
				"blue",
			],
			"In Review": [
				__("In review since {0}, sent by {1}. Nobody can change the plan now. {2} reads it and chooses Approve or Reject in the menu Actions; the sender may Recall it.", [
					frappe.datetime.str_to_user(frm.doc.sent_on) || "",
					frappe.user.full_name(frm.doc.sent_by || ""),
					__(frm.doc.approver_role),
				]),
				"orange",
			],
			Rejected: [
				__("Rejected: {0} — Choose Revise in the menu Actions, mend the plan and send it again.", [
					frappe.utils.escape_html(frm.doc.rejection_reason || ""),
				]),
				"red",
			],
			Approved: [
				__("Approved by {0}. Choose Start in the menu Actions when the work begins. Content changes with a New Version.", [
					frappe.utils.escape_html(frm.doc.approved_by_name || ""),
				]),
				"blue",
			],
			Closed: [__("Closed: {0}", [frappe.utils.escape_html(frm.doc.closing_note || "")]), "blue"],
			Superseded: [__("A later version took the place of this one. See Versions below."), "orange"],
			Cancelled: [__("This plan was cancelled."), "red"],
		};
		if (intros[status]) frm.set_intro(...intros[status]);
	},

	/** Parts the template does not have stay out of the way until somebody asks for them. */
	show_parts(frm) {
		if (frm.is_new()) return;
		const blocks = new Set((frm.doc.blocks || []).map((row) => row.block));
		for (const [block, fields] of Object.entries(PARTS)) {
			const rows = frm.doc[TABLES[block]] || [];
			const shown = frm.kam_all_parts || blocks.has(block) || rows.length > 0;
			for (const field of fields) frm.toggle_display(field, shown);
		}
	},

	/** A plan in review or closed is read only, but for the reason the approver enters. */
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
		for (const table of KEPT_TABLES) {
			const kept = cint(frm.doc.docstatus === 1);
			frm.set_df_property(table, "cannot_add_rows", kept);
			frm.set_df_property(table, "cannot_delete_rows", kept);
		}
	},

	async show_page(frm) {
		await frappe.require("kam_plan.bundle.js");
		frm.kam_page ??= new kam.plan.Page(
			frm,
			frm.get_field("plan_html").$wrapper[0],
			frm.get_field("versions_html").$wrapper[0]
		);
		frm.kam_page.load();
	},

	show_buttons(frm) {
		const { status, docstatus } = frm.doc;
		const write = frm.perm[0]?.write;
		if (write && ["Draft", "Rejected"].includes(status)) {
			frm.add_custom_button(__("Prefill"), () => prefill(frm));
		}
		if (docstatus === 1 && status !== "Closed" && frappe.model.can_create("Key Account Plan")) {
			frm.add_custom_button(__("New Version"), () => new_version(frm));
		}
		if (!["Closed", "Superseded", "Cancelled"].includes(status)) {
			if (frappe.model.can_create("Key Account Action")) {
				frm.add_custom_button(__("Action"), () => frm.events.new_action(frm), __("Create"));
			}
			if (frappe.model.can_create("Key Account Business Review")) {
				frm.add_custom_button(__("Business Review"), () => new_review(frm), __("Create"));
			}
		}
		if (frm.doc.amended_from) {
			frm.add_custom_button(
				__("What Changed"),
				async () => {
					await frappe.require("kam_plan.bundle.js");
					kam.plan.show_difference(frm.doc.name);
				},
				__("View")
			);
		}
		frm.add_custom_button(
			__("Key Account"),
			() => frappe.set_route("Form", "Key Account", frm.doc.key_account),
			__("View")
		);
		if (!frm.kam_all_parts) {
			frm.add_custom_button(
				__("All Parts"),
				() => {
					frm.kam_all_parts = true;
					frm.trigger("show_parts");
				},
				__("View")
			);
		}
		frm.add_custom_button(__("Print"), () => frm.print_doc(), __("View"));
		// Frappe offers to amend; a superseded version already has its successor
		if (status === "Superseded") frm.page.clear_primary_action();
	},

	new_action(frm) {
		frappe.new_doc("Key Account Action", {
			key_account: frm.doc.key_account,
			plan: frm.doc.name,
			origin: "Plan",
			company: frm.doc.company,
		});
	},

	template(frm) {
		if (!frm.is_new() || !frm.doc.template) return;
		frappe.db
			.get_value("Key Account Plan Template", frm.doc.template, ["period_type", "review_every", "description"])
			.then(({ message }) => {
				frm.set_value({ period_type: message.period_type, review_every: message.review_every });
				frm.set_df_property("template", "description", frappe.utils.escape_html(message.description || ""));
			});
	},

	async before_workflow_action(frm) {
		const action = frm.selected_workflow_action;
		try {
			await frappe.call({
				method: "kam_erpnext.api.plan.check_step",
				type: "GET",
				args: { plan: frm.doc.name, action, modified: frm.doc.modified },
			});
			if (action === "Reject") await kam.ask_rejection_reason(frm);
			if (action === "Close") await ask_closing_note(frm);
		} catch (error) {
			frappe.dom.unfreeze();
			throw error;
		}
	},
});

frappe.ui.form.on("Key Account Plan Objective", {
	objectives_add(frm, cdt, cdn) {
		if (frm.doc.to_date) frappe.model.set_value(cdt, cdn, "due", frm.doc.to_date);
	},

	measure(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		// read again from documents with Prefill
		frappe.model.set_value(cdt, cdn, "baseline_known", row.measure ? 0 : 1);
		if (row.measure) {
			frappe.db
				.get_value("KAM Measure", row.measure, "unit")
				.then(({ message }) => frappe.model.set_value(cdt, cdn, "unit", message.unit));
		}
	},

	baseline(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (row.baseline) frappe.model.set_value(cdt, cdn, "baseline_known", 1);
	},
});

async function prefill(frm) {
	if (frm.is_dirty()) await frm.save();
	const { message } = await frappe.call({
		method: "kam_erpnext.api.plan.prefill",
		type: "POST",
		args: { plan: frm.doc.name },
		freeze: true,
		freeze_message: __("Reading account and ledger …"),
	});
	const texts = [
		message.targets && __("{0} target lines from last year's sales", [message.targets]),
		message.baselines && __("{0} baselines", [message.baselines]),
		message.swot && __("{0} statements of the SWOT", [message.swot]),
	].filter(Boolean);
	await frm.reload_doc();
	frappe.show_alert({
		message: texts.length ? __("Filled: {0}", [texts.join(", ")]) : __("Nothing was empty that account or ledger know."),
		indicator: texts.length ? "green" : "blue",
	});
}

function new_version(frm) {
	frappe.confirm(
		__("Make a draft of version {0}? This version stays in force until the draft is approved.", [
			cint(frm.doc.version) + 1,
		]),
		async () => {
			const { message } = await frappe.call({
				method: "kam_erpnext.api.plan.new_version",
				type: "POST",
				args: { plan: frm.doc.name },
				freeze: true,
			});
			frappe.set_route("Form", "Key Account Plan", message);
		}
	);
}

function new_review(frm) {
	frappe.new_doc("Key Account Business Review", {
		key_account: frm.doc.key_account,
		plan: frm.doc.name,
		company: frm.doc.company,
		template: frm.doc.template,
	});
}

/** Ask what was reached and save it before the plan is closed. */
function ask_closing_note(frm) {
	return new Promise((resolve, reject) => {
		let answered = false;
		// the form is frozen while a workflow action is under way
		frappe.dom.unfreeze();
		const dialog = new frappe.ui.Dialog({
			title: __("Close the plan"),
			fields: [
				{
					fieldname: "note",
					fieldtype: "Small Text",
					label: __("Closing Note"),
					description: __("What was reached, what was not, and what do we learn from it? The figures are kept as they are now."),
					default: frm.doc.closing_note,
					reqd: 1,
				},
			],
			primary_action_label: __("Close Plan"),
			async primary_action({ note }) {
				answered = true;
				dialog.hide();
				try {
					await frm.set_value("closing_note", note);
					if (frm.is_dirty()) await frm.save("Update");
					resolve();
				} catch (error) {
					reject(error);
				}
			},
		});
		dialog.onhide = () => !answered && reject();
		dialog.show();
	});
}
