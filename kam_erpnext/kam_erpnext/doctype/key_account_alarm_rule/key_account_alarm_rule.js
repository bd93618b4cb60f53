// what the two numbers of a rule stand for, and the numbers to begin with: label, label, threshold, days, explanation
const KINDS = {
	"Sales Drop": [
		__("Fall (%)"), __("Days Compared"), 30, 90,
		__("Net sales of so many days up to now against the same days a year before, the accounts below included."),
	],
	"Order Gap": [
		__("Standard Deviations"), __("Days Looked Back"), 2, 730,
		__("Days since the last order against the account's own rhythm: more than the mean gap and so many standard deviations. Four days with orders make a rhythm."),
	],
	"Single Thread": [
		__("People in Contact, at Most"), null, 1, 0,
		__("Of two or more people on the power map we are in contact with at most so many. How long a contact lasts stands in KAM Settings."),
	],
	"Overdue Actions": [
		__("Actions", null, "KAM"), __("Days Overdue"), 3, 7,
		__("So many open actions of the account itself are overdue for more than these days."),
	],
	"Overdue Calls": [
		__("Calls"), __("Days Overdue"), 2, 7,
		__("So many calls of the last 13 weeks were not made on their day, nor within these days after it, nor made up for since."),
	],
	"Contract Ends": [
		null, __("Days Ahead"), 0, 90,
		__("The last submitted contract with a customer ends within so many days."),
	],
	"Health Falls": [
		__("Points"), __("Days"), 15, 30,
		__("Health fell by so many points against the snapshot taken so many days before."),
	],
	"Plan Behind": [
		__("Behind (%)"), null, 15, 0,
		__("Net sales of the fiscal year are so many percent below the part of the target that is due by now."),
	],
	"Overdue Receivables": [
		__("Share (%)"), __("Days Overdue"), 25, 30,
		__("So many percent of what is outstanding are overdue for more than these days."),
	],
};

frappe.ui.form.on("Key Account Alarm Rule", {
	refresh(frm) {
		frm.trigger("explain");
		if (frm.is_new()) return;
		frm.add_custom_button(__("Its Alarms"), () =>
			frappe.set_route("List", "Key Account Alarm", "List", { rule: frm.doc.name })
		);
	},

	kind(frm) {
		const [, , threshold, days] = KINDS[frm.doc.kind] || [];
		if (frm.is_new() && frm.doc.kind) frm.set_value({ threshold, days });
		frm.trigger("explain");
	},

	explain(frm) {
		const [threshold, days, , , text] = KINDS[frm.doc.kind] || [__("Threshold"), __("Days")];
		for (const [field, label] of Object.entries({ threshold, days })) {
			frm.set_df_property(field, "hidden", label ? 0 : 1);
			if (label) frm.set_df_property(field, "label", label);
		}
		frm.get_field("help_html").$wrapper.html(
			text ? `<p class="text-muted">${frappe.utils.escape_html(text)}</p>` : ""
		);
	},
});
