"""Periods: half-open date ranges, the measuring window of a selection and its comparison periods."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

FISCAL_YEAR_TO_DATE = "Fiscal Year to Date"
LAST_FISCAL_YEAR = "Last Fiscal Year"
ROLLING_12_MONTHS = "Rolling 12 Months"
WINDOWS = (FISCAL_YEAR_TO_DATE, LAST_FISCAL_YEAR, ROLLING_12_MONTHS)


@dataclass(frozen=True, order=True)
class Period:
	"""Days from `start` (included) to `end` (not included). Raises ValueError if it holds no day."""

	start: date
	end: date

	def __post_init__(self):
		for name in ("start", "end"):
			value = getattr(self, name)
			if isinstance(value, datetime):
				object.__setattr__(self, name, value.date())
			elif not isinstance(value, date):
				raise TypeError(f"The {name} of a period must be a date, not {value!r}.")
		if self.end <= self.start:
			raise ValueError(f"A period must end after it starts: {self.start} is not before {self.end}.")

	@property
	def days(self) -> int:
		"""Number of days in the period."""
		return (self.end - self.start).days

	@property
	def last_day(self) -> date:
		"""The last day that belongs to the period."""
		return self.end - timedelta(days=1)

	def previous_year(self) -> "Period":
		"""The period that starts one year earlier and has the same number of days.

		29 February becomes 28 February. A period of 366 days therefore reaches one day into the year that
		follows it: equal length matters more in a comparison than equal end days.
		"""
		start = _clamped_date(self.start.year - 1, self.start.month, self.start.day)
		return Period(start, start + timedelta(days=self.days))

	def previous(self) -> "Period":
		"""The period of the same number of days directly before this one."""
		return Period(self.start - timedelta(days=self.days), self.start)

	def contains(self, day: date) -> bool:
		"""True if the day (a date, or a datetime on that day) belongs to the period."""
		if isinstance(day, datetime):
			day = day.date()
		return self.start <= day < self.end

	def __str__(self) -> str:
		return f"{self.start} to {self.last_day}"


def resolve_window(
	window: str, as_of: date, fiscal_year_start_month: int = 1, fiscal_year_start_day: int = 1
) -> Period:
	"""The period a window stands for on the day `as_of`.

	`window` is one of `WINDOWS`:

	* Fiscal Year to Date: from the first day of the running fiscal year to `as_of`, included.
	* Last Fiscal Year: the last complete fiscal year before the running one.
	* Rolling 12 Months: twelve months that end with `as_of`, included.

	A fiscal year starting on 29 February starts on the 28th in other years. Raises ValueError for an unknown
	window or an impossible start of the fiscal year.
	"""
	if isinstance(as_of, datetime):
		as_of = as_of.date()
	if window not in WINDOWS:
		raise ValueError(f"Unknown window {window!r}. Choose one of: {', '.join(WINDOWS)}.")
	_check_fiscal_year_start(fiscal_year_start_month, fiscal_year_start_day)

	end = as_of + timedelta(days=1)
	if window == ROLLING_12_MONTHS:
		return Period(_one_year_before(end), end)

	start = _clamped_date(as_of.year, fiscal_year_start_month, fiscal_year_start_day)
	if start > as_of:
		start = _clamped_date(as_of.year - 1, fiscal_year_start_month, fiscal_year_start_day)
	if window == FISCAL_YEAR_TO_DATE:
		return Period(start, end)
	return Period(_clamped_date(start.year - 1, fiscal_year_start_month, fiscal_year_start_day), start)


def _one_year_before(end: date) -> date:
	"""First day of the twelve months that end before `end`; a missing 29 February becomes 1 March."""
	try:
		return end.replace(year=end.year - 1)
	except ValueError:
		return date(end.year - 1, 3, 1)


def _clamped_date(year: int, month: int, day: int) -> date:
	"""The date, or the last day of that February if the day does not exist in that year."""
	if month == 2 and day == 29:
		return date(year, 3, 1) - timedelta(days=1)
	return date(year, month, day)


def _check_fiscal_year_start(month: int, day: int) -> None:
	try:
		date(2020, month, day)
	except (TypeError, ValueError):
		raise ValueError(
			f"The fiscal year cannot start on day {day!r} of month {month!r}: there is no such day."
		) from None
