/** What stands on the stage in words: how to begin, and why something cannot be done. */
export class StageWords {
	constructor(drawing) {
		this.drawing = drawing;
		this.notice = drawing.root.querySelector(".kam-pm-notice");
		this.empty = drawing.root.querySelector(".kam-pm-empty");
	}

	refresh() {
		this.drawing.root.classList.toggle("kam-pm-fresh", Boolean(this.drawing.context.frm.is_new()));
		this.show_empty(!this.drawing.model.count());
		this.show_notice();
	}

	show_empty(empty) {
		this.empty.hidden = !empty;
		if (!empty) return;
		const fresh = this.drawing.context.frm.is_new();
		const { can_write } = this.drawing.model;
		let [title, text] = [__("Nobody is on this map yet"), __("There is nothing to see here yet.")];
		if (fresh) {
			title = __("Which account is the map for?");
			text = __("Every account has one current map, and one for each opportunity that needs its own.");
		} else if (can_write) {
			text = __(
				"Begin with the people you know: who decides, who uses, who buys. Add the ones you do not know yet as placeholders."
			);
		}
		this.empty.innerHTML = `<div><h4>${title}</h4><p>${text}</p></div>`;
		const button = (label, name, action) => {
			const element = document.createElement("button");
			element.type = "button";
			element.className = `btn btn-sm ${name}`;
			element.textContent = label;
			element.addEventListener("click", action);
			this.empty.firstElementChild.append(element);
		};
		if (fresh) button(__("Choose the Account"), "btn-primary", () => this.drawing.context.start());
		if (!can_write) return;
		button(__("Add a Person"), "btn-primary", () => this.drawing.add_person());
		button(__("Propose People from Contacts"), "btn-default", () => this.drawing.context.propose());
	}

	show_notice() {
		const { doc } = this.drawing.context.frm;
		const texts = [];
		if (this.drawing.context.frm.is_new()) {
			this.notice.hidden = true;
			return;
		}
		if (doc.version_of) {
			texts.push(
				__("Version {0} of {1}: read only.", [
					String(doc.version || ""),
					doc.version_date ? frappe.datetime.str_to_user(doc.version_date) : "",
				])
			);
		} else if (!this.drawing.model.can_write) texts.push(__("Read only."));
		if (doc.__onload?.judgements_unreadable) texts.push(doc.__onload.judgements_unreadable);
		else if (!this.drawing.model.judged) texts.push(__("Judgements about people are not shown to you."));
		this.notice.hidden = !texts.length;
		this.notice.textContent = texts.join(" ");
	}
}
