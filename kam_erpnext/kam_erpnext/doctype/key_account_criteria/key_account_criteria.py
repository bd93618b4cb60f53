import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from kam_erpnext.engine.criteria import CriteriaSet, LevelRule, Scoring, Screening, Threshold
from kam_erpnext.engine.plan_measures import FOR_CRITERIA
from kam_erpnext.kam_erpnext.doctype.kam_measure.kam_measure import (
	customer_field_problem,
	get_measures,
	known_measures,
	not_for,
	not_offered,
)

RULES = {
	"All lines hold": "all",
	"Any line holds": "any",
	"At least a number of lines hold": "n_of_m",
}


class InvalidCriteriaError(frappe.ValidationError):
	pass


class MadeWithCriteria:
	"""Mixin of documents that keep the version of the criteria they were made with, replaced since or not."""

	def get_invalid_links(self, is_submittable=False):
		"""Frappe refuses links to cancelled documents; `validate_usable` is asked when the criteria are chosen."""
		invalid, cancelled = super().get_invalid_links(is_submittable)
		return invalid, [link for link in cancelled if link[0] != "criteria"]


class KeyAccountCriteria(Document):
	def validate_usable(self, company: str, day):
		"""Whether something new may be measured with these criteria for `company` on `day`."""
		if self.docstatus == 2:
			frappe.throw(
				_(
					"Criteria {0} were cancelled, so that a new version can replace them. Please choose the new version."
				).format(self.name)
			)
		if self.docstatus == 0:
			frappe.throw(
				_("Criteria {0} are not submitted. Please submit them, or choose another version.").format(
					self.name
				)
			)
		if getdate(self.effective_from) > getdate(day):
			frappe.throw(
				_(
					"Criteria {0} are effective from {1}, after {2}. Please choose an earlier version or a later day."
				).format(self.name, frappe.format(self.effective_from, "Date"), frappe.format(day, "Date"))
			)
		if self.only_company and self.only_company != company:
			frappe.throw(_("Criteria {0} were made for company {1}.").format(self.name, self.only_company))

	def on_cancel(self):
		# what was measured with this version keeps it
		self.ignore_linked_doctypes = ("Key Account Selection", "Key Account Assessment")

	def validate(self):
		self.validate_measures()
		criteria = self.to_criteria_set()
		self.validate_problems(criteria)
		self.set_shares(criteria)

	def validate_measures(self):
		"""Measures are made for criteria; a field of Customer may have been removed since a measure was made."""
		for table in ("classification", "screening", "scoring"):
			for row in self.get(table):
				field = row.measure and frappe.get_cached_value("KAM Measure", row.measure, "customer_field")
				problem = (
					not_for(FOR_CRITERIA, row.measure)
					or (field and customer_field_problem(field))
					or not_offered(row.measure)
				)
				if problem:
					self.throw_problems(
						[_("{0}, line {1}: {2}").format(self.table_label(table), row.idx, problem)]
					)

	def validate_problems(self, criteria: CriteriaSet):
		problems = []
		for problem in criteria.problems(known_measures()):
			message = _(problem.message)
			if problem.row:
				message = _("{0}, line {1}: {2}").format(
					self.table_label(problem.table), problem.row, message
				)
			problems.append(message)
		if problems:
			self.throw_problems(problems)

	def throw_problems(self, problems: list[str]):
		frappe.throw(
			problems if len(problems) > 1 else problems[0],
			InvalidCriteriaError,
			title=_("Please correct the criteria"),
			as_list=len(problems) > 1,
		)

	def table_label(self, table: str) -> str:
		field = self.meta.get_field(table)
		return _(field.label) if field else table

	def set_shares(self, criteria: CriteriaSet):
		self.total_weight = sum(flt(row.weight) for row in self.scoring)
		for row, share in zip(self.scoring, criteria.normalised_weights(), strict=True):
			row.share_of_weight = share

	def to_criteria_set(self) -> CriteriaSet:
		"""The engine's view of this document; line numbers are those of the form."""
		measures = get_measures()

		def key(row):
			if not row.measure:
				return None
			return measures[row.measure].key if row.measure in measures else row.measure

		ranks = dict(frappe.get_all("Key Account Level", fields=["name", "rank"], as_list=True))
		return CriteriaSet(
			name=self.title or "",
			rule=RULES.get(self.rule, "any"),  # Frappe refuses what is not among the choices
			n=self.minimum_lines or 0,
			min_score=self.minimum_score or None,
			classification=[
				Threshold(
					measure=key(row),
					operator=row.operator,
					value=row.threshold,
					mandatory=bool(row.mandatory),
					label=row.measure,
					row=row.idx,
				)
				for row in self.classification
			],
			screening=[
				Screening(
					question=row.question,
					kind=row.kind.lower(),
					measure=key(row) if row.kind == "Measured" else None,
					operator=row.operator if row.kind == "Measured" else None,
					value=row.threshold if row.kind == "Measured" else None,
					mandatory=bool(row.mandatory),
					row=row.idx,
				)
				for row in self.screening
			],
			scoring=[
				Scoring(
					criterion=row.criterion,
					weight=flt(row.weight),
					kind=row.kind.lower(),
					measure=key(row) if row.kind != "Judged" else None,
					low=flt(row.low_anchor) if row.kind != "Judged" else None,
					high=flt(row.high_anchor) if row.kind != "Judged" else None,
					steps=row.steps or 5,
					reverse=bool(row.reverse),
					dimension=row.dimension,
					row=row.idx,
				)
				for row in self.scoring
			],
			levels=[
				LevelRule(
					level=row.level,
					rank=ranks.get(row.level, 99),
					min_score=row.minimum_score or None,
					min_net_sales=row.minimum_net_sales or None,
					row=row.idx,
				)
				for row in self.levels
			],
		)

	def measure_keys(self) -> set[str]:
		"""Keys of all measures the criteria look at."""
		criteria = self.to_criteria_set()
		lines = [*criteria.classification, *criteria.screening, *criteria.scoring]
		return {line.measure for line in lines if line.measure}
