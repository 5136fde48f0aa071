// A whole case on both sides, from the alert to the closing: one hospital is quick and verified by machine, the other
// late, reminded and supervised; and one that never signs in is carried by telephone and scan.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PDF, PNG, at, person, send, sent, state } from "./cases.mjs";
import { control, leave } from "./helper.mjs";

after(leave);

const value = (tab, name) => tab.page.$eval(`#draft [name="${name}"]`, (e) => e.value);

test("from an alert to the closing, with a late hospital in the middle", async () => {
  await control("attack h01 w1");
  await control("attack h02 w2");
  const analyst = await person("analyst");

  // The alert leads to a draft that knows what is known.
  let tab = await at("/alerts/w1", analyst, { size: "wall" });
  const draft = await tab.page.$eval("#draft-notice", (e) => e.getAttribute("href"));
  await tab.page.goto(new URL(draft, tab.page.url()).href, { waitUntil: "load" });
  assert.equal(await value(tab, "unit"), "h01");
  assert.match(await value(tab, "title"), /^关于勒索前兆/);
  assert.match(await value(tab, "evidence"), /卷影副本/);
  assert.match(await value(tab, "to_do"), /断开该主机网络/);
  await tab.done();
  // A hospital may not draft, from whatever.
  const stranger = await person("officer@h02");
  tab = await at(draft, stranger, { allow: [/403|404/] });
  assert.notEqual(tab.response.status(), 200);
  await tab.done();

  // So does the incident that it made, once somebody has judged it.
  tab = await at("/incidents", analyst, { size: "wall" });
  await tab.shot("whole-1-incidents");
  const incident = await tab.page.$$eval("tbody tr", (rows) =>
    rows.find((r) => r.textContent.includes("云州市第一人民医院") && r.textContent.includes("删除卷影副本")).querySelector("a").getAttribute("href"));
  await tab.page.goto(new URL(incident, tab.page.url()).href, { waitUntil: "load" });
  assert.match(await tab.text("#campaign"), /云州市中医院/, "the same attacker at the hospital next door");
  await send(tab, '#decide form[action$="/act"]', { reason: "已电话核实" }, '[value="judge"]');
  assert.equal(await state(tab), "属实");
  await tab.shot("whole-2-incident-wall");
  await tab.page.setViewport({ width: 1366, height: 768 });
  await tab.shot("whole-2-incident-laptop");
  await tab.accessible();
  await Promise.all([tab.page.waitForNavigation(), tab.page.$eval('#decide a[href*="incident="]', (e) => e.click())]);
  await tab.shot("whole-3-draft-laptop");
  await send(tab, "#draft", { contact: "监测值班室", phone: "0000-1234567", demand: "限期整改并反馈" }, ".primary");
  const href = new URL(tab.page.url()).pathname;
  const task = href.replace("notices", "tasks");
  await tab.page.$eval("#add-row", (e) => { e.closest("details").open = true; });
  await send(tab, "#add-row", { unit: "h02", problem: "备份服务器与业务网未隔离", level: "critical", problem_kind: "config", system: "HIS", address: "10.12.0.44", evidence: "现场核查", to_do: "隔离备份网" }, ".primary");
  assert.equal(await tab.count(".problem"), 2);
  await tab.done();
  await sent(href, analyst);

  // The first hospital signs and says that it is fixed, with proof.
  const officer = await person("officer");
  tab = await at(task, officer);
  assert.equal(await tab.count(".problem"), 1, "its own part");
  await send(tab, "#sign", { person: "王主任", post: "信息科主任" });
  await send(tab, 'form[action$="/answer"]', { measures: "已重装并恢复备份", cause: "远程桌面弱口令", proof: PNG });
  assert.match(await tab.text("#row-1"), /规则静默观察 · 机器核查中，观察至/);
  await tab.shot("whole-4-task-laptop");
  await tab.done();
  tab = await at(href, analyst);
  assert.match(await tab.text("#claims"), /已重装并恢复备份/);
  assert.match(await tab.text("#claims"), /尚未申报/, "the other has not said anything");
  await tab.done();

  // Three days in which its server was heard throughout. The other hospital has not even signed.
  await control("hear h01 80");
  await control("pass 74");
  const morning = await person("analyst");
  tab = await at(href, morning, { size: "wall" });
  const claims = await tab.text("#claims");
  assert.match(claims, /规则静默观察/);
  assert.match(claims, /未再告警/);
  assert.match(claims, /复核通过/);
  assert.match(claims, /h01 · syslog · HIS-DB-01/);
  await tab.shot("whole-5-verified-wall");
  await tab.page.$eval("#claims", (e) => e.scrollIntoView());
  await tab.shot("whole-5-claims-wall");
  await tab.page.setViewport({ width: 1366, height: 768 });
  await tab.page.$eval("#claims", (e) => e.scrollIntoView());
  await tab.shot("whole-5-claims-laptop");
  await tab.accessible();
  await send(tab, "#row-1 .decide", {}, '[value="close"]');
  assert.match(await tab.text("#row-2"), /逾期/);
  assert.equal(await state(tab), "已发出", "the other still owes");
  await send(tab, "#ladder form", { opinion: "" }, '[value="send"]');
  assert.match(await tab.text("#ladder"), /提醒 · 已发/);
  await tab.page.goto(new URL("/notices/calls", tab.page.url()).href, { waitUntil: "load" });
  assert.match(await tab.text("main"), /云州市中医院/);
  await tab.done();
  await control("pass 144");
  const chief = await person("leader");
  tab = await at(href, chief);
  assert.match(await tab.text("#ladder li"), /督办 · 已拟，待签/);
  await send(tab, "#ladder form", { opinion: "请三日内完成" }, '[value="send"]');
  await tab.done();

  // Now the late one answers. No machine can check a backup's network: another person than who sent it judges.
  const late = await person("officer@h02");
  tab = await at(task, late);
  assert.match(await tab.text(".part"), /督办/);
  await send(tab, "#sign", { person: "李科长", post: "信息科" });
  await send(tab, 'form[action$="/answer"]', { measures: "备份网已隔离", cause: "建设时未划分", proof: PNG });
  await tab.done();
  await control("pass 1");
  tab = await at(task, await person("officer@h02"));
  assert.match(await tab.text("#row-2"), /机器无法核查/);
  await tab.done();
  const judge = await person("analyst");
  tab = await at(href, judge);
  await send(tab, "#row-2 .decide", { reason: "配置截图属实" }, '[value="proof_good"]');
  await send(tab, "#row-2 .decide", {}, '[value="close"]');
  assert.equal(await state(tab), "已办结");
  await tab.shot("whole-6-closed-laptop");
  await tab.page.goto(new URL(incident, tab.page.url()).href, { waitUntil: "load" });
  assert.match(await tab.text("main"), /卫网安〔\d{4}〕\d+号/, "the incident knows its notice");
  await tab.done();
});

test("a hospital that never signs in, by telephone and scan", async () => {
  const analyst = await person("analyst");
  let tab = await at("/notices/new", analyst);
  await send(tab, "#draft", {
    title: "关于远程运维口的整改通知", cause: "现场检查", demand: "限期整改", contact: "监测值班室", phone: "0000-1234567", unit: "h13",
    problem: "远程运维口无来源限制", level: "high", problem_kind: "config", system: "LIS", address: "", evidence: "现场照片", to_do: "限制来源",
  }, ".primary");
  const href = new URL(tab.page.url()).pathname;
  await tab.done();
  await sent(href, analyst);
  await control("pass 30");

  // It is called; the call is no receipt. Then the signed sheet comes, and what it says is entered for it.
  const caller = await person("analyst");
  tab = await at(href, caller, { size: "wall" });
  await tab.page.$$eval("#progress details", (all) => all.forEach((d) => { d.open = true; }));
  await send(tab, 'form[action$="/call"]', { number: "0000-7654321", person: "周院长", outcome: "reached", said: "今天签字送来" });
  assert.match(await tab.text("#progress"), /今天签字送来/);
  await tab.page.$$eval("#progress details", (all) => all.forEach((d) => { d.open = true; }));
  await send(tab, 'form[action$="/enter"]', { person: "周院长", post: "院长", sheet: PDF });
  assert.match(await tab.text("#progress"), /周院长/);
  await tab.page.$eval(".enter-claim", (e) => { e.closest("details").open = true; });
  await tab.shot("whole-7-entry-wall");
  await send(tab, ".enter-claim", { cause: "厂商默认开放", measures: "已限制为堡垒机地址", sheet: PDF, proof: PNG });
  assert.match(await tab.text("#claims"), /已限制为堡垒机地址/);
  assert.match(await tab.text("#claims"), /佐证 2 份/, "the sheet and the picture");
  await tab.done();
  await control("pass 1");
  const judge = await person("analyst");
  tab = await at(href, judge);
  assert.match(await tab.text("#claims"), /人工核查佐证/);
  await send(tab, "#row-1 .decide", { reason: "回执与照片一致" }, '[value="proof_good"]');
  await send(tab, "#row-1 .decide", {}, '[value="close"]');
  assert.equal(await state(tab), "已办结");
  await tab.done();
});
