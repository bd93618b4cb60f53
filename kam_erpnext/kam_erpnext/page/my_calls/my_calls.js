frappe.pages["my-calls"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("My Calls"), single_column: true });
	frappe.require("kam_calls.bundle.js", () => {
		wrapper.calls = new kam.calls.Page(page);
		wrapper.calls.show();
	});
};

frappe.pages["my-calls"].on_page_show = (wrapper) => wrapper.calls?.show();
