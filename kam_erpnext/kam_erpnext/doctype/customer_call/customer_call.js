frappe.ui.form.on("Customer Call", {
	setup(frm) {
		frm.set_query("user", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("accompanied_by", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("contact", "contacts", () => ({
			query: "frappe.contacts.doctype.contact.contact.contact_query",
			filters: { link_doctype: "Customer", link_name: frm.doc.customer },
		}));
		frm.set_query("responsible", "follow_ups", () => ({ filters: { enabled: 1, user_type: "System User" } }));
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.user) frm.set_value("user", frappe.session.user);
	},

	refresh(frm) {
		frm.trigger("show_state");
		frm.trigger("show_sheet");
		if (frm.is_new()) return;
		frm.trigger("add_buttons");
	},

	show_state(frm) {
		const { status, planned_on } = frm.doc;
		if (frm.is_new()) return;
		const late = ["Planned", "Prepared"].includes(status) && planned_on < frappe.datetime.get_today();
		const colours = { Planned: "gray", Prepared: "blue", Made: "green", Missed: "red", Cancelled: "gray" };
		frm.page.set_indicator(late ? __("Overdue") : __(status), late ? "red" : colours[status]);
	},

	async show_sheet(frm) {
		const field = frm.get_field("now_html");
		if (frm.is_new()) {
			field.$wrapper.empty();
			return;
		}
		const { name } = frm.doc;
		if (frm.kam_sheet_of !== name) field.$wrapper.empty();
		await frappe.require("kam_calls.bundle.js");
		try {
			const { message } = await frappe.call({
				method: "kam_erpnext.api.call_sheet.sheet",
				type: "GET",
				args: { call: name },
			});
			if (frm.doc.name !== name) return;
			frm.kam_sheet_of = name;
			const { head, parts, whitespace } = kam.calls.sheet;
			field.$wrapper.html(`<div class="kam-sheet">${head(message)}${parts(message, null)}</div>`);
			const gaps = await frappe.call({
				method: "kam_erpnext.api.call_sheet.gaps",
				type: "GET",
				args: { call: name },
			});
			if (frm.doc.name !== name) return;
			field.$wrapper.find("[data-part=gaps]").replaceWith(whitespace(gaps.message));
		} catch {
			if (frm.kam_sheet_of === name) return;
			field.$wrapper.html(
				$("<p class='text-muted'></p>").text(__("What is known of the customer could not be read. Please reload the page."))
			);
		}
	},

	async add_buttons(frm) {
		const { status, planned_on } = frm.doc;
		const open = ["Planned", "Prepared"].includes(status);
		const page = (...more) => frappe.set_route("my-calls", frm.doc.name, ...more);
		if (!frm.perm[0]?.write) return;
		await frappe.require("kam_calls.bundle.js");
		const { dialogs } = kam.calls;
		const ask = (question) => async () => {
			// what was typed into the form goes first
			if (frm.is_dirty()) await frm.save();
			await question({ ...frm.doc, today: frappe.datetime.get_today() });
			frm.reload_doc();
		};
		if (status !== "Cancelled") {
			frm.add_custom_button(status === "Made" ? __("Correct the Report") : __("Report"), () => page("report")).addClass(
				"btn-primary"
			);
		}
		if (open) frm.add_custom_button(__("Prepare"), () => page());
		if (open || status === "Missed") frm.add_custom_button(__("Move …"), ask(dialogs.move), __("More"));
		if (open && planned_on <= frappe.datetime.get_today()) {
			frm.add_custom_button(__("Missed …"), ask(dialogs.missed), __("More"));
		}
		if (open) frm.add_custom_button(__("Cancel the Call …"), ask(dialogs.cancel), __("More"));
		else frm.add_custom_button(__("Reopen"), ask(dialogs.reopen), __("More"));
	},
});
