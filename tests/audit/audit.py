"""Looks for known holes: semgrep with the rules beside this file, pip-audit for Python packages, npm audit for scripts.

All three are optional tools. Says of each what it found, or why it did not run. Exit code 0: all ran and found nothing;
1: something was found; 3: nothing was found, but not everything ran.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULES = Path(__file__).with_name("rules.yml")
CLEAN, FOUND, NOT_RUN = "nothing found", "FOUND", "did not run"
TIMEOUT = 900


def run(command, **options):
	"""(exit code, output, errors), or why the program could not be started."""
	try:
		done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, **options)
	except (OSError, subprocess.TimeoutExpired) as error:
		return None, "", str(error)
	return done.returncode, done.stdout, done.stderr


def program(name):
	"""Beside this Python, else on the path."""
	beside = Path(sys.executable).with_name(name)
	return str(beside) if beside.exists() else shutil.which(name)


def why(text):
	"""The line of an error output that tells most: the last, but not where a log was put."""
	lines = [line.strip() for line in text.splitlines() if line.strip() and "complete log" not in line]
	return lines[-1][:300] if lines else "no word of why"


def semgrep():
	tool = program("semgrep")
	if not tool:
		return NOT_RUN, ["semgrep is not installed: pip install semgrep"]
	command = [tool, "scan", "--config", str(RULES), "--metrics=off", "--disable-version-check", "--json"]
	code, output, errors = run([*command, "kam_erpnext"], cwd=ROOT)
	try:
		answer = json.loads(output)
	except ValueError:
		return NOT_RUN, [why(errors)]
	lines = [
		f"{one['path']}:{one['start']['line']} {one['check_id'].split('.')[-1]}: {one['extra']['message']}"
		for one in answer["results"]
	]
	if code not in (0, 1) or answer.get("errors"):
		lines += [f"rule or file not read: {str(one.get('message'))[:200]}" for one in answer["errors"][:5]]
	return (FOUND, lines) if answer["results"] else (NOT_RUN if lines else CLEAN, lines)


def pip_audit():
	"""Packages the app itself asks for; those of Frappe and ERPNext are theirs."""
	tool = program("pip-audit")
	if not tool:
		return NOT_RUN, ["pip-audit is not installed: pip install pip-audit"]
	code, output, errors = run([tool, "--format", "json", "--progress-spinner", "off", str(ROOT)])
	try:
		packages = json.loads(output)["dependencies"]
	except (ValueError, KeyError):
		return NOT_RUN, [why(errors)]
	lines = [
		f"{one['name']} {one.get('version')}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version'}"
		for one in packages
		for hole in one.get("vulns", ())
	]
	return (FOUND if lines else CLEAN if code == 0 else NOT_RUN), lines or (
		[] if code == 0 else [why(errors)]
	)


def npm_audit():
	tool = shutil.which("npm")
	if not tool:
		return NOT_RUN, ["npm is not installed"]
	with tempfile.TemporaryDirectory() as folder:
		# npm audits a lock file of its own, the project has that of yarn
		shutil.copy(ROOT / "package.json", folder)
		code, _output, errors = run(
			[tool, "install", "--package-lock-only", "--ignore-scripts", "--no-fund", "--no-audit"],
			cwd=folder,
		)
		if code != 0:
			return NOT_RUN, [why(errors)]
		code, output, errors = run([tool, "audit", "--json"], cwd=folder)
	try:
		answer = json.loads(output)
		holes = answer["vulnerabilities"]
	except (ValueError, KeyError):
		return NOT_RUN, [why(errors) if errors.strip() else "the registry answers no audits"]
	lines = [f"{name}: {one['severity']}, versions {one['range']}" for name, one in holes.items()]
	return (FOUND, lines) if lines else (CLEAN, [])


def main():
	outcomes = []
	for name, look in (("semgrep", semgrep), ("pip-audit", pip_audit), ("npm audit", npm_audit)):
		outcome, lines = look()
		outcomes.append(outcome)
		print(f"{name}: {outcome}")
		for line in lines:
			print(f"    {line}")
	if FOUND in outcomes:
		return 1
	return 3 if NOT_RUN in outcomes else 0


if __name__ == "__main__":
	sys.exit(main())
