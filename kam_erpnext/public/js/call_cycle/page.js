import { escape } from "../account/format";
import { figures, messages, progress, running, weeks } from "./parts";
import { Lines } from "./lines";
import * as dialogs from "./dialogs";

const POLL = 2500;

/** Overview of a call cycle: figures, what does not fit, load by week and the lines, read live. */
export class CallCyclePage {
	constructor(frm, wrappers) {
		Object.assign(this, { frm, ...wrappers });
		for (const element of [this.now, this.load_tab]) {
			element.addEventListener("click", (event) => this.click(event));
		}
		this.lines = new Lines(this);
	}

	async load() {
		const name = this.frm.doc.name;
		if (this.shown !== name) {
			this.week_messages = null;
			this.load_tab.innerHTML = "";
			this.now.innerHTML = `<div class="kam-page text-muted" aria-busy="true">${escape(
				__("Reading the call cycle …")
			)}</div>`;
			this.lines.forget();
		}
		try {
			const { message } = await this.read("overview");
			if (this.frm.doc.name !== name) return;
			this.show(message);
		} catch {
			if (this.shown === name) return;
			this.now.innerHTML = `<div class="kam-page"><p>${escape(
				__("The call cycle could not be read.")
			)} <button type="button" class="btn btn-xs btn-default" data-do="reload">${escape(
				__("Try Again")
			)}</button></p></div>`;
			return;
		}
		this.lines.load();
		this.load_weeks(name);
		if (this.frm.doc.docstatus === 1 && this.page.status === "Approved") this.watch();
	}

	/** Calls of a large cycle are written by a worker: tell how far it is, and read everything again when it is done. */
	async watch() {
		const name = this.frm.doc.name;
		if (this.watched === name) return;
		this.watched = name;
		let waited = false;
		try {
			for (;;) {
				const { message } = await frappe.call({
					method: "kam_erpnext.api.call_changes.progress",
					type: "GET",
					args: { cycle: name },
				});
				if (this.frm.doc.name !== name || !this.now.isConnected) return;
				const under_way = message && message.percent < 100;
				this.part("progress").innerHTML = message && (under_way || message.failed) ? progress(message) : "";
				if (!under_way) break;
				waited = true;
				await new Promise((resolve) => setTimeout(resolve, POLL));
			}
		} catch {
			return;
		} finally {
			this.watched = null;
		}
		if (waited) await this.refresh();
	}

	read(method, args = {}) {
		return frappe.call({
			method: `kam_erpnext.api.call_cycles.${method}`,
			type: "GET",
			args: { cycle: this.frm.doc.name, ...args },
		});
	}

	/** Something has changed: figures, weeks and lines are read again, what was typed into the form stays. */
	async refresh() {
		if (this.frm.is_dirty()) return this.load();
		await this.frm.reload_doc();
	}

	show(page) {
		this.page = page;
		const fresh = this.shown !== this.frm.doc.name;
		this.shown = this.frm.doc.name;
		if (fresh || !this.part("lines")) {
			this.now.innerHTML = `<div class="kam-page kam-plan kam-cycle">
				<div data-part="progress" aria-live="polite"></div>
				<div data-part="figures"></div>
				<div data-part="messages"></div>
				<section class="kam-panel" data-part="weeks"></section>
				<section class="kam-panel" data-part="lines"></section>
			</div>`;
			this.lines.mount(this.part("lines"));
		}
		this.part("figures").innerHTML = figures(page, this.frm.doc) + running(page);
		this.part("messages").innerHTML = messages(page, this.week_messages, this.frm.doc);
		this.lines.set_page(page);
		this.frm.events.show_buttons?.(this.frm);
	}

	part(name) {
		return this.now.querySelector(`[data-part="${name}"]`);
	}

	async load_weeks(name) {
		const element = this.part("weeks");
		// without calls the lines, where they are made, come first
		element.hidden = !this.page.totals.calls;
		if (!element.innerHTML) {
			element.innerHTML = `<p class="text-muted" aria-busy="true">${escape(__("Spreading the calls over the days …"))}</p>`;
		}
		try {
			const { message } = await this.read("load");
			if (this.frm.doc.name !== name) return;
			const html = weeks(message, this.frm.doc);
			element.innerHTML = html;
			this.load_tab.innerHTML = `<div class="kam-page kam-plan kam-cycle"><section class="kam-panel">${html}</section></div>`;
			this.week_messages = message.messages;
			this.part("messages").innerHTML = messages(this.page, message.messages, this.frm.doc);
		} catch {
			if (this.frm.doc.name !== name) return;
			element.innerHTML = `<p>${escape(__("The load by week could not be read."))}
				<button type="button" class="btn btn-xs btn-default" data-do="reload">${escape(__("Try Again"))}</button></p>`;
		}
	}

	async propose() {
		if (this.frm.is_dirty()) await this.frm.save();
		const { message } = await frappe.call({
			method: "kam_erpnext.api.call_cycles.propose",
			type: "POST",
			args: { cycle: this.frm.doc.name },
			freeze: true,
			freeze_message: __("Reading customers, classes and last calls …"),
		});
		await this.refresh();
		dialogs.proposed(message);
	}

	click(event) {
		const button = event.target.closest("[data-do]");
		if (!button) return;
		const doing = {
			reload: () => this.load(),
			propose: () => this.propose(),
			show: () => this.lines.show_only(button.dataset.what),
			calls: () => dialogs.open_calls(this.frm, button.dataset.what),
		};
		doing[button.dataset.do]?.();
	}
}
