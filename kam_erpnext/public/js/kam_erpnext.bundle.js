frappe.provide("kam");
