const STATUS_COLOURS = { Open: "blue", "On Hold": "orange", Won: "green", Lost: "red", Dropped: "gray" };

frappe.ui.form.on("Key Account Opportunity", {
	setup(frm) {
		frm.set_query("key_account", () => ({ filters: { status: ["!=", "Retired"] } }));
		frm.set_query("customer", () =>
			frm.kam_customers ? { filters: { name: ["in", frm.kam_customers] } } : {}
		);
		frm.set_query("plan", () => ({
			filters: {
				...(frm.doc.key_account ? { key_account: frm.doc.key_account } : {}),
				status: ["in", ["Draft", "In Review", "Rejected", "Approved", "In Execution"]],
			},
		}));
		frm.set_query("responsible", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("gate_template", () => ({ filters: { disabled: 0 } }));
		frm.set_query("item", "volumes", (_doc, cdt, cdn) => {
			const { item_group } = locals[cdt][cdn];
			return { filters: { disabled: 0, ...(item_group ? { item_group } : {}) } };
		});
		frm.set_query("contact", "contacts", () =>
			frm.doc.customer
				? {
						query: "frappe.contacts.doctype.contact.contact.contact_query",
						filters: { link_doctype: "Customer", link_name: frm.doc.customer },
				  }
				: {}
		);
		frm.set_query("reasons", () => ({
			filters: {
				disabled: 0,
				...({ Won: { counts_for: ["!=", "Lost"] }, Lost: { counts_for: ["!=", "Won"] } }[
					frm.doc.status
				] || {}),
			},
		}));
	},

	onload(frm) {
		show_unknown(frm);
		if (!frm.is_new()) return;
		if (!frm.doc.responsible) frm.set_value("responsible", frappe.session.user);
		if (!frm.doc.company) {
			frappe.db.get_single_value("KAM Settings", "company").then((company) => {
				frm.set_value("company", company || frappe.defaults.get_user_default("Company"));
			});
		}
	},

	async refresh(frm) {
		frm.trigger("show_status");
		frm.trigger("show_parts");
		frm.trigger("read_customers");
		if (frm.is_new()) return;
		await frappe.require("kam_opportunity.bundle.js");
		frm.kam_page ??= new kam.opportunity.Page(frm, {
			now: frm.get_field("now_html").$wrapper[0],
			gates: frm.get_field("gates_html").$wrapper[0],
			documents: frm.get_field("documents_html").$wrapper[0],
		});
		frm.kam_page.load();
	},

	show_status(frm) {
		if (!frm.is_new() && !frm.is_dirty()) {
			frm.page.set_indicator(__(frm.doc.status, null, "Key Account Opportunity"), STATUS_COLOURS[frm.doc.status]);
		}
	},

	/** What has nothing to show yet stays out of the way. */
	show_parts(frm) {
		const fresh = frm.is_new();
		frm.toggle_display("now_html", !fresh);
		// the page above says it better
		for (const field of [
			"account_name",
			"status",
			"phase",
			"currency",
			"current_gate",
			"current_gate_number",
			"quick_win",
			"priority_score",
			"priority_known",
			"quoted",
			"ordered",
			"invoiced",
		]) {
			frm.toggle_display(field, false);
		}
		frm.toggle_display("priority_text", !fresh);
		frm.set_intro();
		if (fresh) {
			frm.set_intro(
				__("A title, the account and who drives it are enough to begin. Value and rating make it comparable, the gates come from the template."),
				"blue"
			);
		}
		const decided = (frm.doc.gates || []).some((row) => row.outcome);
		frm.set_df_property("gate_template", "read_only", decided ? 1 : 0);
		frm.set_df_property("gates", "cannot_add_rows", 1);
		frm.set_df_property("gates", "cannot_delete_rows", 1);
		frm.set_df_property("probability", "read_only", frm.doc.probability_by_hand ? 0 : 1);
		frm.toggle_display("lost_to", frm.doc.status === "Lost" || frm.doc.lost_to);
	},

	async read_customers(frm) {
		const account = frm.doc.key_account;
		if (!account || frm.kam_customers_of === account) return;
		frm.kam_customers_of = account;
		const { message } = await frappe.call({
			method: "kam_erpnext.api.opportunities.customers",
			type: "GET",
			args: { key_account: account },
		});
		frm.kam_customers = message;
		if (frm.is_new() && !frm.doc.customer && message.length === 1) frm.set_value("customer", message[0]);
	},

	show_buttons(frm) {
		const page = frm.kam_page?.page;
		if (!page || frm.is_new()) return;
		frm.clear_custom_buttons();
		for (const [what, label] of frm.kam_page.may_make()) {
			frm.add_custom_button(label, () => frm.kam_page.make(what), __("Create"));
		}
		if (frappe.model.can_create("Key Account Action")) {
			frm.add_custom_button(__("Action"), () => new_action(frm), __("Create"));
		}
		kam.intelligence.add_button(frm);
		if (frm.perm[0]?.write) frm.trigger("show_steps");
		frm.add_custom_button(
			__("Key Account"),
			() => frappe.set_route("Form", "Key Account", frm.doc.key_account),
			__("View")
		);
		frm.add_custom_button(
			__("Board of Opportunities"),
			() => frappe.set_route("List", "Key Account Opportunity", "Kanban", "Key Account Opportunities by Gate"),
			__("View")
		);
		if (["Open", "On Hold"].includes(frm.doc.status) && frm.perm[0]?.write) {
			frm.page.set_inner_btn_group_as_primary(__("Create"));
		}
	},

	show_steps(frm) {
		const { dialogs } = kam.opportunity;
		const { status } = frm.doc;
		const more = __("Steps");
		if (["Open", "On Hold"].includes(status)) {
			frm.add_custom_button(__("Won …"), () => dialogs.win(frm), more);
			frm.add_custom_button(__("Lost …"), () => dialogs.stop(frm), more);
			if (status === "Open") {
				frm.add_custom_button(__("Put on Hold …"), () => dialogs.decide(frm, "Hold"), more);
			} else {
				frm.add_custom_button(__("Pursue"), () => dialogs.decide(frm, "Pursue"), more);
			}
			frm.add_custom_button(__("Drop …"), () => dialogs.decide(frm, "Drop"), more);
		} else {
			frm.add_custom_button(
				__("Reopen …"),
				() =>
					dialogs.with_reason(frm, {
						title: __("Reopen"),
						label: __("Why is it opened again?"),
						action: __("Reopen"),
						method: "reopen",
					}),
				more
			);
		}
		const passed = (frm.doc.gates || []).some((row) => row.outcome === "Pass" && row.phase === frm.doc.phase);
		if (passed && ["Open", "Won"].includes(status)) {
			frm.add_custom_button(
				__("Take Back the Last Gate …"),
				() =>
					dialogs.with_reason(frm, {
						title: __("Take Back the Last Gate"),
						label: __("Why?"),
						action: __("Take Back"),
						method: "undo_gate",
					}),
				more
			);
		}
	},

	key_account(frm) {
		frm.trigger("read_customers");
	},

	probability_by_hand(frm) {
		frm.trigger("show_parts");
	},

	decision(frm) {
		if (["Hold", "Drop"].includes(frm.doc.decision)) frm.scroll_to_field("decision_reason");
	},
});

frappe.ui.form.on("Key Account Opportunity Volume", {
	volumes_add(frm, cdt, cdn) {
		const years = (frm.doc.volumes || []).map((row) => cint(row.year)).filter(Boolean);
		const first = cint((frm.doc.expected_close || frappe.datetime.get_today()).slice(0, 4));
		const last = frm.doc.volumes?.[frm.doc.volumes.length - 2];
		frappe.model.set_value(cdt, cdn, "year", years.length ? Math.max(...years) + 1 : first);
		if (last?.item_group) frappe.model.set_value(cdt, cdn, "item_group", last.item_group);
	},

	margin(frm, cdt, cdn) {
		if (locals[cdt][cdn].margin) frappe.model.set_value(cdt, cdn, "margin_known", 1);
	},

	async item(frm, cdt, cdn) {
		const { item, item_group } = locals[cdt][cdn];
		if (!item || item_group) return;
		const { message } = await frappe.db.get_value("Item", item, "item_group");
		if (message?.item_group) frappe.model.set_value(cdt, cdn, "item_group", message.item_group);
	},
});

/** Number columns are never empty: what nobody entered is shown as a dash. */
function show_unknown(frm) {
	const set = (table, field, known) => {
		const doctype = frm.fields_dict[table].df.options;
		// the table of a form has a copy of the field for every document
		for (const df of [null, frm.docname].map((name) => frappe.meta.get_docfield(doctype, field, name))) {
			if (!df || df.formatter) continue;
			const { formatter: _none, ...plain } = df;
			df.formatter = (value, _df, options, doc) =>
				!doc || known(doc) ? frappe.format(value, plain, options, doc) : "–";
		}
	};
	set("volumes", "margin", (row) => row.margin_known);
	set("volumes", "qty", (row) => flt(row.qty));
	set("competitors", "price", (row) => flt(row.price));
}

function new_action(frm) {
	frappe.new_doc("Key Account Action", {
		key_account: frm.doc.key_account,
		plan: frm.doc.plan,
		company: frm.doc.company,
		project: frm.doc.project,
		responsible: frm.doc.responsible,
		description: __("Opportunity {0}: {1}", [frm.doc.name, frm.doc.title]),
	});
}
