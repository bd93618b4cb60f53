// monthly targets of sales people from a file, checked before anything is stored
frappe.provide("kam.target_import");

const MAY_LOAD = ["KAM Administrator", "Sales Master Manager", "System Manager"];
const escape = (text) => frappe.utils.escape_html(String(text ?? ""));
const SHOWN = 60;

kam.target_import.add_button = (report) => {
	if (!report.page || !MAY_LOAD.some((role) => frappe.user.has_role(role))) return;
	report.page.add_inner_button(__("Load Targets from a File"), () => kam.target_import.open(report));
};

kam.target_import.open = (report) => new TargetImport(report);

class TargetImport {
	constructor(report) {
		this.report = report;
		this.dialog = new frappe.ui.Dialog({
			title: __("Load Targets of Sales People"),
			size: "large",
			fields: [
				{
					fieldname: "file",
					fieldtype: "Attach",
					label: __("File"),
					reqd: 1,
					options: { restrictions: { allowed_file_types: [".csv", ".xlsx"] }, make_attachments_public: false },
					description: __(
						"CSV or Excel with the columns Year, EmployeeID (or Sales Person) and M01 to M12. Empty cells and NULL mean no target."
					),
					change: () => this.show(null),
				},
				{
					fieldname: "factor",
					fieldtype: "Float",
					label: __("One in the File Stands For"),
					default: 1000,
					description: __("1000 when the file is in thousands, 1 when it holds full amounts."),
					change: () => this.show(null),
				},
				{ fieldtype: "Column Break" },
				{
					fieldname: "item_group",
					fieldtype: "Link",
					options: "Item Group",
					label: __("Item Group"),
					only_select: true,
					ignore_link_validation: true,
					get_query: () => ({ query: "kam_erpnext.api.report_filters.search" }),
					description: __("Empty: targets for everything a person sells."),
				},
				{
					fieldname: "leave_out",
					fieldtype: "Check",
					label: __("Leave out the lines with problems"),
					description: __("Otherwise nothing is stored until every line is right."),
					hidden: 1,
					change: () => this.set_button(),
				},
				{ fieldtype: "Section Break" },
				{ fieldname: "result", fieldtype: "HTML" },
			],
			primary_action_label: __("Check File"),
			primary_action: () => (this.found ? this.load() : this.check()),
		});
		this.dialog.show();
	}

	/** Name of the File document of what was attached. */
	async file() {
		const url = this.dialog.get_value("file");
		const { message } = await frappe.db.get_value("File", { file_url: url, owner: frappe.session.user }, "name");
		return message.name;
	}

	async call(method, more = {}) {
		return (
			await frappe.call({
				method: `kam_erpnext.api.performance.${method}`,
				type: "POST",
				args: { file: await this.file(), factor: this.dialog.get_value("factor") || 1, ...more },
				freeze: true,
			})
		).message;
	}

	async check() {
		this.show(await this.call("check_targets"));
	}

	async load() {
		const { item_group, leave_out } = this.dialog.get_values();
		const answer = await this.call("load_targets", { item_group: item_group || null, leave_out: leave_out ? 1 : 0 });
		if (!answer.stored.length) return this.show(answer);
		this.dialog.hide();
		frappe.msgprint({
			title: __("Targets Loaded"),
			indicator: "green",
			message: this.stored(answer.stored),
		});
		this.report?.refresh();
	}

	show(found) {
		this.found = found;
		this.dialog.fields_dict.result.$wrapper.html(found ? this.html(found) : "");
		this.dialog.set_df_property("leave_out", "hidden", found?.problems.length ? 0 : 1);
		if (!found) this.dialog.set_value("leave_out", 0);
		this.set_button();
	}

	set_button() {
		const { found } = this;
		const button = this.dialog.get_primary_btn();
		const blocked = found && (!found.lines.length || (found.problems.length && !this.dialog.get_value("leave_out")));
		button.text(found ? __("Load {0} Lines", [found.lines.length]) : __("Check File"));
		button.prop("disabled", Boolean(blocked));
	}

	html({ lines, problems, without }) {
		const rows = (list, row) => list.slice(0, SHOWN).map(row).join("");
		const more = (list) =>
			list.length > SHOWN ? `<p class="text-muted">${__("{0} more", [list.length - SHOWN])}</p>` : "";
		const head = (titles) => `<thead><tr>${titles.map((title) => `<th>${title}</th>`).join("")}</tr></thead>`;
		const wrong = problems.length
			? `<h5>${__("Problems: {0}", [problems.length])}</h5>
				<table class="table table-condensed table-bordered">${head([__("Line", null, "KAM"), __("Column"), __("What is wrong")])}
				<tbody>${rows(
					problems,
					({ line, column, message }) =>
						`<tr><td>${cint(line)}</td><td>${escape(column)}</td><td>${escape(message)}</td></tr>`
				)}</tbody></table>${more(problems)}`
			: `<p class="kam-hint">${__("Every line is right.")}</p>`;
		const right = lines.length
			? `<h5>${__("Lines that can be loaded: {0}", [lines.length])}</h5>
				<table class="table table-condensed table-bordered">
				${head([__("Line", null, "KAM"), __("In the File"), __("Sales Person"), __("Year"), __("Months"), __("Target", null, "KAM")])}
				<tbody>${rows(
					lines,
					(line) => `<tr><td>${cint(line.line)}</td><td>${escape(line.person)}</td><td>${escape(
						line.sales_person
					)}</td><td>${cint(line.year)}</td><td>${cint(line.months)}</td>
					<td class="text-right">${format_number(line.total, null, 2)}</td></tr>`
				)}</tbody></table>${more(lines)}`
			: "";
		const empty = without ? `<p class="text-muted">${__("Lines without any target: {0}", [without])}</p>` : "";
		return wrong + right + empty;
	}

	stored(targets) {
		const rows = targets
			.slice(0, SHOWN)
			.map(
				({ sales_person, fiscal_year, amount, before }) =>
					`<tr><td>${escape(sales_person)}</td><td>${escape(fiscal_year)}</td>
					<td class="text-right">${format_number(amount, null, 2)}</td>
					<td class="text-right">${before == null ? "–" : format_number(before, null, 2)}</td></tr>`
			)
			.join("");
		return `<table class="table table-condensed table-bordered"><thead><tr><th>${__("Sales Person")}</th>
			<th>${__("Fiscal Year")}</th><th class="text-right">${__("Target", null, "KAM")}</th>
			<th class="text-right">${__("Before", null, "KAM")}</th></tr></thead><tbody>${rows}</tbody></table>`;
	}
}
