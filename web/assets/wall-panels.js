// What fills the panels of a wall: figures, rankings, feeds, trends. Every panel makes its elements once
// and only changes them: nothing grows, however long the screen hangs there.
"use strict";
const WallPanels = (() => {
  const body = document.body;
  const words = JSON.parse(body.dataset.wallWords);
  const zh = body.dataset.lang === "zh";
  const both = (text) => Ward.visible(zh ? text.zh : text.en);
  // Asked once a window size: each asking makes the browser lay the page out.
  const style = getComputedStyle(document.documentElement);
  const tokens = new Map();
  const token = (name) => { if (!tokens.has(name)) tokens.set(name, style.getPropertyValue(name).trim()); return tokens.get(name); };
  let unit = parseFloat(style.fontSize);
  const rem = () => unit;
  addEventListener("resize", () => { unit = parseFloat(style.fontSize); });

  const regions = new Intl.DisplayNames([zh ? "zh-CN" : "en"], { type: "region" });
  const PLACES = zh ? { TW: "中国台湾", HK: "中国香港", MO: "中国澳门" } : { TW: "Taiwan, China", HK: "Hong Kong, China", MO: "Macao, China" };
  const country = (code) => PLACES[code] ?? (/^[A-Z]{2}$/.test(code) ? regions.of(code) : Ward.visible(code));

  const bytes = (n) => {
    const units = ["B", "KB", "MB", "GB", "TB", "PB"];
    let i = 0;
    while (n >= 1000 && i < units.length - 1) { n /= 1000; i += 1; }
    return [i === 0 || n >= 100 ? String(Math.round(n)) : n.toFixed(1), units[i]];
  };
  const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const link = (element, href) => { if (href) element.setAttribute("href", href); else element.removeAttribute("href"); };
  const make = (tag, name) => { const e = document.createElement(tag); if (name) e.className = name; return e; };

  // --- Figures ---------------------------------------------------------------------------------------
  function figure(element, data) {
    const name = element.dataset.figure;
    if (!name || !data) return;
    const f = data[name];
    const [number, unit, change] = [element.querySelector("b"), element.querySelector(".digit small"), element.querySelector("em")];
    const known = f && f.value !== null;
    element.classList.toggle("unknown", !known);
    let [text, suffix] = ["—", ""];
    if (known && element.dataset.unit === "bytes") [text, suffix] = bytes(f.value);
    else if (known) {
      const short = f.value < 100 && f.value % 1 ? f.value.toFixed(1) : Ward.compact(f.value);
      [text, suffix = ""] = short.split(" ");
      if (f.of !== undefined) suffix = `/ ${Ward.grouped(f.of)}`;
      number.title = Ward.grouped(f.value);
    }
    set(number, text); set(unit, suffix);
    set(change, known && f.change ? `${f.change > 0 ? "▲" : "▼"} ${Ward.grouped(Math.abs(f.change))}` : "");
    if (known && f.change !== undefined) change.title = words.versus;
    const mark = element.dataset.mark;
    if (mark) element.classList.toggle(`is-${mark}`, Boolean(known && f.value > 0));
  }

  // --- Rankings --------------------------------------------------------------------------------------
  function slot(kind) {
    const li = make("li");
    const a = make("a", "row");
    if (kind === "rows") a.append(make("i", "shape"));
    a.append(make("span", "name"), make("span", "sub"), make("span", "value"));
    if (kind === "bars") { const bar = make("span", "bar"); bar.append(make("i"), make("i"), make("i")); a.append(bar); }
    li.append(a);
    return li;
  }

  function value(element, row) {
    const shown = row.shown;
    if (shown && shown.age !== undefined) return set(element, shown.age ? Ward.age(shown.age) : Ward.words.never);
    if (shown && shown.bytes !== undefined) return set(element, bytes(shown.bytes).join(" "));
    if (shown && shown.of !== undefined) return set(element, `${Ward.grouped(row.value)} / ${Ward.grouped(shown.of)}`);
    set(element, Ward.compact(row.value));
    element.title = Ward.grouped(row.value);
  }

  function fillRow(li, row, most) {
    const a = li.firstChild;
    link(a, row.href);
    a.dataset.mark = row.mark ?? "";
    const shape = a.querySelector(".shape");
    if (shape) shape.dataset.mark = row.mark ?? "";
    const name = row.country ? country(row.name.zh) : both(row.name);
    set(a.querySelector(".name"), name);
    a.querySelector(".name").title = name;
    set(a.querySelector(".sub"), row.note ? both(row.note) : "");
    value(a.querySelector(".value"), row);
    const bar = a.querySelector(".bar");
    if (!bar) return;
    const whole = row.split ? Math.max(1, row.split.reduce((x, y) => x + y, 0)) : Math.max(1, most);
    const parts = row.split ?? [row.value, 0, 0];
    parts.forEach((part, i) => {
      const piece = bar.children[i];
      piece.className = row.split ? ["good", "wrong", "grey"][i] : "";
      piece.style.width = `${(part / whole * 100).toFixed(2)}%`;
    });
  }

  // --- Live alerts -----------------------------------------------------------------------------------
  function alertSlot() {
    const li = make("li");
    const a = make("a", "alert");
    const when = make("time", "when");
    a.append(make("i", "shape"), make("span", "title"), when, make("span", "where"));
    li.append(a);
    li.addEventListener("animationend", (event) => { if (event.target === li) li.classList.remove("new"); });
    return li;
  }

  function fillAlert(li, alert) {
    const a = li.firstChild;
    link(a, alert.href);
    const [shape, title, when, where] = a.children;
    shape.dataset.mark = alert.level;
    set(shape, ""); shape.setAttribute("aria-label", Ward.words[alert.level] ?? ""); shape.setAttribute("role", "img");
    set(title, both(alert.title));
    when.dataset.ms = alert.time;
    set(when, Ward.age(alert.time));
    when.title = Ward.full(alert.time);
    set(where, both(alert.unit) + (alert.entity ? ` · ${Ward.visible(alert.entity)}` : ""));
  }

  // --- Trends ----------------------------------------------------------------------------------------
  function trendOption(t) {
    const r = rem();
    const text = { color: token("--text-3"), fontSize: 1.125 * r, fontFamily: token("--face") };
    const axis = { type: "category", data: times(t), boundaryGap: true, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-strong") } } };
    const label = { ...text, interval: 17, hideOverlap: true };
    return {
      animation: false,
      grid: [{ left: 5.5 * r, right: 0.5 * r, top: 0.5 * r, bottom: 4.6 * r }, { left: 5.5 * r, right: 0.5 * r, height: 1.8 * r, bottom: 1.8 * r }],
      xAxis: [{ ...axis, gridIndex: 0, axisLabel: { show: false } }, { ...axis, gridIndex: 1, axisLabel: label }],
      yAxis: [
        { type: "value", gridIndex: 0, min: 0, splitNumber: 2, axisLabel: { ...text, formatter: Ward.compact, showMinLabel: false }, splitLine: { lineStyle: { color: token("--line") } } },
        { type: "value", gridIndex: 1, min: 0, splitNumber: 1, minInterval: 1, axisLabel: { ...text, showMinLabel: false }, splitLine: { show: false } },
      ],
      series: [
        { id: "events", type: "line", xAxisIndex: 0, yAxisIndex: 0, data: t.events, showSymbol: false, silent: true, lineStyle: { width: 0.125 * r, color: token("--series-events") }, areaStyle: { color: token("--series-events"), opacity: 0.16 } },
        { id: "severe", type: "bar", xAxisIndex: 1, yAxisIndex: 1, data: bars(t), silent: true, barCategoryGap: "15%", barMinHeight: 2, itemStyle: { color: token("--series-severe") } },
      ],
    };
  }
  const times = (t) => Array.from({ length: t.events.length }, (_, i) => Ward.clock(t.from + i * t.step * 1000).slice(0, 5));
  const bars = (t) => t.severe.map((n) => n || null);

  function trend(panel, t) {
    const element = panel.element.querySelector(".chart");
    if (!panel.chart) {
      panel.chart = echarts.init(element, null, { renderer: "canvas" });
      panel.chart.setOption(trendOption(t));
      return;
    }
    const axis = { data: times(t) };
    panel.chart.setOption({ xAxis: [axis, axis], series: [{ id: "events", data: t.events }, { id: "severe", data: bars(t) }] });
  }

  // --- One panel -------------------------------------------------------------------------------------
  class Panel {
    constructor(element) {
      this.element = element;
      this.kind = element.dataset.kind;
      this.section = element.dataset.section;
      this.part = element.dataset.part;
      this.list = element.querySelector(".list");
      this.why = element.querySelector(".why");
      this.note = element.querySelector(".note");
      this.slots = [];
      this.seen = null;
      if (this.kind !== "absent") this.wait();
    }

    /// Before the first data: lines of the same height, so that nothing jumps.
    wait() {
      this.element.classList.add("skeleton");
      if (this.list) while (this.slots.length < 5) this.add();
    }

    add() {
      const li = this.kind === "feed" ? alertSlot() : slot(this.kind);
      this.list.append(li);
      this.slots.push(li);
    }

    /// How many lines have room.
    room() {
      if (this.lines) return this.lines;
      const least = (this.kind === "feed" ? 4.25 : 2.9375) * rem();
      this.lines = Math.max(1, Math.floor((this.list.clientHeight + 1) / least));
      return this.lines;
    }

    /// `fresh` tells that the panel's own section changed, not only what is known of it.
    show(data, parts, fresh) {
      const part = this.part === "none" ? { at: 1, error: "" } : parts && parts[this.part];
      if (this.kind === "absent" || !part) return;
      this.failed(part);
      const waits = this.element.classList.contains("skeleton");
      if (data === undefined || !part.at || !(fresh || waits)) return;
      this.element.classList.remove("skeleton");
      if (this.kind === "trend") { trend(this, data); return; }
      const empty = data.length === 0;
      this.list.hidden = empty;
      this.why.hidden = !empty;
      if (empty) { set(this.why, this.element.dataset.why); this.seen = new Set(); return; }
      while (this.slots.length < Math.min(data.length, 8)) this.add();
      const room = this.room();
      const most = Math.max(...data.map((row) => row.value ?? 0));
      const slides = this.kind === "feed" && this.seen;
      this.slots.forEach((li, i) => {
        const row = i < room ? data[i] : undefined;
        li.hidden = !row;
        if (!row) return;
        if (this.kind === "feed") {
          fillAlert(li, row);
          if (slides && !this.seen.has(row.id)) li.classList.add("new");
        } else fillRow(li, row, most);
      });
      if (this.kind === "feed") this.seen = new Set(data.map((a) => a.id));
    }

    /// A part that could not be read says so, and since when it is old.
    failed(part) {
      this.element.classList.toggle("failed", Boolean(part.error));
      const reason = part.error === "heavy" ? words.heavy : words.failed;
      const text = !part.error ? "" : part.at ? `${Ward.fill(words.as_of, Ward.clock(part.at))} · ${reason}` : reason;
      set(this.note, text);
    }

    /// Off the screen: a chart gives its memory back.
    leave() {
      if (this.chart) { this.chart.dispose(); this.chart = null; }
      this.lines = 0;
    }
  }

  return { Panel, figure, words, both, country, token, rem, make, set };
})();
