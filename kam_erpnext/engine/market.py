"""Market share: our sales against the size of markets, in value or units.

A market is a territory and an item group, each with everything below it. Of estimates that lie in each other the widest
one counts. Sales are compared with known markets only: what is sold where nobody has estimated the market stands beside
the share and does not enter it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from kam_erpnext.engine.periods import Period
from kam_erpnext.engine.wallet import Cell, Pair, counted, percent

VALUE, UNITS = "value", "units"
RELIABILITY = ("Low", "Medium", "High")


@dataclass(frozen=True)
class Estimate:
	"""One estimate as entered. `value` and `units` are None where they were not given; competitors: name, value, units."""

	name: str
	territory: str
	item_group: str | None
	start: date
	end: date
	value: float | None = None
	units: float | None = None
	competitors: tuple[tuple[str, float | None, float | None], ...] = ()
	reliability: str | None = None

	def common_days(self, period: Period) -> int:
		"""Days it shares with a period; `end` does not belong to it."""
		return max(0, (min(self.end, period.end) - max(self.start, period.start)).days)


@dataclass(frozen=True)
class Size:
	"""A market over a period in one unit. `covered` is the share of its days that estimates speak about, 0 to 1."""

	territory: str
	item_group: str | None
	amount: float
	covered: float
	competitors: dict[str, float]
	reliability: str | None
	estimates: tuple[str, ...]


def sizes(estimates: Iterable[Estimate], period: Period, unit: str = VALUE) -> list[Size]:
	"""Size of every market in a period.

	An estimate longer than the period counts in proportion to its days in it. Where estimates cover only a part of the
	period, their amount per day is taken for the rest as well, and `covered` tells how much of it is estimated.
	"""
	markets: dict[tuple[str, str | None], list[Estimate]] = {}
	for one in estimates:
		if getattr(one, unit) is not None and one.common_days(period):
			markets.setdefault((one.territory, one.item_group), []).append(one)
	result = []
	for (territory, group), parts in markets.items():
		days = sum(one.common_days(period) for one in parts)
		scale = period.days / days
		amount, rivals = 0.0, {}
		for one in parts:
			share = one.common_days(period) / (one.end - one.start).days * scale
			amount += getattr(one, unit) * share
			for name, value, units in one.competitors:
				theirs = value if unit == VALUE else units
				if theirs is not None:
					rivals[name] = rivals.get(name, 0.0) + theirs * share
		known = [one.reliability for one in parts]
		result.append(
			Size(
				territory=territory,
				item_group=group,
				amount=amount,
				covered=min(1.0, days / period.days),
				competitors=rivals,
				reliability=worst(known),
				estimates=tuple(sorted(one.name for one in parts)),
			)
		)
	return sorted(result, key=lambda size: (size.territory, size.item_group or ""))


def worst(reliabilities: Iterable[str | None]) -> str | None:
	"""The lowest reliability; None if one is not given or there is none."""
	given = list(reliabilities)
	if not given or any(one not in RELIABILITY for one in given):
		return None
	return min(given, key=RELIABILITY.index)


@dataclass
class Share:
	"""Our part of the known markets of a scope. `own_elsewhere` is sold where the market is not known."""

	market: float | None = None
	own: float = 0.0
	own_elsewhere: float = 0.0
	share: float | None = None
	covered: float | None = None
	competitors: dict[str, float] = field(default_factory=dict)
	reliability: str | None = None
	estimates: tuple[str, ...] = ()

	@property
	def others(self) -> float | None:
		"""What neither we nor a named competitor sell; None without a known market."""
		if self.market is None:
			return None
		return max(0.0, self.market - self.own - sum(self.competitors.values()))


@dataclass(frozen=True)
class Trees:
	"""Territory and item group -> itself and everything below it."""

	territories: Mapping[str, frozenset[str]]
	groups: Mapping[str, frozenset[str]]

	def cell(self, size: Size) -> Cell:
		"""The pairs a market covers."""
		return Cell(
			key=f"{size.territory}\x00{size.item_group or ''}",
			centres=self.territories.get(size.territory, frozenset((size.territory,))),
			groups=frozenset(self.groups)
			if size.item_group is None
			else self.groups.get(size.item_group, frozenset((size.item_group,))),
			wallet=size.amount,
		)


def share(
	markets: Iterable[Size],
	trees: Trees,
	territories: frozenset[str],
	groups: frozenset[str],
	own: Mapping[Pair, float],
) -> Share:
	"""Share in the markets that lie wholly within some territories and item groups; `own` is by such a pair."""
	by_key = {}
	for size in markets:
		cell = trees.cell(size)
		if cell.lies_in(territories, groups):
			by_key[cell.key] = (size, cell)
	taken, _inside = counted(cell for _size, cell in by_key.values())
	sold = {pair: amount for pair, amount in own.items() if pair[0] in territories and pair[1] in groups}
	inside = {
		pair: amount
		for pair, amount in sold.items()
		if any(pair[0] in cell.centres and pair[1] in cell.groups for cell in taken)
	}
	return _share([by_key[cell.key][0] for cell in taken], sum(inside.values()), sum(sold.values()))


def share_of_account(
	markets: Iterable[Size],
	trees: Trees,
	parents: Mapping[str, str | None],
	groups: frozenset[str],
	own: Mapping[Pair, float],
	home: Iterable[str],
) -> Share:
	"""Share of an account in the market it belongs to.

	The market of a customer is that of its territory or of the nearest one above that has an estimate; customers in
	several markets are measured against the largest of them. `own` are the sales of the account by territory and item
	group, `home` the territories of its customers.
	"""
	by_territory: dict[str, list[Size]] = {}
	for size in markets:
		if trees.cell(size).groups <= groups:
			by_territory.setdefault(size.territory, []).append(size)
	found: dict[str, list[Size]] = {}
	for territory in home:
		seen = set()
		while territory and territory not in seen and territory not in by_territory:
			seen.add(territory)
			territory = parents.get(territory)
		if territory in by_territory:
			found[territory] = outermost(by_territory[territory], trees)
	sold = {pair: amount for pair, amount in own.items() if pair[1] in groups}
	if not found:
		return _share([], 0.0, sum(sold.values()))
	largest = max(found.values(), key=lambda parts: sum(size.amount for size in parts))
	known = frozenset().union(*(trees.cell(size).groups for size in largest))
	inside = sum(amount for pair, amount in sold.items() if pair[1] in known)
	return _share(largest, inside, sum(sold.values()))


def outermost(markets: Iterable[Size], trees: Trees) -> list[Size]:
	"""Markets none of which lies in another one."""
	by_key = {trees.cell(size).key: size for size in markets}
	return [by_key[cell.key] for cell in counted(trees.cell(size) for size in by_key.values())[0]]


def _share(parts: list[Size], inside: float, sold: float) -> Share:
	result = Share(own=inside, own_elsewhere=sold - inside)
	if not parts:
		return result
	result.market = sum(size.amount for size in parts)
	result.share = percent(inside, result.market)
	result.covered = min(size.covered for size in parts)
	result.reliability = worst(size.reliability for size in parts)
	result.estimates = tuple(name for size in parts for name in size.estimates)
	for size in parts:
		for name, amount in size.competitors.items():
			result.competitors[name] = result.competitors.get(name, 0.0) + amount
	return result
