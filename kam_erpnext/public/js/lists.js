// lists
frappe.provide("kam.lists");

/**
 * Gives a list `total` columns on screens where Frappe shows four, of which one is for tags: amounts would be cut off.
 * What was chosen in the settings of the list goes before.
 */
kam.lists.columns = (list, total) => {
	const settings = list.list_view_settings || {};
	if (settings.total_fields || frappe.is_mobile() || window.innerWidth > 1366) return;
	list.list_view_settings = { ...settings, total_fields: total };
	list.setup_columns();
	list.render_header(true);
};

/** What a formatter of a column returns: version 16 reads its text as that of an element, and fails at plain text. */
kam.lists.cell = (text) => `<span>${text}</span>`;

/** Text of the first column: a phone shows no other one, and cuts it at its end. */
kam.lists.subject = (value, ...more) =>
	frappe.is_mobile() ? [...more, value].filter(Boolean).join(" · ") : value;
