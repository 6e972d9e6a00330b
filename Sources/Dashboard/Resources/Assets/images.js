// An image at full size: drawn again whenever a slider moves, and what the networks say of each view.
"use strict";

const Look = {
  place: document.getElementById("look"),
  pictures: document.getElementById("pictures"),
  sliders: document.getElementById("sliders"),
  problem: document.getElementById("look-problem"),
  photo: null,
  drawn: null,
  isWaiting: false,
  isAgain: false,
  moved: new Set(),

  // The sliders that were moved; none of them: as it was drawn.
  values() {
    if (!this.sliders) return "";
    return new URLSearchParams([...this.moved].map((name) => [name, this.sliders.elements[name].value])).toString();
  },

  async load() {
    if (this.isWaiting) { this.isAgain = true; return; }
    const isPhoto = !this.place.dataset.look;
    if (isPhoto && !this.photo) return;
    this.isWaiting = true;
    this.pictures.classList.add("busy");
    const base = isPhoto ? this.place.dataset.photo : this.place.dataset.look;
    const values = this.values();
    try {
      const answer = await fetch(values ? `${base}&${values}` : base, isPhoto
        ? { method: "POST", body: this.photo, headers: { "X-Photo": "1", "Content-Type": "application/octet-stream" } } : {});
      const text = await answer.text();
      if (answer.ok) this.show(JSON.parse(text)); else this.fail(text);
    } catch { this.complain("The dashboard does not answer."); }
    this.isWaiting = false;
    this.pictures.classList.remove("busy");
    if (this.isAgain) { this.isAgain = false; this.load(); }
  },

  fail(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    this.complain(page.querySelector("main .lead")?.textContent || "It cannot be drawn.");
    this.pictures.replaceChildren();
  },

  complain(text) { this.problem.textContent = text; this.problem.hidden = !text; },

  show(look) {
    const notes = [...look.problems, ...look.judges.filter((j) => j.problem).map((j) => `${j.model}: ${j.problem}`)];
    this.complain(notes.join(" "));
    this.pictures.replaceChildren(...look.pictures.map((picture) => {
      const figure = document.createElement("figure");
      figure.className = "look";
      const image = new Image(224, 224);
      image.src = picture.data;
      image.alt = picture.name;
      const caption = document.createElement("figcaption");
      caption.textContent = picture.name;
      const list = document.createElement("ul");
      for (const judge of look.judges) {
        for (const said of judge.said.filter((one) => one.view === picture.name)) {
          const item = document.createElement("li");
          const mark = said.is_right === true ? "✓ " : said.is_right === false ? "✗ " : "";
          item.textContent = `${mark}${said.name} ${said.percent} % (${judge.model})`;
          if (typeof said.is_right === "boolean") item.className = said.is_right ? "right" : "wrong";
          list.append(item);
        }
      }
      figure.append(image, caption, list);
      return figure;
    }));
    if (!this.drawn && look.parameters) { this.drawn = look.parameters; this.set(look.parameters); }
    if (this.sliders && !look.parameters && this.place.dataset.look) this.sliders.hidden = true;
  },

  set(values) {
    if (!this.sliders) return;
    for (const [key, value] of Object.entries(values)) {
      const slider = this.sliders.elements[key];
      if (!slider) continue;
      slider.value = value;
      slider.parentElement.querySelector("output").textContent = Number(Number(value).toFixed(2));
    }
  },

  take(file) {
    if (!file) return;
    if (file.size > 20000000) { this.complain("A photo may have at most 20 MB."); return; }
    this.photo = file;
    this.load();
  },
};

Look.sliders?.addEventListener("input", (event) => {
  Look.moved.add(event.target.name);
  event.target.parentElement.querySelector("output").textContent = Number(event.target.value);
  Look.load();
});
Look.sliders?.addEventListener("reset", (event) => {
  event.preventDefault();
  Look.moved.clear();
  if (Look.drawn) Look.set(Look.drawn);
  Look.load();
});
document.getElementById("file")?.addEventListener("change", (event) => Look.take(event.target.files[0]));
const drop = document.getElementById("drop");
if (drop) {
  for (const name of ["dragenter", "dragover"]) addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
  addEventListener("drop", (event) => Look.take(event.dataTransfer.files[0]));
}
Look.load();
