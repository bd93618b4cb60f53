"""The run of a selection: a background job that measures, judges and proposes.

Everything a run finds is written in one transaction at its end, so a run that is stopped, or whose worker dies, leaves
nothing behind and can simply be started again. Every start gets a token; a run whose token is no longer that of the
document throws its results away.
"""

import json
import math
from dataclasses import replace

import frappe
import pandas as pd
from frappe import _
from frappe.utils import add_to_date, get_datetime, getdate, now_datetime

from kam_erpnext.compat import cached_by_any_process
from kam_erpnext.data import accounts, units
from kam_erpnext.data.language import in_language_of
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.windows import custom_period
from kam_erpnext.engine.criteria import evaluate
from kam_erpnext.engine.pareto import abc_class
from kam_erpnext.engine.portfolio import quadrants
from kam_erpnext.engine.selection import NO_PROPOSAL, propose
from kam_erpnext.kam_erpnext.doctype.kam_measure.kam_measure import known_measures
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

DOCTYPE = "Key Account Selection"
LINE = "Key Account Selection Line"
QUEUE = "long"
TIMEOUT = 3600
# a run that has not reported for so long is taken for dead by the scheduler
SILENT_MINUTES = 15


NUMBERS = (
	"net_sales",
	"gross_profit",
	"share_of_sales",
	"cumulative_share",
	"sales_growth",
	"score",
	"answered_share",
	"attractiveness",
	"strength",
)


class RunStopped(Exception):
	"""The run was stopped or started anew by somebody."""


# ---------------------------------------------------------------- start, stop, restart


def prepare(selection):
	"""Set what a start changes on the document; called before it is saved."""
	selection.run_token = frappe.generate_hash(length=12)
	selection.run_by = frappe.session.user
	selection.run_started = now_datetime()
	selection.run_finished = None
	selection.run_error = None
	selection.rejection_reason = None


def start(selection):
	"""Queue the run, unless the caller will call `execute` itself (flag `kam_run_by_caller`)."""
	report_progress(selection.name, selection.run_token, 0, _("Waiting for a worker"))
	if selection.flags.kam_run_by_caller:
		return
	frappe.enqueue(
		execute,
		queue=QUEUE,
		timeout=TIMEOUT,
		job_id=f"kam-selection-{selection.name}-{selection.run_token}",
		enqueue_after_commit=True,
		selection=selection.name,
		token=selection.run_token,
	)


def restart(name: str):
	"""Start a running selection again under a new token; what an earlier worker still does is discarded."""
	selection = frappe.get_doc(DOCTYPE, name, for_update=True)
	if selection.workflow_state != "Running":
		frappe.throw(_("Selection {0} is not running.").format(name))
	prepare(selection)
	selection.db_set(
		{field: selection.get(field) for field in ("run_token", "run_by", "run_started", "run_error")},
		notify=True,
	)
	start(selection)


def resume_stopped_runs():
	"""Hourly: start again what a dead worker left behind, as the user who started it."""
	limit = add_to_date(now_datetime(), minutes=-SILENT_MINUTES)
	for name, token, started, user in frappe.get_all(
		DOCTYPE,
		{"workflow_state": "Running", "docstatus": 0},
		["name", "run_token", "run_started", "run_by"],
		as_list=True,
	):
		progress = get_progress(name)
		last = get_datetime(progress["at"]) if progress.get("token") == token else get_datetime(started)
		if last and last < limit:
			# a run holds what the person who started it may see
			frappe.set_user(user)
			restart(name)
			frappe.set_user("Administrator")
			frappe.db.commit()


# ---------------------------------------------------------------- progress


def report_progress(name: str, token: str, percent: int, message: str):
	progress = {"token": token, "percent": percent, "message": message, "at": str(now_datetime())}
	frappe.cache.set_value(_progress_key(name), progress, expires_in_sec=24 * 3600)
	frappe.publish_realtime(
		"kam_selection_progress", {"selection": name, **progress}, doctype=DOCTYPE, docname=name
	)


def get_progress(name: str) -> dict:
	return cached_by_any_process(_progress_key(name)) or {}


def _progress_key(name: str) -> str:
	return f"kam_selection_progress:{name}"


# ---------------------------------------------------------------- the job


def execute(selection: str, token: str):
	"""Background job: measure, evaluate, propose, write; reasons are told in the language of whoever started it."""
	try:
		with in_language_of(frappe.session.user):
			_execute(selection, token)
	except RunStopped:
		frappe.db.rollback()
	except Exception as error:
		frappe.db.rollback()
		_fail(selection, token, error)
		raise


def _execute(name: str, token: str):
	selection = frappe.get_doc(DOCTYPE, name)
	_check_token(selection, token)
	result = Run(selection).compute(lambda percent, message: _step(name, token, percent, message))
	_step(name, token, 80, _("Writing {0} lines").format(len(result.frame)))
	# from here on other starts, stops and decisions wait for this row
	locked = frappe.get_doc(DOCTYPE, name, for_update=True)
	_check_token(locked, token)
	discard_results(name)
	result.write(locked)
	frappe.db.commit()
	report_progress(name, token, 100, _("Finished"))
	locked.notify_update()


def _step(name: str, token: str, percent: int, message: str):
	frappe.db.commit()  # nothing is written yet; ends the snapshot, so that a stop is seen
	_check_token(frappe.get_doc(DOCTYPE, name), token)
	report_progress(name, token, percent, message)


def _check_token(selection, token: str):
	if selection.workflow_state != "Running" or selection.run_token != token:
		raise RunStopped


def _fail(name: str, token: str, error: Exception):
	"""Back to draft with the reason, unless the selection was started again meanwhile."""
	frappe.log_error(title=f"Key Account Selection {name}")
	locked = frappe.get_doc(DOCTYPE, name, for_update=True)
	if locked.workflow_state == "Running" and locked.run_token == token:
		locked.db_set({"workflow_state": "Draft", "run_error": str(error)[:500]}, notify=True)
		frappe.db.commit()
		report_progress(name, token, 100, _("The run stopped with an error"))


def discard_results(name: str):
	"""Remove lines and assessments of an earlier run."""
	assessments = frappe.get_all("Key Account Assessment", {"selection": name}, pluck="name")
	if assessments:
		for table in frappe.get_meta("Key Account Assessment").get_table_fields():
			frappe.db.delete(table.options, {"parent": ("in", assessments)})
		frappe.db.delete("Key Account Assessment", {"name": ("in", assessments)})
	frappe.db.delete(LINE, {"selection": name})


class Run:
	"""One run: reads, computes in memory, then writes."""

	def __init__(self, selection):
		self.selection = selection
		self.settings = get_settings()
		self.criteria_doc = frappe.get_doc("Key Account Criteria", selection.criteria)
		self.criteria = self.criteria_doc.to_criteria_set()

	def compute(self, step=lambda percent, message: None):
		selection, settings = self.selection, self.settings
		step(5, _("Reading sales"))
		filters = SalesFilters(
			company=selection.company,
			source=settings.sales_source,
			customer_group=selection.customer_group,
			territory=selection.territory,
			market_segment=selection.market_segment,
		)
		period = custom_period(selection.from_date, selection.to_date)
		self.units = units.measure(filters, period, getdate(selection.as_of), self.measure_keys())
		step(50, _("Judging {0} customers and key accounts").format(len(self.units.frame)))
		self.evaluation = evaluate(
			self.criteria, self.units.measures, bands=settings.engine_bands(), known=known_measures()
		)
		self.levels = accounts.level_ranks()
		self.proposals = self.propose()
		step(70, _("Preparing results"))
		self.frame = self.lines()
		return self

	def measure_keys(self) -> set[str]:
		segments = segment_rules()
		return self.criteria_doc.measure_keys() | {"sales_growth"} | {rule.key for rule in segments}

	def propose(self):
		known = self.units.frame[self.units.frame["status"].notna()]
		return propose(
			self.evaluation.results,
			self.units.measures,
			known.reset_index(names="unit")[["unit", "status", "level"]],
			self.levels,
			self.settings.default_level,
			watch_first=bool(self.settings.watch_first),
			maximum=self.settings.maximum_accounts or None,
		)

	def lines(self) -> pd.DataFrame:
		"""One row per unit in rank order with everything a selection line holds."""
		settings = self.settings
		frame = self.proposals.frame.join(self.units.frame).join(
			self.evaluation.results.drop(columns=["level"]), rsuffix="_result"
		)
		measures = self.units.measures.loc[frame.index]
		for key in ("net_sales", "gross_profit", "share_of_sales", "cumulative_share", "sales_growth"):
			frame[key] = measures[key]
		cuts = (settings.abc_cut_a, settings.abc_cut_b)
		frame["abc_class"] = [
			abc_class(value, before, *cuts)
			for value, before in zip(frame["net_sales"], frame["cumulative_share"], strict=True)
		]
		frame["margin_class"] = [
			abc_class(value, before, *cuts)
			for value, before in zip(frame["gross_profit"], frame["margin_before"], strict=True)
		]
		matrix = quadrants(
			frame[["attractiveness", "strength"]],
			settings.portfolio_cut_attractiveness,
			settings.portfolio_cut_strength,
			settings.portfolio_cut_method,
		)
		frame["quadrant"] = matrix["quadrant"]
		self.portfolio_cuts = matrix.attrs["cuts"]
		return frame

	# ------------------------------------------------------------ write

	def write(self, selection):
		names = self.write_lines(selection)
		self.write_assessments(selection, names)
		self.freeze(selection)

	def write_lines(self, selection) -> dict[str, str]:
		columns, rows, names = None, [], {}
		now = now_datetime()
		for unit, row in zip(self.frame.index, self.frame.to_dict("records"), strict=True):
			values = {
				"name": frappe.generate_hash(length=12),
				"creation": now,
				"modified": now,
				"owner": selection.run_by,
				"modified_by": selection.run_by,
				**self.line_values(selection, unit, row),
			}
			names[unit] = values["name"]
			columns = columns or list(values)
			rows.append(tuple(values.values()))
		if rows:
			frappe.db.bulk_insert(LINE, columns, rows, chunk_size=1000)
		return names

	def line_values(self, selection, unit: str, row: dict) -> dict:
		passes = {True: "Yes", False: "No", None: "Open"}[row["passes"]]
		clean = {key: _clean(value) for key, value in row.items()}
		unchanged = row["proposal"] in ("Keep", NO_PROPOSAL)
		same = (
			"rank", "customer", "key_account", "customer_group", "territory", "level", "abc_class", "margin_class",
			"band", "quadrant", "proposal", "proposed_status", "proposed_level", "reason",
		)  # fmt: skip
		measures = self.units.measures.loc[unit]
		clean["cumulative_share"] = (
			_add(clean["cumulative_share"], clean["share_of_sales"]) if clean["abc_class"] else None
		)
		# number columns of Frappe cannot be empty: what is not known is 0 there and named in `unknown`
		unknown = [key for key in NUMBERS if clean[key] is None]
		return {
			**{key: clean[key] for key in same},
			**{key: clean[key] or 0 for key in NUMBERS},
			"unknown": ", ".join(unknown),
			"selection": selection.name,
			"customer_name": clean["label"],
			"status_before": clean["status"],
			"currency": frappe.get_cached_value("Company", selection.company, "default_currency"),
			"meets_criteria": passes,
			"criteria_met": f"{row['classification_met']} / {row['classification_total']}",
			# what changes nothing needs no decision
			"decision": "Accept" if unchanged else "",
			"decided_outcome": row["proposal"] if unchanged else "",
			"decided_status": clean["proposed_status"] if unchanged else None,
			"decided_level": clean["proposed_level"] if unchanged else None,
			"measures": json.dumps({key: _clean(value) for key, value in measures.items()}),
		}

	def write_assessments(self, selection, names: dict[str, str]):
		"""Assessments for what somebody has to look at: proposals, key accounts, and open cases that qualify."""
		frame = self.frame
		open_cases = frame["passes"].isna() & (frame["qualifies"] == True)  # noqa: E712 - three-valued
		worth = (frame["proposal"] != NO_PROPOSAL) | open_cases
		found = self.evaluation
		lines = dict(
			tuple(found.lines[found.lines["unit"].isin(frame.index[worth])].groupby("unit", sort=False))
		)
		for unit, row in frame[worth].iterrows():
			assessment = frappe.new_doc("Key Account Assessment")
			assessment.update(
				{
					"customer": row["customer"],
					"key_account": row["key_account"] or None,
					"criteria": selection.criteria,
					"company": selection.company,
					"selection": selection.name,
					"from_date": selection.from_date,
					"to_date": selection.to_date,
				}
			)
			assessment.flags.kam_selection_run = True
			# nobody has judged anything yet, so what the run worked out holds
			assessment.evaluation = replace(found, results=found.results.loc[[unit]], lines=lines[unit])
			assessment.set_measures(row, self.units.measures.loc[unit], self.units.documents)
			# written by the run for the account team; the person who started it need not be allowed to
			assessment.insert(ignore_permissions=True)
			frappe.db.set_value(LINE, names[unit], "assessment", assessment.name, update_modified=False)

	def freeze(self, selection):
		settings = self.settings
		selection.db_set(
			{
				"workflow_state": "To Validate",
				"customers_measured": len(self.frame),
				"documents_measured": self.units.documents,
				"net_sales_measured": self.units.net_sales,
				"currency": frappe.get_cached_value("Company", selection.company, "default_currency"),
				"sales_source": settings.sales_source,
				"run_finished": now_datetime(),
				"warnings": "\n".join(
					[*self.units.remarks, *self.proposals.warnings, *self.evaluation.warnings]
				),
				"settings_used": json.dumps(
					{
						"abc_cut_a": settings.abc_cut_a,
						"abc_cut_b": settings.abc_cut_b,
						"bands": [[band.label, band.upper] for band in settings.engine_bands()],
						"levels": self.levels,
						"maximum_accounts": settings.maximum_accounts,
						"watch_first": settings.watch_first,
						"portfolio": [
							settings.portfolio_cut_method,
							_clean(self.portfolio_cuts["attractiveness"]),
							_clean(self.portfolio_cuts["strength"]),
						],
					}
				),
			}
		)


def _clean(value):
	"""None for what the database has no value for."""
	if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
		return None
	return value.item() if hasattr(value, "item") else value


def _add(first, second):
	return None if first is None or second is None else first + second


# ---------------------------------------------------------------- segments


def segment_rules() -> list:
	"""Segments that a selection fills: `name, key, operator, threshold`."""
	keys = dict(frappe.get_all("KAM Measure", fields=["name", "measure_key"], as_list=True))
	rules = frappe.get_all(
		"Key Account Segment", {"measure": ("is", "set")}, ["name", "measure", "operator", "threshold"]
	)
	for rule in rules:
		rule.key = keys[rule.measure]
	return rules


# ---------------------------------------------------------------- after the run


def refresh_line(assessment):
	"""Bring the line of a selection up to date after a person judged its assessment."""
	name = frappe.db.get_value(LINE, {"assessment": assessment.name})
	if not name:
		return
	line = frappe.get_doc(LINE, name)
	line.update_from_assessment(assessment)
