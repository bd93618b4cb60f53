import { escape } from "../account/format";
import { ask, count, dialog_of } from "./words";

/** Dialog with the contacts of the account that are not on the map; the ticked ones are added through the model. */
export async function propose_people({ frm, model }) {
	if (frm.is_new()) {
		frappe.msgprint(__("Please save the map first."));
		return;
	}
	const found = await ask("proposals", { power_map: frm.doc.name }, { freeze: true });
	if (!found) return;
	const rows = without_those_on_the_map(found, model);
	if (!rows.length) {
		frappe.msgprint({
			title: __("Propose People from Contacts"),
			message: __("Every contact of the account that you may see is on the map already."),
		});
		return;
	}
	const dialog = dialog_of({
		title: __("Propose People from Contacts"),
		size: "large",
		fields: [{ fieldtype: "HTML", fieldname: "people" }],
		primary_action_label: __("Add to the Map"),
		primary_action() {
			const chosen = rows.filter((_row, place) => box(place).checked);
			dialog.hide();
			add_people(model, chosen);
		},
	});
	const body = dialog.get_field("people").$wrapper[0];
	const box = (place) => body.querySelector(`[data-place="${place}"]`);
	body.innerHTML = table(rows);
	const all = body.querySelector("[data-all]");
	const refresh = () => {
		const ticked = rows.filter((_row, place) => box(place).checked).length;
		all.checked = ticked === rows.length;
		all.indeterminate = ticked > 0 && ticked < rows.length;
		dialog
			.get_primary_btn()
			.prop("disabled", !ticked)
			.text(count(ticked, __("Add 1 Person"), __("Add {0} People")));
	};
	body.addEventListener("change", ({ target }) => {
		if (target === all) rows.forEach((_row, place) => (box(place).checked = all.checked));
		refresh();
	});
	dialog.show();
	refresh();
}

/** The form may hold people the server has not seen yet. */
function without_those_on_the_map(rows, model) {
	const contacts = new Set(model.people().map((person) => person.contact).filter(Boolean));
	return rows.filter((row) => !contacts.has(row.contact));
}

/** One step for undo: first the people, then who reports to whom. */
function add_people(model, rows) {
	const keys = new Map(model.people().map((person) => [person.contact, person.person]));
	model.transaction(() => {
		for (const row of rows) {
			const { contact, person_name, designation, department, organisation, email_id } = row;
			const key = model.add_person({
				kind: "Person at the Customer",
				contact,
				person_name,
				designation,
				department,
				organisation,
				email_id,
			});
			keys.set(contact, key);
		}
		for (const { contact, reports_to_contact } of rows) {
			const superior = keys.get(reports_to_contact);
			if (superior) model.set_superior(keys.get(contact), superior);
		}
	});
	frappe.show_alert({
		message: count(
			rows.length,
			__("1 person added. Save the map to keep it."),
			__("{0} people added. Save the map to keep them.")
		),
		indicator: "green",
	});
}

function table(rows) {
	const names = new Map(rows.map((row) => [row.contact, row.person_name]));
	const lines = rows.map(
		(row, place) => `<tr>
			<td><input type="checkbox" checked data-place="${place}" id="kam-proposal-${place}"></td>
			<td><label for="kam-proposal-${place}">${escape(row.person_name)}</label>
				<div class="text-muted small">${escape(row.email_id || "")}</div></td>
			<td>${escape([row.designation, row.department].filter(Boolean).join(", "))}</td>
			<td>${escape(row.organisation || "")}</td>
			<td>${escape(row.reports_to_contact ? names.get(row.reports_to_contact) || row.reports_to_contact : "")}</td>
		</tr>`
	);
	return `<p>${escape(
		__("These contacts of the account are not on the map yet. Untick whoever does not belong there.")
	)}</p><div class="kam-scroll kam-proposals"><table class="kam-table"><thead><tr>
		<th scope="col"><input type="checkbox" checked data-all aria-label="${escape(__("All"))}"></th>
		<th scope="col">${escape(__("Name"))}</th><th scope="col">${escape(__("Title and Department"))}</th>
		<th scope="col">${escape(__("Organisation"))}</th><th scope="col">${escape(__("Reports To"))}</th>
	</tr></thead><tbody>${lines.join("")}</tbody></table></div>`;
}
