// The register, the systems, the leader's view and the portal: on the console's laptop and on a telephone,
// in both languages; an import by hand.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { leave, open } from "./helper.mjs";

after(leave);

const PAGES = [
  ["assets", "/assets"], ["assets-unit", "/assets?hospital=h02"], ["systems", "/systems"], ["import", "/assets/import"],
  ["asset", "/asset/address/10.12.0.10?hospital=h02"], ["leader", "/leader"], ["portal", "/portal?hospital=h02"],
  ["portal-silent", "/portal?hospital=h07"],
];

for (const [name, address] of PAGES) {
  for (const size of ["laptop", "phone"]) {
    for (const lang of ["zh", "en"]) {
      test(`${name} ${size} ${lang}`, async () => {
        const tab = await open(address, { lang, size });
        assert.equal(tab.response.status(), 200);
        await tab.translated();
        await tab.fits();
        if (lang === "zh") await tab.accessible();
        if (process.env.WARD_SHOTS) await tab.page.screenshot({ path: path.join(process.env.WARD_SHOTS, `${name}-${size}-${lang}.png`), fullPage: true });
        await tab.done();
      });
    }
  }
}

test("the leader's eight figures each open what is behind them", async () => {
  const tab = await open("/leader", { size: "phone" });
  const links = await tab.page.evaluate(() => [...document.querySelectorAll(".figures a")].map((a) => a.getAttribute("href")));
  assert.equal(links.length, 8);
  const top = await tab.page.evaluate(() => document.querySelector("#h-decide").getBoundingClientRect().top);
  assert(top < 844 * 1.6, `what to decide is within two turns of the thumb: ${top}`);
  for (const href of links.filter((l) => l.startsWith("/"))) {
    const answer = await tab.page.evaluate((h) => fetch(h).then((r) => r.status), href);
    assert.equal(answer, 200, href);
  }
  await tab.done();
});

test("a list is checked, confirmed, and stands in the register", async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "ward-")), "assets.csv");
  const tab = await open("/assets/import", { size: "laptop", allow: [/422/] });
  const send = async (text) => {
    writeFileSync(file, text);
    await (await tab.page.$("input[type=file]")).uploadFile(file);
    await tab.page.select("select[name=unit]", "h03");
    await Promise.all([tab.page.waitForNavigation(), tab.page.click(".upload button")]);
  };
  await send("资产名称,IP地址\n浏览器导入的服务器,10.12.0.300\n");
  assert.match(await tab.text("main"), /有 1 行有误/);
  await tab.accessible();
  assert.equal(await tab.count("form.actions"), 0);
  await send("资产名称,IP地址,责任人\n浏览器导入的服务器,10.12.0.30,赵六\n");
  assert.match(await tab.text(".outcome-good"), /新增 1 项/);
  await tab.accessible();
  await Promise.all([tab.page.waitForNavigation(), tab.page.click("form.actions button")]);
  assert.match(await tab.text(".outcome-good"), /已导入/);
  await tab.done();
  const list = await open("/assets?hospital=h03&difference=same", { size: "laptop" });
  assert.match(await list.text(".assets-table"), /浏览器导入的服务器/);
  await Promise.all([list.page.waitForNavigation(), list.page.click(".assets-table a.main-link[href*=declared]")]);
  assert.match(await list.text(".call"), /赵六/);
  await list.accessible();
  await list.done();
});
