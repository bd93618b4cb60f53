import { escape } from "../account/format";
import { cards, decision, documents, open_gate, outcome, power_map, priority, steps } from "./parts";
import * as dialogs from "./dialogs";

/** Overview, gates and documents of an opportunity, read live, as the reader may see them. */
export class OpportunityPage {
	constructor(frm, wrappers) {
		Object.assign(this, { frm, ...wrappers });
		for (const element of [this.now, this.gates, this.documents]) {
			element.addEventListener("click", (event) => this.click(event));
		}
	}

	async load() {
		const name = this.frm.doc.name;
		// what is shown may be about to change: nobody decides on a gate that is passed already
		this.allow_clicks(false);
		if (this.shown !== name) {
			for (const element of [this.gates, this.documents]) element.innerHTML = "";
			this.now.innerHTML = `<div class="kam-page text-muted" aria-busy="true">${escape(
				__("Reading the opportunity …")
			)}</div>`;
		}
		try {
			const { message } = await frappe.call({
				method: "kam_erpnext.api.opportunities.state",
				type: "GET",
				args: { opportunity: name },
			});
			if (this.frm.doc.name === name) this.show(message);
		} catch {
			if (this.shown === name) return this.allow_clicks(true);
			this.now.innerHTML = `<div class="kam-page"><p>${escape(
				__("The opportunity could not be read.")
			)} <button type="button" class="btn btn-xs btn-default" data-do="reload">${escape(
				__("Try Again")
			)}</button></p></div>`;
		}
	}

	allow_clicks(allowed) {
		for (const element of [this.now, this.gates, this.documents]) {
			for (const button of element.querySelectorAll("button[data-do]")) button.disabled = !allowed;
		}
	}

	show(page) {
		this.page = page;
		this.shown = this.frm.doc.name;
		const writable = Boolean(this.frm.perm[0]?.write);
		const gate = open_gate(page, { writable });
		this.now.innerHTML = `<div class="kam-page kam-plan kam-opportunity">
			${steps(page)}
			${cards(page, this.frm.doc)}
			<div class="kam-panels">
				<div class="kam-stack">${gate}${decision(page, this.frm.doc, { writable })}</div>
				${["Won", "Lost", "Dropped"].includes(page.status) ? outcome(page, this.frm.doc) : priority(page)}
			</div>
		</div>`;
		this.gates.innerHTML = `<div class="kam-page kam-plan kam-opportunity">${steps(page)}
			<div class="kam-panels">${gate}</div></div>`;
		this.documents.innerHTML = `<div class="kam-page kam-plan kam-opportunity"><div class="kam-panels">
			${documents(page, { may_make: this.may_make(writable) })}
			${power_map(page, {
				may_start: writable && frappe.model.can_create("Power Map"),
			})}
		</div></div>`;
		// what was stored last may have expired since
		Object.assign(this.frm.doc, page.amounts);
		this.frm.events.show_buttons?.(this.frm);
	}

	/** Documents that can be made now, with the texts of their buttons. */
	may_make(writable = Boolean(this.frm.perm[0]?.write)) {
		const { doc } = this.frm;
		const { status } = this.page;
		const list = [];
		if (status === "Open" && writable && !doc.opportunity && frappe.model.can_create("Opportunity")) {
			list.push(["opportunity", __("ERPNext Opportunity")]);
		}
		if (status === "Open" && frappe.model.can_create("Quotation")) list.push(["quotation", __("Quotation")]);
		if (["Open", "Won"].includes(status) && frappe.model.can_create("Sales Order")) {
			list.push(["order", __("Sales Order")]);
		}
		if (["Open", "Won"].includes(status) && writable && !doc.project && frappe.model.can_create("Project")) {
			list.push(["project", __("Project")]);
		}
		return list;
	}

	async make(what) {
		if (this.frm.is_dirty()) await this.frm.save();
		const makers = {
			opportunity: () => this.insert("make_opportunity", "Opportunity"),
			project: () => this.insert("make_project", "Project"),
			quotation: () => this.open_mapped("make_quotation"),
			order: () => dialogs.choose_quotation(this.page.open_quotations, (quotation) =>
				this.open_mapped("make_sales_order", { quotation })
			),
		};
		return makers[what]();
	}

	async insert(method, doctype) {
		const { message } = await frappe.call({
			method: `kam_erpnext.api.opportunities.${method}`,
			type: "POST",
			args: { opportunity: this.frm.doc.name },
			freeze: true,
		});
		frappe.show_alert({ message: __("{0} {1} was made.", [__(doctype), message]), indicator: "green" });
		frappe.set_route("Form", doctype, message);
	}

	open_mapped(method, args) {
		frappe.model.open_mapped_doc({
			method: `kam_erpnext.api.opportunities.${method}`,
			frm: this.frm,
			args,
		});
	}

	async start_map() {
		const { message } = await frappe.call({
			method: "kam_erpnext.api.power_map.start",
			type: "POST",
			args: {
				key_account: this.frm.doc.key_account,
				opportunity_type: this.frm.doc.doctype,
				opportunity: this.frm.doc.name,
			},
		});
		frappe.set_route("Form", "Power Map", message);
	}

	click(event) {
		const button = event.target.closest("[data-do]");
		if (!button) return;
		const doing = {
			reload: () => this.load(),
			pass: () => dialogs.pass(this.frm, this.page),
			rework: () => dialogs.rework(this.frm, this.page),
			stop: () => dialogs.stop(this.frm),
			make: () => this.make(button.dataset.what),
			map: () => this.start_map(),
			decide: () => dialogs.decide(this.frm, button.dataset.what),
		};
		doing[button.dataset.do]?.();
	}
}
