frappe.ui.form.on("Key Account", {
	setup(frm) {
		frm.set_query("parent_key_account", () => ({
			filters: { name: ["!=", frm.doc.name || ""], status: ["!=", "Retired"] },
		}));
		for (const field of ["stage_today", "stage_aimed"]) {
			frm.set_query(field, () => ({ order_by: "model, rank" }));
		}
	},

	refresh(frm) {
		frm.trigger("show_status");
		if (frm.is_new()) return;
		frm.trigger("show_figures");
		frm.add_custom_button(__("Accounts in Tree"), () => frappe.set_route("Tree", "Key Account"));
		if (frappe.model.can_create("Key Account Assessment")) {
			frm.add_custom_button(
				__("Assessment"),
				() => frappe.new_doc("Key Account Assessment", { key_account: frm.doc.name }),
				__("Create")
			);
		}
	},

	show_status(frm) {
		const colours = { Candidate: "blue", Active: "green", "On Watch": "orange", Retired: "gray" };
		frm.page.set_indicator(__(frm.doc.status), colours[frm.doc.status] || "gray");
	},

	async show_figures(frm) {
		const wrapper = frm.get_field("figures_html").$wrapper;
		wrapper.html(`<div class="text-muted">${__("Reading sales …")}</div>`);
		const name = frm.doc.name;
		const { message } = await frappe.call({
			method: "kam_erpnext.api.key_account.figures",
			type: "GET",
			args: { key_account: name },
		});
		if (frm.doc.name !== name) return;
		wrapper.html(figures_html(message));
		if (message.months) draw_months(wrapper.find(".kam-months")[0], message);
		wrapper.find(".kam-documents").on("click", () => open_documents(message));
	},
});

frappe.ui.form.on("Key Account Segment Entry", {
	segments_add(frm, cdt, cdn) {
		frappe.model.set_value(cdt, cdn, "source", "Person");
	},
});

function figures_html(data) {
	const escape = frappe.utils.escape_html;
	if (!data.customers) {
		return `<div class="text-muted">${__(
			"No customers yet. Add customers below to see their sales here."
		)}</div>`;
	}
	if (data.net_sales === undefined) {
		return `<div class="text-muted">${__("Please set the Default Company in KAM Settings.")}</div>`;
	}
	const money = (value) => format_currency(value, data.currency, 0);
	const percent = (value) => (value === null ? "–" : `${format_number(value, null, 1)} %`);
	const card = (label, value, note) => `
		<div class="kam-figure">
			<div class="kam-figure-label">${label}</div>
			<div class="kam-figure-value">${value}</div>
			<div class="kam-figure-note">${note}</div>
		</div>`;
	const trend = data.growth === null ? "" : data.growth >= 0 ? "▲ " : "▼ ";
	return `
		<div class="kam-figures">
			${card(__("Net Sales"), money(data.net_sales), escape(__(data.window)))}
			${card(__("A Year Before"), money(data.net_sales_before), escape(data.previous))}
			${card(__("Growth"), trend + percent(data.growth), __("same number of days"))}
			${card(__("Gross Profit"), money(data.gross_profit), __("margin {0}", [percent(data.gross_margin)]))}
			${card(
				__("Documents"),
				`<a class="kam-documents" href="#" onclick="return false">${data.documents}</a>`,
				data.customers === 1 ? __("1 customer") : __("{0} customers", [data.customers])
			)}
		</div>
		<div class="kam-months" role="img" aria-label="${__("Net sales of the last 24 months")}"></div>
		<div class="kam-explained text-muted">${__(
			"{0} of {1}, {2} to {3}, returns deducted, own customers and those of the accounts below. As of {4}.",
			[
				escape(__(data.source)),
				escape(data.company),
				frappe.datetime.str_to_user(data.from_date),
				frappe.datetime.str_to_user(data.to_date),
				frappe.datetime.str_to_user(data.as_of),
			]
		)}</div>`;
}

function draw_months(element, data) {
	new frappe.Chart(element, {
		type: "bar",
		height: 180,
		colors: ["blue"],
		axisOptions: { xAxisMode: "tick", xIsSeries: 1, shortenYAxisNumbers: 1 },
		tooltipOptions: { formatTooltipY: (value) => format_currency(value, data.currency, 0) },
		data: {
			labels: data.months.map((row) => moment(row.month).format("MMM YY")),
			datasets: [{ name: __("Net Sales"), values: data.months.map((row) => row.net_sales) }],
		},
	});
}

function open_documents(data) {
	const date_field = data.source === "Sales Order" ? "transaction_date" : "posting_date";
	frappe.set_route("List", data.source, "List", {
		customer: ["in", data.customer_names],
		company: data.company,
		docstatus: 1,
		[date_field]: ["between", [data.from_date, data.to_date]],
	});
}
