import { choice } from "./choices";
import { icon } from "./icons";
import { label_of, LINKS, STRENGTHS_OF_LINKS } from "./vocabulary";

const escape = frappe.utils.escape_html;

/** The panel of a line: what it means, how strong, which way. */
export function show_link(panel, id) {
	const { model, drawing } = panel;
	const link = model.link(id);
	const [source, target] = [link.source, link.target].map((key) => model.name_of(key));
	const sign = { Influence: "→", Conflict: "⚡", "Competitor Contact": "⚑" }[link.kind];
	const under = `${source} ${link.both_ways ? "↔" : "→"} ${target}`;
	const fresh = panel.begin(`link ${id}`, panel.head(label_of(LINKS, link.kind), under, sign));
	panel.element.setAttribute("aria-label", under);
	const writes = model.can_judge;
	if (fresh) panel.parts = { line: panel.section("line", __("Line", null, "KAM")) };
	const wrapper = panel.parts.line;
	const set = (field) => (value) => value !== null && model.update_link(id, { [field]: value });
	wrapper.querySelectorAll(".kam-pm-judge").forEach((element) => element.remove());
	wrapper.prepend(
		choice({
			label: __("What it means"),
			list: LINKS(),
			value: link.kind,
			writes,
			name: "kind",
			choose: set("kind"),
		}),
		choice({
			label: __("Strength"),
			list: STRENGTHS_OF_LINKS(),
			value: link.strength,
			writes,
			name: "strength",
			choose: set("strength"),
		}),
		choice({
			label: __("Direction"),
			list: [
				[false, __("One way"), "→"],
				[true, __("Both ways"), "↔"],
			],
			value: Boolean(link.both_ways),
			writes,
			name: "both_ways",
			choose: set("both_ways"),
		})
	);
	if (fresh) link_parts(panel, id, wrapper, writes);
	const note = panel.link_note.fields_dict.note;
	if (String(note.get_value() ?? "") !== String(link.note ?? "")) note.set_value(link.note);
	drawing.mark();
}

/** What is made once: note and buttons. */
function link_parts(panel, id, wrapper, writes) {
	const { model, drawing } = panel;
	const more = document.createElement("div");
	wrapper.append(more);
	panel.link_note = new frappe.ui.FieldGroup({
		body: more,
		fields: [
			{
				fieldname: "note",
				fieldtype: "Small Text",
				label: __("Note"),
				read_only: writes ? 0 : 1,
				change: () => {
					const text = panel.link_note.get_value("note") || "";
					if (drawing.selected_link === id && model.link(id) && text !== model.link(id).note) {
						model.update_link(id, { note: text });
					}
				},
			},
		],
	});
	panel.link_note.make();
	if (!writes) return;
	const footer = document.createElement("footer");
	footer.innerHTML = `<button type="button" class="btn btn-xs btn-default" data-swap>${icon(
		"swap",
		13
	)} ${escape(
		__("Turn Around")
	)}</button> <button type="button" class="btn btn-xs btn-default kam-pm-danger" data-remove>${escape(
		__("Remove Line")
	)}</button>`;
	footer.querySelector("[data-swap]").addEventListener("click", () => {
		const { source, target } = model.link(id);
		model.update_link(id, { source: target, target: source });
	});
	footer.querySelector("[data-remove]").addEventListener("click", () => model.remove_link(id));
	panel.body.append(footer);
}
