// what is asked before a gate is decided or the opportunity ends

/** Save what was typed, call a step, reload. */
async function carry_out(frm, method, args) {
	if (frm.is_dirty()) await frm.save();
	await frappe.call({
		method: `kam_erpnext.api.opportunities.${method}`,
		type: "POST",
		args: { opportunity: frm.doc.name, modified: frm.doc.modified, ...args },
		freeze: true,
	});
	await frm.reload_doc();
}

/** A dialog that stays open when the server refuses, so that nothing typed is lost. */
function ask(frm, { title, fields, action, method, args = (values) => values, done }) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: action,
		async primary_action(values) {
			dialog.get_primary_btn().prop("disabled", true);
			try {
				await carry_out(frm, method, args(values));
				dialog.hide();
				done?.();
			} catch {
				// Frappe has said why; what was typed stays
			} finally {
				dialog.get_primary_btn().prop("disabled", false);
			}
		},
	});
	dialog.show();
	return dialog;
}

export function pass(frm, page) {
	const gate = page.gates.find((row) => row.here);
	const typed = (frm.doc.gates || []).find((row) => row.gate === gate.gate)?.evidence;
	ask(frm, {
		title: __("Pass: {0}", [__(gate.gate)]),
		fields: [
			{
				fieldname: "evidence",
				fieldtype: "Small Text",
				label: __("Evidence"),
				description: frappe.utils.escape_html(
					gate.evidence_required || __("What was shown, or where it is. Not required for this gate.")
				),
				default: typed || gate.evidence,
				reqd: gate.evidence_required ? 1 : 0,
			},
			{ fieldname: "on", fieldtype: "Date", label: __("On"), default: frappe.datetime.get_today(), reqd: 1 },
		],
		action: __("Pass", null, "KAM"),
		method: "pass_gate",
		args: (values) => ({ gate: gate.gate, ...values }),
		done: () => frappe.show_alert({ message: __("{0} is passed.", [__(gate.gate)]), indicator: "green" }),
	});
}

export function rework(frm, page) {
	const gate = page.gates.find((row) => row.here);
	ask(frm, {
		title: __("Rework: {0}", [__(gate.gate)]),
		fields: [
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("What has to be worked over?"),
				description: __("Becomes a comment."),
				reqd: 1,
			},
			{ fieldname: "planned_on", fieldtype: "Date", label: __("New Day"), default: gate.planned_on },
		],
		action: __("Send Back"),
		method: "rework_gate",
		args: (values) => ({ gate: gate.gate, ...values }),
	});
}

/** Lost to somebody else, or dropped by us. */
export function stop(frm, outcome = "Lost") {
	ask(frm, {
		title: __("Stop: {0}", [frm.doc.title]),
		fields: [
			{
				fieldname: "outcome",
				fieldtype: "Select",
				label: __("Outcome"),
				options: [
					{ value: "Lost", label: __("Lost: somebody else got it, or nobody") },
					{ value: "Dropped", label: __("Dropped: we decided against it") },
				],
				default: outcome,
				reqd: 1,
			},
			{
				fieldname: "reasons",
				fieldtype: "MultiSelectPills",
				label: __("Reasons"),
				depends_on: "eval:doc.outcome === 'Lost'",
				get_data: (text) =>
					frappe.db.get_link_options("Key Account Win Loss Reason", text, {
						counts_for: ["!=", "Won"],
						disabled: 0,
					}),
			},
			{
				fieldname: "lost_to",
				fieldtype: "Link",
				options: "Competitor",
				label: __("Lost To"),
				depends_on: "eval:doc.outcome === 'Lost'",
				get_query: () => ({}),
			},
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("In Words"),
				description: __("What the customer says, or why we drop it."),
				mandatory_depends_on: "eval:doc.outcome === 'Dropped'",
			},
		],
		action: __("Stop", null, "KAM"),
		method: "stop",
	});
}

/** Pursue, hold or drop. */
export async function decide(frm, decision) {
	if (decision === "Drop") return stop(frm, "Dropped");
	const save = async (reason) => {
		await frm.set_value({ decision, decision_reason: reason || null });
		await frm.save();
	};
	if (decision === "Pursue") return save(frm.doc.decision === "Pursue" ? frm.doc.decision_reason : null);
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("Why is it put on hold?"),
			default: frm.doc.decision_reason,
			reqd: 1,
		},
		({ reason }) => save(reason),
		__("Put on Hold", null, "KAM"),
		__("Put on Hold", null, "KAM")
	);
}

export function with_reason(frm, { title, label, action, method }) {
	ask(frm, {
		title,
		fields: [
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label,
				description: __("Becomes a comment."),
				reqd: 1,
			},
		],
		action,
		method,
	});
}

export function win(frm) {
	ask(frm, {
		title: __("Won Without an Order Here"),
		fields: [
			{
				fieldtype: "HTML",
				options: `<p class="text-muted">${__(
					"Use this when the order is not entered in this system, for example a framework contract. A Sales Order that names the opportunity wins it by itself."
				)}</p>`,
			},
			{ fieldname: "on", fieldtype: "Date", label: __("On"), default: frappe.datetime.get_today(), reqd: 1 },
		],
		action: __("Won"),
		method: "win",
	});
}

/** The one open quotation is taken; of several the user chooses. */
export function choose_quotation(quotations, then) {
	if (quotations.length < 2) return then(quotations[0]);
	frappe.prompt(
		{
			fieldname: "quotation",
			fieldtype: "Select",
			label: __("Quotation"),
			options: quotations,
			default: quotations[quotations.length - 1],
			description: __("Several quotations are open. Which one does the customer order?"),
			reqd: 1,
		},
		({ quotation }) => then(quotation),
		__("Make a Sales Order"),
		__("Continue")
	);
}
