frappe.pages["whitespace"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Whitespace"), single_column: true });
	frappe.require("kam_whitespace.bundle.js", () => {
		wrapper.whitespace = new kam.whitespace.Page(page);
		wrapper.whitespace.show();
	});
};

frappe.pages["whitespace"].on_page_show = (wrapper) => wrapper.whitespace?.show();
