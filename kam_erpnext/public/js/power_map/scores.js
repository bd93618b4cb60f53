import { about, badge, day, escape, link, moment_of, percent, UNKNOWN } from "../account/format";
import { figure } from "../account/figure";
import { panel } from "../account/panels";
import { make_action } from "./next_step";
import { render_trend } from "./trend";
import { count, is_known } from "./words";

/** Tab "Scores and Next Steps": the scores of the saved map, each explained, and what to do next. */
export function render_scores(wrapper, context) {
	wrapper.kam_scores ??= new Scores(wrapper);
	wrapper.kam_scores.show(context);
}

class Scores {
	constructor(wrapper) {
		this.wrapper = wrapper;
		wrapper.addEventListener("click", (event) => this.click(event));
	}

	show(context) {
		Object.assign(this, context);
		const { state, model } = this;
		if (this.watched !== model) {
			this.watched = model;
			model.on("change", () => this.watched === model && this.tell_unsaved());
		}
		this.wrapper.innerHTML = `<div class="kam-page kam-scores">${
			state.scores ? this.scores(state.scores) : this.no_scores()
		}</div>`;
		this.tell_unsaved();
		const trend = this.wrapper.querySelector(".kam-scores-trend");
		if (trend) render_trend(trend, state.trend || []);
	}

	/** Scores are read from the saved map. */
	tell_unsaved() {
		const note = this.wrapper.querySelector(".kam-scores-unsaved");
		if (note) note.hidden = !this.frm.is_dirty();
	}

	name_of(key) {
		return this.model.person(key)?.person_name || __("somebody no longer on the map");
	}

	// ------------------------------------------------------------ parts

	scores(scores) {
		return `
			<div class="kam-head"><span class="kam-scores-unsaved" hidden>${badge(
				__("The map has unsaved changes; the scores are those of the saved map."),
				"orange"
			)}</span><span class="text-muted small">${escape(__("As of"))} ${moment_of(scores.as_of, true)}</span></div>
			${this.tiles(scores)}
			${this.warnings(scores.warnings || [])}
			<div class="kam-panels">
				${this.rules(scores.rules)}
				${this.ladder(scores.status)}
				${this.roles(scores.roles)}
				${this.overdue(scores.contact)}
				${this.ours(scores.our_people)}
				${panel({
					title: __("Trend"),
					help: __("Scores as they were kept every night on which something had changed, and at least once a week."),
					body: '<div class="kam-scores-trend"></div>',
					wide: true,
				})}
			</div>`;
	}

	tiles({ coverage, support, roles, rules, status, threads, our_people }) {
		const answered = (part) =>
			is_known(part.answered)
				? escape(__("{0} % of the weight is known", [Math.round(share(part.answered))]))
				: "";
		const signed = (value) => `${value > 0 ? "+" : ""}${format_number(value, null, 2)}`;
		const tiles = [
			{
				label: __("Coverage"),
				value: percent(coverage.value, 0),
				note: answered(coverage),
				help: coverage.explanation,
			},
			{
				label: __("Support Index"),
				value: is_known(support.value) ? escape(signed(support.value)) : UNKNOWN,
				note: `${escape(__("from −2 to +2"))}${answered(support) ? `, ${answered(support)}` : ""}`,
				help: support.explanation,
				tone: is_known(support.value) && support.value < 0 ? "alert" : "",
			},
			{
				label: __("Buying Roles Filled"),
				value: percent(roles.value, 0),
				note: !is_known(roles.value)
					? escape(__("not known yet"))
					: roles.missing?.length
					? escape(__("missing: {0}", [roles.missing.map((role) => __(role, null, "Buying role")).join(", ")]))
					: escape(__("all that are required")),
				help: roles.explanation,
				tone: roles.missing?.length ? "warning" : "",
			},
			{
				label: __("Rule Score"),
				value: is_known(rules.score) ? `${format_number(rules.score, null, 1)} / 5` : UNKNOWN,
				note: answered(rules),
				help: rules.explanation,
			},
			{
				label: __("Status"),
				value: is_known(status.value) ? `${status.value} / 3` : UNKNOWN,
				note: escape(this.next_status(status)),
				help: status.explanation,
			},
			{
				label: __("In Contact / Our People"),
				value: `${known(threads.count)} / ${known(our_people.bus_factor)}`,
				note: escape(
					threads.single
						? __("depends on a single contact")
						: __("of {0} people on the map", [threads.people ?? UNKNOWN])
				),
				help: `${threads.explanation} ${our_people.explanation}`,
				tone: threads.single ? "alert" : our_people.bus_factor === 1 ? "warning" : "",
			},
		];
		return `<div class="kam-figures">${tiles.map(figure).join("")}</div>`;
	}

	next_status({ value, steps = [] }) {
		const next = steps.find((step) => !step.met);
		if (!is_known(value)) return __("not known yet");
		return next ? __("next: {0}", [next.step]) : __("top of the ladder");
	}

	warnings(warnings) {
		if (!warnings.length) return "";
		const items = warnings.map((warning) => {
			const { text, people = [] } = warning;
			return `<li><span aria-hidden="true">⚠</span> ${escape(text)}${this.people(people)}</li>`;
		});
		return `<ul class="kam-warnings" aria-label="${escape(__("Warnings"))}">${items.join("")}</ul>`;
	}

	rules({ rules = [] }) {
		const may_act = this.may_act();
		const order = { false: 0, null: 1, undefined: 1, true: 2 };
		const sorted = [...rules].sort((one, other) => order[one.met] - order[other.met]);
		const items = sorted.map((row) => {
			const [sign, word, tone] = verdict(row.met);
			const act =
				row.met === false && may_act
					? `<button type="button" class="btn btn-xs btn-default" data-do="act" data-rule="${escape(
							row.rule
					  )}">${escape(__("Make Action"))}</button>`
					: "";
			return `<li class="kam-rule kam-rule-${tone}">
				<span class="kam-rule-sign" aria-hidden="true">${sign}</span>
				<div><div class="kam-rule-head"><b>${escape(__(row.rule))}</b> <span class="kam-rule-word">${escape(
				word
			)}</span></div>
				<div class="text-muted small">${escape(row.why || "")}</div>
				${row.met === true ? "" : this.people(row.people)}
				${
					row.met === false && row.next_step
						? `<div class="kam-rule-step">${escape(__("Next step:"))} ${escape(row.next_step)} ${act}</div>`
						: ""
				}</div></li>`;
		});
		const met = rules.filter((row) => row.met === true).length;
		return panel({
			title: __("Rules"),
			help: __("What should be true of a good map. The rules and their weights are kept in the list Power Map Rule."),
			summary: rules.length ? escape(__("{0} of {1} met", [met, rules.length])) : "",
			body: items.length
				? `<ul class="kam-rules">${items.join("")}</ul>`
				: `<p class="kam-nothing">${escape(__("No rule is enabled."))}</p>`,
			wide: true,
		});
	}

	ladder({ value, steps = [] }) {
		if (!steps.length) return "";
		const items = steps.map((step) => {
			const [sign, word, tone] = verdict(step.met);
			return `<li class="kam-rule kam-rule-${tone}"><span class="kam-rule-sign" aria-hidden="true">${sign}</span>
				<div><b>${escape(step.step)}</b> <span class="kam-rule-word">${escape(word)}</span>
				<div class="text-muted small">${escape(step.why)}</div></div></li>`;
		});
		return panel({
			title: __("Status Ladder"),
			help: __("Every step asks for the steps before it."),
			summary: is_known(value) ? `${value} / 3` : UNKNOWN,
			body: `<ol class="kam-rules">${items.join("")}</ol>`,
		});
	}

	roles({ filled = [], missing = [] }) {
		const line = (sign, word, role, people = []) =>
			`<li><div class="kam-line"><span class="kam-line-main"><span aria-hidden="true">${sign}</span> ${escape(
				__(role, null, "Buying role")
			)}</span><span class="kam-line-side text-muted small">${escape(word)}</span></div>${this.people(people)}</li>`;
		if (!missing.length && !filled.length) return "";
		return panel({
			title: __("Buying Roles"),
			help: __("Roles that the enabled rules ask for; see the list Power Map Rule."),
			body: `<ul class="kam-list">${missing.map((role) => line("✕", __("nobody yet"), role)).join("")}${filled
				.map(({ role, people }) => line("✓", __("filled"), role, people))
				.join("")}</ul>`,
		});
	}

	overdue({ overdue = [], unknown = [] }) {
		const rows = [...overdue].sort((one, other) => other.index - one.index);
		const items = rows.map(
			({ person, days, rhythm }) => `<li><div class="kam-line"><span class="kam-line-main">${this.person(
				person
			)}</span><span class="kam-line-side">${escape(
				count(days, __("1 day"), __("{0} days"))
			)}</span></div><div class="kam-line-under">${escape(
				__("wanted every {0} days, overdue by {1}", [rhythm, days - rhythm])
			)}</div></li>`
		);
		const not_known = unknown.length
			? `<p class="text-muted small">${escape(
					count(unknown.length, __("Of 1 person no contact is recorded:"), __("Of {0} people no contact is recorded:"))
			  )} ${this.listed(unknown, 12)}</p>`
			: "";
		return panel({
			title: __("Overdue for Contact"),
			help: __(
				"Days since the last message, call or meeting with the person, against the rhythm wanted on the map or in KAM Settings."
			),
			count: rows.length,
			body:
				(items.length
					? `<ul class="kam-list">${items.slice(0, 12).join("")}</ul>${
							items.length > 12
								? `<p class="text-muted small">${escape(__("and {0} more", [items.length - 12]))}</p>`
								: ""
					  }`
					: `<p class="kam-nothing">${escape(__("Nobody is overdue."))}</p>`) + not_known,
		});
	}

	ours({ users = [], bus_factor, explanation }) {
		const items = users.map(
			({ user, full_name, people, share: part }) =>
				`<li><div class="kam-line"><span class="kam-line-main">${escape(
					full_name || user
				)}</span><span class="kam-line-side">${escape(
					count(people.length, __("1 person"), __("{0} people"))
				)}</span></div>${
					is_known(part)
						? `<div class="kam-line-under">${escape(
								__("{0} % of our contacts", [format_number(share(part), null, 0)])
						  )}</div>`
						: ""
				}</li>`
		);
		return panel({
			title: __("Our People"),
			help: explanation,
			count: is_known(bus_factor) ? bus_factor : null,
			body: items.length
				? `<ul class="kam-list">${items.join("")}</ul>`
				: `<p class="kam-nothing">${escape(__("None of us has an active relationship yet."))}</p>`,
		});
	}

	// ------------------------------------------------------------ without judgements

	no_scores() {
		const { structure } = this.state;
		const reason = this.model.judged
			? __("The scores cannot be told at the moment.")
			: __("Scores judge people. Your roles include the structure of the map, not the judgements.");
		return `<p class="kam-nothing">${escape(reason)}</p>${structure?.people ? this.structure(structure) : ""}`;
	}

	structure(structure) {
		const tiles = [
			[__("People"), structure.people],
			[__("Placeholders"), structure.placeholders],
			[__("Without Owner"), structure.without_owner],
			[__("Without Contact Record"), structure.without_contact],
		].map(([label, people]) => figure({ label, value: people.length }));
		const last = this.model
			.people()
			.filter((row) => row.contact)
			.map((row) => ({ key: row.person, on: this.last_contact(row.person) }))
			.sort((one, other) => (other.on || "").localeCompare(one.on || ""));
		const rows = last.map(
			({ key, on }) =>
				`<li><div class="kam-line"><span class="kam-line-main">${this.person(
					key
				)}</span><span class="kam-line-side">${on ? moment_of(on) : escape(__("none recorded"))}</span></div></li>`
		);
		return `<div class="kam-figures">${tiles.join("")}</div><div class="kam-panels">${panel({
			title: __("Last Contact"),
			body: rows.length
				? `<ul class="kam-list">${rows.join("")}</ul>`
				: `<p class="kam-nothing">${escape(__("Nobody on the map has a contact record."))}</p>`,
		})}</div>`;
	}

	last_contact(key) {
		return this.state.structure.last_contact[key] || null;
	}

	// ------------------------------------------------------------ people and actions

	person(key) {
		return `<button type="button" class="btn-link kam-person-link" data-do="show" data-person="${escape(
			key
		)}">${escape(this.name_of(key))}</button>`;
	}

	people(keys = []) {
		if (!keys?.length) return "";
		return `<div class="kam-rule-people">${this.listed(keys, 8)}</div>`;
	}

	/** Names of the first people; a comma stays with its name. */
	listed(keys, limit) {
		const shown = keys.slice(0, limit).map((key) => this.person(key));
		if (keys.length > limit) shown.push(escape(__("{0} more", [keys.length - limit])));
		const last = shown.length - 1;
		return shown
			.map((part, place) => `<span class="kam-listed">${part}${place < last ? "," : ""}</span>`)
			.join(" ");
	}

	may_act() {
		return this.frm.doc.is_current && frappe.model.can_create("Key Account Action");
	}

	click({ target }) {
		const button = target.closest("[data-do]");
		if (!button) return;
		if (button.dataset.do === "show") this.show_person(button.dataset.person);
		if (button.dataset.do === "act") {
			const rule = this.state.scores.rules.rules.find((row) => row.rule === button.dataset.rule);
			make_action(this, rule);
		}
	}

	/** Opens the drawing with the person chosen. */
	show_person(key) {
		this.frm.get_field("drawing").tab?.set_active();
		this.drawing?.select(key, { focus: true });
		this.drawing?.reveal(key, { closer: true });
	}
}

const known = (value) => (is_known(value) ? escape(value) : UNKNOWN);

const share = (value) => value * 100;

/** Sign, word and tone of a rule. */
function verdict(met) {
	if (met === true) return ["✓", __("met"), "met"];
	if (met === false) return ["✕", __("not met"), "unmet"];
	return ["?", __("not known"), "unknown"];
}
