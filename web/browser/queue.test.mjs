// The analyst's console: understood without a click, closed in three keys without a page load, undone, in bulk;
// nothing moves when new alerts come; and all of it without scripts.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { control, leave, open } from "./helper.mjs";

after(leave);

const tops = (tab) => tab.page.evaluate(() =>
  [...document.querySelectorAll("#groups > tr")].map((row) => [row.dataset.id, Math.round(row.getBoundingClientRect().top)]));
const state = (tab, at) => tab.page.evaluate((n) => {
  const row = document.querySelectorAll("#groups > tr")[n];
  return { id: row.dataset.id, closed: row.classList.contains("group-closed"), current: row.hasAttribute("aria-current"), owner: row.querySelector(".owner").textContent.trim() };
}, at);
const closed = (tab, id, wanted) =>
  tab.until((i, w) => document.getElementById(`g-${i}`)?.classList.contains("group-closed") === w, id, wanted);

for (const lang of ["zh", "en"]) {
  test(`${lang}: a case is understood at once and closed in three keys`, async () => {
    const tab = await open("/queue", { lang, size: "laptop", role: "Analyst" });
    assert((await tab.text("#case .story")).length > 20, "why it fired, in words, without a click");
    assert((await tab.count("#case .why li")) > 0, "its reasons");
    assert((await tab.count("#case .raw-marked, #case .quiet")) > 0, "the raw event");
    const heights = await tab.page.evaluate(() => [...document.querySelectorAll("#groups > tr")].map((r) => r.getBoundingClientRect().height));
    assert(heights.every((h) => h >= 32 && h <= 36.5), `dense rows: ${heights}`);
    await tab.translated();
    await tab.shot(`queue-${lang}-laptop`);

    const first = await state(tab, 0);
    const before = await tops(tab);
    tab.keys = 0;
    await tab.press("e", "1", "1");
    assert(tab.keys <= 3);
    await closed(tab, first.id, true);
    assert.deepEqual(await tops(tab), before, "no line has moved");
    await tab.until(() => document.querySelectorAll("#groups > tr")[1].hasAttribute("aria-current"));
    await tab.press("u");
    await closed(tab, first.id, false);
    assert.deepEqual(await tops(tab), before);
    assert.equal(tab.loads, 0, "no page load");
    await tab.until(() => document.querySelectorAll("#case .acts li").length >= 2);
    await tab.done();
  });
}

test("keys move, take, pick and close many, and take it back", async () => {
  const tab = await open("/queue", { size: "wall", role: "Analyst" });
  await tab.shot("queue-wall");
  const [one, two, three] = [await state(tab, 0), await state(tab, 1), await state(tab, 2)];
  await tab.press("j", "j", "k");
  await tab.until((id) => document.querySelector("#case")?.dataset.id === id, two.id);
  await tab.press("a");
  await tab.until((id) => document.querySelector(`#g-${id} .triage-open`), two.id);
  assert.notEqual((await state(tab, 1)).owner, two.owner, "it has an owner");
  await tab.press("x", "j", "x");
  assert.match(await tab.text("#picked"), /2/);
  await tab.press("e", "2", "1");
  await closed(tab, two.id, true);
  await closed(tab, three.id, true);
  assert.equal((await state(tab, 0)).closed, one.closed);
  await tab.press("u");
  await closed(tab, two.id, false);
  await closed(tab, three.id, false);
  await tab.press("?");
  assert.equal(await tab.count("#help[open]"), 1);
  await tab.shot("queue-help");
  await tab.press("Escape", "/");
  assert.equal(await tab.page.evaluate(() => document.activeElement.id), "q");
  await tab.press("Escape", "Control+k");
  assert.equal(await tab.page.evaluate(() => document.activeElement.id), "palette-q");
  await tab.shot("queue-palette");
  await tab.press("Escape");
  assert.equal(tab.loads, 0);
  await tab.accessible();
  await tab.done();
});

test("what is new waits until it is asked for", async () => {
  const tab = await open("/queue", { size: "laptop", role: "Analyst" });
  const before = await tops(tab);
  for (const n of [4001, 4002, 4003]) await control(`alert ${n}`);
  await tab.until(() => !document.getElementById("new-groups").hidden);
  assert.deepEqual((await tops(tab)).map(([id]) => id), before.map(([id]) => id), "no line came or went");
  assert.deepEqual(await tops(tab), before, "nothing moved under the pointer");
  assert.equal(tab.loads, 0);
  await Promise.all([tab.page.waitForNavigation(), tab.press("n")]);
  assert.equal(await tab.count("#new-groups:not([hidden])"), 0);
  await tab.done();
});

test("a suppression is made beside the case and listed", async () => {
  const tab = await open("/queue", { size: "laptop", role: "Analyst" });
  await tab.page.type("#case .tune input[name=reason]", "patching <script>");
  await tab.page.click("#case .tune button[value=suppress]");
  await tab.until(() => document.getElementById("said").textContent.length > 0);
  assert.equal(tab.loads, 0);
  await tab.page.goto(new URL("/exceptions", tab.page.url()).href);
  assert.match(await tab.text("tbody"), /patching <script>/);
  await tab.shot("exceptions");
  await tab.accessible();
  await Promise.all([tab.page.waitForNavigation(), tab.page.click("tbody form button")]);
  assert.equal(await tab.count("tbody form"), 0, "lifted");
  await tab.done();
});

test("all of it works without scripts", async () => {
  const tab = await open("/queue", { size: "laptop", role: "Analyst", before: (page) => page.setJavaScriptEnabled(false) });
  assert.equal(await tab.count("#case"), 1);
  const id = await tab.page.$eval("#case", (e) => e.dataset.id);
  await tab.page.type("#decide input[name=reason]", "checked by telephone");
  await Promise.all([tab.page.waitForNavigation(), tab.page.click("#decide button[value=close]")]);
  assert.match(tab.page.url(), new RegExp(`/queue/${id}`));
  assert.match(await tab.text("#case"), /checked by telephone/);
  assert.equal(await tab.count("#case .triage-closed"), 1);
  await Promise.all([tab.page.waitForNavigation(), tab.page.click(".undo button")]);
  assert.equal(await tab.count("#case .triage-closed"), 0);
  await tab.done();
});
