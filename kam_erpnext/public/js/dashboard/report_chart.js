const escape = (text) => frappe.utils.escape_html(String(text ?? ""));

/**
 * The chart of a report outside it: on a workspace, or on the page of an account.
 *
 * `report` is run with `filters` as the reader, so that it shows what he may see and the very figures of the report.
 * `views` are `{label, filters}`: ways to cut it, the first one is shown. `report` may be set by view. Nothing is asked
 * before the element comes into view. A click on the title or a mark opens the report with the same filters.
 */
export class ReportChart {
	constructor(element, { title, help = "", report, filters = {}, views = [] }) {
		Object.assign(this, { element, title, help, report, filters });
		this.views = views.filter((view) => may_run(view.report || report));
		if (!views.length && may_run(report)) this.views = [{ filters: {} }];
		if (!this.views.length) {
			element.hidden = true;
			return;
		}
		this.make();
		this.choose(this.views[0], false);
		this.wait();
	}

	make() {
		this.element.classList.add("kam-report-chart");
		this.element.innerHTML = `
			<header>
				<h5><a class="kam-report-chart-title" href="#">${escape(this.title)}</a></h5>
				<div class="kam-report-chart-views" role="group" aria-label="${escape(this.title)}"></div>
			</header>
			<div class="kam-report-chart-body" aria-busy="true"></div>`;
		this.body = this.element.querySelector(".kam-report-chart-body");
		const link = this.element.querySelector(".kam-report-chart-title");
		link.title = this.help || __("Open the report");
		link.addEventListener("click", (event) => {
			event.preventDefault();
			this.open();
		});
		if (this.views.length < 2) return;
		const group = this.element.querySelector(".kam-report-chart-views");
		this.buttons = this.views.map((view) => {
			const button = group.appendChild(document.createElement("button"));
			button.type = "button";
			button.className = "btn btn-xs btn-default";
			button.textContent = view.label;
			button.addEventListener("click", () => this.choose(view));
			return button;
		});
	}

	choose(view, load = true) {
		this.view = view;
		for (const [place, button] of (this.buttons || []).entries()) {
			button.setAttribute("aria-pressed", this.views[place] === view);
		}
		if (load) this.load();
	}

	/** Reads when it is seen for the first time. */
	wait() {
		const seen = new IntersectionObserver(
			(entries) => {
				if (!entries.some((entry) => entry.isIntersecting)) return;
				seen.disconnect();
				this.load();
			},
			{ rootMargin: "200px" }
		);
		seen.observe(this.element);
	}

	question() {
		return [this.view.report || this.report, { ...this.filters, ...this.view.filters }];
	}

	async load() {
		const [report_name, filters] = this.question();
		const asked = (this.asked = this.view);
		this.body.setAttribute("aria-busy", "true");
		if (!this.body.firstChild) this.say(__("Reading the figures …"));
		try {
			const [{ message }] = await Promise.all([
				frappe.call({
					method: "frappe.desk.query_report.run",
					type: "GET",
					args: { report_name, filters: JSON.stringify(filters) },
				}),
				frappe.require("kam_charts.bundle.js"),
			]);
			if (asked !== this.view || !this.element.isConnected) return;
			this.show(message, report_name);
		} catch {
			if (asked !== this.view) return;
			this.say(__("The figures could not be read."));
			const again = this.body.firstChild.appendChild(document.createElement("button"));
			again.type = "button";
			again.className = "btn btn-xs btn-default ml-2";
			again.textContent = __("Try Again");
			again.addEventListener("click", () => this.load());
		}
		this.body.removeAttribute("aria-busy");
	}

	show({ chart, message }, report_name) {
		this.body.replaceChildren();
		if (chart?.kam?.kind) {
			kam.charts.draw(this.body, chart.kam, { title: this.title, open: () => this.open() });
			return;
		}
		if (chart?.data?.labels?.length) {
			frappe.utils.make_chart(this.body, { ...chart, height: 260 });
			return;
		}
		// the hint of the report, which the server has made safe
		const hint = this.body.appendChild(document.createElement("div"));
		hint.className = "kam-report-chart-hint text-muted";
		if (message) hint.innerHTML = message;
		else hint.textContent = __("{0} has nothing to show yet.", [__(report_name)]);
	}

	say(text) {
		this.body.replaceChildren();
		const line = this.body.appendChild(document.createElement("div"));
		line.className = "kam-report-chart-hint text-muted";
		line.textContent = text;
	}

	open() {
		const [report, filters] = this.question();
		frappe.set_route("query-report", report, filters);
	}
}

/** Whether the reader's roles include the report. */
const may_run = (report) => Boolean(frappe.boot.user.all_reports?.[report]);
