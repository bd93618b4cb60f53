"""Places on a power map for people nobody has laid out yet, by the rules of the form's own layout (layout.js): superiors above
their people, leaves in blocks, wide teams in rows, separate trees side by side. Places are upper left corners.

The form stores the places; this is for maps that were never saved there.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, sqrt

WIDTH, HEIGHT = 208, 92
GAP_X, GAP_Y, GAP_LEAF, INDENT, GAP_TREE = 36, 72, 14, 26, 84
STEP_X, STEP_Y = WIDTH + INDENT, HEIGHT + GAP_LEAF
# of a horizontal line above the cards it leads to
BUS = 24
# so many leaves stand side by side
FEW = 3
# width to height the whole aims at
SHAPE = 1.6
# of the whole, tried in turn, measured in a square of all cards
BREADTHS = (9, 4, 2.8, 2, 1.5, 1.1, 0.8)

Places = dict[str, tuple[float, float]]


class Family:
	"""Superiors and reports, without circles and without superiors that are not on the map."""

	def __init__(self, people: Iterable[dict]):
		self.people = {row["person"]: row for row in people}
		self.below: dict[str, list[str]] = {}
		self.superior: dict[str, str] = {}
		self.roots: list[str] = []
		self.rows = False  # whether the layout put teams in rows
		for key in self.people:
			superior = self._superior(key)
			if superior:
				self.superior[key] = superior
				self.below.setdefault(superior, []).append(key)
			else:
				self.roots.append(key)

	def _superior(self, key: str) -> str | None:
		reports_to = self.people[key].get("reports_to")
		if reports_to not in self.people:
			return None
		seen, above = {key}, reports_to
		while above in self.people:
			if above in seen:
				return None if above == key else reports_to
			seen.add(above)
			above = self.people[above].get("reports_to")
		return reports_to

	def reports(self, key: str) -> list[str]:
		return self.below.get(key, [])

	def hanging(self, key: str) -> list[str]:
		"""Those below who hang in a block."""
		leaves = [name for name in self.reports(key) if not self.reports(name)]
		many = len(leaves) > FEW or 1 < len(leaves) < len(self.reports(key))
		return leaves if many else []

	def descendants(self, key: str) -> Iterator[str]:
		for name in self.reports(key):
			yield name
			yield from self.descendants(name)


def places(people: Sequence[dict]) -> Places:
	"""Where everybody stands. `people`: person, kind, reports_to, x, y, placed."""
	found = {row["person"]: (float(row.get("x") or 0), float(row.get("y") or 0)) for row in people}
	homeless = {row["person"] for row in people if _is_homeless(row, found)}
	if not homeless:
		return found
	fresh = arrange([row for row in people if row["person"] in homeless])
	kept = [place for key, place in found.items() if key not in homeless]
	left = min((x for x, _y in kept), default=0.0)
	top = max((y + HEIGHT + GAP_Y for _x, y in kept), default=0.0)
	return {**found, **{key: (x + left, y + top) for key, (x, y) in fresh.items()}}


def _is_homeless(row: dict, found: Places) -> bool:
	"""At the origin, not put there by hand, and in the way of somebody."""
	if row.get("placed") or found[row["person"]] != (0.0, 0.0):
		return False
	return any(abs(x) < WIDTH and abs(y) < HEIGHT for key, (x, y) in found.items() if key != row["person"])


def arrange(people: Sequence[dict]) -> Places:
	"""The breadth is the one at which the whole can be shown largest."""
	family = Family(people)
	square = sqrt(len(people) * STEP_X * (HEIGHT + GAP_Y))
	best, largest, in_rows = None, 0.0, False
	for breadth in BREADTHS:
		family.rows = False
		box = _together(family, max(5.5 * STEP_X, square * breadth))
		scale = min(SHAPE / box.width, 1 / box.height)
		# teams in rows are harder to read than one row: only for a picture that is clearly larger
		if not best or scale > largest * (1.2 if family.rows and not in_rows else 1.02):
			best, largest, in_rows = box, scale, family.rows
	return best.places if people else {}


def _together(family: Family, limit: float) -> "Box":
	"""All trees, and those without any line, about as wide as `limit`."""
	boxes = [_tree(family, key, limit) for key in family.roots if family.reports(key)]
	alone = [key for key in family.roots if not family.reports(key)]
	inside = [key for key in alone if not _is_outside(family.people[key])]
	outside = [key for key in alone if _is_outside(family.people[key])]
	boxes += [_grid(keys) for keys in (inside, outside) if keys]
	return _packed(boxes, limit, GAP_TREE)


def _is_outside(row: dict) -> bool:
	return row.get("kind") in ("Outside Person", "Outside Body", "Competitor")


class Box:
	def __init__(self, places: Places):
		self.places = places
		self.width = max(x for x, _y in places.values()) + WIDTH
		self.height = max(y for _x, y in places.values()) + HEIGHT

	def moved(self, dx: float, dy: float) -> Places:
		return {key: (x + dx, y + dy) for key, (x, y) in self.places.items()}


def _grid(keys: list[str]) -> Box:
	columns = ceil(sqrt(len(keys) * SHAPE * HEIGHT / WIDTH)) or 1
	return Box(
		{
			key: ((number % columns) * (WIDTH + GAP_X), (number // columns) * (HEIGHT + GAP_X))
			for number, key in enumerate(keys)
		}
	)


def _block(leaves: list[str], wide: bool = False) -> Box:
	"""Leaves below each other, with room for a line at the left of every column."""
	count = len(leaves)
	if wide:
		columns = round(sqrt(count * SHAPE * STEP_Y / STEP_X))
	else:
		columns = 1 if count <= 5 else min(6, round(sqrt(count / 2)))
	rows = ceil(count / columns)
	return Box(
		{
			key: (INDENT + (number // rows) * STEP_X, (number % rows) * STEP_Y)
			for number, key in enumerate(leaves)
		}
	)


def _tree(family: Family, key: str, limit: float) -> Box:
	"""Somebody with everybody below: in layers if that fits, else with the teams below in rows."""
	teams = {name: _tree(family, name, limit) for name in family.reports(key) if family.reports(name)}
	leaves = [name for name in family.reports(key) if name not in teams]
	box = _layers(family, key, teams)
	if box.width <= limit or len(teams) + bool(leaves) < 2:
		return box
	family.rows = True
	below = [*teams.values(), *([_block(leaves)] if leaves else [])]
	rows = _packed(below, limit, GAP_Y)
	found = rows.moved(INDENT, HEIGHT + GAP_Y)
	found[key] = ((rows.width + INDENT - WIDTH) / 2, 0.0)
	return Box(found)


def _layers(family: Family, key: str, teams: dict[str, Box]) -> Box:
	hanging = family.hanging(key)
	parts = [
		teams.get(name) or Box({name: (0.0, 0.0)}) for name in family.reports(key) if name not in hanging
	]
	if hanging:
		parts.append(_block(hanging, wide=len(hanging) == len(family.reports(key)) and key in family.roots))
	found, x = {}, 0.0
	for part in parts:
		found.update(part.moved(x, HEIGHT + GAP_Y))
		x += part.width + GAP_X
	width = x - GAP_X
	if width < WIDTH:
		found = {name: (px + (WIDTH - width) / 2, py) for name, (px, py) in found.items()}
		width = WIDTH
	heads = [found[name][0] for name in family.reports(key)]
	found[key] = (min(max((min(heads) + max(heads)) / 2, 0.0), width - WIDTH) if heads else 0.0, 0.0)
	return Box(found)


def _packed(boxes: list[Box], limit: float, gap: float) -> Box:
	"""Boxes side by side in rows not wider than `limit`."""
	found: Places = {}
	x = y = height = 0.0
	for box in boxes:
		if x and x + box.width > limit:
			x, y, height = 0.0, y + height + gap, 0.0
		found.update(box.moved(x, y))
		x += box.width + gap
		height = max(height, box.height)
	return Box(found) if found else Box({"": (0.0, 0.0)})
