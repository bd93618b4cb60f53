frappe.ui.form.on("Key Account Business Review", {
	setup(frm) {
		frm.set_query("key_account", () => ({ filters: { status: ["!=", "Retired"] } }));
		frm.set_query("plan", () => ({
			filters: {
				...(frm.doc.key_account ? { key_account: frm.doc.key_account } : {}),
				docstatus: ["!=", 2],
			},
		}));
		frm.set_query("template", () => ({ filters: { disabled: 0 } }));
		const people = () => ({ filters: { enabled: 1, user_type: "System User" } });
		frm.set_query("user", "attendees", people);
		frm.set_query("responsible", "decisions", people);
		// figures, objectives and open actions are written by the server
		for (const table of ["objectives", "carried"]) frm.set_df_property(table, "cannot_add_rows", 1);
		frm.set_df_property("objectives", "cannot_delete_rows", 1);
		for (const field of ["target", "value", "progress"]) {
			frm.get_field("objectives").grid.update_docfield_property(field, "formatter", known_number);
		}
	},

	refresh(frm) {
		frm.trigger("show_state");
		frm.trigger("show_figures");
		if (frm.is_new()) return;
		if (frm.doc.docstatus === 0 && frm.perm[0]?.write) {
			frm.add_custom_button(__("Refresh Figures"), () => call_and_reload(frm, "refresh_figures"));
			frm.add_custom_button(__("Add Open Actions"), () => call_and_reload(frm, "add_open_actions"));
		}
		if (frm.doc.docstatus === 1) {
			frm.add_custom_button(__("Print"), () => frm.print_doc());
			if (frappe.model.can_create("Key Account Business Review")) {
				frm.add_custom_button(__("New Review"), () =>
					frappe.new_doc("Key Account Business Review", {
						key_account: frm.doc.key_account,
						...(frm.doc.next_review ? { review_date: frm.doc.next_review } : {}),
					})
				);
			}
		}
		if (frm.doc.plan && frappe.model.can_read("Key Account Plan")) {
			frm.add_custom_button(__("Open the Plan"), () =>
				frappe.set_route("Form", "Key Account Plan", frm.doc.plan)
			);
		}
	},

	show_state(frm) {
		if (frm.is_new()) return;
		const [label, colour] = frappe.listview_settings["Key Account Business Review"]?.get_indicator
			? frappe.listview_settings["Key Account Business Review"].get_indicator(frm.doc)
			: frm.doc.docstatus === 1
			? [__("Held"), "green"]
			: frm.doc.docstatus === 2
			? [__("Cancelled"), "red"]
			: [__("In Preparation"), "orange"];
		frm.page.set_indicator(label, colour);
	},

	show_figures(frm) {
		const wrapper = frm.get_field("review_html").$wrapper.empty();
		if (!(frm.doc.figures || []).length) {
			wrapper.html(
				`<p class="text-muted">${__(
					"Save the review: figures, objectives and open actions are filled in, and stay as they are once it is submitted."
				)}</p>`
			);
			return;
		}
		const review = new ReviewFigures(frm.doc);
		wrapper.html(review.html());
		review.draw(wrapper.find(".kam-months")[0]);
	},
});

frappe.ui.form.on("Key Account Review Attendee", {
	async user(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.user) return;
		const { message } = await frappe.db.get_value("User", row.user, "full_name");
		frappe.model.set_value(cdt, cdn, "full_name", message?.full_name);
	},
});

/** A number of a line that names in `unknown` what nobody knows. */
function known_number(value, df, options, row) {
	if ((row?.unknown || "").split(",").includes(df.fieldname)) return `<div class="text-right">–</div>`;
	const digits = Math.abs(value) >= 1000 ? 0 : 1;
	const text = format_number(value, null, digits) + (df.fieldtype === "Percent" ? " %" : "");
	return `<div class="text-right">${text}</div>`;
}

async function call_and_reload(frm, method) {
	if (frm.is_dirty()) await frm.save();
	const { message } = await frappe.call({
		method: `kam_erpnext.api.reviews.${method}`,
		args: { review: frm.doc.name },
		freeze: true,
		freeze_message: __("Reading figures …"),
	});
	if (method === "add_open_actions") {
		frappe.show_alert({
			message: message ? __("{0} actions were added.", [message]) : __("All open actions are listed."),
			indicator: message ? "green" : "blue",
		});
	} else {
		frappe.show_alert({ message: __("The figures were read again."), indicator: "green" });
	}
	await frm.reload_doc();
}

/** Cards and chart of a review, from what is stored with it: a year later they show the same. */
class ReviewFigures {
	constructor(doc) {
		this.doc = doc;
		this.months = typeof doc.months === "string" ? JSON.parse(doc.months || "[]") : doc.months || [];
	}

	html() {
		const frozen = this.doc.docstatus === 1;
		const when = frappe.datetime.str_to_user(this.doc.figures_on);
		const is_line = (row) => (row.key || "").startsWith("line:");
		const cards = (rows) =>
			`<div class="kam-figures kam-review-figures">${rows.map((row) => this.card(row)).join("")}</div>`;
		const lines = this.doc.figures.filter(is_line);
		return `
			${cards(this.doc.figures.filter((row) => !is_line(row)))}
			${lines.length ? `<div class="kam-figure-heading">${__("What Was Planned")}</div>${cards(lines)}` : ""}
			<div class="kam-months" role="img" aria-label="${__("Net sales by month")}"></div>
			<div class="kam-explained text-muted">${
				frozen
					? __("Frozen on {0}: these figures stay as they were at the review.", [when])
					: __("Read on {0}. They are read again when you save, and frozen when you submit.", [when])
			} ${__("Net sales without taxes, returns deducted, {0} to {1}. Open orders and overdue receivables are those of the day of reading.", [
				frappe.datetime.str_to_user(this.doc.from_date),
				frappe.datetime.str_to_user(this.doc.to_date),
			])}</div>`;
	}

	card(row) {
		const escape = frappe.utils.escape_html;
		const { value, before, target } = this.known(row);
		const notes = [];
		if (target !== null) {
			notes.push(`${__("Target {0}", [this.text(row, target)])}${this.share(value, target)}`);
		}
		if (before !== null) notes.push(`${__("Year before {0}", [this.text(row, before)])}${this.change(row, value, before)}`);
		return `
			<div class="kam-figure">
				<div class="kam-figure-label">${escape(row.figure)}</div>
				<div class="kam-figure-value">${value === null ? "–" : this.text(row, value)}</div>
				<div class="kam-figure-note">${notes.join("<br>") || "&nbsp;"}</div>
			</div>`;
	}

	known(row) {
		const unknown = (row.unknown || "").split(",");
		const known = (field) => (unknown.includes(field) ? null : row[field]);
		return { value: known("value"), before: known("before"), target: known("target") };
	}

	text(row, value) {
		if (!row.unit) return format_currency(value, this.doc.currency, 0);
		if (row.unit === "%") return `${format_number(value, null, 1)} %`;
		if (row.unit === "days") return __("{0} days", [format_number(value, null, 1)]);
		return format_number(value, null, 0);
	}

	share(value, target) {
		if (value === null || !(target > 0)) return "";
		return `, <b>${format_number((100 * value) / target, null, 0)} %</b>`;
	}

	change(row, value, before) {
		if (value === null || row.unit === "days") return "";
		if (row.unit === "%") {
			const points = value - before;
			return `, ${points >= 0 ? "▲" : "▼"} ${format_number(Math.abs(points), null, 1)}`;
		}
		if (!(before > 0)) return "";
		const percent = (100 * (value - before)) / before;
		return `, ${percent >= 0 ? "▲" : "▼"} ${format_number(Math.abs(percent), null, 0)} %`;
	}

	draw(element) {
		if (!element || !this.months.length) return;
		const series = [
			[__("Net Sales"), "actual", "bar"],
			[__("Year Before"), "before", "bar"],
			[__("Target", null, "KAM"), "target", "line"],
		].filter(([, field]) => this.months.some((row) => row[field] !== null));
		const money = (value) => format_currency(value, this.doc.currency, 0);
		new frappe.Chart(element, {
			type: "axis-mixed",
			height: 200,
			colors: ["blue", "light-blue", "orange"],
			axisOptions: { xAxisMode: "tick", xIsSeries: 1, shortenYAxisNumbers: 1 },
			lineOptions: { hideDots: 0, dotSize: 4 },
			barOptions: { spaceRatio: 0.4 },
			tooltipOptions: { formatTooltipY: money },
			data: {
				labels: this.months.map((row) => moment(row.month).format("MMM YY")),
				datasets: series.map(([name, field, chartType]) => ({
					name,
					chartType,
					values: this.months.map((row) => row[field] || 0),
				})),
			},
		});
	}
}
