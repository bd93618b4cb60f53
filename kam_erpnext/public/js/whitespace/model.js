import { VIEWS } from "./looks";

const STEPS = 6;

/** The matrix as the server sent it, with the order and the shades in which it is shown. */
export class Model {
	constructor(data) {
		Object.assign(this, data);
		this.cells_of = this.rows.map(() => new Map());
		const { row, column, ...figures } = data.cells;
		const names = Object.keys(figures);
		row.forEach((place, index) => {
			const cell = {};
			for (const name of names) cell[name] = figures[name][index];
			cell.state = this.states[cell.state];
			this.cells_of[place].set(column[index], cell);
		});
		for (const [place, at, competitor] of data.competitors) {
			const cell = this.cells_of[place].get(at);
			if (cell) cell.competitor = competitor;
		}
		this.thresholds = Object.fromEntries(Object.keys(VIEWS).map((view) => [view, this.quantiles(view)]));
		this.row_order = this.rows.map((_row, place) => place);
		this.column_order = this.columns.map((_column, place) => place);
	}

	cell(row, column) {
		return this.cells_of[row]?.get(column);
	}

	*cells_in(row) {
		yield* this.cells_of[row];
	}

	/** Limits of the shades: each holds about the same number of cells. */
	quantiles(view) {
		const values = [];
		for (const cells of this.cells_of)
			for (const cell of cells.values()) {
				const value = VIEWS[view].value(cell);
				if (value > 0) values.push(value);
			}
		values.sort((a, b) => a - b);
		return Array.from({ length: STEPS - 1 }, (_none, place) =>
			values.length ? values[Math.floor((values.length * (place + 1)) / STEPS)] : Infinity
		);
	}

	/** Shade of a cell, 1 to 6. */
	step(cell, view) {
		const value = VIEWS[view].value(cell);
		return 1 + this.thresholds[view].filter((limit) => value >= limit).length;
	}

	/** Orders and filters rows. `search` is a part of a name. */
	arrange({ rows, columns, search }) {
		const wanted = (search || "").trim().toLowerCase();
		this.row_order = this.rows
			.map((_row, place) => place)
			.filter((place) => {
				const { label, sub } = this.rows[place];
				return !wanted || `${label} ${sub || ""}`.toLowerCase().includes(wanted);
			})
			.sort(sorter(this.rows, rows));
		this.column_order = this.columns.map((_column, place) => place).sort(sorter(this.columns, columns));
	}

	/** The largest gaps of a row (or of a column), the best first. */
	best({ row, column }, count = 10) {
		const found = [];
		const places = row == null ? this.rows.map((_row, place) => place) : [row];
		for (const place of places)
			for (const [at, cell] of this.cells_of[place])
				if ((column == null || at === column) && this.gap_of(cell) > 0)
					found.push({ row: place, column: at, cell });
		return found
			.sort((a, b) => (b.cell.priority ?? -1) - (a.cell.priority ?? -1) || this.gap_of(b.cell) - this.gap_of(a.cell))
			.slice(0, count);
	}

	gap_of(cell) {
		return VIEWS.gap.value(cell);
	}

	row_of(key) {
		return this.rows.findIndex((row) => row.key === key);
	}

	column_of(key) {
		return this.columns.findIndex((column) => column.key === key);
	}
}

const gap = (place) => (place.gap ?? 0) + (place.peer_gap ?? 0);
const LAST = (place) => place.kind === "others" || place.key === "";
const ORDERS = {
	tree: () => 0,
	sales: (a, b) => b.net_sales - a.net_sales,
	gap: (a, b) => gap(b) - gap(a),
	priority: (a, b) => (b.priority ?? -1) - (a.priority ?? -1),
	penetration: (a, b) => (b.penetration ?? -1) - (a.penetration ?? -1),
	name: (a, b) => a.label.localeCompare(b.label),
};

/** Compares places; what has no name of its own comes last, equal ones stay in the order of the tree. */
const sorter = (places, order) => (one, other) =>
	LAST(places[one]) - LAST(places[other]) || ORDERS[order || "tree"](places[one], places[other]) || one - other;
