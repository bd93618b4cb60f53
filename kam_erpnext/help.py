"""The documentation in the desk: /kam-docs/<page> shows docs/<page>.md, with its pictures, to everybody who is logged in.

So help needs no other server, and is that of the version that is installed. The pages and their order are those of mkdocs.yml.
"""

import mimetypes
import re
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import frappe
import yaml
from frappe import _
from frappe.utils import md_to_html
from frappe.website.page_renderers.base_renderer import BaseRenderer
from werkzeug.wrappers import Response

ROUTE = "kam-docs"
PICTURES = frozenset((".png", ".jpg", ".svg"))
SHOWN_AS_TEXT = frozenset((".json", ".toml", ".csv"))
LINK = re.compile(r'(?P<attribute>href|src)="(?P<target>[^":#?]+)(?P<anchor>#[^"]*)?"')
ADDRESS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=300"}


def folder() -> Path:
	"""docs/ beside the package, as every clone of the app has it."""
	return Path(frappe.get_app_path("kam_erpnext")).parent / "docs"


class HelpPage(BaseRenderer):
	"""A page renderer of Frappe (hooks.py: page_renderer)."""

	def can_render(self) -> bool:
		return self.path == ROUTE or self.path.startswith(f"{ROUTE}/")

	def render(self) -> Response:
		if frappe.session.user == "Guest":
			return Response(status=302, headers={"Location": f"/login?redirect-to=/{quote(self.path)}"})
		name = self.path.removeprefix(ROUTE).strip("/") or "index"
		file = find(name)
		if not file:
			return self._page(_("There is no such page"), "", name, status=404)
		if file.suffix == ".md":
			text = file.read_text(encoding="utf-8")
			return self._page(title_of(text) or name, html_of(text, name), name)
		kind = mimetypes.guess_type(file.name)[0] if file.suffix in PICTURES else "text/plain"
		return Response(file.read_bytes(), mimetype=kind, headers=ADDRESS)

	def _page(self, title: str, body: str, name: str, status: int = 200) -> Response:
		html = frappe.render_template(
			"kam_erpnext/templates/help/page.html",
			{"title": title, "body": body, "sections": navigation(), "current": name, "route": f"/{ROUTE}"},
		)
		return Response(html, status=status, mimetype="text/html", headers=ADDRESS)


def find(name: str) -> Path | None:
	"""File of the documentation for an address; None for what is none, lies outside, or is of another kind."""
	if not re.fullmatch(r"[\w./-]+", name):
		return None
	root = folder().resolve()
	for candidate in (root / f"{name}.md", root / name):
		file = candidate.resolve()
		fits = file.suffix in {".md", *PICTURES, *SHOWN_AS_TEXT}
		if fits and file.is_relative_to(root) and file.is_file():
			return file
	return None


def title_of(text: str) -> str | None:
	found = re.search(r"^# (.+)$", text, re.M)
	return found and found[1].strip()


def html_of(text: str, name: str) -> str:
	"""A page as HTML; links to other pages lead to where they are shown, those out of the documentation are plain text."""
	above = PurePosixPath(name).parent

	def moved(found: re.Match) -> str:
		target = found["target"]
		if target.startswith("/"):
			return found[0]
		place = _inside(above / target)
		if place is None:
			return f'data-outside="{target}"'
		return f'{found["attribute"]}="/{ROUTE}/{place.removesuffix(".md")}{found["anchor"] or ""}"'

	return LINK.sub(moved, md_to_html(text))


def _inside(path: PurePosixPath) -> str | None:
	parts: list[str] = []
	for part in path.parts:
		if part == "..":
			if not parts:
				return None
			parts.pop()
		elif part != ".":
			parts.append(part)
	return "/".join(parts)


def navigation() -> list[tuple[str, list[tuple[str, str]]]]:
	"""Sections of the documentation: heading and (page, title), in the order of mkdocs.yml."""
	file = folder().parent / "mkdocs.yml"
	if not file.exists():
		return []
	sections: list[tuple[str, list[tuple[str, str]]]] = []
	for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["nav"]:
		((title, below),) = entry.items()
		pages = [(title, below)] if isinstance(below, str) else [next(iter(page.items())) for page in below]
		heading = "" if isinstance(below, str) else title
		sections.append((heading, [(page.removesuffix(".md"), label) for label, page in pages]))
	return sections
