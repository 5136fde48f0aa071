// Hunting as an analyst does it: type with completion, read, open a row, go on from a value, narrow by
// the histogram, follow what comes in; and what is seen when a query is wrong or the store is away.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { FRAIL, control, leave, open } from "./helper.mjs";

after(leave);

const loaded = (tab) => tab.page.waitForNavigation({ waitUntil: "load" });

test("a query is typed, its rows are opened, and a value leads on", async () => {
  const tab = await open("/hunt?range=24h", { size: "laptop" });
  await tab.until(() => document.querySelectorAll("tr[data-href]").length === 100);
  await tab.press("/");
  assert.equal(await tab.page.evaluate(() => document.activeElement.id), "q");
  await tab.page.keyboard.type("用户");
  await tab.until(() => document.querySelector("#hunt-offers li")?.textContent.startsWith("用户"));
  await tab.press("Tab");
  await tab.until(() => [...document.querySelectorAll("#hunt-offers li")].some((li) => li.textContent.startsWith("wangfang")));
  await tab.page.keyboard.type("wang");
  await tab.until(() => document.querySelectorAll("#hunt-offers li").length === 1);
  await tab.press("ArrowDown", "Enter");
  assert.equal(await tab.page.evaluate(() => document.getElementById("q").value), "用户:wangfang ");
  await Promise.all([loaded(tab), tab.press("Enter")]);
  assert.match(await tab.page.evaluate(() => location.search), /q=.*wangfang.*range=24h/);
  assert(await tab.count(".hunt-bars a") > 10, "a histogram");
  assert(await tab.count(".facet") > 4, "values of fields");
  const strangers = () => [...document.querySelectorAll('td[data-f="account"]')].filter((c) => c.dataset.v !== "wangfang").length;
  assert.equal(await tab.page.evaluate(strangers), 0);

  await tab.press("j", "j", "e");
  await tab.until(() => document.querySelector(".hunt-detail .fields"));
  assert.match(await tab.text(".hunt-detail"), /标准字段/);
  await tab.shot("hunt-row-zh");
  await tab.accessible();
  await tab.press("e");
  assert.equal(await tab.count(".hunt-detail"), 0);

  // The menu on a value.
  await tab.page.click('td[data-f="host"]');
  const host = await tab.page.evaluate(() => document.querySelector('td[data-f="host"]').dataset.v);
  assert.equal(await tab.count(".hunt-menu a"), 4);
  const before = await tab.text(".hunt-total");
  await Promise.all([loaded(tab), tab.page.click(".hunt-menu a:nth-of-type(2)")]);
  assert.equal(await tab.page.evaluate(() => document.getElementById("q").value), `用户:wangfang AND NOT host:${host}`);
  assert.notEqual(await tab.text(".hunt-total"), before);
  await tab.done();
});

test("the histogram narrows the range by a drag and by a click", async () => {
  const tab = await open("/hunt?q=format%3Asyslog&range=24h", { lang: "en", size: "wall" });
  await tab.shot("hunt-wall-en");
  const box = await (await tab.page.$(".hunt-plot")).boundingBox();
  const [y, left, right] = [box.y + 20, box.x + box.width * 0.4, box.x + box.width * 0.6];
  await tab.page.mouse.move(left, y);
  await tab.page.mouse.down();
  await tab.page.mouse.move((left + right) / 2, y, { steps: 4 });
  await tab.page.mouse.move(right, y, { steps: 4 });
  await Promise.all([loaded(tab), tab.page.mouse.up()]);
  const range = await tab.page.evaluate(() => {
    const at = new URL(location.href).searchParams;
    return (Date.parse(at.get("to")) - Date.parse(at.get("from"))) / 3600_000;
  });
  assert(range > 4 && range < 6, `${range} hours`);
  assert(await tab.count("tr[data-href]") > 10);
  const bar = await tab.page.evaluate(() => document.querySelector(".hunt-bars a").getAttribute("href"));
  await Promise.all([loaded(tab), tab.page.evaluate(() => document.querySelector(".hunt-bars a rect").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })))]);
  assert.equal(await tab.page.evaluate(() => location.pathname + location.search), bar);
  await tab.done();
});

test("the tail follows, holds still under the pointer, and goes on", async () => {
  const tab = await open("/hunt?q=user%3Aroot&range=1h", { size: "laptop" });
  await tab.page.click("#hunt-tail");
  await tab.until(() => document.querySelectorAll("tr[data-href]").length === 0);
  await tab.page.mouse.move(5, 5);
  // What came before it is connected is not followed.
  await tab.until(() => /实时跟踪中/.test(document.getElementById("hunt-tail-state").textContent));
  await control("events 200");
  await tab.until(() => document.querySelectorAll("tr[data-href]").length > 3);
  const rows = () => document.querySelectorAll("tr[data-href]").length;
  const first = await tab.page.evaluate(rows);
  const cell = await (await tab.page.$("tr[data-href] td")).boundingBox();
  await tab.page.mouse.move(cell.x + 20, cell.y + 5);
  await control("events 200");
  await tab.until(() => /待显示/.test(document.getElementById("hunt-tail-state").textContent));
  assert.equal(await tab.page.evaluate(rows), first, "nothing moves under the pointer");
  await tab.shot("hunt-tail-zh");
  await tab.page.mouse.move(5, 5);
  await tab.until((n) => document.querySelectorAll("tr[data-href]").length > n, first);
  await tab.page.click("#hunt-pause");
  const held = await tab.page.evaluate(rows);
  await control("events 100");
  await tab.until(() => /待显示/.test(document.getElementById("hunt-tail-state").textContent));
  assert.equal(await tab.page.evaluate(rows), held);
  await tab.page.click("#hunt-pause");
  await tab.until((n) => document.querySelectorAll("tr[data-href]").length > n, held);
  await tab.done();
});

test("a wrong query says where, a store that is away says so", async () => {
  const tab = await open("/hunt?q=unit%3Ah01%20scr_ip%3A1", { lang: "en", size: "laptop", allow: [/400/] });
  assert.equal(tab.response.status(), 400);
  assert.equal(await tab.text(".hunt-fault mark"), "scr_ip:");
  assert.match(await tab.text(".hunt-fault"), /Did you mean src_ip/);
  await tab.accessible();
  await tab.shot("hunt-fault-en");
  await tab.done();
  await control("cut");
  try {
    const away = await open("/hunt?q=user%3Aroot", { base: FRAIL, size: "laptop", allow: [/503/] });
    assert.equal(away.response.status(), 503);
    assert.match(await away.text(".hunt-results .failed"), /数据存储不可达/);
    assert.equal(await away.page.evaluate(() => document.getElementById("q").value), "user:root");
    await away.shot("hunt-away-zh");
    await away.accessible();
    await away.done();
  } finally {
    await control("mend");
  }
});

test("without scripts the page still answers", async () => {
  const tab = await open("/hunt?q=user%3Aroot&range=24h", { size: "laptop", before: (page) => page.setJavaScriptEnabled(false) });
  const shown = await tab.page.$$eval("tr[data-href]", (rows) => rows.length);
  assert.equal(shown, 100);
  assert(await tab.page.$('.hunt-results a[rel="next"]'));
  await Promise.all([loaded(tab), tab.page.click("tr[data-href] a")]);
  assert((await tab.page.$$(".pivots a")).length > 10);
  await tab.context.close();
});
