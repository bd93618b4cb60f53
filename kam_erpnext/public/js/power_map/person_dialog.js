import { KINDS } from "./vocabulary";

const FROM_CONTACT = [
	"first_name",
	"middle_name",
	"last_name",
	"designation",
	"department",
	"company_name",
	"email_id",
];

/** What a contact of ERPNext says about a person. */
export async function contact_values(contact) {
	const { message } = await frappe.db.get_value("Contact", contact, FROM_CONTACT);
	if (!message) return {};
	const name = [message.first_name, message.middle_name, message.last_name].filter(Boolean).join(" ");
	return {
		contact,
		person_name: name || contact,
		designation: message.designation || "",
		department: message.department || "",
		organisation: message.company_name || "",
		email_id: message.email_id || "",
	};
}

/** Asks who the new person is and puts them on the map. */
export function add_person_dialog(drawing, values) {
	const { model } = drawing;
	if (!model.can_write) return;
	const people = model.people();
	const dialog = new frappe.ui.Dialog({
		title: __("Add a Person"),
		fields: [
			{
				fieldname: "kind",
				fieldtype: "Select",
				label: __("Kind"),
				options: KINDS().map(([value, label]) => ({ value, label })),
				default: values.kind || "Person at the Customer",
				reqd: 1,
			},
			{
				fieldname: "contact",
				fieldtype: "Link",
				options: "Contact",
				label: __("Contact"),
				description: __(
					"Name, title and department come from the contact. Leave empty for somebody without a contact."
				),
				depends_on: "eval:['Person at the Customer', 'Outside Person'].includes(doc.kind)",
				async change() {
					const contact = dialog.get_value("contact");
					if (contact) dialog.set_values(await contact_values(contact));
				},
			},
			{
				fieldname: "competitor",
				fieldtype: "Link",
				options: "Competitor",
				label: __("Competitor"),
				depends_on: "eval:doc.kind=='Competitor'",
				change() {
					const competitor = dialog.get_value("competitor");
					if (competitor && !dialog.get_value("person_name"))
						dialog.set_value("person_name", competitor);
				},
			},
			{
				fieldname: "person_name",
				fieldtype: "Data",
				label: __("Name"),
				description: __("For a placeholder what you look for, for example Head of Purchasing."),
				reqd: 1,
			},
			{ fieldtype: "Column Break" },
			{ fieldname: "designation", fieldtype: "Data", label: __("Title", null, "KAM") },
			{ fieldname: "department", fieldtype: "Data", label: __("Department") },
			{ fieldname: "organisation", fieldtype: "Data", label: __("Organisation") },
			{
				fieldname: "reports_to",
				fieldtype: "Select",
				label: __("Reports To"),
				options: superiors(people),
				default: values.reports_to || "",
				hidden: !people.length,
			},
			{ fieldname: "email_id", fieldtype: "Data", hidden: 1 },
		],
		primary_action_label: __("Add"),
		primary_action(answers) {
			const key = model.add_person({ ...values, ...answers, reports_to: answers.reports_to || "" });
			if (!key) return;
			dialog.hide();
			drawing.select(key, { focus: true });
			drawing.panel.open({ peek: drawing.narrow });
			drawing.reveal(key);
			drawing.say(__("{0} added", [answers.person_name]));
		},
	});
	dialog.show();
}

/** Choices for the superior; people of one name are told apart by title. */
export function superiors(people, except = new Set()) {
	return [
		{ value: "", label: "" },
		...people
			.filter(({ person }) => !except.has(person))
			.map(({ person, person_name, designation }) => ({
				value: person,
				label: [person_name, designation].filter(Boolean).join(", "),
			}))
			.sort((one, other) => one.label.localeCompare(other.label)),
	];
}
