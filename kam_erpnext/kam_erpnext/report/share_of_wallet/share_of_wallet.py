"""Share of wallet: what customers spend, who gets it and how much of it is known."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import cint, flt, getdate

from kam_erpnext.data import wallet
from kam_erpnext.data.wallet import WalletFilters, Wallets
from kam_erpnext.engine.wallet import BLOCKED, Totals, allocation, estimated_wallet
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import default_company
from kam_erpnext.kam_erpnext.report import common

BY_ACCOUNT, BY_CENTRE, BY_ITEM_GROUP, BY_WALLET, BY_YEAR = (
	"Key Account",
	"Buying Centre",
	"Item Group",
	"Wallet",
	"Year",
)
CHARTED = 12
MONEY = (
	"wallet", "own", "gap", "competitors", "internal", "unknown", "locked", "addressable", "own_elsewhere",
)  # fmt: skip


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	asked = read_filters(filters)
	if not asked:
		return common.nothing(common.company_hint(), get_columns(filters))
	filters.by = filters.by or BY_ACCOUNT
	if filters.by not in DATA:
		frappe.throw(_("By: please choose one of {0}.").format(", ".join(map(_, DATA))))
	year = cint(filters.year) or wallet.latest_year(asked) or getdate().year
	found = wallet.read(asked, year)
	if not found.rows:
		return common.nothing(no_wallets_hint(asked, year), get_columns(filters))
	data = DATA[filters.by](found, filters)
	return (
		get_columns(filters),
		data,
		get_message(found, filters),
		get_chart(found, data, filters),
		get_summary(found),
	)


def read_filters(filters: frappe._dict) -> WalletFilters | None:
	company = filters.company or default_company()
	if not company:
		return None
	return WalletFilters(
		company=company,
		key_account=filters.key_account or None,
		customers=(filters.customer,) if filters.customer else None,
		item_group=filters.item_group or None,
		territory=filters.territory or None,
		market_segment=filters.market_segment or None,
	)


# ---------------------------------------------------------------- rows


def by_account(found: Wallets, filters: frappe._dict) -> list[dict]:
	"""The tree of accounts; an account holds the wallets of those below it, each once."""
	before = year_before(found)
	shown = [
		row
		for row in found.accounts.to_dict("records")
		if not found.centres.isdisjoint(found.members.get(row["key_account"], ()))
		and (
			not filters.key_account or found.members[row["key_account"]] <= found.members[filters.key_account]
		)
	]
	names = {row["key_account"] for row in shown}
	depth: dict[str, int] = {}
	rows = []
	for account in shown:
		name, parent = account["key_account"], account["parent_key_account"]
		depth[name] = depth[parent] + 1 if parent in depth else 0
		rows.append(
			{
				"node": name,
				"parent_node": parent if parent in names else None,
				"indent": depth[name],
				"label": account["account_name"],
				"key_account": name,
				**figures(found, before, centres=found.members[name]),
			}
		)
	return rows


def by_centre(found: Wallets, filters: frappe._dict) -> list[dict]:
	before = year_before(found)
	centres = sorted(
		(centre for centre in found.centres if centre in found.centre_names), key=found.centre_names.get
	)
	return [
		{
			"indent": 0,
			"label": found.centre_names[centre],
			"customer": centre,
			**figures(found, before, centres=(centre,)),
		}
		for centre in centres
	]


def by_item_group(found: Wallets, filters: frappe._dict) -> list[dict]:
	"""The tree of item groups, as far as there are wallets or sales."""
	before = year_before(found)
	used = {
		found.rows[cell.key].item_group
		for cell in found.cells.values()
		if not found.centres.isdisjoint(cell.centres)
	}
	used |= {group for pairs in found.own.values() for _centre, group in pairs}
	parents = dict(frappe.get_all("Item Group", ["name", "parent_item_group"], order_by="lft", as_list=True))
	shown = [
		group for group in parents if group in found.scope_groups and not found.groups[group].isdisjoint(used)
	]
	depth: dict[str, int] = {}
	rows = []
	for group in shown:
		parent = parents[group]
		depth[group] = depth[parent] + 1 if parent in depth else 0
		rows.append(
			{
				"node": group,
				"parent_node": parent if parent in depth else None,
				"indent": depth[group],
				"label": group,
				"item_group": group,
				**figures(found, before, groups=found.groups[group]),
			}
		)
	return rows


def by_wallet(found: Wallets, filters: frappe._dict) -> list[dict]:
	"""Every wallet as entered, with the estimate its ranks give."""
	sums, _wider = found.totals()
	counted = {cell.key for cell in sums.counted}
	rows = []
	for name, row in found.rows.items():
		cell = found.cells[name]
		hidden = name in found.partial and not found.centres.isdisjoint(cell.centres)
		if not hidden and not cell.lies_in(found.centres, found.scope_groups):
			continue
		part = found.split(name)
		estimate = None
		if row.our_rank and row.suppliers and row.our_rank <= row.suppliers:
			estimate = allocation(row.our_rank, row.suppliers)
		rows.append(
			{
				"indent": 0,
				"name": name,
				"key_account": row.key_account,
				"account_name": row.account_name,
				"customer": row.customer,
				"item_group": row.item_group,
				"state": row.state,
				"wallet": flt(row.wallet) if row.wallet_known else None,
				"own": None if hidden else part.own,
				"share": common.known(part.share, 1),
				"target_share": flt(row.target_share) or found.target_share or None,
				"gap": common.known(part.gap),
				"competitors": common.known(part.competitors),
				"competitor_names": ", ".join(supplier_text(supplier) for supplier in cell.suppliers),
				"internal": common.known(part.internal),
				"unknown": common.known(part.unknown),
				"locked": part.locked,
				"addressable": common.known(part.addressable),
				"contract_end": min(
					(s.contract_end for s in cell.suppliers if s.is_locked(found.day)), default=None
				),
				"rank": f"{row.our_rank} / {row.suppliers}" if estimate is not None else None,
				"estimated_share": common.known(estimate, 1),
				"estimated_wallet": None if hidden else common.known(estimated_wallet(part.own, estimate)),
				"excess": part.excess,
				"counts": _("Counted")
				if name in counted
				else _("Lies in {0}").format(sums.inside.get(name) or "–"),
				"counted": int(name in counted),
				"reliability": row.reliability,
				"source": row.source,
				"as_of": row.as_of,
				"currency": found.currency,
			}
		)
	rows.sort(key=lambda row: (row["account_name"] or "", row["customer"] or "", row["item_group"]))
	return rows


def supplier_text(supplier) -> str:
	name = supplier.name or _("made by the customer")
	return f"{name} ?" if supplier.amount is None else name


def by_year(found: Wallets, filters: frappe._dict) -> list[dict]:
	"""What became of the share from year to year."""
	years = [year for year in wallet.years(found.filters) if year <= getdate().year]
	rows, before = [], None
	for year in sorted(years):
		read = found if year == found.year else wallet.read(found.filters, year)
		row = {"indent": 0, "label": str(year), "year": year, **figures(read, None)}
		row["share_before"] = before
		before = row["share"]
		rows.append(row)
	return rows[::-1]


DATA = {
	BY_ACCOUNT: by_account,
	BY_CENTRE: by_centre,
	BY_ITEM_GROUP: by_item_group,
	BY_WALLET: by_wallet,
	BY_YEAR: by_year,
}


def year_before(found: Wallets) -> Wallets | None:
	before = wallet.read(found.filters, found.year - 1)
	return before if before.rows else None


def figures(
	found: Wallets,
	before: Wallets | None,
	centres: Iterable[str] | None = None,
	groups: Iterable[str] | None = None,
) -> dict:
	sums, wider = found.totals(centres, groups)
	earlier = before.totals(centres, groups)[0].share if before else None
	return {
		**cells_of(sums),
		"share_before": common.known(earlier, 1),
		"wider": len(wider),
		"currency": found.currency,
	}


def cells_of(sums: Totals) -> dict:
	"""One row of figures. Parts of a wallet without a known wallet are not known either."""
	known = sums.wallet is not None
	top = max(sums.by_competitor.items(), key=lambda item: (item[1], item[0]), default=None)
	return {
		"wallet": common.known(sums.wallet),
		"own": flt(sums.own, 2) if known else None,
		"share": common.known(sums.share, 1),
		"gap": common.known(sums.gap),
		"competitors": common.known(sums.competitors),
		"top_competitor": common.with_percent(top, sums.wallet),
		"internal": common.known(sums.internal),
		"unknown": common.known(sums.unknown),
		"locked": flt(sums.locked, 2) if known else None,
		"addressable": common.known(sums.addressable),
		"contract_end": sums.next_contract_end,
		"coverage": common.known(sums.coverage, 1),
		"known_cells": sums.known_cells,
		"addressable_cells": sums.addressable_cells,
		"blocked_cells": sums.blocked_cells,
		"own_elsewhere": flt(sums.own_elsewhere, 2),
		"excess": flt(sums.excess, 2),
	}


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict) -> list[dict]:
	by = filters.by or BY_ACCOUNT
	if by == BY_WALLET:
		return wallet_columns()
	return [
		common.text_column("label", _(by), 240 if by != BY_YEAR else 90),
		common.money_column("wallet", _("Wallet"), 140),
		common.money_column("own", _("Ours"), 125),
		percent_column("share", _("Share of Wallet"), 125),
		percent_column("share_before", _("Year Before"), 105),
		percent_column("coverage", _("Wallet Known"), 125),
		common.money_column("competitors", _("Competitors"), 125),
		common.text_column("top_competitor", _("Largest Competitor"), 225),
		common.money_column("internal", _("Made by the Customer"), 185),
		common.money_column("unknown", _("Unknown"), 125),
		common.money_column("addressable", _("Addressable Now"), 140),
		common.money_column("gap", _("Missing to the Aim"), 145),
		{"fieldname": "contract_end", "label": _("Next Contract Ends"), "fieldtype": "Date", "width": 150},
		common.money_column("own_elsewhere", _("Ours Without a Wallet"), 165),
		common.currency_column(),
	]


def wallet_columns() -> list[dict]:
	return [
		common.link_column("name", _("Entry"), wallet.WALLET, 105),
		common.text_column("account_name", _("Key Account"), 180),
		common.link_column("customer", _("Buying Centre"), "Customer", 160),
		common.text_column("item_group", _("Item Group"), 150),
		common.text_column("state", _("State", context="KAM"), 100),
		common.money_column("wallet", _("Wallet"), 120),
		common.money_column("own", _("Ours"), 120),
		percent_column("share", _("Share of Wallet"), 125),
		percent_column("target_share", _("Aimed At"), 95),
		common.money_column("gap", _("Missing to the Aim"), 145),
		common.money_column("competitors", _("Competitors"), 120),
		common.text_column("competitor_names", _("Other Suppliers"), 200),
		common.money_column("internal", _("Made by the Customer"), 185),
		common.money_column("unknown", _("Unknown"), 120),
		common.money_column("addressable", _("Addressable Now"), 140),
		{"fieldname": "contract_end", "label": _("Contract Ends"), "fieldtype": "Date", "width": 115},
		common.text_column("rank", _("Our Rank"), 85),
		percent_column("estimated_share", _("Share by Rank (Estimate)"), 185),
		common.money_column("estimated_wallet", _("Wallet by Rank (Estimate)"), 190),
		common.text_column("counts", _("In the Totals"), 130),
		common.text_column("reliability", _("Reliability"), 95),
		common.text_column("source", _("Source", context="KAM"), 180),
		{"fieldname": "as_of", "label": _("As Of"), "fieldtype": "Date", "width": 100},
		common.currency_column(),
	]


def percent_column(fieldname: str, label: str, width: int) -> dict:
	return common.number_column(fieldname, label, width)


def get_message(found: Wallets, filters: frappe._dict) -> str:
	sums, wider = found.totals()
	running = found.year == found.day.year
	sentences = [
		_("Wallets of {0} entered for {1} in {2}.").format(
			found.year, common.bold(found.filters.company), found.currency
		),
		_("Ours: net sales dated {0}.").format(common.dates(found.period))
		+ (" " + _("The year is not over, so the last twelve months stand for it.") if running else ""),
		_("Shares are taken over known wallets only; an unknown wallet is not 0."),
		_("Known: {0} of {1} cells of buying centre and item group with something for sale.").format(
			common.bold(sums.known_cells), common.bold(sums.addressable_cells)
		),
		_("Addressable now is the wallet without what the customer makes and what is under contract."),
	]
	if sums.blocked_cells:
		sentences.append(_("Blocked cells, left out: {0}.").format(sums.blocked_cells))
	if sums.inside:
		sentences.append(
			_("Wallets that lie in a wider one and are not added again: {0}.").format(len(sums.inside))
		)
	if found.partial:
		sentences.append(
			_("Wallets of which you do not see all customers, so that their share is not known: {0}.").format(
				len(found.partial)
			)
		)
	if filters.by == BY_WALLET:
		sentences.append(
			_(
				"The estimate follows the Wallet Allocation Rule, (1 − rank ÷ (suppliers + 1)) × 2 ÷ suppliers; it enters no total."
			)
		)
	sentences.append(_("Read on {0}.").format(common.now_text()))
	if common.is_restricted(to_accounts=True):
		sentences.append(_("Only what you may see is counted."))
	message = f'<div class="kam-explained">{" ".join(sentences)}</div>'
	wider = {cell.key for cell in wider} - found.partial
	if wider:
		message += common.warning(
			_(
				"Wallets that are wider than these filters, and cannot be split: {0}. Please take fewer filters to see them."
			).format(len(wider))
		)
	if sums.excess:
		message += common.warning(
			_(
				"In some cells our sales and the amounts of the other suppliers exceed the wallet, by {0} together. Show the wallets to correct them."
			).format(
				frappe.format(
					flt(sums.excess, 2),
					{"fieldtype": "Currency", "options": "currency"},
					currency=found.currency,
				)
			)
		)
	return message


def get_chart(found: Wallets, data: list[dict], filters: frappe._dict) -> dict | None:
	known = [row for row in data if row["wallet"]]
	rows = [row for row in known if not row.get("indent")]
	if filters.by in (BY_ACCOUNT, BY_ITEM_GROUP):
		# of one root alone what stands below it tells more
		for depth in range(1, 1 + max((row["indent"] for row in known), default=0)):
			if len(rows) > 1:
				break
			rows = [row for row in known if row["indent"] == depth] or rows
	if filters.by == BY_WALLET:
		rows = [row for row in rows if row["counted"] and row["state"] != BLOCKED and row["own"] is not None]
	if not rows:
		return None
	if filters.by != BY_YEAR:
		rows = sorted(rows, key=lambda row: -row["wallet"])[:CHARTED]
	parts = (
		("own", _("Ours")),
		("competitors", _("Competitors")),
		("internal", _("Made by the Customer")),
		("unknown", _("Unknown")),
	)
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(chart_name(row)) for row in rows],
			"datasets": [
				{"name": label, "values": [max(0, row[field] or 0) for row in rows]} for field, label in parts
			],
		},
		"barOptions": {"stacked": 1},
		"kam": {
			"kind": "wallet",
			"currency": found.currency,
			"parts": [{"field": field, "label": label} for field, label in parts],
			"rows": [
				{
					"name": chart_name(row),
					"share": row["share"],
					"wallet": row["wallet"],
					"key_account": row.get("key_account"),
					"wallet_name": row.get("name"),
					"customer": row.get("customer"),
					"item_group": row.get("item_group"),
					**{field: row[field] for field, _label in parts},
				}
				for row in rows
			],
		},
	}


def chart_name(row: dict) -> str:
	return row.get("label") or " · ".join(
		part for part in (row["account_name"], row["customer"], row["item_group"]) if part
	)


def get_summary(found: Wallets) -> list[dict]:
	sums, _wider = found.totals()
	items = [common.percent_item(_("Share of Wallet"), sums.share)]
	if sums.wallet is not None:
		items = [
			common.money_item(_("Known Wallet"), sums.wallet, found.currency),
			common.money_item(_("Ours in It"), sums.own, found.currency),
			*items,
		]
	items.append(common.percent_item(_("Wallet Known (Cells)"), sums.coverage))
	if sums.addressable is not None:
		items.append(common.money_item(_("Addressable Now"), sums.addressable, found.currency))
	if sums.gap is not None:
		items.append(common.money_item(_("Missing to the Aim"), sums.gap, found.currency))
	return items


def no_wallets_hint(asked: WalletFilters, year: int) -> str:
	sentences = [
		_("No wallet of {0} is entered for {1} within these filters that you may see.").format(
			year, common.bold(asked.company)
		)
	]
	years = wallet.years(asked)
	if years:
		sentences.append(
			_("There are wallets of {0}: please choose one of these years.").format(
				", ".join(str(one) for one in years)
			)
		)
	elif frappe.has_permission(wallet.WALLET, "create"):
		sentences.append(
			_("Enter what a customer spends under {0}, or import a list with Data Import.").format(
				common.list_link(wallet.WALLET)
			)
		)
	return common.hint(*sentences)
