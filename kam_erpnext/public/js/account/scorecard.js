import { about, badge, day, escape, UNKNOWN } from "./format";
import { line, list, panel } from "./panels";

const TREND = { width: 320, height: 92, left: 22, right: 30, top: 8, bottom: 16 };
const MOVEMENTS = { Up: ["▲", "up", __("up")], Down: ["▼", "down", __("down")], Same: ["=", "same", __("steady")] };
const known = (value) => value !== null && value !== undefined;
const points = (value) => (known(value) ? String(Math.round(value)) : UNKNOWN);

/** Place of the panel, filled when its figures have been read. */
export const scorecard_place = () => `<div class="kam-panels kam-scorecard-place" aria-live="polite"></div>`;

/** Health, freshness and completeness side by side, what pulls the health down, its trend, and the alarms. */
export function scorecard(part) {
	if (!part.known) return "";
	return panel({
		title: __("Scorecard"),
		help: __(
			"Health is read from documents of {0} only: what was bought, paid, complained of, and who was met. Freshness says how recently what we know was confirmed, completeness how much is filled in. They are never mixed.",
			[part.company]
		),
		summary: `<button type="button" class="btn btn-xs btn-default kam-open-scorecard">${escape(
			__("Show Every Point")
		)}</button>`,
		body: `
			<div class="kam-scorecard">
				<div class="kam-scorecard-numbers">
					${health(part)}
					${number(__("Freshness"), part.freshness, part.freshness_parts)}
					${number(__("Completeness"), part.completeness, part.completeness_parts)}
				</div>
				<div>
					<h6>${escape(__("Perspectives"))}</h6>
					${part.perspectives.map(perspective(part.bands)).join("")}
				</div>
				<div>
					<h6>${escape(__("Health over Time"))}</h6>
					${trend(part)}
				</div>
			</div>
			<div class="kam-scorecard-below">
				<div>
					<h6>${escape(__("Alarms"))}</h6>
					${alarms(part.alarms)}
				</div>
				<div>
					<h6>${escape(__("Where Health Could Gain Most"))}</h6>
					${gains(part)}
				</div>
			</div>`,
		wide: true,
	});
}

function health(part) {
	const { health: value, band, before, movement } = part;
	const [arrow, tone, word] = MOVEMENTS[movement] || [];
	const then = before
		? `<span class="kam-movement kam-movement-${tone}"><span aria-hidden="true">${arrow}</span> ${escape(word)}</span>
			<span class="text-muted small">${escape(
				__("from {0} on {1}", [points(before.health), frappe.datetime.str_to_user(before.on)])
			)}</span>`
		: "";
	return `
		<div class="kam-scorecard-number">
			<div class="kam-scorecard-label">${escape(__("Health"))}</div>
			<div class="kam-scorecard-value">${points(value)} ${
		band ? kam.reports.health_band(__(band), band) : `<span class="text-muted small">${escape(__("not known"))}</span>`
	}</div>
			${meter(value, tone_of(value, part.bands))}
			<div>${then}</div>
		</div>`;
}

function number(label, value, parts) {
	const told = parts.map((one) => `${one.label} ${points(one.value)}: ${one.text}`).join("\n");
	return `
		<div class="kam-scorecard-number">
			<div class="kam-scorecard-label">${escape(label)}${about(told)}</div>
			<div class="kam-scorecard-value">${points(value)}</div>
			${meter(value, "same")}
		</div>`;
}

const tone_of = (value, bands) =>
	!known(value) ? "same" : value <= bands[0].upper ? "down" : value <= bands[1].upper ? "near" : "up";

const meter = (value, tone) =>
	`<div class="kam-meter kam-meter-${tone}" style="--kam-share: ${known(value) ? value : 0}%" aria-hidden="true"></div>`;

const perspective = (bands) => ({ name, value, answered }) => `
	<div class="kam-scorecard-line" title="${escape(__("{0} % of the weight is known", [Math.round(answered)]))}">
		<span>${escape(__(name))}</span>
		<div class="kam-progress kam-tone-${tone_of(value, bands)}" aria-hidden="true"><div style="width: ${known(value) ? value : 0}%"></div></div>
		<span class="num">${points(value)}</span>
	</div>`;

/** A line of the health on the grounds of its bands, with the first and the last value written out. */
function trend({ trend: shots, bands }) {
	const drawn = shots.filter(({ health }) => known(health));
	if (drawn.length < 2)
		return `<p class="kam-nothing">${escape(__("A line appears as soon as snapshots of two days are there: one is taken every night."))}</p>`;
	const { width, height, left, right, top, bottom } = TREND;
	const time = ({ on }) => new Date(on).getTime();
	const [first, last] = [drawn[0], drawn[drawn.length - 1]];
	const span = time(last) - time(first) || 1;
	const x = (shot) => left + ((time(shot) - time(first)) / span) * (width - left - right);
	const y = (value) => top + (1 - value / 100) * (height - top - bottom);
	let lower = 0;
	const grounds = bands.map(({ name, upper }, place) => {
		const rect = `<rect class="kam-ground-${place}" x="${left}" y="${y(upper).toFixed(1)}" width="${
			width - left - right
		}" height="${(y(lower) - y(upper)).toFixed(1)}"><title>${escape(__(name))}</title></rect>`;
		lower = upper;
		return rect;
	});
	const marks = bands.slice(0, 2).map(
		({ upper }) => `<text x="${left - 4}" y="${(y(upper) + 3).toFixed(1)}" text-anchor="end">${Math.round(upper)}</text>`
	);
	const dots = drawn.map(
		(shot) =>
			`<circle cx="${x(shot).toFixed(1)}" cy="${y(shot.health).toFixed(1)}" r="2.5"><title>${day(shot.on)}: ${points(
				shot.health
			)}</title></circle>`
	);
	const path = drawn.map((shot, place) => `${place ? "L" : "M"}${x(shot).toFixed(1)} ${y(shot.health).toFixed(1)}`);
	const spoken = __("Health from {0} on {1} to {2} today", [
		points(first.health),
		frappe.datetime.str_to_user(first.on),
		points(last.health),
	]);
	return `
		<svg class="kam-health-trend" role="img" aria-label="${escape(spoken)}" viewBox="0 0 ${width} ${height}">
			${grounds.join("")}${marks.join("")}
			<path d="${path.join("")}"></path>${dots.join("")}
			<text x="${left}" y="${height - 3}">${moment(first.on).format("MMM YY")}</text>
			<text x="${width - right}" y="${height - 3}" text-anchor="end">${escape(__("today"))}</text>
			<text class="kam-health-now" x="${width - right + 6}" y="${(y(last.health) + 4).toFixed(1)}">${points(
		last.health
	)}</text>
		</svg>`;
}

function alarms(found) {
	if (!found.length) return `<p class="kam-nothing">${escape(__("No alarm: no rule finds anything unusual."))}</p>`;
	return list(found.map(alarm));
}

function alarm(row, place) {
	const open = row.status === "Open";
	const buttons = row.may_silence
		? open
			? `${button("mute", place, __("Mute"))} ${button("close", place, __("Close"))}`
			: button("unmute", place, __("Sound Again"))
		: "";
	const muted = open
		? ""
		: escape(
				__("Muted until {0} by {1}: {2}", [
					frappe.datetime.str_to_user(row.muted_until),
					row.silenced_by || UNKNOWN,
					row.mute_reason || "",
				])
		  );
	const documents = row.drill && kam.reports.may_follow(row.drill) ? kam.reports.route_link(row.drill.label, row.drill) : "";
	return line(
		`${open ? kam.alarms.severity(row.severity) : badge(__("muted"))} ${escape(row.text)}`,
		"",
		`<div class="kam-alarm-under"><span>${[
			escape(__("since {0}", [frappe.datetime.str_to_user(row.since)])),
			documents,
			muted,
		]
			.filter(Boolean)
			.join(" · ")}</span><span class="kam-alarm-buttons">${buttons}</span></div>`
	);
}

const button = (action, place, label) =>
	`<button type="button" class="btn btn-xs btn-default kam-alarm" data-action="${action}" data-alarm="${place}">${escape(
		label
	)}</button>`;

function gains({ gaps, deductions }) {
	const rows = [
		...deductions.map((row) => line(escape(row.text), badge(__("−{0} points", [Math.round(row.points)]), "red"))),
		...gaps.map((row) =>
			line(
				kam.reports.route_link(row.label, row.route),
				`<span title="${escape(__("Points the health could gain"))}">+${Math.round(row.points)}</span>`,
				escape(row.text)
			)
		),
	];
	return rows.length ? list(rows) : `<p class="kam-nothing">${escape(__("Nothing known pulls it down."))}</p>`;
}
