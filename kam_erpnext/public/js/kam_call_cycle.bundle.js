// the overview of a call cycle: loaded by its form only
import { CallCyclePage } from "./call_cycle/page";
import * as dialogs from "./call_cycle/dialogs";

frappe.provide("kam.call_cycle");

kam.call_cycle.Page = CallCyclePage;
kam.call_cycle.dialogs = dialogs;
