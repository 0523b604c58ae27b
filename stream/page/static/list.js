// The list of series: only the rows in sight exist, and only they are asked for, however many series there are.

import { get } from "./api.js";
import { element, formatNumber, stateWord } from "./format.js";

const ROW = 54, AROUND = 12, SVG = "http://www.w3.org/2000/svg";

export class SeriesList {
  constructor(onSelect) {
    this.box = document.getElementById("list");
    this.space = document.getElementById("list-space");
    this.count = document.getElementById("list-count");
    this.onSelect = onSelect;
    this.query = "";
    this.state = "";
    this.total = 0;
    this.rows = new Map();   // by place
    this.drawn = new Map();  // elements by place
    this.selected = null;
    this.active = -1;
    this.asking = null;
    this.box.addEventListener("scroll", () => this.draw(true), { passive: true });
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    this.box.addEventListener("focus", () => { if (this.active < 0) this.move(0); });
    new ResizeObserver(() => this.draw(true)).observe(this.box);
  }

  filter(query, state) {
    this.query = query;
    this.state = state;
    this.rows.clear();
    this.active = -1;
    this.box.scrollTop = 0;
    return this.refresh();
  }

  /** Ask for the rows in sight again. */
  async refresh() {
    const [first, end] = this.inSight();
    this.asking?.abort();
    const asking = this.asking = new AbortController();
    try {
      const answer = await get("/api/series", { q: this.query, state: this.state, offset: first, limit: end - first }, asking.signal);
      this.total = answer.total;
      answer.rows.forEach((row, n) => this.rows.set(first + n, row));
      for (const place of this.rows.keys()) if (place >= this.total || Math.abs(place - first) > 500) this.rows.delete(place);
      this.count.textContent = `${this.total.toLocaleString("en-US")} ${this.total === 1 ? "series" : "series"}${this.query || this.state ? " found" : ", worst first"}`;
      this.draw(false);
    } catch (error) {
      if (error.name !== "AbortError") this.count.textContent = "the list is not up to date";
    }
  }

  inSight() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW) - AROUND);
    return [first, first + Math.ceil(this.box.clientHeight / ROW) + 2 * AROUND];
  }

  draw(askForMissing) {
    this.space.style.height = `${this.total * ROW}px`;
    const [first, end] = this.inSight();
    let isMissing = false;
    for (const [place, row] of this.drawn) {
      if (place < first || place >= Math.min(end, this.total)) {
        row.remove();
        this.drawn.delete(place);
      }
    }
    for (let place = first; place < Math.min(end, this.total); place++) {
      const row = this.rows.get(place);
      isMissing ||= !row;
      let shown = this.drawn.get(place);
      if (!shown) {
        this.drawn.set(place, shown = makeRow(place, () => this.choose(place)));
        this.space.append(shown);
      }
      if (row) fillRow(shown, row, place, this.total, this.isSelected(row), place === this.active);
    }
    if (askForMissing && isMissing) this.refresh();
  }

  isSelected(row) {
    return this.selected !== null && row.series === this.selected.series && row.feature === this.selected.feature;
  }

  select(series, feature) {
    this.selected = { series, feature };
    this.draw(false);
  }

  choose(place) {
    const row = this.rows.get(place);
    this.active = place;
    if (row) this.onSelect(row.series, row.feature);
  }

  move(place) {
    this.active = Math.max(0, Math.min(this.total - 1, place));
    const top = this.active * ROW;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + ROW > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + ROW - this.box.clientHeight;
    this.box.setAttribute("aria-activedescendant", `row-${this.active}`);
    this.draw(true);
  }

  onKey(event) {
    const page = Math.floor(this.box.clientHeight / ROW);
    const places = {
      ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page,
      Home: 0, End: this.total - 1,
    };
    if (event.key in places) this.move(places[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.choose(this.active);
    else return;
    event.preventDefault();
  }
}

function makeRow(place, onClick) {
  const row = element("div", "row");
  row.id = `row-${place}`;
  row.setAttribute("role", "option");
  row.style.transform = `translateY(${place * ROW}px)`;
  const spark = document.createElementNS(SVG, "svg");
  spark.setAttribute("class", "spark");
  spark.setAttribute("viewBox", "0 0 96 24");
  spark.setAttribute("preserveAspectRatio", "none");
  spark.setAttribute("aria-hidden", "true");
  spark.append(document.createElementNS(SVG, "path"));
  const name = element("span", "name");
  name.append(element("b"), element("span", "labels"));
  row.append(name, spark, element("span", "number"), element("span", "badge"));
  row.addEventListener("click", onClick);
  return row;
}

function fillRow(shown, row, place, total, isSelected, isActive) {
  const [name, spark, number, badge] = shown.children;
  const word = stateWord(row.state, row.severity);
  shown.className = `row${isActive ? " active" : ""}`;
  shown.setAttribute("aria-selected", isSelected);
  shown.setAttribute("aria-setsize", total);
  shown.setAttribute("aria-posinset", place + 1);
  const [title, labels] = splitName(row.name);
  setText(name.firstChild, title);
  setText(name.lastChild, labels);
  if (shown.title !== row.name) shown.title = row.name;
  setText(badge, word);
  badge.className = `badge ${word}`;
  setText(number, formatNumber(row.value));
  const path = sparkline(row.spark);
  if (spark.firstChild.getAttribute("d") !== path) spark.firstChild.setAttribute("d", path);
}

/** Split a name such as `cpu{host="web-1"}`, or `host-7/cpu`, into what is read first and what comes below. */
function splitName(name) {
  const found = /^([^{]+)\{(.*)\}(.*)$/.exec(name);
  if (!found) return [name, ""];
  const labels = found[2].replace(/="((?:[^"\\]|\\.)*)"/g, "=$1").replaceAll(",", "  ");
  return [found[1] + found[3], labels];
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function sparkline(values) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return "";
  const low = Math.min(...known), range = Math.max(...known) - low || 1;
  const x = 96 / (values.length - 1);
  let path = "", pen = "M";
  values.forEach((value, n) => {
    if (value === null) { pen = "M"; return; }
    path += `${pen}${(n * x).toFixed(1)} ${(22 - 20 * (value - low) / range).toFixed(1)}`;
    pen = "L";
  });
  return path;
}
