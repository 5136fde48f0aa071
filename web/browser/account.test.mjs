// Forms that browsers send: they carry cookie, origin and token as only a browser does.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { leave, open } from "./helper.mjs";

after(leave);

test("a wrong sign-in is told as that, and not taken for a forged form", async () => {
  const tab = await open("/sign-in", { role: "", size: "laptop", allow: [/401|422|403/] });
  await tab.page.type("input[name=name]", "nobody");
  await tab.page.type("input[name=password]", "a wrong password indeed");
  await tab.page.type("input[name=code]", "123456");
  await Promise.all([tab.page.waitForNavigation(), tab.page.click("form[action='/sign-in'] button")]);
  assert.match(await tab.text("#error"), /账号、口令或动态码不正确/);
  await tab.accessible();
  await tab.done();
});

test("a hunt is kept under a name, opened again and removed", async () => {
  const tab = await open("/hunt?q=user%3Awangfang&range=24h", { size: "laptop" });
  const menu = async () => tab.page.evaluate(() => { [...document.querySelectorAll(".hunt-pop")].find((d) => d.querySelector(".hunt-keep")).open = true; });
  await menu();
  await tab.page.type(".hunt-keep input[name=name]", "王芳的登录");
  await Promise.all([tab.page.waitForNavigation(), tab.page.click(".hunt-keep button")]);
  assert.match(tab.page.url(), /q=user%3Awangfang/);
  await menu();
  const kept = await tab.page.$eval(".hunt-kept a", (a) => [a.textContent, a.getAttribute("href")]);
  assert.deepEqual(kept, ["王芳的登录", "/hunt?q=user%3Awangfang&range=24h"]);
  await tab.accessible();
  await tab.shot("hunt-kept");
  await Promise.all([tab.page.waitForNavigation(), tab.page.click(".hunt-kept form button")]);
  assert.equal(await tab.count(".hunt-kept li"), 0);
  await tab.done();
});
