// what people do with alarms: the same on the page of an account, on the form and in the list
frappe.provide("kam.alarms");

const SEVERITY_COLOURS = { High: "red", Medium: "orange", Low: "gray" };

/** The urgency in a word with its colour. */
kam.alarms.severity = (severity) =>
	`<span class="indicator-pill no-indicator-dot ${SEVERITY_COLOURS[severity] || "gray"}">${frappe.utils.escape_html(
		__(severity)
	)}</span>`;

const send = async (method, args) => {
	const { message } = await frappe.call({
		method: `kam_erpnext.api.alarms.${method}`,
		type: "POST",
		args: { ...args, alarms: JSON.stringify(args.alarms) },
		freeze: true,
	});
	frappe.show_alert({ message: message.message, indicator: "green" });
};

/** Asks until when and why, and mutes; `names` are of alarms. Resolves when it is done. */
kam.alarms.mute = (names) =>
	ask({
		title: names.length === 1 ? __("Mute Alarm") : __("Mute {0} Alarms", [names.length]),
		intro: __("No message, and no mark on the account, up to the day. After it the alarm sounds again if it is still so."),
		fields: [
			{
				fieldname: "until",
				label: __("Silent Until"),
				fieldtype: "Date",
				reqd: 1,
				default: frappe.datetime.add_days(frappe.datetime.get_today(), 30),
			},
		],
		action: __("Mute"),
		done: ({ until, reason }) => send("mute", { alarms: names, until, reason }),
	});

/** Asks why, and closes what has been dealt with. */
kam.alarms.close = (names) =>
	ask({
		title: names.length === 1 ? __("Close Alarm") : __("Close {0} Alarms", [names.length]),
		intro: __(
			"For what has been dealt with although the figures do not show it yet. It stays silent as long as it lasts, at most three months."
		),
		fields: [],
		action: __("Close Alarm"),
		done: ({ reason }) => send("close", { alarms: names, reason }),
	});

kam.alarms.unmute = (names) => send("unmute", { alarms: names });

function ask({ title, intro, fields, action, done }) {
	return new Promise((resolve) => {
		const dialog = new frappe.ui.Dialog({
			title,
			fields: [
				{ fieldtype: "HTML", options: `<p class="text-muted">${frappe.utils.escape_html(intro)}</p>` },
				...fields,
				{
					fieldname: "reason",
					label: __("Reason"),
					fieldtype: "Small Text",
					reqd: 1,
					description: __("Everybody of the team reads it."),
				},
			],
			primary_action_label: action,
			async primary_action(values) {
				await done(values);
				dialog.hide();
				resolve();
			},
		});
		dialog.show();
	});
}
