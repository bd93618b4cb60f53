frappe.listview_settings["Key Account Action"] = {
	// those of the Kanban cards included
	add_fields: [
		"status",
		"priority",
		"end_date",
		"start_date",
		"progress",
		"is_milestone",
		"responsible",
		"responsible_name",
		"account_name",
		"color",
	],
	// a reader looks for what is open first
	filters: [["status", "in", ["Planned", "In Progress"]]],
	hide_name_column: true,

	onload(list) {
		list.page.add_inner_button(__("Mine"), () => this.show(list, { mine: true }));
		list.page.add_inner_button(__("Overdue"), () => this.show(list, { overdue: true }));
		list.page.add_inner_button(__("All Open"), () => this.show(list, {}));
	},

	async show(list, { mine, overdue }) {
		const doctype = "Key Account Action";
		const filters = [[doctype, "status", "in", ["Planned", "In Progress"]]];
		if (mine) filters.push([doctype, "responsible", "=", frappe.session.user]);
		if (overdue) filters.push([doctype, "end_date", "<", frappe.datetime.get_today()]);
		await list.filter_area.clear(false);
		await list.filter_area.add(filters);
	},

	/** Bars of the Gantt chart get the account in their label and the colour of the calendar. */
	before_render() {
		if (cur_list?.doctype !== "Key Account Action" || !Array.isArray(cur_list.tasks)) return;
		const items = new Map(cur_list.data.map((item) => [item.name, item]));
		for (const task of cur_list.tasks) {
			const item = items.get(task.id);
			if (!item) continue;
			const text = [item.subject, item.account_name].filter(Boolean).join(" · ");
			task.name = frappe.utils.escape_html((item.is_milestone ? "◆ " : "") + text);
			if (!item.color) task.custom_class = `kam-bar-${this.state_of(item)}`;
		}
	},

	state_of(doc) {
		if (["Done", "Dropped"].includes(doc.status)) return doc.status.toLowerCase();
		const today = frappe.datetime.get_today();
		if (doc.end_date < today) return "overdue";
		return doc.end_date <= frappe.datetime.add_days(today, 7) ? "soon" : "open";
	},

	get_indicator(doc) {
		const today = frappe.datetime.get_today();
		const soon = frappe.datetime.add_days(today, 7);
		const open = "status,!=,Done|status,!=,Dropped";
		if (doc.status === "Done") return [__("Done", null, "KAM"), "green", "status,=,Done"];
		if (doc.status === "Dropped") return [__("Dropped"), "gray", "status,=,Dropped"];
		// a phone has no room for the day
		const day = frappe.is_mobile() ? "" : frappe.datetime.str_to_user(doc.end_date);
		if (doc.end_date < today) return [`${__("Overdue")} ${day}`, "red", `${open}|end_date,<,${today}`];
		if (doc.end_date <= soon) return [`${__("Due")} ${day}`, "orange", `${open}|end_date,<=,${soon}`];
		const colour = doc.status === "In Progress" ? "blue" : "light-blue";
		return [__(doc.status, null, "Key Account Action"), colour, `status,=,${doc.status}`];
	},

	formatters: {
		subject(value, df, doc) {
			return doc.is_milestone ? `◆ ${value}` : value;
		},
	},
};
