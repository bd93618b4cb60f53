"""Doors of Frappe that count, search or show documents without asking who may see them, closed for this app's documents.

Frappe's lists, forms and reports ask the conditions of `permission_query_conditions`; the endpoints here do not, or may be
told not to. Each function stands in for one of them (hooks.py: override_whitelisted_methods). For a doctype of this app with
such a condition it tells what the caller may see; for everything else Frappe answers as before. Some of the doors are closed
in version 16 already; asking twice does no harm.
"""

import inspect
import json
import re

import frappe
import frappe.client
import frappe.desk.search
from frappe import _
from frappe.desk import listview, notifications, reportview
from frappe.desk.doctype.dashboard_chart import dashboard_chart
from frappe.desk.doctype.tag import tag as tags
from frappe.desk.form import document_follow, linked_with
from frappe.desk.form import utils as form_utils
from frappe.utils import global_search, goal
from frappe.workflow.doctype.workflow import workflow

from kam_erpnext import compat
from kam_erpnext.api.arguments import (
	check_field,
	method_asked_for,
	parsed,
	read_fields,
	read_filters,
	read_names,
	shown,
)
from kam_erpnext.data.fenced import (
	FENCED,
	link_fields_to_fenced,
	linked_columns_in,
	only_for_readers_of_all,
	sees_every_one,
	visible_names,
)
from kam_erpnext.data.incentive_access import STATEMENT
from kam_erpnext.integration.dashboard_chart import draws_incentives

# the title of a linked document, as the desk's lists ask for it
TITLE_OF_LINK = re.compile(r"(?P<link>\w+)\.(?P<title>\w+) as (?P=link)_(?P=title)")

# ---------------------------------------------------------------- counting and adding up

AGGREGATIONS = ("sum", "count", "avg", "min", "max")


@frappe.whitelist(methods=["GET", "POST"])
def get_count(
	doctype: str,
	filters: dict | list | str | None = None,
	debug: bool | int | str = False,
	cache: bool | int | str = False,
) -> int:
	"""Counts documents. Frappe's own asks for no right: with filters on amounts its answer would tell them."""
	if doctype not in FENCED:
		return frappe.client.get_count(doctype, filters, debug, cache)
	frappe.has_permission(doctype, "read", throw=True)
	return len(
		frappe.get_list(doctype, filters=read_filters(filters, doctype), pluck="name", limit_page_length=0)
	)


@frappe.whitelist(methods=["GET", "POST"])
def get_open_count(doctype: str, name: str, items: list | str | None = None) -> dict:
	"""Numbers of linked documents above a form; Frappe counts hidden ones too."""
	document = frappe.get_doc(doctype, name)
	document.check_permission()
	links = document.meta.get_dashboard_data()
	if doctype in FENCED and items is not None:
		known = {item for group in links.transactions for item in group.get("items")}
		for other in (item for item in read_names(items, "items") if item not in known):
			frappe.throw(_("Items: the form of {0} shows no {1}.").format(_(doctype), shown(other)))
	answer = notifications.get_open_count(doctype, name, items)
	for found in answer["count"] and answer["count"]["external_links_found"]:
		linked = found["doctype"]
		if linked not in FENCED:
			continue
		fieldname = links.get("non_standard_fieldnames", {}).get(linked, links.get("fieldname"))
		filters = {
			fieldname: name,
			**(notifications.get_dynamic_link_filters(linked, links, fieldname) or {}),
		}
		found["count"] = _visible_count(linked, filters)
		waiting = notifications.get_filters_for(linked)
		found["open_count"] = _visible_count(linked, {**filters, **waiting}) if waiting else 0
	return answer


def _visible_count(doctype: str, filters: dict) -> int:
	if not frappe.has_permission(doctype, "read"):
		return 0
	return len(frappe.get_list(doctype, filters=filters, pluck="name", limit_page_length=100, distinct=True))


@frappe.whitelist(methods=["GET", "POST"])
def get_group_by_count(doctype: str, current_filters: dict | list | str, field: str) -> list[dict]:
	"""Counts in the sidebar of a list; by person assigned to, Frappe counts hidden documents too."""
	if doctype in FENCED:
		frappe.has_permission(doctype, "read", throw=True)
		asked = read_filters(current_filters, doctype, "current_filters")
		if field == "assigned_to":
			names = frappe.get_list(doctype, filters=asked, pluck="name", limit_page_length=0)
			asked = [["name", "in", names or [""]]]
		current_filters = frappe.as_json(asked)
	return listview.get_group_by_count(doctype, current_filters, field)


@frappe.whitelist(methods=["GET", "POST"])
def get_chart(
	chart_name: str | None = None,
	chart: dict | str | None = None,
	no_cache: bool | int | str | None = None,
	filters: dict | list | str | None = None,
	from_date: str | None = None,
	to_date: str | None = None,
	timespan: str | None = None,
	time_interval: str | None = None,
	heatmap_year: int | str | None = None,
	refresh: bool | int | str | None = None,
) -> dict | None:
	"""Figures of a Dashboard Chart. Frappe adds up a heat map for whoever asks, and shows everybody what it drew for the first.

	Incentives are in no chart. Charts of other fenced documents are drawn anew for each reader, heat maps only for
	those who see every document.
	"""
	asked = {
		"chart_name": chart_name,
		"chart": chart,
		"filters": filters,
		"from_date": from_date,
		"to_date": to_date,
		"timespan": timespan,
		"time_interval": time_interval,
		"heatmap_year": heatmap_year,
	}
	if draws_incentives(chart_name, chart):
		# a right nobody has, for whoever could write statements could read all of them
		frappe.has_permission(STATEMENT, "write", throw=True)
	drawn = _description_of(chart_name, chart)
	fenced = FENCED & {drawn.get("document_type"), drawn.get("parent_document_type")}
	refuse_columns_of_hidden_documents(drawn)
	if not fenced:
		return dashboard_chart.get(**asked, no_cache=no_cache, refresh=refresh)
	if drawn.get("document_type"):
		asked["filters"] = read_filters(filters, drawn["document_type"]) or None
	for doctype in fenced if drawn.get("type") == "Heatmap" else ():
		only_for_readers_of_all(doctype)
	# the function itself, without what Frappe keeps of its last answer
	return inspect.unwrap(dashboard_chart.get)(**asked)


def _description_of(name: str | None, chart: dict | str | None) -> dict:
	if name:
		return frappe.get_cached_doc("Dashboard Chart", name).as_dict()
	return parsed(chart, dict, _("Chart: please name a chart, or give its description."))


@frappe.whitelist(methods=["GET", "POST"])
def get_monthly_goal_graph_data(goal_doctype: str, **values: object) -> dict:
	"""Months of a goal; Frappe adds up any column of any documents for whoever asks."""
	if goal_doctype in FENCED:
		only_for_readers_of_all(goal_doctype)
		for name in ("goal_field", "date_field", "goal_doctype_link"):
			check_field(goal_doctype, values.get(name), name)
		if values.get("aggregation", "sum") not in AGGREGATIONS:
			frappe.throw(_("Aggregation: please choose one of {0}.").format(", ".join(AGGREGATIONS)))
		asked = values.get("filters") or {}
		values["filters"] = parsed(asked, dict, _("Filters must be an object of fields and values."))
		read_filters(values["filters"], goal_doctype)
	return frappe.call(goal.get_monthly_goal_graph_data, goal_doctype=goal_doctype, **values)


@frappe.whitelist(methods=["GET", "POST"])
def get_workflow_state_count(doctype: str, workflow_state_field: str, states: list | str) -> list | None:
	"""Documents by workflow state; Frappe lists the values of any column for whoever has a role."""
	if doctype in FENCED:
		only_for_readers_of_all(doctype)
	return workflow.get_workflow_state_count(doctype, workflow_state_field, read_names(states, "states"))


# ---------------------------------------------------------------- searching


@frappe.whitelist(methods=["GET", "POST"])
def search_link(doctype: str, txt: str, **values: object) -> list:
	"""Search of link fields, which can be told to leave permissions out."""
	return frappe.call(
		frappe.desk.search.search_link, doctype=doctype, txt=txt, **_with_permissions(doctype, values)
	)


@frappe.whitelist(methods=["GET", "POST"])
def search_widget(doctype: str, txt: str, **values: object) -> list:
	"""Search with columns, which can be told to leave permissions out."""
	return frappe.call(
		frappe.desk.search.search_widget, doctype=doctype, txt=txt, **_with_permissions(doctype, values)
	)


def _with_permissions(doctype: str, values: dict) -> dict:
	if doctype not in FENCED:
		return values
	if not values.get("query"):  # which has filters of its own
		read_filters(values.get("filters"), doctype)
	return {name: value for name, value in values.items() if name != "ignore_user_permissions"}


@frappe.whitelist(methods=["GET", "POST"])
def get_link_title(doctype: str, docname: str) -> str | None:
	"""Title of a document shown in a link; of a hidden one its name only."""
	if doctype in FENCED and docname not in visible_names(doctype, [docname]):
		return docname
	return frappe.desk.search.get_link_title(doctype, docname)


@frappe.whitelist(methods=["GET", "POST"])
def validate_link(doctype: str, docname: str, **values: object) -> dict:
	"""Whether a link may be set, with values to fetch; a hidden document is as one that does not exist."""
	if doctype in FENCED:
		if docname not in visible_names(doctype, [docname]):
			return {"name": None}
		read_fields(values.get("fields"), doctype, _("Fields"))
	return frappe.call(compat.older_link_validator(), doctype=doctype, docname=docname, **values)


@frappe.whitelist(methods=["GET", "POST"])
def validate_link_and_fetch(doctype: str, docname: str, **values: object) -> dict:
	"""What version 16 asks in its place; it searches, and can be told to leave permissions out."""
	if doctype in FENCED and docname not in visible_names(doctype, [docname]):
		return {}
	return frappe.call(
		compat.link_validator(), doctype=doctype, docname=docname, **_with_permissions(doctype, values)
	)


@frappe.whitelist(methods=["GET", "POST"])
def get_tagged_docs(doctype: str, tag: str) -> list | tuple:
	"""Names of the documents with a tag."""
	found = tags.get_tagged_docs(doctype, tag)
	if doctype not in FENCED:
		return found
	visible = visible_names(doctype, [row[0] for row in found])
	return [row for row in found if row[0] in visible]


@frappe.whitelist(methods=["GET", "POST"])
def search_everywhere(text: str, start: int = 0, limit: int = 20, doctype: str = "") -> list:
	"""Search over all documents, whose index knows no rights."""
	found = global_search.search(text, start, limit, doctype)
	names = {}
	for row in found:
		names.setdefault(row.doctype, []).append(row.name)
	visible = {name: visible_names(name, names[name]) for name in FENCED & set(names)}
	return [row for row in found if row.doctype not in FENCED or row.name in visible[row.doctype]]


# ---------------------------------------------------------------- beside one document


def _only_if_readable(doctype: str, name: str) -> None:
	if doctype in FENCED:
		frappe.has_permission(doctype, "read", doc=name, throw=True)


@frappe.whitelist(methods=["GET", "POST"])
def get_next(doctype: str, value: str, prev: int, **values: object) -> str | None:
	"""The document before or after one in a list; its columns are compared with those of the others."""
	_only_if_readable(doctype, value)
	if doctype in FENCED:
		values["filters"] = read_filters(values.get("filters"), doctype)
		check_field(doctype, values.get("sort_field", "modified"), "sort_field")
	return frappe.call(form_utils.get_next, doctype=doctype, value=value, prev=prev, **values)


@frappe.whitelist(methods=["GET", "POST"])
def get_follow_users(doctype: str, doc_name: str) -> list:
	"""Who follows a document."""
	_only_if_readable(doctype, doc_name)
	return document_follow.get_follow_users(doctype, doc_name)


@frappe.whitelist(methods=["GET", "POST"])
def get_submitted_linked_docs(doctype: str, name: str, **values: object) -> dict:
	"""Submitted documents that hang on one, by name."""
	_only_if_readable(doctype, name)
	found = frappe.call(linked_with.get_submitted_linked_docs, doctype=doctype, name=name, **values)
	docs = [
		row
		for row in found["docs"]
		if row["doctype"] not in FENCED or visible_names(row["doctype"], [row["name"]])
	]
	return {**found, "docs": docs, "count": len(docs)}


@frappe.whitelist(methods=["GET", "POST"])
def get_latest_submissions(doctype: str, docname: str) -> dict | None:
	"""State of a submission in the background, with the error it ended with."""
	_only_if_readable(doctype, docname)
	return frappe.call(
		"frappe.core.doctype.submission_queue.submission_queue.get_latest_submissions",
		doctype=doctype,
		docname=docname,
	)


@frappe.whitelist(methods=["GET", "POST"])
def get_reviews(doctype: str, docname: str) -> list:
	"""Energy points given for a document; version 16 has none."""
	_only_if_readable(doctype, docname)
	if compat.FRAPPE_MAJOR > 15:
		return []
	return frappe.call(
		"frappe.social.doctype.energy_point_log.energy_point_log.get_reviews",
		doctype=doctype,
		docname=docname,
	)


@frappe.whitelist(methods=["GET", "POST"])
def get_open_activities(ref_doctype: str, ref_docname: str) -> dict:
	"""ERPNext's open tasks and events of a document."""
	_only_if_readable(ref_doctype, ref_docname)
	return frappe.call(
		"erpnext.crm.utils.get_open_activities", ref_doctype=ref_doctype, ref_docname=ref_docname
	)


# ---------------------------------------------------------------- columns of linked documents


# what the desk's lists are read by
LIST_VIEW = "frappe.desk.reportview.get"


def refuse_columns_of_linked_documents() -> None:
	"""Runs before every request, when it is known who asks (hooks.py: auth_hooks).

	A list of documents may ask for a column of a document they link to (`kam_key_account.account_name`); version 15
	joins it without asking who may see the linked one.
	"""
	if not frappe.session or frappe.session.user == "Administrator":
		return
	asked = frappe.local.form_dict
	if method_asked_for() == LIST_VIEW:
		_titles, others = titles_of_hidden_documents(asked)
		asked = {**asked, "fields": others}
	refuse_columns_of_hidden_documents(asked)


def refuse_columns_of_hidden_documents(asked: dict) -> None:
	"""Throws when something asked for is a column of a linked document, and the reader does not see all of these."""
	columns = linked_columns_in(asked)
	links = link_fields_to_fenced() if columns else {}
	for fieldname in columns & set(links):
		for doctype in links[fieldname]:
			# whoever has no role for them is refused by Frappe
			if frappe.has_permission(doctype, "read"):
				only_for_readers_of_all(doctype)


@frappe.whitelist(methods=["GET", "POST"])
def get_rows() -> dict | list:
	"""Rows of a list in the desk, which always asks for the titles of linked documents: told are those the reader sees."""
	titles, others = titles_of_hidden_documents(frappe.local.form_dict)
	if not titles:
		return reportview.get()
	frappe.local.form_dict["fields"] = json.dumps(others)
	answer = reportview.get()
	if isinstance(answer, dict):  # an empty list is no object
		for column, (fieldname, doctype) in titles.items():
			_add_titles(answer, column, fieldname, doctype)
	return answer


def titles_of_hidden_documents(asked: dict) -> tuple[dict[str, tuple[str, str]], object]:
	"""Columns of a list that are titles of linked documents the reader may not see all of, and the other columns.

	The desk names such a column `link.title as link_title`. The titles are {column: (field with the link, doctype)}.
	"""
	columns, of = asked.get("fields"), asked.get("doctype")
	try:
		fields = compat.from_json(columns)
	except ValueError:  # Frappe says so
		fields = None
	if not isinstance(fields, list) or not isinstance(of, str) or not frappe.db.exists("DocType", of):
		return {}, columns
	titles, others = {}, []
	for field in fields:
		match = TITLE_OF_LINK.fullmatch(field) if isinstance(field, str) else None
		link = match and frappe.get_meta(of).get_field(match["link"])
		fenced = link and link.fieldtype == "Link" and link.options in FENCED
		is_title = fenced and frappe.get_meta(link.options).title_field == match["title"]
		if is_title and not (frappe.has_permission(link.options, "read") and sees_every_one(link.options)):
			titles[f"{match['link']}_{match['title']}"] = (link.fieldname, link.options)
		else:
			others.append(field)
	return titles, others


def _add_titles(answer: dict, column: str, fieldname: str, doctype: str) -> None:
	"""Adds a column with the titles of the linked documents the reader sees to the rows of a list."""
	if fieldname not in answer["keys"]:
		return
	place = answer["keys"].index(fieldname)
	title_field = frappe.get_meta(doctype).title_field
	names = sorted({row[place] for row in answer["values"] if row[place]})
	titles = {}
	if names and frappe.has_permission(doctype, "read"):
		titles = dict(
			frappe.get_list(
				doctype, {"name": ["in", names]}, ["name", title_field], as_list=True, limit_page_length=0
			)
		)
	answer["keys"].append(column)
	for row in answer["values"]:
		row.append(titles.get(row[place]))
