"""A hook of MkDocs: links to files beside the documentation (benchmarks, change log) have no page there and become plain text."""

import re
from pathlib import PurePosixPath

LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)\s]+)\)")


def on_page_markdown(markdown: str, page, **_more) -> str:
	folder = PurePosixPath(page.file.src_uri).parent

	def plain(found: re.Match) -> str:
		depth = len(folder.parts)
		steps = sum(part == ".." for part in PurePosixPath(found[2]).parts)
		return f"{found[1]} (`{found[2].lstrip('./')}`)" if steps > depth else found[0]

	return LINK.sub(plain, markdown)
