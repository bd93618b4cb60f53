"""Whether a plan fits one page: its height is estimated from its texts. What does not fit is left out down to the rows
every plan shows, and then the letters get smaller.

Heights are in em of the print's own font, widths in letters of that font; see templates/print/style.html.
"""

from math import ceil

PAGE = 99.0
SMALLEST = 0.8
LINE, PADDING = 1.28, 0.55
HEADING, TABLE_HEAD, MORE = 2.5, 1.7, 1.4
LETTER_HEAD = 11.0
# rows that are always shown
LEAST = {"objectives": 6, "actions": 8, "groups": 6, "risks": 3, "budget": 4}
LEAST_OF_SWOT = 2


def trim(plan: dict, letter_head: bool = False) -> None:
	"""Takes rows away until the plan fits, where it takes least to gain most; `more` of a part counts them."""
	while height(plan, letter_head) > PAGE:
		choices = [
			(len(plan[name]["rows"]) - least, [plan[name]])
			for name, least in LEAST.items()
			if len(plan[name]["rows"]) > least
		]
		boxes = [box for box in plan["swot"] if len(box["rows"]) > LEAST_OF_SWOT]
		if boxes:
			choices.append((1, boxes))
		if not choices:
			return
		_excess, parts = min(
			choices, key=lambda choice: (_height_without(plan, choice[1], letter_head), -choice[0])
		)
		for part in parts:
			part["rows"].pop()
			part["more"] += 1


def _height_without(plan: dict, parts: list[dict], letter_head: bool) -> float:
	taken = [part["rows"].pop() for part in parts]
	result = height(plan, letter_head)
	for part, row in zip(parts, taken, strict=True):
		part["rows"].append(row)
	return result


def density(plan: dict, letter_head: bool = False) -> float:
	"""Factor for the size of the letters, at most 1."""
	return round(min(max(PAGE / height(plan, letter_head), SMALLEST), 1.0), 3)


def height(plan: dict, letter_head: bool = False) -> float:
	parts = [
		LETTER_HEAD if letter_head else 0.0,
		7.8 + (1.5 if len(plan["head"]["account"] or "") > 42 else 0.0),
		0.5 + 1.32 * max(_lines(plan[text], 66) for text in ("strategy", "value_promise", "situation")),
		5.2,
		HEADING + max(16.0 if plan["chart"] else 0.0, _groups(plan["groups"])),
		HEADING + _objectives(plan["objectives"]),
		HEADING + max(_actions(plan["actions"]), _budget(plan["budget"]) + HEADING + _risks(plan["risks"])),
		(HEADING + 1.6 + max(_swot(box) for box in plan["swot"])) if plan["swot"] else 0.0,
		2.6,
	]
	return sum(parts)


def _lines(text, width: int) -> int:
	return ceil(len(str(text or "")) / width)


def _row(*cells: tuple[str, int]) -> float:
	return PADDING + LINE * max([1, *(_lines(text, width) for text, width in cells)])


def _more(part: dict) -> float:
	return MORE if part["more"] else 0.0


def _groups(part: dict) -> float:
	return TABLE_HEAD + sum(max(_row((row["label"], 15)), 2.5) for row in part["rows"]) + _more(part)


def _objectives(part: dict) -> float:
	rows = (
		_row((row["objective"], 50), (row["value"], 11), (row["target"], 11), (row["state"], 10))
		for row in part["rows"]
	)
	return TABLE_HEAD + sum(rows) + _more(part)


def _actions(part: dict) -> float:
	return sum(_row((row["subject"], 37), (row["owner"], 16)) for row in part["rows"]) + _more(part)


def _budget(part: dict) -> float:
	return TABLE_HEAD + 2 + sum(_row((row["purpose"], 19)) for row in part["rows"])


def _risks(part: dict) -> float:
	return sum(0.2 + 1.25 * _lines(row["risk"], 52) for row in part["rows"]) + _more(part)


def _swot(box: dict) -> float:
	return sum(0.2 + 1.25 * _lines(row["statement"], 29) for row in box["rows"]) + _more(box)
