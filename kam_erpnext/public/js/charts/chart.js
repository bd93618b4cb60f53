import { echarts } from "./echarts";
import { print_theme, read_theme } from "./theme";

const PRINT_WIDTH = 1000;
const NARROW = 600;
// room for title and note on paper
const ABOVE = 40;
const LINE = 15;
const LINE_LENGTH = 165;

/** A grid below the title and above the note; one of several that has a height keeps it. */
const placed_on_paper = (grid, below) => ({
	...grid,
	top: grid.top + ABOVE,
	...(grid.bottom === undefined ? {} : { bottom: grid.bottom + below }),
});

/**
 * One chart on the page.
 *
 * `build(data, theme, {width, narrow})` returns `{option, height, description, points}`: the option of the library, its
 * height, a text for screen readers, and the marks in reading order as `{seriesIndex, dataIndex, text, mark}`. A chart
 * whose marks can be dragged also returns `grab(view, chart)`, which listens and returns how to stop.
 */
export class KamChart {
	constructor(element, build, data, options) {
		Object.assign(this, { element, build, data, options, position: -1 });
		this.make();
		this.watch();
		this.render();
	}

	make() {
		this.root = document.createElement("div");
		this.root.className = "kam-chart";
		this.toolbar = this.root.appendChild(document.createElement("div"));
		this.toolbar.className = "kam-chart-toolbar";
		this.add_button(__("Save as PNG"), () => this.save());
		this.add_button(__("Print Chart"), () => this.print());
		this.canvas = this.root.appendChild(document.createElement("div"));
		this.canvas.className = "kam-chart-canvas";
		this.canvas.tabIndex = 0;
		this.canvas.setAttribute("role", "img");
		this.spoken = this.root.appendChild(document.createElement("div"));
		this.spoken.className = "sr-only";
		this.spoken.setAttribute("aria-live", "polite");
		this.element.append(this.root);
	}

	add_button(label, action) {
		const button = this.toolbar.appendChild(document.createElement("button"));
		button.type = "button";
		button.className = "btn btn-default btn-xs";
		button.textContent = label;
		button.addEventListener("click", action);
	}

	// ------------------------------------------------------------ life

	watch() {
		this.sizes = new ResizeObserver(() => this.resize());
		this.sizes.observe(this.root);
		this.mode = new MutationObserver(() => this.render());
		this.mode.observe(document.documentElement, {
			attributes: true,
			attributeFilter: ["data-theme", "data-theme-mode"],
		});
		// who empties the element around a chart ends it
		this.presence = new MutationObserver(() => this.root.isConnected || this.destroy());
		this.presence.observe(this.element, { childList: true });
		// pages of the desk stay in the document when the user leaves them
		this.page = this.element.closest(".page-container");
		this.leave = () => this.release();
		this.enter = () => this.root.isConnected && this.render();
		if (this.page) $(this.page).on("hide", this.leave).on("show", this.enter);
		this.canvas.addEventListener("keydown", (event) => this.on_key(event));
	}

	/** Gives the memory of the drawing back; `render` draws it again. */
	release() {
		this.release_marks?.();
		this.release_marks = null;
		this.view?.dispose();
		this.view = null;
	}

	destroy() {
		this.release();
		this.sizes.disconnect();
		this.mode.disconnect();
		this.presence.disconnect();
		if (this.page) $(this.page).off("hide", this.leave).off("show", this.enter);
		this.root.remove();
	}

	resize() {
		const width = this.root.clientWidth;
		if (!width || width === this.width) return;
		this.render();
	}

	render() {
		const width = this.root.clientWidth;
		if (!width) return;
		this.width = width;
		const drawn = this.build(this.data, read_theme(this.root), { width, narrow: width < NARROW });
		this.points = drawn.points;
		this.position = Math.min(this.position, this.points.length - 1);
		this.canvas.style.height = `${drawn.height}px`;
		if (!this.view) {
			this.view = echarts.init(this.canvas);
			this.view.on("click", ({ seriesIndex, dataIndex }) =>
				this.open(this.find(seriesIndex, dataIndex))
			);
		}
		this.view.resize();
		this.view.setOption(this.with_label(drawn), { notMerge: true });
		this.release_marks?.();
		this.release_marks = drawn.grab?.(this.view, this);
	}

	with_label({ option, description }) {
		const text = `${description} ${__("Use the arrow keys to read the marks one by one.")}`;
		return { ...option, aria: { enabled: true, label: { enabled: true, description: text } } };
	}

	// ------------------------------------------------------------ reading

	find(seriesIndex, dataIndex) {
		return this.points.find(
			(point) => point.seriesIndex === seriesIndex && point.dataIndex === dataIndex
		);
	}

	open(point) {
		if (this.dragged) return;
		if (point?.mark && this.options.open) this.options.open(point.mark);
	}

	on_key(event) {
		const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
		if (event.key === "Enter") return this.open(this.points[this.position]);
		if (event.key === "Escape") return this.view?.dispatchAction({ type: "hideTip" });
		if (!(event.key in steps) || !this.points.length) return;
		event.preventDefault();
		this.position = (this.position + steps[event.key] + this.points.length) % this.points.length;
		const { seriesIndex, dataIndex, text } = this.points[this.position];
		this.view.dispatchAction({ type: "downplay" });
		this.view.dispatchAction({ type: "highlight", seriesIndex, dataIndex });
		this.view.dispatchAction({ type: "showTip", seriesIndex, dataIndex });
		this.spoken.textContent = text;
	}

	// ------------------------------------------------------------ paper

	/** The chart in the colours of paper, with its title and what the figures mean, as the address of a PNG. */
	image() {
		const holder = document.body.appendChild(document.createElement("div"));
		holder.className = "kam-chart-paper";
		const theme = print_theme();
		const { option, height } = this.build(this.data, theme, { width: PRINT_WIDTH, narrow: false });
		const { title, note = "" } = this.options;
		const below = note ? 16 + LINE * Math.ceil(note.length / LINE_LENGTH) : 0;
		holder.style.width = `${PRINT_WIDTH}px`;
		holder.style.height = `${height + ABOVE + below}px`;
		const view = echarts.init(holder);
		view.setOption({
			...option,
			animation: false,
			title: [
				{ text: title, left: "center", top: 8, textStyle: { color: theme.text, fontSize: 16 } },
				{
					text: note,
					left: 8,
					bottom: 6,
					textStyle: {
						color: theme.muted,
						fontSize: 11,
						fontWeight: "normal",
						lineHeight: LINE,
						width: PRINT_WIDTH - 24,
						overflow: "break",
					},
				},
			],
			grid: Array.isArray(option.grid)
				? option.grid.map((grid) => placed_on_paper(grid, below))
				: placed_on_paper(option.grid, below),
			legend: { ...option.legend, top: ABOVE, left: 8 },
		});
		const address = view.getDataURL({
			type: "png",
			pixelRatio: 2,
			backgroundColor: theme.background,
		});
		view.dispose();
		holder.remove();
		return address;
	}

	save() {
		const link = document.createElement("a");
		link.href = this.image();
		link.download = `${this.options.title || this.data.kind}.png`;
		link.click();
	}

	print() {
		const frame = document.body.appendChild(document.createElement("iframe"));
		frame.className = "kam-chart-paper";
		const page = frame.contentDocument;
		page.title = this.options.title || "";
		const image = page.body.appendChild(page.createElement("img"));
		image.style.width = "100%";
		image.onload = () => {
			frame.contentWindow.addEventListener("afterprint", () => frame.remove());
			frame.contentWindow.print();
		};
		image.src = this.image();
	}
}
