"""Snapshots of key accounts: what was known of an account on a day, kept so that trends can be drawn and forecasts judged.

`nightly` takes them, `backfill` makes those of past month ends as far as documents tell, `read` gives them to readers.
"""

SNAPSHOT = "Key Account Snapshot"

# fields of a snapshot that hold figures, and those that hold scores
AMOUNTS = (
	"net_sales_year",
	"net_sales",
	"last_year",
	"margin",
	"target",
	"target_to_date",
	"invoiced",
	"orders",
	"pipeline",
	"forecast",
)
SCORES = (
	"score",
	"financial_score",
	"customer_score",
	"process_score",
	"relationship_score",
	"health",
	"freshness",
	"completeness",
)
FIGURES = (*AMOUNTS, *SCORES)


def key_of(account: str, company: str, day) -> str:
	"""Account, company and day: each of them has one snapshot."""
	return f"{account}|{company}|{day}"
