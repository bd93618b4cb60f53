import { draw_months, draw_years } from "./charts";
import { cards, item_groups, legend, traded_years, years_table } from "./figures";
import { badge, escape, link, moment_of } from "./format";
import * as panels from "./panels";
import { competitors } from "./competitors";
import { market } from "./market";
import { power_map } from "./power_map";
import { scorecard, scorecard_place } from "./scorecard";

/** The first tab of a key account: everything about the account, as the reader may see it. */
export class AccountPage {
	constructor(frm, wrapper) {
		Object.assign(this, { frm, wrapper });
		this.company = null;
		wrapper.addEventListener("click", (event) => this.click(event));
		wrapper.addEventListener("change", (event) => {
			if (event.target.matches(".kam-company")) this.load(event.target.value);
		});
	}

	async load(company = this.company) {
		const name = this.frm.doc.name;
		if (this.shown !== name) {
			this.company = company = null;
			this.wrapper.innerHTML = `<div class="kam-page text-muted" aria-busy="true">${escape(
				__("Reading the account …")
			)}</div>`;
		}
		try {
			const { message } = await frappe.call({
				method: "kam_erpnext.api.key_account.profile",
				type: "GET",
				args: { key_account: name, company: company || undefined },
			});
			if (this.frm.doc.name !== name) return;
			this.company = company;
			this.show(message);
		} catch {
			if (this.shown === name) return;
			this.wrapper.innerHTML = `<div class="kam-page"><p>${escape(
				__("The figures could not be read.")
			)} <button type="button" class="btn btn-xs btn-default kam-reload">${escape(
				__("Try Again")
			)}</button></p></div>`;
		}
	}

	show(page) {
		this.page = page;
		this.shown = this.frm.doc.name;
		this.wrapper.innerHTML = `
			<div class="kam-page">
				${this.head()}
				${page.customer_names.length ? "" : this.no_customers()}
				${cards(page)}
				${scorecard_place()}
				${this.sales()}
				${this.performance()}
				<div class="kam-panels">
					${panels.plan(page)}
					${panels.actions(page)}
					${panels.contacts(page)}
					${power_map(page)}
					${market(page)}
					${competitors(page)}
					${panels.calls(page)}
					${panels.orders(page)}
					${panels.receivables(page)}
					${panels.pipeline(page)}
					${panels.opportunities(page)}
					${panels.quotations(page)}
					${panels.issues(page)}
					${panels.projects(page)}
				</div>
				${panels.not_shown(page)}
			</div>`;
		this.draw();
		this.show_scorecard();
	}

	/** Read by itself, so that the page need not wait for it. */
	async show_scorecard() {
		const { key_account, company } = this.page;
		const place = this.wrapper.querySelector(".kam-scorecard-place");
		const { message } = await frappe.call({
			method: "kam_erpnext.api.scorecard.panel",
			type: "GET",
			args: { key_account, company: company || undefined },
		});
		if (!place.isConnected) return;
		this.scorecard = message;
		place.innerHTML = scorecard(message);
	}

	async silence(action, alarm) {
		await kam.alarms[action]([alarm.name]);
		this.show_scorecard();
	}

	// ------------------------------------------------------------ head

	head() {
		const { frm, page } = this;
		const { doc } = frm;
		const person = (field, label) =>
			page.head.people[field]
				? `<span><span class="text-muted">${escape(label)}</span> ${escape(page.head.people[field])}</span>`
				: "";
		const stages = [doc.stage_today, doc.stage_aimed].filter(Boolean).map((stage) => escape(__(stage)));
		return `
			<div class="kam-head">
				<div class="kam-head-facts">
					${doc.level ? badge(__(doc.level), "blue") : ""}
					${
						doc.parent_key_account
							? `<span><span class="text-muted">${escape(__("below"))}</span> ${link(
									"Key Account",
									doc.parent_key_account,
									page.head.parent_name
							  )}</span>`
							: ""
					}
					${
						stages.length
							? `<span title="${escape(__("How the customer sees us today → what we aim at"))}">${stages.join(
									' <span aria-hidden="true">→</span> '
							  )}</span>`
							: ""
					}
					${person("key_account_manager", __("Manager", null, "KAM"))}
					${person("key_account_director", __("Director"))}
					${person("executive_sponsor", __("Sponsor"))}
				</div>
				<div class="kam-head-end">
					${this.company_select()}
					<span class="text-muted small">${escape(__("As of"))} ${moment_of(page.as_of, true)}</span>
					<button type="button" class="btn btn-xs btn-default kam-reload" aria-label="${escape(
						__("Read the figures again")
					)}">↻</button>
				</div>
			</div>`;
	}

	company_select() {
		const { companies, company } = this.page;
		if (companies.length < 2) return company ? `<span class="text-muted small">${escape(company)}</span>` : "";
		const options = companies.map(
			(name) => `<option ${name === company ? "selected" : ""}>${escape(name)}</option>`
		);
		return `<select class="form-control input-xs kam-company" aria-label="${escape(
			__("Company whose figures are shown")
		)}">${options.join("")}</select>`;
	}

	no_customers() {
		return `<p class="kam-nothing">${escape(
			this.frm.doc.party
				? __("There is no customer yet. Once {0} has become one, add it in the tab Account.", [
						this.frm.doc.party,
				  ])
				: __("No customers yet. Add them in the tab Account to see their sales, orders and contacts here.")
		)} <button type="button" class="btn btn-xs btn-default kam-to-customers">${escape(
			__("Go to Customers")
		)}</button></p>`;
	}

	// ------------------------------------------------------------ sales

	sales() {
		const { sales } = this.page;
		if (!this.page.customer_names.length) return "";
		if (!this.page.company) {
			return `<p class="kam-nothing">${escape(__("Please set the Default Company in KAM Settings."))}</p>`;
		}
		if (sales.problem) return `<p class="kam-nothing">${escape(sales.problem)}</p>`;
		const current = sales.years.find((row) => row.to_today);
		const note = current
			? __("* up to {0}, compared with the same days a year before", [
					frappe.datetime.str_to_user(current.to_date),
			  ])
			: "";
		return `
			<div class="kam-panels kam-panels-charts">
				${panels.panel({
					title: __("Sales by Fiscal Year"),
					help: __(
						"Net sales and gross profit of {0} by its fiscal years, in {1}. A whole year is compared with the year before it.",
						[sales.company, sales.currency]
					),
					body: `${legend()}<div class="kam-years" role="img" aria-label="${escape(
						__("Net sales and gross profit by fiscal year; the table below holds the figures")
					)}"></div>${years_table(sales.currency, traded_years(sales))}<p class="text-muted small">${escape(note)}</p>`,
				})}
				${panels.panel({
					title: __("Item Groups"),
					help: __(
						"Net sales of {0} by item group, {1} to {2}, and of the same days a year before. The bars are the last 12 calendar months.",
						[
							sales.company,
							frappe.datetime.str_to_user(sales.from_date),
							frappe.datetime.str_to_user(sales.to_date),
						]
					),
					summary: escape(__(sales.window)),
					body: item_groups(sales),
				})}
				${panels.panel({
					title: __("Net Sales by Month"),
					help: __("Net sales of {0} in the last 24 calendar months, in {1}.", [
						sales.company,
						sales.currency,
					]),
					body: `<div class="kam-months" role="img" aria-label="${escape(
						__("Net sales of the last 24 months")
					)}"></div>`,
					wide: true,
				})}
			</div>`;
	}

	/** Charts of the reports for this account; each is read when it comes into view. */
	performance() {
		return this.page.customer_names.length && this.page.company
			? `<section class="kam-panel kam-account-charts"></section>`
			: "";
	}

	draw() {
		const { sales, key_account, company } = this.page;
		const charts = this.wrapper.querySelector(".kam-account-charts");
		if (charts) kam.dashboard.of_account(charts, key_account, company);
		if (!sales.years) return;
		// a chart that is drawn while its tab is hidden has no width
		this.watcher?.disconnect();
		let width = 0;
		this.watcher = new ResizeObserver(([entry]) => {
			if (!entry.contentRect.width || Math.abs(entry.contentRect.width - width) < 20) return;
			width = entry.contentRect.width;
			draw_years(this.wrapper.querySelector(".kam-years"), traded_years(sales), sales.currency);
			draw_months(this.wrapper.querySelector(".kam-months"), sales.months, sales.currency);
		});
		this.watcher.observe(this.wrapper.querySelector(".kam-page"));
	}

	// ------------------------------------------------------------ what a click does

	click(event) {
		const button = event.target.closest("button");
		if (!button || !this.wrapper.contains(button)) return;
		const { classList, dataset } = button;
		if (classList.contains("kam-reload")) this.load();
		if (classList.contains("kam-to-customers")) this.frm.scroll_to_field("customers");
		if (classList.contains("kam-open-list")) this.open_list(dataset.part);
		if (classList.contains("kam-open-pipeline")) this.open_report("Key Account Pipeline");
		if (classList.contains("kam-open-wallet")) this.open_report("Share of Wallet");
		if (classList.contains("kam-open-scorecard")) this.open_report("Account Scorecard");
		if (classList.contains("kam-alarm")) this.silence(dataset.action, this.scorecard.alarms[dataset.alarm]);
		if (classList.contains("kam-open-year")) this.open_year(dataset.year);
		if (classList.contains("kam-open-map")) this.frm.events.open_power_map(this.frm);
		if (classList.contains("kam-create")) this.frm.events.create(this.frm, dataset.doctype);
		if (classList.contains("kam-show-more")) {
			for (const row of this.wrapper.querySelectorAll(".kam-more")) row.hidden = false;
			button.remove();
		}
	}

	open_list(key) {
		if (key === "sales") {
			const { from_date, to_date } = this.page.sales;
			this.open_sales(from_date, to_date);
			return;
		}
		const { doctype, filters } = this.page[key];
		frappe.route_options = { ...filters };
		frappe.set_route("List", doctype, "List");
	}

	open_report(report) {
		const { key_account, company } = this.page;
		frappe.set_route("query-report", report, { key_account, company });
	}

	open_year(name) {
		const { from_date, to_date } = this.page.sales.years.find((row) => row.year === name);
		this.open_sales(from_date, to_date);
	}

	/** The list of the documents behind net sales. */
	open_sales(from_date, to_date) {
		const { source, company, customer_names } = this.page.sales;
		if (!frappe.model.can_read(source)) {
			frappe.show_alert(__("Your roles do not include reading {0}.", [__(source)]));
			return;
		}
		frappe.route_options = {
			customer: ["in", customer_names],
			company,
			docstatus: 1,
			[source === "Sales Order" ? "transaction_date" : "posting_date"]: ["between", [from_date, to_date]],
		};
		frappe.set_route("List", source, "List");
	}
}
