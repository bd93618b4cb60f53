import json
import math

import frappe
import pandas as pd
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, fmt_money, now_datetime

from kam_erpnext.compat import from_json
from kam_erpnext.data import units
from kam_erpnext.data.permissions import may_see_account, may_see_customer
from kam_erpnext.data.sales import SalesFilters
from kam_erpnext.data.windows import custom_period
from kam_erpnext.engine.criteria import CriteriaSet, evaluate
from kam_erpnext.engine.measures import MeasureSpec
from kam_erpnext.engine.pareto import abc_class
from kam_erpnext.kam_erpnext.doctype.kam_measure.kam_measure import get_measures, known_measures
from kam_erpnext.kam_erpnext.doctype.kam_settings.kam_settings import get_settings
from kam_erpnext.kam_erpnext.doctype.key_account_criteria.key_account_criteria import MadeWithCriteria

PASSES = {True: "Yes", False: "No", None: "Open"}
MET = {True: "Yes", False: "No", None: "Unknown"}
# written by the selection or when the figures are read
FROZEN = ("selection", "account_name", "measured_on", "measures")
NUMBERS = ("score", "answered_share", "attractiveness", "strength")


class KeyAccountAssessment(MadeWithCriteria, Document):
	def validate(self):
		self.keep_frozen()
		if self.is_new() and not self.flags.kam_selection_run:
			self.validate_subject()
			self.measure_now()
		self.validate_selection_open()
		self.evaluate()

	def keep_frozen(self):
		"""Figures are read once; what a client sends for them is ignored."""
		if self.flags.kam_selection_run:
			return
		before = self.get_doc_before_save()
		for field in FROZEN:
			self.set(field, before.get(field) if before else None)

	def validate_subject(self):
		if not self.customer and not self.key_account:
			frappe.throw(_("Please choose the Customer or the Key Account that is assessed."))
		if self.key_account and not may_see_account(self.key_account):
			frappe.throw(
				_("You may not see key account {0}.").format(self.key_account), frappe.PermissionError
			)
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
		period = custom_period(self.from_date, self.to_date)
		criteria.validate_usable(self.company, period.last_day)
		filters = SalesFilters(self.company, get_settings().sales_source)
		measured = units.measure(filters, period, period.last_day, criteria.measure_keys())
		unit = units.unit_of(self.customer, self.key_account)
		if unit not in measured.frame.index:
			if self.key_account:
				frappe.throw(
					_("Key account {0} has no customers that could be measured.").format(self.key_account)
				)
			frappe.throw(
				_(
					"{0} cannot be measured on its own: it is disabled, internal, or belongs to a key account. Assess the key account instead."
				).format(self.customer)
			)
		self.set_measures(measured.frame.loc[unit], measured.measures.loc[unit], measured.documents)

	def set_measures(self, described: pd.Series, measures: pd.Series, documents: int):
		self.account_name = described["label"]
		self.customer = described["customer"]
		self.measured_on = now_datetime()
		values = {key: None if math.isnan(value) else float(value) for key, value in measures.items()}
		self.measures = json.dumps({"values": values, "documents": documents}, sort_keys=True)

	# ------------------------------------------------------------ evaluation

	def evaluate(self):
		"""Work out every line and the result from the frozen figures and the judgements of people."""
		values = from_json(self.measures)["values"]
		criteria = frappe.get_cached_doc("Key Account Criteria", self.criteria).to_criteria_set()
		if not self.flags.kam_selection_run or not self.is_new():
			self.evaluation = evaluate(
				criteria,
				pd.DataFrame([values], index=[0]).astype(float),
				self.judgements(),
				get_settings().engine_bands(),
				known_measures(),
			)
		self.set_lines(criteria)
		self.set_result(values)

	def judgements(self) -> pd.DataFrame:
		"""What people entered on judged lines, as the engine reads it."""
		rows = [
			(0, "screening", row.criterion_row, self.answer(row))
			for row in self.answers
			if row.judged and row.answer not in (None, "")
		]
		for row in self.scores:
			if row.judged and row.evaluation_b not in (None, ""):
				rows.append((0, "scoring", row.criterion_row, self.points(row)))
		return pd.DataFrame(rows, columns=["unit", "table", "row", "value"])

	def answer(self, row) -> str:
		if row.answer not in MET.values():
			frappe.throw(
				_("Screening, line {0}, {1}: please answer Yes, No or Unknown.").format(row.idx, row.question)
			)
		return row.answer

	def points(self, row) -> float:
		try:
			points = float(str(row.evaluation_b).replace(",", "."))
		except ValueError:
			points = -1
		if not 0 <= points <= 100:
			frappe.throw(
				_(
					"Key Account Review, line {0}, {1}: B must be a number between 0 and 100, or empty when it is not known."
				).format(row.idx, row.criterion)
			)
		return points

	def set_lines(self, criteria: CriteriaSet):
		"""Write every line anew, keeping what people entered on judged ones."""
		lines = {(line["table"], line["row"]): line for line in self.evaluation.lines.to_dict("records")}
		describe = LineTexts(self)
		for table, fieldname, wanted in (
			("classification", "thresholds", criteria.classification),
			("screening", "answers", criteria.screening),
			("scoring", "scores", criteria.scoring),
		):
			present = {row.criterion_row: row for row in self.get(fieldname)}
			self.set(fieldname, [])
			for asked in wanted:
				row = self.append(fieldname, present.get(asked.row) or {"criterion_row": asked.row})
				row.update(describe(table, asked, lines[(table, asked.row)]))
				if table == "screening":
					row.answer = row.answer or MET[None]

	def set_result(self, values: dict):
		result = self.evaluation.results.iloc[0]
		numbers = {key: none_if_nan(result[key]) for key in NUMBERS}
		self.update({key: value or 0 for key, value in numbers.items()})
		self.unknown = ", ".join(key for key, value in numbers.items() if value is None)
		self.band = result["band"]
		self.meets_criteria = PASSES[result["passes"]]
		self.criteria_met = f"{result['classification_met']} / {result['classification_total']}"
		settings = get_settings()
		self.abc_class = abc_class(
			values.get("net_sales"), values.get("cumulative_share"), settings.abc_cut_a, settings.abc_cut_b
		)
		self.open_judgements = sum(
			row.answer in (None, "", "Unknown") for row in self.answers if row.judged
		) + sum(row.evaluation_b in (None, "") for row in self.scores if row.judged)

	# ------------------------------------------------------------ selection

	def on_update(self):
		if self.selection and not self.flags.kam_selection_run:
			from kam_erpnext.kam_erpnext.doctype.key_account_selection.run import refresh_line

			refresh_line(self)

	def before_submit(self):
		if self.selection and not self.flags.kam_selection_run:
			frappe.throw(_("Assessments of a selection are submitted when the selection is approved."))


class LineTexts:
	"""Words for the lines of an assessment: values with their units, thresholds, sources."""

	def __init__(self, assessment):
		self.assessment = assessment
		self.currency = frappe.get_cached_value("Company", assessment.company, "default_currency")
		self.documents = from_json(assessment.measures).get("documents")
		self.specs = {spec.key: spec for spec in get_measures().values()}

	def __call__(self, table: str, asked, line: dict) -> dict:
		spec = self.specs.get(asked.measure)
		texts = {
			"measured_value": format_value(line["value"], spec, self.currency) if spec else None,
			"explanation": line["explanation"],
			"source": self.source(spec),
		}
		if table == "classification":
			return {
				**texts,
				"criterion": spec.label if spec else line["label"],
				"condition": f"{line['operator']} {format_value(line['threshold'], spec, self.currency)}",
				"met": MET[line["met"]],
				"mandatory": int(asked.mandatory),
			}
		if table == "screening":
			judged = asked.kind == "judged"
			texts.update(question=asked.question, judged=int(judged), mandatory=int(asked.mandatory))
			return texts if judged else {**texts, "answer": MET[line["met"]]}
		points, weighted = none_if_nan(line["b"]), none_if_nan(line["weighted"])
		return {
			**texts,
			"criterion": asked.criterion,
			"judged": int(asked.kind == "judged"),
			"dimension": asked.dimension,
			"interest_a": none_if_nan(line["a"]),
			"evaluation_b": None if points is None else f"{flt(points, 1):g}",
			"weighted_score": None if weighted is None else f"{flt(weighted, 2):g}",
		}

	def source(self, spec: MeasureSpec | None) -> str:
		if not spec:
			return _("Judged by a person")
		if spec.source != "Ledger":
			return _(spec.source)
		return _("{0} to {1}, documents of the company: {2}").format(
			frappe.format(self.assessment.from_date, "Date"),
			frappe.format(self.assessment.to_date, "Date"),
			self.documents,
		)


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
