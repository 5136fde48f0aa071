// The parts of Apache ECharts that Ward draws with, bundled at set-up into one file
// (deploy/setup-npm.sh). A page that needs another kind of chart adds it here.
export { init, registerMap, getInstanceByDom, use } from "echarts/core";
import { use } from "echarts/core";
import { BarChart, CustomChart, GraphChart, LineChart, LinesChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GeoComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart, CustomChart, GraphChart, LineChart, LinesChart, ScatterChart,
  AriaComponent, GeoComponent, GridComponent, MarkLineComponent, TooltipComponent, CanvasRenderer,
]);
