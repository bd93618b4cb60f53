"""Shapes of answers that more than one endpoint gives, or that other systems read; docs/openapi.json is made of them.

Plain kinds only: the description is made from the source, without importing anything.
"""

from typing import TypedDict


class Told(TypedDict):
	message: str


class Figure(TypedDict):
	value: int | float | str
	fieldtype: str
	route: list[str]


class CardFigure(Figure, total=False):
	route_options: dict


class CallState(TypedDict):
	name: str
	status: str
	planned_on: str
	modified: str


class MovedCall(CallState):
	moves: int
	due_on: str | None


class ReportedCall(CallState):
	actions: list[str]
	notes: list[str]
	todos: list[str]


class CallDay(TypedDict):
	day: str
	today: str
	user: str
	full_name: str
	zone: str
	calls: list[dict]
	overdue: list[dict]
	overdue_count: int
	done: int


class CallWeekday(TypedDict):
	day: str
	calls: int
	made: int
	open: int
	minutes: int


class CycleLines(TypedDict):
	rows: list[dict]
	total: int
	calls: int


class OpportunityState(TypedDict):
	status: str
	gate: str | None
	probability: float


class SelectionSummary(TypedDict):
	proposals: dict[str, int]
	classes: dict[str, int]
	undecided: int
	open: int
	lines: int


class SelectionLines(TypedDict):
	rows: list[dict]
	total: int
	page: int


class TreeNode(TypedDict):
	value: str
	title: str
	expandable: int
	status: str
	level: str | None
