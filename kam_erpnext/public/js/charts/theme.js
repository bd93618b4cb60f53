// colours of the desk, in light and dark mode, and a palette that colour-blind readers can tell apart (Okabe and Ito)

const PALETTE = {
	light: ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9"],
	dark: ["#56b4e9", "#e69f00", "#2fbf94", "#f0e442", "#e19ac1", "#8ab6ff"],
};

const PRINT = {
	dark: false,
	text: "#171717",
	muted: "#525252",
	line: "#d4d4d4",
	background: "#ffffff",
	font: "sans-serif",
	colors: PALETTE.light,
};

/** Colours for paper. */
export const print_theme = () => PRINT;

/** Colours the desk has now around `element`. */
export function read_theme(element) {
	const probe = element.appendChild(document.createElement("span"));
	probe.hidden = true;
	const colour = (variable, fallback) => {
		probe.style.color = "";
		probe.style.color = `var(${variable}, ${fallback})`;
		return getComputedStyle(probe).color || fallback;
	};
	const background = colour("--card-bg", PRINT.background);
	const theme = {
		background,
		dark: luminance(background) < 0.5,
		text: colour("--text-color", PRINT.text),
		muted: colour("--text-muted", PRINT.muted),
		line: colour("--border-color", PRINT.line),
		font: getComputedStyle(element).fontFamily,
	};
	theme.colors = PALETTE[theme.dark ? "dark" : "light"];
	probe.remove();
	return theme;
}

function luminance(colour) {
	const [red, green, blue] = (colour.match(/[\d.]+/g) || [255, 255, 255]).map(Number);
	return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
}

/** The same colour, translucent. */
export function fade(colour, alpha) {
	const hex = colour.match(/^#(..)(..)(..)$/);
	const parts = hex
		? hex.slice(1).map((part) => parseInt(part, 16))
		: (colour.match(/[\d.]+/g) || []).map(Number);
	return `rgba(${parts.slice(0, 3).join(", ")}, ${alpha})`;
}
