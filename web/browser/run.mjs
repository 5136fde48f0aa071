// Starts one Chromium for all test files and runs them one after the other. Called by
// web/tests/browser.rs, which says by environment where the server is.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const here = import.meta.dirname;
const puppeteer = createRequire(path.join(process.env.WARD_NODE_MODULES, "x.js"))("puppeteer-core");
const only = process.env.WARD_BROWSER ?? "";
const files = readdirSync(here).filter((name) => name.endsWith(".test.mjs") && name.includes(only)).sort();
if (files.length === 0) {
  console.error(`no test file is named like ${only}`);
  process.exit(1);
}

const browser = await puppeteer.launch({
  executablePath: process.env.WARD_CHROMIUM,
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-precise-memory-info", "--js-flags=--expose-gc",
  ],
});
const tests = spawn(
  process.execPath,
  ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files.map((name) => path.join(here, name))],
  { stdio: "inherit", env: { ...process.env, WARD_CHROMIUM_ENDPOINT: browser.wsEndpoint() } },
);
const code = await new Promise((resolve) => tests.on("exit", resolve));
await browser.close();
process.exit(code ?? 1);
