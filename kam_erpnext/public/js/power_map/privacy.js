import { escape } from "../account/format";
import { ask, dialog_of } from "./words";

/** What can be done about the personal data of one person, for the side panel: `[{label, action, danger}]`. */
export function actions(person, context) {
	const { frm, state } = context;
	if (!state?.may_forget || frm.is_new() || !frm.doc.people.some((row) => row.person === person)) return [];
	return [
		{ label: __("What We Hold About This Person"), action: () => show_personal_data(person, context) },
		{ label: __("Forget This Person"), action: () => forget(person, context), danger: true },
	];
}

/** Buttons of the form: who read this map. */
export function privacy_buttons({ frm, state }) {
	if (!state.may_see_readings) return;
	frm.add_custom_button(__("Who Read This Map"), () =>
		frappe.set_route("List", "Power Map Reading", "List", { power_map: frm.doc.version_of || frm.doc.name })
	);
}

async function show_personal_data(person, { frm, model }) {
	const found = await ask("personal_data", { power_map: frm.doc.name, person }, { freeze: true });
	if (!found) return;
	const dialog = dialog_of({
		title: __("What We Hold About {0}", [model.person(person)?.person_name || ""]),
		size: "large",
		fields: [{ fieldtype: "HTML", fieldname: "data" }],
		primary_action_label: __("Save as File"),
		primary_action: () => save_file(found, person),
	});
	dialog.get_field("data").$wrapper.html(
		`<p class="text-muted">${escape(
			__("Everything the maps and their versions hold about the person. That you read it is recorded.")
		)}</p>${found.entries.map(entry).join("")}`
	);
	dialog.show();
}

/** One map or version: what stands there about the person. */
function entry(row) {
	const facts = [
		[__("Name"), row.person_name],
		[__("Title", null, "KAM"), row.designation],
		[__("Department"), row.department],
		[__("Organisation"), row.organisation],
		[__("E-Mail"), row.email_id],
		[__("Reports To"), row.reports_to],
		[__("Relationship Owner"), row.relationship_owners],
		[__("Judgements"), row.judgements],
	].filter(([, value]) => value);
	const title = row.version_date
		? __("{0}, version of {1}", [row.account_name, frappe.datetime.str_to_user(row.version_date)])
		: row.account_name;
	return `<section class="kam-held"><h5><a href="${frappe.utils.get_form_link("Power Map", row.power_map)}">${escape(
		title
	)}</a></h5><dl>${facts
		.map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`)
		.join("")}</dl></section>`;
}

function save_file(found, person) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([JSON.stringify(found, null, "\t")], { type: "application/json" }));
	link.download = `power-map-${person}.json`;
	link.click();
	URL.revokeObjectURL(link.href);
}

function forget(person, { frm, model }) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Please save the map first."));
		return;
	}
	const name = model.person(person)?.person_name || "";
	frappe.confirm(
		`<p>${escape(__("Forget {0}?", [name]))}</p><p>${escape(
			__(
				"Name, contact and every judgement about the person are removed from all power maps and their versions. A nameless placeholder stays where the person stood. This cannot be undone."
			)
		)}</p>`,
		async () => {
			const done = await ask("forget_person", { power_map: frm.doc.name, person }, { type: "POST", freeze: true });
			if (!done) return;
			await frm.reload_doc();
			frappe.show_alert({ message: __("{0} was forgotten.", [name]), indicator: "green" });
		}
	);
}
