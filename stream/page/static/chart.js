// The chart of one series: value, expected and band above, the score below, episodes shaded in both.

import { formatNumber, formatTime, stateWord } from "./format.js";

const SCORE_HEIGHT = 0.3, MARGIN = 0.12, LEFT = 62, LEFT_ON_PHONE = 46, STEP = 12;
const SEVERITIES = ["minor", "major", "critical"];

export class Chart {
  /** onZoom is called with two times in ms; onReset without any. */
  constructor(onZoom, onReset) {
    this.box = document.getElementById("chart");
    this.readout = document.getElementById("readout");
    this.onZoom = onZoom;
    this.onReset = onReset;
    this.picture = null;
    this.plots = [];
    new ResizeObserver(() => this.resize()).observe(this.box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rebuild());
    this.box.addEventListener("keydown", (event) => this.onKey(event));
  }

  show(picture) {
    const isSame = this.picture && this.picture.name === picture.name && !!this.picture.week_before === !!picture.week_before;
    this.picture = picture;
    if (!isSame || !this.plots.length) this.rebuild();
    else this.update();
    this.describe();
  }

  clear() {
    this.plots.forEach((plot) => plot.destroy());
    this.plots = [];
    this.picture = null;
  }

  rebuild() {
    if (!this.picture) return;
    this.plots.forEach((plot) => plot.destroy());
    const colours = readColours();
    const sync = uPlot.sync("one series");
    this.plots = [
      new uPlot(this.options(colours, sync, this.valueParts(colours)), this.valueData(), this.box),
      new uPlot(this.options(colours, sync, this.scoreParts(colours)), this.scoreData(), this.box),
    ];
    this.resize();
    this.update();
    this.showAt(null);
  }

  update() {
    const [values, scores] = this.plots;
    const x = { min: this.picture.from / 1000, max: this.picture.to / 1000 };
    values.batch(() => { values.setData(this.valueData(), false); values.setScale("x", x); });
    scores.batch(() => { scores.setData(this.scoreData(), false); scores.setScale("x", x); });
    if (values.cursor.idx === null || values.cursor.idx === undefined) this.showAt(null);
  }

  resize() {
    const width = this.box.clientWidth;
    const height = this.box.clientHeight;
    if (!width || !height || !this.plots.length) return;
    const below = Math.round(height * SCORE_HEIGHT);
    this.plots[0].setSize({ width, height: height - below });
    this.plots[1].setSize({ width, height: below });
  }

  valueData() {
    const { times, upper, lower, expected, values, week_before: week } = this.picture;
    const seconds = times.map((time) => time / 1000);
    return [seconds, upper, lower, week || times.map(() => null), expected, values];
  }

  scoreData() {
    return [this.picture.times.map((time) => time / 1000), this.picture.scores];
  }

  options(colours, sync, parts) {
    return {
      width: 600, height: 200, padding: [parts.top, 12, 0, 0], legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC"),
      cursor: {
        sync: { key: sync.key, setSeries: false }, drag: { x: true, y: false, setScale: false },
        points: { size: 7 }, focus: { prox: -1 },
        bind: { dblclick: () => () => { this.onReset(); return null; } },
      },
      hooks: {
        setSelect: [(plot) => this.onSelect(plot)],
        setCursor: [(plot) => { if (plot === this.plots[0]) this.showAt(plot.cursor.idx); }],
        drawClear: [(plot) => this.shade(plot, colours)],
        ...parts.hooks,
      },
      scales: { x: { time: true }, ...parts.scales },
      axes: [
        { ...axis(colours), size: parts.hasTimes ? 46 : 6, values: parts.hasTimes ? timeLabels : (plot, ticks) => ticks.map(() => "") },
        { ...axis(colours), size: this.box.clientWidth < 600 ? LEFT_ON_PHONE : LEFT, values: (plot, ticks) => ticks.map((tick) => (tick === null ? "" : formatNumber(tick))), ...parts.axis },
      ],
      series: [{}, ...parts.series],
      bands: parts.bands || [],
    };
  }

  valueParts(colours) {
    const line = (stroke, width, more = {}) => ({ stroke, width, points: { show: false }, spanGaps: false, ...more });
    return {
      hasTimes: false, top: 20,
      scales: { y: { range: () => this.valueRange() } },
      axis: {},
      series: [
        line("transparent", 0), line("transparent", 0), line(colours.week, 1.25, { dash: [2, 3] }),
        line(colours.expected, 1.5, { dash: [6, 4] }),
        line(colours.value, 1.75, { points: { show: (plot) => plot.data[0].length < 40, size: 4 } }),
      ],
      bands: [{ series: [1, 2], fill: colours.band }],
    };
  }

  scoreParts(colours) {
    return {
      hasTimes: true, top: 8,
      // An arcsinh scale keeps the threshold in sight beside a score of 100.
      scales: { y: { distr: 4, asinh: 1, range: () => [0, Math.max(1.6, 1.15 * highest(this.picture.scores))] } },
      axis: { splits: () => scoreTicks(highest(this.picture.scores)), filter: (plot, ticks) => ticks },
      series: [{ stroke: colours.score, width: 1.25, fill: colours.scoreFill, points: { show: false }, spanGaps: false }],
      hooks: { draw: [(plot) => drawThreshold(plot, colours)] },
    };
  }

  /** The values decide the range, not the band: one that is wider is cut. */
  valueRange() {
    const known = [...this.picture.values, ...this.picture.expected, ...(this.picture.week_before || [])].filter((value) => value !== null);
    if (!known.length) return [0, 1];
    let low = known[0], high = known[0];
    for (const value of known) { low = Math.min(low, value); high = Math.max(high, value); }
    const margin = MARGIN * (high - low || Math.abs(high) || 1);
    return [low - margin, high + margin];
  }

  onSelect(plot) {
    if (plot.select.width < 8) return;
    const [start, end] = [plot.select.left, plot.select.left + plot.select.width].map((x) => Math.round(1000 * plot.posToVal(x, "x")));
    this.plots.forEach((each) => each.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false));
    if (plot.cursor.event !== null && !this.isZooming) {
      this.isZooming = true;
      queueMicrotask(() => { this.isZooming = false; });
      this.onZoom(start, end);
    }
  }

  shade(plot, colours) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
    ctx.clip();
    for (const episode of this.picture.episodes) {
      const colour = colours[episode.severity || "silent"];
      const left = plot.valToPos(episode.start / 1000, "x", true);
      const right = Math.max(left + 2, plot.valToPos(episode.until / 1000, "x", true));
      if (right < bbox.left || left > bbox.left + bbox.width) continue;
      ctx.globalAlpha = 0.16;
      ctx.fillStyle = colour;
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      ctx.globalAlpha = 1;
      ctx.fillRect(left, bbox.top, Math.max(2, devicePixelRatio * 1.5), bbox.height);
      if (plot === this.plots[0] || !this.plots.length) drawLabel(ctx, stateWord(episode.phase === "open" || episode.phase === "closed" ? "open" : episode.phase, episode.severity), Math.max(left, bbox.left), bbox, colour);
    }
    ctx.restore();
  }

  /** Write what is under the cursor, or the newest point. */
  showAt(index) {
    const { times, values, expected, lower, upper, scores, states, episodes, week_before: week } = this.picture;
    const isLast = index === null || index === undefined;
    let n = isLast ? times.length - 1 : index;
    while (isLast && n > 0 && values[n] === null) n--;
    if (n < 0) { this.readout.replaceChildren("no points in this range"); return; }
    const parts = [["time", `${formatTime(times[n], true)} UTC`, ""], ["value", formatNumber(values[n], 6), "value"]];
    if (expected[n] !== null) {
      const band = lower[n] === null ? "" : ` (${formatNumber(lower[n])} to ${formatNumber(upper[n])})`;
      parts.push(["expected", `${formatNumber(expected[n])}${band}`, "expected"]);
    }
    if (week) parts.push(["a week before", formatNumber(week[n]), "week"]);
    parts.push(["score", scores[n] === null ? states[n] : formatNumber(scores[n], 3), "score"]);
    const nodes = parts.map(([name, text, key]) => {
      const node = document.createElement("span");
      node.className = key ? `key ${key}` : "moment";
      node.textContent = key ? `${name} ` : "";
      const strong = document.createElement("b");
      strong.textContent = text;
      node.append(strong);
      return node;
    });
    const episode = episodes.find((each) => times[n] >= each.start && times[n] <= each.until);
    if (episode) {
      const why = document.createElement("span");
      why.className = "why";
      why.textContent = episode.why;
      nodes.push(why);
    }
    this.readout.replaceChildren(...nodes);
  }

  describe() {
    const { name, times, values, expected, scores, episodes } = this.picture;
    const n = times.length - 1;
    const newest = n < 0 ? "no points" : `newest value ${formatNumber(values[n])}, expected ${formatNumber(expected[n])}, score ${formatNumber(scores[n], 3)}`;
    this.box.setAttribute("aria-label", `${name}: ${times.length} points, ${episodes.length} episodes; ${newest}. Arrow keys read points, plus and minus zoom.`);
  }

  onKey(event) {
    const [plot] = this.plots;
    if (!plot) return;
    const { from, to } = this.picture;
    const quarter = (to - from) / 4;
    if (event.key === "+" || event.key === "=") this.onZoom(from + quarter, to - quarter);
    else if (event.key === "-") this.onZoom(from - 2 * quarter, to + 2 * quarter);
    else if (event.key === "PageUp") this.onZoom(from - 2 * quarter, to - 2 * quarter);
    else if (event.key === "PageDown") this.onZoom(from + 2 * quarter, to + 2 * quarter);
    else if (event.key === "Escape") this.onReset();
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      this.readout.setAttribute("aria-live", "polite");
      const step = event.key === "ArrowLeft" ? -STEP : STEP;
      const width = plot.bbox.width / devicePixelRatio;
      const left = plot.cursor.left >= 0 ? plot.cursor.left + step : width - 1;
      plot.setCursor({ left: Math.min(width - 1, Math.max(0, left)), top: 10 });
    } else return;
    event.preventDefault();
  }
}

function drawLabel(ctx, text, start, bbox, colour) {
  ctx.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textBaseline = "bottom";
  ctx.textAlign = "left";
  ctx.fillStyle = colour;
  const x = Math.min(start + 2, bbox.left + bbox.width - ctx.measureText(text).width - 2);
  ctx.fillText(text, x, bbox.top - 3 * devicePixelRatio);
}

function drawThreshold(plot, colours) {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(1, "y", true);
  ctx.save();
  ctx.strokeStyle = colours.threshold;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function axis(colours) {
  return {
    stroke: colours.text, font: "12px system-ui, sans-serif",
    grid: { stroke: colours.grid, width: 1 }, ticks: { stroke: colours.grid, width: 1, size: 4 },
  };
}

function timeLabels(plot, seconds, axisIndex, space, step) {
  let day = "";
  return seconds.map((second) => {
    const [date, month, clock] = parts(1000 * second, step < 60);
    const label = step >= 86400 ? `${date} ${month}` : clock;
    if (`${date} ${month}` === day || step >= 86400) return label;
    day = `${date} ${month}`;
    return `${label}\n${day}`;
  });
}

function parts(ms, withSeconds) {
  const words = formatTime(ms, withSeconds).split(" ");
  return [words[0], words[1], words.at(-1)];
}

function highest(scores) {
  let high = 0;
  for (const score of scores) if (score !== null && score > high) high = score;
  return high;
}

function scoreTicks(high) {
  return [0, 1, 3, 10, 30, 100, 300].filter((tick) => tick <= Math.max(1, 1.15 * high));
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["value", "expected", "band", "score", "scoreFill", "threshold", "week", "text", "grid", "silent", ...SEVERITIES];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--chart-${name}`).trim()]));
}
