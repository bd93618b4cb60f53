"""The ERPNext tables the command line reads, and how their columns are called.

Each field knows its ERPNext field name and the column headings under which ERPNext exports it: the *Export* button of a
list (``Item (Items)``), the report view (``Item (Sales Invoice Item)``), the data export template and plain field
names as in a database dump.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TEXT, NUMBER, DATE, CHECK = "text", "number", "date", "check"


@dataclass(frozen=True)
class Field:
	"""One column: ERPNext field name, kind of value, headings it may have, whether a row must have it."""

	name: str
	kind: str = TEXT
	labels: tuple[str, ...] = ()
	required: bool = False
	item: bool = False
	"""True when the column belongs to the Items table of the document."""
	filled: bool = True
	"""For a required column: every row needs a value (else only the column must exist)."""


@dataclass(frozen=True)
class Table:
	"""One doctype: key in the mapping file, title, file names it is found under, fields."""

	key: str
	title: str
	fields: tuple[Field, ...]
	files: tuple[str, ...] = ()
	item_suffixes: tuple[str, ...] = ()
	by_name: dict[str, Field] = field(default_factory=dict, compare=False)

	def __post_init__(self):
		self.by_name.update({f.name: f for f in self.fields})


CUSTOMER = Table(
	"customer",
	"Customer",
	(
		Field("name", labels=("ID", "Customer", "Customer ID", "Customer Name"), required=True),
		Field("customer_name", labels=("Customer Name",)),
		Field("customer_group", labels=("Customer Group",)),
		Field("territory", labels=("Territory",)),
		Field("market_segment", labels=("Market Segment", "Segment")),
		Field("is_internal_customer", CHECK, ("Is Internal Customer",)),
		Field("disabled", CHECK, ("Disabled",)),
		Field("potential", NUMBER, ("Potential", "kam_potential")),
		Field("market_value", NUMBER, ("Market Value", "kam_market_value")),
		Field("market_units", NUMBER, ("Market Units", "kam_market_units")),
		Field("influence_reach", NUMBER, ("Influence Reach", "kam_influence_reach")),
	),
	("customer", "customers"),
)

INVOICE_FIELDS = (
	Field("name", labels=("ID", "Sales Invoice", "Invoice", "Invoice Number", "Voucher No"), required=True),
	Field("customer", labels=("Customer",), required=True),
	Field("customer_name", labels=("Customer Name",)),
	Field("posting_date", DATE, ("Date", "Posting Date"), required=True),
	Field("company", labels=("Company",)),
	Field("territory", labels=("Territory",)),
	Field("docstatus", labels=("Docstatus", "Document Status")),
	Field("status", labels=("Status",)),
	Field("is_return", CHECK, ("Is Return (Credit Note)", "Is Return")),
	Field("is_opening", CHECK, ("Is Opening Entry", "Is Opening")),
	Field("is_internal_customer", CHECK, ("Is Internal Customer",)),
	Field("currency", labels=("Currency",)),
	Field("conversion_rate", NUMBER, ("Exchange Rate", "Conversion Rate")),
)

ITEM_FIELDS = (
	Field("item_code", labels=("Item", "Item Code"), item=True),
	Field("item_group", labels=("Item Group",), item=True),
	Field("qty", NUMBER, ("Quantity", "Qty"), item=True),
	Field(
		"base_net_amount",
		NUMBER,
		("Net Amount (Company Currency)", "Base Net Amount"),
		required=True,
		item=True,
	),
	Field("cost", NUMBER, ("Buying Amount", "Cost", "Total Cost"), item=True),
	Field("incoming_rate", NUMBER, ("Incoming Rate (Costing)", "Incoming Rate"), item=True),
	Field("stock_qty", NUMBER, ("Qty as per Stock UOM", "Stock Qty"), item=True),
	Field("conversion_factor", NUMBER, ("UOM Conversion Factor", "Conversion Factor"), item=True),
)

SALES_INVOICE = Table(
	"sales_invoice",
	"Sales Invoice",
	INVOICE_FIELDS + ITEM_FIELDS,
	("salesinvoice", "salesinvoices"),
	("items", "sales invoice item"),
)

SALES_INVOICE_ITEM = Table(
	"sales_invoice_item",
	"Sales Invoice Item",
	(
		Field("parent", labels=("Parent", "Sales Invoice", "ID (Sales Invoice)"), required=True),
		*(Field(f.name, f.kind, f.labels, f.required) for f in ITEM_FIELDS),
	),
	("salesinvoiceitem", "salesinvoiceitems"),
)

ITEM = Table(
	"item",
	"Item",
	(
		Field("name", labels=("Item Code", "ID", "Item"), required=True),
		Field("item_group", labels=("Item Group",), required=True, filled=False),
	),
	("item", "items"),
)

TERRITORY = Table(
	"territory",
	"Territory",
	(
		Field("name", labels=("ID", "Territory Name", "territory_name", "Territory"), required=True),
		Field("parent_territory", labels=("Parent Territory", "Parent"), required=True, filled=False),
	),
	("territory", "territories"),
)

ITEM_GROUP = Table(
	"item_group",
	"Item Group",
	(
		Field("name", labels=("ID", "Item Group Name", "item_group_name", "Item Group"), required=True),
		Field("parent_item_group", labels=("Parent Item Group", "Parent"), required=True, filled=False),
	),
	("itemgroup", "itemgroups"),
)

ACCOUNTS = Table(
	"accounts",
	"list of key accounts",
	(
		Field("customer", labels=("Customer", "Customer ID", "ID"), required=True),
		Field("account", labels=("Key Account", "Account")),
		Field("status", labels=("Status",)),
		Field("level", labels=("Level",)),
	),
)

JUDGEMENTS = Table(
	"judgements",
	"list of judgements",
	(
		Field("customer", labels=("Customer", "Customer ID", "Key Account", "Account", "ID"), required=True),
		Field("criterion", labels=("Criterion", "Question"), required=True),
		Field("value", labels=("Value", "Answer", "Evaluation", "B"), required=True, filled=False),
		Field("evidence", labels=("Evidence", "Remark")),
	),
)

TABLES = {t.key: t for t in (CUSTOMER, SALES_INVOICE, SALES_INVOICE_ITEM, ITEM, TERRITORY, ITEM_GROUP)}


def plain(heading: str) -> str:
	"""A heading for comparison: lower case, one blank between words, underscores as blanks."""
	return re.sub(r"[\s_]+", " ", str(heading)).strip().lower()


def headings(f: Field) -> list[str]:
	"""Every heading a field may have, the preferred first, in comparable form."""
	return list(dict.fromkeys([plain(f.name), *(plain(label) for label in f.labels)]))


def match_columns(
	table: Table, header: list[str], item_columns: set[int] = frozenset()
) -> tuple[dict[str, int], list[tuple[str, list[str]]]]:
	"""Which column of ``header`` holds which field.

	``item_columns`` are columns known to belong to the Items table (from an export template). Returns
	``{field: column}`` and the fields that several columns claim with the same heading.
	"""
	entries: list[tuple[str, bool]] = []
	for index, heading in enumerate(header):
		text, is_item = plain(heading), index in item_columns
		for suffix in table.item_suffixes:
			if text.endswith(f"({suffix})"):
				text, is_item = text[: -len(suffix) - 2].strip(), True
			elif text.startswith(f"{suffix}."):
				text, is_item = text[len(suffix) + 1 :], True
		entries.append((text, is_item))
	found: dict[str, int] = {}
	doubles = []
	for f in table.fields:
		for scoped in (True, False) if f.item else (False,):
			for name in headings(f):
				hits = [i for i, (text, is_item) in enumerate(entries) if text == name and is_item == scoped]
				if len(hits) > 1:
					doubles.append((f.name, [header[i] for i in hits]))
				if hits:
					found[f.name] = hits[0]
					break
			if f.name in found:
				break
	return found, doubles


def expected_heading(table: Table, f: Field) -> str:
	"""How to ask for a missing column: its heading in ERPNext and its field name."""
	label = f.labels[0] if f.labels else f.name
	where = f'"{label} (Items)"' if f.item else f'"{label}"'
	return f"{where} (field {f.name})"
