import { ask } from "./words";

/**
 * Makes an action of a rule that is not met.
 *
 * The words of an action are read by more people than the map: they come from the rule and from whoever makes the action.
 */
export function make_action({ frm, model }, rule) {
	const people = (rule.people || []).map((key) => model.person(key)).filter(Boolean);
	const dialog = new frappe.ui.Dialog({
		title: __("Make Action"),
		fields: [
			{
				fieldname: "subject",
				fieldtype: "Data",
				label: __("What Is to Be Done"),
				default: String(rule.next_step || rule.rule).slice(0, 140),
				reqd: 1,
				description: __(
					"Everybody who sees the account's actions can read this. Write what will be done, not what we think of the person."
				),
			},
			{
				fieldname: "person",
				fieldtype: "Select",
				label: __("Person Concerned"),
				options: [
					{ value: "", label: __("nobody in particular") },
					...people.map((person) => ({ value: person.person, label: person.person_name })),
				],
				default: people.length === 1 ? people[0].person : "",
				hidden: !people.length,
			},
		],
		primary_action_label: __("Make Action"),
		async primary_action({ subject, person }) {
			dialog.disable_primary_action();
			const name = await ask(
				"make_action",
				{ power_map: frm.doc.name, rule: rule.rule, person: person || undefined, subject },
				{ type: "POST" }
			);
			dialog.enable_primary_action();
			if (!name) return;
			dialog.hide();
			frappe.show_alert({
				message: __("Action {0} was made. Set who is responsible and until when.", [
					`<a href="${frappe.utils.get_form_link("Key Account Action", name)}">${frappe.utils.escape_html(
						name
					)}</a>`,
				]),
				indicator: "green",
			}, 10);
		},
	});
	dialog.show();
}
