"""Market share by territory, item group, account or competitor, in value and in units, from Market Estimates."""

import frappe
from frappe import _
from frappe.utils import escape_html, flt

from kam_erpnext.data import accounts, market, wallet
from kam_erpnext.data.market import UNITS, VALUE
from kam_erpnext.data.tree import nodes as tree_nodes
from kam_erpnext.data.wallet import WalletFilters
from kam_erpnext.engine.market import Share
from kam_erpnext.kam_erpnext.report import common
from kam_erpnext.kam_erpnext.report.common import Scope

BY_TERRITORY, BY_ITEM_GROUP, BY_ACCOUNT, BY_COMPETITOR = (
	"Territory",
	"Item Group",
	"Key Account",
	"Competitor",
)
CHARTED = 12
HALF_KNOWN = 0.999
CHART_FIELDS = (
	"share", "share_before", "share_units", "market", "market_units", "own", "territory", "item_group", "key_account",
)  # fmt: skip


@common.answer
def execute(filters: frappe._dict) -> common.Report:
	scope = common.read_scope(filters)
	if not scope:
		return common.nothing(common.company_hint(), get_columns(filters))
	filters.by = filters.by or BY_TERRITORY
	found = Reading(scope, filters)
	if not found.now.estimates:
		return common.nothing(no_estimates_hint(scope), get_columns(filters))
	data = DATA[filters.by](found, filters)
	return (
		get_columns(filters),
		data,
		get_message(found, filters),
		get_chart(found, data, filters),
		get_summary(found),
	)


class Reading:
	"""Markets of the period and of the same days a year earlier, and the part of the trees that is asked for."""

	def __init__(self, scope: Scope, filters: frappe._dict):
		self.scope = scope
		self.now = market.read(scope.sales, scope.period)
		self.before = market.read(scope.sales, scope.period.previous_year())
		trees = self.now.trees
		every_territory = frozenset(trees.territories) | {""}  # customers without a territory
		self.territories = (
			trees.territories.get(filters.territory, frozenset()) if filters.territory else every_territory
		)
		self.groups = (
			trees.groups.get(filters.item_group, frozenset())
			if filters.item_group
			else frozenset(trees.groups)
		)

	def figures(self, territories=None, groups=None) -> dict:
		territories = self.territories if territories is None else self.territories & territories
		groups = self.groups if groups is None else self.groups & groups
		value, units = (self.now.share(unit, territories, groups) for unit in (VALUE, UNITS))
		before = self.before.share(VALUE, territories, groups)
		return self.row(value, units, before)

	def row(self, value: Share, units: Share, before: Share) -> dict:
		top = max(value.competitors.items(), key=lambda item: (item[1], item[0]), default=None)
		covered = [share.covered for share in (value, units) if share.covered is not None]
		return {
			"market": common.known(value.market),
			"own": flt(value.own, 2) if value.market is not None else None,
			"share": common.known(value.share, 2),
			"share_before": common.known(before.share, 2),
			"change": flt(value.share - before.share, 2)
			if value.share is not None and before.share is not None
			else None,
			"competitors": flt(sum(value.competitors.values()), 2) if value.competitors else None,
			"top_competitor": common.with_percent(top, value.market),
			"others": common.known(value.others) if value.competitors else None,
			"market_units": common.known(units.market),
			"own_units": flt(units.own, 2) if units.market is not None else None,
			"share_units": common.known(units.share, 2),
			"own_elsewhere": flt(value.own_elsewhere, 2),
			"covered": common.known(100 * min(covered), 0) if covered else None,
			"reliability": value.reliability if value.market is not None else units.reliability,
			"estimates": len({*value.estimates, *units.estimates}),
			"currency": self.scope.currency,
		}


# ---------------------------------------------------------------- rows


def by_tree(found: Reading, nodes: dict, parents: dict, field: str, used: set[str]) -> list[dict]:
	"""A tree as far as there are estimates or sales, from the highest node asked for."""
	depth: dict[str, int] = {}
	rows = []
	for node in nodes:
		if nodes[node].isdisjoint(used):
			continue
		parent = parents[node]
		depth[node] = depth[parent] + 1 if parent in depth else 0
		inside = {"territories": nodes[node]} if field == "territory" else {"groups": nodes[node]}
		rows.append(
			{
				"node": node,
				"parent_node": parent if parent in depth else None,
				"indent": depth[node],
				"label": node,
				field: node,
				**found.figures(**inside),
			}
		)
	return rows


def by_territory(found: Reading, filters: frappe._dict) -> list[dict]:
	used = {size.territory for sizes in found.now.sizes.values() for size in sizes}
	used |= {territory for territory, group in found.now.sold(VALUE) if group in found.groups}
	nodes = {name: below for name, below in found.now.trees.territories.items() if name in found.territories}
	rows = by_tree(found, nodes, found.now.parents, "territory", used)
	if not filters.territory and any(territory == "" for territory, _group in found.now.sold(VALUE)):
		figures = found.figures(territories=frozenset(("",)))
		rows.append({"node": "\x00", "indent": 0, "label": _("Without a territory"), **figures})
	return rows


def by_item_group(found: Reading, filters: frappe._dict) -> list[dict]:
	used = {size.item_group for sizes in found.now.sizes.values() for size in sizes} - {None}
	used |= {group for territory, group in found.now.sold(VALUE) if territory in found.territories}
	nodes = {name: below for name, below in found.now.trees.groups.items() if name in found.groups}
	_below, parents = tree_nodes("Item Group")
	return by_tree(found, nodes, parents, "item_group", used)


def by_account(found: Reading, filters: frappe._dict) -> list[dict]:
	"""The tree of accounts, each against the market of its customers; competitors as far as wallets name them."""
	tree = accounts.accounts()
	members = accounts.consolidated_members()
	visible = set(found.now.home)
	of_account = {
		account: frozenset(part["customer"]) & visible
		for account, part in members.groupby("key_account", sort=False)
	}
	rivals = wallet_totals(found)
	depth: dict[str, int] = {}
	rows = []
	below = inside_of(tree, filters.key_account)
	for account in tree.to_dict("records"):
		name, parent = account["key_account"], account["parent_key_account"]
		customers = of_account.get(name, frozenset())
		if name not in below or not customers:
			continue
		if filters.territory:
			customers = frozenset(one for one in customers if found.now.home[one] in found.territories)
			if not customers:
				continue
		depth[name] = depth[parent] + 1 if parent in depth else 0
		value, units = (found.now.share_of(unit, customers, found.groups) for unit in (VALUE, UNITS))
		before = found.before.share_of(VALUE, customers, found.groups)
		row = found.row(value, units, before)
		row.update(rivals(name))
		rows.append(
			{
				"node": name,
				"parent_node": parent if parent in depth else None,
				"indent": depth[name],
				"label": account["account_name"],
				"key_account": name,
				**row,
			}
		)
	return rows


def inside_of(tree, account: str | None) -> set[str]:
	if not account:
		return set(tree["key_account"])
	own = tree[tree["key_account"] == account]
	if own.empty:
		return set()
	lft, rgt = own.iloc[0]["lft"], own.iloc[0]["rgt"]
	return set(tree[(tree["lft"] >= lft) & (tree["rgt"] <= rgt)]["key_account"])


def wallet_totals(found: Reading):
	"""What competitors have at an account, from its wallets of the year in which the period ends."""
	filters = WalletFilters(found.scope.sales.company)
	year = wallet.latest_year(filters, found.scope.period.last_day)
	read = wallet.read(filters, year, period=found.scope.period) if year else None

	def totals(account: str) -> dict:
		nothing = {"competitors": None, "top_competitor": None, "others": None}
		if not read:
			return nothing
		sums, _wider = read.totals(read.members.get(account, ()), found.groups)
		if not sums.by_competitor:
			return nothing
		name, amount = max(sums.by_competitor.items(), key=lambda item: (item[1], item[0]))
		return {
			"competitors": common.known(sums.competitors),
			"top_competitor": common.with_percent((name, amount), sums.wallet),
			"others": None,
		}

	return totals


def by_competitor(found: Reading, filters: frappe._dict) -> list[dict]:
	"""Us, every competitor the estimates name, and the rest of the known markets."""
	now = {unit: found.now.share(unit, found.territories, found.groups) for unit in (VALUE, UNITS)}
	before = found.before.share(VALUE, found.territories, found.groups)
	names = sorted(
		{*now[VALUE].competitors, *now[UNITS].competitors},
		key=lambda name: (-now[VALUE].competitors.get(name, 0), name),
	)
	lines = [(None, _("Us"), now[VALUE].own, now[UNITS].own, before.own if before.market else None)]
	lines += [
		(
			name,
			name,
			now[VALUE].competitors.get(name),
			now[UNITS].competitors.get(name),
			before.competitors.get(name),
		)
		for name in names
	]
	if now[VALUE].others is not None or now[UNITS].others is not None:
		lines.append(("", _("Others, not named"), now[VALUE].others, now[UNITS].others, before.others))
	rows = []
	for name, label, value, units, earlier in lines:
		row = {
			"indent": 0,
			"label": label,
			"competitor": name or None,
			"is_us": int(name is None),
			"market": common.known(now[VALUE].market),
			"own": common.known(value) if now[VALUE].market is not None else None,
			"share": percent_of(value, now[VALUE].market),
			"share_before": percent_of(earlier, before.market),
			"market_units": common.known(now[UNITS].market),
			"own_units": common.known(units) if now[UNITS].market is not None else None,
			"share_units": percent_of(units, now[UNITS].market),
			"currency": found.scope.currency,
		}
		row["change"] = (
			flt(row["share"] - row["share_before"], 2)
			if row["share"] is not None and row["share_before"] is not None
			else None
		)
		rows.append(row)
	return rows


def percent_of(part: float | None, whole: float | None) -> float | None:
	return None if part is None or not whole else flt(100.0 * part / whole, 2)


DATA = {
	BY_TERRITORY: by_territory,
	BY_ITEM_GROUP: by_item_group,
	BY_ACCOUNT: by_account,
	BY_COMPETITOR: by_competitor,
}


# ---------------------------------------------------------------- presentation


def get_columns(filters: frappe._dict) -> list[dict]:
	by = filters.by or BY_TERRITORY
	theirs = by == BY_COMPETITOR
	columns = [
		common.text_column("label", _(by), 230),
		common.money_column("market", _("Market"), 140),
		common.money_column("own", _("Sales", context="KAM") if theirs else _("Ours"), 130),
		common.number_column("share", _("Market Share"), 125),
		common.number_column("share_before", _("Year Before"), 110),
		common.number_column("change", _("Change (Points)"), 150),
	]
	if not theirs:
		columns += [
			common.money_column("competitors", _("Named Competitors"), 170),
			common.text_column("top_competitor", _("Largest Competitor"), 225),
		]
		if by != BY_ACCOUNT:
			columns.append(common.money_column("others", _("Others, Not Named"), 150))
	columns += [
		common.number_column("market_units", _("Market Units"), 120),
		common.number_column("own_units", _("Units") if theirs else _("Our Units"), 105),
		common.number_column("share_units", _("Share in Units"), 125),
	]
	if not theirs:
		columns += [
			common.money_column("own_elsewhere", _("Ours Outside Known Markets"), 205),
			common.number_column("covered", _("Days Estimated"), 130),
			common.text_column("reliability", _("Reliability"), 100),
		]
	return [*columns, common.currency_column()]


def get_message(found: Reading, filters: frappe._dict) -> str:
	scope = found.scope
	sentences = [
		_("Net sales of {0} in {1}, from submitted documents of type {2} dated {3}.").format(
			common.bold(scope.sales.company),
			scope.currency,
			_(scope.sales.source),
			common.dates(scope.period),
		),
		_(
			"They are compared with known markets only; what is sold outside of them stands in a column of its own."
		),
		_(
			"Of Market Estimates that lie in each other the widest counts; longer ones count in proportion to their days."
		),
	]
	if filters.by == BY_ACCOUNT:
		sentences.append(
			_(
				"The market of an account is that of its customers' territory or the nearest one above; of several the largest. Competitors are what its wallets name."
			)
		)
	sentences.append(
		_("Market Estimates: {0}, read on {1}.").format(
			common.bold(len(found.now.estimates)), common.now_text()
		)
	)
	if common.is_restricted():
		sentences.append(_("Only what you may see is counted."))
	message = f'<div class="kam-explained">{" ".join(sentences)}</div>'
	thin = sorted(
		{
			f"{size.territory}{' · ' + size.item_group if size.item_group else ''}"
			for sizes in found.now.sizes.values()
			for size in sizes
			if size.covered < HALF_KNOWN and size.territory in found.territories
		}
	)
	if thin:
		shown = ", ".join(escape_html(name) for name in thin[:5])
		message += common.warning(
			_(
				"Estimates cover only a part of these days, and their amount per day stands for the rest, in {0} markets: {1}."
			).format(len(thin), shown + (" …" if len(thin) > 5 else ""))
		)
	return message


def get_chart(found: Reading, data: list[dict], filters: frappe._dict) -> dict | None:
	rows = [row for row in data if row["share"] is not None]
	if filters.by == BY_ACCOUNT:
		highest = [row for row in rows if not row["indent"]]
		rows = sorted(highest if len(highest) > 1 else rows, key=lambda row: -row["own"])[:CHARTED]
	elif filters.by != BY_COMPETITOR:
		rows = lowest_known(rows)
		rows = sorted(rows, key=lambda row: -(row["market"] or 0))[:CHARTED]
	if not rows:
		return None
	return {
		"type": "bar",
		"data": {
			"labels": [common.chart_label(row["label"]) for row in rows],
			"datasets": [
				{"name": _("Market Share"), "values": [row["share"] for row in rows]},
				*(
					[{"name": _("Year Before"), "values": [row["share_before"] or 0 for row in rows]}]
					if any(row["share_before"] is not None for row in rows)
					else []
				),
			],
		},
		"colors": ["#0072b2", "#b8c2cc"],
		"fieldtype": "Percent",
		"kam": {
			"kind": "market",
			"currency": found.scope.currency,
			"opens": filters.by != BY_COMPETITOR,
			"rows": [
				{
					"name": row["label"],
					"is_theirs": int(filters.by == BY_COMPETITOR and not row["is_us"]),
					**{field: row.get(field) for field in CHART_FIELDS},
				}
				for row in rows
			],
		},
	}


def lowest_known(rows: list[dict]) -> list[dict]:
	"""The rows below which there is no row with a share: a region and its parts would say the same twice."""
	above = {row.get("parent_node") for row in rows}
	return [row for row in rows if row.get("node") not in above] or rows


def get_summary(found: Reading) -> list[dict]:
	value, units = (found.now.share(unit, found.territories, found.groups) for unit in (VALUE, UNITS))
	items = []
	if value.market is not None:
		items += [
			common.money_item(_("Known Market"), value.market, found.scope.currency),
			common.money_item(_("Ours in It"), value.own, found.scope.currency),
		]
	items.append(common.percent_item(_("Market Share in Value"), value.share))
	items.append(common.percent_item(_("Market Share in Units"), units.share))
	if value.own_elsewhere:
		items.append(
			common.money_item(_("Ours Outside Known Markets"), value.own_elsewhere, found.scope.currency)
		)
	return items


def no_estimates_hint(scope: Scope) -> str:
	sentences = [
		_("No Market Estimate of {0} that you may see has days in {1}.").format(
			common.bold(scope.sales.company), common.dates(scope.period)
		)
	]
	years = market.years_with_estimates(scope.sales.company)
	if years:
		sentences.append(
			_(
				"There are estimates for {0}: please choose such a period, or enter one for this period."
			).format(", ".join(str(year) for year in years))
		)
	elif frappe.has_permission(market.ESTIMATE, "create"):
		sentences.append(
			_("Enter how large your markets are under {0}, or import a list with Data Import.").format(
				common.list_link(market.ESTIMATE)
			)
		)
	return common.hint(*sentences)
