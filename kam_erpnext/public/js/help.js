// the page of the documentation that tells about a form or a report, in its menu
const REPORTS = "/kam-docs/reports";

function offer(page, address) {
	page.kam_help?.remove();
	page.kam_help = page.add_menu_item(__("Documentation"), () => window.open(address, "_blank", "noopener"));
}

$(document).on("form-refresh", (_event, frm) => {
	const address = frm.meta.documentation || "";
	if (address.startsWith("/kam-docs/")) offer(frm.page, address);
});

frappe.router.on("change", () => {
	const [view, name] = frappe.get_route() || [];
	if (view !== "query-report") return;
	frappe.after_ajax(() => {
		const report = frappe.query_report;
		if (report?.report_doc?.name !== name) return;
		report.page.kam_help?.remove();
		if (report.report_doc.module === "KAM ERPNext") {
			offer(report.page, `${REPORTS}#${frappe.scrub(name).replaceAll("_", "-")}`);
		}
	});
});
