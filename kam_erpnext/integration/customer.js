frappe.ui.form.on("Customer", {
	async refresh(frm) {
		if (frm.is_new() || !frappe.model.can_read("Key Account")) return;
		const name = frm.doc.name;
		const { message: account } = await frappe.call({
			method: "kam_erpnext.api.key_account.of_customer",
			type: "GET",
			args: { customer: name },
		});
		if (frm.doc.name !== name) return;
		if (account) {
			const colours = { Candidate: "blue", Active: "green", "On Watch": "orange", Retired: "gray" };
			frm.dashboard.add_indicator(
				__("Key Account {0}: {1}, {2}", [
					frappe.utils.escape_html(account.account_name),
					__(account.level),
					__(account.status),
				]),
				colours[account.status]
			);
			frm.add_custom_button(__("Key Account"), () => frappe.set_route("Form", "Key Account", account.name), __("View"));
		}
		if (!account && frappe.model.can_create("Key Account Nomination")) {
			frm.add_custom_button(
				__("Key Account Nomination"),
				() => frappe.new_doc("Key Account Nomination", { party_type: "Customer", party: name }),
				__("Create")
			);
		}
	},
});
