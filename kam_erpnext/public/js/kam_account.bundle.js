// the page of a key account: loaded by its form only
import { AccountPage } from "./account/page";
import { show_swot_help } from "./account/swot_help";

frappe.provide("kam.account");

kam.account.Page = AccountPage;
kam.account.show_swot_help = show_swot_help;
