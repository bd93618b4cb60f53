import { badge, escape, money, moment_of } from "../account/format";

/** Versions of a plan, the newest first, with a button that compares each with the one before. */
export function versions_table(versions, here) {
	const rows = versions.map((row, index) => {
		const before = versions[index + 1];
		const name =
			row.name === here
				? `<b>${escape(row.version)}</b> <span class="text-muted small">${escape(__("this one"))}</span>`
				: `<a href="${frappe.utils.get_form_link("Key Account Plan", row.name)}">${escape(row.version)}</a>`;
		const compare = before
			? `<button type="button" class="btn btn-xs btn-default" data-do="compare" data-plan="${escape(
					row.name
			  )}" data-other="${escape(before.name)}">${escape(__("What Changed"))}</button>`
			: "";
		const approved = row.approved_on
			? `${moment_of(row.approved_on)} ${escape(row.approved_by_name || "")}`
			: escape(__("not yet"));
		return `<tr>
			<td>${name}</td>
			<td>${badge(__(row.status), kam.plan_colours[row.status])}</td>
			<td class="text-right">${money(row.total_target, row.currency)}</td>
			<td>${approved}</td>
			<td class="text-right">${compare}</td>
		</tr>`;
	});
	return `<div class="kam-page kam-plan"><div class="kam-table-scroll"><table class="kam-plan-table">
		<thead><tr><th>${escape(__("Version"))}</th><th>${escape(__("Status"))}</th>
		<th class="text-right">${escape(__("Target", null, "KAM"))}</th><th>${escape(__("Approved"))}</th><th></th></tr></thead>
		<tbody>${rows.join("")}</tbody></table></div></div>`;
}

/** A dialog with the changes between two versions in words. */
export async function show_difference(plan, other) {
	const { message } = await frappe.call({
		method: "kam_erpnext.api.plan.difference",
		type: "GET",
		args: { plan, other: other || undefined },
	});
	const sections = {};
	for (const change of message.changes) (sections[change.section] ??= []).push(change);
	const signs = { added: "+", removed: "−", changed: "→" };
	const body = Object.entries(sections)
		.map(
			([section, changes]) => `<h5>${escape(section)}</h5><ul class="kam-changes">${changes
				.map(
					({ kind, text }) =>
						`<li class="kam-changes-${kind}"><span aria-hidden="true">${signs[kind]}</span> ${escape(text)}</li>`
				)
				.join("")}</ul>`
		)
		.join("");
	const dialog = new frappe.ui.Dialog({
		title: message.from
			? __("From version {0} to version {1}", [message.from.version, message.to.version])
			: __("Versions"),
		size: "large",
		fields: [{ fieldtype: "HTML", fieldname: "changes" }],
	});
	dialog.get_field("changes").$wrapper.html(
		message.from
			? body || `<p>${escape(__("Nothing changed but results."))}</p>`
			: `<p>${escape(__("This is the first version of the plan."))}</p>`
	);
	dialog.show();
}
