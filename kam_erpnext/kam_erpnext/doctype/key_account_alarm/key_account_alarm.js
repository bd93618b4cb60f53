frappe.ui.form.on("Key Account Alarm", {
	async refresh(frm) {
		frm.disable_save();
		const colours = { Open: { High: "red", Medium: "orange", Low: "gray" }[frm.doc.severity], Muted: "gray", Closed: "green" };
		frm.page.set_indicator(__(frm.doc.status), colours[frm.doc.status]);
		frm.set_df_property("text", "hidden", 1);
		frm.add_custom_button(__("Key Account"), () => frappe.set_route("Form", "Key Account", frm.doc.key_account));
		const name = frm.doc.name;
		const { message } = await frappe.call({
			method: "kam_erpnext.api.alarms.about",
			type: "GET",
			args: { alarm: name },
		});
		if (frm.doc.name !== name) return;
		const { text, drill, may_silence } = message;
		const way = drill && kam.reports.may_follow(drill) ? `<p>${kam.reports.route_link(drill.label, drill)}</p>` : "";
		frm.get_field("about_html").$wrapper.html(
			`<p class="kam-alarm-text">${frappe.utils.escape_html(text)}</p>${way}`
		);
		if (!may_silence) return;
		const add = (label, action) =>
			frm.add_custom_button(label, async () => {
				await kam.alarms[action]([name]);
				frm.reload_doc();
			});
		if (frm.doc.status === "Open") {
			add(__("Mute"), "mute");
			add(__("Close Alarm"), "close");
		} else {
			add(__("Sound Again"), "unmute");
		}
	},
});
