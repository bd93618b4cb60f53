"""The pipeline: the one definition every report, card, page and matrix of the app uses.

A *deal* is one Key Account Opportunity with every document that belongs to it, or an ERPNext Opportunity, Quotation or
Sales Order of a key account that belongs to none, or a deal of Frappe CRM where that app is installed, or of another app
that adds its own (`extending`). Each euro of a deal
stands in one place only: what is invoiced is no longer ordered, what is ordered is no longer quoted, what is quoted is no
longer an idea (`engine.pipeline`).

How documents find their deal: an order line by the quotation it was made of, else by the opportunity its order names; a
quotation by the opportunity it names, else by the ERPNext Opportunity it was made of; an ERPNext Opportunity by the Key
Account Opportunity it names or that names it. Invoices follow the order line they bill. What belongs to no Key Account
Opportunity stands for itself under the first document of its chain.

Permissions are in every query: opportunities of visible accounts and customers, documents as in `data.sales`. A document
the reader may not see is in no figure of his, but still takes its euros out of the idea of its deal.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import frappe
import pandas as pd
from frappe.utils import flt, getdate

from kam_erpnext import extending
from kam_erpnext.data import crm_deals
from kam_erpnext.data import deal_documents as documents
from kam_erpnext.data.deal_documents import CRM_DEAL, OPPORTUNITY, ORDER, OWN, PARTIES, QUOTATION
from kam_erpnext.data.sales_ledger import NOTHING_OPEN
from kam_erpnext.engine import pipeline as engine
from kam_erpnext.engine.pipeline import DROPPED, LIVE, LOST, OPEN, WON
from kam_erpnext.extending import PipelineQuestion

PARTS = ("idea", "quoted", "ordered", "invoiced")
# reads what is behind a deal; what is shown is read with the rights of the reader
EVERYTHING = "Administrator"

# one row per deal
DEAL_COLUMNS = (
	"deal",  # name of the document that stands for it
	"source",  # its doctype: Key Account Opportunity, Opportunity, Quotation, Sales Order, CRM Deal or that of another app
	"title",
	"kind",  # Idea or Key Project; None for other sources
	"key_account",  # the account itself, not those above it
	"customer",  # None when the deal names none
	"responsible",
	"status",  # Open, On Hold, Won, Lost, Dropped
	"stage",  # Idea, Opportunity, Quotation, Order or Invoice: the furthest document with a value
	"gate",
	"gate_number",
	"probability",  # percent; None when nobody has said
	"expected_close",
	"started_on",
	"age",  # days from the start to the day asked for, or to the day it was closed
	"stands",  # days since the last gate was passed, or since the start
	"closed_on",
	"estimate",  # what was expected; None when not known
	"amount",  # the whole deal as far as known: idea + quoted + ordered + invoiced
	"idea",  # expected, in no valid quotation and no order
	"quoted",  # in a valid quotation, not ordered
	"ordered",  # ordered, not invoiced
	"invoiced",  # net of returns
	"open",  # idea + quoted: what may still be won or lost
	"weighted",  # open times probability; None when the probability is not known; 0 while on hold
	"documents",  # number of documents behind it, itself included
)
# one row per deal, item group and part that is not zero; item_group None when not known
PART_COLUMNS = (
	"deal",
	"source",
	"key_account",
	"customer",
	"item_group",
	"part",
	"amount",
	"status",
	"probability",
)
OPPORTUNITY_STATUS = {"Converted": WON, "Lost": LOST, "Closed": DROPPED}

Root = tuple[str, str]  # source and name of a deal


@dataclass(frozen=True)
class PipelineFilters:
	"""Which deals: those of a company, in its currency. `accounts` None means every account the reader may see."""

	company: str
	accounts: tuple[str, ...] | None = None
	as_of: date | None = None
	user: str | None = None


@dataclass
class Chain:
	"""Deals (DEAL_COLUMNS) and their split into item groups (PART_COLUMNS), which adds up to the same amounts. `remarks`
	tell what of other apps could not be read."""

	deals: pd.DataFrame
	parts: pd.DataFrame
	remarks: tuple[str, ...] = ()


def chain(filters: PipelineFilters) -> Chain:
	"""All Key Account Opportunities, open or closed, and everything else that is still open, each euro once."""
	return _Reader(filters).read()


def open_amounts(
	filters: PipelineFilters, by: tuple[str, ...] = ("key_account", "customer", "item_group")
) -> pd.DataFrame:
	"""What is open, added up by some of `key_account, customer, item_group`; lost and invoiced amounts are not in it.

	Returns the columns of `by`, `idea, quoted, ordered, open` (the three together), `weighted` (ordered in full, the
	others times their probability as far as it is known), `not_weighted` (idea and quoted without a known probability, or
	on hold) and `deals`. A customer or item group that is not known is None.
	"""
	parts = chain(filters).parts
	parts = parts[parts["part"] != "invoiced"].copy()
	sums = ["idea", "quoted", "ordered", "open", "weighted", "not_weighted"]
	if parts.empty:
		return pd.DataFrame(columns=[*by, *sums, "deals"])
	for part in sums[:3]:
		parts[part] = parts["amount"].where(parts["part"] == part, 0.0)
	held = parts["status"] == engine.ON_HOLD
	chance = (parts["probability"].astype(float) / 100.0).where(~held).where(parts["part"] != "ordered", 1.0)
	parts["open"] = parts["amount"]
	parts["weighted"] = parts["amount"] * chance.fillna(0.0)
	parts["not_weighted"] = parts["amount"].where(chance.isna(), 0.0)
	parts["unit"] = parts["source"] + "/" + parts["deal"]
	grouped = parts.groupby([*by], dropna=False, sort=False)
	result = grouped[sums].sum()
	result["deals"] = grouped["unit"].nunique()
	result = result.reset_index()
	for name in by:
		result[name] = result[name].astype(object).where(result[name].notna(), None)
	return result


class _Reader:
	"""Reads the documents of a pipeline in a number of queries that does not grow with them, and puts them together."""

	def __init__(self, filters: PipelineFilters):
		self.user = filters.user or frappe.session.user
		self.company = filters.company
		self.as_of = getdate(filters.as_of)
		self.parties = documents.parties(self.user)
		self.own = documents.own_opportunities(self.company, self.user)
		if filters.accounts is not None:
			wanted = set(filters.accounts)
			# opportunities of other accounts are then treated as hidden ones: their documents are in their figures
			self.parties = {party: row for party, row in self.parties.items() if row[0] in wanted}
			self.own = {name: row for name, row in self.own.items() if row.key_account in wanted}
		self.named = {row.opportunity: name for name, row in self.own.items() if row.opportunity}

	def read(self) -> Chain:
		self._read_other_systems()
		self._read_opportunities()
		rest = self._read_quotations()
		self._read_orders()
		self._find_hidden()
		return self._put_together(rest)

	# ------------------------------------------------------------ reading

	def _read_other_systems(self):
		"""Deals of Frappe CRM and of other apps, and the quotations these say were made of them."""
		question = PipelineQuestion(self.company, self.as_of, self.user, self.parties)
		others, self.remarks = extending.deals(question)
		self.others = {(CRM_DEAL, deal.name): deal for deal in crm_deals.read(question)} | others
		self.quoted_by_others = {name: root for root, deal in self.others.items() for name in deal.quotations}

	def _read_opportunities(self):
		"""Those that run with the parties, and those of Key Account Opportunities."""
		names, own, named = self._names(*PARTIES), _list(self.own), _list(self.named)
		self.opportunities = documents.opportunities(
			self.company,
			self.user,
			lambda table: (
				(table.status.isin(documents.RUNNING_OPPORTUNITIES) & table.party_name.isin(names))
				| table.kam_opportunity.isin(own)
				| table.name.isin(named)
			),
		)

	def _read_quotations(self) -> pd.DataFrame:
		"""Quotations that run, those of open orders and of the opportunities. Returns what of them is not ordered."""
		parties, customers = self._names(*PARTIES, CRM_DEAL), self._names("Customer")
		related = {
			*documents.quotations_of(self.company, self.own, self.opportunities),
			*self.quoted_by_others,
		}
		rest = documents.quoted_rest(
			self.company,
			self.as_of,
			lambda table: table.party_name.isin(parties) | table.name.isin(_list(related)),
		)
		self.lines = documents.order_lines(
			self.company,
			self.user,
			lambda order, line: (
				order.customer.isin(customers) & order.status.notin(NOTHING_OPEN) & (order.per_billed < 100)
			),
		)
		of_orders = {row.quotation for row in self.lines.values() if row.quotation}
		self.quotations = documents.quotations(
			self.company, self.user, {*rest["quotation"], *of_orders, *related}
		)
		self._complete_opportunities()
		return rest

	def _complete_opportunities(self):
		"""Opportunities that are closed but of which something still runs, and their other quotations."""
		origins = {row.opportunity for row in self.quotations.values() if row.opportunity}
		missing = origins - set(self.opportunities)
		if not missing:
			return
		found = documents.opportunities(
			self.company, self.user, lambda table: table.name.isin(_list(missing))
		)
		self.opportunities.update(found)
		others = documents.quotations_of(self.company, (), found) - set(self.quotations)
		self.quotations.update(documents.quotations(self.company, self.user, others))

	def _read_orders(self):
		"""Order lines of the deals besides the open ones, and what is invoiced of all of them."""
		for condition in (
			lambda order, line: order.kam_opportunity.isin(_list(self.own)),
			lambda order, line: line.prevdoc_docname.isin(_list(self.quotations)),
		):
			self.lines.update(documents.order_lines(self.company, self.user, condition))
		orders = {row.order for row in self.lines.values()}
		self.invoiced = documents.invoiced(self.company, orders, EVERYTHING)
		self.invoiced_seen = (
			self.invoiced if self.user == EVERYTHING else documents.invoiced(self.company, orders, self.user)
		)

	def _find_hidden(self):
		"""Key Account Opportunities of the company the reader may not see, but some of whose documents he may."""
		linked = {
			row.kam_opportunity
			for row in (*self.opportunities.values(), *self.quotations.values(), *self.lines.values())
			if row.kam_opportunity
		}
		self.hidden = documents.hidden_opportunities(linked - set(self.own), self.company)

	def _names(self, *doctypes: str) -> list[str]:
		return _list({name for doctype, name in self.parties if doctype in doctypes})

	# ------------------------------------------------------------ which deal a document belongs to

	def _own_root(self, name: str | None) -> tuple[Root | None, bool]:
		"""Deal of the Key Account Opportunity a document names, and whether that settles it."""
		if name in self.own:
			return (OWN, name), True
		return None, name in self.hidden

	def _root_of_opportunity(self, name: str) -> Root | None:
		row = self.opportunities[name]
		root, settled = self._own_root(row.kam_opportunity or self.named.get(name))
		return root if settled else (OPPORTUNITY, name)

	def _root_of_quotation(self, name: str) -> Root | None:
		row = self.quotations[name]
		root, settled = self._own_root(row.kam_opportunity)
		if settled:
			return root
		if row.opportunity in self.opportunities:
			return self._root_of_opportunity(row.opportunity)
		deal = row.get("crm_deal") or (row.party_name if row.quotation_to == CRM_DEAL else None)
		root = self.quoted_by_others.get(name, (CRM_DEAL, deal))
		return root if root in self.others else (QUOTATION, name)

	def _root_of_line(self, row) -> Root | None:
		by_quotation = self._root_of_quotation(row.quotation) if row.quotation in self.quotations else None
		if by_quotation and by_quotation[0] == OWN:
			return by_quotation
		root, settled = self._own_root(row.kam_opportunity)
		if settled:
			return root
		if row.quotation in self.quotations:
			return by_quotation
		return (ORDER, row.order)

	# ------------------------------------------------------------ putting together

	def _put_together(self, rest: pd.DataFrame) -> Chain:
		deals = self._roots()
		# root -> part -> item group -> amount; what there is, and what of it the reader may see
		there: dict[Root, dict] = defaultdict(lambda: defaultdict(lambda: defaultdict(float)))
		seen: dict[Root, dict] = defaultdict(lambda: defaultdict(lambda: defaultdict(float)))
		behind: dict[Root, set] = defaultdict(set)
		last_orders: dict[Root, date] = {}

		def add(root, part, group, amount, visible):
			there[root][part][group or None] += amount
			if visible:
				seen[root][part][group or None] += amount

		for name, row in self.lines.items():
			root = self._root_of_line(row)
			if root not in deals:
				continue
			add(root, "ordered", row.item_group, float(row.rest or 0), row.visible)
			add(root, "invoiced", row.item_group, float(self.invoiced.get(name) or 0), False)
			seen[root]["invoiced"][row.item_group or None] += float(self.invoiced_seen.get(name) or 0)
			last_orders[root] = max(last_orders.get(root, row.transaction_date), row.transaction_date)
			if row.visible:
				behind[root].add((ORDER, row.order))
		for name, row in self.opportunities.items():
			root = self._root_of_opportunity(name)
			if root in deals and row.visible:
				behind[root].add((OPPORTUNITY, name))
		roots = {name: self._root_of_quotation(name) for name in self.quotations}
		counted = self._counted(rest, roots, last_orders)
		for name, root in roots.items():
			if root in deals and self.quotations[name].visible:
				behind[root].add((QUOTATION, name))
		for row in rest.itertuples(index=False):
			root = roots[row.quotation]
			if row.quotation in counted and root in deals:
				add(root, "quoted", row.item_group, row.rest, self.quotations[row.quotation].visible)
		return self._frames(deals, there, seen, behind)

	def _counted(self, rest: pd.DataFrame, roots: dict, last_orders: dict) -> set[str]:
		rows = [
			(
				name,
				roots[name],
				self.quotations[name].transaction_date,
				group["rest"].sum(),
				group["in_orders"].sum() > 0,
			)
			for name, group in rest.groupby("quotation")
		]
		frame = pd.DataFrame(rows, columns=["quotation", "deal", "dated", "rest", "has_orders"])
		return set(engine.counted_quotations(frame, last_orders))

	def _roots(self) -> dict[Root, dict]:
		"""What is told of every deal apart from its amounts. Only deals whose first document the reader may see."""
		self.by_own = defaultdict(list)
		for name, row in self.opportunities.items():
			self.by_own[row.kam_opportunity or self.named.get(name)].append(row)
		deals = {(OWN, name): self._own_deal(row) for name, row in self.own.items()}
		for name, row in self.opportunities.items():
			deals.setdefault(self._root_of_opportunity(name), self._opportunity_deal(row))
		for name, row in self.quotations.items():
			deals.setdefault(self._root_of_quotation(name), self._quotation_deal(row))
		for row in self.lines.values():
			deal = deals.setdefault(self._root_of_line(row), self._order_deal(row))
			if deal and deal["source"] == ORDER and row.delivery_date:
				deal["expected_close"] = min(deal["expected_close"] or row.delivery_date, row.delivery_date)
		nothing = dict.fromkeys(DEAL_COLUMNS)
		for root, deal in self.others.items():
			deals[root] = {**nothing, **extending.deal_row(root[0], deal)}
		return {root: deal for root, deal in deals.items() if root and deal}

	def _own_deal(self, row) -> dict:
		named = self.by_own[row.name]
		estimate = flt(row.amount) or sum(_amount(other) or 0 for other in named) or None
		known = row.probability_by_hand or flt(row.probability)
		return {
			"deal": row.name,
			"source": OWN,
			"title": row.title,
			"kind": row.kind,
			"key_account": row.key_account,
			"customer": row.customer or None,
			"responsible": row.responsible,
			"status": row.status or OPEN,
			"idea_stage": engine.OPPORTUNITY if named else engine.IDEA,
			"gate": row.current_gate or None,
			"gate_number": row.current_gate_number,
			"probability": flt(row.probability) if known else None,
			"expected_close": row.expected_close,
			"started_on": row.creation.date(),
			"closed_on": row.closed_on,
			"estimate": estimate,
		}

	def _opportunity_deal(self, row) -> dict | None:
		key_account, customer = self._member(row, row.opportunity_from, row.party_name)
		return key_account and {
			**_deal(
				row.name, OPPORTUNITY, row.title or _title(row.name, row.customer_name), key_account, customer
			),
			"responsible": row.opportunity_owner,
			"status": OPPORTUNITY_STATUS.get(row.status, OPEN),
			"idea_stage": engine.OPPORTUNITY,
			"probability": documents.stated_probability(row.probability),
			"expected_close": row.expected_closing,
			"started_on": row.transaction_date,
			"estimate": _amount(row),
		}

	def _quotation_deal(self, row) -> dict | None:
		key_account, customer = self._member(row, row.quotation_to, row.party_name)
		return key_account and {
			**_deal(row.name, QUOTATION, _title(row.name, row.customer_name), key_account, customer),
			"responsible": row.owner,
			"status": OPEN,
			"idea_stage": engine.QUOTATION,
			"started_on": row.transaction_date,
		}

	def _order_deal(self, row) -> dict | None:
		key_account, customer = self._member(row, "Customer", row.customer)
		return key_account and {
			**_deal(row.order, ORDER, _title(row.order, row.customer_name), key_account, customer),
			"responsible": row.owner,
			"status": WON,
			"idea_stage": engine.ORDER,
			"started_on": row.transaction_date,
		}

	def _member(self, row, doctype: str, party: str) -> tuple[str | None, str | None]:
		return self.parties.get((doctype, party), (None, None)) if row.visible else (None, None)

	def _frames(self, deals: dict, there: dict, seen: dict, behind: dict) -> Chain:
		roots = [*deals]
		frame = pd.DataFrame(
			[deals[root] for root in roots], columns=["idea_stage", *DEAL_COLUMNS], dtype=object
		)
		real, shown = _sums(there, roots), _sums(seen, roots)
		for part in PARTS[1:]:
			frame[part] = real[part]
		frame["idea"] = engine.split_value(frame)["idea"]
		for part in PARTS[1:]:
			frame[part] = shown[part]
		given_up = frame["status"].isin(engine.GIVEN_UP)
		frame["quoted"] = frame["quoted"].where(~given_up, 0.0)
		frame["open"] = frame["idea"] + frame["quoted"]
		frame["amount"] = frame["open"] + frame["ordered"] + frame["invoiced"]
		frame["weighted"] = engine.weighted_value(frame)
		frame["documents"] = [len(behind[root] | {root}) for root in roots]
		frame["stage"] = [
			engine.stage_of(row.idea_stage, row.quoted, row.ordered, row.invoiced)
			for row in frame.itertuples(index=False)
		]
		gates = documents.last_gates(self.own)
		frame["age"] = [self._days(row.started_on, row.closed_on) for row in frame.itertuples(index=False)]
		frame["stands"] = [
			self._days((gates.get(row.deal) if row.source == OWN else None) or row.started_on, row.closed_on)
			for row in frame.itertuples(index=False)
		]
		running = frame["status"].isin(LIVE) & ~frame["source"].isin((OWN, QUOTATION, ORDER))
		worth = (frame["open"].abs() + frame["ordered"].abs()) >= 0.005
		keep = (frame["source"] == OWN) | running | worth
		parts = self._parts(frame[keep], there, seen, roots)
		frame = frame.loc[keep, [*DEAL_COLUMNS]]
		for name in ("probability", "estimate", "weighted"):
			frame[name] = frame[name].astype(float)
		return Chain(frame.reset_index(drop=True), parts, tuple(self.remarks))

	def _days(self, first, last) -> int | None:
		if not first:
			return None
		return max(0, (getdate(last or self.as_of) - getdate(first)).days)

	def _parts(self, frame: pd.DataFrame, there: dict, seen: dict, roots: list[Root]) -> pd.DataFrame:
		ideas = frame[frame["idea"] != 0]
		own = ideas.loc[ideas["source"] == OWN, "deal"]
		expected = {(OWN, name): groups for name, groups in documents.volumes(own).items()}
		linked = {name: self._root_of_opportunity(name) for name in self.opportunities}
		wanted = {(row.source, row.deal) for row in ideas.itertuples()} - set(expected)
		items = documents.opportunity_items(name for name, root in linked.items() if root in wanted)
		for name, groups in items.items():
			weights = expected.setdefault(linked[name], {})
			for group, amount in groups.items():
				weights[group] = weights.get(group, 0.0) + amount
		rows = []
		for index, row in zip(frame.index, frame.itertuples(index=False), strict=True):
			root = roots[index]
			amounts = {part: seen[root][part] for part in PARTS[1:]} if root in seen else {}
			if row.status in engine.GIVEN_UP:
				amounts.pop("quoted", None)
			if row.idea:
				done: dict[str | None, float] = defaultdict(float)
				for groups in there[root].values() if root in there else ():
					for group, amount in groups.items():
						done[group] += amount
				amounts["idea"] = engine.split_idea(row.idea, expected.get(root, {}), done)
			about = (row.deal, row.source, row.key_account, row.customer)
			rows += [
				(*about, group, part, amount, row.status, row.probability)
				for part, groups in amounts.items()
				for group, amount in groups.items()
				if abs(amount) >= 0.005
			]
		result = pd.DataFrame(rows, columns=[*PART_COLUMNS]).astype({"amount": float, "probability": float})
		for name in ("customer", "item_group"):
			result[name] = result[name].astype(object).where(result[name].notna(), None)
		return result


def _deal(name: str, source: str, title: str, key_account: str, customer: str | None) -> dict:
	about = {"deal": name, "source": source, "title": title, "key_account": key_account, "customer": customer}
	return {**dict.fromkeys(DEAL_COLUMNS), **about}


def _title(name: str, customer_name: str | None) -> str:
	return f"{customer_name} ({name})" if customer_name else name


def _amount(opportunity) -> float | None:
	"""Value of an ERPNext Opportunity in company currency, which ERPNext itself writes in its form only."""
	return flt(flt(opportunity.opportunity_amount) * (flt(opportunity.conversion_rate) or 1), 2) or None


def _sums(amounts: dict, roots: list[Root]) -> dict[str, list[float]]:
	return {
		part: [flt(sum(amounts[root][part].values()), 2) if root in amounts else 0.0 for root in roots]
		for part in PARTS[1:]
	}


def _list(names) -> list[str]:
	"""Names for an IN; never empty, which the database would refuse."""
	return sorted(names) or [""]
