// A whole case on two sides: drafted, signed, sent, late, supervised, extended, put right, verified, closed; and
// nothing of it needs a script.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { HTML, PDF, PNG, at, person, send, state, step } from "./cases.mjs";
import { CASES, control, leave } from "./helper.mjs";

after(leave);

test("a case from its draft to its closing, with a late hospital", async () => {
  const analyst = await person("analyst");
  const second = await person("analyst");
  const leader = await person("leader");

  // Drafted in one form.
  let tab = await at("/notices/new", analyst, { size: "wall" });
  await tab.shot("case-1-new");
  await send(tab, "#draft", {
    title: "关于 HIS 服务器弱口令的整改通知", cause: "监测发现弱口令登录", demand: "更换口令并限制来源",
    contact: "监测值班室", phone: "0000-1234567", unit: "h01", problem: "HIS 服务器使用弱口令",
    level: "high", problem_kind: "weak_password", system: "HIS", address: "10.1.1.5", evidence: "sa / 123456", to_do: "更换口令",
  }, ".primary");
  const href = new URL(tab.page.url()).pathname;
  assert.match(href, /^\/notices\/\d+$/);
  const task = href.replace("notices", "tasks");
  assert.equal(await state(tab), "拟稿");
  await step(tab, "submit");
  assert.equal(await state(tab), "待审核");
  assert.equal(await tab.count('#next [value="check"]'), 0, "who drafted does not check");
  await tab.done();

  tab = await at(href, second);
  await step(tab, "check");
  await step(tab, "countersign");
  assert.equal(await state(tab), "待签发");
  assert.equal(await tab.count('#next [value="sign"]'), 0, "an analyst does not sign");
  await tab.done();
  tab = await at(href, leader);
  await step(tab, "sign");
  await tab.done();

  tab = await at(href, analyst, { allow: [/422/] });
  await step(tab, "seal", { sealed: HTML });
  assert.match(await tab.text("#error"), /PDF/, "what is no PDF is refused, whatever its name");
  await step(tab, "seal", { sealed: PDF });
  assert.equal(await state(tab), "待发出");
  await step(tab, "send");
  assert.match(await tab.text("#error"), /编号/);
  await send(tab, "#numbering form", {});
  assert.match(await tab.text("#number"), /^卫网安〔\d{4}〕1号$/);
  await step(tab, "send");
  assert.equal(await state(tab), "已发出");
  await tab.done();

  // The hospital next door knows nothing of it.
  const officer = await person("officer");
  tab = await at("/tasks", officer);
  assert.equal(await tab.count(".task"), 1);
  await tab.shot("case-2-tasks");
  await tab.page.setJavaScriptEnabled(false);
  await tab.page.goto(CASES + task, { waitUntil: "load" });
  await send(tab, "#sign", { person: "王主任", post: "信息科主任" });
  assert.equal(await tab.count("#sign"), 0);
  await tab.shot("case-3-task");
  await tab.done();
  tab = await at("/tasks/9999", officer, { allow: [/404/] });
  assert.equal(tab.response.status(), 404);
  await tab.done();

  // It is late: a reminder is drafted, then 督办, which a leader signs.
  await control("pass 240");
  const late = await person("analyst");
  tab = await at(href, late, { size: "wall" });
  assert.match(await tab.text("#ladder"), /提醒 · 已拟，待签/);
  assert.match(await tab.text("#row-1"), /逾期/);
  await tab.shot("case-4-late");
  await send(tab, "#ladder form", { opinion: "" }, '[value="send"]');
  assert.match(await tab.text("#ladder"), /提醒 · 已发/);
  await tab.done();
  await control("pass 144");
  const chief = await person("leader");
  tab = await at(href, chief);
  assert.match(await tab.text("#ladder li"), /督办 · 已拟，待签/);
  await send(tab, "#ladder form", { opinion: "请三日内完成" }, '[value="send"]');
  assert.match(await tab.text("#ladder li"), /督办 · 已发/);
  await tab.done();

  // The hospital asks for more time, gets it, and puts it right.
  const again = await person("officer");
  tab = await at(task, again);
  assert.match(await tab.text(".part"), /督办/);
  await send(tab, 'form[action$="/extend"]', { until: "2099-01-01T12:00", reason: "等待厂商排期" });
  await tab.done();
  const judge = await person("analyst");
  tab = await at(href, judge);
  await send(tab, 'form[action$="/extension"]', { reason: "同意" }, '[value="grant"]');
  assert.doesNotMatch(await tab.text("#row-1 summary"), /逾期/);
  await tab.done();
  tab = await at(task, again, { allow: [/422/] });
  await send(tab, 'form[action$="/answer"]', { measures: "已更换口令", cause: "默认口令", proof: HTML });
  assert.match(await tab.text("#error"), /PDF/);
  await send(tab, 'form[action$="/answer"]', { measures: "已更换口令", cause: "默认口令", proof: PNG });
  assert.match(await tab.text("#row-1"), /已报整改/);
  await tab.done();

  // Verified by another than who sent it, and closed with its last row.
  tab = await at(href, judge, { size: "wall" });
  await send(tab, "#row-1 .decide", { reason: "无适用的机器核查" }, '[value="no_machine"]');
  await send(tab, "#row-1 .decide", { reason: "截图属实" }, '[value="proof_good"]');
  await tab.shot("case-5-verified");
  await send(tab, "#row-1 .decide", {}, '[value="close"]');
  assert.equal(await state(tab), "已办结");
  await tab.accessible();
  await tab.page.goto(`${CASES}/notices?q=${encodeURIComponent("[卫网安] 1 号".replace(/[[\]]/g, ""))}`, { waitUntil: "load" });
  assert.equal(await tab.count(".case-table tbody tr"), 1);
  await tab.shot("case-6-list");
  await tab.done();
});

test("the pages of cases in both languages", async () => {
  const [analyst, officer] = [await person("analyst"), await person("officer")];
  for (const lang of ["zh", "en"]) {
    for (const [address, cookie] of [["/notices", analyst], ["/notices/1", analyst], ["/notices/new", analyst], ["/tasks", officer], ["/tasks/1", officer]]) {
      const tab = await at(address, cookie, { lang });
      await tab.translated();
      await tab.accessible();
      await tab.done();
    }
  }
});
