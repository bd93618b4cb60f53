// a tour of a form, field by field; the Form Tour has the name of its document
const TOURS = [
	"KAM Settings",
	"Key Account Criteria",
	"Key Account Selection",
	"Key Account",
	"Power Map",
	"Key Account Plan",
	"Call Cycle",
];

for (const doctype of TOURS) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			frm.page.add_menu_item(__("Show Me Around"), async () => {
				await frm.tour.init({ tour_name: doctype });
				frm.tour.start();
			});
		},
	});
}
