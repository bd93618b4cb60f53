"""How lines run between the cards of a power map, as in the form (lines.js). Places are upper left corners of cards; a point
is (x, y)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, sin

from kam_erpnext.printing.map_layout import BUS, GAP_Y, HEIGHT, INDENT, WIDTH, Family, Places

Point = tuple[float, float]
ROUND = 9


@dataclass
class Curve:
	path: str
	at: Callable[[float], Point]

	@property
	def middle(self) -> Point:
		return self.at(0.5)


def reporting(family: Family, places: Places, key: str) -> str:
	"""Reporting line from the card of the superior to that of the person."""
	superior = family.superior[key]
	above, here = places[superior], places[key]
	start = (_middle(above), above[1] + HEIGHT)
	gutter, beside = here[0] - INDENT / 2, (here[0], here[1] + HEIGHT / 2)
	top = here[1]
	hanging = family.hanging(superior)
	in_block = key in hanging and not family.people[key].get("placed")
	if in_block:
		top = min(places[name][1] for name in hanging if not family.people[name].get("placed"))
	# teams in further rows hang from a line along the left margin
	further_row = top > start[1] + GAP_Y + HEIGHT and _rows_of(family, places, superior)
	if further_row:
		margin = min(places[name][0] for name in family.descendants(superior)) - INDENT
		row = start[1] + GAP_Y - BUS
		if in_block:
			return rounded(
				[
					start,
					(start[0], row),
					(margin, row),
					(margin, top - BUS),
					(gutter, top - BUS),
					(gutter, beside[1]),
					beside,
				]
			)
		return rounded(
			[
				start,
				(start[0], row),
				(margin, row),
				(margin, top - BUS),
				(_middle(here), top - BUS),
				(_middle(here), top),
			]
		)
	if top <= start[1] + 20:
		return curve(above, here).path
	if in_block:
		return rounded([start, (start[0], top - BUS), (gutter, top - BUS), (gutter, beside[1]), beside])
	return rounded([start, (start[0], top - BUS), (_middle(here), top - BUS), (_middle(here), top)])


def _rows_of(family: Family, places: Places, superior: str) -> bool:
	"""Whether the teams of somebody, with the block of those without a team, stand in rows below each other."""
	reports, hanging = family.reports(superior), family.hanging(superior)
	if any(family.people[name].get("placed") for name in reports):
		return False
	tops = {round(places[name][1]) for name in reports if name not in hanging}
	if hanging:
		tops.add(round(min(places[name][1] for name in hanging)))
	return len(tops) > 1


def curve(source: Point, target: Point, turn: int = 0) -> Curve:
	"""A soft line between two cards wherever they are; `turn` moves several between the same cards apart."""
	dx, dy = _middle(target) - _middle(source), target[1] - source[1]
	offset = turn * 16
	if abs(dy) < HEIGHT * 0.7:
		return _beside(source, target, dx, offset)
	down = dy > 0
	lean = (1 if dx >= 0 else -1) * min(52.0, 26 + abs(dx) / 8) + offset
	start = (_middle(source) + lean, source[1] + (HEIGHT if down else 0))
	end = (
		_middle(target) - (-lean if abs(dx) < WIDTH / 2 else lean),
		target[1] + (0 if down else HEIGHT),
	)
	bend = max(30.0, min(140.0, abs(end[1] - start[1]) * 0.5)) * (1 if down else -1)
	return _cubic(start, (start[0], start[1] + bend), (end[0], end[1] - bend), end)


def _beside(source: Point, target: Point, dx: float, offset: float) -> Curve:
	"""Neighbours are joined straight, others by an arc above the row."""
	right = dx > 0
	gap = abs(dx) - WIDTH
	if 0 < gap < WIDTH * 0.6:
		start = (source[0] + (WIDTH if right else 0), source[1] + HEIGHT / 2 + offset)
		end = (target[0] + (0 if right else WIDTH), target[1] + HEIGHT / 2 + offset)
		reach = (end[0] - start[0]) / 2
		return _cubic(start, (start[0] + reach, start[1]), (end[0] - reach, end[1]), end)
	lean = 50 if right else -50
	start, end = (_middle(source) + lean, source[1]), (_middle(target) - lean, target[1])
	rise = 62 + offset
	return _cubic(start, (start[0] + lean, start[1] - rise), (end[0] - lean, end[1] - rise), end)


def _cubic(start: Point, first: Point, second: Point, end: Point) -> Curve:
	def at(t: float) -> Point:
		u = 1 - t
		a, b, c, d = u**3, 3 * u * u * t, 3 * u * t * t, t**3
		return tuple(a * start[axis] + b * first[axis] + c * second[axis] + d * end[axis] for axis in (0, 1))

	return Curve(f"M{pair(start)} C{pair(first)} {pair(second)} {pair(end)}", at)


def zigzag(line: Curve) -> str:
	"""The same way as a zigzag."""
	start, end = line.at(0), line.at(1)
	teeth = max(4, round(hypot(end[0] - start[0], end[1] - start[1]) / 9))
	points = [start]
	for tooth in range(1, teeth):
		here, ahead = line.at(tooth / teeth), line.at((tooth + 0.5) / teeth)
		size = hypot(ahead[0] - here[0], ahead[1] - here[1]) or 1.0
		side = (4.5 if tooth % 2 else -4.5) / size
		points.append((here[0] - (ahead[1] - here[1]) * side, here[1] + (ahead[0] - here[0]) * side))
	return "M" + " L".join(pair(point) for point in (*points, end))


def arrow(line: Curve, width: float, backwards: bool = False) -> str:
	"""Points of the head at the end of a line."""
	tip, behind = (line.at(0), line.at(0.06)) if backwards else (line.at(1), line.at(0.94))
	angle = atan2(tip[1] - behind[1], tip[0] - behind[0])
	size = 7 + width * 1.5
	wings = [(tip[0] - size * cos(angle + turn), tip[1] - size * sin(angle + turn)) for turn in (0.42, -0.42)]
	return " ".join(pair(point) for point in (tip, *wings))


def rounded(points: Sequence[Point]) -> str:
	"""A line through points with rounded corners."""
	clean = [
		point
		for number, point in enumerate(points)
		if not number
		or max(abs(point[0] - points[number - 1][0]), abs(point[1] - points[number - 1][1])) > 0.5
	]
	path = f"M{pair(clean[0])}"
	for before, corner, after in zip(clean, clean[1:], clean[2:], strict=False):
		path += f" L{pair(_toward(corner, before))} Q{pair(corner)} {pair(_toward(corner, after))}"
	return f"{path} L{pair(clean[-1])}"


def _toward(corner: Point, other: Point) -> Point:
	dx, dy = other[0] - corner[0], other[1] - corner[1]
	length = hypot(dx, dy) or 1.0
	reach = min(ROUND, length / 2)
	return corner[0] + dx / length * reach, corner[1] + dy / length * reach


def _middle(place: Point) -> float:
	return place[0] + WIDTH / 2


def pair(point: Point) -> str:
	return f"{number(point[0])},{number(point[1])}"


def number(value: float) -> str:
	"""A coordinate, as short as it can be."""
	text = f"{value:.1f}"
	return text[:-2] if text.endswith(".0") else text
