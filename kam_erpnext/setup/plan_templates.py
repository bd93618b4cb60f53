"""Plan templates shipped with the app. Sales operations may change, disable or delete them; each is made once."""

import frappe

from kam_erpnext.setup import once

CREATED = "kam_created_plan_templates"
TEMPLATE = "Key Account Plan Template"
SHORT, MEDIUM, LONG = "Short Term", "Medium Term", "Long Term"
OURS, CUSTOMERS = "Ours", "Customer's"

# measure keys of KAM Measure; a measure that is missing is left empty
SALES = ("Grow net sales with this customer", SHORT, OURS, "net_sales", 10, 30)
MARGIN = ("Keep the gross margin", SHORT, OURS, "gross_margin", 0, 20)
BREADTH = ("Sell from more item groups", MEDIUM, OURS, "item_groups", 20, 15)
WALLET = ("Raise our share of what the customer spends", MEDIUM, OURS, "share_of_wallet", 10, 20)
PAYMENT = ("Be paid on time", SHORT, OURS, "payment_delay", -50, 10)
CALLS = ("Meet decision makers regularly", SHORT, OURS, "calls_made", 10, 10)
ISSUES = ("Solve what bothers the customer", SHORT, CUSTOMERS, "open_issues", -50, 15)
SATISFACTION = ("Make the customer more satisfied", MEDIUM, CUSTOMERS, "survey_score", 5, 20)
CUSTOMER_GOAL = ("Contribute to an objective of the customer's own", LONG, CUSTOMERS, None, 0, 20)

# subject, starts after (days), duration (days), milestone
KICK_OFF = ("Kick-off with the account team", 0, 7, 0)
CHECK_PROFILE = ("Bring profile, needs and SWOT of the account up to date", 0, 21, 0)
TALK = ("Talk the plan over with the customer", 14, 30, 0)
HALF_WAY = ("Look back half way and adjust the plan", 180, 7, 1)
LOOK_BACK = ("Look back with the customer and prepare the next plan", 330, 21, 1)

QUESTIONS = (
	("Goals", "What do we want to be for this customer in three years?"),
	("Goals", "Which objectives of the customer does the plan serve, and does the customer confirm them?"),
	("Identification", "Why is this customer a key account: which criteria hold today, which may stop holding?"),
	("Identification", "Which sites, companies and buying centres belong to the customer and which do we not reach?"),
	("Performance Package", "What do we offer this customer that others do not get, and what is it worth to him?"),
	("Performance Package", "Which further products or services would solve a confirmed need?"),
	("Organisation and Team", "Who decides on our side, and how quickly?"),
	("Organisation and Team", "Which functions beyond sales must contribute, and have they agreed?"),
	("Personnel", "Which knowledge or skills does the team lack for this plan?"),
	("Processes", "Where do our order, delivery or service processes get in the customer's way?"),
	("Processes", "How do offers, complaints and escalations run for this customer?"),
	("Tools", "Which data, systems or interfaces do we need together with the customer?"),
	("Control", "By which few figures do we notice early that the plan is off track?"),
	("Control", "Who reviews the plan, when, and what happens if it is off track?"),
)  # fmt: skip

# topic, minutes, lead
SHORT_AGENDA = (
	("Figures since the last review", 10, "Key Account Manager"),
	("Objectives: where do we stand?", 15, "Key Account Manager"),
	("Open actions", 10, "Account team"),
	("What changed at the customer", 10, "Customer"),
	("Decisions and next steps", 15, "Key Account Director"),
)
AGENDA = (
	("Welcome and aims of the meeting", 5, "Key Account Manager"),
	("What changed at the customer: strategy, people, projects", 20, "Customer"),
	("Figures against plan and against the year before", 15, "Key Account Manager"),
	("Objectives of both sides: where do we stand?", 20, "Key Account Manager"),
	("Service, quality and open issues", 15, "Service"),
	("Deals won and lost, and why", 15, "Key Account Manager"),
	("Open actions", 10, "Account team"),
	("New opportunities", 15, "Both"),
	("Decisions, next steps and date of the next review", 15, "Key Account Director"),
)


def _blocks(required: tuple, optional: tuple = ()) -> list[tuple]:
	return [*((block, 1) for block in required), *((block, 0) for block in optional)]


TEMPLATES = (
	{
		"template_name": "One-Page Plan",
		"period_type": "Fiscal Year",
		"review_every": "Quarter",
		"description": "Enough for most accounts: where we stand, what we want, which targets and which actions. It prints on one page.",
		"blocks": _blocks(
			("Summary", "Objectives", "Targets", "Actions"),
			("SWOT", "Competitive Position", "Risks", "Budget", "Team and Resources"),
		),
		"objectives": (SALES, MARGIN, ISSUES, CUSTOMER_GOAL),
		"actions": (KICK_OFF, TALK, LOOK_BACK),
		"questions": (),
		"agenda": SHORT_AGENDA,
	},
	{
		"template_name": "Full Plan",
		"period_type": "Fiscal Year",
		"review_every": "Quarter",
		"description": "For the few accounts that decide our year: every block, and questions for the eight building blocks of key account management.",
		"blocks": _blocks(
			(
				"Summary", "Objectives", "Critical Success Factors", "Competitive Position", "SWOT", "Targets",
				"Actions", "Budget", "Team and Resources", "Risks", "Questions",
			)
		),
		"objectives": (SALES, MARGIN, BREADTH, WALLET, PAYMENT, CALLS, ISSUES, SATISFACTION, CUSTOMER_GOAL),
		"actions": (KICK_OFF, CHECK_PROFILE, TALK, HALF_WAY, LOOK_BACK),
		"questions": QUESTIONS,
		"agenda": AGENDA,
	},
	{
		"template_name": "6-Month Plan",
		"period_type": "6 Months",
		"review_every": "Month",
		"description": "For a turnaround, a new account or a single large undertaking: short, with a review every month.",
		"blocks": _blocks(
			("Summary", "Objectives", "Targets", "Actions", "Risks"),
			("SWOT", "Critical Success Factors", "Team and Resources"),
		),
		"objectives": (SALES, CALLS, ISSUES),
		"actions": (KICK_OFF, TALK, ("Look back half way and adjust the plan", 85, 7, 1)),
		"questions": (),
		"agenda": SHORT_AGENDA,
	},
	{
		"template_name": "Rolling 12 Months",
		"period_type": "Rolling 12 Months",
		"review_every": "Quarter",
		"description": "Twelve months from any month, renewed as a new version after every review. For customers whose year is not ours.",
		"blocks": _blocks(
			("Summary", "Objectives", "Targets", "Actions"),
			("Critical Success Factors", "SWOT", "Competitive Position", "Budget", "Team and Resources", "Risks"),
		),
		"objectives": (SALES, BREADTH, PAYMENT, SATISFACTION),
		"actions": (KICK_OFF, TALK, HALF_WAY),
		"questions": (),
		"agenda": AGENDA,
	},
)  # fmt: skip


def apply():
	"""Make the shipped templates that were never made on this site; one that was deleted stays deleted."""
	done = once.created(CREATED)
	for spec in TEMPLATES:
		name = spec["template_name"]
		if name in done:
			continue
		if not frappe.db.exists(TEMPLATE, name):
			make(spec)
		done.append(name)
	once.remember(CREATED, done)


def make(spec: dict):
	template = frappe.new_doc(TEMPLATE)
	for field in ("template_name", "period_type", "review_every", "description"):
		template.set(field, spec[field])
	for block, required in spec["blocks"]:
		template.append("blocks", {"block": block, "required": required})
	for objective, horizon, belongs_to, key, change, weight in spec["objectives"]:
		template.append(
			"objectives",
			{
				"objective": objective,
				"horizon": horizon,
				"belongs_to": belongs_to,
				"measure": frappe.db.get_value("KAM Measure", {"measure_key": key}) if key else None,
				"target_change": change,
				"weight": weight,
			},
		)
	for subject, start_after, duration, is_milestone in spec["actions"]:
		template.append(
			"actions",
			{
				"subject": subject,
				"start_after": start_after,
				"duration": duration,
				"is_milestone": is_milestone,
			},
		)
	for block, question in spec["questions"]:
		template.append("questions", {"building_block": block, "question": question})
	for topic, minutes, lead in spec["agenda"]:
		template.append("agenda", {"topic": topic, "minutes": minutes, "lead": lead})
	template.insert(ignore_permissions=True)  # runs during install


def remove():
	once.forget(CREATED)
