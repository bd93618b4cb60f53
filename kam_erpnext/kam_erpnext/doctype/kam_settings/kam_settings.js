// the demonstration company: made and taken away by a job, for those who run the programme
const ALLOWED = ["System Manager", "KAM Administrator"];
const POLL = 3000;

frappe.ui.form.on("KAM Settings", {
	async refresh(frm) {
		if (!ALLOWED.some((role) => frappe.user.has_role(role))) return;
		show_demonstration(frm, await demonstration());
	},
});

async function demonstration() {
	const { message } = await frappe.call({ method: "kam_erpnext.api.demo.status", type: "GET" });
	return message;
}

function show_demonstration(frm, state) {
	const group = __("Demonstration");
	for (const label of [__("Create"), __("Delete")]) frm.remove_custom_button(label, group);
	if (state.running) return wait(frm, state.running);
	if (!state.present) frm.add_custom_button(__("Create"), () => ask_to_create(frm, state), group);
	if (state.present || state.incomplete) {
		frm.add_custom_button(__("Delete"), () => ask_to_delete(frm), group);
	}
}

function ask_to_create(frm, state) {
	const dialog = new frappe.ui.Dialog({
		title: __("Create the Demonstration Company"),
		fields: [
			{
				fieldtype: "HTML",
				options: `<p>${__(
					"An invented manufacturer of medical devices with 174 customers, three years of sales and a running key account programme. It takes some minutes and changes nothing of your own data."
				)}</p><p class="text-muted">${
					state.incomplete
						? __("What an interrupted creation has left is removed first.")
						: __("A site that people work with is not the place for it: use a copy.")
				}</p>`,
			},
			{
				fieldname: "password",
				fieldtype: "Password",
				label: __("Password of the Demonstration Users"),
				description: __("At least 8 characters. All of them log in with it."),
				reqd: 1,
				no_strength_check: 1,
			},
		],
		primary_action_label: __("Create"),
		primary_action: ({ password }) => start(frm, "create", { password }, dialog),
	});
	dialog.show();
}

function ask_to_delete(frm) {
	frappe.confirm(
		__(
			"Delete the demonstration company with everything posted in it, its users and its key account programme? Nothing else is changed."
		),
		() => start(frm, "delete", {})
	);
}

async function start(frm, task, args, dialog) {
	await frappe.call({ method: `kam_erpnext.api.demo.${task}`, type: "POST", args });
	dialog?.hide();
	show_demonstration(frm, { ...(await demonstration()), running: task });
}

/** Asks until the job has ended; a browser without a socket learns of it too. */
function wait(frm, task) {
	if (frm.kam_waiting) return;
	frm.kam_waiting = true;
	frm.dashboard.set_headline(
		task === "create"
			? __("The demonstration company is being created. You may leave the page.")
			: __("The demonstration company is being deleted. You may leave the page.")
	);
	const look = async () => {
		if (cur_frm !== frm) return void (frm.kam_waiting = false);
		const state = await demonstration();
		if (state.running) return setTimeout(look, POLL);
		frm.kam_waiting = false;
		frappe.hide_progress();
		frm.dashboard.clear_headline();
		tell(task, state);
		frm.reload_doc();
	};
	setTimeout(look, POLL);
}

function tell(task, state) {
	if (state.incomplete || state.present !== (task === "create")) {
		return frappe.msgprint({
			title: __("Demonstration"),
			indicator: "red",
			message: __("It was not finished: the Error Log says why. What is left can be deleted."),
		});
	}
	frappe.msgprint({
		title: __("Demonstration"),
		indicator: "green",
		message:
			task === "create"
				? __(
						"The demonstration company is ready. Log in as {0}, {1} or {2} with the password you chose.",
						["ops.demo@example.com", "director.demo@example.com", "manager1.demo@example.com"].map(
							(user) => `<b>${user}</b>`
						)
				  )
				: __("The demonstration company is deleted."),
	});
}
