frappe.treeview_settings["Key Account"] = {
	get_tree_nodes: "kam_erpnext.api.key_account.tree_nodes",
	title: __("Key Accounts"),
	root_label: __("All Key Accounts"),
	get_tree_root: false,
	show_expand_all: true,
	disable_add_node: true,
	get_label(node) {
		const data = node.data || {};
		if (!data.value || node.is_root) return __(node.label);
		const name = frappe.utils.escape_html(data.title || node.label);
		const id = frappe.utils.escape_html(data.value);
		return `${name} <span class="text-muted small">${id} · ${__(data.level)} · ${__(data.status)}</span>`;
	},
	onload(treeview) {
		// the tree has several roots, so it is not drawn by itself
		treeview.make_tree();
		show_hint_when_empty(treeview);
		treeview.page.add_inner_button(__("List"), () => frappe.set_route("List", "Key Account", "List"));
	},
	toolbar: [
		{
			label: __("Open"),
			condition: (node) => !node.is_root,
			click: (node) => frappe.set_route("Form", "Key Account", node.data.value),
		},
	],
	extend_toolbar: false,
};

async function show_hint_when_empty(treeview) {
	const accounts = await frappe.db.get_list("Key Account", { fields: ["name"], limit: 1 });
	if (accounts.length) return;
	treeview.body.append(
		`<div class="text-muted p-4">${__(
			"No key accounts yet that you may see. They come from an approved Key Account Selection or a confirmed Key Account Nomination."
		)}</div>`
	);
}
