"""Which measures objectives of plans can use, and those that only they use."""

from dataclasses import dataclass

from kam_erpnext.engine.measures import MEASURES, MeasureSpec

BOTH, CRITERIA, OBJECTIVES = "Criteria and Objectives", "Criteria", "Objectives"
FOR_CRITERIA = (BOTH, CRITERIA)
FOR_OBJECTIVES = (BOTH, OBJECTIVES)
DOCUMENTS = "Documents"

# Measures of `measures.MEASURES` that objectives use too -> whether the figure grows during the plan.
SHARED = {
	"net_sales": True,
	"gross_profit": True,
	"gross_margin": False,
	"sales_growth": False,
	"market_share_value": False,
	"market_share_units": False,
	"order_frequency": False,
	"payment_delay": False,
	"item_groups": True,
}

# Measures that can be restricted to an item group.
BY_ITEM_GROUP = frozenset(
	(
		"net_sales",
		"gross_profit",
		"gross_margin",
		"sales_growth",
		"item_groups",
		"orders",
		"share_of_wallet",
	)
)


@dataclass(frozen=True)
class PlanMeasure:
	"""A measure of plans: its specification and whether it grows during the plan."""

	spec: MeasureSpec
	accumulates: bool


PLAN_MEASURES: dict[str, PlanMeasure] = {
	measure.spec.key: measure
	for measure in (
		PlanMeasure(
			MeasureSpec(
				"orders",
				"Orders",
				"count",
				True,
				DOCUMENTS,
				"Submitted sales orders dated in the period, whatever counts as a sale in KAM Settings.",
			),
			accumulates=True,
		),
		PlanMeasure(
			MeasureSpec(
				"open_issues",
				"Open Issues",
				"count",
				False,
				DOCUMENTS,
				"Issues of the customers that are neither resolved nor closed on the day of measuring.",
			),
			accumulates=False,
		),
		PlanMeasure(
			MeasureSpec(
				"share_of_wallet",
				"Share of Wallet %",
				"percent",
				True,
				DOCUMENTS,
				"Net sales of the last twelve months in percent of the wallets known of the account, or of the "
				"yearly spend entered on its profile while there is no wallet. Not known without either.",
			),
			accumulates=False,
		),
		PlanMeasure(
			MeasureSpec(
				"calls_made",
				"Calls Made",
				"count",
				True,
				DOCUMENTS,
				"Customer calls that were made, and calls, meetings and events in the calendar that are over or marked "
				"completed and name the account, one of its customers or one of their contacts. An entry of the "
				"calendar that stands for a customer call counts once. Private entries of others are not counted.",
			),
			accumulates=True,
		),
		PlanMeasure(
			MeasureSpec(
				"survey_score",
				"Survey Score",
				"number",
				True,
				DOCUMENTS,
				"Mean rating, 1 to 5, of the Quality Feedback of the customers that was entered in the period.",
			),
			accumulates=False,
		),
	)
}


def use_of(key: str) -> str:
	"""What a standard measure can be chosen for: criteria, objectives or both."""
	if key in PLAN_MEASURES:
		return OBJECTIVES
	return BOTH if key in SHARED else CRITERIA


def accumulates(key: str) -> bool:
	"""Whether a standard measure grows during a plan."""
	return PLAN_MEASURES[key].accumulates if key in PLAN_MEASURES else SHARED.get(key, False)


def standard_measures() -> list[MeasureSpec]:
	"""Every measure shipped with the app."""
	return [*MEASURES.values(), *(measure.spec for measure in PLAN_MEASURES.values())]
