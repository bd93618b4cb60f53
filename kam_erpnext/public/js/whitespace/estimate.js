import { escape } from "./looks";

const ENTERED = ["Unknown", "Potential", "Competitor", "Internal", "Blocked"];

/** The form in the panel: what is known of the cell, saved as a Key Account Wallet. */
export function estimate_form(panel, wrapper) {
	const { about, model } = panel;
	const customer = about.customer || null;
	// the one of the whole cell can be changed here, others are shown with a link
	const is_whole = (row) =>
		row.key_account === about.account &&
		row.item_group === about.item_group &&
		(row.customer || null) === customer;
	const whole = about.estimates.find(is_whole);
	const others = about.estimates.filter((row) => row !== whole);
	const several = whole && whole.suppliers > 1;
	const fields = new frappe.ui.FieldGroup({
		body: wrapper,
		fields: [
			{
				fieldname: "state",
				label: __("State", null, "KAM"),
				fieldtype: "Select",
				options: ENTERED.map((value) => ({ value, label: __(value) })),
				default: whole?.state || "Unknown",
			},
			{
				fieldname: "wallet",
				label: __("Wallet in {0} ({1})", [about.year, model.currency]),
				fieldtype: "Data",
				description: __("What is spent a year, with all suppliers. Empty: not known. 0: nothing is spent."),
				default: whole?.wallet == null ? "" : format_number(whole.wallet, null, 0),
			},
			{
				fieldname: "blocked_reason",
				label: __("Why Blocked"),
				fieldtype: "Data",
				default: whole?.blocked_reason,
				depends_on: "eval:doc.state == 'Blocked'",
			},
			{
				fieldname: "competitor",
				label: __("Competitor"),
				fieldtype: "Link",
				options: "Competitor",
				default: whole?.competitor,
				read_only: several ? 1 : 0,
				depends_on: "eval:doc.state == 'Competitor' || doc.competitor",
			},
			{
				fieldname: "contract_end",
				label: __("Contract Ends"),
				fieldtype: "Date",
				default: whole?.contract_end,
				read_only: several ? 1 : 0,
				depends_on: "eval:doc.state == 'Competitor' || doc.contract_end",
			},
			{
				fieldname: "target_share",
				label: __("Share Aimed At (%)"),
				fieldtype: "Data",
				default: whole?.own_target ? format_number(whole.target_share, null, 1) : "",
				placeholder: String(model.target_share),
			},
			{ fieldname: "source", label: __("Source", null, "KAM"), fieldtype: "Data", default: whole?.source },
			{
				fieldname: "reliability",
				label: __("Reliability"),
				fieldtype: "Select",
				options: ["", "High", "Medium", "Low"].map((value) => ({ value, label: value && __(value) })),
				default: whole?.reliability || "",
			},
			{ fieldname: "note", label: __("Note"), fieldtype: "Small Text", default: whole?.note },
		],
	});
	fields.make();
	const before = values_of(fields);
	const buttons = document.createElement("div");
	buttons.className = "kam-ws-save";
	buttons.innerHTML = `<button type="button" class="btn btn-default btn-sm">${escape(__("Save"))}</button>${
		whole
			? `<a href="${frappe.utils.get_form_link("Key Account Wallet", whole.name)}">${escape(
					whole.year === about.year ? __("Open the Wallet") : __("Open the Wallet of {0}", [whole.year])
			  )}</a>`
			: ""
	}`;
	wrapper.append(buttons);
	wrapper.classList.add("kam-ws-form");
	if (others.length)
		wrapper.insertAdjacentHTML(
			"beforeend",
			`<p class="text-muted kam-ws-hint">${escape(__("Estimates of parts of this cell:"))}</p>${others
				.map((row) => panel.estimate_line(row))
				.join("")}`
		);
	const save = () => store(panel, before, values_of(fields), whole, buttons.firstElementChild);
	buttons.firstElementChild.addEventListener("click", save);
	wrapper.addEventListener("keydown", (event) => {
		if (event.key !== "Enter" || event.target.tagName === "TEXTAREA" || event.target.closest(".awesomplete")) return;
		event.preventDefault();
		event.target.blur();
		setTimeout(save); // the field takes what was typed first
	});
}

function values_of(fields) {
	const values = {};
	for (const field of fields.fields_list) {
		const { fieldname } = field.df;
		if (fieldname && field.get_value) values[fieldname] = field.get_value() ?? "";
	}
	return values;
}

async function store(panel, before, now, whole, button) {
	const { about, model } = panel;
	const values = {};
	for (const [name, value] of Object.entries(now)) if (String(value) !== String(before[name])) values[name] = value;
	if (!Object.keys(values).length) {
		frappe.show_alert(__("Nothing was changed."));
		return;
	}
	if ("wallet" in values) {
		const text = String(values.wallet).trim();
		values.wallet = text === "" ? null : flt(text);
		if (text !== "" && !/^[-\d.,'\s\u00a0\u202f]+$/.test(text)) {
			frappe.msgprint(__("Wallet: please enter a number, or leave it empty."));
			return;
		}
		// what is left to itself follows from the amount
		if (values.state === undefined && now.state === "Unknown" && values.wallet > 0) values.state = "Potential";
	}
	if ("target_share" in values) values.target_share = flt(values.target_share);
	// of a cell that was empty, too: what somebody else has entered meanwhile is not overwritten
	values.modified = whole?.year === about.year ? whole.modified : "";
	if (whole && whole.year !== about.year) values.from_wallet = whole.name;
	button.disabled = true;
	try {
		await frappe.call({
			method: "kam_erpnext.api.whitespace.save_estimate",
			type: "POST",
			args: {
				key_account: about.account,
				customer: about.customer,
				item_group: about.item_group,
				year: about.year,
				company: model.company,
				values: JSON.stringify(values),
			},
		});
		frappe.show_alert({ message: __("Saved"), indicator: "green" });
		await panel.changed();
		// the form was drawn anew: whoever goes on by keyboard is where he was
		panel.element.querySelector(".kam-ws-save button")?.focus({ preventScroll: true });
	} finally {
		button.disabled = false;
	}
}
