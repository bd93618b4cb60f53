import { bring_together } from "./conflict";
import { PowerMapDrawing } from "./drawing";
import { PowerMapModel } from "./model";
import { propose_people } from "./proposals";
import { show_tabs } from "./tabs";

const DOCTYPE = "Power Map";
const TRIES = 3; // to save while somebody else saves again and again

/** The form of a power map: model, drawing and tabs belong together here. */
export class PowerMapForm {
	constructor(frm) {
		this.frm = frm;
		this.tries = 0;
		$(frm.wrapper).on("shown.bs.tab", () => this.show_table());
		frappe.realtime.on("doc_update", (data) => this.stored_elsewhere(data));
	}

	/** At every refresh of the form. */
	refresh() {
		const { frm, model } = this;
		if (!model || model.name !== frm.doc.name) this.begin();
		// a refresh without a load leaves the changes that are not saved yet
		else if (!frm.is_dirty() || frm.doc.modified !== model.modified) model.refresh_from(frm);
		this.load_state();
	}

	begin() {
		const { frm } = this;
		this.drawing?.destroy();
		this.stop?.();
		this.model = new PowerMapModel(frm);
		this.context = {
			frm,
			model: this.model,
			state: {},
			start: () => this.start(),
			propose: () => propose_people(this.context),
			reload_state: () => this.load_state(),
		};
		this.drawing = new PowerMapDrawing(frm.get_field("drawing").$wrapper[0], this.context);
		this.context.drawing = this.drawing;
		this.stop = this.model.on("change", () => this.show_table());
	}

	/** A new map: opens that of the account, which is made if there is none. */
	start() {
		frappe.prompt(
			[
				{
					fieldname: "key_account",
					fieldtype: "Link",
					options: "Key Account",
					label: __("Key Account"),
					get_query: () => ({ filters: { status: ["!=", "Retired"] } }),
					default: this.frm.doc.key_account,
					reqd: 1,
				},
				{
					fieldname: "opportunity_type",
					fieldtype: "Select",
					label: __("Map Of"),
					options: [
						{ value: "", label: __("The Whole Account") },
						...["Key Account Opportunity", "Opportunity"].map((value) => ({ value, label: __(value) })),
					],
					default: this.frm.doc.opportunity_type || "",
				},
				{
					fieldname: "opportunity",
					fieldtype: "Dynamic Link",
					options: "opportunity_type",
					get_options: () => cur_dialog.get_value("opportunity_type"),
					get_query: () =>
						cur_dialog.get_value("opportunity_type") === "Key Account Opportunity"
							? { filters: { key_account: cur_dialog.get_value("key_account") } }
							: {},
					label: __("Opportunity"),
					depends_on: "opportunity_type",
					mandatory_depends_on: "opportunity_type",
					default: this.frm.doc.opportunity,
				},
			],
			async (values) => {
				const { message } = await frappe.call({
					method: "kam_erpnext.api.power_map.start",
					type: "POST",
					args: { ...values, opportunity: values.opportunity_type ? values.opportunity : null },
					freeze: true,
				});
				if (message) frappe.set_route("Form", DOCTYPE, message);
			},
			__("Which Account?"),
			__("Open the Map")
		);
	}

	/** Fetches what stands beside the document: rights, team, contacts, scores. */
	async load_state() {
		const { frm, context } = this;
		if (frm.is_new()) return this.drawing.draw();
		const { name } = frm.doc;
		const { message } = await frappe.call({
			method: "kam_erpnext.api.power_map.state",
			type: "GET",
			args: { power_map: name },
		});
		if (frm.doc.name !== name || context !== this.context || !message) return undefined;
		context.state = message;
		frappe.update_user_info(message.users);
		this.drawing.draw();
		show_tabs(context);
		return message;
	}

	/** The table of people shows what the drawing has, when somebody looks at it. */
	show_table() {
		const grid = this.frm.get_field("people");
		if (grid?.$wrapper.is(":visible")) grid.refresh();
	}

	// ------------------------------------------------------------ two editors

	async before_save() {
		const { frm, model } = this;
		if (frm.is_new() || !model) return;
		if (!(await bring_together(frm, model))) frappe.validated = false;
	}

	saved() {
		this.tries = 0;
	}

	/** Somebody else saved the map between our look and our save: once more. */
	try_again() {
		if (++this.tries > TRIES) return false;
		setTimeout(() => this.frm.save(), 50);
		return true;
	}

	/** The desk learnt that the document changed: what fits together is taken over at once, the rest at the next save. */
	async stored_elsewhere({ doctype, name, modified }) {
		const { frm, model } = this;
		const shown = cur_frm === frm && frm.doc.doctype === doctype && frm.doc.name === name;
		if (!shown || !model || !frm.is_dirty() || frappe.ui.form.is_saving || this.merging) return;
		if (modified === frm.doc.modified) return;
		this.merging = true;
		try {
			frm.dashboard.clear_headline();
			const fits = await bring_together(frm, model, { ask: false });
			if (!fits) {
				frappe.show_alert({
					message: __(
						"Somebody else saved this map and changed something you changed too. You choose when you save."
					),
					indicator: "orange",
				});
			}
			delete frm.doc.__needs_refresh;
		} finally {
			this.merging = false;
		}
	}
}

frappe.request.on_error("TimestampMismatchError", (answer) => {
	const form = cur_frm?.doctype === DOCTYPE && cur_frm.kam_map;
	if (form && form.try_again()) delete answer._server_messages;
});
