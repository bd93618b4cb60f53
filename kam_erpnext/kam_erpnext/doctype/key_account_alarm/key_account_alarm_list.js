frappe.listview_settings["Key Account Alarm"] = {
	hide_name_column: true,
	add_fields: ["status", "severity", "text"],
	filters: [["status", "=", "Open"]],

	get_indicator(doc) {
		if (doc.status === "Open") {
			const colour = { High: "red", Medium: "orange", Low: "gray" }[doc.severity];
			return [__("Open"), colour, "status,=,Open"];
		}
		return doc.status === "Muted"
			? [__("Muted"), "gray", "status,=,Muted"]
			: [__("Closed"), "green", "status,=,Closed"];
	},

	formatters: {
		kind: (value, _df, doc) =>
			`<span title="${frappe.utils.escape_html(doc.text)}">${frappe.utils.escape_html(__(value))}</span>`,
	},

	onload(list) {
		if (!frappe.model.can_write("Key Account Alarm")) return;
		const add = (label, action) =>
			list.page.add_actions_menu_item(
				label,
				async () => {
					await kam.alarms[action](list.get_checked_items(true));
					list.clear_checked_items();
					list.refresh();
				},
				false
			);
		add(__("Mute"), "mute");
		add(__("Close Alarm"), "close");
		add(__("Sound Again"), "unmute");
	},
};
