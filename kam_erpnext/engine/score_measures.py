"""The catalogue of what a scorecard of an account can measure.

A measure of *documents* stands on what is booked or was done, and may count for health; the others are judgements, plans
and what somebody typed. A measure that is *dated* can be told for any past day, because every document of it bears its
day; of the others nobody knows later what they were.
"""

from dataclasses import dataclass
from types import MappingProxyType

from kam_erpnext.engine.scorecard import CUSTOMER, FINANCIAL, PROCESS, RELATIONSHIP

PERCENT, MONEY, DAYS, COUNT, POINTS = UNITS = ("percent", "money", "days", "count", "points")


@dataclass(frozen=True)
class ScoreMeasure:
	"""What can be measured: `worst` gives 0 points and `best` 100 unless a site says otherwise, `weight` beside the others.

	A measure without a weight is not on the shipped scorecard.
	"""

	key: str
	label: str
	perspective: str
	unit: str
	worst: float
	best: float
	weight: float
	documents: bool
	dated: bool
	description: str


CATALOGUE: MappingProxyType[str, ScoreMeasure] = MappingProxyType(
	{
		measure.key: measure
		for measure in (
			# ------------------------------------------------------------ financial
			ScoreMeasure(
				"sales_change",
				"Change of Net Sales",
				FINANCIAL,
				PERCENT,
				-20,
				20,
				15,
				True,
				True,
				"Net sales of twelve months against the twelve months before, in percent.",
			),
			ScoreMeasure(
				"sales_against_target",
				"Sales against Target",
				FINANCIAL,
				PERCENT,
				70,
				110,
				10,
				False,
				False,
				"Net sales of the fiscal year in percent of the part of the target that is due by now.",
			),
			ScoreMeasure(
				"margin_percent",
				"Margin",
				FINANCIAL,
				PERCENT,
				0,
				40,
				10,
				True,
				True,
				"Gross profit of twelve months in percent of net sales.",
			),
			ScoreMeasure(
				"overdue_receivables_share",
				"Overdue Receivables",
				FINANCIAL,
				PERCENT,
				50,
				0,
				5,
				True,
				True,
				"What is overdue, in percent of all that is outstanding.",
			),
			ScoreMeasure(
				"payment_delay",
				"Payment Delay",
				FINANCIAL,
				DAYS,
				45,
				0,
				5,
				True,
				True,
				"Days between due and paid over twelve months, weighted by amount.",
			),
			ScoreMeasure(
				"pipeline_coverage",
				"Pipeline Coverage",
				FINANCIAL,
				PERCENT,
				0,
				250,
				5,
				False,
				False,
				"Open deals in percent of the target that is still missing in the fiscal year.",
			),
			# ------------------------------------------------------------ customer
			ScoreMeasure(
				"order_rhythm",
				"Order Rhythm",
				CUSTOMER,
				PERCENT,
				300,
				100,
				10,
				True,
				True,
				"Days since the last purchase in percent of the usual gap between purchases.",
			),
			ScoreMeasure(
				"open_issues",
				"Open Issues",
				CUSTOMER,
				COUNT,
				10,
				0,
				5,
				True,
				True,
				"Issues that are neither resolved nor closed.",
			),
			ScoreMeasure(
				"returns_share",
				"Returns",
				CUSTOMER,
				PERCENT,
				10,
				0,
				5,
				True,
				True,
				"What was taken back in twelve months, in percent of what was sold.",
			),
			ScoreMeasure(
				"contract_days",
				"Contract",
				CUSTOMER,
				DAYS,
				30,
				365,
				5,
				True,
				True,
				"Days until the next contract of the account ends.",
			),
			ScoreMeasure(
				"share_of_wallet",
				"Share of Wallet",
				CUSTOMER,
				PERCENT,
				0,
				50,
				10,
				False,
				False,
				"Our part of what the customer spends, over the wallets that are known.",
			),
			ScoreMeasure(
				"satisfaction",
				"Satisfaction",
				CUSTOMER,
				POINTS,
				1,
				5,
				10,
				False,
				True,
				"Satisfaction in the last business review, 1 to 5, of the last twelve months.",
			),
			# ------------------------------------------------------------ process
			ScoreMeasure(
				"call_compliance",
				"Calls Made as Planned",
				PROCESS,
				PERCENT,
				50,
				100,
				10,
				False,
				True,
				"Calls made in percent of those due in the last 90 days.",
			),
			ScoreMeasure(
				"actions_overdue",
				"Overdue Actions",
				PROCESS,
				PERCENT,
				50,
				0,
				10,
				False,
				False,
				"Open actions past their end, in percent of all open actions.",
			),
			ScoreMeasure(
				"objectives_on_track",
				"Objectives on Track",
				PROCESS,
				PERCENT,
				0,
				100,
				10,
				False,
				False,
				"Weight of the objectives on track or achieved, in percent, of the plan in force.",
			),
			ScoreMeasure(
				"win_rate",
				"Deals Won",
				PROCESS,
				PERCENT,
				10,
				60,
				5,
				False,
				True,
				"Opportunities won in percent of those won or lost in twelve months.",
			),
			# ------------------------------------------------------------ relationship
			ScoreMeasure(
				"people_met",
				"People in Contact",
				RELATIONSHIP,
				COUNT,
				0,
				5,
				10,
				True,
				True,
				"People at the customers with whom there was a call, meeting or message in the last 90 days.",
			),
			ScoreMeasure(
				"colleagues_in_contact",
				"Colleagues in Contact",
				RELATIONSHIP,
				COUNT,
				0,
				3,
				5,
				True,
				True,
				"People of ours who were in contact with somebody there in the last 90 days.",
			),
			ScoreMeasure(
				"days_since_contact",
				"Days since the Last Contact",
				RELATIONSHIP,
				DAYS,
				90,
				14,
				5,
				True,
				True,
				"Days since the last call, meeting or message with somebody at the customers.",
			),
			ScoreMeasure(
				"coverage_score",
				"People on the Map in Contact",
				RELATIONSHIP,
				PERCENT,
				0,
				80,
				10,
				False,
				False,
				"Of the people on the power map, those with whom there was contact in the last 90 days.",
			),
		)
	}
)
DOCUMENTS = frozenset(key for key, measure in CATALOGUE.items() if measure.documents)
DATED = frozenset(key for key, measure in CATALOGUE.items() if measure.dated)
