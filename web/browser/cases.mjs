// What tests of cases share: files to upload, people on the server whose time moves, and forms.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CASES, control, open } from "./helper.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "ward-cases-"));
export function file(name, bytes) {
  const full = path.join(folder, name);
  writeFileSync(full, bytes);
  return full;
}
export const PDF = file("sealed.pdf", "%PDF-1.7 the sealed notice");
export const PNG = file("proof.png", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
export const HTML = file("trick.pdf", "<html><script>alert(1)</script></html>");

/** Sessions end by the desk's time: after it has passed everybody signs in again, as somebody new. */
export const person = async (role) => control(`person ${role}`);
export const at = (address, cookie, more = {}) => open(address, { base: CASES, cookie, size: "laptop", ...more });

/** Fills fields of a form and sends it by one of its buttons. */
export async function send(tab, form, values, button = "button") {
  for (const [name, value] of Object.entries(values)) {
    const field = `${form} [name="${name}"]`;
    const kind = await tab.page.$eval(field, (e) => (e.type === "file" ? "file" : e.tagName === "SELECT" ? "select" : e.type));
    if (kind === "file") await (await tab.page.$(field)).uploadFile(value);
    else if (kind === "select") await tab.page.select(field, value);
    else await tab.page.$eval(field, (e, v) => { e.value = v; }, value);
  }
  await Promise.all([
    tab.page.waitForNavigation({ waitUntil: "load" }),
    tab.page.$eval(`${form} ${button}`, (e) => e.click()),
  ]);
}

export const step = (tab, act, more = {}) => send(tab, '#next form', { opinion: "同意", ...more }, `[value="${act}"]`);
export const state = (tab) => tab.text("#state");

/** A draft is sent, by the people whom it takes. */
export async function sent(href, analyst) {
  const [second, leader] = [await person("analyst"), await person("leader")];
  let tab = await at(href, analyst);
  await step(tab, "submit");
  await tab.done();
  tab = await at(href, second);
  await step(tab, "check");
  await step(tab, "countersign");
  await tab.done();
  tab = await at(href, leader);
  await step(tab, "sign");
  await tab.done();
  tab = await at(href, analyst);
  await step(tab, "seal", { sealed: PDF });
  await send(tab, "#numbering form", {});
  await step(tab, "send");
  assert.equal(await state(tab), "已发出");
  await tab.done();
}
