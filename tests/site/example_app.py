"""The app that docs/extending.md shows, as it stands there."""

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "extending.md"
BLOCK = re.compile(r"^```python\n# fleet/(\w+)\.py\n(.*?)^```", re.M | re.S)


def example_app() -> dict[str, str]:
	"""Source of each module."""
	modules = dict(BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")))
	assert set(modules) == {"hooks", "kam"}
	return modules
