"""Every command of the README: run here, or run by the named test on a site. A command that neither is true of is found."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kam_erpnext.offline import sample

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)
STARTS = ("./kam", "kam-erpnext", "bench ", "python ")

# command of the README -> (file, words of it) of the test that runs it on a bench
ON_A_BENCH = {
	"bench get-app https://github.com/YOUR-ORGANISATION/kam_erpnext": (
		"tests/site/test_install.py",
		'["bench", "get-app"',
	),
	"bench --site SITE install-app kam_erpnext": (
		"tests/site/test_install.py",
		'run("install-app", "kam_erpnext")',
	),
	"bench --site SITE uninstall-app kam_erpnext": (
		"tests/site/test_install.py",
		'run("uninstall-app", "kam_erpnext"',
	),
	# every test runs inside of this one, so it cannot run itself
	"./kam test": (".ci/run", "exec ./kam test"),
}


def shell(command: str, folder: Path) -> subprocess.CompletedProcess:
	"""The command as somebody types it, in a folder of his own; what the project installs is on the path."""
	path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
	return subprocess.run(
		["bash", "-c", command],
		cwd=folder,
		env={**os.environ, "PATH": path, "KAM_BENCH": ""},
		stdin=subprocess.DEVNULL,
		capture_output=True,
		text=True,
		timeout=600,
	)


def demo(tmp_path):
	# the part without a bench, into a folder of the test; tests/site/test_demo.py makes the demonstration company
	done = shell(f"{ROOT / 'kam'} demo --offline --out {tmp_path / 'out'}", tmp_path)
	assert done.returncode == 0, done.stdout + done.stderr
	made = {path.suffix for path in (tmp_path / "out").iterdir()}
	assert {".html", ".xlsx"} <= made
	assert "Demonstration site: not prepared, --offline was given." in done.stdout


def engine_tests(tmp_path):
	done = shell(f"{ROOT / 'kam'} test --engine tests/engine/test_portfolio.py", tmp_path)
	assert done.returncode == 0, done.stdout + done.stderr
	assert re.search(r"\d+ passed", done.stdout) and "ERPNext site              did not run" in done.stdout


def select(tmp_path):
	shutil.copytree(sample.DATA, tmp_path / "exports")
	done = shell("kam-erpnext select --data exports/ --criteria standard --out result/", tmp_path)
	assert done.returncode == 0, done.stdout + done.stderr
	assert (tmp_path / "result" / "key-accounts.xlsx").stat().st_size > 10_000


HERE = {
	"./kam demo": demo,
	"./kam test --engine": engine_tests,
	"kam-erpnext select --data exports/ --criteria standard --out result/": select,
}


def commands() -> set[str]:
	"""Command lines of the code blocks and of the text between backticks, without comments."""
	lines = [line for block in BLOCK.findall(TEXT) for line in block.splitlines()]
	lines += re.findall(r"`([^`\n]+)`", BLOCK.sub("", TEXT))
	lines = (re.split(r"\s+#", line, maxsplit=1)[0].strip() for line in lines)
	return {line for line in lines if line.startswith(STARTS)}


def test_every_command_is_run_by_a_test():
	assert commands() == set(HERE) | set(ON_A_BENCH)


@pytest.mark.parametrize("command", HERE)
def test_it_runs_and_makes_what_the_readme_says(command, tmp_path):
	HERE[command](tmp_path)


@pytest.mark.parametrize("command", ON_A_BENCH)
def test_a_test_on_a_bench_runs_it(command):
	file, words = ON_A_BENCH[command]
	assert words in (ROOT / file).read_text(encoding="utf-8")


def test_its_links_and_pictures_are_there():
	targets = re.findall(r"\]\(([^)#\s]+)", TEXT)
	assert targets
	missing = [target for target in targets if "://" not in target and not (ROOT / target).exists()]
	assert not missing
