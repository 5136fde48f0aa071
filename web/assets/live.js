// On every page: the stream, the age of the data, the clock, ages in words. No framework.
"use strict";
const Ward = (() => {
  const body = document.body;
  const words = JSON.parse(body.dataset.words);
  const stream = body.dataset.stream || "/live";
  const offset = Number(body.dataset.offset) * 1000;
  const skew = Number(body.dataset.now) - Date.now();
  const listeners = [];
  const state = { at: 0, data_at: 0, parts: null };
  let source = null, retry = 0, timer = 0, heard = 0, id = "";

  // The server's clock, and the region's zone: the browser's own may be elsewhere.
  const now = () => Date.now() + skew;
  const pad = (n) => String(n).padStart(2, "0");
  const local = (ms) => new Date(ms + offset);
  const clock = (ms) => { const d = local(ms); return `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}`; };
  const day = (ms) => { const d = local(ms); return `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())}`; };
  const full = (ms) => `${day(ms)} ${clock(ms)}`;
  const fill = (text, ...values) => text.replace(/\{\}/g, () => values.shift());
  const age = (ms) => {
    const s = Math.max(0, Math.floor((now() - ms) / 1000));
    if (s === 0) return words.now;
    if (s < 60) return fill(words.seconds, s);
    if (s < 3600) return fill(words.minutes, Math.floor(s / 60));
    if (s < 172800) return fill(words.hours, Math.floor(s / 3600));
    return fill(words.days, Math.floor(s / 86400));
  };
  const grouped = (n) => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");
  const compact = (n) => {
    const units = body.dataset.lang === "zh" ? [[1e8, " " + words.yi], [1e4, " " + words.wan]] : [[1e9, "B"], [1e6, "M"]];
    const unit = units.find(([size]) => n >= size);
    if (!unit) return grouped(n);
    const v = n / unit[0];
    return v.toFixed(v < 10 ? 2 : v < 100 ? 1 : 0) + unit[1];
  };
  // As the server's escaper: what hides or reorders text is shown.
  const visible = (text) => text
    .replace(/[\u0000-\u0008\u000a-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g,
      (c) => `[U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);

  const pill = document.getElementById("health");
  const pillText = document.getElementById("health-text");
  function health() {
    if (!pill || !state.at) return;
    const rates = state.parts && state.parts.rates;
    const lost = now() - Math.max(heard, state.at) > 8000;
    let kind = "ok", text;
    if (document.hidden) { return; }
    if (rates && rates.error) {
      kind = "bad";
      text = rates.at ? fill(words.old, clock(rates.at), age(rates.at)) : words.unreachable;
    } else if (lost) {
      kind = now() - heard > 30000 ? "bad" : "late";
      text = words.lost;
    } else if (!state.data_at) {
      kind = "none"; text = words.empty;
    } else {
      if (now() - state.data_at > 60000) kind = "late";
      if (Object.values(state.parts || {}).some((p) => p.error)) kind = "late";
      text = fill(words.as_of, clock(state.data_at), age(state.data_at));
    }
    pill.className = `health health-${kind}`;
    body.dataset.health = kind;
    if (pillText.textContent !== text) pillText.textContent = text;
    const overview = document.getElementById("overview");
    if (overview) overview.classList.toggle("stale", kind === "bad");
  }

  function take(event) {
    heard = now(); retry = 0;
    if (event.lastEventId) id = event.lastEventId;
    if (event.type === "beat") return;
    const data = JSON.parse(event.data);
    state.at = data.at; state.data_at = data.data_at;
    if (data.parts) state.parts = data.parts;
    for (const listen of listeners) listen(data, event.type === "full");
    health();
  }

  function connect() {
    clearTimeout(timer);
    // Who sees no data has no stream.
    if (source || document.hidden || !pill) return;
    source = new EventSource(stream);
    for (const kind of ["full", "tick", "beat"]) source.addEventListener(kind, take);
    source.onerror = () => {
      // The browser's own retry has no jitter: every wall would come back at once.
      source.close(); source = null;
      const wait = Math.min(30000, 1000 * 2 ** Math.min(retry++, 5)) * (0.5 + Math.random());
      timer = setTimeout(connect, wait);
      ended();
    };
  }
  // A session that is over leaves nothing on the screen: the page becomes the sign-in page.
  async function ended() {
    const stop = new AbortController();
    try {
      const answer = await fetch(stream, { headers: { Accept: "text/event-stream" }, signal: stop.signal });
      if (answer.status === 401) location.reload();
    } catch { /* the server is away: that is said already */ }
    stop.abort();
  }
  function disconnect() { if (source) { source.close(); source = null; } clearTimeout(timer); }
  document.addEventListener("visibilitychange", () => {
    if (!pill) return;
    if (document.hidden) { disconnect(); pillText.textContent = words.paused; pill.className = "health health-none"; }
    else { connect(); }
  });

  const clockElement = document.getElementById("clock");
  setInterval(() => {
    if (document.hidden) return;
    clockElement.textContent = full(now());
    health();
  }, 1000);
  setInterval(() => {
    if (document.hidden) return;
    for (const e of document.querySelectorAll("time.when")) {
      const text = age(Number(e.dataset.ms));
      if (e.textContent !== text) e.textContent = text;
    }
  }, 5000);

  // A list does not move under the pointer: it says that there is more.
  const more = document.getElementById("new-alerts");
  if (more) {
    let newest = now(), seen = new Set();
    listeners.push((data) => {
      for (const a of data.feed || []) if (a.time > newest) seen.add(a.id);
      if (seen.size) { more.textContent = fill(words.new_alerts, seen.size); more.hidden = false; }
    });
  }

  // What changes something carries the page's form token; what a page asks by itself keeps nobody signed in.
  const csrf = body.dataset.csrf;
  body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = csrf;
    if (event.detail.elt.dataset.auto !== undefined) event.detail.headers["X-Ward-Auto"] = "1";
  });

  connect();
  return { csrf, words, now, clock, day, full, age, grouped, compact, fill, visible, onData: (f) => listeners.push(f) };
})();
