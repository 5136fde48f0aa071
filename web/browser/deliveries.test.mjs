// What was sent of a notice, what has not arrived, and who is called: on screen, in both languages.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { leave, open } from "./helper.mjs";

after(leave);

for (const size of ["wall", "laptop"]) {
  test(`deliveries at ${size}`, async () => {
    let tab = await open("/deliveries", { size });
    assert.match(await tab.text("#list"), /结果不明，待人工决定/);
    assert.match(await tab.text("#channels"), /正常/);
    await tab.shot(`deliveries-${size}`);
    await tab.accessible();
    await tab.done();
    tab = await open("/notices/1", { size });
    assert.match(await tab.text("#deliveries"), /可能已送达/);
    await tab.page.$eval("#deliveries", (e) => e.scrollIntoView());
    await tab.shot(`notice-deliveries-${size}`);
    await tab.accessible();
    await tab.done();
    tab = await open("/notices/calls", { size });
    assert.match(await tab.text("main"), /消息被退回或拒收/);
    await tab.shot(`calls-${size}`);
    await tab.done();
  });
}

test("in English", async () => {
  const tab = await open("/deliveries?lang=en", { size: "laptop" });
  assert.match(await tab.text("#list"), /a person decides/);
  await tab.shot("deliveries-en");
  await tab.done();
});
