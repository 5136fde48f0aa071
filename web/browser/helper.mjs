// What browser tests share: a tab with its own cookies that notes every error, counts keys, and can be
// asked for what is not translated and what is not accessible.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";

const require = createRequire(path.join(process.env.WARD_NODE_MODULES, "x.js"));
const puppeteer = require("puppeteer-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** The server on a store that stays. */
export const BASE = process.env.WARD_URL;
/** The same region, on a store that `control("cut")` takes away. */
export const FRAIL = process.env.WARD_URL_FRAIL;
/** A server where everybody signs in, whose time `control("pass HOURS")` moves. */
export const CASES = process.env.WARD_URL_CASES;
/** Every route of the server: `{method, path, name, roles}`. */
export const ROUTES = JSON.parse(process.env.WARD_ROUTES ?? "[]");
/** Role → cookie of a session, "name=value". */
const SESSIONS = JSON.parse(process.env.WARD_SESSIONS ?? "{}");
/** The cookie of a role's session, as a header has it; "" without one. */
export const session = (role) => SESSIONS[role] ?? "";
/** Values of the seeded region that exist in Chinese only. */
const VALUES = JSON.parse(process.env.WARD_VALUES ?? "[]");

export const SIZES = { wall: [1920, 1080], wall4k: [3840, 2160], laptop: [1366, 768], phone: [390, 844] };

let browser;
async function chromium() {
  browser ??= await puppeteer.connect({ browserWSEndpoint: process.env.WARD_CHROMIUM_ENDPOINT, defaultViewport: null });
  return browser;
}

/** Call in `after()`: the test process ends only then. */
export async function leave() {
  if (browser) await browser.disconnect();
}

/**
 * Opens a page in a fresh profile.
 * `lang` zh or en; `size` a name of SIZES or [width, height]; `role` a role that the server knows;
 * `cookie` a session of its own; `base` BASE, FRAIL or CASES; `allow` patterns of console errors that the test expects;
 * `before(page)` runs before the page is loaded; `wait` is the load event to wait for.
 */
export async function open(address, options = {}) {
  const { lang = "zh", size = "wall", role = "Analyst", base = BASE, allow = [], before, wait = "load", reduced = false } = options;
  const { cookie = SESSIONS[role] } = options;
  const [width, height] = SIZES[size] ?? size;
  const context = await (await chromium()).createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: reduced ? "reduce" : "no-preference" }]);
  const cookies = [{ name: "ward_lang", value: lang }];
  if (cookie) {
    const at = cookie.indexOf("=");
    cookies.push({ name: cookie.slice(0, at), value: cookie.slice(at + 1) });
  }
  const { hostname } = new URL(base);
  await context.setCookie(...cookies.map((c) => ({ ...c, domain: hostname, path: "/" })));

  const tab = new Tab(context, page, lang, allow);
  if (before) await before(page);
  tab.response = await page.goto(base + address, { waitUntil: wait, timeout: 20_000 });
  tab.loads = 0;
  return tab;
}

class Tab {
  /** Keys pressed and page loads since the page was opened. */
  keys = 0;
  loads = 0;
  errors = [];

  constructor(context, page, lang, allow) {
    Object.assign(this, { context, page, lang });
    const note = (text) => { if (!allow.some((pattern) => pattern.test(text))) this.errors.push(text); };
    page.on("console", (message) => { if (message.type() === "error") note(`${message.text()} ${message.location().url ?? ""}`); });
    page.on("pageerror", (error) => note(error.stack ?? error.message));
    page.on("framenavigated", (frame) => { if (frame === page.mainFrame()) this.loads += 1; });
  }

  /** Presses keys one after the other ("j", "Enter", "Control+K"), and counts them. */
  async press(...keys) {
    for (const key of keys) {
      const parts = key.length > 1 ? key.split("+") : [key];
      const last = parts.pop();
      for (const held of parts) await this.page.keyboard.down(held);
      await this.page.keyboard.press(last);
      for (const held of parts) await this.page.keyboard.up(held);
      this.keys += 1;
    }
  }

  /** The text of the first element that matches; "" without one. */
  text(selector) {
    return this.page.evaluate((s) => document.querySelector(s)?.textContent.trim() ?? "", selector);
  }

  count(selector) {
    return this.page.evaluate((s) => document.querySelectorAll(s).length, selector);
  }

  /** Waits until `f` (run in the page, given `args`) is true. */
  until(f, ...args) {
    return this.page.waitForFunction(f, { timeout: 15_000, polling: 100 }, ...args);
  }

  /** No serious or critical violation of WCAG 2.2 AA that axe-core can find. */
  async accessible(options = {}) {
    await this.page.evaluate(axeSource);
    const found = await this.page.evaluate(async (rules) => {
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
      const result = await window.axe.run(document, { runOnly: tags, resultTypes: ["violations"], rules });
      return result.violations
        .filter((v) => ["serious", "critical"].includes(v.impact))
        .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
    }, options.rules ?? {});
    assert.deepEqual(found, [], `not accessible: ${this.page.url()}`);
  }

  /** Words of the other language, in what is shown and what is read out. */
  async translated() {
    const texts = await this.page.evaluate(() => {
      const found = new Set();
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        // What is marked as being in another language is meant to be so (WCAG 3.1.2).
        if (node.parentElement.closest("[lang]") !== document.documentElement) continue;
        if (!node.parentElement.closest("script, style")) found.add(node.textContent.trim());
      }
      for (const element of document.querySelectorAll("[title], [aria-label], [placeholder], [alt]")) {
        for (const name of ["title", "aria-label", "placeholder", "alt"]) {
          if (element.closest("[lang]") === document.documentElement) found.add((element.getAttribute(name) ?? "").trim());
        }
      }
      found.add(document.title);
      return [...found];
    });
    const foreign = this.lang === "en"
      ? texts.filter((t) => /[\u4e00-\u9fff]/.test(VALUES.reduce((left, value) => left.replaceAll(value, ""), t)))
      : texts.filter((t) => ENGLISH.has(t));
    assert.deepEqual(foreign, [], `not in ${this.lang}: ${this.page.url()}`);
  }

  /** Nothing is wider than the window: no one scrolls a page sideways. */
  async fits() {
    const wide = await this.page.evaluate(() => {
      const width = document.documentElement.clientWidth;
      return document.documentElement.scrollWidth > width + 1
        ? [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest(".scroll, .nav, .beside"))
          .slice(0, 3).map((e) => e.outerHTML.slice(0, 120))
        : [];
    });
    assert.deepEqual(wide, [], `wider than the window: ${this.page.url()}`);
  }

  /** Another page of the same server in the same profile. */
  async go(address) {
    this.response = await this.page.goto(new URL(address, this.page.url()).href, { waitUntil: "load", timeout: 20_000 });
    this.loads = 0;
  }

  /** Nothing has gone wrong in the console since this was asked last. */
  clean() {
    assert.deepEqual(this.errors.splice(0), [], `errors in the console of ${this.page.url()}`);
  }

  /** Nothing went wrong in the console; the tab is closed. */
  async done() {
    try {
      this.clean();
    } finally {
      await this.context.close();
    }
  }

  /** A picture into WARD_SHOTS, where that is set. */
  async shot(name) {
    if (process.env.WARD_SHOTS) await this.page.screenshot({ path: path.join(process.env.WARD_SHOTS, `${name}.png`) });
  }
}

/** The English texts of the catalogue that differ from the Chinese ones. */
const ENGLISH = new Set();
const folder = path.join(import.meta.dirname, "../src/text");
for (const file of readdirSync(folder).filter((name) => name.endsWith(".rs"))) {
  for (const [, zh, en] of readFileSync(path.join(folder, file), "utf8").matchAll(/^\s+\w+: "((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)";$/gm)) {
    if (zh !== en && en.replace("{}", "").length > 3) ENGLISH.add(en);
  }
}
assert(ENGLISH.size > 100, "the catalogue is read");

/**
 * Asks the Rust side: `cut` and `mend` the store of FRAIL, `events COUNT` and `alert N` put rows into the
 * store now; `person ROLE` (or `officer@h02`) gives the cookie of somebody new on CASES, `pass HOURS` moves its time,
 * after which what is due is drafted and checked; `attack UNIT ID` makes an alert and its incident there, `hear UNIT
 * HOURS` lets the attacked server be heard. Resolves with what was answered when it is done.
 */
export function control(line) {
  const [host, port] = process.env.WARD_CONTROL.split(":");
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), host, () => socket.write(`${line}\n`));
    let answer = "";
    socket.on("data", (bytes) => { answer += bytes; });
    socket.on("end", () => (answer.startsWith("ok") ? resolve(answer.slice(3)) : reject(new Error(`${line}: ${answer}`))));
    socket.on("error", reject);
  });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
