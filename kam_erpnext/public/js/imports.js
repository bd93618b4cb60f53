// lists to fill in for Data Import
frappe.provide("kam.imports");

/** Downloads a list for Data Import, with a line for each cell or territory that is still missing. */
kam.imports.template = (doctype) => {
	const year = Number(frappe.datetime.get_today().slice(0, 4));
	frappe.prompt(
		{
			fieldname: "year",
			label: __("Year"),
			fieldtype: "Int",
			reqd: 1,
			default: year,
			description: __(
				"The list holds a line for everything that is missing for this year. Lines you leave empty are not imported."
			),
		},
		(values) =>
			window.open(
				`/api/method/kam_erpnext.api.imports.template?${$.param({ doctype, year: values.year })}`
			),
		__("List for Data Import"),
		__("Download")
	);
};
