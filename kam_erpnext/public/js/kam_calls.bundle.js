// the page My Calls and the form of a call: loaded by them only
import * as dialogs from "./calls/dialogs";
import { CallsPage } from "./calls/page";
import * as sheet from "./calls/sheet";

frappe.provide("kam.calls");

kam.calls.Page = CallsPage;
kam.calls.dialogs = dialogs;
kam.calls.sheet = sheet;
