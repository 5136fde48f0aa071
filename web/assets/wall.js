// The shell of a wall: which scene is shown, when the next one comes, and what the presenter's keys do.
"use strict";
(() => {
  const body = document.body;
  const { Panel, figure, words, set } = WallPanels;
  const seconds = Number(body.dataset.seconds);
  const rotation = document.getElementById("rotation");
  const help = document.getElementById("help");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const buttons = [...document.querySelectorAll("[data-scene]:is(button)")];
  const scenes = [...document.querySelectorAll(".scene")].map((element) => ({
    element, name: element.dataset.scene, metric: element.dataset.metric,
    figures: [...element.querySelectorAll(".figure")], panels: [...element.querySelectorAll(".panel")].map((p) => new Panel(p)),
  }));
  // The newest of each section, and nothing older.
  const data = {};
  let current = -1, paused = false, since = Ward.now(), drawn = 0;

  function render(changed) {
    const scene = scenes[current];
    if (!changed || changed.kpi) for (const f of scene.figures) figure(f, data.kpi);
    for (const panel of scene.panels) {
      const fresh = !changed || changed[panel.section] !== undefined;
      if (fresh || changed.parts) panel.show(data[panel.section], data.parts, fresh);
    }
  }

  function go(index) {
    const next = (index + scenes.length) % scenes.length;
    since = Ward.now();
    if (next !== current) {
      if (current >= 0) { scenes[current].element.hidden = true; for (const p of scenes[current].panels) p.leave(); }
      current = next;
      scenes[current].element.hidden = false;
      body.dataset.scene = scenes[current].name;
      buttons.forEach((b, i) => b.setAttribute("aria-current", String(i === current)));
      render(null);
      WallMap.scene(scenes[current].metric);
    }
    tick();
  }

  // Once a second.
  function tick() {
    if (document.hidden || scenes.length < 2) return;
    const gone = (Ward.now() - since) / 1000;
    if (!paused && gone >= seconds) { go(current + 1); return; }
    buttons[current].querySelector("i").style.setProperty("--done", paused ? "1" : String(Math.min(1, gone / seconds)));
    set(rotation, paused ? words.paused : Ward.fill(words.rotating, Math.max(0, Math.ceil(seconds - gone))));
  }

  function motion() {
    const still = paused || calm.matches;
    body.classList.toggle("still", still);
    WallMap.motion(!still);
  }

  function pause() {
    paused = !paused;
    since = Ward.now();
    motion();
    tick();
  }

  const KEYS = {
    ArrowRight: () => go(current + 1), ArrowLeft: () => go(current - 1), " ": pause,
    ArrowDown: () => WallMap.step(1), ArrowUp: () => WallMap.step(-1), Enter: () => WallMap.enter(), Escape: () => WallMap.back(),
    "?": () => { if (!help.open) help.showModal(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const digit = Number(event.key);
    const act = KEYS[event.key] ?? (digit >= 1 && digit <= scenes.length ? () => go(digit - 1) : null);
    // A focused link or button keeps its own Enter and space.
    if (!act || (["Enter", " "].includes(event.key) && event.target.closest?.("a, button"))) return;
    event.preventDefault();
    act();
  });
  buttons.forEach((b, i) => b.addEventListener("click", () => { go(i); b.blur(); }));
  calm.addEventListener("change", motion);
  // Sizes follow the window; a chart's letters do not by themselves.
  let resized = 0;
  addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(() => { for (const p of scenes[current].panels) p.leave(); render(null); }, 200); });

  Ward.onData((fresh, full) => {
    for (const [name, value] of Object.entries(fresh)) data[name] = value;
    render(full ? null : fresh);
    // The map is drawn at most twice a second, however fast data comes.
    if (WallMap.update(fresh) && (full || Ward.now() - drawn >= 500)) { drawn = Ward.now(); WallMap.draw(); }
  });
  setInterval(tick, 1000);
  go(Math.max(0, scenes.findIndex((s) => s.name === location.hash.slice(1))));
  motion();
  WallMap.start();
})();
