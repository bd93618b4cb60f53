// only what the charts use, so that the bundle stays small
import { BarChart, LineChart, LinesChart, ScatterChart } from "echarts/charts";
import {
	AriaComponent,
	GridComponent,
	LegendComponent,
	MarkAreaComponent,
	MarkLineComponent,
	TitleComponent,
	TooltipComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
	AriaComponent,
	BarChart,
	CanvasRenderer,
	GridComponent,
	LabelLayout,
	LegendComponent,
	LineChart,
	LinesChart,
	MarkAreaComponent,
	MarkLineComponent,
	ScatterChart,
	TitleComponent,
	TooltipComponent,
]);

export { echarts };
