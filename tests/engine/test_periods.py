import calendar
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_erpnext.engine.periods import (
	FISCAL_YEAR_TO_DATE,
	LAST_FISCAL_YEAR,
	ROLLING_12_MONTHS,
	WINDOWS,
	Period,
	resolve_window,
)

days = st.dates(min_value=date(1999, 1, 1), max_value=date(2040, 12, 31))


@st.composite
def periods(draw):
	start = draw(days)
	return Period(start, start + timedelta(days=draw(st.integers(1, 800))))


def period_of(start: str, last: str) -> Period:
	"""Both days included."""
	return Period(date.fromisoformat(start), date.fromisoformat(last) + timedelta(days=1))


class TestPeriod:
	def test_year(self):
		year = Period(date(2019, 1, 1), date(2020, 1, 1))
		assert year.days == 365
		assert year.last_day == date(2019, 12, 31)
		assert str(year) == "2019-01-01 to 2019-12-31"
		assert year.contains(date(2019, 1, 1))
		assert year.contains(date(2019, 12, 31))
		assert not year.contains(date(2020, 1, 1))
		assert not year.contains(date(2018, 12, 31))

	def test_datetimes_are_taken_by_their_day(self):
		assert Period(datetime(2019, 1, 1, 8), datetime(2019, 2, 1, 9)) == Period(
			date(2019, 1, 1), date(2019, 2, 1)
		)
		january = Period(date(2019, 1, 1), date(2019, 2, 1))
		assert january.contains(datetime(2019, 1, 31, 23, 59))
		assert not january.contains(datetime(2019, 2, 1, 0, 0))

	@pytest.mark.parametrize("end", [date(2019, 1, 1), date(2018, 12, 31)])
	def test_no_day_is_refused(self, end):
		with pytest.raises(ValueError, match="must end after it starts"):
			Period(date(2019, 1, 1), end)

	def test_texts_are_refused(self):
		with pytest.raises(TypeError, match="start of a period must be a date"):
			Period("2019-01-01", date(2020, 1, 1))

	@pytest.mark.parametrize(
		("start", "last", "expected_start", "expected_last"),
		[
			# 28 days: February 2019 against the 28 days from 1 February 2018
			("2019-02-01", "2019-02-28", "2018-02-01", "2018-02-28"),
			# 29 days: February 2020 against 29 days, so 1 March 2019 is the last one
			("2020-02-01", "2020-02-29", "2019-02-01", "2019-03-01"),
			# 28 days against a February of 29: the leap day stays out
			("2021-02-01", "2021-02-28", "2020-02-01", "2020-02-28"),
			# 30 and 31 days
			("2019-04-01", "2019-04-30", "2018-04-01", "2018-04-30"),
			("2019-03-01", "2019-03-31", "2018-03-01", "2018-03-31"),
			# starting on the leap day itself
			("2020-02-29", "2020-03-06", "2019-02-28", "2019-03-06"),
			# leap year: 366 days from 1 January 2019 end on 1 January 2020
			("2020-01-01", "2020-12-31", "2019-01-01", "2020-01-01"),
			# the year after a leap year: 365 days from 1 January 2020 end on 30 December
			("2021-01-01", "2021-12-31", "2020-01-01", "2020-12-30"),
		],
	)
	def test_previous_year(self, start, last, expected_start, expected_last):
		assert period_of(start, last).previous_year() == period_of(expected_start, expected_last)

	@pytest.mark.parametrize(
		("start", "last", "expected_start", "expected_last"),
		[
			# 31 days of March against the 31 days before: 28 of February and 29 to 31 January
			("2019-03-01", "2019-03-31", "2019-01-29", "2019-02-28"),
			# 28 days of February against the last 28 days of January
			("2019-02-01", "2019-02-28", "2019-01-04", "2019-01-31"),
			# 29 days of February 2020 against the last 29 days of January
			("2020-02-01", "2020-02-29", "2020-01-03", "2020-01-31"),
			# 30 days of April against 2 to 31 March
			("2019-04-01", "2019-04-30", "2019-03-02", "2019-03-31"),
		],
	)
	def test_previous(self, start, last, expected_start, expected_last):
		assert period_of(start, last).previous() == period_of(expected_start, expected_last)

	@given(periods())
	def test_comparison_periods_have_the_same_number_of_days(self, period):
		assert period.previous_year().days == period.days
		assert period.previous().days == period.days
		assert period.previous().end == period.start

	@given(periods())
	def test_previous_year_starts_on_the_same_day_of_the_calendar(self, period):
		start = period.previous_year().start
		assert start.year == period.start.year - 1
		assert start.month == period.start.month
		leap_day = (period.start.month, period.start.day) == (2, 29)
		assert start.day == (28 if leap_day else period.start.day)

	@given(periods(), days)
	def test_contains_counts_the_days(self, period, day):
		assert period.contains(day) == (0 <= (day - period.start).days < period.days)


class TestWindows:
	def test_calendar_year(self):
		as_of = date(2019, 5, 17)
		assert resolve_window(FISCAL_YEAR_TO_DATE, as_of) == period_of("2019-01-01", "2019-05-17")
		assert resolve_window(LAST_FISCAL_YEAR, as_of) == period_of("2018-01-01", "2018-12-31")
		assert resolve_window(ROLLING_12_MONTHS, as_of) == period_of("2018-05-18", "2019-05-17")

	@pytest.mark.parametrize(
		("as_of", "to_date", "last_year"),
		[
			# on the last day of the fiscal year that runs from April to March
			("2019-03-31", ("2018-04-01", "2019-03-31"), ("2017-04-01", "2018-03-31")),
			# on its first day
			("2019-04-01", ("2019-04-01", "2019-04-01"), ("2018-04-01", "2019-03-31")),
			# on a leap day
			("2020-02-29", ("2019-04-01", "2020-02-29"), ("2018-04-01", "2019-03-31")),
			# the last fiscal year holds the leap day: 366 days
			("2020-12-24", ("2020-04-01", "2020-12-24"), ("2019-04-01", "2020-03-31")),
		],
	)
	def test_fiscal_year_from_april(self, as_of, to_date, last_year):
		day = date.fromisoformat(as_of)
		assert resolve_window(FISCAL_YEAR_TO_DATE, day, 4) == period_of(*to_date)
		assert resolve_window(LAST_FISCAL_YEAR, day, 4) == period_of(*last_year)

	def test_fiscal_year_from_the_sixth_of_april(self):
		assert resolve_window(FISCAL_YEAR_TO_DATE, date(2019, 4, 5), 4, 6) == period_of(
			"2018-04-06", "2019-04-05"
		)
		assert resolve_window(FISCAL_YEAR_TO_DATE, date(2019, 4, 6), 4, 6) == period_of(
			"2019-04-06", "2019-04-06"
		)

	def test_fiscal_year_from_the_leap_day(self):
		# 29 February exists in 2020, elsewhere the fiscal year starts on the 28th
		assert resolve_window(LAST_FISCAL_YEAR, date(2021, 2, 28), 2, 29) == period_of(
			"2020-02-29", "2021-02-27"
		)

	@pytest.mark.parametrize(
		("as_of", "start", "length"),
		[
			("2019-02-28", "2018-03-01", 365),
			("2020-02-28", "2019-03-01", 365),  # 29 February 2019 does not exist
			("2020-02-29", "2019-03-01", 366),
			("2021-02-28", "2020-03-01", 365),
			("2019-12-31", "2019-01-01", 365),
			("2020-12-31", "2020-01-01", 366),
			("2019-04-30", "2018-05-01", 365),
		],
	)
	def test_rolling_twelve_months(self, as_of, start, length):
		window = resolve_window(ROLLING_12_MONTHS, date.fromisoformat(as_of))
		assert window == period_of(start, as_of)
		assert window.days == length

	@given(days)
	def test_rolling_window_of_a_whole_month_end_covers_twelve_whole_months(self, day):
		month_end = day.replace(day=calendar.monthrange(day.year, day.month)[1])
		window = resolve_window(ROLLING_12_MONTHS, month_end)
		assert window.start.day == 1
		assert window.start.month == month_end.month % 12 + 1

	@given(st.sampled_from(WINDOWS), days, st.integers(1, 12), st.integers(1, 28))
	def test_windows_end_where_they_should(self, window, as_of, month, day):
		period = resolve_window(window, as_of, month, day)
		assert 1 <= period.days <= 366
		if window == LAST_FISCAL_YEAR:
			assert period.days >= 365
			assert period.end == resolve_window(FISCAL_YEAR_TO_DATE, as_of, month, day).start
		else:
			assert period.last_day == as_of
		if window == ROLLING_12_MONTHS:
			assert period.days >= 365
		else:
			assert (period.start.month, period.start.day) == (month, day)

	@given(days, st.integers(1, 12), st.integers(1, 28))
	def test_fiscal_years_follow_each_other_without_gap(self, as_of, month, day):
		last = resolve_window(LAST_FISCAL_YEAR, as_of, month, day)
		assert resolve_window(FISCAL_YEAR_TO_DATE, last.last_day, month, day) == last
		assert resolve_window(LAST_FISCAL_YEAR, last.last_day, month, day).end == last.start

	def test_datetime_as_of(self):
		assert resolve_window(ROLLING_12_MONTHS, datetime(2019, 12, 31, 10)).last_day == date(2019, 12, 31)

	def test_unknown_window_names_the_choices(self):
		with pytest.raises(ValueError, match="Fiscal Year to Date, Last Fiscal Year, Rolling 12 Months"):
			resolve_window("Quarter", date(2019, 1, 1))

	@pytest.mark.parametrize(("month", "day"), [(13, 1), (4, 31), (0, 1), (None, 1)])
	def test_impossible_start_of_the_fiscal_year(self, month, day):
		with pytest.raises(ValueError, match="there is no such day"):
			resolve_window(LAST_FISCAL_YEAR, date(2019, 1, 1), month, day)
