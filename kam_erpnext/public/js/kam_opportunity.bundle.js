// the page, the gates and the documents of an opportunity: loaded by its form only
import { OpportunityPage } from "./opportunity/page";
import * as dialogs from "./opportunity/dialogs";

frappe.provide("kam.opportunity");

kam.opportunity.Page = OpportunityPage;
kam.opportunity.dialogs = dialogs;
