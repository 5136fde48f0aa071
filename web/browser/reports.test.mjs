// A report from its making to its going out: edited by one, checked by another, signed by a leader, read by a hospital;
// a figure that the report does not have is refused; a correction names what it replaces.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { at, person, send, state } from "./cases.mjs";
import { leave } from "./helper.mjs";

after(leave);

test("a weekly report is edited, checked, signed and published", async () => {
  const analyst = await person("analyst");
  const second = await person("analyst");
  const leader = await person("leader");
  const officer = await person("officer");

  let tab = await at("/reports", analyst, { size: "wall" });
  await tab.shot("reports-1-list");
  const week = await tab.page.$eval('[name="period"] option', (o) => o.value);
  await send(tab, "#make form", { period: week, edition: "unit-h01" });
  const href = new URL(tab.page.url()).pathname;
  assert.match(href, /^\/reports\/\d+$/);
  assert.equal(await state(tab), "拟稿");
  await tab.shot("reports-2-draft");
  await tab.accessible();
  await tab.done();

  // Words may be changed, figures not.
  tab = await at(href, analyst, { allow: [/422/] });
  await send(tab, "#words form", { summary: "本周发生告警 98765 起。" });
  assert.match(await tab.text("#error"), /98765/);
  assert.equal(await tab.page.$eval('[name="summary"]', (e) => e.value), "本周发生告警 98765 起。", "what was typed stays");
  await tab.shot("reports-3-refused");
  const stale = await at(href, second, { allow: [/422/] });
  await send(tab, "#words form", { summary: "本周总体平稳，夜间值班正常。", comment: "本期起按周报送。" });
  assert.match(await tab.text(".weekly-verdict"), /本周总体平稳，夜间值班正常。/);
  assert.match(await tab.text(".weekly-comment"), /本期起按周报送。/);
  await send(stale, "#words form", { summary: "另一个人写的综述。" });
  assert.match(await stale.text("#lost"), /另一个人写的综述。/, "nothing that was typed is lost");
  assert.match(await stale.page.$eval('[name="summary"]', (e) => e.value), /夜间值班正常/);
  await stale.shot("reports-4-lost");
  await stale.done();
  await send(tab, "#next form", { opinion: "请审核" }, '[value="submit"]');
  assert.equal(await state(tab), "待审核");
  assert.equal(await tab.count('#next [value="check"]'), 0, "who wrote does not check");
  assert.equal(await tab.count("#words"), 0);
  await tab.done();

  tab = await at(href, officer, { allow: [/404/] });
  assert.equal(tab.response.status(), 404, "a hospital sees nothing before it is out");
  await tab.done();
  tab = await at(href, second);
  await tab.shot("reports-5-check");
  await send(tab, "#next form", { opinion: "已核对" }, '[value="check"]');
  assert.equal(await tab.count('#next [value="sign"]'), 0, "an analyst does not sign");
  await tab.done();
  tab = await at(href, leader);
  await send(tab, "#next form", { opinion: "同意" }, '[value="sign"]');
  assert.equal(await state(tab), "已签发，待发出");
  await send(tab, "#next form", {}, '[value="publish"]');
  assert.equal(await state(tab), "已发出");
  await tab.shot("reports-6-published");
  await tab.done();

  tab = await at(href, officer, { size: "wall" });
  assert.equal(tab.response.status(), 200);
  assert.equal(await tab.count("#next"), 0);
  await tab.shot("reports-7-hospital");
  await tab.accessible();
  await tab.done();

  tab = await at(href, analyst);
  await send(tab, "#correct", { reason: "综述表述有误" });
  const corrected = new URL(tab.page.url()).pathname;
  assert.notEqual(corrected, href);
  assert.match(await tab.text(".weekly-paper"), /送审稿，未签发，不得外发；更正版：替代第1版/);
  await tab.shot("reports-8-correction");
  await tab.done();
  tab = await at("/reports", analyst);
  await tab.shot("reports-9-list");
  await tab.accessible();
  await tab.done();
  tab = await at("/reports", analyst, { lang: "en" });
  await tab.translated();
  await tab.done();
  tab = await at(corrected, analyst, { lang: "en" });
  await tab.translated();
  await tab.done();
});
