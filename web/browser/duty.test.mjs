// Duty: a leader plans two shifts, the first hands over what is open, the next accepts it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CASES, control, leave, open } from "./helper.mjs";

after(leave);

const plan = async (tab, people) => {
  for (const [field, name] of Object.entries(people)) {
    const value = await tab.page.evaluate(
      (f, n) => [...document.querySelectorAll(`form[action="/duty"] select[name=${f}] option`)].find((o) => o.textContent.trim() === n)?.value,
      field, name,
    );
    assert(value, `${name} may be ${field}`);
    await tab.page.select(`form[action="/duty"] select[name=${field}]`, value);
  }
  await Promise.all([tab.page.waitForNavigation(), tab.page.click('form[action="/duty"] button')]);
};

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

test("a shift is planned, handed over and accepted", async () => {
  const cookies = [];
  for (const role of ["leader", "analyst", "analyst", "analyst", "analyst"]) cookies.push(await control(`person ${role}`));
  const as = (n, address, options = {}) => open(address, { base: CASES, cookie: cookies[n], size: "laptop", ...options });
  const names = [];
  for (const n of cookies.keys()) {
    const tab = await as(n, "/duty");
    names.push(await tab.text(".person bdi"));
    await tab.done();
  }
  const leader = await as(0, "/duty");
  await plan(leader, { leader: names[0], main: names[1], deputy: names[2] });
  await plan(leader, { leader: names[0], main: names[3], deputy: names[4] });
  assert.equal(await leader.text(".on-duty bdi"), names[1]);
  await leader.accessible();
  await leader.shot("duty-planned");
  const shift = await leader.page.evaluate(() => document.querySelector(".on-now a.main-link").getAttribute("href"));
  await leader.done();

  const first = await as(1, shift);
  const text = await first.page.evaluate(() => document.querySelector("textarea[name=text]").value);
  assert.match(text, /一、未结告警/);
  assert.match(text, /七、其他需要交代的事项/);
  await first.accessible();
  await first.shot("duty-draft");
  await first.page.type("textarea[name=text]", "值班电话已转接。");
  await Promise.all([first.page.waitForNavigation(), first.page.click('form[action$="/hand-over"] button')]);
  assert.match(await first.text(".hand-over-text"), /值班电话已转接/);
  await first.done();

  const next = await as(3, shift);
  await next.page.type("textarea[name=remarks]", "已知悉");
  await Promise.all([next.page.waitForNavigation(), next.page.click('form[action$="/accept"] button')]);
  assert.match(await next.text("#accepted"), new RegExp(`${names[3]}.*接班.*已知悉`));
  await next.accessible();
  await next.shot("duty-accepted");
  await next.done();
});
