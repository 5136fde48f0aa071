// Every page that the route table has, in both languages: no error in the console, nothing left
// untranslated, no serious violation of accessibility, no dead end.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { BASE, ROUTES, leave, open, session } from "./helper.mjs";

after(leave);

/** Pages that only a special address opens; each has a test of its own. */
const UNLINKED = new Set(["/live", "/enrol", "/receipt", "/hunt/tail", "/wall/{name}/live", "/wall/{name}/map", "/wall/{name}/open",
  // No report is issued in this region; they are a matter of `tests/whole/reports.rs`.
  "/reports/{id}", "/reports/{id}/{file}", "/notices/{id}/paper/{paper}", "/notices/{id}/archive",
  // Of a warning that was sent: `replies.test.mjs`; and of the law's reports `tests/whole/papers.rs`.
  "/notices/{id}/replies", "/notices/{id}/replies-now", "/notices/{id}/replies.csv", "/incidents/{id}/law/{law}"]);

/** Routes whose answer is a page, with an address for each: items are found by the links of others. */
async function addresses() {
  const found = new Map();
  const links = new Set(["/"]);
  const wanted = ROUTES.filter((r) => r.method === "GET" && !UNLINKED.has(r.path) && !r.path.startsWith("/api/"));
  const fixed = new Set(ROUTES.map((r) => r.path));
  const pattern = (route) => new RegExp(`^${route.path.replace(/\{\w+:\.\*\}/g, ".+").replace(/\{\w+\}/g, "[^/]+")}$`);
  for (let grown = true; grown;) {
    grown = false;
    for (const route of wanted.filter((r) => !found.has(r.path))) {
      const plain = !route.path.includes("{");
      const address = plain ? route.path : [...links].find((href) => !fixed.has(href.split("?")[0]) && pattern(route).test(href.split("?")[0]));
      if (!address) continue;
      const answer = await fetch(BASE + address, { redirect: "manual", headers: { cookie: session(route.roles[0]) } });
      const kind = answer.headers.get("content-type") ?? "";
      const body = kind.startsWith("text/html") ? await answer.text() : "";
      await answer.body?.cancel().catch(() => {});
      for (const [, href] of body.matchAll(/ (?:href|src)="(\/[^"]*)"/g)) links.add(href.replaceAll("&#38;", "&").replaceAll("&amp;", "&"));
      found.set(route.path, { address, page: body !== "", role: route.roles[0] });
      grown = true;
    }
  }
  const lost = wanted.filter((r) => !found.has(r.path)).map((r) => r.path);
  assert.deepEqual(lost, [], "no page leads there");
  return [...found.values()].filter((f) => f.page);
}

test("every page in both languages", async (t) => {
  const pages = await addresses();
  assert(pages.length >= 9, `${pages.length} pages`);
  // One tab for all that a role sees: a page of its own profile each would fetch everything again.
  for (const role of new Set(pages.map((page) => page.role))) {
    const seen = pages.filter((page) => page.role === role);
    for (const lang of ["zh", "en"]) {
      const tab = await open(seen[0].address, { lang, role, size: "laptop" });
      for (const { address } of seen) {
        await t.test(`${lang} ${address}`, async () => {
          await tab.go(address);
          await tab.translated();
          // Rules do not know languages: one run a page is enough.
          if (lang === "zh") await tab.accessible();
          tab.clean();
        });
      }
      await tab.done();
    }
  }
  for (const lang of ["zh", "en"]) {
    const tab = await open("/nowhere", { lang, size: "laptop", allow: [/404/] });
    await tab.translated();
    await tab.accessible();
    await tab.done();
  }
});
