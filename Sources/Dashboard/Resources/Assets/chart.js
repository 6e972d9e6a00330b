// Curves over steps, drawn as SVG: one line a phase, a band from the lowest to the highest value where a
// point stands for several. A chart has the curve of one run, or those of several over each other, each with
// a colour and a dash of its own.
"use strict";

const Charts = {
  phases: JSON.parse(document.getElementById("phases")?.textContent || "[]"),
  range: null,
  smoothing: 0,
  isLogarithmic: false,
  all: [],
};

const element = (name, attributes, parent) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (parent) parent.append(made);
  return made;
};

const short = (value) => {
  if (value === null || !Number.isFinite(value)) return "no finite number";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
};

// Round numbers between two: three of them or a few more.
const ticks = (low, high) => {
  const range = high - low;
  if (!(range > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(range));
  for (const step of [5, 2, 1, 0.5, 0.2].map((part) => part * power)) {
    const found = [];
    for (let at = Math.ceil(low / step); at * step <= high + step * 1e-6; at += 1) {
      found.push(Number((at * step).toPrecision(12)));
    }
    if (found.length > 2) return found;
  }
  return [low, high];
};

// As many digits as tell the marks of an axis apart.
const digits = (marks) => {
  const step = marks.length > 1 ? marks[1] - marks[0] : 0;
  const size = Math.max(...marks.map(Math.abs));
  if (!(step >= 1e-6) || size >= 1e6) return short;
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return (value) => value.toFixed(decimals);
};

// An exponential moving average, begun anew in each phase, as TensorBoard's: debiased.
const smoothed = (points, weight) => {
  let last = 0;
  let count = 0;
  return points.map(([first, end, , mean]) => {
    if (mean === null) return [(first + end) / 2, null];
    last = last * weight + (1 - weight) * mean;
    count += 1;
    return [(first + end) / 2, weight > 0 ? last / (1 - weight ** count) : mean];
  });
};

// Where the last point of a curve begins, from where it is asked for again while its run goes on; null where
// all of it is: it has more points than a chart needs.
const lastStep = (data) => {
  const points = data?.phases.flatMap((phase) => phase.points) || [];
  return points.length && points.length < 1000 ? points[points.length - 1][0] : null;
};

// A curve with what came after some step.
const continued = (known, data, from) => {
  const better = { less: Math.min, more: Math.max }[data.direction];
  const phases = known.phases.map((phase) => ({ ...phase, points: phase.points.filter(([first]) => first < from) }))
    .filter((phase) => phase.points.length);
  for (const phase of data.phases) {
    const last = phases[phases.length - 1];
    if (last?.name === phase.name) {
      last.points.push(...phase.points);
      last.best = [last.best, phase.best].filter((value) => value !== null).reduce((a, b) => better(a, b), phase.best ?? last.best);
    } else phases.push(phase);
  }
  const sum = (place) => phases.reduce((all, phase) => phase.points.reduce((n, point) => n + point[place], all), 0);
  return { ...data, phases, count: sum(5), unfinite: sum(6) };
};

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.plot = figure.querySelector(".plot");
    this.readout = figure.querySelector(".readout");
    this.note = figure.querySelector(".chart-note");
    // Where each run's curve is; an empty address for a run without this metric.
    this.sources = JSON.parse(figure.dataset.series);
    this.data = null;
    this.isSeen = false;
    this.listen();
  }

  get isShared() { return this.sources.length > 1; }

  // - isFollowing: whether only what is new is asked for.
  async load(isFollowing = false) {
    const own = this.figure.querySelector("script.data");
    if (own) { this.data = JSON.parse(own.textContent); this.draw(); return; }
    const range = Charts.range;
    try {
      const data = await Promise.all(this.sources.map((source, index) => this.ask(source.address, range, isFollowing ? this.data?.[index] : null)));
      if (range !== Charts.range) return;
      this.data = data;
      this.draw();
    } catch { this.readout.textContent = "The curve cannot be read at the moment."; }
  }

  async ask(place, range, known) {
    if (!place) return { phases: [], count: 0, unfinite: 0 };
    const address = new URL(place, location.href);
    const tail = range ? null : lastStep(known);
    if (tail !== null) { address.searchParams.set("from", tail); address.searchParams.set("to", 1e12); }
    if (range) { address.searchParams.set("from", range[0]); address.searchParams.set("to", range[1]); }
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.status);
    const data = await answer.json();
    return tail === null ? data : continued(known, data, tail);
  }

  // The phases of each run that are on the screen.
  parts() {
    const [from, to] = Charts.range || [-Infinity, Infinity];
    return this.data.flatMap((data, index) => data.phases.map((phase) => ({
      name: phase.name, best: phase.best, index, run: this.sources[index].name,
      points: phase.points.filter(([first, end]) => end >= from && first <= to),
    }))).filter((phase) => phase.points.length);
  }

  // How a run's line looks, see style.css; the same in all charts.
  look(part) { return this.isShared ? ` s${part.index}` : ""; }

  draw() {
    if (!this.data) return;
    const parts = this.parts();
    const values = parts.flatMap((part) => part.points.flatMap((p) => [p[2], p[4]])).filter((v) => v !== null);
    const isLog = Charts.isLogarithmic && values.length > 0 && Math.min(...values) > 0;
    this.drawnWidth = this.plot.clientWidth;
    const width = Math.max(220, this.drawnWidth);
    const height = Math.max(120, this.plot.clientHeight);
    const box = { left: 52, right: width - 8, top: Charts.phases.length > 1 ? 20 : 8, bottom: height - 22 };
    const steps = parts.flatMap((part) => part.points.flatMap((p) => [p[0], p[1]]));
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    if (!values.length) {
      element("text", { x: box.left, y: height / 2 }, svg).textContent = "no value that is a finite number";
      this.plot.replaceChildren(svg);
      this.say(parts, false);
      return;
    }
    const view = (v) => (isLog ? Math.log10(v) : v);
    let [low, high] = [view(Math.min(...values)), view(Math.max(...values))];
    if (low === high) { const room = Math.abs(low) * 0.05 || 1; low -= room; high += room; }
    const margin = (high - low) * 0.05;
    [low, high] = [low - margin, high + margin];
    let [first, last] = Charts.range || [Math.min(...steps), Math.max(...steps)];
    if (first === last) { first -= 1; last += 1; }
    const x = (step) => box.left + (box.right - box.left) * (step - first) / (last - first);
    const y = (value) => box.bottom - (box.bottom - box.top) * (view(value) - low) / (high - low);
    this.scale = { x, first, last, box, width };
    Charts.phases.forEach((phase, index) => {
      const [a, b] = [Math.max(first, phase.first - 0.5), Math.min(last, phase.last + 0.5)];
      if (b <= a) return;
      if (index % 2) element("rect", { class: "phase", x: x(a), y: box.top, width: x(b) - x(a), height: box.bottom - box.top }, svg);
      if (Charts.phases.length > 1 && x(b) - x(a) > 7 * phase.name.length) {
        element("text", { x: x(a) + 3, y: box.top - 6 }, svg).textContent = phase.name;
      }
    });
    const marks = isLog ? this.powers(low, high) : ticks(low, high);
    const label = isLog ? (value) => short(10 ** value) : digits(marks);
    for (const value of marks) {
      const at = y(isLog ? 10 ** value : value);
      element("line", { class: "axis", x1: box.left, x2: box.right, y1: at, y2: at }, svg);
      element("text", { x: box.left - 5, y: at + 4, "text-anchor": "end" }, svg).textContent = label(value);
    }
    for (const step of ticks(first, last)) {
      element("text", { x: x(step), y: height - 6, "text-anchor": "middle" }, svg).textContent = step.toLocaleString("en");
    }
    for (const part of parts) this.line(svg, part, x, y);
    this.cursor = element("line", { class: "cursor", y1: box.top, y2: box.bottom, visibility: "hidden" }, svg);
    this.selection = element("rect", { class: "selection", y: box.top, height: box.bottom - box.top, width: 0 }, svg);
    this.plot.replaceChildren(svg);
    this.say(parts, isLog);
  }

  powers(low, high) {
    const found = [];
    for (let power = Math.ceil(low); power <= high; power += 1) found.push(power);
    return found.length > 1 ? found : ticks(low, high);
  }

  line(svg, part, x, y) {
    const runs = [];
    for (const point of part.points) {
      if (point[3] === null) { runs.push([]); continue; }
      if (!runs.length) runs.push([]);
      runs[runs.length - 1].push(point);
    }
    for (const points of runs.filter((run) => run.length)) {
      if (points.some((p) => p[5] > 1)) {
        const middle = (p) => x((p[0] + p[1]) / 2);
        const edge = points.map((p) => `${middle(p)},${y(p[4])}`).concat(points.slice().reverse().map((p) => `${middle(p)},${y(p[2])}`));
        element("polygon", { class: `spread${this.look(part)}`, points: edge.join(" ") }, svg);
      }
      const path = (values) => values.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      const mean = smoothed(points, 0);
      if (points.length === 1) element("circle", { class: `mark${this.look(part)}`, r: 3, cx: x(mean[0][0]), cy: y(mean[0][1]) }, svg);
      const curve = `curve${this.look(part)}`;
      element("polyline", { class: Charts.smoothing > 0 ? `${curve} faint` : curve, points: path(mean) }, svg);
      if (Charts.smoothing > 0) element("polyline", { class: curve, points: path(smoothed(points, Charts.smoothing)) }, svg);
    }
  }

  say(parts, isLog) {
    const known = parts.filter((part) => typeof part.best === "number" && part.name);
    const best = known.map((part) => `${known.length > 1 ? `${part.name} ` : ""}${short(part.best)}`).join(", ");
    const notes = [];
    if (best && !this.isShared) notes.push(`best ${best}`);
    if (isLog) notes.push("logarithmic axis");
    else if (Charts.isLogarithmic) notes.push("not logarithmic: a value is 0 or less");
    if (Charts.smoothing > 0) notes.push(`smoothed by ${Charts.smoothing.toFixed(2)}`);
    if (parts.some((part) => part.points.some((p) => p[5] > 1))) notes.push(`${this.total("count").toLocaleString("en")} values in ${parts.reduce((n, p) => n + p.points.length, 0)} points`);
    const unfinite = this.total("unfinite");
    if (unfinite) notes.push(`not drawn: ${unfinite.toLocaleString("en")} ${unfinite === 1 ? "value that is" : "values that are"} infinite or not a number`);
    if (this.plain === undefined) this.plain = this.note.textContent;
    this.note.textContent = [this.plain, ...notes].filter(Boolean).join(" · ");
    const text = parts.map((part) => {
      const finite = part.points.filter((p) => p[3] !== null);
      if (!finite.length) return "";
      return `${[part.run, part.name].filter(Boolean).map((name) => `${name}: `).join("")}from ${short(finite[0][3])} at step ${finite[0][0]} to ${short(finite[finite.length - 1][3])} at step ${finite[finite.length - 1][1]}`;
    }).filter(Boolean).join("; ");
    this.plot.setAttribute("aria-label", `${this.figure.dataset.metric}. ${text}. ${notes.join(". ")}`);
    this.plot.removeAttribute("aria-labelledby");
  }

  total(key) { return this.data.reduce((sum, data) => sum + data[key], 0); }

  at(event) {
    const place = this.plot.getBoundingClientRect();
    const { first, last, box, width } = this.scale;
    const inner = (event.clientX - place.left) * width / place.width;
    return first + (last - first) * Math.min(1, Math.max(0, (inner - box.left) / (box.right - box.left)));
  }

  show(step) {
    if (!this.data || !this.scale) return;
    const near = this.sources.map(() => null);
    for (const part of this.parts()) {
      for (const point of part.points) {
        const away = Math.abs((point[0] + point[1]) / 2 - step);
        if (!near[part.index] || away < near[part.index].away) near[part.index] = { away, point, part };
      }
    }
    const found = near.filter(Boolean);
    if (!found.length) return;
    const nearest = found.reduce((a, b) => (b.away < a.away ? b : a));
    const [first, end] = nearest.point;
    const at = this.scale.x((first + end) / 2);
    this.cursor.setAttribute("x1", at);
    this.cursor.setAttribute("x2", at);
    this.cursor.setAttribute("visibility", "visible");
    this.step = (first + end) / 2;
    // Of several runs the value of each; one that has none near the place says at which step its is.
    this.readout.textContent = this.isShared
      ? `step ${first === end ? first : `${first} to ${end}`}: ${found.map((one) => this.words(one, nearest)).join(", ")}`
      : this.alone(nearest);
  }

  words(one, nearest) {
    const [first, end, , mean] = one.point;
    const isHere = first <= nearest.point[1] && end >= nearest.point[0];
    return `${one.part.run} ${short(mean)}${isHere ? "" : ` at ${first}`}`;
  }

  alone({ point: [first, end, low, mean, high, count, unfinite], part }) {
    const said = count - unfinite > 1 ? `mean ${short(mean)}, ${short(low)} to ${short(high)}` : short(mean);
    const at = first === end ? `step ${first}` : `steps ${first} to ${end}`;
    const rest = unfinite && mean !== null ? `, ${unfinite} not a finite number` : "";
    return `${at}: ${said}${rest}${part.name ? ` (${part.name})` : ""}`;
  }

  hide() {
    this.cursor?.setAttribute("visibility", "hidden");
    this.readout.textContent = "\u00a0";
  }

  listen() {
    this.plot.addEventListener("pointermove", (event) => {
      if (!this.scale) return;
      for (const chart of Charts.all) if (chart.isSeen) chart.show(this.at(event));
      if (this.start === undefined) return;
      const [a, b] = [this.start, this.at(event)].sort((p, q) => p - q);
      this.selection.setAttribute("x", this.scale.x(a));
      this.selection.setAttribute("width", this.scale.x(b) - this.scale.x(a));
    });
    this.plot.addEventListener("pointerdown", (event) => {
      if (!this.scale || event.button !== 0 || event.pointerType === "touch") return;
      this.start = this.at(event);
      this.plot.setPointerCapture(event.pointerId);
    });
    this.plot.addEventListener("pointerup", (event) => {
      if (this.start === undefined) return;
      const [a, b] = [this.start, this.at(event)].sort((p, q) => p - q);
      this.start = undefined;
      this.selection.setAttribute("width", 0);
      if (b - a > (this.scale.last - this.scale.first) / 100) zoom([Math.floor(a), Math.ceil(b)]);
    });
    this.plot.addEventListener("pointerleave", () => { for (const chart of Charts.all) chart.hide(); });
    this.plot.addEventListener("dblclick", () => zoom(null));
    this.plot.addEventListener("blur", () => this.hide());
    this.plot.addEventListener("keydown", (event) => {
      if (!this.scale) return;
      const { first, last } = this.scale;
      const reach = (last - first) / (event.shiftKey ? 10 : 100);
      const now = this.step ?? first;
      if (event.key === "ArrowRight") this.show(Math.min(last, now + Math.max(reach, 1)));
      else if (event.key === "ArrowLeft") this.show(Math.max(first, now - Math.max(reach, 1)));
      else if (event.key === "+") zoom([Math.floor(now - (last - first) / 4), Math.ceil(now + (last - first) / 4)].map((s) => Math.max(0, s)));
      else if (event.key === "Escape" || event.key === "-") zoom(null);
      else return;
      event.preventDefault();
    });
  }
}

function zoom(range) {
  Charts.range = range;
  for (const chart of Charts.all) { if (chart.isSeen) chart.load(); else chart.data = null; }
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const chart = Charts.all.find((one) => one.figure === entry.target);
    chart.isSeen = entry.isIntersecting;
    if (chart.isSeen && (!chart.data || chart.isOld)) { chart.isOld = false; chart.load(); }
  }
}, { rootMargin: "300px" });
// Drawn again in the size that it has got, however that came.
const sized = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const chart = Charts.all.find((one) => one.plot === entry.target);
    if (chart.isSeen && chart.drawnWidth !== chart.plot.clientWidth) chart.draw();
  }
});
for (const figure of document.querySelectorAll("figure.chart")) {
  const chart = new Chart(figure);
  Charts.all.push(chart);
  seen.observe(figure);
  sized.observe(chart.plot);
}
const redraw = () => { for (const chart of Charts.all) if (chart.isSeen) chart.draw(); };
document.getElementById("smoothing")?.addEventListener("input", (event) => {
  Charts.smoothing = Number(event.target.value);
  document.getElementById("smoothing-value").textContent = Charts.smoothing.toFixed(2);
  redraw();
});
document.getElementById("logarithmic")?.addEventListener("change", (event) => { Charts.isLogarithmic = event.target.checked; redraw(); });
document.getElementById("zoom-out")?.addEventListener("click", () => zoom(null));
document.getElementById("chart-filter")?.addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const chart of Charts.all) chart.figure.hidden = !chart.figure.dataset.metric.toLowerCase().includes(wanted);
});

// The run goes on: curves on the screen follow at once, others when they are looked at; a metric or a picture
// that is new needs the page again.
document.addEventListener("fresh", (event) => {
  const page = event.detail;
  if (page.querySelectorAll("figure.chart").length !== Charts.all.length
    || Boolean(page.getElementById("picture-list")) !== Boolean(document.getElementById("picture-list"))) {
    location.reload();
    return;
  }
  for (const chart of Charts.all) {
    const last = page.getElementById(`${chart.figure.querySelector("figcaption").id}`);
    if (last) chart.plain = last.querySelector(".chart-note").textContent;
    if (chart.isSeen) chart.load(true); else chart.isOld = true;
  }
  Pictures.take(page.getElementById("picture-list"));
});

// Held-out photos over steps.
const Pictures = {
  slider: document.getElementById("picture"),
  list: JSON.parse(document.getElementById("picture-list")?.textContent || "[]"),
  show() {
    const picture = this.list[Number(this.slider.value)];
    if (!picture) return;
    const image = document.getElementById("picture-image");
    image.src = picture.address;
    image.alt = `Held-out photos at step ${picture.step}: canonical y, distorted x, transformed x_s, corrected ŷ`;
    document.getElementById("picture-step").textContent = picture.step;
  },
  take(script) {
    if (!script || !this.slider) return;
    const isLast = Number(this.slider.value) === this.list.length - 1;
    this.list = JSON.parse(script.textContent);
    this.slider.max = this.list.length - 1;
    if (isLast) { this.slider.value = this.list.length - 1; this.show(); }
  },
};
Pictures.slider?.addEventListener("input", () => Pictures.show());
