"""Share of wallet: what a customer spends, who gets it, and how much of it is known.

The finest cell is a pair of a buying centre and an item group. A wallet may be entered for a wider cell: for a whole
account, and for a group of item groups. Of wallets that lie in each other the widest one counts, so that nothing is
added twice. An amount nobody knows is None and never counts as 0: shares are taken over known wallets only, and the
coverage says beside them how much that is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

Pair = tuple[str, str]  # buying centre, item group

COMPETITOR, INTERNAL = "Competitor", "Internal"
BLOCKED = "Blocked"


@dataclass(frozen=True)
class Supplier:
	"""Another supplier in a cell: a competitor, or the customer who makes it (kind INTERNAL). `amount` None: not known."""

	kind: str
	name: str = ""
	amount: float | None = None
	contract_end: date | None = None
	rank: int | None = None

	def is_locked(self, day: date) -> bool:
		"""Whether its contract still binds the customer on a day."""
		return self.kind == COMPETITOR and self.contract_end is not None and self.contract_end >= day


@dataclass(frozen=True)
class Cell:
	"""A wallet entered for some buying centres and item groups. `wallet` None: not known."""

	key: str
	centres: frozenset[str]
	groups: frozenset[str]
	wallet: float | None = None
	state: str = ""
	suppliers: tuple[Supplier, ...] = ()
	target_share: float | None = None
	entered: date | None = None

	@property
	def is_known(self) -> bool:
		"""Whether a share can be taken of it."""
		return self.wallet is not None and self.state != BLOCKED

	@property
	def size(self) -> int:
		"""Number of pairs it covers."""
		return len(self.centres) * len(self.groups)

	def overlaps(self, other: "Cell") -> bool:
		"""Whether some pair lies in both."""
		return not self.centres.isdisjoint(other.centres) and not self.groups.isdisjoint(other.groups)

	def lies_in(self, centres: frozenset[str], groups: frozenset[str]) -> bool:
		"""Whether it lies wholly within a scope; a wider wallet cannot be split."""
		return self.centres <= centres and self.groups <= groups

	def pairs(self) -> set[Pair]:
		"""Every buying centre with every item group of the cell."""
		return {(centre, group) for centre in self.centres for group in self.groups}


@dataclass(frozen=True)
class Split:
	"""Who gets a wallet. `competitors` and `internal` are None where no amount is known, `unknown` is the part nobody has
	named, `excess` what the parts exceed the wallet by."""

	wallet: float | None
	own: float
	competitors: float | None
	internal: float | None
	unknown: float | None
	excess: float
	share: float | None
	locked: float
	addressable: float | None
	gap: float | None


def split(cell: Cell, own: float, day: date, target_share: float | None = None) -> Split:
	"""The parts of one wallet on a day; `target_share` in percent stands in for a cell without an aim of its own.

	* share = 100 x own / wallet; None where the wallet is not known or 0.
	* internal: what the customer makes itself. In a cell of state Internal without such an amount: what no other amount
	explains.
	* addressable now = wallet - internal - amounts under a running contract with a competitor; None where one of these
	is not known.
	* gap = what is missing to the share aimed at, at least 0.
	"""
	competitors = add_known(row.amount for row in cell.suppliers if row.kind == COMPETITOR)
	makes = [row.amount for row in cell.suppliers if row.kind == INTERNAL]
	internal = add_known(makes)
	locked_rows = [row.amount for row in cell.suppliers if row.is_locked(day)]
	locked = add_known(locked_rows) or 0.0
	if cell.wallet is None:
		return Split(None, own, competitors, internal, None, 0.0, None, locked, None, None)
	wallet = cell.wallet
	rest = wallet - own - (competitors or 0.0) - (internal or 0.0)
	internal_known = None not in makes
	if cell.state == INTERNAL and internal is None:
		internal_known = all(row.amount is not None for row in cell.suppliers if row.kind == COMPETITOR)
		if internal_known:
			internal, rest = max(0.0, rest), min(0.0, rest)
	addressable = None
	if cell.state == BLOCKED:
		addressable = 0.0
	elif internal_known and None not in locked_rows:
		addressable = max(0.0, wallet - (internal or 0.0) - locked)
	aim = cell.target_share if cell.target_share is not None else target_share
	return Split(
		wallet=wallet,
		own=own,
		competitors=competitors,
		internal=internal,
		unknown=max(0.0, rest),
		excess=max(0.0, -rest),
		share=percent(own, wallet),
		locked=locked,
		addressable=addressable,
		gap=None if aim is None else max(0.0, wallet * aim / 100.0 - own),
	)


def add_known(amounts: Iterable[float | None]) -> float | None:
	"""Sum of the known amounts; None where none is known."""
	known = [amount for amount in amounts if amount is not None]
	return sum(known) if known else None


def percent(part: float, whole: float | None) -> float | None:
	"""Part in percent of a whole; None where the whole is not known or not above 0."""
	return 100.0 * part / whole if whole is not None and whole > 0 else None


def counted(cells: Iterable[Cell]) -> tuple[list[Cell], dict[str, str]]:
	"""The cells that are added up, and for each of the others the key of a counted one it lies in or crosses.

	Known wallets come before unknown ones, wide ones before narrow ones, the newest before older ones; a cell that
	shares a pair with one already taken is a detail of it and not added again. The result does not depend on the order
	of the cells.
	"""
	order = sorted(
		cells,
		key=lambda cell: (
			not cell.is_known,
			cell.state != BLOCKED,
			-cell.size,
			-(cell.entered or date.min).toordinal(),
			cell.key,
		),
	)
	taken: list[Cell] = []
	inside: dict[str, str] = {}
	by_centre: dict[str, list[Cell]] = {}
	for cell in order:
		near = {id(other): other for centre in cell.centres for other in by_centre.get(centre, ())}
		over = next((other for other in near.values() if not cell.groups.isdisjoint(other.groups)), None)
		if over is not None:
			inside[cell.key] = over.key
			continue
		taken.append(cell)
		for centre in cell.centres:
			by_centre.setdefault(centre, []).append(cell)
	return taken, inside


@dataclass
class Totals:
	"""A wallet over many cells. Amounts are sums over known wallets; `own_elsewhere` are sales outside of them."""

	wallet: float | None = None
	own: float = 0.0
	own_elsewhere: float = 0.0
	competitors: float | None = None
	internal: float | None = None
	unknown: float | None = None
	excess: float = 0.0
	locked: float = 0.0
	addressable: float | None = None
	gap: float | None = None
	share: float | None = None
	known_cells: int = 0
	addressable_cells: int = 0
	blocked_cells: int = 0
	coverage: float | None = None
	by_competitor: dict[str, float] = field(default_factory=dict)
	competitors_unknown: set[str] = field(default_factory=set)
	next_contract_end: date | None = None
	counted: list[Cell] = field(default_factory=list)
	inside: dict[str, str] = field(default_factory=dict)


def totals(
	cells: Iterable[Cell],
	own: Mapping[Pair, float],
	universe: Iterable[Pair],
	day: date,
	target_share: float | None = None,
) -> Totals:
	"""Adds up the wallets of a scope.

	`cells` lie in the scope, `own` are our sales by pair, `universe` the pairs that could be sold to: coverage is the
	share of these, without blocked ones, for which a wallet is known. A cell for an item group that nobody offers yet
	joins the universe with its pairs.
	"""
	result = Totals()
	result.counted, result.inside = counted(cells)
	pairs = set(universe)
	known: set[Pair] = set()
	blocked: set[Pair] = set()
	addressable: list[float | None] = []
	contract_ends = []
	for cell in result.counted:
		mine = cell.pairs()
		if pairs.isdisjoint(mine):
			pairs |= mine
		if not cell.is_known:
			if cell.state == BLOCKED:
				blocked |= mine
			continue
		known |= mine
		sold = sum(own.get(pair, 0.0) for pair in mine) if len(mine) < len(own) else _sold(own, mine)
		part = split(cell, sold, day, target_share)
		result.wallet = (result.wallet or 0.0) + part.wallet
		result.unknown = (result.unknown or 0.0) + part.unknown
		result.own += part.own
		result.competitors = add_known((result.competitors, part.competitors))
		result.internal = add_known((result.internal, part.internal))
		result.excess += part.excess
		result.locked += part.locked
		addressable.append(part.addressable)
		if part.gap is not None:
			result.gap = (result.gap or 0.0) + part.gap
		for row in cell.suppliers:
			if row.is_locked(day):
				contract_ends.append(row.contract_end)
			if row.kind != COMPETITOR:
				continue
			if row.amount is None:
				result.competitors_unknown.add(row.name)
			else:
				result.by_competitor[row.name] = result.by_competitor.get(row.name, 0.0) + row.amount
	if addressable and None not in addressable:
		result.addressable = sum(addressable)
	result.next_contract_end = min(contract_ends, default=None)
	result.own_elsewhere = sum(amount for pair, amount in own.items() if pair not in known)
	result.share = percent(result.own, result.wallet)
	blocked -= known
	result.blocked_cells = len(pairs & blocked)
	result.addressable_cells = len(pairs) - result.blocked_cells
	result.known_cells = len(pairs & known)
	result.coverage = percent(result.known_cells, result.addressable_cells)
	return result


def _sold(own: Mapping[Pair, float], pairs: set[Pair]) -> float:
	return sum(amount for pair, amount in own.items() if pair in pairs)


# ---------------------------------------------------------------- Wallet Allocation Rule


def allocation(rank: float, suppliers: int) -> float:
	"""Share of wallet in percent that the Wallet Allocation Rule expects for a rank among the suppliers used.

	(1 - rank / (n + 1)) x 2 / n: 66.7 and 33.3 percent for two suppliers, 50, 33.3 and 16.7 for three. An estimate from
	preference alone, never to be mixed with measured shares.
	"""
	if suppliers < 1:
		raise ValueError(f"The number of suppliers must be at least 1, not {suppliers}.")
	if not 1 <= rank <= suppliers:
		raise ValueError(f"The rank must lie between 1 and {suppliers}, not {rank}.")
	return 100.0 * (1 - rank / (suppliers + 1)) * 2 / suppliers


def allocations(ranks: Mapping[str, int]) -> dict[str, float]:
	"""Expected share in percent of every supplier; suppliers of equal rank share the mean of the places they take."""
	order = sorted(ranks.values())
	result = {}
	for name, rank in ranks.items():
		first, many = order.index(rank) + 1, order.count(rank)
		result[name] = allocation(first + (many - 1) / 2, len(order))
	return result


def estimated_wallet(own: float, share: float | None) -> float | None:
	"""The wallet our sales stand for if we have the expected share; an estimate. None without sales or share."""
	return 100.0 * own / share if share and own > 0 else None
