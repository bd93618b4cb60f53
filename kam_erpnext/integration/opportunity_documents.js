// Opportunity, Quotation, Sales Order, Project: the opportunity of a key account they belong to.
frappe.provide("kam.opportunity_documents");
