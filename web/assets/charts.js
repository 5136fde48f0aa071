// The two charts of the overview: fixed-length series, one instance each for its life, no animation.
"use strict";
const WardCharts = (() => {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const text = { color: token("--text-3"), fontSize: 11, fontFamily: token("--face") };
  const time = (ms) => Ward.clock(ms).slice(0, 5);

  function base(times) {
    return {
      animation: false,
      grid: { left: 8, right: 8, top: 22, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow", shadowStyle: { color: token("--ground-3"), opacity: 0.5 } },
        backgroundColor: token("--ground-3"), borderColor: token("--line-strong"), textStyle: { color: token("--text"), fontSize: 12, fontFamily: token("--face") },
      },
      xAxis: { type: "category", data: times, boundaryGap: true, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-strong") } }, axisLabel: { ...text, hideOverlap: true } },
      yAxis: { type: "value", min: 0, splitNumber: 3, minInterval: 1, axisLabel: { ...text, formatter: Ward.compact }, splitLine: { lineStyle: { color: token("--line") } } },
    };
  }

  function make(id, option) {
    const element = document.getElementById(id);
    if (!element || typeof echarts === "undefined") return null;
    const chart = echarts.init(element, null, { renderer: "canvas" });
    chart.setOption(option);
    new ResizeObserver(() => chart.resize()).observe(element);
    return chart;
  }

  const times = (s, n) => Array.from({ length: n }, (_, i) => time(s.from + i * s.step * 1000));
  // The last bar is still growing: lighter than the whole ones.
  const minuteBars = (s) => s.counts.map((n, i) => i === s.counts.length - 1 ? { value: n, itemStyle: { color: token("--series-running") } } : n);
  let minutes = null, dayChart = null, last = { minutes: null, trend: null };

  function minuteOption(s) {
    const option = base(times(s, s.counts.length));
    option.tooltip.formatter = (rows) => `${rows[0].axisValue}  ${Ward.grouped(rows[0].value)} ${Ward.words.events}` +
      (rows[0].dataIndex === s.counts.length - 1 ? `\n${Ward.words.running}` : "");
    option.series = [{ type: "bar", data: minuteBars(s), barCategoryGap: "22%", itemStyle: { color: token("--series-events") } }];
    return option;
  }

  // Two lanes over one time: events above, severe alerts below. Two quantities never share an axis.
  function dayOption(t) {
    const option = base(times(t, t.events.length));
    const [above, axis] = [option.xAxis, option.yAxis];
    option.grid = [{ left: 44, right: 8, top: 22, bottom: 58 }, { left: 44, right: 8, height: 26, bottom: 20 }];
    option.xAxis = [{ ...above, gridIndex: 0, axisLabel: { show: false } }, { ...above, gridIndex: 1 }];
    option.yAxis = [{ ...axis, gridIndex: 0 }, { ...axis, gridIndex: 1, splitNumber: 1, splitLine: { show: false }, axisLabel: { ...axis.axisLabel, showMinLabel: false } }];
    option.axisPointer = { link: [{ xAxisIndex: "all" }] };
    option.tooltip.formatter = (rows) => {
      const i = rows[0].dataIndex, now = last.trend;
      return `${rows[0].axisValue}  ${Ward.grouped(now.events[i])} ${Ward.words.events}\n${Ward.words.severe} ${now.severe[i]} · ${Ward.words.other} ${now.other[i]}`;
    };
    option.series = [
      { type: "line", xAxisIndex: 0, yAxisIndex: 0, data: t.events, showSymbol: false, lineStyle: { width: 1.5, color: token("--series-events") }, areaStyle: { color: token("--series-events"), opacity: 0.18 } },
      { type: "bar", xAxisIndex: 1, yAxisIndex: 1, data: t.severe.map((n) => n || null), barCategoryGap: "10%", barMinHeight: 2, itemStyle: { color: token("--series-severe") } },
    ];
    return option;
  }

  function update(data) {
    if (data.minutes) {
      last.minutes = data.minutes;
      if (!minutes) minutes = make("chart-minutes", minuteOption(data.minutes));
      else minutes.setOption({ xAxis: { data: times(data.minutes, data.minutes.counts.length) }, series: [{ data: minuteBars(data.minutes) }] });
    }
    if (data.trend) {
      last.trend = data.trend;
      if (!dayChart) dayChart = make("chart-day", dayOption(data.trend));
      else {
        const axis = { data: times(data.trend, data.trend.events.length) };
        dayChart.setOption({ xAxis: [axis, axis], series: [{ data: data.trend.events }, { data: data.trend.severe.map((n) => n || null) }] });
      }
    }
  }
  return { update };
})();
