import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, formatdate, getdate

from kam_erpnext.compat import add_index
from kam_erpnext.data.locks import lock


class MarketEstimate(Document):
	def save(self, *args, **kwargs):
		"""Two estimates of a territory that are changed at once wait for each other: see `validate_overlap`."""
		lock("Territory", self.territory)
		return super().save(*args, **kwargs)

	def validate(self):
		if not (self.from_date and self.to_date):
			return  # Frappe asks for them
		if getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("To must not lie before From."))
		if not self.market_value and not self.market_units:
			frappe.throw(_("Please enter the Market Value, the Market Units or both."))
		self.set_currency()
		self.validate_competitors()
		self.validate_overlap()

	def set_currency(self):
		self.currency = frappe.get_cached_value("Company", self.company, "default_currency")
		for row in self.competitors:
			row.currency = self.currency

	def validate_competitors(self):
		seen = set()
		for row in self.competitors:
			if row.competitor in seen:
				frappe.throw(_("Competitors, line {0}: {1} is listed twice.").format(row.idx, row.competitor))
			seen.add(row.competitor)
			if not flt(row.market_value) and not flt(row.market_units):
				frappe.throw(
					_("Competitors, line {0}: please enter the Sales or the Units of {1}.").format(
						row.idx, row.competitor
					)
				)
		for field in ("market_value", "market_units"):
			theirs = flt(sum(flt(row.get(field)) for row in self.competitors), 6)
			if flt(self.get(field)) and theirs > flt(self.get(field), 6):
				frappe.throw(
					_("{0}: the competitors have {1} together, more than the whole market of {2}.").format(
						_(self.meta.get_label(field)),
						self.shown(field, theirs),
						self.shown(field, self.get(field)),
					)
				)

	def shown(self, field: str, value) -> str:
		return frappe.format(flt(value), self.meta.get_field(field).as_dict(), self, currency=self.currency)

	def validate_overlap(self):
		# of two people who enter the same market at the same moment, the second one waits for the first
		lock("Territory", self.territory)
		filters = {
			"territory": self.territory,
			"item_group": self.item_group or ("is", "not set"),
			"company": self.company,
			"from_date": ("<=", self.to_date),
			"to_date": (">=", self.from_date),
			"name": ("!=", self.name),
		}
		twin = frappe.db.get_value(
			"Market Estimate", filters, ["name", "from_date", "to_date"], for_update=True
		)
		if twin:
			frappe.throw(
				_(
					"From, To: Market Estimate {0} already covers a part of this period for the same territory and item group, {1} to {2}."
				).format(twin[0], formatdate(twin[1]), formatdate(twin[2]))
			)


def on_doctype_update():
	add_index("Market Estimate", ["company", "from_date", "to_date"])
