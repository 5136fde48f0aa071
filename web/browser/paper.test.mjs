// What a hospital opens, and what is signed and printed, lies on paper's ground; the console is dark.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { leave, open } from "./helper.mjs";

after(leave);

const LIGHT = [
  ["tasks", "/tasks", "Officer"], ["task", "/tasks/1", "Officer"], ["portal", "/portal", "Officer"],
  ["alerts", "/alerts?range=30d", "Officer"], ["assets", "/assets", "Officer"], ["exposure", "/exposure", "Officer"],
  ["entity", "/entities/host/HIS-DB-01", "Officer"], ["hunt", "/hunt?range=24h", "Officer"], ["overview", "/", "Officer"],
  ["notices", "/notices", "Analyst"], ["notice", "/notices/1", "Analyst"], ["notice-new", "/notices/new", "Analyst"],
];
const DARK = [["/queue", "Analyst"], ["/alerts", "Analyst"], ["/", "Analyst"]];

/** Lightness of the page's ground, 0 to 255. */
const ground = (tab) => tab.page.evaluate(() => {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
  return (r + g + b) / 3;
});

for (const [name, address, role] of LIGHT) {
  for (const [size, lang] of [["wall", "zh"], ["laptop", "zh"], ["laptop", "en"]]) {
    test(`${name} ${size} ${lang}`, async () => {
      const tab = await open(address, { lang, size, role });
      assert.equal(tab.response.status(), 200);
      assert((await ground(tab)) > 230, "on a light ground");
      if (lang === "zh") await tab.accessible();
      await tab.shot(`paper-${name}-${size}-${lang}`);
      await tab.done();
    });
  }
}

test("the console stays dark", async () => {
  for (const [address, role] of DARK) {
    const tab = await open(address, { size: "laptop", role });
    assert((await ground(tab)) < 60, address);
    await tab.done();
  }
});
