// statements of incentives and the pay-out curve: loaded by the forms of schemes and statements only
import { curve } from "./incentive/curve";
import { statement } from "./incentive/statement";

frappe.provide("kam.incentive");

Object.assign(kam.incentive, { curve, statement });
