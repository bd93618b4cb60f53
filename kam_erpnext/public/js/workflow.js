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
