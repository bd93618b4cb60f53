"""Records that sales operations may edit afterwards: levels, stages, segments, measures, score bands."""

import frappe

from kam_erpnext.engine.measures import MEASURES
from kam_erpnext.engine.plan_measures import accumulates, standard_measures, use_of
from kam_erpnext.engine.scoring import DEFAULT_BANDS

LEVELS = (
	("Global", 1, "Buys from us in several countries under one agreement or one decision."),
	("National", 2, "Buys from us across one country."),
	("Regional", 3, "Buys from us across a region of a country."),
	("Territory", 4, "Important within one sales territory."),
)

STAGES = (
	("Perception Ladder", "Opportunistic", "Buys from us now and then, wherever it suits."),
	("Perception Ladder", "One-Time Supplier", "Has bought once for a particular need."),
	("Perception Ladder", "Repeated Supplier", "Buys again without a commitment."),
	("Perception Ladder", "Qualified Supplier", "Has approved us formally as a supplier."),
	("Perception Ladder", "Preferred Supplier", "Asks us first."),
	("Perception Ladder", "Key Supplier", "Depends on us for a part of its business."),
	("Perception Ladder", "Development Partner", "Develops products or processes together with us."),
	("Perception Ladder", "Strategic Partnership", "Plans its future together with us, up to the board."),
	("Four Stages", "Product", "We sell features."),
	("Four Stages", "Service", "We add installation, maintenance, training and guarantees."),
	("Four Stages", "Internal Problem Solving", "We improve the customer's operations."),
	("Four Stages", "Value Partner", "We strengthen the customer's competitive position."),
	("Five Stages", "Supply to Specification", "We supply products according to specifications."),
	("Five Stages", "Good Products and Services", "We provide good products and services."),
	("Five Stages", "Good Service and Support", "We provide good service and support."),
	("Five Stages", "Operational Contribution", "We contribute to solving operational problems."),
	("Five Stages", "Business Contribution", "We contribute to the solution of business problems."),
)

# name, description, rule (measure key, operator, threshold)
SEGMENTS = (
	("Strategic", "Decides about our future in its market.", None),
	("Major", "Large by sales today.", ("cumulative_share", "<", 80)),
	("Growth Potential", "Buys clearly more than a year ago or can do so.", ("sales_growth", ">=", 20)),
	("Reference", "Others look at what this customer buys.", ("influence_reach", ">=", 20)),
	("Image", "Its name adds to ours.", None),
	("Know-How", "We learn from working with it.", None),
	("Market Leader", "Leads its market.", ("market_share_value", ">=", 2)),
	("Fear", "We keep it because losing it to a competitor would hurt.", None),
	("Rehabilitation", "Was lost or unprofitable and is being won back.", None),
	("Buying Centre", "Buys for several organisations.", None),
	("Complex Structure", "Many sites, units or decision makers.", None),
	("International", "Buys in several countries.", None),
)


def apply():
	for name, rank, description in LEVELS:
		_ensure("Key Account Level", level_name=name, rank=rank, description=description)
	ranks = {}
	for model, name, description in STAGES:
		ranks[model] = ranks.get(model, 0) + 1
		_ensure("Key Account Stage", stage_name=name, model=model, rank=ranks[model], description=description)
	sync_measures()
	for name, description, rule in SEGMENTS:
		values = {"segment_name": name, "description": description}
		if rule:
			key, operator, threshold = rule
			values.update(measure=MEASURES[key].label, operator=operator, threshold=threshold)
		_ensure("Key Account Segment", **values)
	_set_defaults()


def sync_measures():
	"""Standard measures follow the code: their wording is refreshed at each migrate."""
	for spec in standard_measures():
		values = {
			"source": spec.source,
			"unit": spec.unit,
			"higher_is_better": int(spec.higher_is_better),
			"description": spec.description,
			"used_for": use_of(spec.key),
			"accumulates": int(accumulates(spec.key)),
			"is_standard": 1,
		}
		name = frappe.db.get_value("KAM Measure", {"measure_key": spec.key})
		if name:
			frappe.db.set_value("KAM Measure", name, values, update_modified=False)
			continue
		label = spec.label
		if frappe.db.exists("KAM Measure", label):  # a measure of the site itself has that name
			label = f"{label} (KAM)"
		_ensure("KAM Measure", measure_name=label, measure_key=spec.key, **values)


def _ensure(doctype, **values):
	name = next(iter(values.values()))
	if not frappe.db.exists(doctype, name):
		doc = frappe.get_doc({"doctype": doctype, **values})
		doc.flags.kam_setup = True
		doc.insert(ignore_permissions=True)  # runs during install


def _set_defaults():
	settings = frappe.get_single("KAM Settings")
	if not settings.bands:
		for band in DEFAULT_BANDS:
			settings.append("bands", {"label": band.label, "upper": band.upper})
	settings.default_level = settings.default_level or "Territory"
	if not settings.company:
		settings.company = frappe.defaults.get_global_default("company")
	settings.flags.ignore_mandatory = True
	settings.save(ignore_permissions=True)  # runs during install
