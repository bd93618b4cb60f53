"""The pipeline: the one definition every report, card, page and matrix of the app uses.

A *deal* is one Key Account Opportunity with every document that belongs to it, or an ERPNext Opportunity, Quotation or
Sales Order of a customer of a key account that belongs to none, or a deal of Frappe CRM where that app is installed. Each
euro of a deal stands in one place only: what is invoiced is no longer ordered, what is ordered is no longer quoted, what
is quoted is no longer an idea.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

PARTS = ("idea", "quoted", "ordered", "invoiced")

# one row per deal
DEAL_COLUMNS = (
	"deal",  # name of the document that stands for it
	"source",  # its doctype: Key Account Opportunity, Opportunity, Quotation, Sales Order or CRM Deal
	"title",
	"kind",  # Idea or Key Project; None for other sources
	"key_account",  # the account itself, not those above it
	"customer",  # None when the deal names none
	"responsible",
	"status",  # Open, On Hold, Won, Lost, Dropped
	"stage",  # Idea, Opportunity, Quotation, Order or Invoice: the furthest document
	"gate",
	"gate_number",
	"probability",  # percent; None when nobody has said
	"expected_close",
	"started_on",
	"age",  # days from the start to the day asked for, or to the day it was closed
	"closed_on",
	"estimate",  # what was expected; None when not known
	"amount",  # the whole deal as far as known: idea + quoted + ordered + invoiced
	"idea",  # expected, in no valid quotation and no order
	"quoted",  # in a valid quotation, not ordered
	"ordered",  # ordered, not invoiced
	"invoiced",  # net of returns
	"open",  # idea + quoted: what may still be won or lost
	"weighted",  # open times probability; None when the probability is not known; 0 while on hold
)
# one row per deal, item group and part that is not zero; item_group None when not known
PART_COLUMNS = ("deal", "source", "key_account", "customer", "item_group", "part", "amount", "probability")


@dataclass(frozen=True)
class PipelineFilters:
	"""Which deals: those of a company, in its currency. `accounts` None means every account the reader may see."""

	company: str
	accounts: tuple[str, ...] | None = None
	as_of: date | None = None
	user: str | None = None


@dataclass
class Chain:
	"""Deals (DEAL_COLUMNS) and their split into item groups (PART_COLUMNS), which adds up to the same amounts."""

	deals: pd.DataFrame
	parts: pd.DataFrame


def chain(filters: PipelineFilters) -> Chain:
	"""All Key Account Opportunities, open or closed, and everything else that is still open, each euro once."""
	return Chain(pd.DataFrame(columns=[*DEAL_COLUMNS]), pd.DataFrame(columns=[*PART_COLUMNS]))


def open_amounts(
	filters: PipelineFilters, by: tuple[str, ...] = ("key_account", "customer", "item_group")
) -> pd.DataFrame:
	"""What is open, added up by some of `key_account, customer, item_group`; lost, won and invoiced amounts are not in it.

	Returns the columns of `by`, `idea, quoted, ordered, open` (the three together), `weighted` (ordered in full, the
	others times their probability as far as it is known), `not_weighted` (idea and quoted without a known probability, or
	on hold) and `deals`. A customer or item group that is not known is None.
	"""
	names = [*by, "idea", "quoted", "ordered", "open", "weighted", "not_weighted", "deals"]
	return pd.DataFrame(columns=names)
