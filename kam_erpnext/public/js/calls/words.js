// words, days and signs of calls; everything returned is HTML unless said otherwise
import { escape } from "../account/format";

export { escape };

/** Shapes of 24 × 24, drawn with lines in the colour of the text. */
const ICONS = {
	Visit: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.500C5 14.8 12 21 12 21Zm0-9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
	Phone: "M6.5 3.5 9 3l2 5-2.2 1.600a12 12 0 0 0 5.6 5.600L16 13l5 2-.5 2.500A3 3 0 0 1 17.5 20 14 14 0 0 1 4 6.500a3 3 0 0 1 2.5-3Z",
	Video: "M3 7.500A1.5 1.5 0 0 1 4.5 6h9A1.5 1.5 0 0 1 15 7.500v9a1.5 1.5 0 0 1-1.5 1.500h-9A1.5 1.5 0 0 1 3 16.500Zm12 3 6-3.500v10l-6-3.5",
	"E-mail": "M3.5 6h17v12h-17Zm0 .5L12 13l8.5-6.5",
	"Joint Visit": "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 8c0-3.3 2.7-5.5 6-5.500s6 2.2 6 5.500m1-8a2.6 2.6 0 1 0-1.5-4.700M17 13.700c2.4.5 4 2.5 4 5.3",
	route: "M12 3 3 21l9-4 9 4Z",
	back: "M15 5l-7 7 7 7",
	next: "M9 5l7 7-7 7",
	plus: "M12 5v14M5 12h14",
	cross: "M6 6l12 12M18 6 6 18",
	check: "M5 12.5 10 17.5 19.5 7",
	reached: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm-4.5 9 3.2 3.200L16.5 9",
	progress: "M4 17 10 11l4 4 6.5-7.500M15 7h6v6",
	none: "M4 12h16",
	absent: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM6 18 18 6",
	draft: "M4 20l1-4L16.5 4.500a2 2 0 0 1 3 3L8 19Z",
	print: "M7 8V3h10v5M7 17H4V9.500A1.5 1.5 0 0 1 5.5 8h13A1.5 1.5 0 0 1 20 9.500V17h-3m-10-3h10v7H7Z",
};

export const icon = (name) =>
	`<svg class="kam-calls-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="${
		ICONS[name] || ICONS.Visit
	}"></path></svg>`;

export const OUTCOMES = [
	["Objective Reached", "reached"],
	["Progress", "progress"],
	["No Progress", "none"],
	["Not Met", "absent"],
];

export const KINDS = ["Competitor Move", "Price", "Trend", "Product or Technology", "Government Policy", "Event"];
export const INTERESTS = ["High", "Medium", "Low", "None"];
export const METHODS = ["Visit", "Phone", "Video", "E-mail", "Joint Visit"];
export const OPEN = ["Planned", "Prepared"];

const COLOURS = { Planned: "gray", Prepared: "blue", Made: "green", Missed: "red", Cancelled: "gray" };

export const status_pill = (status) =>
	`<span class="indicator-pill no-indicator-dot ${COLOURS[status] || "gray"}">${escape(__(status))}</span>`;

// ---------------------------------------------------------------- days; a day is text such as 2026-11-23

const date_of = (day) => new Date(`${String(day).slice(0, 10)}T00:00:00Z`);
const words_of = (day, options) => {
	try {
		return new Intl.DateTimeFormat((frappe.boot.lang || "en").replace("_", "-"), { timeZone: "UTC", ...options }).format(
			date_of(day)
		);
	} catch {
		return frappe.datetime.str_to_user(day);
	}
};

export const is_day = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text || "") && !Number.isNaN(date_of(text).getTime());

/** Plain text: Monday, 23 November. */
export const long_day = (day) => words_of(day, { weekday: "long", day: "numeric", month: "long" });
/** Plain text: Mon, 23 Nov; with the year when it is another one. */
export const short_day = (day, today) => {
	const year = today && day.slice(0, 4) !== today.slice(0, 4) ? { year: "numeric" } : {};
	return words_of(day, { weekday: "short", day: "numeric", month: "short", ...year });
};
export const weekday = (day) => words_of(day, { weekday: "narrow" });

/** Plain text: today, tomorrow, yesterday, or the day. */
export function near_day(day, today) {
	const far = days_between(today, day);
	if (far === 0) return __("Today");
	if (far === 1) return __("Tomorrow");
	if (far === -1) return __("Yesterday");
	return short_day(day, today);
}

export const add_days = (day, count) => {
	const date = date_of(day);
	date.setUTCDate(date.getUTCDate() + count);
	return date.toISOString().slice(0, 10);
};

/** A month later; the last day of the month when it is shorter. */
export const add_month = (day) => {
	const date = date_of(day);
	const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
	const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
	return new Date(Date.UTC(year, month, Math.min(date.getUTCDate(), last))).toISOString().slice(0, 10);
};

export const days_between = (first, second) => Math.round((date_of(second) - date_of(first)) / 86400000);

/** Plain text: how long ago a day was. */
export function ago(day, today) {
	const days = days_between(String(day).slice(0, 10), today);
	if (days < 0) return short_day(String(day).slice(0, 10), today);
	if (days === 0) return __("today");
	if (days === 1) return __("yesterday");
	if (days < 60) return __("{0} days ago", [days]);
	if (days < 730) return __("{0} months ago", [Math.round(days / 30.4)]);
	return __("{0} years ago", [Math.round(days / 365)]);
}

/** Plain text: 45 min, 1 h, 1 h 30. */
export function minutes(count) {
	const hours = __("{0} h", [Math.floor(count / 60)]);
	const words = count < 60 ? __("{0} min", [count]) : count % 60 ? `${hours} ${count % 60}` : hours;
	return words.replaceAll(" ", "\u00a0");
}

// ---------------------------------------------------------------- numbers to ring and ways to go

export const phone_link = (number) => `tel:${encodeURI(String(number).replace(/[^\d+*#,;]/g, ""))}`;

/** The map of the telephone; nothing is sent before somebody taps it. */
export function route_link(address) {
	const place = encodeURIComponent(address);
	if (/iPhone|iPad|Macintosh/.test(navigator.userAgent)) return `https://maps.apple.com/?q=${place}`;
	if (/Android/.test(navigator.userAgent)) return `geo:0,0?q=${place}`;
	return `https://www.openstreetmap.org/search?query=${place}`;
}

export const page_link = (...route) => frappe.router.make_url(["my-calls", ...route]);
