// The ledger of compliance: one item recorded without a script, the pages on the console's sizes, in both languages.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { leave, open } from "./helper.mjs";

after(leave);

test("a value is recorded, changed and withdrawn", async () => {
  const tab = await open("/compliance/h03", { role: "Analyst", size: "laptop", allow: [/422/], before: (page) => page.setJavaScriptEnabled(false) });
  const follow = (selector) => Promise.all([tab.page.waitForNavigation(), tab.page.click(selector)]);
  const mfa = 'a[href*="item=access.mfa"][href$="#record"]';
  await follow(mfa);
  await tab.page.select("select[name=value]", "some");
  await tab.page.type("input[name=evidence]", "VPN 抽查");
  await follow("#record form.stack button");
  assert.match(await tab.page.$eval("#history", (e) => e.textContent), /部分启用.*VPN 抽查/s);
  await tab.page.select("select[name=value]", "all");
  await follow("#record form.stack button");
  assert.equal(await tab.page.$$eval("#history tbody tr", (rows) => rows.length), 2);
  await tab.page.$eval("details.fold summary", (e) => e.click());
  await follow("form.withdraw button");
  assert.match(await tab.page.$eval("#history tbody tr", (e) => e.textContent), /全部启用/);
  await tab.page.setJavaScriptEnabled(true);
  await tab.done();
});

for (const [name, address] of [["compliance", "/compliance"], ["compliance-unit", "/compliance/h01"],
  ["compliance-record", "/compliance/h01?item=mlps.rate&system=%E5%8C%BB%E9%99%A2%E4%BF%A1%E6%81%AF%E7%B3%BB%E7%BB%9F%EF%BC%88HIS%EF%BC%89"],
  ["compliance-import", "/compliance/import"], ["compliance-none", "/compliance?state=overdue&locality=x"]]) {
  for (const size of ["wall", "laptop", "phone"]) {
    for (const lang of ["zh", "en"]) {
      test(`${name} ${size} ${lang}`, async () => {
        const tab = await open(address, { lang, size });
        assert.equal(tab.response.status(), 200);
        await tab.translated();
        await tab.fits();
        if (lang === "zh") await tab.accessible();
        await tab.shot(`${name}-${size}-${lang}`);
        await tab.done();
      });
    }
  }
}

test("a hospital reads and writes on a light ground", async () => {
  const tab = await open("/compliance/h01?item=emergency.drill", { role: "Officer", size: "laptop" });
  await tab.accessible();
  await tab.shot("compliance-officer");
  await tab.done();
});
