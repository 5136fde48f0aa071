// The map in the middle of a wall: counties, river, roads, units as marks, attacks as lines. One chart for
// the life of the page; an update replaces the data of a series and nothing else.
"use strict";
const WallMap = (() => {
  const { words, both, country, token, rem, make, set } = WallPanels;
  const element = document.getElementById("map");
  const list = document.getElementById("county-list");
  const spot = document.getElementById("spot");
  const LABELS = 8, ARCS_MAX = 24, SLOTS = 6, RECENT = 600_000;
  // Asked once a window size, not once a mark.
  let width = element.clientWidth, height = element.clientHeight;
  let chart = null, map = null, box = null, seats = {}, names = {};
  let data = { units: [], counties: [], arcs: [] }, metric = "severe", placed = new Map(), still = false;
  let focus = { county: "", unit: "" };
  const slots = { abroad: [], inland: [] };

  // Shapes of the marks, as in the legend.
  const HATCH = "M0 0H10V10H0Z M1 1V9H9V1Z M1 5.5V7.5L7.500 1H5.500Z M2.500 9H4.500L9 4.500V2.500Z M6.500 9H8.500L9 8.500V6.500Z";
  const ROUND = "M5 0A5 5 0 0 1 5 10A5 5 0 0 1 5 0Z M5 1A4 4 0 0 0 5 9A4 4 0 0 0 5 1Z M2 7L7 2L8 3L3 8Z";
  const HALF = "M5 0A5 5 0 0 1 5 10A5 5 0 0 1 5 0Z M5 1A4 4 0 0 1 5 9Z";
  const SYMBOL = { ok: "circle", wrong: "diamond", partial: `path://${HALF}`, silent: `path://${HATCH}`, unknown: `path://${ROUND}` };
  const colour = (unit) => ({ ok: token("--ok"), partial: token("--medium"), silent: token("--unknown"), unknown: token("--unknown") })[unit.state] ??
    token(unit.level === "critical" ? "--critical" : "--high");
  const size = (unit) => rem() * ([0.8, 0.8, 1.05, 1.4][unit.rank] ?? 0.8) * (unit.state === "wrong" ? 1.25 : 1);
  const level = (name) => token(`--${{ informational: "info" }[name] ?? name}`);

  async function start() {
    for (const mark of document.querySelectorAll(".legend span")) {
      const shape = make("i", "shape");
      shape.dataset.mark = mark.className.replace("mark-", "");
      mark.prepend(shape);
    }
    const answer = await fetch(`/wall/${document.body.dataset.wall}/map`).catch(() => null);
    if (answer && answer.status === 200) prepare(await answer.json());
    else list.hidden = false;
    draw();
  }

  const rings = (geometry) => geometry.type === "Polygon" ? [geometry.coordinates[0]] : geometry.type === "MultiPolygon" ? geometry.coordinates.map((p) => p[0]) : [];

  function prepare(geojson) {
    map = { areas: [], rivers: [], roads: [] };
    box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const feature of geojson.features) {
      const { kind, name, name_en: english, seat } = feature.properties;
      const parts = rings(feature.geometry);
      if (parts.length) {
        map.areas.push({ ...feature, properties: { ...feature.properties, name } });
        const points = parts.flat();
        for (const [x, y] of points) box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
        const middle = [0, 1].map((axis) => points.reduce((sum, p) => sum + p[axis], 0) / points.length);
        seats[name] = { seat: seat ?? middle, middle };
        names[name] = document.body.dataset.lang === "en" && english ? english : name;
      } else if (feature.geometry.type === "LineString") {
        (kind === "river" ? map.rivers : map.roads).push({ coords: feature.geometry.coordinates });
      }
    }
    echarts.registerMap("region", { type: "FeatureCollection", features: map.areas });
    chart = echarts.init(element, null, { renderer: "canvas" });
    chart.setOption(base());
    new ResizeObserver(() => { width = element.clientWidth; height = element.clientHeight; chart.resize(); placed.clear(); for (const s of Object.values(seats)) s.label = null; chart.setOption(base()); draw(); }).observe(element);
  }

  function base() {
    const r = rem();
    const line = (id, colour, width, z) => ({ id, type: "lines", coordinateSystem: "geo", polyline: true, silent: true, z, lineStyle: { color: colour, width: width * r, opacity: 1, cap: "round", join: "round" } });
    const arcs = (id, z) => ({ id, type: "lines", coordinateSystem: "geo", silent: true, z, data: [] });
    return {
      animation: false,
      geo: {
        map: "region", roam: false, silent: true, left: "center", top: "middle", layoutCenter: ["50%", "48%"], layoutSize: Math.min(height * 0.94, width * 0.7),
        aspectScale: Math.cos((box[1] + box[3]) / 2 * Math.PI / 180),
        itemStyle: { areaColor: "#1c262f", borderColor: "#4b5c6b", borderWidth: 0.09 * r, shadowColor: "rgba(0,0,0,0.45)", shadowBlur: 1.6 * r, shadowOffsetY: 0.5 * r },
        label: { show: false },
        emphasis: { disabled: true }, select: { disabled: true },
      },
      series: [
        { ...line("roads", "#313d48", 0.09, 1), data: map.roads },
        { ...line("rivers", "#2f5270", 0.28, 2), data: map.rivers },
        arcs("arcs", 3),
        { ...arcs("moving", 4), effect: { show: false } },
        { id: "counties", type: "scatter", coordinateSystem: "geo", silent: true, z: 3, symbolSize: 0, data: [] },
        { id: "origins", type: "scatter", coordinateSystem: "geo", silent: true, z: 5, data: [] },
        { id: "marks", type: "scatter", coordinateSystem: "geo", silent: true, z: 6, data: [] },
      ],
    };
  }

  // Marks of a crowded town are pushed apart, by as little as makes them tell apart.
  function place() {
    const key = (u) => `${u.id}|${u.at}|${focus.county}`;
    if (data.units.every((u) => placed.has(key(u))) && placed.size === data.units.length) return;
    const spots = data.units.map((u) => ({ u, p: chart.convertToPixel("geo", u.at), r: size(u) / 2 + 0.18 * rem() }));
    for (let round = 0; round < 80; round += 1) {
      let moved = false;
      for (let i = 0; i < spots.length; i += 1) for (let j = i + 1; j < spots.length; j += 1) {
        const [a, b] = [spots[i], spots[j]];
        let [dx, dy] = [b.p[0] - a.p[0], b.p[1] - a.p[1]];
        const far = Math.hypot(dx, dy), want = a.r + b.r;
        if (far >= want) continue;
        if (far < 0.01) { dx = Math.cos(i + j); dy = Math.sin(i + j); }
        const push = (want - far) / 2 / Math.max(far, 1);
        a.p = [a.p[0] - dx * push, a.p[1] - dy * push];
        b.p = [b.p[0] + dx * push, b.p[1] + dy * push];
        moved = true;
      }
      if (!moved) break;
    }
    placed.clear();
    for (const s of spots) placed.set(key(s.u), chart.convertFromPixel("geo", s.p));
    place.key = key;
  }
  const at = (unit) => placed.get(place.key(unit)) ?? unit.at;

  // A label goes where nothing is yet: right, left, above or below its mark; else nowhere.
  const letters = (text) => [...text].reduce((sum, c) => sum + (c.charCodeAt(0) > 0x2e7f ? 1.16 : 0.66), 0.4) * rem();
  function labels(wanted, taken) {
    const r = rem(), found = new Map();
    const margin = bare() ? 0 : edge();
    const free = (box) => box[0] >= margin && box[1] >= 0 && box[2] <= width - margin && box[3] <= height &&
      !taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1]);
    for (const { id, text, p, half } of wanted) {
      const [w, h, gap] = [letters(text), 1.4 * r, half + 0.35 * r];
      const boxes = {
        right: [p[0] + gap, p[1] - h / 2, p[0] + gap + w, p[1] + h / 2], left: [p[0] - gap - w, p[1] - h / 2, p[0] - gap, p[1] + h / 2],
        top: [p[0] - w / 2, p[1] - gap - h, p[0] + w / 2, p[1] - gap], bottom: [p[0] - w / 2, p[1] + gap, p[0] + w / 2, p[1] + gap + h],
      };
      // And where all is taken, a line or two up or down.
      for (const off of [1.45, -1.45, 2.9, -2.9, 4.3, -4.3]) for (const side of ["right", "left"]) {
        const [x0, y0, x1, y1] = boxes[side];
        boxes[`${side} ${off}`] = [x0, y0 + off * r, x1, y1 + off * r];
      }
      const name = Object.keys(boxes).find((at) => free(boxes[at]));
      if (!name) continue;
      taken.push(boxes[name]);
      const [side, off = "0"] = name.split(" ");
      found.set(id, { side, offset: [0, Number(off) * r] });
    }
    return found;
  }

  // Scenes and places without attacks: the margins are free.
  const bare = () => Boolean(focus.county) || metric === "data" || metric === "calm";
  const edge = () => (document.body.dataset.lang === "en" ? 10.5 : 8.75) * rem();
  const lettering = (size) => ({ color: token("--text"), fontSize: size * rem(), fontFamily: token("--face"), textBorderColor: "#11181f", textBorderWidth: 0.2 * rem() });
  const grey = (state) => state === "silent" || state === "unknown";

  function marks() {
    const r = rem();
    const weight = (u) => metric === "data" ? u.data : u.severe;
    const near = (u) => focus.county && u.county === focus.county;
    const spots = data.units.map((u) => ({ u, p: chart.convertToPixel("geo", at(u)), half: size(u) / 2 }));
    const taken = spots.map(({ p, half }) => [p[0] - half, p[1] - half, p[0] + half, p[1] + half]);
    for (const [name, { label }] of Object.entries(seats)) if (label) {
      const [[x, y], half] = [chart.convertToPixel("geo", label), letters(names[name]) * 0.55];
      taken.push([x - half, y - 0.8 * r, x + half, y + 0.8 * r]);
    }
    const text = (u) => `${both(u.name)}${weight(u) ? `  ${weight(u)}` : ""}`;
    const wanted = spots.filter(({ u }) => focus.county ? near(u) : weight(u) > 0).sort((a, b) => weight(b.u) - weight(a.u));
    const sides = labels(wanted.slice(0, focus.county ? 40 : LABELS).map((s) => ({ id: s.u.id, text: text(s.u), p: s.p, half: s.half })), taken);
    return data.units.map((u) => {
      const faint = (focus.county && !near(u)) || (metric === "data" && !u.data);
      const chosen = focus.unit === u.id;
      return {
        name: u.id, value: at(u), symbol: SYMBOL[u.state] ?? "circle", symbolSize: size(u) * (chosen ? 1.5 : 1),
        itemStyle: { color: colour(u), opacity: faint ? 0.35 : 1, borderColor: chosen ? token("--text") : "#11181f", borderWidth: grey(u.state) && !chosen ? 0 : 0.09 * r },
        label: { ...lettering(1.125), show: sides.has(u.id), position: sides.get(u.id)?.side ?? "right", offset: sides.get(u.id)?.offset ?? [0, 0], distance: 0.35 * r, formatter: text(u) },
      };
    });
  }

  // A county's name stands where its ground is freest of marks and borders.
  function countyNames() {
    const r = rem();
    const marked = (data.units.length ? data.units.map((u) => at(u)) : Object.values(seats).map((s) => s.seat)).map((p) => chart.convertToPixel("geo", p));
    return map.areas.map((area) => {
      const name = area.properties.name;
      if (!seats[name].label) {
        const ring = rings(area.geometry)[0];
        const pixels = ring.map((p) => chart.convertToPixel("geo", p));
        const [xs, ys] = [ring.map((p) => p[0]), ring.map((p) => p[1])];
        const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
        let best = -1;
        for (let i = 1; i < 12; i += 1) for (let k = 1; k < 12; k += 1) {
          const p = [x0 + (x1 - x0) * i / 12, y0 + (y1 - y0) * k / 12];
          if (!inside(ring, p)) continue;
          const q = chart.convertToPixel("geo", p);
          const far = (points) => points.reduce((least, m) => Math.min(least, Math.hypot((m[0] - q[0]) * 0.6, m[1] - q[1])), Infinity);
          const score = Math.min(far(marked), far(pixels) * 0.9);
          if (score > best) { best = score; seats[name].label = p; }
        }
      }
      return { name, value: seats[name].label ?? seats[name].middle, label: { show: true, position: "inside", color: token("--text-3"), fontSize: 1.25 * r, fontFamily: token("--face"), formatter: names[name] } };
    });
  }

  function inside(ring, [x, y]) {
    let odd = false;
    for (let i = 1; i < ring.length; i += 1) {
      const [[ax, ay], [bx, by]] = [ring[i - 1], ring[i]];
      if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) odd = !odd;
    }
    return odd;
  }

  // Before visitors units have no place: a county's seat stands for all of it.
  function countyMarks() {
    const r = rem();
    return data.counties.filter((c) => seats[c.name]).map((c) => {
      const count = metric === "data" ? c.data : c.severe;
      const colour = count ? token("--high") : c.grey === c.total ? token("--unknown") : c.wrong ? token("--medium") : c.grey ? token("--unknown") : token("--ok");
      return {
        name: c.name, value: seats[c.name].seat, symbol: count ? "diamond" : c.grey ? SYMBOL.silent : "circle", symbolSize: r * (1.3 + Math.min(1.6, Math.sqrt(count) / 5)),
        itemStyle: { color: colour, borderColor: "#11181f", borderWidth: count ? 0.09 * r : 0 },
        label: { ...lettering(1.25), show: true, position: "right", distance: 0.4 * r, formatter: count ? String(count) : "" },
      };
    });
  }

  // A place keeps its seat at the edge of the map while it sends: lines do not jump.
  function seatOf(side, origin) {
    const seat = slots[side].indexOf(origin);
    if (seat >= 0) return seat;
    const free = slots[side].indexOf(undefined);
    if (free >= 0) { slots[side][free] = origin; return free; }
    if (slots[side].length < SLOTS) return slots[side].push(origin) - 1;
    return -1;
  }

  function attacks() {
    const r = rem();
    const sides = { abroad: new Map(), inland: new Map() };
    for (const arc of data.arcs) {
      const side = sides[arc.home ? "inland" : "abroad"];
      side.set(arc.from, (side.get(arc.from) ?? 0) + arc.count);
    }
    // When the server left lines out, what is summed up here would be too little: no number then.
    const whole = data.arcs.length < ARCS_MAX;
    const origins = [], lines = [], moving = [], where = new Map();
    for (const side of ["abroad", "inland"]) {
      slots[side].forEach((o, i) => { if (o !== undefined && !sides[side].has(o)) slots[side][i] = undefined; });
      for (const [origin, count] of [...sides[side]].sort((a, b) => b[1] - a[1]).slice(0, SLOTS)) {
        const seat = seatOf(side, origin);
        if (seat < 0) continue;
        const step = (height - 9 * r) / (SLOTS - 1);
        const point = chart.convertFromPixel("geo", [side === "abroad" ? edge() : width - edge(), 3.5 * r + step * seat]);
        where.set(`${side}|${origin}`, point);
        const name = side === "inland" && !/^[A-Z]{2}$/.test(origin) ? Ward.visible(origin) : country(origin);
        origins.push({
          name: origin, value: point, symbol: "circle", symbolSize: 0.55 * r, itemStyle: { color: token("--text-2") },
          label: {
            show: true, position: side === "abroad" ? "left" : "right", distance: 0.45 * r, formatter: (name.length > 13 ? `${name.slice(0, 12)}…` : name) + (whole ? `  {n|${count}}` : ""), color: token("--text-2"), fontSize: 1.125 * r, fontFamily: token("--face"),
            rich: { n: { color: token("--text"), fontWeight: 600, fontSize: 1.125 * r, fontFamily: token("--face") } },
          },
        });
      }
    }
    const targets = new Map(data.units.map((u) => [u.id, at(u)]));
    for (const arc of [...data.arcs].reverse()) {
      const from = where.get(`${arc.home ? "inland" : "abroad"}|${arc.from}`);
      const to = targets.get(arc.to) ?? seats[arc.to]?.seat;
      if (!from || !to) continue;
      const loud = metric === "arcs";
      const line = {
        coords: [from, to],
        lineStyle: { color: level(arc.level), width: r * (0.09 + 0.05 * Math.log2(1 + arc.count)), opacity: loud ? 0.75 : 0.32, curveness: arc.home ? -0.22 : 0.22 },
      };
      lines.push(line);
      if (Ward.now() - arc.last < RECENT) moving.push({ coords: line.coords, lineStyle: { ...line.lineStyle, opacity: 0, width: 0 } });
    }
    return { origins, lines, moving };
  }

  function draw() {
    if (!chart) { drawList(); return; }
    place();
    const { origins, lines, moving } = bare() ? { origins: [], lines: [], moving: [] } : attacks();
    const r = rem();
    const effect = still || moving.length === 0 ? { show: false } : { show: true, constantSpeed: 5.5 * r, trailLength: 0.12, symbol: "circle", symbolSize: 0.4 * r };
    const named = countyNames();
    chart.setOption({
      series: [
        { id: "arcs", data: lines }, { id: "moving", data: moving, effect }, { id: "origins", data: origins }, { id: "counties", data: named },
        { id: "marks", data: data.units.length ? marks() : countyMarks() },
      ],
    });
  }

  // Without a map: the counties in words.
  function drawList() {
    while (list.children.length < data.counties.length) { const li = make("li"); li.append(make("b"), make("span")); list.append(li); }
    [...list.children].forEach((li, i) => {
      const c = data.counties[i];
      li.hidden = !c;
      if (c) { set(li.firstChild, c.name); set(li.lastChild, summary(c)); }
    });
  }

  const summary = (c) => [Ward.fill(words.total_n, c.total), Ward.fill(words.severe_n, c.severe), Ward.fill(words.silent_n, c.grey)].join(" · ");

  function look(county, unit) {
    focus = { county, unit };
    if (chart) {
      const zoom = county ? 2.1 : 1;
      const all = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
      chart.setOption({ geo: { zoom, center: county ? seats[county].middle : all } });
      placed.clear();
    }
    const c = data.counties.find((x) => x.name === county);
    const u = data.units.find((x) => x.id === unit);
    set(spot, u ? `${both(u.name)} · ${Ward.words[`status_${u.state}`]} · ${Ward.fill(words.severe_n, u.severe)}` : c ? `${names[county] ?? county} · ${summary(c)}` : "");
    draw();
  }

  // ↑ ↓ go through the counties, and within one through its units.
  function step(by) {
    const turn = (all, now) => all[(all.indexOf(now) + by + all.length + (now || by > 0 ? 0 : 1)) % all.length];
    if (focus.unit) { look(focus.county, turn(data.units.filter((u) => u.county === focus.county).map((u) => u.id), focus.unit)); return; }
    const counties = data.counties.map((c) => c.name).filter((name) => !chart || seats[name]);
    if (counties.length) look(turn(counties, focus.county), "");
  }
  function enter() {
    if (focus.unit) { window.open(`/hospitals/${encodeURIComponent(focus.unit)}`, "_blank", "noopener"); return; }
    const first = data.units.find((u) => u.county === focus.county);
    if (first) look(focus.county, first.id);
  }
  function back() { look(focus.unit ? focus.county : "", ""); }

  return {
    start, step, enter, back,
    scene(name) { metric = name; draw(); },
    motion(on) { still = !on; draw(); },
    update(fresh) {
      let changed = false;
      for (const name of ["units", "counties", "arcs"]) if (fresh[name]) { data[name] = fresh[name]; changed = true; }
      return changed;
    },
    draw,
  };
})();
