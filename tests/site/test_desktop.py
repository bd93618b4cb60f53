"""Icons and sidebars of the desk of version 16: what their files name exists, and what each role is offered there."""

import json
from pathlib import Path

import frappe
import pytest

import kam_erpnext
from kam_erpnext import compat
from tests.site import builders as b
from tests.site import kam_builders as k
from tests.site.test_reports import ROLES, WORKSPACES

APP = Path(kam_erpnext.__file__).parent
only_16 = pytest.mark.skipif(not compat.has_desktop(), reason="version 15 has no icons and sidebars")


def read(folder, name):
	return json.loads((APP / folder / f"{frappe.scrub(name)}.json").read_text(encoding="utf-8"))


def links(rows):
	return [(row["link_type"], row["link_to"]) for row in rows if row["type"] == "Link"]


@pytest.mark.parametrize("name", WORKSPACES)
def test_the_sidebar_holds_what_the_workspace_holds(name):
	sidebar, workspace = read("workspace_sidebar", name), frappe.get_doc("Workspace", name)
	offered = links(sidebar["items"])
	for doctype, document in offered:
		assert frappe.db.exists(doctype, document), document
	assert set(offered) >= set(links([row.as_dict() for row in workspace.links]))
	assert offered[0] == ("Workspace", name)
	assert (sidebar["app"], sidebar["module"]) == ("kam_erpnext", workspace.module)


@pytest.mark.parametrize("name", WORKSPACES)
def test_the_icon_leads_to_the_sidebar_for_the_roles_of_the_workspace(name):
	icon, workspace = read("desktop_icon", name), frappe.get_doc("Workspace", name)
	assert (icon["link_type"], icon["link_to"]) == ("Workspace Sidebar", name)
	assert {row["role"] for row in icon["roles"]} == {row.role for row in workspace.roles}
	for style in ("solid", "subtle"):
		assert (APP / f"public/icons/desktop_icons/{style}/{frappe.scrub(name)}.svg").exists()


def desk():
	"""Labels of the icons, and items of the sidebars, that the session's user gets."""
	from frappe.boot import load_desktop_data
	from frappe.desk.doctype.desktop_icon.desktop_icon import get_desktop_icons

	boot = frappe._dict()
	load_desktop_data(boot)
	icons = {icon.label: icon for icon in get_desktop_icons(bootinfo=boot)}
	return icons, {item["label"]: item["items"] for item in boot.workspace_sidebar_item.values()}


@only_16
@pytest.mark.parametrize("role", ROLES)
def test_each_role_finds_the_key_accounts_on_the_desk(as_user, role):
	with as_user(k.ensure_role_user(role, prefix="desk")):
		icons, sidebars = desk()
		assert "Key Accounts" in icons and not icons["Key Accounts"].hidden
		offered = links(sidebars["Key Accounts"])
		assert {("Workspace", "Key Accounts"), ("DocType", "Key Account"), ("Page", "my-calls")} <= set(
			offered
		)
		may_administer = role in ("KAM Administrator", "Key Account Director")
		assert (("Workspace", "KAM Administration") in offered) == may_administer
		assert ("KAM Administration" in icons) == may_administer
		for doctype, document in offered:
			if doctype == "DocType":
				assert frappe.has_permission(document, "read"), document
			elif doctype == "Report":
				assert frappe.get_doc("Report", document).is_permitted(), document


@only_16
def test_others_find_no_icon_on_the_desk(as_user):
	with as_user(b.ensure_user("desk.sales@example.com", ["Sales User"])):
		icons, _sidebars = desk()
		assert not set(icons) & set(WORKSPACES)
		assert "Selling" in icons
