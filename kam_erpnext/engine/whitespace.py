"""Whitespace: what each account buys of each item group, what it could buy, and where the gap is worth most.

A cell is what stands where a row (an account, one of its customers, a territory …) meets a column (an item group). It is
won where something was sold, open where a deal is open, else what somebody has found out about it; where nobody has, it
is unknown, which is never the same as zero. Amounts have one currency.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

WON, OPEN, POTENTIAL, COMPETITOR, INTERNAL, BLOCKED, UNKNOWN = STATES = (
	"Won",
	"Open",
	"Potential",
	"Competitor",
	"Internal",
	"Blocked",
	"Unknown",
)
# what nobody can sell to today: left out of penetration and cross-selling, unless something is sold there after all
NOT_ADDRESSABLE = (INTERNAL, BLOCKED)
WALLET, PEERS = "Wallet", "Peers"
# what is always known of a cell, if only that it is nothing
AMOUNTS = ("net_sales", "open", "weighted", "unweighted")

CELL_COLUMNS = (
	"row",
	"column",
	"state",
	"net_sales",
	"open",
	"weighted",
	"unweighted",
	"wallet",
	"gap",
	"expected",
	"peer_gap",
	"basis",
	"chance",
	"time",
	"priority",
	"estimates",
	"free_on",
)


@dataclass(frozen=True)
class Estimate:
	"""What somebody knows about spending: a wallet of a cell, or of a part of it.

	`customers` and `item_groups` are what it covers; `wallet` is None when the amount is not known; `target_share` in
	percent; `locked_until` the day on which the last contract with another supplier ends.
	"""

	name: str
	row: str
	column: str
	customers: frozenset
	item_groups: frozenset
	state: str = UNKNOWN
	wallet: float | None = None
	target_share: float = 30.0
	locked_until: date | None = None

	def meets(self, other: "Estimate") -> bool:
		"""True if both are about some same spending."""
		same_buyers = bool(self.customers & other.customers) or not (self.customers or other.customers)
		return same_buyers and bool(self.item_groups & other.item_groups)


@dataclass(frozen=True)
class Chances:
	"""Probability in percent of closing the gap of a cell, by its state; open deals bring their own."""

	won: float = 60.0
	potential: float = 30.0
	competitor: float = 20.0
	unknown: float = 10.0

	def of(self, state: str, deals: float | None = None) -> float:
		"""The chance for a state, in percent; `deals` is the mean probability of the open deals of the cell."""
		if state == OPEN:
			return self.potential if deals is None else deals
		return {
			WON: self.won,
			POTENTIAL: self.potential,
			COMPETITOR: self.competitor,
			UNKNOWN: self.unknown,
		}.get(state, 0.0)


@dataclass(frozen=True)
class PeerRules:
	"""When accounts are comparable: `band` percent of the size, at least `minimum` of them, `usual` percent of them buy.

	What lies below `noise` percent of the account's sales is not worth telling.
	"""

	usual: float = 40.0
	minimum: int = 4
	band: float = 50.0
	noise: float = 1.0


# ---------------------------------------------------------------- one cell


def cell_state(net_sales: float, open_amount: float, estimated: Iterable[str] = ()) -> str:
	"""State of a cell: won by sales, open by a deal, else the most hopeful of what was found out about its parts."""
	if net_sales > 0:
		return WON
	if open_amount > 0:
		return OPEN
	found = set(estimated)
	return next((state for state in (POTENTIAL, COMPETITOR, INTERNAL, BLOCKED) if state in found), UNKNOWN)


def estimated_state(state: str, wallet: float | None) -> str:
	"""State an estimate gives to its cell: an amount without a word about who supplies it is potential."""
	return POTENTIAL if state == UNKNOWN and wallet is not None and wallet > 0 else state


def gap_value(
	wallet: float | None, target_share: float, net_sales: float, weighted_open: float
) -> float | None:
	"""What is missing to the share we want (percent of the wallet), open deals weighted; None without a wallet."""
	if wallet is None:
		return None
	return max(0.0, wallet * target_share / 100 - net_sales - weighted_open)


def time_factor(free_on: date | None, today: date) -> float:
	"""1 for what can be sold now, 1/2 for what a contract locks for another year, 1/3 for two."""
	days = (free_on - today).days if free_on else 0
	return 1 / (1 + max(0, days) / 365)


def priority(gap: float | None, margin: float | None, chance: float, time: float) -> float | None:
	"""Margin to expect: gap, margin, chance and time factor multiplied (percent); None when a part is unknown."""
	if gap is None or margin is None:
		return None
	return gap * max(0.0, margin) / 100 * chance / 100 * time


def effective(estimates: Sequence[Estimate]) -> list[Estimate]:
	"""Estimates of one cell that count: no spending twice, the one that covers more before the one that covers less.

	Estimates without an amount replace nothing and are not replaced: their state still says something.
	"""
	breadth = lambda estimate: len(estimate.customers) * len(estimate.item_groups)  # noqa: E731
	counted: list[Estimate] = []
	for estimate in sorted(estimates, key=lambda estimate: (-breadth(estimate), estimate.name)):
		if estimate.wallet is None or not any(
			other.wallet is not None and other.meets(estimate) for other in counted
		):
			counted.append(estimate)
	return counted


# ---------------------------------------------------------------- all cells


def cells(
	leaves: pd.DataFrame,
	estimates: Sequence[Estimate],
	peers: pd.DataFrame | None = None,
	margins: dict[str, float] | None = None,
	chances: Chances | None = None,
	today: date | None = None,
) -> pd.DataFrame:
	"""Every cell of which something is known; all others are unknown.

	`leaves` has `row, column, customer, item_group, net_sales, open, weighted` (deals times their probability) and
	`unweighted` (deals whose probability nobody knows). `peers` has
	`row, column, expected, noise`, see `peer_benchmark`. `margins` has the gross margin in percent by column. Returns
	CELL_COLUMNS, amounts that are not known as NaN; `estimates` counts those that say something about the cell,
	`free_on` is the latest day a contract ends.
	"""
	chances, margins, today = chances or Chances(), margins or {}, today or date.today()
	grouped = leaves.groupby(["row", "column"], sort=False, dropna=False)
	sums = grouped[list(AMOUNTS)].sum()
	found: dict[tuple, dict] = dict(zip(sums.index, sums.to_dict("records"), strict=True))
	by_cell: dict[tuple, list[Estimate]] = {}
	for estimate in estimates:
		by_cell.setdefault((estimate.row, estimate.column), []).append(estimate)
	parts = _parts(leaves, by_cell)
	expected: dict[tuple, tuple[float, float]] = {}
	if peers is not None:
		expected = {
			(row, column): (value, noise)
			for row, column, value, noise in zip(
				peers["row"], peers["column"], peers["expected"], peers["noise"], strict=True
			)
		}
	rows = []
	for key in {**found, **dict.fromkeys(by_cell), **dict.fromkeys(expected)}:
		amounts = found.get(key) or dict.fromkeys(AMOUNTS, 0.0)
		counted = effective(by_cell.get(key, ()))
		rows.append(
			_cell(key, amounts, counted, parts, expected.get(key), margins.get(key[1]), chances, today)
		)
	return pd.DataFrame(rows, columns=list(CELL_COLUMNS))


def _parts(leaves: pd.DataFrame, by_cell: dict) -> dict[tuple, list[tuple]]:
	"""Leaves of the cells that have estimates, to find what is sold of the part an estimate covers."""
	parts: dict[tuple, list[tuple]] = {}
	if not by_cell:
		return parts
	for row, column, customer, item_group, net, weighted in zip(
		*(leaves[name] for name in ("row", "column", "customer", "item_group", "net_sales", "weighted")),
		strict=True,
	):
		if (row, column) in by_cell:
			parts.setdefault((row, column), []).append((customer, item_group, net, weighted))
	return parts


def _cell(key, amounts, counted, parts, expected, margin, chances, today) -> tuple:
	net, open_, weighted = amounts["net_sales"], amounts["open"], amounts["weighted"]
	state = cell_state(net, open_, [estimated_state(item.state, item.wallet) for item in counted])
	wallet = gap = None
	for item in counted:
		if item.wallet is None:
			continue
		inside = [
			(sold, deals)
			for customer, group, sold, deals in parts.get(key, ())
			if (customer in item.customers or not item.customers) and group in item.item_groups
		]
		wallet = (wallet or 0.0) + item.wallet
		gap = (gap or 0.0) + gap_value(
			item.wallet, item.target_share, sum(part[0] for part in inside), sum(part[1] for part in inside)
		)
	peer_gap = None
	if expected is not None:
		peer_gap = max(0.0, expected[0] - net - weighted)
		peer_gap = peer_gap if peer_gap > expected[1] else 0.0
	# an estimate by peers says nothing where somebody knows that nothing can be sold
	usable = peer_gap is not None and state not in NOT_ADDRESSABLE
	basis = WALLET if gap is not None else PEERS if usable else None
	locks = [item.locked_until for item in counted if item.locked_until and item.locked_until > today]
	free_on = max(locks) if locks else None
	time = time_factor(free_on, today)
	sure = open_ - amounts["unweighted"]
	chance = chances.of(state, 100 * weighted / sure if sure > 0 else None)
	return (
		*key,
		state,
		net,
		open_,
		weighted,
		amounts["unweighted"],
		wallet,
		gap,
		expected[0] if expected else None,
		peer_gap,
		basis,
		chance,
		time,
		priority(gap if basis == WALLET else peer_gap if usable else None, margin, chance, time),
		len(counted),
		free_on,
	)


@dataclass(frozen=True)
class Summary:
	"""What the cells of a row, a column or the whole matrix add up to.

	`unweighted` is the part of `open` whose probability nobody knows. `wallet`, `gap`, `priority` and `peer_gap` are None when they are not known of any cell; `known` counts the cells whose
	wallet is known. Ratios are in percent, None without a cell that can be sold to.
	"""

	cells: int
	net_sales: float
	open: float
	weighted: float
	unweighted: float
	wallet: float | None
	known: int
	gap: float | None
	peer_gap: float | None
	priority: float | None
	counts: dict[str, int]

	@property
	def addressable(self) -> int:
		"""Cells something can be sold to: all but those that are internal or blocked."""
		return self.cells - sum(self.counts.get(state, 0) for state in NOT_ADDRESSABLE)

	@property
	def penetration(self) -> float | None:
		"""Cells with sales of those that can be sold to. Of a row it is the cross-sell ratio: item groups bought."""
		return 100 * self.counts.get(WON, 0) / self.addressable if self.addressable else None


def summarise(cells: pd.DataFrame, count: int) -> Summary:
	"""Adds up cells; `count` is the number of places they could fill, so that those without an entry are unknown."""
	return summarise_by(cells.assign(all="all"), "all", {"all": count})["all"]


def summarise_by(cells: pd.DataFrame, by: str, counts: dict[str, int]) -> dict[str, Summary]:
	"""`summarise` for every row or column (`by`); `counts` tells the places of each, in the order of the answer."""
	frame = cells[[by, "state"]].assign(
		**{name: pd.to_numeric(cells[name]) for name in AMOUNTS},
		**{name: pd.to_numeric(cells[name]) for name in ("wallet", "gap", "priority")},
		peer_gap=pd.to_numeric(cells["peer_gap"]).where(cells["basis"] == PEERS),
	)
	grouped = frame.groupby(by, sort=False, dropna=False)
	plain = grouped[list(AMOUNTS)].sum().to_dict("index")
	known = grouped[["wallet", "gap", "peer_gap", "priority"]].sum(min_count=1)
	known = known.astype(object).where(known.notna(), None).to_dict("index")
	wallets = grouped["wallet"].count().to_dict()
	states = frame.groupby([by, "state"], sort=False, dropna=False).size().to_dict()
	result = {}
	for key, count in counts.items():
		found = {state: int(states.get((key, state), 0)) for state in STATES}
		found[UNKNOWN] += count - sum(found.values())
		result[key] = Summary(
			cells=count,
			**plain.get(key, dict.fromkeys(AMOUNTS, 0.0)),
			**known.get(key, dict.fromkeys(("wallet", "gap", "peer_gap", "priority"))),
			known=int(wallets.get(key, 0)),
			counts=found,
		)
	return result


def cross_sell(bought: Iterable[int], addressable: Iterable[int]) -> float | None:
	"""Mean share of the addressable item groups that rows buy, in percent; rows without such a group do not count."""
	ratios = [100 * part / whole for part, whole in zip(bought, addressable, strict=True) if whole]
	return sum(ratios) / len(ratios) if ratios else None


# ---------------------------------------------------------------- comparable accounts

PEER_COLUMNS = ("row", "column", "peers", "buyers", "buying", "median", "size", "expected", "actual", "noise")


def peer_benchmark(
	sales: pd.DataFrame,
	segments: pd.Series,
	rules: PeerRules | None = None,
	rows: Sequence[str] | None = None,
) -> pd.DataFrame:
	"""What accounts of the same segment and size usually buy, scaled to each account.

	`sales` has one row per account and one column per item group, 0 where nothing was sold; `segments` tells the segment
	of every account (None: no peers). `rows` restricts whom it is reckoned for; all accounts are peers. Returns
	PEER_COLUMNS, one line per account and item group that at least `usual` percent of its peers buy: number of peers and
	of buyers, `buying` percent of the peers, `median` percent that the buyers spend of all they buy of us, `size` the sales
	of the account, `expected` (that share of the size), `actual`, and the `noise` below which a difference is not worth telling.
	"""
	rules = rules or PeerRules()
	segments = segments.reindex(sales.index)
	wanted = set(sales.index if rows is None else rows)
	lines: list[dict] = []
	for _segment, members in segments.dropna().groupby(segments, sort=False):
		values = sales.loc[members.index].to_numpy(dtype=float)
		sizes = values.sum(axis=1)
		for place, account in enumerate(members.index):
			if account in wanted and sizes[place] > 0:
				line = _expected(place, values, sizes, rules)
				if line is not None:
					lines.append({"row": account, **line})
	if not lines:
		return pd.DataFrame({name: [] for name in PEER_COLUMNS})
	counts = [len(line["place"]) for line in lines]
	table = {
		name: np.concatenate([line[name] for line in lines])
		if isinstance(lines[0][name], np.ndarray)
		else np.repeat(
			np.array([line[name] for line in lines], dtype=object if name == "row" else None), counts
		)
		for name in lines[0]
	}
	table["column"] = sales.columns.to_numpy()[table.pop("place")]
	return pd.DataFrame(table)[list(PEER_COLUMNS)]


def _expected(place: int, values: np.ndarray, sizes: np.ndarray, rules: PeerRules) -> dict | None:
	size, share = sizes[place], rules.band / 100
	alike = (sizes > 0) & (sizes >= size * share)
	if share > 0:
		alike &= sizes <= size / share
	alike[place] = False
	peers = int(alike.sum())
	if peers < max(1, rules.minimum):
		return None
	bought = values[alike]
	buyers = (bought > 0).sum(axis=0)
	usual = np.flatnonzero((buyers > 0) & (100 * buyers >= rules.usual * peers))
	if not len(usual):
		return None
	bought, buyers = bought[:, usual], buyers[usual]
	# those who do not buy go to the end, so that the first ones are the buyers in order
	shares = np.sort(np.where(bought > 0, bought / sizes[alike][:, None], np.inf), axis=0)
	at = np.arange(len(usual))
	median = (shares[(buyers - 1) // 2, at] + shares[buyers // 2, at]) / 2
	return {
		"place": usual,
		"peers": peers,
		"buyers": buyers,
		"buying": 100 * buyers / peers,
		"median": 100 * median,
		"size": size,
		"expected": median * size,
		"actual": values[place, usual],
		"noise": rules.noise / 100 * size,
	}


def reason(
	line: dict,
	segment: str,
	money: Callable[[float], str] = lambda value: f"{value:,.0f}",
	percent: Callable[[float], str] = lambda value: f"{value:.1f} %",
	_: Callable[[str], str] = str,
) -> str:
	"""Why an amount is expected, in words; `line` is one of `peer_benchmark`, `_` translates."""
	return _(
		"{0} of {1} comparable accounts ({2}, sales of a similar size) buy it. Half of the buyers spend at least {3} of all they buy from us on it; of sales of {4} that is {5}."
	).format(
		int(line["buyers"]),
		int(line["peers"]),
		segment,
		percent(line["median"]),
		money(line["size"]),
		money(line["expected"]),
	)
