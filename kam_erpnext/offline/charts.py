"""The charts of the report as plain plotly figures (data and layout), all texts escaped."""

from __future__ import annotations

from html import escape

import numpy as np

from kam_erpnext.engine.portfolio import STAR, STATUS, STRATEGIC, STREAMLINE

BLUE, TEAL, AMBER, GREY, PALE, INK, SOFT, LINE = (
	"#2563a8",
	"#0f766e",
	"#c2700f",
	"#8a95a3",
	"#b9c9dc",
	"#17212e",
	"#5a6775",
	"#e3e8ee",
)
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif'
POINTS = 1500
LABEL = 22
QUADRANT_HINT = {
	STRATEGIC: "invest",
	STAR: "build up",
	STATUS: "maintain",
	STREAMLINE: "simplify",
}


def _layout(height: int, **more) -> dict:
	layout = {
		"height": height,
		"margin": {"l": 56, "r": 18, "t": 34, "b": 48},
		"font": {"family": FONT, "size": 13, "color": INK},
		"paper_bgcolor": "rgba(0,0,0,0)",
		"plot_bgcolor": "rgba(0,0,0,0)",
		"dragmode": False,
		"hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
		"legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
	}
	layout.update(more)
	return layout


def _axis(title: str, **more) -> dict:
	return {
		"title": {"text": title, "font": {"size": 12, "color": SOFT}, "standoff": 8},
		"gridcolor": LINE,
		"zerolinecolor": LINE,
		"linecolor": LINE,
		"tickfont": {"size": 12, "color": SOFT},
		"automargin": True,
		**more,
	}


def short(text: str, width: int = 26) -> str:
	"""A label cut to ``width`` characters and escaped for plotly."""
	text = str(text)
	return escape(text if len(text) <= width else text[: width - 1].rstrip() + "…")


def thin(count: int) -> np.ndarray:
	"""Positions of at most 1,500 of ``count`` points, first and last included."""
	return (
		np.arange(count)
		if count <= POINTS
		else np.unique(np.linspace(0, count - 1, POINTS).round().astype(int))
	)


def pareto_chart(result) -> dict:
	"""Percent of customers against percent of net sales and of gross profit."""
	data = [
		{
			"type": "scatter",
			"mode": "lines",
			"x": [0, 100],
			"y": [0, 100],
			"line": {"color": GREY, "width": 1, "dash": "dot"},
			"hoverinfo": "skip",
			"showlegend": False,
		}
	]
	labels = result.units["label"]
	for name, frame, points, color in (
		("Net sales", result.pareto_sales, result.curve_sales, BLUE),
		("Contribution (gross profit)", result.pareto_profit, result.curve_profit, AMBER),
	):
		if len(points) < 2:
			continue
		ranked = frame[frame["rank"].notna()].sort_values("rank")
		texts = ["", *(f"{i}. {short(labels.get(u, u), 40)}" for i, u in enumerate(ranked.index, 1))]
		keep = thin(len(points))
		data.append(
			{
				"type": "scatter",
				"mode": "lines",
				"name": name,
				"x": [round(v, 3) for v in points["customers_pct"].iloc[keep].tolist()],
				"y": [round(v, 3) for v in points["cum_share"].iloc[keep].tolist()],
				"text": [texts[i] for i in keep],
				"line": {"color": color, "width": 2.5},
				"hovertemplate": "%{text}<br>%{x:.1f} % of customers<br>%{y:.1f} % of total<extra>"
				+ name
				+ "</extra>",
			}
		)
	shapes, notes = [], []
	for cut, text in ((80, "A up to 80 %"), (95, "B up to 95 %")):
		shapes.append(
			{
				"type": "line",
				"x0": 0,
				"x1": 100,
				"y0": cut,
				"y1": cut,
				"line": {"color": GREY, "width": 1, "dash": "dash"},
			}
		)
		notes.append(
			{
				"x": 100,
				"y": cut,
				"text": text,
				"showarrow": False,
				"xanchor": "right",
				"yanchor": "top",
				"font": {"size": 12, "color": SOFT},
			}
		)
	layout = _layout(
		400,
		xaxis=_axis("Customers, % (largest first)", range=[0, 100], fixedrange=True, ticksuffix=" %"),
		yaxis=_axis("Share of the total, %", range=[0, 101], fixedrange=True, ticksuffix=" %"),
		shapes=shapes,
		annotations=notes,
		hovermode="closest",
	)
	return {
		"data": data,
		"layout": layout,
		"narrow": {"height": 340, "margin.l": 40, "legend.font": {"size": 11}},
	}


def ranking_chart(result, count: int = 15) -> dict:
	"""Net sales of the largest customers in both years, side by side."""
	labels = result.units["label"]
	top = result.ranking[result.ranking["rank_now"].notna()].head(count).iloc[::-1]
	names = [
		f"{int(row.rank_now)}. {short(labels.get(row.Index, row.Index), 24)}" for row in top.itertuples()
	]
	data = []
	for title, column, color in (
		(str(result.before), "before", PALE),
		(str(result.period), "now", BLUE),
	):
		data.append(
			{
				"type": "bar",
				"orientation": "h",
				"name": title,
				"y": names,
				"x": [None if v != v else round(v, 2) for v in top[column].tolist()],
				"marker": {"color": color},
				"hovertemplate": "%{y}<br>%{x:,.0f} "
				+ escape(result.currency)
				+ "<extra>"
				+ title
				+ "</extra>",
			}
		)
	layout = _layout(
		max(200, 110 + 34 * len(top)),
		barmode="group",
		bargap=0.28,
		bargroupgap=0.05,
		xaxis=_axis(f"Net sales, {escape(result.currency)}", fixedrange=True, tickformat="~s"),
		yaxis=_axis("", fixedrange=True, tickfont={"size": 12, "color": INK}, showgrid=False),
	)
	layout["legend"]["traceorder"] = "reversed"
	return {
		"data": data,
		"layout": layout,
		"narrow": {"margin.l": 10, "yaxis.tickfont.size": 10.5, "legend.font": {"size": 11}},
	}


def portfolio_chart(result, names: int = 10) -> dict:
	"""Bubbles: attractiveness upwards, relative strength high on the left, area = net sales."""
	frame = result.portfolio.dropna(subset=["attractiveness", "strength"])
	frame = frame.sort_values("net_sales", ascending=False, kind="stable").head(POINTS)
	cut_up, cut_across = result.cuts["attractiveness"], result.cuts["strength"]
	biggest = max(float(frame["net_sales"].max()), 1.0) if len(frame) else 1.0
	members = result.units["proposed_status"].isin(("Active", "On Watch"))
	widest = 52.0 if len(frame) <= 300 else 34.0
	member = members.reindex(frame.index).to_numpy(dtype=bool)
	places = place_labels(frame, list(frame.index[member][:names]), biggest, widest)
	data = []
	for title, wanted, color in (
		("Other customer", False, "#9fb0c3"),
		("Key account after this run", True, TEAL),
	):
		part = frame[member == wanted]
		sales = part["net_sales"].clip(lower=0)
		data.append(
			{
				"type": "scatter",
				"mode": "markers+text",
				"name": title,
				"x": [round(v, 2) for v in part["strength"].tolist()],
				"y": [round(v, 2) for v in part["attractiveness"].tolist()],
				"text": [
					short(label, LABEL) if unit in places else "" for unit, label in part["label"].items()
				],
				"textposition": [places.get(unit, "top center") for unit in part.index],
				"textfont": {"size": 11, "color": INK},
				"customdata": [
					[short(row.label, 60), f"{row.net_sales:,.0f}", row.quadrant or ""]
					for row in part.itertuples()
				],
				"marker": {
					"size": [round(v, 2) for v in sales.tolist()],
					"sizemode": "area",
					"sizeref": 2.0 * biggest / widest**2,
					"sizemin": 3.5,
					"color": color,
					"opacity": 0.72,
					"line": {"color": "#ffffff", "width": 1},
				},
				"hovertemplate": "<b>%{customdata[0]}</b><br>Net sales %{customdata[1]} "
				+ escape(result.currency)
				+ "<br>Attractiveness %{y:.1f}<br>Relative strength %{x:.1f}<extra>%{customdata[2]}</extra>",
			}
		)
	shapes, notes = [], []
	if cut_up == cut_up and cut_across == cut_across:
		for name, x0, x1, y0, y1, fill in (
			(STRATEGIC, 105, cut_across, cut_up, 116, "rgba(15,118,110,0.07)"),
			(STAR, cut_across, -5, cut_up, 116, "rgba(37,99,168,0.07)"),
			(STATUS, 105, cut_across, -5, cut_up, "rgba(194,112,15,0.07)"),
			(STREAMLINE, cut_across, -5, -5, cut_up, "rgba(138,149,163,0.08)"),
		):
			shapes.append(
				{
					"type": "rect",
					"x0": x0,
					"x1": x1,
					"y0": y0,
					"y1": y1,
					"fillcolor": fill,
					"line": {"width": 0},
					"layer": "below",
				}
			)
			left = name in (STRATEGIC, STATUS)
			upper = name in (STRATEGIC, STAR)
			notes.append(
				{
					"x": 0.008 if left else 0.992,
					"y": 0.988 if upper else 0.012,
					"xref": "paper",
					"yref": "paper",
					"text": f"<b>{name}</b> {QUADRANT_HINT[name]}",
					"showarrow": False,
					"xanchor": "left" if left else "right",
					"yanchor": "top" if upper else "bottom",
					"font": {"size": 13, "color": SOFT},
				}
			)
	layout = _layout(
		560,
		xaxis=_axis(
			"Relative strength of our position (high on the left)",
			range=[105, -5],
			fixedrange=True,
			showgrid=False,
		),
		yaxis=_axis("Attractiveness of the customer", range=[-5, 116], fixedrange=True, showgrid=False),
		shapes=shapes,
		annotations=notes,
		hovermode="closest",
	)
	layout["xaxis"]["tickvals"] = layout["yaxis"]["tickvals"] = [0, 20, 40, 60, 80, 100]
	narrow = {"height": 460, "margin.l": 40, "margin.r": 6, "legend.font": {"size": 11}}
	return {"data": data, "layout": layout, "narrow": narrow, "narrowMode": "markers"}


def place_labels(frame, wanted: list, biggest: float, widest: float) -> dict:
	"""Where the names of the bubbles go, so that none covers another; names without room are left out.

	Positions are worked out for a chart of about 1,100 by 480 pixels.
	"""
	wide, high = 1060 / 110, 470 / 121
	taken: list[tuple[float, float, float, float]] = []
	spots = {}
	for row in frame.loc[wanted].itertuples():
		radius = max(widest / 2 * (max(row.net_sales, 0.0) / biggest) ** 0.5, 2.0)
		x, y = (105 - row.strength) * wide, (116 - row.attractiveness) * high
		taken.append((x - radius, y - radius, x + radius, y + radius))
		spots[row.Index] = (x, y, radius, 5.8 * min(len(str(row.label)), LABEL))
	result = {}
	for unit, (x, y, radius, length) in spots.items():
		for position, left, top in (
			("top center", x - length / 2, y - radius - 16),
			("bottom center", x - length / 2, y + radius + 2),
			("middle right", x + radius + 3, y - 8),
			("middle left", x - radius - length - 3, y - 8),
			("top right", x + radius * 0.7, y - radius - 12),
			("top left", x - radius * 0.7 - length, y - radius - 12),
			("bottom right", x + radius * 0.7, y + radius - 2),
			("bottom left", x - radius * 0.7 - length, y + radius - 2),
		):
			box = (left, top, left + length, top + 14)
			own = (x - radius, y - radius, x + radius, y + radius)
			if box[0] < 0 or any(
				box[0] < b[2] and box[2] > b[0] and box[1] < b[3] and box[3] > b[1] for b in taken if b != own
			):
				continue
			taken.append(box)
			result[unit] = position
			break
	return result
