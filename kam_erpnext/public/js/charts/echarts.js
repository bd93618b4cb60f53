// only what the charts use, so that the bundle stays small
import { BarChart, HeatmapChart, LineChart, LinesChart, ScatterChart } from "echarts/charts";
import {
	AriaComponent,
	GridComponent,
	LegendComponent,
	MarkAreaComponent,
	MarkLineComponent,
	TitleComponent,
	TooltipComponent,
	VisualMapContinuousComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
	AriaComponent,
	BarChart,
	CanvasRenderer,
	GridComponent,
	HeatmapChart,
	LabelLayout,
	LegendComponent,
	LineChart,
	LinesChart,
	MarkAreaComponent,
	MarkLineComponent,
	ScatterChart,
	TitleComponent,
	TooltipComponent,
	VisualMapContinuousComponent,
]);

export { echarts };
