// A signed receipt is handed in from a telephone: by whoever has the paper, without an account, once.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { HTML, PNG, send } from "./cases.mjs";
import { leave, open } from "./helper.mjs";

after(leave);

const address = process.env.WARD_RECEIPT;
const nobody = (lang, allow = []) => open(address, { lang, size: "phone", cookie: "", allow });

test("the page is read in both languages, on a telephone", async () => {
  for (const lang of ["zh", "en"]) {
    const tab = await nobody(lang);
    assert.equal(tab.response.status(), 200);
    await tab.translated();
    await tab.fits();
    await tab.accessible();
    await tab.shot(`receipt-${lang}`);
    await tab.done();
  }
});

test("what is no sheet is refused, the sheet is taken, and the link is over", async () => {
  const tab = await nobody("zh", [/422/, /404/]);
  const who = { person: "王护士长", phone: "13900000000" };
  await send(tab, "#hand-in", { ...who, sheet: HTML });
  assert.match(await tab.text("#error"), /.+/);
  await tab.accessible();
  await send(tab, "#hand-in", { ...who, sheet: PNG });
  assert.match(await tab.text("#done"), /.+/);
  await tab.accessible();
  await tab.shot("receipt-done");
  await tab.go(address);
  assert.equal(tab.response.status(), 404);
  assert.equal(await tab.count("#hand-in"), 0, "once");
  await tab.accessible();
  await tab.done();
});
