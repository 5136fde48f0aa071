// Duty: the roster, and who is on in every page's frame. What a hand-over goes through stands in `tests/duty.rs`.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { leave, open } from "./helper.mjs";

after(leave);

for (const size of ["wall", "laptop"]) {
  for (const lang of ["zh", "en"]) {
    test(`duty ${size} ${lang}`, async () => {
      const tab = await open("/duty", { lang, size, role: "Leader" });
      await tab.translated();
      if (lang === "zh") await tab.accessible();
      assert.notEqual(await tab.text(".on-duty bdi"), "", "the frame names who is on duty");
      const wide = await tab.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert(wide <= 1, `${wide} px wider than the window`);
      await tab.shot(`duty-${size}-${lang}`);
      await tab.done();
    });
  }
}
