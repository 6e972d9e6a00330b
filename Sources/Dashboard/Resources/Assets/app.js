// What every page does: light and dark, what is new, the runs that are selected, parts that come later.
"use strict";

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* kept for this page only */ }
});

// Every part of a page that is marked gets its new content; what is focused or selected stays.
const Fresh = {
  isWaiting: false,
  isAgain: false,
  async load() {
    if (this.isWaiting) { this.isAgain = true; return; }
    this.isWaiting = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        this.take(page);
        Connection.known = page.body.dataset.change;
      }
      Connection.say(answer.ok ? "" : "The database cannot be read at the moment");
      if (!answer.ok) setTimeout(() => { if (!document.hidden) Connection.look(); }, 3000);
    } catch { Connection.say("Not connected"); }
    this.isWaiting = false;
    if (this.isAgain) { this.isAgain = false; setTimeout(() => this.load(), 500); }
  },
  take(page) {
    const focused = document.activeElement;
    const mark = focused && focused.name ? `[name="${focused.name}"][value="${focused.value}"]` : null;
    for (const part of document.querySelectorAll("[data-fresh][id]")) {
      const fresh = page.getElementById(part.id);
      if (!fresh || fresh.innerHTML === part.dataset.last) continue;
      if (part.dataset.last === undefined && fresh.innerHTML === part.innerHTML) continue;
      part.dataset.last = fresh.innerHTML;
      const scroll = [...part.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
      part.replaceChildren(...fresh.childNodes);
      part.querySelectorAll(".scroll").forEach((box, at) => { box.scrollLeft = scroll[at] || 0; });
      if (mark && !document.contains(focused)) {
        const again = part.querySelector(mark);
        if (again) again.focus();
      }
    }
    Selection.show();
    document.dispatchEvent(new CustomEvent("fresh", { detail: page }));
  },
};

// Told of changes while the page is on the screen: a browser has six connections to a server, and each page
// that listens holds one.
const Connection = {
  events: null,
  timer: null,
  last: 0,
  // The number of the change that the page was made after.
  known: document.body.dataset.change,
  say(text) {
    const place = document.getElementById("connection");
    if (place.textContent !== text) place.textContent = text;
  },
  open() {
    const address = document.body.dataset.live;
    if (this.events || !address || document.hidden) return;
    this.events = new EventSource(address);
    // The first one says how things stand, and is news where the page is older.
    this.events.addEventListener("change", (event) => {
      this.say("");
      if (event.data !== this.known) this.look();
    });
    this.events.addEventListener("error", () => this.say("Not connected; trying again"));
  },
  close() {
    this.events?.close();
    this.events = null;
  },
  // At most one look a second, however often a run writes.
  look() {
    if (this.timer !== null) return;
    const wait = Math.max(0, 1000 - (Date.now() - this.last));
    this.timer = setTimeout(() => { this.timer = null; this.last = Date.now(); Fresh.load(); }, wait);
  },
};

// The runs to compare, kept while the table is brought up to date.
const Selection = {
  chosen: new Set(),
  boxes() { return document.querySelectorAll('input[name="run"]'); },
  show() {
    const button = document.getElementById("compare-button");
    if (!button) return;
    for (const box of this.boxes()) box.checked = this.chosen.has(box.value);
    const count = this.chosen.size;
    button.disabled = count < 2 || count > 8;
    document.getElementById("selected").textContent = count === 0 ? "Select two or more runs"
      : `${count} selected${count > 8 ? "; at most 8 are compared" : ""}`;
  },
  start() {
    for (const box of this.boxes()) if (box.checked) this.chosen.add(box.value);
    document.addEventListener("change", (event) => {
      if (event.target.name !== "run") return;
      if (event.target.checked) this.chosen.add(event.target.value); else this.chosen.delete(event.target.value);
      this.show();
    });
    this.show();
  },
};

async function loadPart(place) {
  try {
    const answer = await fetch(place.dataset.part);
    const text = await answer.text();
    if (answer.ok) {
      place.innerHTML = text;
      // What the page has already, and belongs into the part.
      for (const slot of place.querySelectorAll("[data-slot]")) {
        const own = document.getElementById(slot.dataset.slot);
        if (own) slot.replaceWith(own);
      }
      return;
    }
    const page = new DOMParser().parseFromString(text, "text/html");
    const said = page.querySelector("main .lead");
    place.innerHTML = '<p class="problem" role="alert"></p>';
    place.firstChild.textContent = said ? said.textContent : `The answer was ${answer.status}`;
  } catch {
    place.innerHTML = '<p class="problem" role="alert">The dashboard does not answer.</p>';
  }
}

Selection.start();
for (const place of document.querySelectorAll("[data-part]")) loadPart(place);
Connection.open();
document.addEventListener("visibilitychange", () => { if (document.hidden) Connection.close(); else Connection.open(); });
addEventListener("pagehide", () => Connection.close());
// Also where the browser shows the page as it was left.
addEventListener("pageshow", () => Connection.open());

// Only what is asked for stands in the address.
for (const form of document.querySelectorAll('form[method="get"]')) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
}

// Filters apply as soon as something is chosen; typing waits for Enter.
for (const form of document.querySelectorAll('form.filters[method="get"]')) {
  for (const select of form.querySelectorAll("select")) {
    select.addEventListener("change", () => form.requestSubmit());
  }
}
