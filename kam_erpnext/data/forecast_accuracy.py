"""How good past forecasts were: what snapshots expected of a month before it began, against what was sold in it.

Only forecasts whose parts were known count; a snapshot made later has none. Compared are accounts without one above them,
so that nothing counts twice, as far as the reader sees all of their customers.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from frappe.utils import add_months, getdate

from kam_erpnext.data import accounts, sales
from kam_erpnext.data.performance import AMOUNT, Question, currency_of, rate_of
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.engine import forecast
from kam_erpnext.engine.forecast import Accuracy
from kam_erpnext.engine.periods import Period
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.snapshots import read as snapshots

MONTHS = 12
# filters by which a snapshot cannot be cut
CUTS = ("territory", "sales_person", "market_segment", "item_group", "customer_group")


@dataclass(frozen=True)
class Past:
	"""What was compared: `accounts` of them, months from `first` to `last`, and how good the forecasts were."""

	accuracy: Accuracy
	accounts: int
	first: date
	last: date


def can_be_told(question: Question) -> bool:
	"""Whether snapshots hold what a question asks: amounts of whole accounts."""
	return question.measure == AMOUNT and not any(getattr(question, name) for name in CUTS)


def read(question: Question) -> Past | None:
	"""Forecasts of the last MONTHS whole months before the day measured; None when there are none to compare."""
	if not can_be_told(question):
		return None
	months = months_before(question.as_of)
	names = _accounts(question)
	pairs: list[tuple[float, float]] = []
	compared: set[tuple[str, date]] = set()
	for company in question.companies:
		found = snapshots.forecasts(names, company, months, user=question.reader)
		if not found:
			continue
		rate = rate_of(question, currency_of(company))
		sold = _sold({row.account for row in found}, company, months, question.reader)
		for row in found:
			expected = row.total(question.baseline)
			pairs.append((expected * rate, sold[(row.account, row.month)] * rate))
			compared.add((row.account, row.month))
	if not compared:
		return None
	return Past(
		forecast.accuracy(pairs),
		len({account for account, _month in compared}),
		min(month for _account, month in compared),
		max(month for _account, month in compared),
	)


def months_before(day: date) -> list[date]:
	"""First days of the last MONTHS months that are over on a day, the last one first."""
	running = min(day, getdate()).replace(day=1)
	return [getdate(add_months(running, -number)) for number in range(1, MONTHS + 1)]


def _accounts(question: Question) -> list[str]:
	"""The account asked for, else those the reader sees none above of."""
	tree = accounts.accounts(question.reader)
	visible = set(tree["key_account"])
	if question.key_account:
		return [question.key_account] if question.key_account in visible else []
	tops = ~tree["parent_key_account"].isin(visible)
	return [*tree.loc[tops, "key_account"]]


def _sold(
	names: Iterable[str], company: str, months: list[date], user: str
) -> defaultdict[tuple[str, date], float]:
	"""(account, month) -> net sales of the account and those below it."""
	members = accounts.consolidated_members()
	members = members[members["key_account"].isin([*names])].drop_duplicates(["customer", "key_account"])
	found: defaultdict[tuple[str, date], float] = defaultdict(float)
	if members.empty:
		return found
	filters = SalesFilters(
		company, get_settings().sales_source, customers=tuple(sorted(set(members["customer"]))), user=user
	)
	period = Period(min(months), getdate(add_months(max(months), 1)))
	frame = sales.net_sales(filters, period, by=("customer", "period"), with_qty=False)
	for row in frame.merge(members, on="customer").itertuples(index=False):
		found[(row.key_account, getdate(row.period))] += row.net_sales
	return found
