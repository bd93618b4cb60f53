frappe.ui.form.on("KAM Scorecard Measure", {
	/** A new line gets what is usual for the measure; what somebody changed can be changed again. */
	async measure(frm) {
		if (!frm.doc.measure) return;
		const { message } = await frappe.call({
			method: "kam_erpnext.api.score_measures.suggested",
			type: "GET",
			args: { measure: frm.doc.measure },
		});
		frm.doc.about = message.about;
		frm.refresh_field("about");
		frm.set_value("perspective", message.perspective);
		for (const field of ["worst", "best", "weight", "in_health"]) frm.set_value(field, message[field]);
		if (!frm.doc.measure_name) frm.set_value("measure_name", __(frm.doc.measure));
	},
});
