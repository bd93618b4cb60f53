// what is asked before a call is planned, moved, missed or cancelled
import { add_days, add_month, METHODS } from "./words";

const api = (method, args) => frappe.call({ method: `kam_erpnext.api.calls.${method}`, type: "POST", args, freeze: true });

/** Plans a call; `given` are values known already. Resolves to its name, or never when the dialog is left. */
export function plan(given = {}) {
	return new Promise((resolve) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Plan a Call"),
			fields: [
				{
					fieldname: "customer",
					fieldtype: "Link",
					options: "Customer",
					label: __("Customer"),
					default: given.customer,
					reqd: 1,
				},
				{
					fieldname: "method",
					fieldtype: "Select",
					label: __("Contact Method"),
					options: METHODS.map((value) => ({ value, label: __(value) })),
					default: "Visit",
					reqd: 1,
				},
				{ fieldname: "planned_on", fieldtype: "Date", label: __("Day"), default: given.day, reqd: 1 },
				{
					fieldname: "time",
					fieldtype: "Time",
					label: __("Time"),
					description: __("Only once it is agreed with the customer."),
				},
				{ fieldname: "duration", fieldtype: "Int", label: __("Minutes", null, "KAM"), default: 60 },
				{
					fieldname: "objective",
					fieldtype: "Small Text",
					label: __("Objective", null, "KAM"),
					description: __("What the call shall reach."),
				},
			],
			primary_action_label: __("Plan", null, "KAM"),
			async primary_action({ customer, method, planned_on, time, duration, objective }) {
				const { message } = await api("plan", {
					customer,
					method,
					planned_on,
					starts_at: time ? `${planned_on} ${time}` : null,
					duration,
					objective,
					user: given.user,
				});
				dialog.hide();
				resolve(message);
			},
		});
		dialog.show();
	});
}

/** Moves a call to another day, with chips for the usual ones. */
export function move(call) {
	return new Promise((resolve) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Move the Call"),
			fields: [
				{ fieldname: "chips", fieldtype: "HTML" },
				{ fieldname: "planned_on", fieldtype: "Date", label: __("New Day"), default: call.day, reqd: 1 },
				{
					fieldname: "time",
					fieldtype: "Time",
					label: __("Time"),
					default: call.new_time || undefined,
					description: __("Only once it is agreed with the customer."),
				},
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Reason"),
					description: __("The day the call is due stays as it is."),
					reqd: 1,
				},
			],
			primary_action_label: __("Move"),
			async primary_action({ planned_on, time, reason }) {
				await api("move", {
					call: call.name,
					planned_on,
					starts_at: time ? `${planned_on} ${time}` : null,
					reason,
				});
				dialog.hide();
				resolve(planned_on);
			},
		});
		const today = call.today;
		for (const [label, day] of [
			[__("Tomorrow"), add_days(today, 1)],
			[__("In a Week"), add_days(today, 7)],
			[__("In a Month"), add_month(today)],
		]) {
			$(`<button type="button" class="btn btn-default"></button>`)
				.text(label)
				.on("click", () => dialog.set_value("planned_on", day))
				.appendTo(dialog.fields_dict.chips.$wrapper.addClass("kam-calls-chips"));
		}
		dialog.show();
	});
}

function ask_reason(title, label, method, call, description = "") {
	return new Promise((resolve) => {
		const dialog = new frappe.ui.Dialog({
			title,
			fields: [{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), description, reqd: 1 }],
			primary_action_label: label,
			async primary_action({ reason }) {
				await api(method, { call: call.name, reason });
				dialog.hide();
				resolve();
			},
		});
		dialog.show();
	});
}

export const missed = (call) =>
	ask_reason(
		__("The Call was Missed"),
		__("Missed"),
		"missed",
		call,
		__("It can still be reported or moved to another day.")
	);

export const cancel = (call) =>
	ask_reason(__("Cancel the Call"), __("Cancel the Call"), "cancel", call, __("It is not wanted any more."));

export const reopen = (call) => api("reopen", { call: call.name });

export const prepared = (call, objective, contacts) => api("prepared", { call: call.name, objective, contacts });
