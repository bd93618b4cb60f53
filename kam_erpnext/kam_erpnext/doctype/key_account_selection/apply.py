"""Approval of a selection: every decided line becomes a change of key accounts, all in the transaction of the approval."""

import frappe
from frappe import _

from kam_erpnext.compat import from_json
from kam_erpnext.data import accounts
from kam_erpnext.kam_erpnext.doctype.key_account.key_account import account_of
from kam_erpnext.kam_erpnext.doctype.key_account_segment.key_account_segment import OPERATORS
from kam_erpnext.kam_erpnext.doctype.key_account_selection.run import LINE, segment_rules

CHANGES = ("Add", "Promote", "Demote", "Retire")
SHOWN_PROBLEMS = 20


class SelectionNotReadyError(frappe.ValidationError):
	pass


def apply_selection(selection):
	"""Raise SelectionNotReadyError and change nothing if a line is undecided or no longer fits."""
	validate_all_decided(selection)
	lines = frappe.get_all(
		LINE,
		{"selection": selection.name, "decided_outcome": ("in", (*CHANGES, "Keep"))},
		["*"],
		order_by="`tabKey Account Selection Line`.`rank`",
	)
	validate_still_fitting(lines)
	validate_levels(lines)
	rules = segment_rules()
	for line in lines:
		apply_line(selection, line, rules)
	freeze_assessments(selection)


def validate_all_decided(selection):
	undecided = frappe.get_all(
		LINE,
		{"selection": selection.name, "proposal": ("in", CHANGES), "decision": ("in", ("", None))},
		pluck="customer_name",
		order_by="`tabKey Account Selection Line`.`rank`",
	)
	if undecided:
		shown = ", ".join(undecided[:5])
		frappe.throw(
			_(
				"{0} proposals are not decided yet: {1}{2}. Please accept, override or reject each of them."
			).format(len(undecided), shown, " …" if len(undecided) > 5 else ""),
			SelectionNotReadyError,
			title=_("Selection Not Ready"),
		)


def validate_still_fitting(lines):
	"""Accounts may have changed between run and approval: then the figures judged are not those of the account."""
	problems = []
	for line in lines:
		if line.key_account:
			now = frappe.db.get_value(
				"Key Account", line.key_account, ["status", "level"], as_dict=True, for_update=True
			)
			if not now:
				problems.append(_("{0}: the key account was deleted.").format(line.customer_name))
			elif (now.status, now.level) != (line.status_before, line.level):
				problems.append(
					_("{0}: was {1}, {2} at the time of the run and is {3}, {4} now.").format(
						line.customer_name, _(line.status_before), _(line.level), _(now.status), _(now.level)
					)
				)
		elif line.decided_outcome == "Add" and account_of(line.customer):
			problems.append(
				_("{0}: was added to key account {1} meanwhile.").format(
					line.customer_name, account_of(line.customer)
				)
			)
	if problems:
		frappe.throw(
			[
				*problems[:SHOWN_PROBLEMS],
				_("Nothing was changed. Please reject this selection and run it again."),
			],
			SelectionNotReadyError,
			title=_("Key Accounts Changed Since the Run"),
			as_list=True,
		)


def validate_levels(lines):
	"""Levels of the tree as they will be: lines are applied one after the other, so accounts cannot check it."""
	tree = frappe.get_all(
		"Key Account", fields=["name", "account_name", "level", "parent_key_account"], order_by="lft"
	)
	changed = {
		line.key_account: line.decided_level
		for line in lines
		if line.key_account and line.decided_outcome in CHANGES and line.decided_level
	}
	after = {row.name: changed.get(row.name, row.level) for row in tree}
	names = {row.name: row.account_name for row in tree}
	ranks = accounts.level_ranks()
	problems = []
	for row in tree:
		parent = row.parent_key_account
		if not parent or not {row.name, parent} & set(changed):
			continue
		if ranks[after[row.name]] < ranks[after[parent]]:
			problems.append(
				_("{0} would be {1} and roll up to {2}, which would be only {3}.").format(
					row.account_name, _(after[row.name]), names[parent], _(after[parent])
				)
			)
	if problems:
		frappe.throw(
			[
				*problems[:SHOWN_PROBLEMS],
				_("Nothing was changed. Please override the proposal of one of the two accounts."),
			],
			SelectionNotReadyError,
			title=_("Levels Do Not Fit the Tree"),
			as_list=True,
		)


def apply_line(selection, line, rules):
	account = frappe.get_doc("Key Account", line.key_account) if line.key_account else new_account(line)
	if line.decided_outcome in CHANGES:
		account.status = line.decided_status
		account.level = line.decided_level
	changed_segments = set_segments(account, from_json(line.measures), rules)
	if line.decided_outcome == "Keep" and not changed_segments:
		return
	account.flags.kam_change = {"selection": selection.name, "reason": reason_of(line)}
	# the right to approve is the workflow's; the approver need not be in the team of every account
	account.flags.ignore_permissions = True
	account.save()
	if not line.key_account:
		frappe.db.set_value(LINE, line.name, "key_account", account.name, update_modified=False)


def new_account(line):
	account = frappe.new_doc("Key Account")
	account.account_name = line.customer_name
	account.append("customers", {"customer": line.customer})
	return account


def reason_of(line) -> str:
	if line.decision_reason:
		return _("{0} ({1})").format(line.decision_reason, line.reason)
	return line.reason


def set_segments(account, measures: dict, rules) -> bool:
	"""Segments by rule follow the figures; segments set by a person stay."""
	by_person = [row for row in account.segments if row.source == "Person"]
	taken = {row.segment for row in by_person}
	met = [rule for rule in rules if rule.name not in taken and holds(rule, measures.get(rule.key))]
	before = {row.segment for row in account.segments if row.source == "Rule"}
	if before == {rule.name for rule in met}:
		return False
	account.set("segments", by_person)
	for rule in met:
		account.append(
			"segments",
			{
				"segment": rule.name,
				"source": "Rule",
				"reason": f"{rule.measure} {rule.operator} {rule.threshold:g}",
			},
		)
	return True


def holds(rule, value) -> bool:
	return value is not None and OPERATORS[rule.operator](value, rule.threshold)


def freeze_assessments(selection):
	for name in frappe.get_all(
		"Key Account Assessment", {"selection": selection.name, "docstatus": 0}, pluck="name"
	):
		assessment = frappe.get_doc("Key Account Assessment", name)
		assessment.flags.kam_selection_run = True
		# frozen with the approval, whoever may approve
		assessment.flags.ignore_permissions = True
		assessment.submit()
