(function () {
	"use strict";
	var charts = JSON.parse(document.getElementById("chart-data").textContent);
	var drawn = [];
	Object.keys(charts).forEach(function (name) {
		var place = document.getElementById(name);
		var narrow = window.matchMedia("(max-width: 640px)").matches;
		var chart = charts[name];
		if (narrow && chart.narrow) {
			Object.keys(chart.narrow).forEach(function (key) {
				var parts = key.split("."), target = chart.layout;
				parts.slice(0, -1).forEach(function (part) {
					target = target[part] = target[part] || {};
				});
				target[parts[parts.length - 1]] = chart.narrow[key];
			});
			if (chart.narrowMode) {
				chart.data.forEach(function (trace) { trace.mode = chart.narrowMode; });
			}
		}
		Plotly.newPlot(place, chart.data, chart.layout, { responsive: true, displayModeBar: false });
		drawn.push(place);
	});
	function fit() {
		drawn.forEach(function (place) { Plotly.Plots.resize(place); });
	}
	window.addEventListener("load", fit);
	window.addEventListener("beforeprint", function () {
		drawn.forEach(function (place) { Plotly.relayout(place, { width: 640 }); });
	});
	window.addEventListener("afterprint", function () {
		drawn.forEach(function (place) { Plotly.relayout(place, { width: null, autosize: true }); });
	});

	var box = document.getElementById("find");
	var rows = Array.prototype.slice.call(document.querySelectorAll(".account"));
	var buttons = Array.prototype.slice.call(document.querySelectorAll(".tools button"));
	var none = document.getElementById("nothing");
	var wanted = "";
	function show() {
		var text = box.value.trim().toLowerCase(), hits = 0;
		rows.forEach(function (row) {
			var proposal = row.dataset.proposal;
			var fits = (!wanted || proposal === wanted || (wanted === "programme" && proposal !== "None")) &&
				(!text || row.dataset.find.indexOf(text) >= 0);
			row.hidden = !fits;
			hits += fits ? 1 : 0;
		});
		none.hidden = hits > 0;
	}
	buttons.forEach(function (button) {
		button.addEventListener("click", function () {
			wanted = button.dataset.proposal;
			buttons.forEach(function (b) { b.setAttribute("aria-pressed", String(b === button)); });
			show();
		});
	});
	if (box) { box.addEventListener("input", show); }
})();
