import { icon } from "./icons";
import { COVERAGE, POWER, RELATIONSHIP, SUPPORT } from "./vocabulary";

const STORED = "kam_power_map_legend";

const sample = (content, width = 34, height = 20) =>
	`<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">${content}</svg>`;

/** What colours, signs and lines mean; folds away and remembers it. */
export class Legend {
	constructor(drawing) {
		this.drawing = drawing;
		this.element = drawing.root.querySelector(".kam-pm-legend");
		this.element.addEventListener("click", (event) => {
			if (!event.target.closest(".kam-pm-legend-head")) return;
			this.open = !this.is_open;
			this.save();
			this.refresh();
		});
	}

	save() {
		try {
			localStorage.setItem(STORED, this.open ? "1" : "0");
		} catch {
			// a browser that keeps nothing starts folded next time
		}
	}

	get is_open() {
		if (this.open !== undefined) return this.open;
		let stored = null;
		try {
			stored = localStorage.getItem(STORED);
		} catch {
			stored = null;
		}
		if (stored !== null) return stored === "1";
		return this.drawing.root.clientWidth > 1100;
	}

	refresh() {
		const { judged } = this.drawing.model;
		const { is_open } = this;
		const state = `${judged} ${is_open}`;
		if (this.shown === state) return;
		this.shown = state;
		this.element.innerHTML = `<button type="button" class="kam-pm-legend-head" aria-expanded="${is_open}">
			${icon("help", 14)}<span>${__("Legend")}</span></button>
			${is_open ? `<div class="kam-pm-legend-body">${this.body(judged)}</div>` : ""}`;
		this.element.classList.toggle("kam-pm-open", is_open);
	}

	body(judged) {
		const line = (picture, text) => `<li>${picture}<span>${text}</span></li>`;
		const group = (title, lines) => `<section><h6>${title}</h6><ul>${lines.join("")}</ul></section>`;
		const card = (name, more = "") =>
			sample(`<rect class="kam-pm-key ${name}" x="1" y="2" width="32" height="16" rx="4"/>${more}`);
		const groups = [];
		if (judged) {
			groups.push(
				group(__("Relationship"), [
					...RELATIONSHIP().map(([value, label, sign]) => line(this.dot(value, sign), label)),
					line(this.dot("Unknown", "?"), __("Unknown")),
				]),
				group(__("Decision power"), [
					...POWER().map(([value, label, sign]) => line(this.power(value, sign), label)),
					line(this.power("Unknown", "?"), __("Unknown")),
				]),
				group(__("Support", null, "KAM"), [
					...SUPPORT().map(([value, label, sign]) => line(this.support(value, sign), label)),
				])
			);
		}
		groups.push(
			group(__("Kind"), [
				line(card(""), __("Person")),
				line(card("kam-pm-key-dashed"), __("Placeholder, not yet known")),
				line(
					sample('<rect class="kam-pm-key" x="1" y="2" width="32" height="16" rx="8"/>'),
					__("Outside Person")
				),
				line(
					card(
						"kam-pm-key-square",
						'<rect class="kam-pm-key" x="3.5" y="4.5" width="27" height="11" rx="0"/>'
					),
					__("Outside Body")
				),
				line(
					sample('<path class="kam-pm-key" d="M6,2 H28 L33,7 V13 L28,18 H6 L1,13 V7 Z"/>'),
					__("Competitor")
				),
			]),
			group(__("Lines"), [
				line(sample('<path class="kam-pm-key-line" d="M2,4 H17 V16 H32"/>'), __("Reports to", null, "KAM")),
				...(judged
					? [
							line(
								sample(
									'<path class="kam-pm-key-influence" d="M2,13 Q17,1 28,9"/><path class="kam-pm-tip-influence" d="M25,4 L33,12 L23,12 Z"/>'
								),
								__("Influence, wider is stronger")
							),
							line(
								sample(
									'<path class="kam-pm-key-conflict" d="M2,10 L6,6 L11,14 L16,6 L21,14 L26,6 L32,10"/>'
								),
								__("Conflict")
							),
							line(
								sample('<path class="kam-pm-key-competitor" d="M2,10 H32"/>'),
								__("Competitor Contact")
							),
					  ]
					: []),
			]),
			group(__("Us"), [
				line(
					sample(
						'<circle class="kam-pm-key-owner" cx="17" cy="10" r="9"/><text class="kam-pm-key-owner-text" x="17" y="13">AB</text>'
					),
					__("Owner of the relationship")
				),
				...(judged
					? [
							line(
								this.coverage(),
								COVERAGE()
									.slice(1)
									.map(([, label]) => label)
									.join(", ")
							),
					  ]
					: []),
				line(
					sample('<text class="kam-pm-key-text" x="17" y="14">12 d</text>'),
					__("Days since the last contact")
				),
			])
		);
		return groups.join("");
	}

	dot(value, sign) {
		return sample(
			`<g class="kam-pm-sign" data-relationship="${value}"><circle cx="17" cy="10" r="8"/><text x="17" y="14">${sign}</text></g>`
		);
	}

	power(value, sign) {
		return sample(
			`<g class="kam-pm-power kam-pm-power-${value.toLowerCase()}"><rect x="7" y="0.5" width="19" height="19" rx="5"/><text x="16.5" y="14">${sign}</text></g>`
		);
	}

	support(value, sign) {
		const tone = value > 0 ? "for" : value < 0 ? "against" : "even";
		return sample(
			`<g class="kam-pm-support kam-pm-support-${tone}"><rect x="5" y="2" width="24" height="16" rx="8"/><text x="17" y="14">${sign}</text></g>`
		);
	}

	coverage() {
		const bars = [0, 1, 2]
			.map(
				(bar) =>
					`<rect class="kam-pm-on" x="${9 + bar * 6}" y="${13 - bar * 4}" width="4" height="${
						4 + bar * 4
					}" rx="1"/>`
			)
			.join("");
		return sample(`<g class="kam-pm-coverage">${bars}</g>`);
	}
}
