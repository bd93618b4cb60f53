"""Which market notes matter for which accounts: a note matches an account when every field of its scope does.

A field left empty holds for everybody. Territories, item groups and accounts are trees: a note on Europe matches an
account in Germany, a note on Germany does not match one of which only Europe is known. What is not known of an account
matches nothing, so a note never reaches an account by accident.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

SCOPE = ("territory", "market_segment", "segment", "item_group", "key_account", "competitor")
# fields whose values lie in trees
TREES = ("territory", "item_group", "key_account")
IMPACTS = ("High", "Medium", "Low")

# child -> parent, for every field that is a tree
Trees = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True)
class Account:
	"""What is known of an account: for every field of the scope the values it has, itself among `key_account`."""

	name: str
	values: Mapping[str, frozenset[str]] = field(default_factory=dict)

	def known(self, name: str) -> frozenset[str]:
		"""Values of one field of the scope; none when nothing is known."""
		return self.values.get(name, frozenset())


@dataclass(frozen=True)
class Reason:
	"""One field of a scope that matches: what the note names, and the value of the account it covers."""

	field: str
	wanted: str
	found: str


@dataclass(frozen=True)
class Match:
	"""A note that matters for an account; without reasons its scope is empty and it matters for everybody."""

	account: str
	reasons: tuple[Reason, ...] = ()


def lineage(parents: Mapping[str, str | None], node: str) -> Iterator[str]:
	"""The node itself and everything above it, also when the tree is damaged and runs in a circle."""
	seen = set()
	current: str | None = node
	while current and current not in seen:
		seen.add(current)
		yield current
		current = parents.get(current)


def covers(name: str, wanted: str, value: str, trees: Trees) -> bool:
	"""Whether what a note names holds for a value of an account: the same one, or one above it in its tree."""
	if name not in TREES:
		return wanted == value
	return wanted in lineage(trees.get(name, {}), value)


def match(scope: Mapping[str, str | None], account: Account, trees: Trees) -> Match | None:
	"""Why a note matters for an account; None when it does not."""
	reasons = []
	for name in SCOPE:
		wanted = scope.get(name)
		if not wanted:
			continue
		found = next(
			(value for value in sorted(account.known(name)) if covers(name, wanted, value, trees)), None
		)
		if found is None:
			return None
		reasons.append(Reason(name, wanted, found))
	return Match(account.name, tuple(reasons))


def matches(scope: Mapping[str, str | None], accounts: Iterable[Account], trees: Trees) -> tuple[Match, ...]:
	"""The accounts a note matters for, in their order. Fields are never put together from several accounts."""
	found = (match(scope, account, trees) for account in accounts)
	return tuple(one for one in found if one)


def is_current(noted_on: date, valid_until: date | None, today: date) -> bool:
	"""Whether a note is shown: it has been noted, and its last day has not passed."""
	return noted_on <= today and (valid_until is None or today <= valid_until)


def order(impact: str | None, noted_on: date) -> tuple[int, int]:
	"""Sorts notes: what matters most first, then the latest; an impact nobody judged comes last."""
	rank = IMPACTS.index(impact) if impact in IMPACTS else len(IMPACTS)
	return rank, -noted_on.toordinal()
