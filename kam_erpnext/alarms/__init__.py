"""Alarms of key accounts: rules that watch every account at night, and the alarms they raise."""

ALARM, RULE = "Key Account Alarm", "Key Account Alarm Rule"

OPEN, MUTED, CLOSED = "Open", "Muted", "Closed"
LOW, MEDIUM, HIGH = SEVERITIES = ("Low", "Medium", "High")

SALES_DROP, ORDER_GAP, SINGLE_THREAD = "Sales Drop", "Order Gap", "Single Thread"
OVERDUE_ACTIONS, OVERDUE_CALLS, CONTRACT_ENDS = "Overdue Actions", "Overdue Calls", "Contract Ends"
HEALTH_FALLS, PLAN_BEHIND, OVERDUE_RECEIVABLES = "Health Falls", "Plan Behind", "Overdue Receivables"

# what a reader must be able to read to see alarms of a kind; a single thread tells who is in contact with whom, which on
# the map is a judgement
READS = {
	OVERDUE_ACTIONS: "Key Account Action",
	OVERDUE_CALLS: "Customer Call",
	CONTRACT_ENDS: "Contract",
	PLAN_BEHIND: "Key Account Plan",
	OVERDUE_RECEIVABLES: "Sales Invoice",
}
