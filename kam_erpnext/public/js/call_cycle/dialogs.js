// what is asked before lines of a cycle change, and what is told afterwards

const CHANGES = "kam_erpnext.api.call_changes";

/** A dialog that stays open when the server refuses, so that nothing typed is lost. */
function ask({ title, fields, action, method, args, done, cancelled }) {
	let answered = false;
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: action,
		async primary_action(values) {
			dialog.get_primary_btn().prop("disabled", true);
			try {
				const { message } = await frappe.call({
					method,
					type: "POST",
					args: args(values),
					freeze: true,
				});
				answered = true;
				dialog.hide();
				told(message);
				await done?.(message);
			} catch {
				// Frappe has said why; what was typed stays
			} finally {
				dialog.get_primary_btn().prop("disabled", false);
			}
		},
	});
	dialog.onhide = () => !answered && cancelled?.();
	dialog.show();
	return dialog;
}

/** What has been done; what does not fit stays until it was read. */
function told(answer) {
	if (!answer?.message) return;
	const safe = frappe.utils.escape_html;
	const warnings = (answer.messages || []).filter((row) => row.level !== "info");
	if (!warnings.length) {
		frappe.show_alert({ message: safe(answer.message), indicator: "green" }, 7);
		return;
	}
	frappe.msgprint({
		title: __("Call Cycle"),
		message: `<p>${safe(answer.message)}</p><ul>${warnings.map((row) => `<li>${safe(row.text)}</li>`).join("")}</ul>`,
		indicator: "orange",
	});
}

const names = (lines) => JSON.stringify(lines.map((row) => row.name));

const reason = (description, values = {}) => ({
	fieldname: "reason",
	fieldtype: "Small Text",
	label: __("Reason"),
	description,
	reqd: 1,
	...values,
});

/** What is about to change, for the head of a dialog. */
function about(lines) {
	const shown = lines
		.slice(0, 5)
		.map((row) => `${frappe.utils.escape_html(row.customer_name || row.customer)} (${__(row.method)})`);
	if (lines.length > 5) shown.push(__("and {0} more", [lines.length - 5]));
	return { fieldname: "about", fieldtype: "HTML", options: `<p class="text-muted">${shown.join(", ")}</p>` };
}

export function override(page, row, calls, { done, cancelled }) {
	const back = calls === cint(row.proposed_calls);
	const name = row.customer_name || row.customer;
	ask({
		title: __("{0}: {1} calls instead of {2}", [frappe.utils.escape_html(name), calls, cint(row.calls)]),
		fields: [
			{
				fieldname: "about",
				fieldtype: "HTML",
				options: `<p class="text-muted">${__("{0}, proposed {1}", [__(row.method), cint(row.proposed_calls)])}</p>`,
			},
			reason(
				back
					? __("The number is that of the proposal again; no reason is needed.")
					: __("Why another number than proposed? The approver reads it."),
				{ reqd: back ? 0 : 1, default: back ? "" : row.override_reason, fieldtype: "Data" }
			),
		],
		action: __("Save"),
		method: "kam_erpnext.api.call_cycles.override",
		args: (values) => ({ line: row.name, calls, reason: values.reason || "" }),
		done,
		cancelled,
	});
}

export function add(page, _lines, done) {
	const { frm } = page;
	const dialog = ask({
		title: __("Add a customer"),
		fields: [
			{
				fieldname: "customer",
				fieldtype: "Link",
				options: "Customer",
				label: __("Customer"),
				description: __("A customer that {0} may see.", [frappe.utils.escape_html(frappe.user.full_name(frm.doc.user))]),
				get_query: () => ({ filters: { disabled: 0, is_internal_customer: 0 } }),
				reqd: 1,
				onchange: () => fill(),
			},
			{
				fieldname: "method",
				fieldtype: "Select",
				options: ["Visit", "Phone", "Video", "E-mail", "Joint Visit"].map((value) => ({ value, label: __(value) })),
				default: "Visit",
				label: __("Contact Method"),
				reqd: 1,
				onchange: () => fill(),
			},
			{ fieldname: "calls", fieldtype: "Int", label: __("Calls"), default: 1, reqd: 1 },
			{ fieldname: "advice", fieldtype: "HTML" },
			reason(__("Why is the customer added? The approver reads it.")),
		],
		action: __("Add"),
		method: `${CHANGES}.add_customer`,
		args: ({ customer, method, calls, reason }) => ({ cycle: frm.doc.name, customer, method, calls, reason }),
		done,
	});
	let asked = null;
	async function fill() {
		const { customer, method } = dialog.get_values(true);
		if (!customer) return;
		const key = (asked = `${customer}/${method}`);
		const { message } = await page.read("proposed", { customer });
		if (asked !== key) return;
		const found = (message || []).find((row) => row.method === method);
		dialog.fields_dict.advice.$wrapper.html(
			`<p class="text-muted small">${frappe.utils.escape_html(
				found
					? __("The rule {0} proposes {1} calls.", [found.rule, found.calls])
					: __("No rule proposes calls this way for this customer.")
			)}</p>`
		);
		if (found?.calls) dialog.set_value("calls", found.calls);
	}
}

export function pause(page, lines, done) {
	ask({
		title: __("Pause {0} lines", [lines.length]),
		fields: [
			about(lines),
			{
				fieldname: "from_date",
				fieldtype: "Date",
				label: __("From"),
				description: __("First day without calls."),
				default: later(page.frm.doc.from_date),
				reqd: 1,
			},
			{
				fieldname: "to_date",
				fieldtype: "Date",
				label: __("To", null, "KAM"),
				description: __("Last day without calls. Empty: until somebody resumes it."),
			},
			reason(__("Why are these customers not called on?")),
		],
		action: __("Pause", null, "KAM"),
		method: `${CHANGES}.pause`,
		args: (values) => ({
			lines: names(lines),
			from_date: values.from_date,
			to_date: values.to_date || null,
			reason: values.reason,
		}),
		done,
	});
}

export async function resume(page, lines, done) {
	const { message } = await frappe.call({
		method: `${CHANGES}.resume`,
		type: "POST",
		args: { lines: names(lines) },
		freeze: true,
	});
	told(message);
	await done();
}

export function hand_over(page, lines, done) {
	ask({
		title: __("Hand over {0} lines", [lines.length]),
		fields: [
			about(lines),
			{
				fieldname: "user",
				fieldtype: "Link",
				options: "User",
				label: __("To", null, "KAM"),
				description: __("Colleague who makes the calls from then on."),
				get_query: () => ({
					filters: { enabled: 1, user_type: "System User", name: ["!=", page.frm.doc.user] },
				}),
				reqd: 1,
			},
			{
				fieldname: "from_date",
				fieldtype: "Date",
				label: __("From"),
				description: __("Calls from this day on are handed over; those before stay."),
				default: later(page.frm.doc.from_date),
				reqd: 1,
			},
			reason(__("Why are they handed over? The colleague reads it.")),
		],
		action: __("Hand Over"),
		method: `${CHANGES}.hand_over`,
		args: (values) => ({
			lines: names(lines),
			user: values.user,
			from_date: values.from_date,
			reason: values.reason,
		}),
		done,
	});
}

export function remove(page, lines, done) {
	ask({
		title: __("Remove {0} lines", [lines.length]),
		fields: [about(lines), reason(__("Why are these customers not called on any more? Calls made stay."))],
		action: __("Remove"),
		method: `${CHANGES}.remove`,
		args: (values) => ({ lines: names(lines), reason: values.reason }),
		done,
	});
}

/** What a proposal has brought. */
export function proposed(answer) {
	const counts = [
		answer.added && __("{0} lines were added", [answer.added]),
		answer.updated && __("{0} renewed", [answer.updated]),
		answer.removed && __("{0} removed", [answer.removed]),
	].filter(Boolean);
	const text = counts.length ? counts.join(", ") : __("Everything is as the rules propose it already.");
	if (!answer.messages.length) {
		frappe.show_alert({ message: text, indicator: counts.length ? "green" : "blue" }, 7);
		return;
	}
	const list = answer.messages.map((row) => `<li>${frappe.utils.escape_html(row)}</li>`).join("");
	frappe.msgprint({
		title: __("Proposal"),
		message: `<p>${text}</p><ul>${list}</ul>`,
		indicator: counts.length ? "green" : "orange",
	});
}

export async function schedule(page) {
	const { frm } = page;
	if (frm.is_dirty()) await frm.save("Update");
	const { message } = await frappe.call({
		method: `${CHANGES}.schedule`,
		type: "POST",
		args: { cycle: frm.doc.name },
		freeze: true,
		freeze_message: __("Putting the calls on days …"),
	});
	told(message);
	await page.refresh();
}

/** Why a cycle is accepted whose calls do not fit; saved before it is sent to review. */
export function ask_overload(frm, texts) {
	return new Promise((resolve, reject) => {
		let answered = false;
		// the form is frozen while a workflow action is under way
		frappe.dom.unfreeze();
		const dialog = new frappe.ui.Dialog({
			title: __("More calls than time"),
			fields: [
				{
					fieldname: "about",
					fieldtype: "HTML",
					options: `<ul>${texts.map((text) => `<li>${frappe.utils.escape_html(text)}</li>`).join("")}</ul>`,
				},
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Why More Than Possible"),
					description: __("If it is to stay like this: why, and what gives way? The approver reads it."),
					reqd: 1,
				},
			],
			primary_action_label: __("Send Nevertheless"),
			async primary_action({ reason }) {
				answered = true;
				dialog.hide();
				try {
					await frm.set_value("overload_reason", reason);
					await frm.save();
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

export function open_calls(frm, status) {
	const states = { Planned: ["in", ["Planned", "Prepared"]], Made: "Made", Missed: "Missed" };
	frappe.set_route("List", "Customer Call", "List", {
		cycle: frm.doc.name,
		...(states[status] ? { status: states[status] } : {}),
	});
}

const later = (from) => {
	const today = frappe.datetime.get_today();
	return from > today ? from : today;
};
