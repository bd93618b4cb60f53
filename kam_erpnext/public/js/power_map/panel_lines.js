import { icon } from "./icons";
import { label_of, LINKS, user_name } from "./vocabulary";
import { STRENGTHS } from "./words";

const escape = frappe.utils.escape_html;

/** Reporting lines and other lines of a person, each a way to the other end. */
export function draw_lines({ model, drawing }, person, wrapper) {
	const rows = [];
	const name = (key) =>
		`<button type="button" class="btn-link" data-go="${key}">${escape(model.name_of(key))}</button>`;
	if (person.reports_to) {
		rows.push(
			`<li><i>↑</i><div>${__("Reports to", null, "KAM")} ${name(person.reports_to)}</div>${
				model.can_write
					? `<button type="button" class="kam-pm-tool" data-detach aria-label="${escape(
							__("Remove the reporting line")
					  )}">${icon("close", 13)}</button>`
					: ""
			}</li>`
		);
	}
	const reports = model.reports(person.person);
	if (reports.length) {
		rows.push(
			`<li><i>↓</i><div>${__("Reporting to this person")}: ${reports.map(name).join(", ")}</div></li>`
		);
	}
	for (const link of model.links_of(person.person)) {
		const out = link.source === person.person;
		const other = out ? link.target : link.source;
		const sign = link.both_ways ? "↔" : link.kind === "Conflict" ? "⚡" : out ? "→" : "←";
		rows.push(
			`<li><i>${sign}</i><div><button type="button" class="btn-link" data-link="${link.id}">${escape(
				label_of(LINKS, link.kind)
			)}</button> ${name(other)}</div></li>`
		);
	}
	wrapper.innerHTML = `<ul class="kam-pm-rows">${
		rows.join("") || `<li>${escape(__("No lines yet."))}</li>`
	}</ul>${
		model.can_write
			? `<button type="button" class="btn btn-xs btn-default" data-connect>${icon(
					"connect",
					13
			  )} ${escape(__("Connect with …"))}</button>`
			: ""
	}`;
	wrapper.onclick = ({ target }) => {
		const button = target.closest("button");
		if (!button) return;
		const { go, link } = button.dataset;
		if (go) {
			drawing.select(go);
			drawing.reveal(go);
		} else if (link) drawing.select_link(link);
		else if ("detach" in button.dataset) model.set_superior(person.person, null);
		else if ("connect" in button.dataset) drawing.toolbar.connect_menu(drawing.toolbar.tool("connect"));
	};
}

/** Who of us knows the person how well, today and wanted. */
export function draw_relations({ model, drawing }, person, wrapper) {
	const relations = model.relations().filter((row) => row.person === person.person);
	const known = new Set(relations.map(({ user }) => user));
	const options = (value) =>
		`<option value="">–</option>${STRENGTHS()
			.map(
				(text, index) =>
					`<option value="${index}"${index === value ? " selected" : ""}>${escape(text)}</option>`
			)
			.join("")}`;
	const fixed = model.can_judge ? "" : " disabled";
	const rows = relations.map(
		({ user, strength, wanted }) => `<tr data-user="${escape(user)}"><th scope="row">${escape(
			user_name(user)
		)}</th>
			<td><select class="form-control input-xs" data-field="strength" aria-label="${escape(
				__("Today")
			)}"${fixed}>${options(strength)}</select></td>
			<td><select class="form-control input-xs" data-field="wanted" aria-label="${escape(
				__("Wanted")
			)}"${fixed}>${options(wanted)}</select></td></tr>`
	);
	const others = (drawing.state.team || []).filter(({ user }) => !known.has(user));
	wrapper.innerHTML = `${
		rows.length
			? `<table class="kam-pm-relations"><thead><tr><th></th><th scope="col">${escape(
					__("Today")
			  )}</th><th scope="col">${escape(__("Wanted"))}</th></tr></thead><tbody>${rows.join(
					""
			  )}</tbody></table>`
			: `<p class="text-muted">${escape(__("Nothing known yet."))}</p>`
	}${
		model.can_judge && others.length
			? `<select class="form-control input-xs" data-add aria-label="${escape(
					__("Add a colleague")
			  )}"><option value="">${escape(__("Add a colleague …"))}</option>${others
					.map(
						({ user, full_name }) =>
							`<option value="${escape(user)}">${escape(full_name || user)}</option>`
					)
					.join("")}</select>`
			: ""
	}`;
	wrapper.onchange = ({ target }) => {
		const value = target.value;
		if ("add" in target.dataset) {
			if (value) model.set_relation(person.person, value, { strength: 1 });
			return;
		}
		const { user } = target.closest("tr").dataset;
		model.set_relation(person.person, user, {
			[target.dataset.field]: value === "" ? null : cint(value),
		});
	};
}
