// A picture of one page of a running demo, when its streams have brought what it shows:
// node deploy/picture.mjs ADDRESS FILE WIDTH HEIGHT
import { createRequire } from "node:module";
import path from "node:path";

const [address, file, width, height] = process.argv.slice(2);
const modules = process.env.WARD_NODE_MODULES ?? path.join(import.meta.dirname, "../.setup/node_modules");
const puppeteer = createRequire(path.join(modules, "x.js"))("puppeteer-core");
const browser = await puppeteer.launch({
  executablePath: process.env.WARD_CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
  ],
});
const page = await browser.newPage();
await page.setViewport({ width: Number(width), height: Number(height) });
await page.goto(address, { waitUntil: "load" });
await new Promise((resolve) => setTimeout(resolve, 5_000));
await page.screenshot({ path: file });
await browser.close();
