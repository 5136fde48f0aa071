// The overview keeps itself up to date from the stream. What the server wrote is changed in place;
// nothing changes its place under the pointer.
"use strict";
(() => {
  const root = document.getElementById("overview");
  const names = JSON.parse(root.dataset.names);
  const zh = document.body.dataset.lang === "zh";
  const levels = ["critical", "high", "medium", "low", "informational"];
  const set = (element, text) => { if (element && element.textContent !== String(text)) element.textContent = text; };
  const make = (tag, name, text) => {
    const e = document.createElement(tag);
    if (name) e.className = name;
    if (text !== undefined) e.textContent = Ward.visible(String(text));
    return e;
  };

  function kpi(k) {
    for (const key of ["connected", "total", "silent", "unknown", "partial", "wrong", "ok"]) set(root.querySelector(`[data-kpi="${key}"]`), k[key]);
    set(root.querySelector('[data-kpi="severe"]'), Ward.grouped(k.severe));
    set(root.querySelector('[data-kpi="critical"]'), Ward.grouped(k.critical));
    set(root.querySelector('[data-kpi="alerts"]'), Ward.grouped(k.today.reduce((a, b) => a + b, 0)));
    levels.forEach((_, i) => set(root.querySelector(`[data-level="${i}"]`), Ward.grouped(k.today[i])));
    const rate = k.per_second;
    set(root.querySelector('[data-kpi="per_second"]'), rate === null ? "—" : rate < 9.95 ? rate.toFixed(1) : Ward.grouped(rate));
    set(root.querySelector('[data-kpi="events_today"]'), Ward.compact(k.events_today));
    const title = root.querySelector('[data-kpi-title="events_today"]');
    if (title) title.title = Ward.grouped(k.events_today);
  }

  function bars(counts, width, height) {
    const highest = Math.max(0, ...counts);
    if (!highest) return "";
    const slot = width / counts.length, thick = slot * 0.72;
    return counts.map((n, i) => n ? `M${(i * slot).toFixed(1)} ${height}v-${Math.max(0.6, n / highest * height).toFixed(1)}h${thick.toFixed(1)}V${height}z` : "").join("");
  }

  const tiles = new Map([...root.querySelectorAll("[data-unit]")].map((e) => [e.dataset.unit, e]));
  function unit(u) {
    const tile = tiles.get(u.id);
    if (!tile) return;
    const field = (name) => tile.querySelector(`[data-field="${name}"]`);
    tile.className = `tile tile-${u.status}`;
    const mark = field("state");
    mark.className = `state state-${u.status}`;
    set(mark, Ward.words[`status_${u.status}`]);
    const heard = u.status !== "silent" && u.status !== "unknown";
    set(field("rate"), heard ? Ward.grouped(u.per_minute) : "—");
    field("spark").setAttribute("d", bars(u.spark, 120, 22));
    const seen = field("seen");
    if (seen && u.last_seen) { seen.dataset.ms = u.last_seen; set(seen, Ward.age(u.last_seen)); seen.title = Ward.full(u.last_seen); }
    field("risk").parentElement.hidden = u.risk === null;
    if (u.risk !== null) set(field("risk"), u.risk >= 9.95 ? u.risk.toFixed(0) : u.risk.toFixed(1));
    const chips = levels.slice(0, 3).map((name, i) => {
      const chip = make("span", `level level-${name}`, u.alerts[i]);
      chip.title = Ward.words[name];
      return u.alerts[i] ? chip : null;
    });
    field("alerts").replaceChildren(...chips.filter(Boolean));
  }

  // The feed, newest first, at most so many as the server sends. Paused while it is read.
  const list = document.getElementById("feed"), empty = document.getElementById("feed-empty"), pause = document.getElementById("pause");
  let waiting = null, known = new Set([...list.querySelectorAll("a")].map((a) => a.getAttribute("href")));
  pause.hidden = false;
  const paused = () => pause.getAttribute("aria-pressed") === "true" || list.matches(":hover") || list.contains(document.activeElement);
  pause.addEventListener("click", () => { pause.setAttribute("aria-pressed", String(pause.getAttribute("aria-pressed") !== "true")); flush(); });
  list.addEventListener("mouseleave", () => flush());
  function flush() { if (waiting && !paused()) { feed(waiting); waiting = null; } }

  function line(a) {
    const href = `/alerts/${encodeURIComponent(a.id)}`;
    const li = make("li"), link = make("a"), top = make("span", "feed-top"), who = make("span", "feed-who");
    link.href = href;
    const level = levels.includes(a.level) ? a.level : "none";
    const time = make("time", "when", Ward.age(a.time));
    time.dataset.ms = a.time; time.title = Ward.full(a.time);
    top.append(make("span", `level level-${level}`, Ward.words[level] || Ward.words.unknown), time);
    const name = names[a.unit] || (a.unit === "unattributed" ? Ward.words.unattributed : a.unit);
    who.append(make("span", "", name), make("bdi", "", a.entity));
    link.append(top, make("span", "feed-title", (zh && a.title_zh) || a.title || a.title_zh), who);
    if (!known.has(href)) link.className = "fresh";
    li.append(link);
    return li;
  }
  function feed(alerts) {
    list.replaceChildren(...alerts.map(line));
    known = new Set(alerts.map((a) => `/alerts/${encodeURIComponent(a.id)}`));
    empty.hidden = alerts.length > 0;
  }

  Ward.onData((data) => {
    root.classList.remove("loading");
    if (data.kpi) kpi(data.kpi);
    for (const u of data.units || []) unit(u);
    if (data.feed) { if (paused()) waiting = data.feed; else feed(data.feed); }
    if (data.trend) document.getElementById("chart-empty").hidden = data.trend.events.some((n) => n > 0);
    WardCharts.update(data);
  });
  WardCharts.update(JSON.parse(root.dataset.seed));
})();
