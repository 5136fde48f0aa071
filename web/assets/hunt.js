// The hunting page with scripts: completion, keys, menus on values, rows that open in place, the brush
// on the histogram, stopping, and the live tail. It runs while the page is still coming in.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const make = (tag, name, text) => {
    const e = document.createElement(tag);
    if (name) e.className = name;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const begun = (f) => (document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", f) : f());
  const state = () => $("hunt-form").dataset.state;

  // Stopping ends the request, and with it the queries.
  function stop() { window.stop(); const b = $("hunt-stop"); if (b) b.hidden = true; }
  const early = setInterval(() => {
    const button = $("hunt-stop");
    if (!button) return;
    clearInterval(early);
    if (document.readyState !== "loading") return;
    button.hidden = false;
    button.addEventListener("click", stop);
  }, 50);
  begun(() => { clearInterval(early); const b = $("hunt-stop"); if (b) b.hidden = true; });

  // The menu on a value. The server knows how a value is quoted.
  let menu = null;
  function closeMenu() { if (menu) { menu.remove(); menu = null; } }
  function openMenu(cell, x, y) {
    closeMenu();
    const words = $("hunt-grid").dataset, field = cell.dataset.f, value = cell.dataset.v;
    menu = make("div", "hunt-menu");
    menu.setAttribute("role", "menu");
    menu.append(make("p", "", `${field}: ${cell.textContent}`));
    for (const [op, text] of [["add", words.add], ["exclude", words.exclude], ["only", words.only]]) {
      const a = make("a", "", text);
      a.setAttribute("role", "menuitem");
      a.href = `/hunt/pivot?op=${op}&field=${encodeURIComponent(field)}&value=${encodeURIComponent(value)}&${state()}`;
      menu.append(a);
    }
    const all = make("a", "", words.fields);
    all.setAttribute("role", "menuitem");
    all.href = `/hunt?${state()}&top=${encodeURIComponent(field)}`;
    const copy = make("button", "", words.copy);
    copy.setAttribute("role", "menuitem");
    copy.addEventListener("click", () => { if (navigator.clipboard) navigator.clipboard.writeText(value).catch(() => {}); closeMenu(); });
    menu.append(all, copy);
    document.body.append(menu);
    menu.style.left = `${Math.max(4, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(4, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
    menu.querySelector("a").focus();
  }

  // A row opens in place; its page is the same without scripts.
  async function toggle(row) {
    const next = row.nextElementSibling;
    if (next && next.classList.contains("hunt-detail")) { next.remove(); row.classList.remove("is-open"); return; }
    const detail = make("tr", "hunt-detail"), cell = make("td");
    cell.colSpan = row.cells.length;
    detail.append(cell);
    row.after(detail);
    row.classList.add("is-open");
    try {
      const answer = await fetch(row.dataset.href + "&part=1");
      cell.innerHTML = await answer.text();
    } catch { location.href = row.dataset.href; }
  }

  document.addEventListener("click", (event) => {
    if (menu && !menu.contains(event.target)) closeMenu();
    for (const pop of document.querySelectorAll(".hunt-pop[open]")) if (!pop.contains(event.target)) pop.open = false;
    const row = event.target.closest && event.target.closest("tr[data-href]");
    if (!row || event.ctrlKey || event.metaKey || String(getSelection())) return;
    if (event.target.closest("a")) { event.preventDefault(); toggle(row); return; }
    const cell = event.target.closest("td[data-f]");
    if (cell) { event.preventDefault(); openMenu(cell, event.clientX, event.clientY); return; }
    toggle(row);
  });

  // Keys.
  let focused = null;
  function move(by) {
    const rows = [...document.querySelectorAll("tr[data-href]")];
    if (!rows.length) return;
    const at = rows.indexOf(focused);
    if (focused) focused.classList.remove("is-focus");
    focused = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))];
    focused.classList.add("is-focus");
    focused.querySelector("a").focus({ preventScroll: true });
    focused.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { if (menu) closeMenu(); else if (document.readyState === "loading") stop(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === "/") { event.preventDefault(); $("q").focus(); $("q").select(); }
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "e" && focused) toggle(focused);
  });

  begun(() => { completion(); brush(); tail(); });

  function completion() {
    const box = $("q"), list = $("hunt-offers");
    let timer = 0, asked = 0, from = 0, chosen = -1;
    const close = () => { list.hidden = true; chosen = -1; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); };
    const choose = (i) => {
      const items = [...list.children];
      chosen = (i + items.length) % items.length;
      items.forEach((item, n) => item.setAttribute("aria-selected", String(n === chosen)));
      box.setAttribute("aria-activedescendant", items[chosen].id);
      items[chosen].scrollIntoView({ block: "nearest" });
    };
    const take = (item) => {
      const text = item.dataset.text, rest = box.value.slice(box.selectionStart);
      box.value = box.value.slice(0, from) + text + rest.trimStart();
      box.setSelectionRange(from + text.length, from + text.length);
      close();
      box.focus();
      if (text.endsWith(":")) ask();
    };
    async function ask() {
      const mine = ++asked, front = box.value.slice(0, box.selectionStart);
      const range = new URLSearchParams(new FormData($("hunt-form")));
      range.set("q", front);
      let answer;
      try { answer = await (await fetch(`/hunt/complete?${range}`)).json(); } catch { return; }
      if (mine !== asked || document.activeElement !== box) return;
      from = answer.from;
      list.replaceChildren(...answer.offers.map((offer, i) => {
        const item = make("li", "", offer.text);
        item.id = `hunt-offer-${i}`;
        item.setAttribute("role", "option");
        item.dataset.text = offer.text;
        item.append(make("small", "", offer.note));
        item.addEventListener("mousedown", (event) => { event.preventDefault(); take(item); });
        return item;
      }));
      chosen = -1;
      list.hidden = !answer.offers.length;
      box.setAttribute("aria-expanded", String(!list.hidden));
    }
    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 150); });
    box.addEventListener("blur", () => { asked++; clearTimeout(timer); close(); });
    box.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && list.hidden) { ask(); event.preventDefault(); return; }
      if (list.hidden) return;
      if (event.key === "ArrowDown") { choose(chosen + 1); event.preventDefault(); }
      else if (event.key === "ArrowUp") { choose(chosen - 1); event.preventDefault(); }
      else if (event.key === "Tab" || (event.key === "Enter" && chosen >= 0)) {
        event.preventDefault(); take(list.children[Math.max(0, chosen)]);
      } else if (event.key === "Escape") { close(); event.stopPropagation(); event.preventDefault(); }
    });
    $("hunt-form").addEventListener("submit", () => {
      // What says nothing stays out of the address.
      const range = $("hunt-form").elements.range;
      if (range.value) for (const name of ["from", "to"]) $("hunt-form").elements[name].disabled = true;
    });
    for (const name of ["from", "to"]) $("hunt-form").elements[name].addEventListener("change", () => {
      const range = $("hunt-form").elements.range;
      if (![...range.options].some((o) => !o.value)) range.prepend(new Option("—", ""));
      range.value = "";
    });
  }

  function brush() {
    const plot = document.querySelector(".hunt-plot");
    if (!plot) return;
    const rect = $("hunt-brush"), box = () => plot.getBoundingClientRect();
    const from = Number(plot.dataset.from), to = Number(plot.dataset.to);
    const offset = Number(document.body.dataset.offset) * 1000;
    const at = (event) => Math.max(0, Math.min(1, (event.clientX - box().left) / box().width));
    const local = (part) => new Date(from + part * (to - from) + offset).toISOString().slice(0, 19);
    let start = null, moved = false;
    plot.addEventListener("pointerdown", (event) => { if (event.button === 0) { start = at(event); moved = false; } });
    plot.addEventListener("dragstart", (event) => event.preventDefault());
    document.addEventListener("pointermove", (event) => {
      if (start === null) return;
      const now = at(event);
      moved = moved || Math.abs(now - start) * box().width > 4;
      rect.setAttribute("x", Math.min(start, now) * 1000);
      rect.setAttribute("width", moved ? Math.abs(now - start) * 1000 : 0);
    });
    document.addEventListener("pointerup", (event) => {
      if (start === null) return;
      const ends = [start, at(event)].sort((a, b) => a - b);
      start = null;
      if (!moved) return;
      const address = new URL(plot.dataset.href, location.href);
      address.searchParams.set("from", local(ends[0]));
      address.searchParams.set("to", local(ends[1]));
      location.href = address;
    });
    // What was dragged over is not also clicked on.
    plot.addEventListener("click", (event) => { if (moved) { event.preventDefault(); event.stopPropagation(); } }, true);
  }

  // The tail keeps the newest rows only, and holds still while it is read.
  function tail() {
    const KEPT = 500, WAITING = 500;
    const button = $("hunt-tail"), pause = $("hunt-pause"), table = $("hunt-table"), said = $("hunt-tail-state");
    if (!table) return;
    const words = button.dataset, fill = (text, n) => text.replace("{}", n);
    let source = null, body = null, waiting = [], lost = 0, over = false, many = false;
    button.hidden = false;
    const held = () => over || pause.getAttribute("aria-pressed") === "true" || !!table.querySelector(".hunt-detail");
    const say = () => {
      const n = waiting.length;
      said.textContent = held() && n ? fill(words.held, n >= WAITING ? `${n}+` : n) : `${fill(words.following, KEPT)}${many ? ` · ${words.many.replace("{}", "")}` : ""}`;
    };
    function flush() {
      if (!held() && waiting.length) {
        body.prepend(...waiting.reverse());
        waiting = [];
        while (body.rows.length > KEPT) body.rows[body.rows.length - 1].remove();
      }
      say();
    }
    function rows(event) {
      const data = JSON.parse(event.data), made = document.createElement("template");
      made.innerHTML = `<table>${data.html}</table>`;
      many = data.many;
      // Newest first in what comes; the newest is put on top last.
      waiting.push(...[...made.content.querySelectorAll("tr")].reverse());
      if (waiting.length > WAITING) { lost += waiting.length - WAITING; waiting = waiting.slice(-WAITING); }
      flush();
    }
    function begin() {
      table.querySelectorAll("tbody").forEach((b) => b.remove());
      body = table.createTBody();
      body.className = "hunt-lines";
      source = new EventSource(words.href);
      source.addEventListener("rows", rows);
      source.addEventListener("beat", () => flush());
      source.addEventListener("failed", (event) => { const why = JSON.parse(event.data).why; said.textContent = why === "heavy" ? words.heavy : words.unreachable; });
      source.onerror = () => { said.textContent = words.lost; };
      said.textContent = words.none;
    }
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      if (!on) { location.reload(); return; }
      button.setAttribute("aria-pressed", "true");
      button.textContent = words.off;
      pause.hidden = false;
      begin();
    });
    pause.addEventListener("click", () => {
      const on = pause.getAttribute("aria-pressed") !== "true";
      pause.setAttribute("aria-pressed", String(on));
      pause.textContent = on ? pause.dataset.resume : pause.dataset.pause;
      flush();
    });
    const scroll = table.closest(".hunt-scroll");
    scroll.addEventListener("pointerenter", () => { over = true; if (source) say(); });
    scroll.addEventListener("pointerleave", () => { over = false; if (source) flush(); });
    addEventListener("pagehide", () => { if (source) source.close(); });
  }
})();
