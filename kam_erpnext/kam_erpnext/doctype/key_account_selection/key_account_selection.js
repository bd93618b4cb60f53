frappe.ui.form.on("Key Account Selection", {
	setup(frm) {
		frm.set_query("criteria", () => ({ filters: { docstatus: 1 } }));
	},

	onload(frm) {
		if (frm.is_new() && !frm.doc.company) {
			frappe.db.get_single_value("KAM Settings", "company").then((company) => {
				frm.set_value("company", company || frappe.defaults.get_user_default("Company"));
			});
		}
		if (!frm.kam_listening) {
			frm.kam_listening = true;
			frappe.realtime.on("kam_selection_progress", (data) => {
				if (data.selection === frm.doc.name && frm.doc.workflow_state === "Running") show_progress(frm, data);
			});
		}
	},

	refresh(frm) {
		clearInterval(frm.kam_timer);
		frm.get_field("run_html").$wrapper.empty();
		frm.toggle_display("sb_progress", frm.doc.workflow_state === "Running" || Boolean(frm.doc.run_error));
		if (frm.is_new()) {
			frm.set_intro(__("Save, then choose Run in the menu Actions. The run measures every customer and proposes changes; nothing changes before somebody else approves."));
		} else if (frm.doc.workflow_state === "Running") {
			watch_run(frm);
		} else if (frm.doc.run_error) {
			frm.set_intro(
				__("The last run stopped: {0}. Please correct the cause and run again.", [frappe.utils.escape_html(frm.doc.run_error)]),
				"red"
			);
		}
		if (frm.doc.customers_measured && frm.doc.workflow_state !== "Running") new SelectionLines(frm).load();
		if (frm.doc.customers_measured) {
			frm.add_custom_button(
				__("Selection Results"),
				() => frappe.set_route("query-report", "Selection Results", { selection: frm.doc.name }),
				__("View")
			);
		}
	},

	before_workflow_action(frm) {
		if (frm.selected_workflow_action === "Reject") return kam.ask_rejection_reason(frm);
	},
});

// ---------------------------------------------------------------- the run

function watch_run(frm) {
	const poll = async () => {
		if (cur_frm !== frm || frm.doc.workflow_state !== "Running") return clearInterval(frm.kam_timer);
		const { message } = await frappe.call({
			method: "kam_erpnext.api.selection.progress",
			type: "GET",
			args: { selection: frm.doc.name },
		});
		if (message.state !== "Running") {
			clearInterval(frm.kam_timer);
			frm.reload_doc();
		} else {
			show_progress(frm, message);
		}
	};
	poll();
	frm.kam_timer = setInterval(poll, 4000);
}

function show_progress(frm, data) {
	const percent = Math.min(Math.max(cint(data.percent), 0), 100);
	const silent = cint(data.silent_seconds);
	const wrapper = frm.get_field("run_html").$wrapper;
	wrapper.html(`
		<div class="kam-run">
			<div>${frappe.utils.escape_html(data.message || "")} (${percent} %)</div>
			<div class="progress" role="progressbar" aria-valuenow="${percent}" aria-valuemin="0" aria-valuemax="100">
				<div class="progress-bar" style="width: ${percent}%"></div>
			</div>
			<div class="text-muted small">
				${__("The run goes on in the background; you may leave this page. To stop it choose Stop in the menu Actions.")}
			</div>
			${
				silent > 60
					? `<div class="mt-2">${__("No sign of life for {0} minutes. If the background workers were restarted, start the run again: nothing was changed so far.", [
							Math.round(silent / 60),
					  ])} <button class="btn btn-xs btn-default kam-restart">${__("Start Again")}</button></div>`
					: ""
			}
		</div>`);
	wrapper.find(".kam-restart").on("click", async () => {
		await frappe.call({
			method: "kam_erpnext.api.selection.restart",
			type: "POST",
			args: { selection: frm.doc.name },
		});
		frm.reload_doc();
	});
}

// ---------------------------------------------------------------- the lines

const CHANGES = ["Add", "Promote", "Demote", "Retire"];
const COLOURS = { Add: "green", Keep: "gray", Promote: "blue", Demote: "orange", Retire: "red", None: "gray" };

class SelectionLines {
	constructor(frm) {
		this.frm = frm;
		this.summary_wrapper = frm.get_field("summary_html").$wrapper;
		this.wrapper = frm.get_field("lines_html").$wrapper;
		// the place in the list survives a reload of the form
		this.state = frm.kam_lines_state = frm.kam_lines_state || { show: "proposals", proposal: null, search: "", start: 0 };
		this.editable = frm.doc.workflow_state === "To Validate" && frm.perm[0]?.write;
	}

	async load() {
		const selection = this.frm.doc.name;
		const get = (method, args) =>
			frappe.call({ method: `kam_erpnext.api.selection.${method}`, type: "GET", args: { selection, ...args } });
		const [summary, lines] = await Promise.all([get("summary"), get("lines", this.arguments())]);
		if (this.frm.doc.name !== selection) return;
		this.summary = summary.message;
		this.page = lines.message;
		this.rows = Object.fromEntries(this.page.rows.map((row) => [row.name, row]));
		this.draw();
	}

	arguments() {
		const { show, proposal, search, start } = this.state;
		return { show, start, ...(proposal && { proposal }), ...(search && { search }) };
	}

	reload(changes) {
		Object.assign(this.state, { start: 0 }, changes);
		return this.load();
	}

	draw() {
		this.draw_summary();
		this.wrapper.html(`<div class="kam-lines">${this.toolbar()}${this.table()}${this.pager()}</div>`);
		this.bind();
	}

	draw_summary() {
		const doc = this.frm.doc;
		const { proposals, undecided, open, lines } = this.summary;
		const card = (key) => `
			<button type="button" class="kam-figure" data-proposal="${key}" aria-pressed="${this.state.proposal === key}">
				<div class="kam-figure-label"><span class="indicator ${COLOURS[key]}"></span> ${__(key)}</div>
				<div class="kam-figure-value">${proposals[key] || 0}</div>
			</button>`;
		const figure = (label, value, note) => `
			<div class="kam-figure"><div class="kam-figure-label">${label}</div>
			<div class="kam-figure-value">${value}</div><div class="kam-figure-note">${note || ""}</div></div>`;
		this.summary_wrapper.html(`
			<div class="kam-figures">
				${["Add", "Keep", "Promote", "Demote", "Retire"].map(card).join("")}
				${figure(__("To Decide"), undecided)}
				${figure(__("Open"), open, __("something is not known"))}
			</div>
			<div class="kam-explained text-muted">${__(
				"{0} customers and key accounts measured on {1} documents ({2}), net sales {3}, {4} to {5}. Measured {6} by {7}.",
				[
					lines,
					doc.documents_measured,
					__(doc.sales_source),
					format_currency(doc.net_sales_measured, doc.currency),
					frappe.datetime.str_to_user(doc.from_date),
					frappe.datetime.str_to_user(doc.to_date),
					frappe.datetime.str_to_user(doc.run_finished),
					frappe.utils.escape_html(frappe.user.full_name(doc.run_by)),
				]
			)}</div>`);
		this.summary_wrapper.find("[data-proposal]").on("click", (event) => {
			const proposal = event.currentTarget.dataset.proposal;
			this.reload(
				this.state.proposal === proposal ? { proposal: null, show: "proposals" } : { proposal, show: "all" }
			);
		});
	}

	toolbar() {
		const option = (value, label) =>
			`<option value="${value}" ${this.state.show === value ? "selected" : ""}>${label}</option>`;
		return `
			<div class="kam-toolbar">
				<select class="form-control input-xs kam-show" aria-label="${__("Lines shown")}">
					${option("proposals", __("Proposed changes"))}
					${option("undecided", __("Not decided yet"))}
					${option("open", __("Open: something is not known"))}
					${option("accounts", __("Existing key accounts"))}
					${option("all", __("All measured"))}
				</select>
				<input class="form-control input-xs kam-search" type="search" placeholder="${__("Search name")}"
					aria-label="${__("Search name")}" value="${frappe.utils.escape_html(this.state.search)}">
				<div class="kam-toolbar-end">
					${
						this.editable && this.summary.undecided
							? `<button class="btn btn-xs btn-default kam-accept-all">${__("Accept All {0} Open Proposals", [
									this.summary.undecided,
							  ])}</button>`
							: ""
					}
				</div>
			</div>`;
	}

	table() {
		if (!this.page.rows.length) {
			return `<div class="text-muted text-center p-4">${__("No lines match. Choose other lines above.")}</div>`;
		}
		return `
			<div class="kam-scroll"><table>
				<thead><tr>
					<th class="num">${__("Rank", null, "KAM")}</th><th>${__("Customer or Key Account")}</th>
					<th class="num">${__("Net Sales")}</th><th>${__("Class")}</th>
					<th class="num">${__("Score", null, "KAM")}</th><th>${__("Proposal")}</th>
					<th>${__("Reason")}</th><th>${__("Decision")}</th>
				</tr></thead>
				<tbody>${this.page.rows.map((row) => this.row(row)).join("")}</tbody>
			</table></div>`;
	}

	row(row) {
		const escape = frappe.utils.escape_html;
		const link = row.key_account
			? `<a href="${frappe.utils.get_form_link("Key Account", row.key_account)}">${escape(row.customer_name)}</a>`
			: `<a href="${frappe.utils.get_form_link("Customer", row.customer)}">${escape(row.customer_name)}</a>`;
		const before = row.status_before
			? __("{0}, {1}", [__(row.status_before), __(row.level || "")])
			: escape(row.territory || "");
		const after =
			row.proposal !== "None" && row.proposal !== "Keep"
				? `<div class="text-muted small">${__(row.proposed_status || "")}${row.proposed_level ? `, ${__(row.proposed_level)}` : ""}</div>`
				: "";
		const unknown = (row.unknown || "").split(", ");
		const score = unknown.includes("score")
			? `<span class="text-muted">${__("not known")}</span>`
			: `${format_number(row.score, null, 1)}<div class="text-muted small">${escape(__(row.band || ""))}, ${__("{0} % answered", [Math.round(row.answered_share)])}</div>`;
		return `
			<tr data-name="${row.name}">
				<td class="num">${row.rank}</td>
				<td>${link}<div class="text-muted small">${before}</div></td>
				<td class="num">${format_currency(row.net_sales, row.currency, 0)}<div class="text-muted small">${format_number(row.share_of_sales, null, 1)} %</div></td>
				<td>${escape(row.abc_class || "–")}${row.margin_class ? ` / ${escape(row.margin_class)}` : ""}</td>
				<td class="num">${score}</td>
				<td><span class="indicator-pill ${COLOURS[row.proposal]}">${__(row.proposal)}</span>${after}</td>
				<td class="kam-reason">${escape(row.reason || "")}
					${row.assessment ? `<div><a href="${frappe.utils.get_form_link("Key Account Assessment", row.assessment)}">${__("All criteria")}</a></div>` : ""}</td>
				<td class="kam-decide">${this.decision(row)}</td>
			</tr>`;
	}

	decision(row) {
		const escape = frappe.utils.escape_html;
		const decided = row.decision && row.decided_by;
		const shown = decided
			? `<b>${__(row.decision)}</b>${row.decision === "Override" ? `: ${__(row.decided_outcome)} ${__(row.decided_level || "")}` : ""}
				<div class="text-muted small">${escape(frappe.user.full_name(row.decided_by))}${row.decision_reason ? `: ${escape(row.decision_reason)}` : ""}</div>`
			: CHANGES.includes(row.proposal)
			? `<span class="text-muted">${__("not decided")}</span>`
			: "";
		if (!this.editable) return shown;
		const accept = CHANGES.includes(row.proposal)
			? `<button class="btn btn-xs btn-default" data-decide="Accept">${__("Accept")}</button>`
			: "";
		const reject = CHANGES.includes(row.proposal)
			? `<button class="btn btn-xs btn-default" data-decide="Reject">${__("Reject")}</button>`
			: "";
		return `${shown}<div class="mt-1">${accept}
			<button class="btn btn-xs btn-default" data-decide="Override">${__("Override")}</button> ${reject}</div>`;
	}

	pager() {
		const { total, page } = this.page;
		const { start } = this.state;
		const button = (cls, label, disabled) =>
			`<button class="btn btn-xs btn-default ${cls}" ${disabled ? "disabled" : ""}>${label}</button>`;
		return `
			<div class="kam-pager">
				<span>${total ? __("{0} to {1} of {2}", [start + 1, Math.min(start + page, total), total]) : ""}</span>
				<span>${button("kam-previous", __("Previous", null, "KAM"), start === 0)} ${button("kam-next", __("Next"), start + page >= total)}</span>
			</div>`;
	}

	bind() {
		const find = (selector) => this.wrapper.find(selector);
		find(".kam-show").on("change", (event) => this.reload({ show: event.target.value, proposal: null }));
		find(".kam-search").on(
			"change",
			frappe.utils.debounce((event) => this.reload({ search: event.target.value.trim() }), 200)
		);
		find(".kam-previous").on("click", () => this.reload({ start: Math.max(this.state.start - this.page.page, 0) }));
		find(".kam-next").on("click", () => this.reload({ start: this.state.start + this.page.page }));
		find(".kam-accept-all").on("click", () => this.accept_all());
		find("[data-decide]").on("click", (event) => {
			const name = $(event.currentTarget).closest("tr").data("name");
			this.decide(this.rows[name], event.currentTarget.dataset.decide);
		});
	}

	accept_all() {
		frappe.confirm(__("Accept all {0} proposals that are not decided yet?", [this.summary.undecided]), async () => {
			await this.post("accept_all", {});
			this.load();
		});
	}

	async decide(row, decision) {
		if (decision === "Accept") {
			await this.post("decide", { lines: [row.name], decision });
			return this.load();
		}
		const override = decision === "Override";
		const outcomes = row.key_account && row.status_before !== "Retired" ? ["Keep", "Promote", "Demote", "Retire"] : ["Add", "None"];
		const dialog = new frappe.ui.Dialog({
			title: override ? __("Override the proposal for {0}", [row.customer_name]) : __("Reject the proposal for {0}", [row.customer_name]),
			fields: [
				{
					fieldname: "outcome",
					fieldtype: "Select",
					label: __("Outcome"),
					options: outcomes.map((value) => ({ value, label: __(value) })),
					default: outcomes.includes(row.proposal) ? row.proposal : outcomes[0],
					reqd: override,
					hidden: !override,
				},
				{
					fieldname: "level",
					fieldtype: "Link",
					options: "Key Account Level",
					label: __("Level"),
					default: row.proposed_level || row.level,
					hidden: !override,
					depends_on: "eval:['Add','Promote','Demote'].includes(doc.outcome)",
				},
				{
					fieldname: "reason",
					fieldtype: "Small Text",
					label: __("Reason"),
					reqd: 1,
					description: override
						? __("Kept with the line and in the history of the account.")
						: __("Nothing changes for this line on approval."),
				},
			],
			primary_action_label: override ? __("Override") : __("Reject"),
			primary_action: async (values) => {
				await this.post("decide", { lines: [row.name], decision, ...values });
				dialog.hide();
				this.load();
			},
		});
		dialog.show();
	}

	post(method, args) {
		return frappe.call({
			method: `kam_erpnext.api.selection.${method}`,
			type: "POST",
			args: { selection: this.frm.doc.name, ...args },
			freeze: true,
		});
	}
}
