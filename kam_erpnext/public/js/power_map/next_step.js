import { escape } from "../account/format";
import { ask, dialog_of } from "./words";

/**
 * Makes an action of a rule that is not met.
 *
 * More people read the actions of an account than its judgements. Without other words the server takes those of the rule
 * and names the person only where that tells nothing about him or her.
 */
export function make_action({ frm, model }, rule) {
	const people = (rule.people || []).map((key) => model.person(key)).filter(Boolean);
	const dialog = dialog_of({
		title: __("Make Action"),
		fields: [
			{ fieldname: "step", fieldtype: "HTML", options: `<p>${escape(rule.next_step)}</p>` },
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
				description: __("The owner of this relationship becomes responsible, else the account manager."),
			},
			{
				fieldname: "subject",
				fieldtype: "Data",
				length: 140,
				label: __("Other Words"),
				description: __(
					"Everybody who sees the actions of the account can read this: write what will be done, not what we think of the person. Left empty, the suggested step is taken and the person named only where that tells nothing about them."
				),
			},
		],
		primary_action_label: __("Make Action"),
		async primary_action({ subject, person }) {
			const name = await ask(
				"make_action",
				{ power_map: frm.doc.name, rule: rule.rule, person: person || undefined, subject: subject || undefined },
				{ type: "POST", freeze: true }
			);
			if (!name) return;
			dialog.hide();
			const link = `<a href="${frappe.utils.get_form_link("Key Account Action", name)}">${escape(name)}</a>`;
			frappe.show_alert(
				{ message: __("Action {0} is open and due in two weeks.", [link]), indicator: "green" },
				10
			);
		},
	});
	dialog.show();
}
