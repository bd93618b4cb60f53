"""Two benches for the site tests at the same time: which files run on which, by how long they took the last time."""

import os
import xml.etree.ElementTree as ElementTree

from tests.harness import machine, services

BYTES_A_SECOND = 500  # how long a file takes that never ran: a guess from its size


def two_fit() -> bool:
	"""Two processors at least, and a server program for a second database of our own."""
	own = machine.DATABASE == "postgres" or services.PrivateMariaDB.server()
	return (os.cpu_count() or 1) >= 2 and bool(own)


def _file():
	return machine.cache_dir() / "test-seconds.json"


def remember(stack, folder) -> None:
	"""Keeps the seconds each test file of a finished run took."""
	seconds = machine.read_json(_file())
	taken = {}
	try:
		cases = ElementTree.parse(stack.private.path / f"{folder}.xml").getroot().iter("testcase")
	except (OSError, ElementTree.ParseError):
		return
	for case in cases:
		name = case.get("classname", "").split(".")
		module = next((part for part in name if part.startswith("test_")), None)
		if module:
			key = f"{folder}/{module}.py"
			taken[key] = taken.get(key, 0) + float(case.get("time") or 0)
	machine.write_json(_file(), {**seconds, **{key: round(value, 1) for key, value in taken.items()}})


def expected(folder) -> float:
	"""Seconds the files of a folder took the last time."""
	return sum(value for key, value in machine.read_json(_file()).items() if key.startswith(f"{folder}/"))


def split(files, already=0.0):
	"""Files in two halves of about the same time, the longest dealt out first. `already`: seconds of other work the first
	half's bench has. The order within a half is that of `files`."""
	known = machine.read_json(_file())

	def cost(path):
		return known.get(f"{path.parent.name}/{path.name}", path.stat().st_size / BYTES_A_SECOND)

	first, second, load = [], [], [already, 0.0]
	for path in sorted(files, key=lambda path: (-cost(path), path.name)):
		lighter = load.index(min(load))
		(first, second)[lighter].append(path)
		load[lighter] += cost(path)
	return sorted(first), sorted(second)
