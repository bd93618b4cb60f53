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

// a report builds its menu when its description has come, and anew when another report takes its page
const TRIES = 20;
const PAUSE = 500;

function offer_for_report(name, left = TRIES) {
	if (frappe.get_route()[1] !== name || !left) return;
	const report = frappe.query_report;
	if (report?.report_doc?.name === name && report.report_doc.module === "KAM ERPNext") {
		if (!report.page.kam_help?.[0]?.isConnected || report.page.kam_help_of !== name) {
			offer(report.page, `${REPORTS}#${frappe.scrub(name).replaceAll("_", "-")}`);
			report.page.kam_help_of = name;
		}
	}
	setTimeout(() => offer_for_report(name, left - 1), PAUSE);
}

frappe.router.on("change", () => {
	const [view, name] = frappe.get_route() || [];
	if (view !== "query-report") return;
	frappe.query_report?.page?.kam_help?.remove();
	offer_for_report(name);
});
