"""Trees of a site, for what is added up along them."""

import frappe


def nodes(doctype: str) -> tuple[dict[str, frozenset[str]], dict[str, str | None]]:
	"""Node -> itself and everything below it, in tree order, and node -> the node above it; whoever reads."""
	parent_field = f"parent_{frappe.scrub(doctype)}"
	rows = frappe.get_all(doctype, ["name", "lft", "rgt", parent_field], order_by="lft")
	below: dict[str, set[str]] = {}
	above: list = []
	for row in rows:
		while above and above[-1].rgt < row.lft:
			above.pop()
		above.append(row)
		for node in above:
			below.setdefault(node.name, set()).add(row.name)
	return (
		{name: frozenset(names) for name, names in below.items()},
		{row.name: row[parent_field] or None for row in rows},
	)
