// Opportunity, Quotation, Sales Order, Project: the opportunity of a key account they belong to.
frappe.provide("kam.opportunity_documents");

kam.opportunity_documents.define = (doctype) =>
	frappe.ui.form.on(doctype, {
		setup(frm) {
			frm.set_query("kam_opportunity", () => ({
				filters: {
					status: ["in", ["Open", "On Hold", "Won"]],
					...(frm.doc.company ? { company: frm.doc.company } : {}),
					...(kam.opportunity_documents.customer_of(frm)
						? { customer: ["in", [kam.opportunity_documents.customer_of(frm), ""]] }
						: {}),
				},
			}));
		},

		async refresh(frm) {
			if (frm.is_new() || frm.doc.docstatus === 2) return;
			if (frm.doc.kam_opportunity) {
				if (frappe.model.can_read("Key Account Opportunity")) {
					frm.add_custom_button(
						__("Key Account Opportunity"),
						() => frappe.set_route("Form", "Key Account Opportunity", frm.doc.kam_opportunity),
						__("View")
					);
				}
				return;
			}
			if (!frappe.model.can_create("Key Account Opportunity")) return;
			const { name } = frm.doc;
			const { message: account } = await frappe.call({
				method: "kam_erpnext.api.opportunities.account_of_document",
				type: "GET",
				args: { doctype, name },
			});
			if (!account || frm.doc.name !== name || frm.doc.kam_opportunity) return;
			frm.add_custom_button(
				__("Key Account Opportunity"),
				() => kam.opportunity_documents.make(frm, account),
				__("Create")
			);
		},
	});

kam.opportunity_documents.customer_of = (frm) => {
	const { doc } = frm;
	if (doc.customer) return doc.customer;
	const kind = doc.doctype === "Opportunity" ? doc.opportunity_from : doc.quotation_to;
	return kind === "Customer" ? doc.party_name : null;
};

kam.opportunity_documents.make = (frm, account) =>
	frappe.confirm(
		__("Make an opportunity of {0} from this document? Title, customer, amount and items are taken over.", [
			frappe.utils.escape_html(account.account_name).bold(),
		]),
		async () => {
			const { message } = await frappe.call({
				method: "kam_erpnext.api.opportunities.from_document",
				type: "POST",
				args: { doctype: frm.doc.doctype, name: frm.doc.name },
				freeze: true,
			});
			frappe.set_route("Form", "Key Account Opportunity", message);
		}
	);

// the file is loaded with each of the four forms
if (!kam.opportunity_documents.defined) {
	kam.opportunity_documents.defined = true;
	["Opportunity", "Quotation", "Sales Order", "Project"].forEach(kam.opportunity_documents.define);
}
