frappe.ui.form.on("Key Account Snapshot", {
	async refresh(frm) {
		frm.disable_save();
		const unknown = (frm.doc.unknown || "").split(",").filter(Boolean);
		for (const field of unknown) frm.set_df_property(field, "hidden", 1);
		const names = unknown.map((field) => __(frappe.meta.get_label(frm.doctype, field)));
		const said = [];
		if (frm.doc.is_backfilled)
			said.push(__("Made later from the documents of that day: what they do not tell is not known."));
		if (names.length) said.push(__("Not known on that day: {0}.", [names.join(", ")]));
		frm.set_intro(said.map((text) => frappe.utils.escape_html(text)).join(" "), "blue");
		await show_points(frm);
	},
});

const BANDS = { "At Risk": "red", Watch: "orange", Healthy: "green" };

/** The lines behind the scores as a table: value, bounds, points and what they add to the score. */
async function show_points(frm) {
	const { message: measures } = await frappe.call({
		method: "kam_erpnext.api.score_measures.units",
		type: "GET",
	});
	const points = JSON.parse(frm.doc.points || "{}");
	const number = (value, digits = 1) =>
		value === null || value === undefined ? "–" : format_number(value, null, digits);
	const unit = { percent: " %", days: ` ${__("days")}` };
	const rows = (points.lines || []).map((line) => {
		const measure = measures[line.measure] || { label: line.measure, unit: "" };
		const digits = measure.unit === "percent" ? 1 : 0;
		const value = line.value === null ? "–" : `${number(line.value, digits)}${unit[measure.unit] || ""}`;
		return `<tr class="${line.value === null ? "text-muted" : ""}">
			<td>${frappe.utils.escape_html(__(line.perspective))}</td>
			<td>${frappe.utils.escape_html(__(line.line))}${
				line.in_health ? ` <span class="text-muted">· ${__("Health")}</span>` : ""
			}</td>
			<td class="text-right">${value}</td>
			<td class="text-right">${number(line.worst, 0)} … ${number(line.best, 0)}</td>
			<td class="text-right">${number(line.points, 0)}</td>
			<td class="text-right">${number(line.share)}</td></tr>`;
	});
	const heads = [__("Perspective"), __("Line", null, "KAM"), __("Value"), __("Worst … Best"), __("Points"), __("Share of the Perspective")];
	const cells = heads.map(
		(head, place) => `<th class="${place > 1 ? "text-right" : ""}">${frappe.utils.escape_html(head)}</th>`
	);
	const risks = (points.health?.deductions || []).map(
		(row) => `${deduction_label(row.key)} −${number(row.points, 0)}`
	);
	const health = risks.length
		? `<p>${__("Taken off the health: {0}", [frappe.utils.escape_html(risks.join(", "))])}</p>`
		: "";
	const band = frm.doc.health_band;
	if (band) frm.page.set_indicator(__(band), BANDS[band]);
	frm.get_field("points_html").$wrapper.html(
		rows.length
			? `${health}<div class="table-responsive"><table class="table table-sm"><thead><tr>${cells.join(
					""
				)}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`
			: ""
	);
}

function deduction_label(key) {
	return {
		single_thread: __("one contact only"),
		order_gap: __("order gap"),
		contract: __("contract ends"),
	}[key] || key;
}
