// the page Whitespace: loaded by it only
import { WhitespacePage } from "./whitespace/page";

frappe.provide("kam.whitespace");

kam.whitespace.Page = WhitespacePage;
