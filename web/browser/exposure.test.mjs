// Findings: a report is checked and taken over, the next shows what is fixed, a risk is accepted; on the
// console's sizes and in both languages.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { leave, open } from "./helper.mjs";

after(leave);

const SMB = '<ReportItem port="445" protocol="tcp" severity="4" pluginID="97833" pluginName="MS17-010 &lt;script&gt;alert(1)&lt;/script&gt;"><cve>CVE-2017-0144</cve></ReportItem>';
const DNS = '<ReportItem port="53" protocol="udp" severity="3" pluginID="10396" pluginName="DNS recursion"></ReportItem>';
const hour = 3600;
const now = Math.floor(Date.now() / 1000);

/** A Nessus report of one host that ended at that time. */
const nessus = (end, plugins, items) => `<?xml version="1.0"?><NessusClientData_v2><Policy><policyName>full</policyName>
<Preferences><ServerPreferences><preference><name>port_range</name><value>default</value></preference>
<preference><name>plugin_set</name><value>${plugins}</value></preference></ServerPreferences></Preferences></Policy>
<Report name="browser"><ReportHost name="10.12.0.99"><HostProperties><tag name="HOST_END_TIMESTAMP">${end}</tag></HostProperties>${items}</ReportHost></Report></NessusClientData_v2>`;

test("from a report to fixed, with what cannot be verified in between", async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "ward-")), "monthly.nessus");
  const tab = await open("/exposure/import", { size: "laptop", allow: [/422/, /409/] });
  const send = async (text) => {
    if (!new URL(tab.page.url()).pathname.endsWith("/import")) await tab.page.goto(`${new URL(tab.page.url()).origin}/exposure/import`);
    writeFileSync(file, text);
    await (await tab.page.$("input[type=file]")).uploadFile(file);
    await tab.page.select("select[name=unit]", "h03");
    await Promise.all([tab.page.waitForNavigation(), tab.page.click(".upload button")]);
  };
  const take = async (text, expected) => {
    await send(text);
    assert.match(await tab.text(".outcome-good"), expected);
    await Promise.all([tab.page.waitForNavigation(), tab.page.click("form.actions button")]);
    assert.match(await tab.text(".outcome-good"), /已入库/);
  };
  await send('<!DOCTYPE x [<!ENTITY a "b">]><nmaprun>&a;</nmaprun>');
  assert.match(await tab.text(".outcome-bad"), /自定义了实体/);
  await send("PK\u0003\u0004 an archive");
  assert.match(await tab.text(".outcome-bad"), /压缩包/);
  await tab.accessible();

  await send(nessus(now - 9 * hour, "97833;10396", SMB + DNS));
  assert.match(await tab.text(".outcome-good"), /将新增 2 项/);
  await tab.accessible();
  await tab.shot("exposure-check");
  await take(nessus(now - 9 * hour, "97833;10396", SMB + DNS), /将新增 2 项/);
  // A second upload of the same file is recognised.
  await send(nessus(now - 9 * hour, "97833;10396", SMB + DNS));
  assert.match(await tab.text(".outcome-bad"), /此前已入库/);
  assert.equal(await tab.count("form.actions"), 0);
  // The check was not run: nothing is proved.
  await take(nessus(now - 6 * hour, "10396", DNS), /再次发现 1 项.*无法核验 1 项/);
  await tab.page.goto(`${new URL(tab.page.url()).origin}/exposure?hospital=h03`);
  assert.match(await tab.text(".findings-table"), /机器无法核验/);
  // It was, and found nothing: fixed.
  await take(nessus(now - 3 * hour, "97833;10396", DNS), /确认整改 1 项/);
  await tab.page.goto(`${new URL(tab.page.url()).origin}/exposure?hospital=h03&state=fixed`);
  assert.match(await tab.text(".findings-table"), /MS17-010 <script>alert\(1\)<\/script>/);
  await Promise.all([tab.page.waitForNavigation(), tab.page.click(".findings-table .main-link")]);
  const history = await tab.page.evaluate(() => [...document.querySelectorAll(".history-table tbody tr td:nth-child(2)")].map((td) => td.textContent));
  assert.equal(history.length, 3);
  assert.match(history[0], /复测通过/);
  assert.match(history[1], /不能证明/);
  assert.equal(await tab.count("form.stack"), 0, "what is fixed is not judged");
  await tab.done();
});

test("a risk is accepted, and what may not be is said", async () => {
  const tab = await open("/exposure?hospital=h01&severity=medium", { size: "laptop", allow: [/422/] });
  await Promise.all([tab.page.waitForNavigation(), tab.page.click(".findings-table .main-link")]);
  const accept = async (until) => {
    await tab.page.evaluate((date) => {
      document.querySelector("textarea[name=control]").value = "已在边界封禁";
      document.querySelector("input[name=owner]").value = "张主任";
      document.querySelector("input[name=until]").value = date;
    }, until);
    await Promise.all([tab.page.waitForNavigation(), tab.page.click("form[action$=accept] button")]);
  };
  await accept("2020-01-01");
  assert.match(await tab.text(".outcome-bad"), /有效期/);
  await accept(new Date((now + 90 * 24 * hour) * 1000).toISOString().slice(0, 10));
  assert.match(await tab.text(".facts"), /已接受风险/);
  assert.match(await tab.text(".history-table"), /已在边界封禁/);
  await tab.accessible();
  await tab.done();
});

test("a new disclosure is entered and listed", async () => {
  const tab = await open("/exposure/disclosures", { size: "laptop" });
  for (const [name, value] of [["numbers", "CVE-2026-1234"], ["title", "A new flaw"], ["product", "OA"]]) {
    await tab.page.type(`[name=${name}]`, value);
  }
  await Promise.all([tab.page.waitForNavigation(), tab.page.click("form.stack button")]);
  assert.match(await tab.text(".outcome-good"), /已登记/);
  assert.match(await tab.text("table.rows"), /CVE-2026-1234/);
  await tab.accessible();
  await tab.shot("exposure-disclosures");
  await tab.done();
});

for (const [name, address] of [["exposure", "/exposure"], ["exposure-import", "/exposure/import"], ["exposure-one", "/exposure/1"], ["exposure-empty", "/exposure?q=nothing-like-it"]]) {
  for (const size of ["wall", "laptop", "phone"]) {
    for (const lang of ["zh", "en"]) {
      test(`${name} ${size} ${lang}`, async () => {
        const tab = await open(address, { lang, size });
        assert.equal(tab.response.status(), 200);
        await tab.translated();
        await tab.fits();
        if (lang === "zh") await tab.accessible();
        await tab.shot(`${name}-${size}-${lang}`);
        await tab.done();
      });
    }
  }
}
