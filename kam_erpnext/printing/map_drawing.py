"""The picture of a power map as SVG, in the look of the drawing in the form: shapes every PDF engine and browser draws.

Nothing here looks anything up. What is judged is drawn only when judgements are handed over. Texts are escaped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from frappe import _
from markupsafe import Markup, escape

from kam_erpnext.printing import map_lines as lines
from kam_erpnext.printing.map_layout import HEIGHT, WIDTH, Family

# colours as in power_map.scss
INK, SOFT, LINE, PAPER, BORDER = "#1c2733", "#5c6975", "#97a4b1", "#ffffff", "#c9d2db"
# edge and tint of a card by relationship; signs besides, as colour is never the only sign
RELATIONSHIPS = {
	"Positive": ("#1a8f58", "#eef9f3", "+"),
	"Neutral": ("#5d7389", "#f2f5f8", "="),
	"Poor": ("#cf3f36", "#fdf0ef", "−"),
	"": ("#a3acb6", "#ffffff", "?"),
}
# fill, letter and border of the badge
POWERS = {
	"High": ("#1c2733", "#ffffff", "#1c2733"),
	"Medium": ("#c8d2dc", "#1c2733", "#c8d2dc"),
	"Low": ("#ffffff", "#5c6975", "#5c6975"),
	"": ("#ffffff", "#5c6975", "#97a4b1"),
}
BLUE, OWNER, OWNER_TEXT = "#2073d8", "#dbe9fb", "#174f96"
INFLUENCE, CONFLICT, RIVAL = "#6a4bc4", "#c4261d", "#a85f00"
STRENGTHS = {"Weak": 1.5, "Medium": 2.5, "Strong": 4}
COVERAGES = ("No Contact", "Brief", "Multiple", "In Depth")
AT_CUSTOMER, BODY, COMPETITOR = "Person at the Customer", "Outside Body", "Competitor"
PLACEHOLDER, OUTSIDER = "Placeholder", "Outside Person"
# below this scale cards show names only
FAR = 0.5
FONT = "Liberation Sans, Arial, Helvetica, Noto Sans, sans-serif"
MARGIN = 34

# left, top, right and bottom
Box = tuple[float, float, float, float]


@dataclass
class Card:
	person: str
	name: str
	kind: str
	x: float
	y: float
	title: str = ""
	department: str = ""
	organisation: str = ""
	contact: str = ""
	reports_to: str = ""
	owners: tuple[str, ...] = ()
	judged: dict | None = None  # None: judgements are not shown; {}: nothing is known

	placed: bool = False

	def line(self) -> dict:
		return {
			"person": self.person,
			"kind": self.kind,
			"reports_to": self.reports_to,
			"placed": self.placed,
		}


@dataclass
class Drawing:
	cards: list[Card]
	links: list[dict] = field(default_factory=list)
	judged: bool = False
	title: str = ""
	note: str = ""

	def bounds(self) -> Box:
		"""Left, top, right and bottom of the cards with a margin."""
		if not self.cards:
			return 0.0, 0.0, WIDTH * 2.0, float(HEIGHT)
		return (
			min(card.x for card in self.cards) - MARGIN,
			min(card.y for card in self.cards) - MARGIN,
			max(card.x for card in self.cards) + WIDTH + MARGIN,
			max(card.y for card in self.cards) + HEIGHT + MARGIN,
		)

	def parts(self, width: float, height: float) -> list["Part"]:
		"""Parts not larger than this, row by row; each card belongs to one of them."""
		width, height = (max(room - 2 * MARGIN, size) for room, size in ((width, WIDTH), (height, HEIGHT)))
		return [
			Part(Drawing(cards).bounds(), frozenset(card.person for card in cards))
			for band in _bands(self.cards, lambda card: card.y, HEIGHT, height)
			for cards in _bands(band, lambda card: card.x, WIDTH, width)
		]


@dataclass
class Part:
	box: Box
	people: frozenset[str]


def _bands(cards: list[Card], place: Callable[[Card], float], size: float, room: float) -> list[list[Card]]:
	"""Cards in groups that fit into the room one after the other: as few as possible, and about the same size."""
	cards = sorted(cards, key=place)
	if not cards:
		return []
	bands = _filled(cards, place, size, room)
	length = place(cards[-1]) + size - place(cards[0])
	for count in range(len(bands), 2 * len(bands) + 1):
		narrower = _filled(cards, place, size, max(size, min(room, length / count * 1.05)))
		if len(narrower) == len(bands):
			return narrower
	return bands


def _filled(cards: list[Card], place: Callable[[Card], float], size: float, room: float) -> list[list[Card]]:
	bands: list[list[Card]] = []
	for card in cards:
		if bands and place(card) + size - place(bands[-1][0]) <= room:
			bands[-1].append(card)
		else:
			bands.append([card])
	return bands


# ---------------------------------------------------------------- whole pictures


def picture(drawing: Drawing) -> str:
	"""A file of its own: title, map and legend."""
	left, top, right, bottom = drawing.bounds()
	width = max(right - left, 560.0)
	head = 46.0 if drawing.title else 0.0
	shown = legend(drawing, width)
	height = head + (bottom - top) + shown.height
	inner = [f'<rect x="0" y="0" width="{_n(width)}" height="{_n(height)}" fill="{PAPER}"/>']
	if drawing.title:
		inner.append(
			_text(MARGIN, 24, fitted(drawing.title, width - 2 * MARGIN, 17, True), 17, INK, bold=True)
		)
		inner.append(_text(MARGIN, 40, fitted(drawing.note, width - 2 * MARGIN, 11), 11, SOFT))
	shift = (width - (right - left)) / 2 - left
	inner.append(f'<g transform="translate({_n(shift)} {_n(head - top)})">{content(drawing)}</g>')
	inner.append(f'<g transform="translate(0 {_n(head + bottom - top)})">{shown.svg}</g>')
	return (
		f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}"'
		f' viewBox="0 0 {_n(width)} {_n(height)}" font-family="{FONT}" role="img"'
		f' aria-label="{escape(drawing.title or _("Power map"))}">{"".join(inner)}</svg>'
	)


def window(drawing: Drawing, part: Part, scale: float, over: str = "") -> Markup:
	"""A part of the map, to be drawn at about this scale, with something over it."""
	box = part.box
	left, top, right, bottom = box
	return Markup(
		f'<svg class="kam-chart" xmlns="http://www.w3.org/2000/svg" preserveAspectRatio="xMidYMin meet"'
		f' viewBox="{_n(left)} {_n(top)} {_n(right - left)} {_n(bottom - top)}" font-family="{FONT}" role="img"'
		f' aria-label="{escape(_("Power map"))}" style="direction:ltr">{content(drawing, part, scale < FAR)}{over}</svg>'
	)


def frames(parts: Sequence[Part]) -> str:
	"""Numbered frames of parts, to lie over the whole."""
	shapes = []
	for number, part in enumerate(parts, 1):
		left, top, right, bottom = part.box
		left, top, right, bottom = left + 14, top + 14, right - 14, bottom - 14
		shapes.append(
			f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(right - left)}" height="{_n(bottom - top)}" rx="16" fill="none"'
			f' stroke="{OWNER_TEXT}" stroke-width="3" stroke-dasharray="14 10"/>'
			f'<rect x="{_n(right - 64)}" y="{_n(top - 4)}" width="64" height="52" rx="12" fill="{OWNER_TEXT}"/>'
		)
		shapes.append(_text(right - 32, top + 37, str(number), 40, PAPER, "middle", bold=True))
	return "".join(shapes)


def content(drawing: Drawing, part: Part | None = None, far: bool = False) -> str:
	"""Lines first, as far as they concern somebody in the part, and the cards over them."""
	cards = {card.person: card for card in drawing.cards}
	found, marks = [reporting_lines(drawing.cards)], []
	between: dict[frozenset, int] = {}
	for link in drawing.links:
		ends = frozenset((link["source"], link["target"]))
		if not ends <= set(cards):
			continue
		count = between[ends] = between.get(ends, -1) + 1
		turn = (count + 1) // 2 * (1 if count % 2 else -1)
		if not part or ends & part.people:
			line, mark = overlay(link, cards[link["source"]], cards[link["target"]], turn)
			found.append(line)
			marks.append(mark)
	found += [draw_card(card, far) for card in drawing.cards if not part or _overlaps(card, part.box)]
	return "".join(found + marks)


def _overlaps(card: Card, box: Box) -> bool:
	left, top, right, bottom = box
	return card.x < right and card.x + WIDTH > left and card.y < bottom and card.y + HEIGHT > top


# ---------------------------------------------------------------- cards

LEFT, RIGHT = 16, WIDTH - 10


def draw_card(card: Card, far: bool = False) -> str:
	"""A card; from `far` away it holds the name only."""
	judged = card.judged if card.kind not in (BODY, COMPETITOR) else None
	edge, tint, _unused = RELATIONSHIPS[(judged or {}).get("relationship") or ""]
	if judged is None:
		tint = PAPER
	parts = [_shape(card.kind, tint)]
	if judged is not None:
		parts.append(_edge(card.kind, edge, hatched=not judged.get("relationship")))
	if far:
		parts.append(_far(card, judged))
	else:
		parts.append(_texts(card, judged))
		x = float(LEFT)
		if judged is not None:
			signs, x = _signs(judged)
			parts.append(signs)
		parts.append(_owners(card.owners))
		if card.contact:
			end = RIGHT - 6 - 19 * len(card.owners)
			parts.append(_text(end, FOOT + 3.8, fitted(card.contact, end - x, 10), 10, SOFT, "end"))
	if judged is not None and not far:
		parts.append(_power(judged.get("power")))
	elif card.kind == COMPETITOR:
		parts.append(_flag(RIGHT - 14, 12, RIVAL))
	label = ", ".join(filter(None, (card.name, card.title)))
	return (
		f'<g data-person="{escape(card.person)}" transform="translate({_n(card.x)} {_n(card.y)})">'
		f"<title>{escape(label)}</title>{''.join(parts)}</g>"
	)


FOOT = HEIGHT - 17


def _shape(kind: str, tint: str) -> str:
	w, h = WIDTH, HEIGHT
	if kind == COMPETITOR:
		return (
			f'<path d="M12,0 H{w - 12} L{w},12 V{h - 12} L{w - 12},{h} H12 L0,{h - 12} V12 Z" fill="{PAPER}" stroke="{RIVAL}"'
			' stroke-width="1.6"/>'
		)
	stroke, dash = BORDER, ""
	if kind in (PLACEHOLDER, BODY):
		stroke, dash = SOFT, ' stroke-dasharray="6 4"' if kind == PLACEHOLDER else ""
	radius = {OUTSIDER: 26, BODY: 2}.get(kind, 9)
	shape = f'<rect width="{w}" height="{h}" rx="{radius}" fill="{tint}" stroke="{stroke}" stroke-width="1.3"{dash}/>'
	if kind == BODY:
		shape += f'<rect x="3.5" y="3.5" width="{w - 7}" height="{h - 7}" fill="none" stroke="{SOFT}" stroke-width="0.8"/>'
	return shape


def _edge(kind: str, colour: str, hatched: bool) -> str:
	"""The stripe at the left in the colour of the relationship."""
	inset = 24 if kind == OUTSIDER else 9
	if not hatched:
		return f'<rect x="0" y="{inset}" width="5" height="{HEIGHT - 2 * inset}" fill="{colour}"/>'
	return "".join(
		f'<path d="M0.5,{step} L6,{step - 6}" stroke="{colour}" stroke-width="1.4"/>'
		for step in range(inset + 6, HEIGHT - inset + 1, 6)
	)


def _texts(card: Card, judged: dict | None) -> str:
	names = dict(role_names())
	roles = " · ".join(names.get(role, role) for role in names if role in ((judged or {}).get("roles") or ()))
	kind = "" if card.kind == AT_CUSTOMER else _(card.kind)
	where = " · ".join(filter(None, (card.department, card.organisation)))
	titles = " · ".join(filter(None, (card.title, card.department if roles else "")))
	room = RIGHT - LEFT
	parts = [
		_text(
			LEFT,
			22,
			fitted(card.name, room - 28 if judged is not None else room, 13, True),
			13,
			INK,
			bold=True,
			italic=card.kind == PLACEHOLDER,
		),
		_text(LEFT, 39, fitted(titles or kind or where, room, 11.5), 11.5, INK),
	]
	if roles:
		parts.append(_text(LEFT, 56, fitted(roles, room, 11, True), 11, INFLUENCE, bold=True))
	elif titles:
		parts.append(_text(LEFT, 55, fitted(where or kind, room, 11), 11, SOFT))
	elif kind:
		parts.append(_text(LEFT, 55, fitted(where, room, 11), 11, SOFT))
	return "".join(parts)


def role_names() -> list[tuple[str, str]]:
	"""Buying roles in the order of the cards."""
	return [
		(role, _(role))
		for role in (
			"Decider",
			"Buyer",
			"Influencer",
			"User",
			"Gatekeeper",
			"Initiator",
			"Sponsor",
			"Champion",
		)
	]


def _far(card: Card, judged: dict | None) -> str:
	"""What can be read when a large map is looked at as a whole."""
	room = WIDTH - LEFT - 12
	rows = two_lines(card.name, room - 32 if judged is not None else room, room, 25)
	shown = "".join(
		_text(LEFT, HEIGHT / 2 + 9 + (number - (len(rows) - 1) / 2) * 32, text, 25, INK, bold=True)
		for number, text in enumerate(rows)
	)
	if judged is None:
		return shown
	# as large as the letters, in the corner
	moved = f"translate({_n(RIGHT - 16 - (RIGHT - 11) * 1.6)} {_n(24 - 18 * 1.6)}) scale(1.6)"
	return f'{shown}<g transform="{moved}">{_power(judged.get("power"))}</g>'


def _power(power: str | None) -> str:
	fill, ink, stroke = POWERS[power or ""]
	dash = "" if power else ' stroke-dasharray="2.5 2"'
	letter = {"High": _("H"), "Medium": _("M"), "Low": _("L")}.get(power or "", "?")
	return (
		f'<rect x="{RIGHT - 22}" y="7" width="22" height="22" rx="6" fill="{fill}" stroke="{stroke}"{dash}/>'
		+ _text(RIGHT - 11, 22.3, letter, 12, ink, "middle", bold=True)
	)


def _signs(judged: dict) -> tuple[str, float]:
	"""Relationship, support and coverage at the foot; and where the next thing may begin."""
	parts = [f'<g transform="translate({LEFT + 8} {FOOT})">{_sign(judged.get("relationship") or "")}</g>']
	x = float(LEFT + 23)
	support = judged.get("support")
	if support is not None:
		parts.append(f'<g transform="translate({_n(x)} {FOOT})">{_support(support)}</g>')
		x += 30
	coverage = judged.get("coverage")
	if coverage in COVERAGES:
		level = COVERAGES.index(coverage)
		parts.append(f'<g transform="translate({_n(x + 1)} {FOOT + 6})">{_bars(level)}</g>')
		x += 22
	return "".join(parts), x


def _sign(relationship: str) -> str:
	colour, _tint, sign = RELATIONSHIPS[relationship]
	if not relationship:
		return f'<circle r="8.5" fill="none" stroke="{SOFT}" stroke-dasharray="2.5 2"/>' + _text(
			0, 4.3, sign, 12, SOFT, "middle", bold=True
		)
	return f'<circle r="8.5" fill="{colour}"/>' + _text(0, 4.3, sign, 12, PAPER, "middle", bold=True)


def _support(support: int) -> str:
	colour = RELATIONSHIPS["Positive" if support > 0 else "Poor" if support < 0 else "Neutral"][0]
	return (
		f'<rect y="-8" width="24" height="16" rx="8" fill="{PAPER}" stroke="{colour}" stroke-width="1.2"/>'
		+ _text(12, 3.8, signed(support), 10.5, colour, "middle", bold=True)
	)


def signed(value: float) -> str:
	"""A number with its sign."""
	return f"+{value}" if value > 0 else f"−{abs(value)}" if value else "0"


def _bars(level: int) -> str:
	return "".join(
		f'<rect x="{bar * 5}" y="{-(4 + bar * 4)}" width="3.5" height="{4 + bar * 4}" rx="1"'
		f' fill="{BLUE if bar < level else "#d5dce3"}"/>'
		for bar in range(3)
	)


def _owners(owners: Sequence[str]) -> str:
	"""Initials, the first owner in front."""
	parts = []
	for number, name in reversed(list(enumerate(reversed(owners)))):
		x = RIGHT - 10 - 19 * number
		parts.append(
			f'<circle cx="{x}" cy="{FOOT}" r="10.5" fill="{OWNER}" stroke="{PAPER}" stroke-width="1.5"/>'
		)
		parts.append(_text(x, FOOT + 3.3, name, 9, OWNER_TEXT, "middle", bold=True))
	return "".join(parts)


def _flag(x: float, y: float, colour: str, size: float = 1.0) -> str:
	return (
		f'<path transform="translate({_n(x)} {_n(y)}) scale({size})" d="M0,14 V0 L11,4 L0,8" fill="{colour}" stroke="{colour}"'
		' stroke-width="1.3"/>'
	)


# ---------------------------------------------------------------- lines


def reporting_lines(cards: Sequence[Card]) -> str:
	family = Family([card.line() for card in cards])
	places = {card.person: (card.x, card.y) for card in cards}
	return "".join(
		f'<path d="{lines.reporting(family, places, key)}" fill="none" stroke="{LINE}" stroke-width="1.5"'
		f' data-superior="{escape(superior)}"/>'
		for key, superior in family.superior.items()
	)


def overlay(link: dict, source: Card, target: Card, turn: int) -> tuple[str, str]:
	"""Line of an influence, conflict or competitor's contact, and its mark, which lies over the cards."""
	kind = link["kind"]
	way = lines.curve((source.x, source.y), (target.x, target.y), turn)
	width = STRENGTHS.get(link.get("strength") or "Medium", STRENGTHS["Medium"])
	about = f'data-link="{escape(link["id"])}" fill="none"'
	x, y = way.middle
	if kind == "Conflict":
		bolt = f"M{_n(x + 1.5)} {_n(y - 6)} L{_n(x - 3)} {_n(y + 1)} L{_n(x + 2.5)} {_n(y + 0.5)} L{_n(x - 1.5)} {_n(y + 6)}"
		return (
			f'<path {about} d="{lines.zigzag(way)}" stroke="{CONFLICT}" stroke-width="{_n(width)}"/>',
			_disc(x, y, CONFLICT) + f'<path d="{bolt}" fill="none" stroke="{CONFLICT}" stroke-width="1.8"/>',
		)
	rival = kind != "Influence"
	colour = RIVAL if rival else INFLUENCE
	dash = ' stroke-dasharray="0.5 6" stroke-linecap="round"' if rival else ""
	line = f'<path {about} d="{way.path}" stroke="{colour}" stroke-width="{_n(width)}"{dash}/>'
	line += _head(way, width, colour)
	if link.get("both_ways"):
		line += _head(way, width, colour, backwards=True)
	return line, _disc(x, y, RIVAL) + _flag(x - 3, y - 5.5, RIVAL, 0.75) if rival else ""


def _disc(x: float, y: float, colour: str) -> str:
	return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="9" fill="{PAPER}" stroke="{colour}" stroke-width="1.4"/>'


def _head(way, width: float, colour: str, backwards: bool = False) -> str:
	return f'<polygon points="{lines.arrow(way, width, backwards)}" fill="{colour}"/>'


# ---------------------------------------------------------------- legend


@dataclass
class Legend:
	svg: str
	height: float


def legend(drawing: Drawing, width: float) -> Legend:
	"""The signs that occur, in lines as wide as the picture."""
	entries = list(_legend_entries(drawing))
	parts, x, y = [], float(MARGIN), 18.0
	for symbol, label in entries:
		room = 34 + text_width(label, 10.5) + 18
		if x + room > width - MARGIN and x > MARGIN:
			x, y = float(MARGIN), y + 24
		parts.append(f'<g transform="translate({_n(x)} {_n(y)})">{symbol}</g>')
		parts.append(_text(x + 34, y + 3.8, label, 10.5, INK))
		x += room
	return Legend("".join(parts), y + 20 if entries else 8.0)


def legend_alone(drawing: Drawing, width: float) -> tuple[Markup, float]:
	"""The legend as a picture of its own, and its height."""
	shown = legend(drawing, width)
	return Markup(
		f'<svg class="kam-chart" xmlns="http://www.w3.org/2000/svg" preserveAspectRatio="xMinYMin meet"'
		f' viewBox="{MARGIN} 0 {_n(width)} {_n(shown.height)}" font-family="{FONT}" style="direction:ltr">{shown.svg}</svg>'
	), shown.height


def _legend_entries(drawing: Drawing):
	kinds = {card.kind for card in drawing.cards}
	drawn = {link["kind"] for link in drawing.links}
	box = (
		'<rect x="2" y="-8" width="24" height="16" rx="{}" fill="#ffffff" stroke="{}" stroke-width="1.3"{}/>'
	)
	if drawing.judged:
		for value, label in (
			("Positive", _("Positive relationship")),
			("Neutral", _("Neutral")),
			("Poor", _("Poor")),
			("", _("Not known")),
		):
			yield f'<g transform="translate(16 0)">{_sign(value)}</g>', label
		for power, label in (
			("High", _("High decision power")),
			("Medium", _("Medium")),
			("Low", _("Low")),
			("", _("Not known")),
		):
			yield f'<g transform="translate({18 - RIGHT + 11} -18)">{_power(power)}</g>', label
		yield f'<g transform="translate(4 0)">{_support(2)}</g>', _("Support, −2 to +2")
		yield (
			f'<g transform="translate(8 6)">{_bars(2)}</g>',
			_("Coverage: none, brief, multiple, in depth"),
		)
	if any(card.contact for card in drawing.cards):
		yield _text(16, 3.8, _("{0} d").format(12), 10, SOFT, "middle"), _("Days since the last contact")
	if any(card.owners for card in drawing.cards):
		yield (
			f'<circle cx="16" cy="0" r="10" fill="{OWNER}"/>'
			+ _text(16, 3.3, "AB", 9, OWNER_TEXT, "middle", bold=True),
			_("Our relationship owner"),
		)
	yield (
		f'<path d="M2 -7 V0 H26 V7" fill="none" stroke="{LINE}" stroke-width="1.5"/>',
		_("Reports to", context="KAM"),
	)
	if "Influence" in drawn:
		yield (
			f'<line x1="1" y1="0" x2="20" y2="0" stroke="{INFLUENCE}" stroke-width="2.2"/>'
			+ f'<polygon points="28,0 18,-4 18,4" fill="{INFLUENCE}"/>',
			_("Influence, wider is stronger"),
		)
	if "Conflict" in drawn:
		yield (
			f'<path d="M1 3 L5 -4 L10 4 L15 -4 L20 4 L25 -4 L28 2" fill="none" stroke="{CONFLICT}" stroke-width="1.6"/>',
			_("Conflict"),
		)
	if "Competitor Contact" in drawn:
		yield (
			f'<line x1="2" y1="0" x2="20" y2="0" stroke="{RIVAL}" stroke-width="2.2" stroke-dasharray="2 5" stroke-linecap="round"/>'
			+ f'<polygon points="28,0 18,-4 18,4" fill="{RIVAL}"/>',
			_("Competitor's contact"),
		)
	if PLACEHOLDER in kinds:
		yield box.format(3, LINE, ' stroke-dasharray="5 3"'), _("Not known yet")
	if OUTSIDER in kinds:
		yield box.format(8, LINE, ""), _("Outside person")
	if BODY in kinds:
		yield (
			box.format(1, LINE, "")
			+ f'<rect x="4.5" y="-5.5" width="19" height="11" fill="none" stroke="{LINE}" stroke-width="0.8"/>',
			_("Outside body"),
		)
	if COMPETITOR in kinds:
		yield (
			f'<polygon points="7,-8 21,-8 26,-3 26,3 21,8 7,8 2,3 2,-3" fill="{PAPER}" stroke="{RIVAL}" stroke-width="1.3"/>',
			_("Competitor"),
		)


# ---------------------------------------------------------------- texts

NARROW, SLIM, WIDE = frozenset("iljI.,:;'|!"), frozenset('ftr()[]-/ "*'), frozenset("mwMW@%—…")


def text_width(text: str, size: float, bold: bool = False) -> float:
	"""About as wide as a sans serif draws it; East Asian letters are as wide as high."""
	width = 0.0
	for letter in text:
		if letter in NARROW:
			width += 0.25
		elif letter in SLIM:
			width += 0.33
		elif letter in WIDE:
			width += 0.86
		elif ord(letter) > 0x2E7F:
			width += 1.0
		elif letter.isupper():
			width += 0.69
		else:
			width += 0.55
	return width * size * (1.06 if bold else 1.0)


def fitted(text: str | None, room: float, size: float, bold: bool = False) -> str:
	"""A text on one line, cut with an ellipsis where the room ends."""
	text = " ".join(str(text or "").split())
	if text_width(text, size, bold) <= room:
		return text
	room -= text_width("…", size, bold)
	while text and text_width(text, size, bold) > room:
		text = text[:-1]
	return text.rstrip(" ,;:.-") + "…"


def two_lines(text: str, room: float, second: float, size: float) -> list[str]:
	"""A name in at most two lines, each with its room."""
	if text_width(text, size, True) <= room:
		return [text]
	words = text.split()
	first = words.pop(0) if words else ""
	while len(words) > 1 and text_width(f"{first} {words[0]}", size, True) <= room:
		first += f" {words.pop(0)}"
	rest = " ".join(words)
	return [fitted(first, room, size, True), *([fitted(rest, second, size, True)] if rest else [])]


def _text(x, y, text, size, colour, anchor="start", bold=False, italic=False) -> str:
	if not text:
		return ""
	style = ' font-weight="bold"' if bold else ""
	style += ' font-style="italic"' if italic else ""
	return (
		f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{style}>'
		f"{escape(text)}</text>"
	)


_n = lines.number
