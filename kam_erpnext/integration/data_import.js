frappe.ui.form.on("Data Import", {
	// Frappe shows neither comments nor attachments of an import
	refresh(frm) {
		frm.$wrapper.find(".kam-set-aside").remove();
		const file = frm.doc.import_file;
		if (!file || frm.is_new()) return;
		const log = (frm.get_docinfo().info_logs || []).find(({ content }) =>
			$("<div>").html(content).find("a").is((place, link) => link.getAttribute("href") === file)
		);
		if (!log) return;
		frm.get_field("import_file").$wrapper.after(
			`<div class="kam-set-aside kam-warning">${frappe.dom.remove_script_and_style(log.content)}</div>`
		);
	},
});
