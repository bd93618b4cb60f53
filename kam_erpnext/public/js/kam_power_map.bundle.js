// the drawing of a power map and the tabs beside it: loaded by its form only
import { PowerMapForm } from "./power_map/form";

frappe.provide("kam.power_map");

kam.power_map.Form = PowerMapForm;
