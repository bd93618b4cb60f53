"""Charts as SVG: shapes every PDF engine and browser draws. Texts are escaped."""

from collections.abc import Callable, Sequence
from math import ceil, floor, log10

from frappe import _
from markupsafe import Markup, escape

from kam_erpnext.printing import show

BLUE, TEAL, AMBER, RED = "#2563a8", "#0f766e", "#c2700f", "#b42318"
PALE, GREY, INK, SOFT, LINE, TRACK = "#b9c9dc", "#8a95a3", "#17212e", "#5a6775", "#dfe5ec", "#e6ebf1"
STATE_COLOURS = {
	"On Track": TEAL,
	"Achieved": TEAL,
	"At Risk": AMBER,
	"Missed": RED,
	"Dropped": GREY,
}
LABELS_AT_MOST = 14
# attainments beyond are drawn at the edge of a pay-out curve
FURTHEST = 220.0


def months_chart(
	months: Sequence[dict],
	currency: str | None,
	width: int = 560,
	height: int = 190,
	target: bool = True,
) -> Markup:
	"""Target and actual as bars, the year before as a line. `months`: month, target, actual, before (None = unknown)."""
	names = ["target", "actual", "before"] if target else ["actual", "before"]
	values = [float(row[name]) for row in months for name in names if show.known(row.get(name))]
	if not any(values):
		return Markup("")
	low, high, step = scale(min(values, default=0), max(values, default=0))
	unit, divisor = _thousands(max(abs(low), abs(high)))
	left, right, top, bottom = 44, 6, 24, 20
	inner, tall = width - left - right, height - top - bottom

	def y(value: float) -> float:
		return round(top + tall * (high - value) / (high - low), 1)

	parts = [_legend(width, unit, currency, target)]
	tick = low
	while tick <= high + step / 2:
		parts.append(_line(left, y(tick), width - right, y(tick), GREY if abs(tick) < step / 2 else LINE))
		digits = 1 if step / divisor < 1 else 0
		parts.append(_text(left - 5, y(tick) + 3, show.number(tick / divisor, digits), "end", SOFT))
		tick += step
	slot = inner / len(months)
	bar = min(slot * 0.36, 22)
	every = ceil(len(months) / LABELS_AT_MOST)
	points = []
	for place, row in enumerate(months):
		middle = left + slot * (place + 0.5)
		if target:
			parts.append(_bar(middle - bar, bar, row.get("target"), y, PALE))
		parts.append(_bar(middle if target else middle - bar / 2, bar, row.get("actual"), y, BLUE))
		if show.known(row.get("before")):
			points.append((round(middle, 1), y(float(row["before"]))))
		if place % every == 0:
			parts.append(_text(middle, height - 6, show.month(row["month"]), "middle", SOFT))
	if len(points) > 1:
		path = " ".join(f"{x},{value}" for x, value in points)
		parts.append(f'<polyline points="{path}" fill="none" stroke="{AMBER}" stroke-width="1.6"/>')
	parts += [f'<circle cx="{x}" cy="{value}" r="2" fill="{AMBER}"/>' for x, value in points]
	return _svg(width, height, parts, _("Net sales by month"))


def scale(lowest: float, highest: float, ticks: int = 4) -> tuple[float, float, float]:
	"""Ends and step of an axis that holds zero and both values."""
	lowest, highest = min(lowest, 0.0), max(highest, 0.0)
	if highest - lowest <= 0:
		return 0.0, 1.0, 1.0
	rough = (highest - lowest) / ticks
	power = 10 ** floor(log10(rough))
	step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
	return floor(lowest / step) * step, ceil(highest / step - 1e-9) * step, step


def progress_bar(value: float | None, state: str | None = None, rtl: bool = False) -> Markup:
	"""A bar as wide as its cell: how much of the way is gone."""
	filled = min(max(float(value), 0.0), 100.0) if show.known(value) else 0.0
	colour = STATE_COLOURS.get(state or "", BLUE)
	start = 100 - filled if rtl else 0
	parts = [f'<rect x="0" y="0" width="100" height="10" fill="{TRACK}"/>']
	if filled:
		parts.append(f'<rect x="{start:.1f}" y="0" width="{filled:.1f}" height="10" fill="{colour}"/>')
	return Markup(
		'<svg class="kam-bar" viewBox="0 0 100 10" preserveAspectRatio="none" xmlns="http://www.w3.org/2000/svg">'
		f"{''.join(parts)}</svg>"
	)


def attainment_bar(value: float | None, rtl: bool = False) -> Markup:
	"""Actual as percent of the target to date."""
	if not show.known(value):
		return progress_bar(None, rtl=rtl)
	state = "On Track" if value >= 97 else "At Risk" if value >= 85 else "Missed"
	return progress_bar(value, state, rtl)


def payout_curve(
	knots: Sequence[Sequence[float]], lines: Sequence[dict], width: int = 400, height: int = 190
) -> Markup:
	"""The pay-out curve as SVG, with a numbered mark for every known line."""
	if not knots:
		return Markup("")
	known = [(number, line) for number, line in enumerate(lines, 1) if line["known"]]
	first, last = knots[0], knots[-1]
	reached = [min(line["attainment"], FURTHEST) for _number, line in known]
	right = max(last[0] * 1.12, *(value * 1.05 for value in reached), 110.0) if reached else last[0] * 1.12
	top = max(last[1], *(line["payout"] for _number, line in known), 100.0) if known else max(last[1], 100.0)
	left = min(first[0] * 0.75, *(value * 0.95 for value in reached)) if reached else first[0] * 0.75
	left = max(left, 0.0)
	_low, high, step = scale(0, top)
	edge, inner, tall = 40, width - 54, height - 40

	def x(value: float) -> float:
		return edge + inner * (min(max(value, left), right) - left) / (right - left)

	def y(value: float) -> float:
		return 14 + tall * (high - value) / high

	parts = []
	tick = 0.0
	while tick <= high + step / 2:
		parts.append(_line(edge, y(tick), width - 14, y(tick), LINE if tick else GREY))
		parts.append(_text(edge - 5, y(tick) + 3, f"{tick:g} %", "end", SOFT))
		tick += step
	# as many figures below as there is room for
	written = -1000.0
	for attainment, _payout in knots:
		if x(attainment) - written > 30:
			parts.append(_text(x(attainment), height - 14, f"{attainment:g} %", "middle", SOFT))
			written = x(attainment)
	parts.append(_text(width - 14, height - 2, _("Attainment"), "end", SOFT))
	parts.append(_text(edge - 34, 9, _("Pay-out"), "start", SOFT))
	way = [(left, 0.0), (first[0], 0.0), *knots, (right, last[1])]
	path = " ".join(f"{x(attainment):.1f},{y(payout):.1f}" for attainment, payout in way)
	parts.append(f'<polyline points="{path}" fill="none" stroke="{BLUE}" stroke-width="2"/>')
	taken: list[tuple[float, float]] = []
	for number, line in known:
		place = [x(min(line["attainment"], right)), y(line["payout"])]
		# marks that would lie on each other stand beside each other
		while any(abs(place[0] - other[0]) < 15 and abs(place[1] - other[1]) < 15 for other in taken):
			place[1] -= 15 if place[1] > 30 else -15
			if len(taken) > 12:
				break
		taken.append((place[0], place[1]))
		parts.append(
			f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="7" fill="{TEAL}" stroke="#fff" stroke-width="1"/>'
			f'<text x="{place[0]:.1f}" y="{place[1] + 3.3:.1f}" font-size="9" text-anchor="middle" fill="#fff">{number}</text>'
		)
	return _svg(width, height, parts, _("Pay-out curve"))


# ---------------------------------------------------------------- shapes


def _svg(width: int, height: int, parts: list[str], title: str) -> Markup:
	return Markup(
		f'<svg class="kam-chart" viewBox="0 0 {width} {height}" preserveAspectRatio="xMinYMid meet"'
		f' xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" style="direction:ltr">{"".join(parts)}</svg>'
	)


def _legend(width: int, unit: str, currency: str | None, target: bool) -> str:
	parts, x = [], 44
	for label, colour, is_line in (
		*([(_("Target", context="KAM"), PALE, False)] if target else []),
		(_("Actual", context="KAM"), BLUE, False),
		(_("Year before"), AMBER, True),
	):
		if is_line:
			parts.append(f'<line x1="{x}" y1="9" x2="{x + 14}" y2="9" stroke="{colour}" stroke-width="2"/>')
		else:
			parts.append(f'<rect x="{x}" y="5" width="14" height="8" fill="{colour}"/>')
		parts.append(_text(x + 18, 12.5, label, "start", INK))
		x += 34 + 5.4 * len(label)
	text = " ".join(part for part in (currency, unit) if part)
	parts.append(_text(width - 6, 12.5, text, "end", SOFT))
	return "".join(parts)


def _thousands(highest: float) -> tuple[str, float]:
	if highest >= 2_000_000:
		return _("million"), 1_000_000.0
	if highest >= 10_000:
		return _("thousand"), 1000.0
	return "", 1.0


def _bar(x: float, width: float, value, y: Callable[[float], float], colour: str) -> str:
	if not show.known(value) or not float(value):
		return ""
	ends = sorted((y(0.0), y(float(value))))
	return f'<rect x="{x:.1f}" y="{ends[0]}" width="{width:.1f}" height="{ends[1] - ends[0]:.1f}" fill="{colour}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
	return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="0.7"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str) -> str:
	return (
		f'<text x="{x:.1f}" y="{y:.1f}" font-size="9.5" text-anchor="{anchor}" fill="{colour}">'
		f"{escape(text)}</text>"
	)
