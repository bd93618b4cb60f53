import { cell_look, escape, lines_of, meter, percent, short } from "./looks";

const ROW = 38;
// columns take what room there is between these
const NARROW = 98;
const WIDE = 150;
const HEAD = 104;
// rows and columns drawn beyond the edges; half of them are left when more are drawn
const SPARE = 4;
const NOTHING = {};

/**
 * The table: only what is in sight is in the document, so that 300 by 60 scroll as smoothly as 10 by 5.
 *
 * Heads stick to the edges; arrows move, Enter opens. `on.open(row, column)` is called with null for a head.
 */
export class Grid {
	constructor(root, on) {
		this.root = root;
		this.on = on;
		this.view = "state";
		this.chosen = { row: null, column: null };
		root.innerHTML = `<div class="kam-ws-scroll" role="grid" tabindex="0" aria-label="${escape(
			__("Whitespace")
		)}"><div class="kam-ws-head" role="row" aria-rowindex="1"></div><div class="kam-ws-rows" role="rowgroup"><div class="kam-ws-sides" role="presentation"></div></div></div>`;
		this.scroller = root.firstElementChild;
		this.head = this.scroller.querySelector(".kam-ws-head");
		this.body = this.scroller.querySelector(".kam-ws-rows");
		// one column that sticks is far cheaper for the browser than one head per row
		this.sides = this.scroller.querySelector(".kam-ws-sides");
		this.tip = document.createElement("div");
		this.tip.className = "kam-ws-tip";
		this.tip.hidden = true;
		root.append(this.tip);
		this.scroller.addEventListener("scroll", () => this.later(), { passive: true });
		this.scroller.addEventListener("click", (event) => this.clicked(event));
		this.scroller.addEventListener("keydown", (event) => this.pressed(event));
		this.scroller.addEventListener("mouseover", (event) => this.hovered(event));
		this.scroller.addEventListener("mouseleave", () => (this.tip.hidden = true));
		this.observer = new ResizeObserver(() => this.draw(true));
		this.observer.observe(this.scroller);
	}

	get side() {
		return this.scroller.clientWidth < 620 ? 150 : 264;
	}

	get column() {
		const room = this.scroller.clientWidth - this.side;
		const count = this.model?.column_order.length || 1;
		return Math.max(NARROW, Math.min(WIDE, Math.floor(room / count)));
	}

	set(model) {
		this.model = model;
		this.scroller.setAttribute("aria-rowcount", model.rows.length + 1);
		this.scroller.setAttribute("aria-colcount", model.columns.length + 1);
		this.draw(true);
	}

	later() {
		this.tip.hidden = true;
		if (this.waiting) return;
		this.waiting = requestAnimationFrame(() => {
			this.waiting = null;
			this.draw();
		});
	}

	/** Draws what is in sight, unless it stands there already. */
	draw(anew = false) {
		if (!this.model) return;
		const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.scroller;
		const { row_order: rows, column_order: columns } = this.model;
		const { side } = this;
		const column = anew || !this.column_width ? this.column : this.column_width;
		const seen = {
			top: Math.max(0, Math.floor(scrollTop / ROW)),
			bottom: Math.min(rows.length, Math.ceil((scrollTop + clientHeight - HEAD) / ROW)),
			left: Math.max(0, Math.floor(scrollLeft / column)),
			right: Math.min(columns.length, Math.ceil((scrollLeft + clientWidth - side) / column)),
		};
		const { drawn: before } = this;
		const near = (value, edge) => Math.abs(value - edge) * 2 < SPARE;
		if (
			!anew &&
			before &&
			(before.top === 0 || !near(seen.top, before.top)) &&
			(before.bottom === rows.length || !near(seen.bottom, before.bottom)) &&
			(before.left === 0 || !near(seen.left, before.left)) &&
			(before.right === columns.length || !near(seen.right, before.right)) &&
			seen.top >= before.top &&
			seen.bottom <= before.bottom &&
			seen.left >= before.left &&
			seen.right <= before.right
		)
			return;
		this.drawn = {
			top: Math.max(0, seen.top - SPARE),
			bottom: Math.min(rows.length, seen.bottom + SPARE),
			left: Math.max(0, seen.left - SPARE),
			right: Math.min(columns.length, seen.right + SPARE),
		};
		const { drawn } = this;
		const apart = !before || drawn.left >= before.right || drawn.right <= before.left;
		if (anew || apart) {
			this.side_width = side;
			this.column_width = column;
			this.scroller.style.setProperty("--ws-column", `${column}px`);
			const width = side + columns.length * column;
			this.head.style.cssText = `width:${width}px;height:${HEAD}px`;
			this.body.style.cssText = `width:${width}px;height:${rows.length * ROW}px`;
			this.sides.style.width = `${side}px`;
		}
		const sideways = anew || apart || drawn.left !== before.left || drawn.right !== before.right;
		if (sideways) this.draw_head();
		if (sideways && !anew && !apart) this.move_columns(before);
		this.draw_rows(anew || apart);
	}

	/** Rows that stand keep the cells that stay in sight; others come and go at their ends. */
	move_columns(before) {
		const { drawn, model } = this;
		for (const [at, [element]] of this.standing) {
			const place = model.row_order[at];
			const cells = (from, to) => {
				let html = "";
				for (let x = from; x < to; x++) html += this.cell(place, model.column_order[x], x);
				return html;
			};
			for (let x = before.left; x < drawn.left; x++) element.firstElementChild.remove();
			for (let x = drawn.right; x < before.right; x++) element.lastElementChild.remove();
			if (drawn.left < before.left) element.insertAdjacentHTML("afterbegin", cells(drawn.left, before.left));
			if (drawn.right > before.right) element.insertAdjacentHTML("beforeend", cells(before.right, drawn.right));
		}
	}

	draw_head() {
		const { model, drawn, chosen, side_width, column_width } = this;
		const parts = [this.corner()];
		for (let at = drawn.left; at < drawn.right; at++) {
			const place = model.column_order[at];
			const column = model.columns[place];
			const total = this.total_of(column);
			parts.push(
				`<div class="kam-ws-column ${chosen.column === place ? "kam-ws-chosen" : ""}" role="columnheader"
					aria-colindex="${at + 2}" data-column="${place}" style="left:${side_width + at * column_width}px;width:${column_width}px"
					title="${escape([column.parent, column.label].filter(Boolean).join(" › "))}"><small>${escape(
					column.parent
				)}</small><strong>${escape(column.label)}</strong><span>${total}</span>${meter(column.penetration)}</div>`
			);
		}
		this.head.innerHTML = parts.join("");
	}

	corner() {
		const { model } = this;
		const count = __("{0} × {1}", [
			format_number(model.row_order.length, null, 0),
			format_number(model.columns.length, null, 0),
		]);
		return `<div class="kam-ws-corner" style="width:${this.side_width}px"><div><strong>${escape(
			__(model.kind)
		)}</strong><small>${escape(count)}</small></div><div class="kam-ws-corner-total"><span>${this.total_of(
			model.total
		)}</span>${meter(model.total.penetration)}</div></div>`;
	}

	/** What a head adds up to in this view. */
	total_of(place) {
		if (this.view === "state") return short(place.net_sales);
		if (this.view === "priority") return short(place.priority);
		if (place.gap == null && place.peer_gap == null) return short(null);
		const guess = place.peer_gap > 0 ? `<em>~${short(place.peer_gap)}</em>` : "";
		return `${place.gap == null ? "" : short(place.gap)}${guess}` || "0";
	}

	/** Rows that stay in sight are left as they are. */
	draw_rows(anew) {
		const { drawn, standing } = this;
		if (anew) {
			this.standing = new Map();
			this.sides.replaceChildren();
			this.body.replaceChildren(this.sides);
		} else
			for (const [at, elements] of standing)
				if (at < drawn.top || at >= drawn.bottom) {
					for (const element of elements) element.remove();
					standing.delete(at);
				}
		const rows = [];
		const heads = [];
		const places = [];
		for (let at = drawn.top; at < drawn.bottom; at++)
			if (!this.standing.has(at)) {
				rows.push(this.row(at));
				heads.push(this.row_head(at));
				places.push(at);
			}
		if (places.length) {
			this.body.insertAdjacentHTML("beforeend", rows.join(""));
			this.sides.insertAdjacentHTML("beforeend", heads.join(""));
			let row = this.body.lastElementChild;
			let head = this.sides.lastElementChild;
			for (const at of places.reverse()) {
				this.standing.set(at, [row, head]);
				row = row.previousElementSibling;
				head = head.previousElementSibling;
			}
		}
		this.tell_active();
	}

	row(at) {
		const { model, drawn } = this;
		const place = model.row_order[at];
		const cells = [];
		for (let x = drawn.left; x < drawn.right; x++) cells.push(this.cell(place, model.column_order[x], x));
		return `<div class="kam-ws-row" role="row" aria-rowindex="${at + 2}" style="top:${
			at * ROW
		}px;height:${ROW}px">${cells.join("")}</div>`;
	}

	row_head(at) {
		const { model } = this;
		const place = model.row_order[at];
		const row = model.rows[place];
		return `<div class="kam-ws-side ${this.chosen.row === place ? "kam-ws-chosen" : ""}" role="row" aria-rowindex="${at + 2}"
			data-row="${place}" style="top:${at * ROW}px;height:${ROW}px" title="${escape(
			row.label
		)}"><div role="rowheader"><strong>${escape(
			row.label
		)}</strong><small>${escape(row.sub || "")}</small></div><div class="kam-ws-side-total" role="gridcell"><span>${this.total_of(
			row
		)}</span>${meter(row.penetration)}</div></div>`;
	}

	/** The cell with the cursor is the one that is read aloud. */
	tell_active() {
		const { row, column } = this.chosen;
		const active = row != null && column != null && document.getElementById(`kam-ws-${row}-${column}`);
		if (!active) {
			this.scroller.removeAttribute("aria-activedescendant");
			return;
		}
		const { model } = this;
		const lines = lines_of(model.cell(row, column), model.currency).map((line) => line.join(" "));
		active.setAttribute(
			"aria-label",
			`${model.rows[row].label}, ${model.columns[column].label}: ${lines.join(", ")}`
		);
		this.scroller.setAttribute("aria-activedescendant", active.id);
	}

	cell(row, column, x) {
		const { model, chosen, view } = this;
		const cell = model.cell(row, column);
		// what a cell looks like is found out once
		const looks = cell ? (cell.looks ??= {}) : NOTHING;
		const [look, text] = (looks[view] ??= cell_look(cell, view, model));
		const dim = this.only?.size && !this.only.has(cell?.state || "Unknown") ? " kam-ws-dim" : "";
		const active = chosen.row === row && chosen.column === column ? " kam-ws-active" : "";
		return `<div class="kam-ws-cell ${look}${dim}${active}" role="gridcell" id="kam-ws-${row}-${column}" aria-colindex="${
			x + 2
		}" data-row="${row}" data-column="${column}" style="left:${
			this.side_width + x * this.column_width
		}px">${text}</div>`;
	}

	// ------------------------------------------------------------ what the reader does

	place_of(element) {
		const found = element.closest?.("[data-row], [data-column]");
		if (!found || !this.scroller.contains(found)) return null;
		const { row, column } = found.dataset;
		return { row: row == null ? null : Number(row), column: column == null ? null : Number(column), found };
	}

	clicked(event) {
		const place = this.place_of(event.target);
		if (!place) return;
		this.tip.hidden = true;
		this.choose(place.row, place.column);
		this.on.open(place.row, place.column);
	}

	choose(row, column) {
		this.chosen = { row, column };
		this.draw(true);
	}

	pressed(event) {
		const { model, chosen } = this;
		const rows = model.row_order;
		const columns = model.column_order;
		if (!rows.length || !columns.length) return;
		const at = { y: Math.max(0, rows.indexOf(chosen.row)), x: Math.max(0, columns.indexOf(chosen.column)) };
		const page = Math.max(1, Math.floor((this.scroller.clientHeight - HEAD) / ROW) - 1);
		const moves = {
			ArrowDown: [0, 1],
			ArrowUp: [0, -1],
			ArrowLeft: [-1, 0],
			ArrowRight: [1, 0],
			PageDown: [0, page],
			PageUp: [0, -page],
			Home: [-columns.length, 0],
			End: [columns.length, 0],
		};
		if (event.key === "Enter" && chosen.row != null) {
			event.preventDefault();
			return this.on.open(chosen.row, chosen.column, { focus: true });
		}
		if (event.key === "Escape") return this.on.close();
		const move = moves[event.key];
		if (!move) return undefined;
		event.preventDefault();
		const begun = chosen.row != null && chosen.column != null;
		const y = Math.min(rows.length - 1, Math.max(0, at.y + (begun ? move[1] : 0)));
		const x = Math.min(columns.length - 1, Math.max(0, at.x + (begun ? move[0] : 0)));
		this.choose(rows[y], columns[x]);
		this.reveal(y, x);
		return this.on.move(rows[y], columns[x]);
	}

	/** Scrolls so that a place is in sight. */
	reveal(y, x) {
		const { scroller, side, column } = this;
		const top = y * ROW;
		const left = x * column;
		const height = scroller.clientHeight - HEAD - ROW;
		const width = scroller.clientWidth - side - column;
		if (top < scroller.scrollTop) scroller.scrollTop = top;
		else if (top > scroller.scrollTop + height) scroller.scrollTop = top - height;
		if (left < scroller.scrollLeft) scroller.scrollLeft = left;
		else if (left > scroller.scrollLeft + width) scroller.scrollLeft = left - width;
	}

	go_to(row, column) {
		const y = this.model.row_order.indexOf(row);
		const x = this.model.column_order.indexOf(column);
		this.choose(row, column);
		if (y >= 0 && x >= 0) this.reveal(y, x);
	}

	hovered(event) {
		const place = this.place_of(event.target);
		const opened = place?.row === this.chosen.row && place?.column === this.chosen.column && this.on.is_open();
		if (!place || place.row == null || place.column == null || opened) {
			this.tip.hidden = true;
			return;
		}
		const { model } = this;
		const lines = lines_of(model.cell(place.row, place.column), model.currency);
		this.tip.innerHTML = `<b>${escape(model.rows[place.row].label)} · ${escape(
			model.columns[place.column].label
		)}</b><table>${lines
			.map(([label, value]) => `<tr><td>${escape(label)}</td><td>${escape(value)}</td></tr>`)
			.join("")}</table>`;
		this.tip.hidden = false;
		const cell = place.found.getBoundingClientRect();
		const frame = this.root.getBoundingClientRect();
		const { offsetWidth: width, offsetHeight: height } = this.tip;
		const left = Math.min(cell.left - frame.left, frame.width - width - 8);
		const below = cell.bottom - frame.top + 6;
		const top = below + height > frame.height ? cell.top - frame.top - height - 6 : below;
		this.tip.style.cssText = `left:${Math.max(4, left)}px;top:${Math.max(4, top)}px`;
	}
}

export const penetration_text = (place) =>
	`${place.counts.Won} / ${place.addressable} (${percent(place.penetration)})`;
