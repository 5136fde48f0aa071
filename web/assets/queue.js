// The console's keys. Without this file every act is a plain form; with it nothing reloads and nothing moves.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const queue = $("queue");
  if (!queue) return;
  const csrf = document.body.dataset.csrf ?? document.querySelector("input[name=csrf]")?.value ?? "";
  const panel = $("panel");
  const said = $("said");
  const rows = () => [...document.querySelectorAll("#groups > tr")];
  const focused = () => document.querySelector("#groups > tr[aria-current]");
  const picked = () => rows().filter((row) => row.querySelector("input").checked);
  const undoable = [];
  let wanted = 0;

  const say = (text) => { said.textContent = text; };

  async function look(row) {
    const mine = ++wanted;
    const answer = await fetch(`/queue/${row.dataset.id}`, { headers: { "X-Ward-Fragment": "1" } });
    const html = await answer.text();
    // A faster key has gone on meanwhile.
    if (mine !== wanted || !answer.ok) return;
    panel.innerHTML = html;
    panel.scrollTop = 0;
  }

  let pending;
  function focus(row, show = true) {
    if (!row) return;
    focused()?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    // What was asked for before belongs to another line, and must not come over this one.
    clearTimeout(pending);
    wanted += 1;
    if (!show) return;
    pending = setTimeout(() => look(row), 60);
  }

  function move(step) {
    const all = rows();
    const at = all.indexOf(focused());
    focus(all[Math.min(all.length - 1, Math.max(0, at + step))]);
  }

  const next = () => {
    const all = rows();
    const after = all.slice(all.indexOf(focused()) + 1).find((row) => !row.classList.contains("group-closed"));
    if (after) focus(after);
  };

  async function send(path, pairs) {
    const body = new URLSearchParams([["csrf", csrf], ...pairs]);
    const answer = await fetch(path, { method: "POST", body, headers: { "X-Ward-Fragment": "1", "X-CSRF-Token": csrf } });
    const kind = answer.headers.get("content-type") ?? "";
    const told = kind.startsWith("application/json") ? await answer.json() : null;
    if (!told) { say(`${answer.status}`); return null; }
    say(told.message ?? "");
    for (const [id, html] of Object.entries(told.rows ?? {})) {
      const old = $(`g-${id}`);
      if (!old) continue;
      const current = old.hasAttribute("aria-current");
      const holder = document.createElement("template");
      holder.innerHTML = html;
      const fresh = holder.content.querySelector("tr");
      if (!fresh) continue;
      if (current) fresh.setAttribute("aria-current", "true");
      old.replaceWith(fresh);
    }
    count();
    return told;
  }

  /** What an act is for: the lines that are picked, else the one in the panel. */
  const subjects = () => {
    const some = picked();
    return some.length > 0 ? some : [focused()].filter(Boolean);
  };

  async function act(pairs) {
    const groups = subjects().map((row) => ["group", row.dataset.edit]);
    if (groups.length === 0) return;
    const told = await send("/queue/act", [...pairs, ...groups]);
    if (!told) return;
    if (told.acts?.length) undoable.push(told.acts);
    // An answer to a stale edit brings the lines as they are now.
    if (pairs.some(([, value]) => value === "close") && told.acts?.length) next();
    else if (told.panel) panel.innerHTML = told.panel;
  }

  async function undo() {
    const last = undoable.pop();
    const shown = panel.querySelector(".undo input[name=act]")?.value;
    const acts = last ?? (shown ? [shown] : []);
    if (acts.length === 0) return;
    const told = await send("/queue/undo", acts.map((a) => ["act", a]));
    if (!told) return;
    focus($(`g-${acts.at(-1).split(":")[0]}`), false);
    if (told.panel) panel.innerHTML = told.panel;
  }

  // Closing: a verdict, then a reason; one key each.
  const closing = $("closing");
  let verdict = null;
  function ask() {
    const n = subjects().length;
    if (n === 0) return;
    verdict = null;
    $("closing-count").textContent = n > 1 ? $("closing-count").dataset.text.replace("{}", n) : "";
    for (const item of closing.querySelectorAll("[data-verdict]")) {
      item.hidden = false;
      item.querySelector(".reasons").hidden = true;
    }
    $("own-reason").hidden = true;
    closing.showModal();
  }
  function choose(item) {
    verdict = item.dataset.verdict;
    for (const other of closing.querySelectorAll("[data-verdict]")) other.hidden = other !== item;
    item.querySelector(".reasons").hidden = false;
    $("own-reason").hidden = false;
    $("own-reason").querySelector("input").value = "";
    // What had the focus may be hidden now, and keys would go nowhere.
    item.querySelector("button").focus();
  }
  function close(reason) {
    closing.close();
    act([["action", "close"], ["verdict", verdict], ["reason", reason]]);
  }
  const digit = (key) => (/^[1-9]$/.test(key) ? Number(key) - 1 : -1);
  closing.addEventListener("keydown", (event) => {
    const own = $("own-reason").querySelector("input");
    if (event.target === own) {
      if (event.key === "Enter" && own.value.trim()) { event.preventDefault(); close(own.value.trim()); }
      return;
    }
    if (event.key === "r" && verdict) { event.preventDefault(); own.focus(); return; }
    const n = digit(event.key);
    if (n < 0) return;
    event.preventDefault();
    const items = [...closing.querySelectorAll("[data-verdict]")];
    if (!verdict) { if (items[n]) choose(items[n]); return; }
    const reason = items.find((i) => i.dataset.verdict === verdict)?.querySelectorAll(".reasons span")[n];
    if (reason) close(reason.textContent);
  });
  closing.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const reason = button.closest(".reasons");
    if (reason) close(button.querySelector("span").textContent);
    else choose(button.closest("[data-verdict]"));
  });

  // Going anywhere.
  const palette = $("palette");
  const list = () => [...$("palette-list").children].filter((item) => !item.hidden);
  $("palette-q").addEventListener("input", (event) => {
    const word = event.target.value.trim().toLowerCase();
    for (const item of $("palette-list").children) item.hidden = !item.textContent.toLowerCase().includes(word);
  });
  palette.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const chosen = event.target.closest("a") ?? list()[0]?.querySelector("a");
    const text = $("palette-q").value.trim();
    if (chosen) chosen.click();
    else if (text) location.assign(`/queue?q=${encodeURIComponent(text)}`);
  });

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    a: () => act([["action", "take"]]),
    e: ask,
    u: undo,
    x: () => { const box = focused()?.querySelector("input"); if (box) { box.checked = !box.checked; count(); } },
    n: () => { if (!$("new-groups").hidden) $("new-groups").click(); },
    "/": () => { $("q").focus(); $("q").select(); },
    "?": () => $("help").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      $("palette-q").value = "";
      $("palette-q").dispatchEvent(new Event("input"));
      if (!palette.open) palette.showModal();
      $("palette-q").focus();
      return;
    }
    if (event.key === "Escape" && event.target.matches("input, select, textarea")) { event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const key = keys[event.key];
    if (key) { event.preventDefault(); key(); }
  });

  $("groups")?.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (event.target.closest("input")) { count(); return; }
    const link = event.target.closest("a");
    if (link && !link.classList.contains("main-link")) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    focus(row);
  });

  // Forms of the panel and the bar, without a page load.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const by = event.submitter;
    if (form.matches(".decide, #bulk")) {
      event.preventDefault();
      if (form.id === "bulk" && picked().length === 0) return;
      const pairs = [["action", by?.value ?? "take"]];
      if (by?.value === "close") pairs.push(["verdict", form.verdict.value], ["reason", form.reason.value]);
      act(pairs);
    } else if (form.matches(".undo")) {
      event.preventDefault();
      undo();
    } else if (form.matches(".tune")) {
      event.preventDefault();
      const pairs = [...new FormData(form)].filter(([name]) => name !== "csrf");
      send("/exceptions", [...pairs, ["kind", by?.value ?? "suppress"]]);
    }
  });

  function count() {
    const n = picked().length;
    $("picked").textContent = n > 0 ? $("picked").dataset.text.replace("{}", n) : "";
  }

  // What is new waits until it is asked for: nothing moves under the pointer.
  async function news() {
    if (document.hidden) return;
    const pairs = new URLSearchParams(location.search);
    pairs.set("after", queue.dataset.newest);
    try {
      const answer = await fetch(`/queue-new?${pairs}`);
      if (!answer.ok) return;
      const { new: n } = await answer.json();
      const button = $("new-groups");
      button.hidden = n === 0;
      button.textContent = button.dataset.text.replace("{}", n);
    } catch { /* the next one tells */ }
  }
  setInterval(news, 3000);
})();
