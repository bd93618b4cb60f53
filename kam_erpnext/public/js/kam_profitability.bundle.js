// the window behind a figure of the report Account Profitability: loaded when it is opened first
import { show_lines } from "./profitability/lines";

frappe.provide("kam.profitability");

kam.profitability.show_lines = show_lines;
