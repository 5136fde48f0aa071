// The walls: what a room sees, what a presenter does, what visitors must not see, and every state of a
// panel.
import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { BASE, FRAIL, control, leave, open, session } from "./helper.mjs";

after(leave);

const SCENES = ["overview", "threat", "assets", "handling", "data", "internet", "guard"];
const filled = (tab) => tab.until(() => document.querySelector(".scene:not([hidden]) .row .value")?.textContent);

/** The first whole frame of a wall's stream, as text. */
function frame(address) {
  return new Promise((resolve, reject) => {
    const request = http.get(BASE + address, { headers: { cookie: session("Analyst") } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => {
        text += part;
        const data = /event: full\ndata: (.*)\n\n/.exec(text);
        // Slow answers come with later frames; this one has what is asked for at once.
        if (data) { request.destroy(); resolve(data[1]); }
      });
    });
    request.on("error", (error) => { if (error.code !== "ECONNRESET") reject(error); });
  });
}

/** A page whose stream is ours: `window.__emit(kind, data)`. */
const fakeStream = (page) => page.evaluateOnNewDocument(() => {
  const sources = [];
  window.EventSource = class {
    constructor() { this.on = {}; sources.push(this); }
    addEventListener(kind, f) { this.on[kind] = f; }
    close() {}
  };
  let id = 0;
  window.__emit = (kind, data) => sources.at(-1).on[kind]({ type: kind, data: JSON.stringify(data), lastEventId: `f-${id += 1}` });
});

const partsOf = (at, error = "") => Object.fromEntries(
  ["rates", "alerts", "trend", "scores", "sources", "recent", "places", "cells", "edge", "databases", "hosts", "handling"].map((name) => [name, { at, error }]));

for (const lang of ["zh", "en"]) {
  test(`seven scenes in ${lang}`, async () => {
    const tab = await open("/wall/rotation?seconds=600", { lang });
    await filled(tab);
    for (const [i, scene] of SCENES.entries()) {
      await tab.press(String(i + 1));
      await tab.until((name) => document.body.dataset.scene === name, scene);
      await tab.translated();
      // One scene has every kind of element there is.
      if (scene === "assets" && lang === "zh") await tab.accessible();
      const wrong = await tab.page.evaluate(() => {
        const found = [];
        const scale = innerWidth / 1920;
        for (const e of document.querySelectorAll("body *")) {
          const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
          if (!own || !e.checkVisibility() || e.closest(".unseen, dialog")) continue;
          const px = parseFloat(getComputedStyle(e).fontSize) / scale;
          const least = e.matches(".digit b") ? 56 : e.matches("h3") ? 24 : 18;
          if (px < least - 0.01) found.push(`${e.className || e.tagName}: ${px}px`);
          const box = e.getBoundingClientRect();
          if (box.right > innerWidth + 1 || box.bottom > innerHeight + 1) found.push(`${e.className}: off the screen`);
        }
        const scene = document.querySelector(".scene:not([hidden])");
        for (const f of scene.querySelectorAll(".figure:not(.absent)")) if (f.querySelector("b").scrollWidth > f.clientWidth) found.push("a figure does not fit");
        const top = [...document.querySelectorAll(".top > *")].map((e) => e.getBoundingClientRect());
        top.forEach((box, i) => { if (i && box.left < top[i - 1].right) found.push("the top's parts overlap"); });
        for (const e of document.querySelectorAll(".scenes, .wall .state")) if (e.scrollWidth > e.clientWidth + 1) found.push(`${e.className} does not fit`);
        return [...new Set(found)];
      });
      assert.deepEqual(wrong, [], scene);
      await tab.shot(`wall-${scene}-${lang}`);
    }
    assert.equal(tab.loads, 0, "nothing is loaded again");
    await tab.done();
  });
}

test("4K is the same picture", async () => {
  const boxes = async (size) => {
    const tab = await open("/wall/overview", { size });
    await filled(tab);
    const found = await tab.page.evaluate(() => {
      const all = document.querySelectorAll(".figure, .panel, .top > *, #map");
      return [...all].filter((e) => e.checkVisibility()).map((e) => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height].map((v) => v / innerWidth); });
    });
    await tab.shot(`wall-${size}`);
    await tab.done();
    return found;
  };
  const [small, large] = [await boxes("wall"), await boxes("wall4k")];
  assert.equal(small.length, large.length);
  // The width of letters is rounded to pixels: a share of a thousandth of the picture.
  small.forEach((box, i) => box.forEach((v, k) => assert(Math.abs(v - large[i][k]) < 0.002, `${i}: ${box} ${large[i]}`)));
});

test("a presenter needs no mouse", async () => {
  const tab = await open("/wall/rotation?seconds=5");
  await filled(tab);
  const scene = () => tab.page.evaluate(() => document.body.dataset.scene);
  await tab.press("ArrowRight");
  assert.equal(await scene(), "threat");
  await tab.press("ArrowLeft", "ArrowLeft");
  assert.equal(await scene(), "guard");
  await tab.press("5", "Space");
  assert.equal(await scene(), "data");
  assert(await tab.page.evaluate(() => document.body.classList.contains("still")));
  assert.match(await tab.text("#rotation"), /暂停/);
  await tab.press("?");
  assert(await tab.page.evaluate(() => document.getElementById("help").open));
  await tab.accessible();
  await tab.press("Escape", "ArrowDown");
  const county = await tab.text("#spot");
  assert.match(county, /区|县/);
  await tab.press("ArrowDown");
  assert.notEqual(await tab.text("#spot"), county);
  await tab.press("ArrowUp", "Enter");
  const unit = await tab.text("#spot");
  assert.match(unit, /医院|中心|卫生/);
  const opened = new Promise((resolve) => tab.context.once("targetcreated", resolve));
  await tab.press("Enter");
  assert.match((await opened).url(), /\/hospitals\/h\d+/);
  await tab.page.bringToFront();
  await tab.press("Escape", "Escape");
  assert.equal(await tab.text("#spot"), "");
  // Released, the next scene comes by itself.
  await tab.press("Space");
  await tab.until(() => document.body.dataset.scene === "internet");
  await tab.done();
});

test("a new alert slides in, and eight are enough", async () => {
  const tab = await open("/wall/overview");
  await filled(tab);
  await control("alert 7001");
  await tab.until(() => document.querySelector(".feed li.new"));
  assert.equal(await tab.count(".feed .list li"), 8);
  const href = await tab.page.evaluate(() => document.querySelector(".feed li a").getAttribute("href"));
  assert.match(href, /^\/alerts\/[0-9a-f]{32}$/);
  await tab.done();
  const calm = await open("/wall/overview", { reduced: true });
  assert(await calm.page.evaluate(() => document.body.classList.contains("still")), "motion is as the viewer wants it");
  await calm.done();
});

test("visitors are told no unit, no address, no person", async () => {
  const open_ = JSON.parse(await frame("/wall/rotation/live"));
  assert(open_.units.length >= 10 && open_.feed.length === 8);
  const hidden = await frame("/wall/rotation/live?visitors=1");
  const names = open_.units.flatMap((u) => [u.name.zh, u.name.en, `"${u.id}"`]);
  for (const text of [...names, "HIS-DB-01", "198.51.100.", "10.12.", "wangfang", "/hospitals", "/alerts", "/entities", "/events", "/hunt"]) {
    assert(!hidden.includes(text), `${text} is in the visitors' stream`);
  }
  assert(JSON.parse(hidden).counties.some((c) => c.severe > 0) && JSON.parse(hidden).arcs.length > 0, "yet there is something to see");
  const tab = await open("/wall/rotation?visitors=1");
  await filled(tab);
  assert.equal(await tab.count("main a[href]"), 0);
  assert.match(await tab.text(".foot"), /参观/);
  await tab.done();
});

test("a wall gets its own aggregates only", async () => {
  const data = JSON.parse(await frame("/wall/data/live"));
  assert(data.data_rules.length > 0 && data.inbound === undefined && data.feed === undefined);
  assert.equal((await fetch(`${BASE}/wall/nothing`, { headers: { cookie: session("Analyst") } })).status, 404);
  assert.equal((await fetch(`${BASE}/wall/nothing/live`, { headers: { cookie: session("Analyst") } })).status, 404);
});

test("loading, empty, partial: each panel says what it is", async () => {
  const tab = await open("/wall/overview", { before: fakeStream });
  assert.equal(await tab.count(".scene:not([hidden]) .panel.skeleton"), 6, "all that will be filled");
  assert.equal(await tab.count(".panel.absent .why"), 0);
  const now = Date.now();
  await tab.page.evaluate((at, parts) => window.__emit("full", {
    at, data_at: at, parts, kpi: {}, units: [], counties: [], arcs: [], weak: [], tactics: [], sources: [], feed: [], progress: [],
    trend: { from: at, step: 600, events: Array(144).fill(0), severe: Array(144).fill(0) },
  }), now, partsOf(now));
  assert.equal(await tab.count(".panel.skeleton"), 0);
  const why = await tab.page.evaluate(() => [...document.querySelectorAll(".panel .why:not([hidden])")].map((e) => e.textContent));
  assert.equal(why.length, 5);
  assert(why.every((text) => text.length > 8), `${why}`);
  assert.equal(await tab.text("[data-figure=units] b"), "—", "not known is not 0");
  // One part fails: its panels say since when they are old, the others go on.
  const parts = { ...partsOf(now), cells: { at: now - 90_000, error: "heavy" } };
  await tab.page.evaluate((at, parts) => window.__emit("tick", { at, data_at: at, parts }), now, parts);
  assert.equal(await tab.count(".panel.failed"), 1);
  assert.match(await tab.text("[data-section=tactics] .note"), /截至 \d\d:\d\d:\d\d · 查询超限/);
  assert.equal(await tab.text("[data-section=weak] .note"), "");
  await tab.done();
});

test("a store that goes away: colour fades, age grows, and all comes back", async () => {
  const tab = await open("/wall/overview", { base: FRAIL });
  await filled(tab);
  const before = await tab.text("[data-figure=units] b");
  await control("cut");
  try {
    await tab.until(() => document.body.dataset.health === "bad");
    await tab.until(() => document.querySelectorAll(".panel.failed").length >= 3);
    assert.match(await tab.text("#health-text"), /存储不可达，仍显示/);
    const age = () => tab.page.evaluate(() => document.getElementById("health-text").textContent);
    const first = await age();
    await tab.until((text) => document.getElementById("health-text").textContent !== text, first);
    assert.equal(await tab.text("[data-figure=units] b"), before, "what was known stays, as old");
    assert.match(await tab.page.evaluate(() => getComputedStyle(document.querySelector("main")).filter), /saturate\(0\.\d+\)/);
    const fresh = await open("/wall/overview", { base: FRAIL });
    await fresh.until(() => document.body.dataset.health === "bad");
    await fresh.done();
  } finally {
    await control("mend");
  }
  await tab.until(() => document.body.dataset.health !== "bad" && document.querySelectorAll(".panel.failed").length === 0);
  await tab.done();
});

test("a link for a screen is made, opened, and ends with its revocation", async () => {
  const tab = await open("/walls", { role: "Analyst", size: "laptop" });
  await tab.page.type("input[name=name]", "值班大厅");
  await tab.page.select("select[name=wall]", "data");
  await tab.page.click("form[action='/walls/tokens'] button");
  await tab.until(() => document.getElementById("link"));
  await tab.accessible();
  const link = await tab.text("#link");
  assert.match(link, /\/wall\/data\/open\?token=/);
  const screen = await open(link.slice(BASE.length), { role: "", size: "wall" });
  assert.equal(new URL(screen.page.url()).pathname, "/wall/data");
  assert.equal(new URL(screen.page.url()).search, "", "the token is not in the address");
  await filled(screen);
  await screen.done();
  await tab.page.click("form[action$='/revoke'] button");
  await tab.until(() => !document.querySelector("form[action$='/revoke']"));
  await tab.done();
  const answer = await fetch(link, { redirect: "manual" });
  assert.equal(answer.status, 404);
});
