// the section Now, the versions and their differences: loaded by the form of a plan only
import { PlanPage } from "./plan/page";
import { show_difference, versions_table } from "./plan/versions";

frappe.provide("kam.plan");

kam.plan.Page = PlanPage;
kam.plan.show_difference = show_difference;
kam.plan.versions_table = versions_table;
