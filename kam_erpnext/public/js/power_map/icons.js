// signs of the toolbar, drawn here so that they are the same in every version of the desk

const PATHS = {
	add: "M19 8v6M22 11h-6M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2 21v-2a4 4 0 0 1 4-4h6a4 4 0 0 1 4 4v2",
	connect: "M6 18a3 3 0 1 0 0-.01M18 6a3 3 0 1 0 0-.01M8.2 15.8l7.6-7.6",
	arrange: "M9 3h6v5H9zM2 16h6v5H2zM16 16h6v5h-6zM12 8v4M5 16v-4h14v4",
	undo: "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
	redo: "M15 14l5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
	plus: "M12 5v14M5 12h14",
	minus: "M5 12h14",
	fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
	full: "M15 3h6v6M9 21H3v-6M21 3l-7 7M3 21l7-7",
	small: "M4 14h6v6M20 10h-6V4M14 10l7-7M3 21l7-7",
	find: "M11 19a8 8 0 1 0 0-16 8 8 0 0 0 0 16M21 21l-4.3-4.3",
	filter: "M3 5h18l-7 8v6l-4 2v-8z",
	export: "M12 3v12M7 10l5 5 5-5M4 19h16",
	help: "M9.1 9a3 3 0 0 1 5.8 1c0 2-3 3-3 3M12 17h.01",
	close: "M18 6L6 18M6 6l12 12",
	remove: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
	swap: "M7 7h13l-4-4M17 17H4l4 4",
	contacts: "M5 4h14v16H5zM3 8h3M3 12h3M3 16h3M12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4M9 16a3 3 0 0 1 6 0",
	lock: "M6 11h12v10H6zM8 11V7a4 4 0 0 1 8 0v4",
	down: "M6 9l6 6 6-6",
};

/** A sign as HTML. */
export const icon = (name, size = 16) =>
	`<svg class="kam-pm-icon" width="${size}" height="${size}" viewBox="0 0 24 24" aria-hidden="true"><path d="${PATHS[name]}"/></svg>`;
