"""The command line ``kam-erpnext``: selects key accounts from exported files, no site needed."""

from __future__ import annotations

import argparse
import datetime
import sys
import textwrap
import time
from pathlib import Path

from kam_erpnext import __version__

WINDOWS = {
	"rolling-12-months": "Rolling 12 Months",
	"fiscal-year-to-date": "Fiscal Year to Date",
	"last-fiscal-year": "Last Fiscal Year",
}

DESCRIPTION = """\
Finds the key accounts in your sales: reads customers and invoices as exported from ERPNext,
measures every customer, applies your criteria, and writes a report for the browser and an Excel
workbook with the reason for every decision. Nothing is sent anywhere, and your files are only
read.
"""

EXAMPLES = """\
examples:
  kam-erpnext demo
      Try it on the sample data that come with the program.

  kam-erpnext select --data exports --criteria standard --out result
      Put "Customer.csv", "Sales Invoice.csv", "Territory.csv" and "Item Group.csv" from ERPNext
      into the folder "exports" first. "standard" is the set of classic criteria; copy and change it
      for your own.

  kam-erpnext COMMAND --help
      Everything a command can do.
"""

SELECT_EXAMPLES = """\
what to export from ERPNext (list view, menu, Export; choose CSV):
  Sales Invoice   ID, Customer, Date, Status, Company, Currency, Exchange Rate, Is Return (Credit
                  Note), Is Opening Entry, Is Internal Customer; of the items: Item, Item Group,
                  Quantity, Net Amount (Company Currency), Incoming Rate (Costing)
  Customer        ID, Customer Name, Customer Group, Territory, Is Internal Customer, Disabled,
                  and number fields that your criteria use
  Territory       ID, Parent Territory
  Item Group      ID, Parent Item Group
Drafts, cancelled invoices, opening entries and internal customers are left out; returns count as
negative sales.

examples:
  kam-erpnext select --data exports --criteria my-criteria.toml --out result
      The twelve months up to the last invoice in the data.

  kam-erpnext select --data exports --criteria my-criteria.toml --out result \\
      --window last-fiscal-year --fiscal-year-start 04-01 --accounts key-accounts.csv
      The last complete year from April to March, compared with the key accounts you have today.

  kam-erpnext select --data exports --criteria standard --out result \\
      --from 2025-01-01 --to 2025-06-30 --territory Europe
      Half a year; only customers in Europe and the territories below it.

  kam-erpnext select --data adventureworks --mapping adventureworks --criteria adventureworks \\
      --out result
      Files from another system, read through a mapping file.
"""


def day(text: str) -> datetime.date:
	"""A date from the command line."""
	try:
		return datetime.date.fromisoformat(text)
	except ValueError:
		raise argparse.ArgumentTypeError(f"expected a date such as 2025-03-31, found {text!r}") from None


def month_day(text: str) -> tuple[int, int]:
	"""The first day of the fiscal year from the command line."""
	from kam_erpnext.offline.mapping import month_day as read

	try:
		return read(text)
	except ValueError:
		raise argparse.ArgumentTypeError(f"expected month-day such as 04-01, found {text!r}") from None


def positive(text: str) -> int:
	"""A whole number of at least 1 from the command line."""
	if not text.isdigit() or int(text) < 1:
		raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
	return int(text)


def build_parser() -> argparse.ArgumentParser:
	"""The parser of the whole command line."""
	raw = argparse.RawDescriptionHelpFormatter
	parser = argparse.ArgumentParser(
		prog="kam-erpnext", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=raw
	)
	parser.add_argument("--version", action="version", version=f"kam-erpnext {__version__}")
	commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

	demo = commands.add_parser(
		"demo",
		help="select key accounts in the sample data",
		description="Selects the key accounts of Halden Medical, an invented company with about 250 customers\n"
		"and three years of invoices, with the classic criteria, and writes the report and the workbook.",
		formatter_class=raw,
	)
	demo.add_argument(
		"--out",
		metavar="DIR",
		default="kam-demo-output",
		help="folder for the results (default: kam-demo-output)",
	)

	select = commands.add_parser(
		"select",
		help="select key accounts in your own data",
		description="Selects key accounts in files exported from ERPNext (CSV or Parquet).",
		epilog=SELECT_EXAMPLES,
		formatter_class=raw,
	)
	need = select.add_argument_group("needed")
	need.add_argument("--data", metavar="DIR", required=True, help="folder with the exported files")
	need.add_argument(
		"--criteria",
		metavar="FILE",
		required=True,
		help="your criteria, .toml or .json; or standard or adventureworks, which come with the program",
	)
	need.add_argument(
		"--out", metavar="DIR", required=True, help="folder for the results; made if it is not there"
	)
	when = select.add_argument_group("which time")
	when.add_argument(
		"--window",
		choices=list(WINDOWS),
		default=None,
		help="which sales count, seen from the as-of day (default: rolling-12-months)",
	)
	when.add_argument(
		"--as-of",
		metavar="DATE",
		type=day,
		help="the day to look back from (default: the last invoice in the data)",
	)
	when.add_argument("--from", metavar="DATE", dest="start", type=day, help="first day, instead of a window")
	when.add_argument("--to", metavar="DATE", dest="end", type=day, help="last day, included")
	when.add_argument(
		"--fiscal-year-start",
		metavar="MM-DD",
		type=month_day,
		help="first day of the fiscal year (default: 01-01)",
	)
	who = select.add_argument_group("which customers")
	who.add_argument("--company", metavar="NAME", help="needed when the invoices belong to several companies")
	who.add_argument("--territory", metavar="NAME", help="only this territory and those below it")
	who.add_argument("--customer-group", metavar="NAME", help="only this customer group")
	more = select.add_argument_group("what else is known")
	more.add_argument(
		"--mapping", metavar="FILE", help="how to read files that do not come from ERPNext (.toml)"
	)
	more.add_argument(
		"--accounts",
		metavar="FILE",
		help="today's key accounts: columns Customer, Status, Level and, for accounts with several customers, Key Account",
	)
	more.add_argument(
		"--judgements",
		metavar="FILE",
		help="answers to judged criteria: columns Customer, Criterion, Value and Evidence",
	)
	more.add_argument(
		"--currency", metavar="CODE", help="company currency to print (default: found in the data)"
	)
	more.add_argument(
		"--maximum",
		metavar="N",
		type=positive,
		default=35,
		help="warn above this many key accounts (default: 35)",
	)
	more.add_argument(
		"--portfolio",
		choices=("fixed", "median"),
		default="fixed",
		help="cut lines of the portfolio matrix: at 50, or at the median (default: fixed)",
	)
	return parser


class Screen:
	"""Prints progress with the seconds since the start."""

	def __init__(self, stream=None):
		self.stream = stream or sys.stdout
		self.start = time.monotonic()

	def say(self, text: str = ""):
		"""One line of progress."""
		print(f"[{time.monotonic() - self.start:5.1f} s] {text}", file=self.stream, flush=True)

	def write(self, text: str = ""):
		"""One line as it is."""
		print(text, file=self.stream, flush=True)


def money(value) -> str:
	"""An amount for the screen; n/a when unknown."""
	return "n/a" if value is None or value != value else f"{value:,.2f}"


def table(rows: list[tuple], heads: tuple[str, ...], right: set[int]) -> list[str]:
	"""Plain text columns."""
	cells = [heads, *rows]
	widths = [max(len(str(row[i])) for row in cells) for i in range(len(heads))]
	lines = []
	for n, row in enumerate(cells):
		parts = [
			str(v).rjust(widths[i]) if i in right else str(v).ljust(widths[i]) for i, v in enumerate(row)
		]
		lines.append("  " + "  ".join(parts).rstrip())
		if n == 0:
			lines.append("  " + "  ".join("-" * w for w in widths))
	return lines


def shorten(text: str, width: int) -> str:
	"""At most ``width`` characters."""
	return text if len(text) <= width else text[: width - 3].rstrip() + "..."


def summary(result) -> list[str]:
	"""What the run decided, as lines of text."""
	lines = ["", f"{result.criteria.name}, {result.period}", ""]
	totals, currency = result.totals, result.currency
	change = ""
	if totals["prior"] > 0:
		change = f" ({100 * (totals['net_sales'] / totals['prior'] - 1):+.1f} % on the year before)"
	lines.append(f"  Net sales     {money(totals['net_sales'])} {currency}{change}")
	lines.append(f"  Gross profit  {money(totals['gross_profit'])} {currency}")
	lines.append(
		f"  Counted       {totals['documents']:,} documents, {totals['buying']:,} of {totals['customers']:,} customers "
		"with sales"
	)
	counts = result.counts()
	now, after = result.key_accounts()
	lines += ["", "Proposals"]
	meaning = {
		"Add": "becomes a key account",
		"Keep": "stays as it is",
		"Promote": "to a higher level, or back to active",
		"Demote": "to a lower level, or on watch",
		"Retire": "leaves the programme",
		"None": "not a key account, or open",
	}
	lines += table(
		[(name, count, meaning[name]) for name, count in counts.items()], ("Proposal", "Count", ""), {1}
	)
	lines.append(f"  Key accounts: {now} today, {after} after this selection.")
	chosen = result.units[result.units["proposed_status"].isin(("Active", "On Watch"))].head(12)
	if len(chosen):
		lines += ["", "Top accounts by score"]
		rows = [
			(
				int(row.rank),
				shorten(row.label, 38),
				money(row.net_sales),
				"n/a" if row.score != row.score else f"{row.score:.1f}",
				row.proposal,
				row.proposed_level or "",
			)
			for row in chosen.itertuples()
		]
		lines += table(
			rows, ("Rank", "Account", f"Net sales {currency}", "Score", "Proposal", "Level"), {0, 2, 3}
		)
	for title, texts in (("Warnings", result.warnings), ("About the data", result.notes)):
		if texts:
			lines += ["", title]
			lines += [
				textwrap.fill(text, 110, initial_indent="  - ", subsequent_indent="    ") for text in texts
			]
	return lines


def carry_out(request, out: Path, screen: Screen) -> int:
	"""Run, write both files, print what was decided."""
	from kam_erpnext.offline.problems import InputError
	from kam_erpnext.offline.report import write_report
	from kam_erpnext.offline.run import run
	from kam_erpnext.offline.workbook import write_workbook

	if out.exists() and not out.is_dir():
		raise InputError(f"--out {out}: this is a file; give the name of a folder.")
	result = run(request, screen.say)
	out.mkdir(parents=True, exist_ok=True)
	report, workbook = out / "key-accounts.html", out / "key-accounts.xlsx"
	# both files or none: what is there from an earlier run stays until both are complete
	unfinished = {path: path.with_name(f"{path.stem}-unfinished{path.suffix}") for path in (report, workbook)}
	try:
		screen.say(f"Writing {report}")
		write_report(result, unfinished[report])
		screen.say(f"Writing {workbook}")
		write_workbook(result, unfinished[workbook])
		for path in unfinished:
			if path.is_dir():
				raise InputError(f"--out {out}: {path.name} is a folder there; please move it away.")
		for path, made in unfinished.items():
			made.replace(path)
	finally:
		for made in unfinished.values():
			made.unlink(missing_ok=True)
	for line in summary(result):
		screen.write(line)
	screen.write()
	screen.write(f"Report:   {report}")
	screen.write(f"Workbook: {workbook}")
	return 0


def demo_request():
	"""The run of ``kam-erpnext demo``."""
	from kam_erpnext.offline import sample
	from kam_erpnext.offline.run import Request

	return Request(
		data=sample.DATA,
		criteria=Path("standard"),
		accounts=sample.ACCOUNTS,
		judgements=sample.JUDGEMENTS,
		as_of=datetime.date(2025, 12, 31),
		title="Key account selection of Halden Medical",
	)


def select_request(options):
	"""The run of ``kam-erpnext select``."""
	from kam_erpnext.offline.mapping import load
	from kam_erpnext.offline.problems import InputError
	from kam_erpnext.offline.run import Request

	if options.window and (options.start or options.end):
		raise InputError("Give either --window or --from and --to, not both.")
	mapping = load(options.mapping)
	return Request(
		data=Path(options.data),
		criteria=Path(options.criteria),
		mapping=mapping,
		accounts=Path(options.accounts) if options.accounts else None,
		judgements=Path(options.judgements) if options.judgements else None,
		window=WINDOWS[options.window or "rolling-12-months"],
		as_of=options.as_of,
		start=options.start,
		end=options.end,
		fiscal_year_start=options.fiscal_year_start,
		company=options.company,
		currency=options.currency,
		territory=options.territory,
		customer_group=options.customer_group,
		maximum=options.maximum,
		portfolio=options.portfolio.capitalize(),
		title=f"Key account selection: {mapping.title}" if mapping.title else "Key account selection",
	)


def main(argv: list[str] | None = None) -> int:
	"""Entry point. 0 = done, 1 = the input has to be corrected, 2 = wrong command line."""
	options = build_parser().parse_args(argv)
	try:
		from kam_erpnext.offline.problems import InputError
		from kam_erpnext.offline.workbook import require_packages
	except ImportError as error:
		print(f"A package is missing: {error}. Install: pip install 'kam_erpnext[offline]'", file=sys.stderr)
		return 1
	screen = Screen()
	try:
		require_packages()
		request = demo_request() if options.command == "demo" else select_request(options)
		return carry_out(request, Path(options.out), screen)
	except InputError as error:
		print(f"\n{error}\n\nNothing was written.", file=sys.stderr)
		return 1
	except OSError as error:
		where = f"{error.filename}: " if error.filename else ""
		print(f"\n{where}{error.strerror or error}", file=sys.stderr)
		return 1


if __name__ == "__main__":
	sys.exit(main())
