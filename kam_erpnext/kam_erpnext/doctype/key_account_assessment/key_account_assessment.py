import json
import math

import frappe
import pandas as pd
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, fmt_money, now_datetime

from kam_erpnext.data import units
from kam_erpnext.data.permissions import may_see_account, may_see_customer
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.windows import custom_period
from kam_erpnext.engine.criteria import Evaluation, evaluate
from kam_erpnext.engine.measures import MeasureSpec
from kam_erpnext.engine.pareto import abc_class
from kam_erpnext.kam_erpnext.doctype.kam_measure.kam_measure import get_measures
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings

PASSES = {True: "Yes", False: "No", None: "Open"}
MET = {True: "Yes", False: "No", None: "Unknown"}
TABLES = {"classification": "Classification", "screening": "Screening", "scoring": "Scoring"}
NUMBERS = ("score", "answered_share", "attractiveness", "strength")
# what a person may fill; everything else on a line is written by the evaluation
JUDGED_FIELDS = ("answer", "evaluation_b", "evidence")


class KeyAccountAssessment(Document):
	def validate(self):
		if self.is_new() and not self.measures:
			self.validate_subject()
			self.measure_now()
		self.validate_selection_open()
		self.evaluate()

	def validate_subject(self):
		if not self.customer and not self.key_account:
			frappe.throw(_("Please choose the Customer or the Key Account that is assessed."))
		if self.key_account and not may_see_account(self.key_account):
			frappe.throw(_("You may not see key account {0}.").format(self.key_account), frappe.PermissionError)
		if self.customer and not self.key_account and not may_see_customer(self.customer):
			frappe.throw(_("You may not see customer {0}.").format(self.customer), frappe.PermissionError)

	def validate_selection_open(self):
		if not self.selection or self.flags.kam_selection_run:
			return
		state = frappe.db.get_value("Key Account Selection", self.selection, "workflow_state")
		if state != "To Validate":
			frappe.throw(
				_("Selection {0} is {1}. Its assessments can be changed only while it is validated.").format(
					self.selection, _(state or "Draft")
				)
			)

	def measure_now(self):
		"""Read and freeze the figures of one customer or key account."""
		criteria = frappe.get_doc("Key Account Criteria", self.criteria)
		if criteria.docstatus != 1:
			frappe.throw(_("Please submit the criteria {0} first.").format(self.criteria))
		period = custom_period(self.from_date, self.to_date)
		filters = SalesFilters(self.company, get_settings().sales_source)
		measured = units.measure(filters, period, period.last_day, criteria.measure_keys())
		unit = units.unit_of(self.customer, self.key_account)
		if unit not in measured.frame.index:
			frappe.throw(
				_("{0} cannot be measured on its own: it is disabled, internal, or belongs to a key account. Assess the key account instead.").format(
					self.customer or self.key_account
				)
			)
		self.set_measures(measured.frame.loc[unit], measured.measures.loc[unit], measured.documents)

	def set_measures(self, described: pd.Series, measures: pd.Series, documents: int):
		self.account_name = described["label"]
		self.customer = self.customer or described["customer"]
		self.measured_on = now_datetime()
		values = {key: None if math.isnan(value) else float(value) for key, value in measures.items()}
		self.measures = json.dumps({"values": values, "documents": documents}, sort_keys=True)

	# ------------------------------------------------------------ evaluation

	def evaluate(self):
		"""Work out every line and the result from the frozen figures and the judgements of people."""
		judged = self.judged_values()
		evaluation, specs = evaluate_one(self.criteria, self.frozen_values(), self.judgements(judged))
		self.set_lines(evaluation, specs, judged)
		self._results = evaluation.results
		result = evaluation.results.iloc[0]
		settings = get_settings()
		numbers = {key: none_if_nan(result[key]) for key in NUMBERS}
		self.update({key: value or 0 for key, value in numbers.items()})
		self.unknown = ", ".join(key for key, value in numbers.items() if value is None)
		self.band = result["band"]
		self.meets_criteria = PASSES[result["passes"]]
		self.criteria_met = f"{result['classification_met']} / {result['classification_total']}"
		values = self.frozen_values()
		self.abc_class = abc_class(
			values.get("net_sales"), values.get("cumulative_share"), settings.abc_cut_a, settings.abc_cut_b
		)
		self.open_judgements = sum(
			1 for line in self.lines if not line.measure and line.met in ("", None, "Unknown") and not line.evaluation_b
		)

	def evaluation_result(self) -> pd.DataFrame:
		"""Result row of the last evaluation, as the engine's `propose` reads it."""
		return self._results

	def frozen_values(self) -> dict[str, float | None]:
		before = self.get_doc_before_save()
		return json.loads(before.measures if before else self.measures)["values"]

	def judged_values(self) -> dict[tuple[str, int], dict]:
		"""What people entered, by kind and line of the criteria."""
		judged = {}
		for line in self.lines:
			if line.measure:
				continue
			if line.kind == "Scoring" and line.evaluation_b not in (None, ""):
				self.validate_points(line)
			judged[(line.kind, line.criterion_row)] = {field: line.get(field) for field in JUDGED_FIELDS}
		return judged

	def validate_points(self, line):
		try:
			points = float(str(line.evaluation_b).replace(",", "."))
		except ValueError:
			points = -1
		if not 0 <= points <= 100:
			frappe.throw(
				_("Line {0}, {1}: Evaluation B must be a number between 0 and 100, or empty when it is not known.").format(
					line.idx, line.criterion
				)
			)
		line.evaluation_b = f"{points:g}"

	def judgements(self, judged: dict) -> pd.DataFrame:
		rows = []
		for (kind, row), values in judged.items():
			value = values["evaluation_b"] if kind == "Scoring" else values["answer"]
			if value not in (None, ""):
				rows.append((0, kind.lower(), row, float(value) if kind == "Scoring" else value))
		return pd.DataFrame(rows, columns=["unit", "table", "row", "value"])

	def set_lines(self, evaluation: Evaluation, specs: dict[str, MeasureSpec], judged: dict):
		currency = frappe.get_cached_value("Company", self.company, "default_currency")
		documents = json.loads(self.measures).get("documents")
		labels = {spec.key: name for name, spec in specs.items()}
		by_key = {spec.key: spec for spec in specs.values()}
		self.set("lines", [])
		for line in evaluation.lines.to_dict("records"):
			kind = TABLES[line["table"]]
			spec = by_key.get(line["measure"])
			entered = judged.get((kind, line["row"]), {})
			points = none_if_nan(line["b"])
			self.append(
				"lines",
				{
					"kind": kind,
					"criterion": line["label"] if not spec or kind != "Classification" else labels[spec.key],
					"criterion_row": line["row"],
					"measure": labels.get(line["measure"]) if spec else None,
					"measured_value": format_value(line["value"], spec, currency) if spec else None,
					"condition": self.condition(line, spec, currency),
					"answer": self.answer(kind, line, entered, spec),
					"met": MET[line["met"]] if kind != "Scoring" else "",
					"interest_a": none_if_nan(line["a"]) if kind == "Scoring" else None,
					"evaluation_b": None if points is None else f"{points:.4g}",
					"weighted_score": none_if_nan(line["weighted"]),
					"evidence": entered.get("evidence"),
					"explanation": line["explanation"],
					"source": self.source(spec, documents),
				},
			)

	def answer(self, kind, line, entered, spec):
		if kind != "Screening":
			return None
		return MET[line["met"]] if spec else entered.get("answer") or "Unknown"

	def condition(self, line, spec, currency):
		if not spec or line["operator"] is None:
			return None
		return f"{line['operator']} {format_value(line['threshold'], spec, currency)}"

	def source(self, spec, documents):
		if not spec:
			return _("Judged by a person")
		if spec.source == "Ledger":
			return _("{0} to {1}, {2} documents of the company").format(
				frappe.format(self.from_date, "Date"), frappe.format(self.to_date, "Date"), documents
			)
		return _(spec.source)

	# ------------------------------------------------------------ selection

	def on_update(self):
		if self.selection and not self.flags.kam_selection_run:
			from kam_erpnext.kam_erpnext.doctype.key_account_selection.run import refresh_line

			refresh_line(self)

	def before_submit(self):
		if self.selection and not self.flags.kam_selection_run:
			frappe.throw(_("Assessments of a selection are submitted when the selection is approved."))


def evaluate_one(criteria: str, values: dict, judgements: pd.DataFrame) -> tuple[Evaluation, dict]:
	"""Evaluate one set of frozen figures; judgements refer to unit 0."""
	criteria_doc = frappe.get_cached_doc("Key Account Criteria", criteria)
	measures = pd.DataFrame([values], index=[0]).astype(float)
	evaluation = evaluate(
		criteria_doc.to_criteria_set(), measures, judgements, get_settings().engine_bands()
	)
	return evaluation, get_measures()


def none_if_nan(value):
	return None if value is None or (isinstance(value, float) and math.isnan(value)) else flt(value, 6)


def format_value(value, spec: MeasureSpec | None, currency: str) -> str | None:
	"""A measured value with its unit, as a person reads it; None when it is unknown."""
	value = none_if_nan(value)
	if value is None or not spec:
		return None
	if spec.unit == "currency":
		return fmt_money(value, currency=currency)
	number = frappe.format_value(flt(value, 2), {"fieldtype": "Float", "precision": 2 if value % 1 else 0})
	units = {"percent": _("{0} %"), "days": _("{0} days"), "years": _("{0} years")}
	return units.get(spec.unit, "{0}").format(number)
