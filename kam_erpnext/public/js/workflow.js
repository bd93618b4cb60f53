frappe.provide("kam");

/** Colours of the statuses of a plan, in its form and in lists. */
kam.plan_colours = {
	Draft: "gray",
	"In Review": "orange",
	Rejected: "red",
	Approved: "blue",
	"In Execution": "green",
	Closed: "gray",
	Superseded: "gray",
	Cancelled: "red",
};

/** Ask why a document is rejected and save the reason before the workflow moves on. */
kam.ask_rejection_reason = function (frm) {
	return new Promise((resolve, reject) => {
		let answered = false;
		// the form is frozen while a workflow action is under way
		frappe.dom.unfreeze();
		const dialog = new frappe.ui.Dialog({
			title: __("Why is it rejected?"),
			fields: [
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Reason for Rejection"),
					description: __("Tell the author what should change."),
					reqd: 1,
				},
			],
			primary_action_label: __("Reject"),
			async primary_action({ reason }) {
				answered = true;
				dialog.hide();
				await frm.set_value("rejection_reason", reason);
				await frm.save();
				resolve();
			},
		});
		dialog.onhide = () => !answered && reject();
		dialog.show();
	});
};

/**
 * Frappe 16 asks the server before each action whether the workflow wants it confirmed, which only a System Manager may
 * read: everybody else was refused. For documents of this app the answer is in the workflow that came with the form.
 */
const get_value = frappe.db.get_value;
frappe.db.get_value = function (doctype, filters, fieldname, ...others) {
	const on = filters && filters.document_type;
	const workflow = doctype === "Workflow" && on && frappe.workflow.workflows[on];
	const meta = workflow && frappe.get_meta(on);
	if (fieldname !== "enable_action_confirmation" || !meta || meta.module !== "KAM ERPNext") {
		return get_value.call(this, doctype, filters, fieldname, ...others);
	}
	return Promise.resolve({ message: { [fieldname]: workflow[fieldname] } });
};
