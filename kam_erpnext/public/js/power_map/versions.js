import { day, escape } from "../account/format";
import { ask, count, dialog_of } from "./words";

/** Buttons of the form: keep a version, list of versions with comparison. */
export function version_buttons(context) {
	const { frm, state } = context;
	const group = __("Versions");
	if (frm.doc.is_current && state.can_write) {
		frm.add_custom_button(__("Keep a Version"), () => keep_version(context), group);
	}
	frm.add_custom_button(__("Versions and Changes"), () => show_versions(context), group);
	if (frm.doc.version_of) {
		frm.add_custom_button(
			__("Compare with the Current Map"),
			() => show_comparison(frm.doc.name, frm.doc.version_of),
			group
		);
	}
}

/** Asks for a note and keeps the saved map as a version. */
export async function keep_version({ frm }) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Please save the map first. A version keeps what is saved."));
		return;
	}
	const dialog = dialog_of({
		title: __("Keep a Version"),
		fields: [
			{
				fieldname: "note",
				fieldtype: "Small Text",
				label: __("Note"),
				description: __(
					"Why you keep it, for example: before the talks about the new contract. Readers without the judgements can read the note too."
				),
			},
		],
		primary_action_label: __("Keep"),
		async primary_action({ note }) {
			const name = await ask(
				"keep_version",
				{ power_map: frm.doc.name, note: note || "" },
				{ type: "POST", freeze: true }
			);
			if (!name) return;
			dialog.hide();
			await frm.reload_doc();
			frappe.show_alert({ message: __("The version was kept."), indicator: "green" });
		},
	});
	dialog.show();
}

/** Dialog with the versions of the map: open, compare any two, restore. */
export function show_versions(context) {
	const { frm, state } = context;
	const current = frm.doc.version_of || frm.doc.name;
	const kept = (state.versions || []).filter((row) => row.name !== current);
	const here = frm.doc.name === current ? frm.doc.people.length : "";
	const rows = [{ name: current, is_current: true, people_count: here }, ...kept];
	const dialog = dialog_of({
		title: __("Versions and Changes"),
		size: "large",
		fields: [{ fieldtype: "HTML", fieldname: "versions" }],
	});
	if (kept.length) {
		dialog.set_primary_action(__("Show What Changed"), () => {
			const [from, to] = ["from", "to"].map(
				(end) => body.querySelector(`input[name="kam-version-${end}"]:checked`).value
			);
			if (from === to) frappe.show_alert(__("Please choose two different versions."));
			else {
				dialog.hide();
				show_comparison(from, to, () => show_versions(context));
			}
		});
	}
	const body = dialog.get_field("versions").$wrapper[0];
	body.innerHTML = kept.length
		? table(rows, context)
		: `<p>${escape(
				__(
					"No version has been kept yet. Keep one before something important, for example a negotiation; one is kept by itself when a plan of the account is approved."
				)
		  )}</p>`;
	body.addEventListener("click", ({ target }) => {
		const button = target.closest("[data-restore]");
		if (button) restore(button.dataset.restore, context, dialog);
		if (target.closest("a")) dialog.hide();
	});
	dialog.show();
}

function table(rows, { frm, state }) {
	const restorable = state.can_write && !frm.doc.version_of;
	const choice = (end, name, checked) =>
		`<td class="kam-version-choice"><input type="radio" name="kam-version-${end}" value="${escape(name)}" ${
			checked ? "checked" : ""
		} aria-label="${escape(end === "from" ? __("Compare from this version") : __("Compare to this version"))}"></td>`;
	const lines = rows.map((row, place) => {
		const title = row.is_current
			? __("Current map")
			: __("Version {0}", [row.version ?? ""]) + (row.version_date ? ` · ${day(row.version_date)}` : "");
		const label =
			row.name === frm.doc.name
				? `<b>${escape(title)}</b> <span class="text-muted small">${escape(__("this one"))}</span>`
				: `<a href="${frappe.utils.get_form_link("Power Map", row.name)}">${escape(title)}</a>`;
		const note = [row.version_note, row.kept_by_name].filter(Boolean).join(" · ");
		const button =
			!row.is_current && restorable
				? `<button type="button" class="btn btn-xs btn-default" data-restore="${escape(row.name)}">${escape(
						__("Restore")
				  )}</button>`
				: "";
		return `<tr>${choice("from", row.name, place === 1)}${choice("to", row.name, place === 0)}
			<td>${label}${note ? `<div class="text-muted small">${escape(note)}</div>` : ""}</td>
			<td class="num">${row.people_count ?? ""}</td><td class="num">${button}</td></tr>`;
	});
	return `<div class="kam-scroll"><table class="kam-table kam-versions"><thead><tr>
		<th scope="col">${escape(__("From"))}</th><th scope="col">${escape(__("To", null, "KAM"))}</th>
		<th scope="col">${escape(__("Version"))}</th><th scope="col" class="num">${escape(__("People"))}</th><th></th>
		</tr></thead><tbody>${lines.join("")}</tbody></table></div>`;
}

function restore(version, { frm }, dialog) {
	frappe.confirm(
		__(
			"Put this version in place of the current map? The current map is kept as a version first, so nothing is lost."
		),
		async () => {
			const name = await ask("restore", { version }, { type: "POST", freeze: true });
			if (!name) return;
			dialog.hide();
			await frm.reload_doc();
			frappe.show_alert({ message: __("The version was restored."), indicator: "green" });
		}
	);
}

// ---------------------------------------------------------------- what changed

/** Parts of a comparison as the server names them: title, tone and sign. */
const PARTS = () => [
	["came", __("Came"), "added", "+"],
	["left", __("Left", null, "KAM"), "removed", "−"],
	["moved", __("Moved in the organisation"), "changed", "→"],
	["changed", __("Changed"), "changed", "→"],
	["links_added", __("Lines added"), "added", "+"],
	["links_removed", __("Lines removed"), "removed", "−"],
];

/** Dialog with what changed from `version` to `other` in words; `back` opens what was shown before. */
export async function show_comparison(version, other, back = null) {
	const found = await ask("compare", { version, other }, { freeze: true });
	if (!found) return;
	const dialog = dialog_of({
		title: __("From {0} to {1}", [title_of(found.from), title_of(found.to)]),
		size: "large",
		fields: [{ fieldtype: "HTML", fieldname: "changes" }],
		...(back && {
			secondary_action_label: __("Other Versions"),
			secondary_action: () => {
				dialog.hide();
				back();
			},
		}),
	});
	dialog.get_field("changes").$wrapper.html(comparison(found));
	dialog.show();
}

const title_of = ({ is_current, version, version_date }) =>
	is_current
		? __("the current map")
		: __("version {0} ({1})", [version, frappe.datetime.str_to_user(version_date)]);

function comparison(found) {
	const parts = PARTS().map(([key, title, tone, sign]) => {
		const lines = found.sentences
			.filter(({ part }) => part === key)
			.map(
				({ text }) =>
					`<li class="kam-changes-${tone}"><span aria-hidden="true">${sign}</span> ${escape(text)}</li>`
			);
		return lines.length ? `<h5>${escape(title)}</h5><ul class="kam-changes">${lines.join("")}</ul>` : "";
	});
	const body = found.sentences.length ? counts(found) + parts.join("") : `<p>${escape(__("Nothing changed."))}</p>`;
	const note = found.judged
		? ""
		: `<p class="text-muted small">${escape(
				__("Changes of judgements are not shown: your roles do not include them.")
		  )}</p>`;
	return body + note;
}

function counts({ sentences }) {
	const number = (...parts) => sentences.filter(({ part }) => parts.includes(part)).length;
	const words = [
		[number("came"), __("1 came"), __("{0} came")],
		[number("left"), __("1 left"), __("{0} left")],
		[number("moved"), __("1 moved"), __("{0} moved")],
		[number("changed", "links_added", "links_removed"), __("1 change"), __("{0} changes")],
	].filter(([found]) => found);
	return `<p class="text-muted">${escape(words.map((entry) => count(...entry)).join(" · "))}</p>`;
}
