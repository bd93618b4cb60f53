// charts of reports on workspaces and on the page of an account
import { blocks, of_account, show_block } from "./dashboard/blocks";
import { ReportChart } from "./dashboard/report_chart";

frappe.provide("kam.dashboard");

Object.assign(kam.dashboard, {
	blocks,
	show: show_block,
	of_account: (element, key_account, company) => new ReportChart(element, of_account(key_account, company)),
});
