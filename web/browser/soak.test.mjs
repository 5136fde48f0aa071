// A wall that hangs for a week: frames once a second through the page's own stream handler, on a clock of
// ours. WARD_SOAK_SECONDS says how many; a short run is part of every test.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { leave, open } from "./helper.mjs";

after(leave);

const SECONDS = Number(process.env.WARD_SOAK_SECONDS ?? 1_500);
/** A busy week of a region. */
const ALERT_EVERY = 30;
const CHUNK = 200;
/** What may be left over after the first part of the run: caches that fill once. */
const GROWTH_BYTES = 3 << 20;

/** Time, timers and the stream belong to the test. */
function ours(page) {
  return page.evaluateOnNewDocument(() => {
    let now = 1_795_000_000_000;
    const Real = Date;
    window.Date = class extends Real {
      constructor(...given) { if (given.length) super(...given); else super(now); }
      static now() { return now; }
    };
    const timers = [];
    window.setInterval = (f, every) => timers.push({ f, every, next: now + every });
    let source = null;
    window.EventSource = class {
      constructor() { this.on = {}; source = this; }
      addEventListener(kind, f) { this.on[kind] = f; }
      close() {}
    };
    window.__soak = {
      second(kind, text, id) {
        now += 1_000;
        source.on[kind]({ type: kind, data: text, lastEventId: id });
        for (const timer of timers) while (timer.next <= now) { timer.next += timer.every; timer.f(); }
      },
      now: () => now,
    };
  });
}

/** Makes the frames of a region, in the page, so that nothing but the page itself is measured. */
function generator() {
  const LEVELS = ["critical", "high", "medium", "low"];
  const STATES = ["ok", "wrong", "partial", "silent", "unknown"];
  const ORIGINS = ["NL", "US", "RU", "VN", "BR", "DE", "SG", "IN"];
  const text = (s) => ({ zh: s, en: s });
  const row = (i, n) => ({ name: text(`名称 ${i}`), value: 1 + (n * 7 + i * 13) % 900, mark: LEVELS[(n + i) % 4], href: `/x/${i}` });
  const rows = (n) => Array.from({ length: 7 }, (_, i) => row(i, n));
  const state = { feed: [], made: 0 };
  const figures = ["units", "grey", "events", "rate", "severe", "alerts", "risky", "critical", "outside", "origins", "hit", "tactics", "tongfang", "data", "inbound", "outbound"];
  const parts = (at) => Object.fromEntries(["rates", "alerts", "trend", "scores", "sources", "recent", "places", "cells", "edge", "databases", "hosts"].map((p) => [p, { at, error: "" }]));
  const units = (n) => Array.from({ length: 60 }, (_, i) => ({
    id: `u${i}`, name: text(`单位 ${i}`), county: ["澄江区", "望川区", "青溪县", "松坪县", "白鹭县"][i % 5], at: [122.2 + (i % 10) * 0.06, 29.5 + Math.floor(i / 10) * 0.08],
    state: STATES[(i + (i % 7 === 0 ? n : 0)) % 5], rank: 1 + i % 3, level: LEVELS[(i + n) % 4], severe: (i * n) % 40, data: i % 3,
  }));
  const arcs = (n) => Array.from({ length: 24 }, (_, i) => ({ from: ORIGINS[(i + Math.floor(n / 50)) % 8], home: false, to: `u${(i * 5 + n) % 60}`, level: LEVELS[i % 4], count: 1 + (i + n) % 90, last: window.__soak.now() - i * 30_000 }));
  const trend = (n) => ({ from: window.__soak.now() - 86_400_000, step: 600, events: Array.from({ length: 144 }, (_, i) => 5_000 + (i * 97 + n) % 4_000), severe: Array.from({ length: 144 }, (_, i) => (i + n) % 9) });
  window.__frame = (n, alertEvery) => {
    const at = window.__soak.now() + 1_000;
    const frame = { at, data_at: at - 700, parts: parts(at), kpi: Object.fromEntries(figures.map((f, i) => [f, { value: (n * (i + 3)) % 100_000, change: n % 30 - 15 }])) };
    if (n % alertEvery === 0) {
      state.made += 1;
      state.feed = [{ id: `a${state.made}`, title: text(`告警 ${state.made % 300}`), level: LEVELS[state.made % 4], time: at, unit: text(`单位 ${n % 60}`), entity: `10.0.${n % 250}.7`, href: `/alerts/${state.made}` }, ...state.feed].slice(0, 8);
      for (const feed of ["feed", "feed_severe", "feed_data", "feed_key"]) frame[feed] = state.feed;
    }
    if (n % 5 === 0) Object.assign(frame, { units: units(n), arcs: arcs(n), counties: ["澄江区", "望川区", "青溪县", "松坪县", "白鹭县"].map((name, i) => ({ name, total: 12, ok: 6, wrong: 4, grey: 2, severe: (n + i) % 50, data: i })) });
    if (n % 10 === 0) for (const s of ["weak", "tactics", "sources", "origins", "rules", "ports", "coverage", "risk", "systems", "load", "silent", "data_rules", "data_units", "databases", "inbound", "outbound", "edge_rules", "key_units", "key_systems"]) frame[s] = rows(n);
    if (n % 60 === 0) { frame.trend = trend(n); frame.trend_data = trend(n + 1); }
    return JSON.stringify(frame);
  };
  return state;
}

test(`${SECONDS} seconds of a wall leave no heap behind`, { timeout: 14_400_000 }, async () => {
  const tab = await open("/wall/rotation?seconds=30", { before: ours });
  const cdp = await tab.page.createCDPSession();
  await tab.page.evaluate(generator);
  const heap = async () => {
    await cdp.send("HeapProfiler.collectGarbage");
    await cdp.send("HeapProfiler.collectGarbage");
    const { usedSize } = await cdp.send("Runtime.getHeapUsage");
    const { Nodes: nodes, JSEventListeners: listeners } = await tab.page.metrics();
    return { bytes: usedSize, nodes, listeners };
  };
  const run = (from, to) => tab.page.evaluate(async (from, to, alertEvery) => {
    for (let n = from; n < to; n += 1) window.__soak.second(n === 0 ? "full" : "tick", window.__frame(n, alertEvery), `s-${n}`);
    // What was set is drawn before the next seconds come.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }, from, to, ALERT_EVERY);
  // What is kept of letters' widths and of compiled code fills for a day and then stays: 8.7 MB after 6,000 seconds,
  // 10.4 after 120,000, between 10.8 and 11.3 from there to the end of the week.
  const warm = Math.min(86_400, SECONDS / 2);
  let n = 0, first = null;
  const begun = performance.now();
  for (; n < SECONDS; n += CHUNK) {
    if (!first && n >= warm) first = await heap();
    await run(n, Math.min(SECONDS, n + CHUNK));
    if (n % 60_000 === 0 && n > 0) console.log(`${n} s: ${JSON.stringify(await heap())} after ${Math.round((performance.now() - begun) / 1000)} s`);
  }
  const last = await heap();
  console.log(`heap after ${warm} s ${JSON.stringify(first)}, after ${SECONDS} s ${JSON.stringify(last)}; ${Math.round((performance.now() - begun) / 1000)} s in all`);
  assert(last.bytes < first.bytes + GROWTH_BYTES, `the heap grew from ${first.bytes} to ${last.bytes} bytes`);
  assert(last.nodes < first.nodes + 500, `elements grew from ${first.nodes} to ${last.nodes}`);
  assert(last.listeners < first.listeners + 50, `listeners grew from ${first.listeners} to ${last.listeners}`);
  assert.equal(await tab.count(".scene:not([hidden]) .feed .list li") <= 16, true);
  await tab.done();
});
