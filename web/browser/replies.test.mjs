// A warning and its replies on three sides: the commission asks, a hospital answers in a minute without a script,
// another telephones, the sums go up; and on every day of a special protection period again.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PNG, at, person, send, sent, state } from "./cases.mjs";
import { CASES, control, leave } from "./helper.mjs";

after(leave);

/** A warning to two hospitals, on its page, as a draft. */
async function drafted(analyst, title) {
  const tab = await at("/notices/new", analyst);
  await tab.page.select('#draft [name="also"]', "h01", "h02");
  await send(tab, "#draft", {
    kind: "warning", colour: "orange", title, cause: "某常用组件存在远程代码执行漏洞，已有在野利用。",
    demand: "立即排查并升级", contact: "监测值班室", phone: "0000-1234567",
  }, ".primary");
  return tab;
}

/** Sends the draft that a tab shows; its page as it is then, and its address. */
async function out(tab, analyst) {
  const href = new URL(tab.page.url()).pathname;
  await tab.done();
  await sent(href, analyst);
  return [await at(href, analyst, { size: "wall" }), href];
}

test("a warning is answered by page and by telephone, and summed up", async () => {
  const analyst = await person("analyst");
  let tab = await drafted(analyst, "关于某组件高危漏洞的预警");
  assert.match(await tab.text("#replies"), /发出后 24 小时内反馈一次/);
  const [page, href] = await out(tab, analyst);
  tab = page;
  await tab.shot("reply-1-notice");
  assert.match(await tab.text("#replies .panel-note"), /已反馈 0 \/ 2/);
  await tab.done();

  // The hospital: a plain page, no script, one form.
  const officer = await person("officer");
  const task = href.replace("notices", "tasks");
  tab = await at("/tasks", officer);
  assert.match(await tab.text(".tasks"), /待反馈/);
  await tab.page.setJavaScriptEnabled(false);
  await tab.page.goto(CASES + task, { waitUntil: "load" });
  await tab.shot("reply-2-task");
  await tab.page.setViewport({ width: 1920, height: 1080 });
  await tab.shot("reply-2-task-wall");
  await tab.page.click("#reply-h01 .reply [value=affected]");
  await send(tab, "#reply-h01 .reply", { count0: "120", count1: "3", count2: "1", note: "影像前置机两台、挂号一台，一台已升级", person: "王主任", file: PNG });
  assert.match(await tab.text("#reply-h01 .given"), /受影响.*120.*3.*1.*王主任/s);
  assert.equal(await tab.count("#sign"), 0, "who answers has signed");
  await tab.shot("reply-3-answered");
  await tab.done();

  // The commission sees who is missing, enters the one that telephones, and has the sums.
  tab = await at(`${href}/replies`, analyst, { size: "wall" });
  assert.match(await tab.text("#reply-count"), /已反馈 1 \/ 2/);
  assert.equal(await tab.count("#missing tbody tr"), 1);
  await tab.accessible();
  await tab.shot("reply-4-board");
  await tab.page.setViewport({ width: 1366, height: 768 });
  await tab.page.$eval("#enter-h02", (e) => { e.open = true; });
  await tab.shot("reply-5-enter");
  await tab.page.click("#enter-h02 [value=clear]");
  await send(tab, "#enter-h02 form", { count0: "40", count1: "0", count2: "0", person: "姜云帆", phone: "0000-77" });
  assert.match(await tab.text("#reply-count"), /已反馈 2 \/ 2/);
  assert.match(await tab.text(".sums tfoot"), /160.*3.*1/s);
  await tab.shot("reply-6-sums");
  const csv = await tab.page.evaluate(async () => (await fetch(document.querySelector('a[href*="replies.csv"]').href)).text());
  assert.match(csv, /"合计","2","2","1","1","0","160","3","1"/);
  await tab.done();

  // A hospital next door sees its own answer alone; a county without units in it sees nothing of it.
  const other = await person("officer@h02");
  tab = await at(task, other);
  assert.match(await tab.text("#reply-h02 .given"), /0000-77/);
  assert.doesNotMatch(await tab.text("main"), /挂号一台/);
  await tab.done();
});

test("a special protection period: each day its own answer, yesterday's beside it, nothing to report in one click", async () => {
  const analyst = await person("analyst");
  let tab = await drafted(analyst, "关于重要活动期间每日报告的通知");
  const today = await tab.page.$eval('#replies [name="first"]', (e) => e.value);
  await tab.page.$eval("#replies details", (e) => { e.open = true; });
  await send(tab, "#replies form", { often: "daily", first: today, minute: "23:59", names: "值守人数\n处置告警数" });
  assert.match(await tab.text("#replies"), /每日 23:59 前反馈/);
  const [page, href] = await out(tab, analyst);
  await page.done();
  const task = href.replace("notices", "tasks");
  let officer = await person("officer");
  tab = await at(task, officer);
  await send(tab, "#reply-h01 .zero", {});
  assert.match(await tab.text("#reply-h01 .given"), /零报告/);
  await tab.done();
  await control("pass 24");
  officer = await person("officer");
  tab = await at(task, officer);
  assert.match(await tab.text("#reply-h01 .before"), /上次.*零报告/s);
  assert.equal(await tab.count("#reply-h01 .reply-part > .given"), 0);
  await tab.shot("reply-7-second-day");
  await send(tab, "#reply-h01 .zero", {});
  assert.match(await tab.text("#reply-h01 .given"), /零报告/);
  await tab.done();
  const again = await person("analyst");
  tab = await at(`${href}/replies`, again, { size: "laptop" });
  assert.equal(await tab.count(".days a"), 2);
  await tab.shot("reply-8-days");
  await tab.done();
  for (const lang of ["zh", "en"]) {
    for (const [address, cookie] of [[href, again], [`${href}/replies`, again], [task, officer]]) {
      tab = await at(address, cookie, { lang });
      await tab.translated();
      await tab.accessible();
      await tab.done();
    }
  }
});
