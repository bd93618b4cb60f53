// the window with everything behind a line of the report: steps, drivers with their rates, documents

const escape = (text) => frappe.utils.escape_html(String(text ?? ""));
const is_empty = (value) => value === null || value === undefined || value === "";

/** The window with everything behind a line of the report on screen. */
export async function show_lines(label, row) {
	const { message } = await frappe.call({
		method: "kam_erpnext.api.profitability.lines",
		type: "GET",
		args: { filters: JSON.stringify(frappe.query_report.get_filter_values()), row: JSON.stringify(row) },
		freeze: true,
	});
	if (!message) return;
	const dialog = new frappe.ui.Dialog({ title: label, size: "large" });
	dialog.$body.html(content(message));
	dialog.$body.on("click", "[data-kam-list]", function (event) {
		event.preventDefault();
		const { doctype, filters } = lists(message)[cint(this.dataset.kamList)];
		dialog.hide();
		frappe.set_route("List", doctype, "List", filters);
	});
	dialog.show();
}

/** All lists of a line in the order they are drawn. */
const lists = ({ steps, drivers }) => [...steps, ...drivers].flatMap(({ lists = [] }) => lists);

function content(found) {
	const money = (value) => (is_empty(value) ? "–" : escape(format_currency(value, found.currency)));
	let number = 0;
	const links = ({ lists = [] }) =>
		lists
			.map(({ doctype, filters }) => {
				const place = number++;
				const empty = Array.isArray(filters.name) && !filters.name[1].length;
				return frappe.model.can_read(doctype) && !empty
					? `<a href="#" data-kam-list="${place}">${escape(__(doctype))}</a>`
					: `<span class="text-muted">${escape(__(doctype))}</span>`;
			})
			.join(", ");
	const sums = ["net_sales", "cm1", "cm2"];
	const steps = found.steps
		.map(
			(step) =>
				`<tr class="${sums.includes(step.field) ? "font-weight-bold" : ""}"><td>${escape(
					step.label
				)}</td><td class="text-right">${money(step.amount)}</td><td>${links(step)}</td></tr>`
		)
		.join("");
	const drivers = found.drivers
		.map(
			(driver) =>
				`<tr><td>${escape(driver.label)}</td><td class="text-right">${escape(
					format_number(driver.quantity, null, 2)
				)}</td><td class="text-right">${escape(driver.rate)}</td><td class="text-right">${money(
					driver.cost
				)}</td><td>${links(driver)}</td></tr>`
		)
		.join("");
	const work = found.work
		.map(
			(row) =>
				`<tr><td>${kam.reports.link_if_readable(row.doctype, row.name)}</td><td>${escape(
					frappe.datetime.str_to_user(row.date)
				)}</td><td>${kam.reports.link_if_readable(
					"Key Account Plan",
					row.plan
				)}</td><td class="text-right">${money(row.amount)}</td></tr>`
		)
		.join("");
	const numbers = [__("Quantity"), __("Rate", null, "KAM"), __("Cost")];
	const head = (...labels) =>
		`<tr class="text-muted">${labels
			.map((text) => `<th class="${numbers.includes(text) ? "text-right" : ""}">${escape(text)}</th>`)
			.join("")}</tr>`;
	return `<div class="kam-profit-lines">
		<p class="text-muted">${escape(
			__("{0}, {1}, customers: {2}.", [found.company, found.period, found.customers])
		)} ${
		found.listed
			? ""
			: escape(__("Too many customers to list their documents: choose a line with fewer of them."))
	}</p>
		<table class="table table-sm">${steps}</table>
		<h5>${escape(__("Cost to Serve"))}</h5>
		${
			drivers
				? `<table class="table table-sm">${head(
						__("Driver", null, "KAM"),
						__("Quantity"),
						__("Rate", null, "KAM"),
						__("Cost"),
						__("Documents", null, "KAM")
				  )}${drivers}</table><p class="text-muted">${escape(
						__(
							"Timesheets and freight: quantity is the amount booked. Money owed: quantity is what was owed on average, as if for a whole year."
						)
				  )}</p>`
				: ""
		}
		${
			found.unused.length && !found.partial
				? `<p class="text-muted">${escape(
						__("Not counted, as they have no rate: {0}.", [found.unused.join(", ")])
				  )}</p>`
				: ""
		}
		${work ? `<h5>${escape(__("Key Account Work"))}</h5><table class="table table-sm">${work}</table>` : ""}
	</div>`;
}
