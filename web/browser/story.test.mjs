// An entity's neighbours and what happened to it: drawn without a script, readable as a table, each value leading on.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { leave, open } from "./helper.mjs";

after(leave);

const PAGES = [
  ["account", "/entities/account/wangfang?hospital=h01"],
  ["host", "/entities/host/HIS-DB-01?hospital=h01"],
  ["address", "/entities/ip/10.12.0.10?hospital=h01"],
  ["unit", "/hospitals/h01"],
];

for (const [name, address] of PAGES) {
  for (const size of ["wall", "laptop"]) {
    for (const lang of ["zh", "en"]) {
      test(`${name} ${size} ${lang}`, async () => {
        const tab = await open(address, { lang, size });
        assert.equal(tab.response.status(), 200);
        await tab.translated();
        if (lang === "zh") await tab.accessible();
        const nodes = await tab.count(".graph a");
        assert(nodes >= 3 && nodes <= 150, `${nodes} nodes`);
        // No label runs out of its node, none lies on another.
        const bad = await tab.page.evaluate(() => {
          const inside = [...document.querySelectorAll(".graph a")].filter((a) => {
            const box = a.querySelector(".node").getBoundingClientRect();
            const [label, count] = ["label", "count"].map((c) => a.querySelector(`.graph-${c}`).getBoundingClientRect());
            return label.right > count.left || count.right > box.right || label.left < box.left;
          });
          return inside.slice(0, 3).map((a) => a.textContent);
        });
        assert.deepEqual(bad, []);
        await tab.page.evaluate(() => document.querySelector("#h-graph").scrollIntoView());
        await tab.shot(`story-${name}-${size}-${lang}`);
        await tab.page.evaluate(() => document.querySelector("#h-timeline").scrollIntoView());
        await tab.shot(`story-${name}-${size}-${lang}-timeline`);
        await tab.done();
      });
    }
  }
}

test("a node leads to the neighbour, a folded network to the hunt, and the rest to the table", async () => {
  const tab = await open("/entities/account/wangfang?hospital=h01", { size: "laptop" });
  const links = await tab.page.evaluate(() => [...document.querySelectorAll(".graph a")].map((a) => a.getAttribute("href")));
  assert(links.some((l) => l.startsWith("/entities/host/")) && links.some((l) => l.startsWith("/hunt?")), links.join(" "));
  const hunt = links.find((l) => l.startsWith("/hunt?"));
  const found = await tab.page.evaluate((h) => fetch(h).then((r) => r.text()), hunt);
  assert.match(found, /<tr data-href/, "the events of that network are found");
  // By keyboard alone.
  await tab.page.evaluate(() => document.querySelector(".graph a").focus());
  const first = await tab.page.evaluate(() => document.activeElement.getAttribute("href"));
  await Promise.all([tab.page.waitForNavigation(), tab.press("Enter")]);
  assert(tab.page.url().endsWith(first.replaceAll("&#38;", "&")));
  await tab.done();
});

test("without scripts the same is there", async () => {
  const tab = await open("/entities/host/HIS-DB-01?hospital=h01", { size: "laptop", before: (page) => page.setJavaScriptEnabled(false) });
  assert((await tab.response.text()).includes("<svg class=\"graph\""));
  await tab.done();
});
