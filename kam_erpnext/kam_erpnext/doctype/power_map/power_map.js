// fields of the table of people that the drawing shows too
const SHARED = [
	"person_name",
	"kind",
	"designation",
	"department",
	"organisation",
	"contact",
	"competitor",
	"relationship_owner",
	"second_owner",
	"contact_rhythm",
];

frappe.ui.form.on("Power Map", {
	setup(frm) {
		frm.set_query("key_account", () => ({ filters: { status: ["!=", "Retired"] } }));
		const people = () => ({ filters: { enabled: 1, user_type: "System User" } });
		frm.set_query("relationship_owner", "people", people);
		frm.set_query("second_owner", "people", people);
	},

	async refresh(frm) {
		if (frm.doc.version_of) {
			frm.set_read_only();
			frm.disable_save();
			frm.refresh_field("people");
		}
		frm.trigger("show_buttons");
		await frappe.require("kam_power_map.bundle.js");
		frm.kam_map ??= new kam.power_map.Form(frm);
		frm.kam_map.refresh();
	},

	show_buttons(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(
			__("Key Account"),
			() => frappe.set_route("Form", "Key Account", frm.doc.key_account),
			__("View")
		);
		if (frm.doc.version_of) {
			frm.add_custom_button(
				__("Current Map"),
				() => frappe.set_route("Form", "Power Map", frm.doc.version_of),
				__("View")
			);
		}
		if (frm.perm[0]?.print) frm.add_custom_button(__("Print"), () => frm.print_doc(), __("View"));
	},

	async before_save(frm) {
		await frm.kam_map?.before_save();
	},

	after_save(frm) {
		frm.kam_map?.saved();
	},
});

const pull = (frm) => frm.kam_map?.model.pull();

frappe.ui.form.on("Power Map Person", {
	people_add: pull,
	people_remove: pull,
	people_move: pull,
	...Object.fromEntries(SHARED.map((field) => [field, pull])),
});
