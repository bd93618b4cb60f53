frappe.ui.form.on("Key Account Wallet", {
	setup(frm) {
		frm.set_query("customer", () => ({
			query: "kam_erpnext.api.wallet.buying_centres",
			filters: { key_account: frm.doc.key_account || "" },
		}));
		for (const field of ["company", "item_group"]) {
			frm.set_query(field, () => ({ query: "kam_erpnext.api.report_filters.search" }));
		}
		// the roles of key account management hold no right on ERPNext's masters
		for (const field of ["company", "item_group", "customer"]) {
			Object.assign(frm.get_docfield(field), { only_select: 1, ignore_link_validation: 1 });
		}
		Object.assign(frm.get_docfield("shares", "competitor"), { only_select: 1, ignore_link_validation: 1 });
		frm.set_query("competitor", "shares", () => ({ query: "kam_erpnext.api.report_filters.search" }));
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.year) {
			frm.set_value("year", Number(frappe.datetime.get_today().slice(0, 4)));
		}
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.page.set_title([frm.doc.account_name, frm.doc.item_group, frm.doc.year].filter(Boolean).join(" · "));
		show_figures(frm);
		frm.add_custom_button(__("Share of Wallet"), () =>
			frappe.set_route("query-report", "Share of Wallet", {
				company: frm.doc.company,
				key_account: frm.doc.key_account,
				year: frm.doc.year,
				by: "Wallet",
			})
		);
		if (frappe.model.can_create(frm.doctype)) {
			frm.add_custom_button(__("Copy Year …"), () => kam_copy_wallet_year(frm.doc));
		}
	},

	wallet(frm) {
		if (frm.doc.wallet) frm.set_value("wallet_known", 1);
	},

	wallet_known(frm) {
		if (!frm.doc.wallet_known && frm.doc.wallet) frm.set_value("wallet", 0);
	},

	key_account(frm) {
		frm.set_value("customer", null);
	},
});

frappe.ui.form.on("Key Account Wallet Share", {
	amount(frm, doctype, name) {
		const row = locals[doctype][name];
		if (row.amount) frappe.model.set_value(doctype, name, "amount_known", 1);
	},

	amount_known(frm, doctype, name) {
		const row = locals[doctype][name];
		if (!row.amount_known && row.amount) frappe.model.set_value(doctype, name, "amount", 0);
	},
});

const escape = (text) => frappe.utils.escape_html(String(text ?? ""));

/** What the ledger says, read when the form is shown: it is never stored in the wallet. */
async function show_figures(frm) {
	const name = frm.doc.name;
	const { message } = await frappe.call({
		method: "kam_erpnext.api.wallet.figures",
		type: "GET",
		args: { wallet: name },
	});
	if (frm.doc.name !== name || !message) return;
	frm.dashboard.parent.find(".kam-wallet-now").closest(".form-dashboard-section").remove();
	frm.dashboard.add_section(figures_html(message), __("Who Gets the Wallet"));
	frm.dashboard.show();
}

function figures_html({ currency, now, years, estimate, year }) {
	const money = (value) => (value == null ? "–" : format_currency(value, currency, 0));
	const percent = (value) => (value == null ? "–" : `${format_number(value, null, 1)} %`);
	if (!now) {
		return `<div class="kam-wallet-now text-muted">${escape(
			__("Year {0} has not begun: there are no sales to compare with.", [year])
		)}</div>`;
	}
	const parts = [
		["own", __("Ours"), now.own],
		["competitors", __("Competitors"), now.competitors],
		["internal", __("Made by the Customer"), now.internal],
		["unknown", __("Unknown"), now.unknown],
	];
	const whole = Math.max(now.wallet || 0, parts.reduce((sum, [, , value]) => sum + Math.max(0, value || 0), 0));
	const bar =
		now.wallet && whole
			? `<div class="kam-wallet-bar" role="img" aria-label="${escape(
					parts.map(([, label, value]) => `${label} ${money(value)}`).join(", ")
			  )}">${parts
					.filter(([, , value]) => value > 0)
					.map(
						([part, label, value]) =>
							`<span class="kam-wallet-${part}" style="width: ${(100 * value) / whole}%" title="${escape(
								`${label}: ${money(value)}`
							)}"></span>`
					)
					.join("")}</div>`
			: `<p class="text-muted">${escape(
					now.hidden
						? __("You do not see all customers of this wallet, so its share is not known to you.")
						: __("The wallet is not known, so there is no share. Unknown is not 0.")
			  )}</p>`;
	const legend = parts
		.map(
			([part, label, value]) =>
				`<span class="kam-wallet-key"><i class="kam-wallet-${part}"></i>${escape(label)} <b>${money(
					value
				)}</b></span>`
		)
		.join("");
	const facts = [
		[__("Share of Wallet"), percent(now.share)],
		[__("Addressable Now"), money(now.addressable)],
		[__("Missing to the Aim"), money(now.gap)],
	];
	if (estimate) {
		facts.push([__("Share by Rank (Estimate)"), percent(estimate.share)]);
		if (estimate.wallet != null) facts.push([__("Wallet by Rank (Estimate)"), money(estimate.wallet)]);
	}
	const warning = now.excess
		? `<div class="kam-warning">${escape(
				__("Our sales and the other suppliers exceed the wallet by {0}.", [money(now.excess)])
		  )}</div>`
		: "";
	const history = years
		.map(
			(row) =>
				`<tr><td>${
					row.name === now.name
						? `<b>${row.year}</b>`
						: `<a href="${frappe.utils.get_form_link("Key Account Wallet", row.name)}">${row.year}</a>`
				}</td>${[row.wallet, row.own, row.competitors, row.unknown]
					.map((value) => `<td class="text-right">${money(value)}</td>`)
					.join("")}<td class="text-right">${percent(row.share)}</td></tr>`
		)
		.join("");
	const note = __("Ours: net sales dated {0} to {1}.", [
		frappe.datetime.str_to_user(now.from_date),
		frappe.datetime.str_to_user(now.to_date),
	]);
	const estimate_note = estimate
		? ` ${__("The estimate follows the Wallet Allocation Rule from our rank alone.")}`
		: "";
	return `<div class="kam-wallet-now">${warning}${bar}<div class="kam-wallet-legend">${legend}</div>
		<div class="kam-wallet-facts">${facts
			.map(([label, value]) => `<div><span>${escape(label)}</span><b>${value}</b></div>`)
			.join("")}</div>
		<div class="kam-wallet-scroll"><table class="table table-bordered kam-wallet-years"><thead><tr><th>${escape(__("Year"))}</th>${[
		__("Wallet"),
		__("Ours"),
		__("Competitors"),
		__("Unknown"),
		__("Share of Wallet"),
	]
		.map((label) => `<th class="text-right">${escape(label)}</th>`)
		.join("")}</tr></thead><tbody>${history}</tbody></table></div>
		<p class="text-muted small">${escape(note + estimate_note)}</p></div>`;
}

/** Starts a year with the wallets of another one. */
function kam_copy_wallet_year({ key_account, year, company }) {
	const dialog = new frappe.ui.Dialog({
		title: __("Copy the Wallets of a Year"),
		fields: [
			{
				fieldname: "key_account",
				label: __("Key Account"),
				fieldtype: "Link",
				options: "Key Account",
				reqd: 1,
				default: key_account,
				description: __("With the accounts below it. Wallets that are there already are kept."),
			},
			{ fieldname: "from_year", label: __("From Year"), fieldtype: "Int", reqd: 1, default: year },
			{ fieldname: "to_year", label: __("To Year"), fieldtype: "Int", reqd: 1, default: year + 1 },
		],
		primary_action_label: __("Copy"),
		async primary_action(values) {
			const { message } = await frappe.call({
				method: "kam_erpnext.api.wallet.copy_year",
				args: { ...values, company },
				freeze: true,
			});
			dialog.hide();
			frappe.show_alert({
				message: __("Wallets copied: {0}; kept as they are: {1}.", [message.copied, message.kept]),
				indicator: "green",
			});
		},
	});
	dialog.show();
}
