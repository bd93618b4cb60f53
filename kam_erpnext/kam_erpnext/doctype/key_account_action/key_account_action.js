frappe.ui.form.on("Key Account Action", {
	setup(frm) {
		frm.set_query("plan", () => ({
			filters: {
				...(frm.doc.key_account ? { key_account: frm.doc.key_account } : {}),
				status: ["in", ["Draft", "In Review", "Rejected", "Approved", "In Execution"]],
			},
		}));
		const people = () => ({ filters: { enabled: 1, user_type: "System User" } });
		frm.set_query("responsible", people);
		frm.set_query("helpers", people);
		frm.set_query("key_account", () => ({ filters: { status: ["!=", "Retired"] } }));
	},

	refresh(frm) {
		frm.trigger("show_state");
		frm.trigger("show_dates");
		if (frm.is_new()) return;
		const ended = ["Done", "Dropped"].includes(frm.doc.status);
		if (frm.perm[0]?.write) {
			if (ended) {
				frm.add_custom_button(__("Reopen"), () => set_status(frm, "In Progress"));
			} else {
				frm.add_custom_button(__("Done …"), () => end_action(frm, "Done")).addClass("btn-primary");
				if (frm.doc.status === "Planned") {
					frm.add_custom_button(__("Start", null, "KAM"), () => set_status(frm, "In Progress"));
				}
				frm.add_custom_button(__("Drop …"), () => end_action(frm, "Dropped"), __("More"));
				if (!frm.doc.task && frappe.model.can_create("Task")) {
					frm.add_custom_button(__("Create Task"), () => create_task(frm), __("More"));
				}
			}
		}
		if (frm.doc.plan && frappe.model.can_read("Key Account Plan")) {
			frm.add_custom_button(
				__("Open the Plan"),
				() => frappe.set_route("Form", "Key Account Plan", frm.doc.plan),
				__("More")
			);
		}
	},

	show_state(frm) {
		const today = frappe.datetime.get_today();
		let [label, colour] = [frm.doc.status, "blue"];
		if (frm.doc.status === "Done") colour = "green";
		else if (frm.doc.status === "Dropped") colour = "gray";
		else if (frm.doc.end_date && frm.doc.end_date < today) [label, colour] = ["Overdue", "red"];
		else if (frm.doc.end_date && frm.doc.end_date <= frappe.datetime.add_days(today, 7)) {
			[label, colour] = ["Due Soon", "orange"];
		}
		if (!frm.is_new()) frm.page.set_indicator(__(label), colour);
	},

	show_dates(frm) {
		const field = frm.get_field("end_date");
		field.$wrapper.find(".kam-quick-dates").remove();
		if (["Done", "Dropped"].includes(frm.doc.status) || !frm.fields_dict.end_date.df) return;
		if (field.disp_status !== "Write") return;
		const today = frappe.datetime.get_today();
		const choices = [
			[__("In a Week"), frappe.datetime.add_days(today, 7)],
			[__("In a Month"), frappe.datetime.add_months(today, 1)],
			[__("End of Quarter"), frappe.datetime.quarter_end()],
		];
		const row = $(`<div class="kam-quick-dates"></div>`).appendTo(field.$wrapper);
		for (const [label, day] of choices) {
			$(`<button type="button" class="btn btn-xs btn-default">${label}</button>`)
				.on("click", () => frm.set_value("end_date", moment(day).format("YYYY-MM-DD")))
				.appendTo(row);
		}
	},

	end_date(frm) {
		if (frm.doc.is_milestone) frm.set_value("start_date", frm.doc.end_date);
	},

	is_milestone(frm) {
		if (frm.doc.is_milestone && frm.doc.end_date) frm.set_value("start_date", frm.doc.end_date);
	},

	async plan(frm) {
		if (!frm.doc.plan || frm.doc.key_account) return;
		const { message } = await frappe.db.get_value("Key Account Plan", frm.doc.plan, "key_account");
		if (message?.key_account) frm.set_value("key_account", message.key_account);
	},
});

function set_status(frm, status) {
	frm.set_value("status", status);
	return frm.save();
}

/** Ask for the result, then save; a result that is missing keeps the action open. */
function end_action(frm, status) {
	const done = status === "Done";
	const fields = [
		{
			fieldname: "result",
			fieldtype: "Small Text",
			label: done ? __("What came out of it?") : __("Why is it dropped?"),
			default: frm.doc.result,
			reqd: 1,
		},
		{ fieldname: "done_on", fieldtype: "Date", label: __("On"), default: frappe.datetime.get_today(), reqd: 1 },
	];
	if (frm.doc.planned_cost) {
		fields.push({
			fieldname: "spent_cost",
			fieldtype: "Currency",
			label: __("Cost Spent"),
			default: frm.doc.spent_cost,
		});
	}
	const dialog = new frappe.ui.Dialog({
		title: done ? __("Done", null, "KAM") : __("Drop", null, "KAM"),
		fields,
		primary_action_label: done ? __("Done", null, "KAM") : __("Drop", null, "KAM"),
		async primary_action(values) {
			dialog.hide();
			await frm.set_value({ ...values, status });
			await frm.save();
		},
	});
	dialog.show();
}

function create_task(frm) {
	frappe.prompt(
		{
			fieldname: "project",
			fieldtype: "Link",
			options: "Project",
			label: __("Project"),
			default: frm.doc.project,
			description: __("Leave empty for a task outside of a project."),
		},
		async ({ project }) => {
			if (frm.is_dirty()) await frm.save();
			const { message } = await frappe.call({
				method: "kam_erpnext.api.actions.create_task",
				args: { action: frm.doc.name, project },
				freeze: true,
			});
			frappe.show_alert({ message: __("Task {0} was created.", [message]), indicator: "green" });
			frm.reload_doc();
		},
		__("Create Task"),
		__("Create")
	);
}
