"""The site tests are dealt out to two benches so that both end at about the same time."""

import pytest

from tests.harness import lanes, machine


@pytest.fixture
def files(tmp_path, monkeypatch):
	monkeypatch.setattr(lanes, "_file", lambda: tmp_path / "seconds.json")
	folder = tmp_path / "site"
	folder.mkdir()
	for name, size in (("a", 5000), ("b", 4000), ("c", 3000), ("d", 2000)):
		(folder / f"test_{name}.py").write_text("x" * size)
	return sorted(folder.glob("*.py"))


def names(paths):
	return [path.stem[-1] for path in paths]


def test_every_file_runs_once_and_both_halves_take_about_as_long(files):
	first, second = lanes.split(files)
	assert sorted(first + second) == files
	assert {tuple(names(first)), tuple(names(second))} == {("a", "d"), ("b", "c")}


def test_what_files_took_the_last_time_counts_more_than_their_size(files, tmp_path):
	machine.write_json(tmp_path / "seconds.json", {"site/test_d.py": 300})
	halves = [names(half) for half in lanes.split(files)]
	assert ["d"] in halves


def test_other_work_of_the_first_bench_is_counted(files):
	first, second = lanes.split(files, already=10_000)
	assert not first
	assert second == files
