// The page: what is chosen, the news from the server, and the buttons.

import { follow, get, post, startSession } from "./api.js";
import { Chart } from "./chart.js";
import { OpenEpisodes, SeriesEpisodes } from "./episodes.js";
import { element, formatCount, formatNumber, formatTime, stateWord } from "./format.js";
import { SeriesList } from "./list.js";

const MINUTE = 60_000;
const SPANS = [["15m", 15], ["1h", 60], ["6h", 360], ["24h", 1440], ["7d", 10080]];
const STATES = ["anomalous", "silent", "pending", "muted", "normal", "warming"];
const NAME = "streamgauge-name";
const byId = (id) => document.getElementById(id);

const view = { series: null, feature: "", from: null, to: null, span: null, isLive: true, compare: false, stamp: "" };
let session = null, last = null, asking = null, isAsking = false, isLost = false, picture = null;

const list = new SeriesList((series, feature) => choose(series, feature));
const chart = new Chart(zoom, goLive);
const open = new OpenEpisodes((series, feature, episode) => choose(series, feature, episode));
const episodes = new SeriesEpisodes(answer, showEpisode);

// What is shown of one series.

function choose(series, feature = "", episode = null) {
  Object.assign(view, { series, feature, from: null, to: null, span: null, isLive: true });
  if (episode?.is_over) centre(episode.start);
  show(true);
  document.body.dataset.view = "detail";
}

function centre(at) {
  Object.assign(view, { isLive: false, at, from: null, to: null });
}

function zoom(from, to) {
  Object.assign(view, { isLive: false, at: null, from: Math.round(from), to: Math.round(Math.max(to, from + 1000)) });
  show(false);
}

function goLive() {
  Object.assign(view, { isLive: true, at: null, from: null, to: null });
  show(false);
}

function setSpan(minutes) {
  const middle = view.isLive || !picture ? null : (picture.from + picture.to) / 2;
  view.span = minutes * MINUTE;
  if (middle !== null) Object.assign(view, { at: middle, from: null, to: null });
  show(false);
}

function showEpisode(episode) {
  const margin = Math.max(0.5 * (episode.until - episode.start), 40 * (picture.interval || MINUTE));
  zoom(episode.start - margin, episode.until + margin);
  byId("chart").scrollIntoView({ block: "nearest" });
}

function show(isNew) {
  list.select(view.series, view.feature);
  byId("placeholder").hidden = view.series !== null;
  byId("detail").hidden = view.series === null;
  byId("live").setAttribute("aria-pressed", view.isLive);
  byId("compare").setAttribute("aria-pressed", view.compare);
  byId("legend-week").hidden = !view.compare;
  view.stamp = "";
  remember(isNew);
  return refresh();
}

function remember(isNew) {
  const query = new URLSearchParams();
  if (view.series !== null) query.set("series", view.series);
  if (view.feature) query.set("feature", view.feature);
  if (!view.isLive && picture && view.from !== null) {
    query.set("at", Math.round((view.from + view.to) / 2));
    query.set("span", view.to - view.from);
  } else if (!view.isLive && view.at) query.set("at", Math.round(view.at));
  const address = query.size ? `/?${query}` : "/";
  if (address === location.pathname + location.search) return;
  history[isNew ? "pushState" : "replaceState"](null, "", address);
}

function recall() {
  const query = new URLSearchParams(location.search);
  Object.assign(view, { series: query.get("series"), feature: query.get("feature") || "", from: null, to: null, span: null, isLive: true });
  const at = Number(query.get("at")), span = Number(query.get("span"));
  if (at && span) Object.assign(view, { isLive: false, from: Math.round(at - span / 2), to: Math.round(at + span / 2) });
  else if (at) centre(at);
  document.body.dataset.view = view.series === null ? "list" : "detail";
  show(false);
}

async function refresh() {
  if (view.series === null) return;
  asking?.abort();
  const mine = asking = new AbortController();
  isAsking = true;
  try {
    const wanted = { series: view.series, feature: view.feature, from: view.from, to: view.to, stamp: view.stamp, span: view.span, compare: view.compare ? "week" : "" };
    if (!view.isLive && view.at && view.from === null) {
      const span = view.span || picture?.to - picture?.from || await usualSpan(mine.signal);
      Object.assign(view, { from: Math.round(view.at - span / 2), to: Math.round(view.at + span / 2) });
      Object.assign(wanted, { from: view.from, to: view.to });
    }
    const found = await get("/api/points", wanted, mine.signal);
    if (found) draw(found);
  } catch (error) {
    if (error.name !== "AbortError" && !isLost) missing(error.message);
  } finally {
    if (asking === mine) isAsking = false;
  }
}

async function usualSpan(signal) {
  const found = await get("/api/points", { series: view.series, feature: view.feature }, signal);
  return found.to - found.from;
}

function missing(text) {
  byId("detail").hidden = true;
  byId("placeholder").hidden = false;
  byId("placeholder-text").textContent = `${view.series}: ${text}`;
}

function draw(found) {
  picture = found;
  view.stamp = found.stamp;
  byId("detail").hidden = false;
  byId("placeholder").hidden = true;
  document.title = `${found.name} · streamgauge`;
  byId("detail-name").textContent = found.name;
  const word = stateWord(found.state, found.severity);
  byId("detail-state").className = `badge ${word}`;
  byId("detail-state").textContent = word;
  byId("range").textContent = `${formatTime(found.from)} – ${formatTime(found.to)} UTC`;
  for (const button of byId("spans").children) button.setAttribute("aria-pressed", Number(button.value) * MINUTE === found.to - found.from);
  showMute(found);
  const hasScores = session.scores_topic !== null;
  byId("no-scores").hidden = hasScores;
  for (const id of ["chart", "readout", "legend", "tools"]) byId(id).hidden = !hasScores;
  if (hasScores) chart.show(found);
  episodes.show(found.episodes);
}

function showMute(found) {
  const line = byId("detail-muted"), mute = found.mute;
  byId("mute").hidden = mute !== null;
  line.hidden = mute === null;
  if (mute === null) return;
  const undo = element("button", "", "Unmute");
  undo.type = "button";
  undo.addEventListener("click", () => send("/api/unmute", { id: mute.id }, "Unmuted", undo));
  const why = mute.why ? ` (${mute.why})` : "";
  line.replaceChildren(`Muted until ${formatTime(mute.until)} UTC by ${mute.by}${why}, pattern ${mute.match} `, undo);
}

// Answers.

async function send(path, body, done, button = null) {
  if (button) button.disabled = true;
  try {
    await post(path, body);
    toast(done);
    view.stamp = "";
  } catch (error) {
    toast(error.message, true);
  } finally {
    if (button) button.disabled = false;
  }
}

function answer(episode, kind, isPressed, button) {
  const by = localStorage.getItem(NAME) || "";
  if (kind === "ack") return send("/api/ack", { episode: episode.episode, undo: isPressed, by }, isPressed ? "No longer acknowledged" : "Acknowledged", button);
  const verdict = isPressed ? null : kind;
  return send("/api/verdict", { episode: episode.episode, verdict, by }, isPressed ? "Verdict removed" : "Verdict sent to the workers", button);
}

function askToMute() {
  if (!picture) return;
  byId("mute-match").value = picture.pattern;
  byId("mute-by").value = session.user || localStorage.getItem(NAME) || "";
  byId("mute-dialog").showModal();
  byId("mute-minutes").focus();
}

byId("mute-dialog").addEventListener("close", () => {
  const dialog = byId("mute-dialog");
  if (dialog.returnValue !== "mute") return;
  dialog.returnValue = "";
  const by = byId("mute-by").value.trim();
  localStorage.setItem(NAME, by);
  send("/api/mute", { match: byId("mute-match").value, minutes: Number(byId("mute-minutes").value), why: byId("mute-why").value, by }, "Muted");
});
byId("mute-cancel").addEventListener("click", () => byId("mute-dialog").close(""));

let toastTimer = 0;
function toast(text, isProblem = false) {
  byId("toast").textContent = text;
  byId("toast").className = isProblem ? "shown problem" : "shown";
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { byId("toast").className = ""; }, isProblem ? 8000 : 3000);
}

// News of the server.

function onNews(news) {
  showVitals(news);
  const fresh = open.show(news);
  if (fresh.length) byId("announce").textContent = fresh.map((each) => `${each.severity || each.phase}: ${each.series}. ${each.why}`).join(" ");
  for (const button of byId("states").children) button.querySelector("b").textContent = formatCount(news.states[button.value]);
  showProblem(news);
  if (document.hidden) return;
  list.refresh();
  // A request that is still under way is not repeated: a slow connection sees fewer pictures, not older ones.
  if (!isAsking) refresh();
}

function showVitals(news) {
  const vitals = news.vitals;
  byId("vital-rate").textContent = rate(news);
  byId("vital-lag").textContent = formatCount(vitals.lag);
  byId("vital-workers").textContent = formatCount(vitals.n_workers);
  byId("vital-dead").textContent = formatCount(vitals.n_dead_letters);
  byId("vital-series").textContent = formatCount(news.n_series);
  byId("vital-workers").parentElement.className = vitals.n_workers === 0 ? "bad" : "";
  byId("vital-dead").parentElement.className = vitals.n_dead_letters ? "bad" : "";
}

const rates = [];
/** Points, or without scores messages, of the last ten seconds. */
function rate(news) {
  const hasScores = session.scores_topic !== null;
  const [at, n] = hasScores ? [news.now, news.n_points] : [news.vitals.at_ms, news.vitals.n_messages];
  if (n === null || at === rates.at(-1)?.[0]) return byId("vital-rate").textContent;
  rates.push([at, n]);
  while (rates.length > 2 && at - rates[0][0] > 10_000) rates.shift();
  const [before, nBefore] = rates[0];
  return at > before ? formatNumber(Math.max(0, Number((1000 * (n - nBefore) / (at - before)).toPrecision(3)))) : "–";
}

function showProblem(news) {
  const problem = news.problem, isGone = news.vitals.problem !== "";
  setConnection(problem ? "bad" : "good", problem ? "not up to date" : news.has_caught_up ? "live" : "reading the past");
  byId("banner").hidden = !problem;
  byId("banner").textContent = problem ? `${isGone ? "Kafka does not answer" : "The topics are not read"}, what you see may be old; trying again. ${problem}` : "";
}

function setConnection(state, text) {
  byId("connection").className = state;
  if (byId("connection-text").textContent !== text) byId("connection-text").textContent = text;
}

function showLost() {
  isLost = true;
  setConnection("bad", "not connected");
  byId("banner").hidden = false;
  byId("banner").textContent = "No connection to the page's server. What you see may be old; trying again.";
}

async function onState(isConnected) {
  if (!isConnected) return showLost();
  if (!isLost) return;
  await beginSession();
  isLost = false;
  byId("banner").hidden = true;
  toast("Connected again");
  view.stamp = "";
}

/** Begin a session; a request that fails, as when the network changes, is made again. */
async function beginSession() {
  for (;;) {
    try {
      session = await startSession();
      return;
    } catch {
      showLost();
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

// Buttons and keys.

function build() {
  for (const [text, minutes] of SPANS) {
    const button = element("button", "", text);
    button.type = "button";
    button.value = minutes;
    button.addEventListener("click", () => setSpan(minutes));
    byId("spans").append(button);
  }
  for (const state of STATES) {
    const button = element("button", `state ${state}`, `${state} `);
    button.type = "button";
    button.value = state;
    button.setAttribute("aria-pressed", "false");
    button.append(element("b"));
    button.addEventListener("click", () => filter(state));
    byId("states").append(button);
  }
  byId("no-scores").textContent = "There is no scores topic, so there are episodes but no chart. Set STREAMGAUGE_SCORES_TOPIC=scores for the worker and for this page, and start both again.";
  byId("search").addEventListener("input", () => list.filter(byId("search").value.trim(), list.state));
  byId("mute").addEventListener("click", askToMute);
  byId("live").addEventListener("click", goLive);
  byId("compare").addEventListener("click", () => { view.compare = !view.compare; show(false); });
  byId("back").addEventListener("click", () => { document.body.dataset.view = "list"; });
  byId("copy").addEventListener("click", copyLink);
  addEventListener("popstate", recall);
  addEventListener("keydown", onKey);
}

function filter(state) {
  const chosen = list.state === state ? "" : state;
  for (const button of byId("states").children) button.setAttribute("aria-pressed", button.value === chosen);
  list.filter(byId("search").value.trim(), chosen);
}

async function copyLink() {
  const query = new URLSearchParams({ series: view.series, ...(view.feature && { feature: view.feature }), at: Math.round((picture.from + picture.to) / 2), span: picture.to - picture.from });
  try {
    await navigator.clipboard.writeText(`${location.origin}/?${query}`);
    toast("Link copied");
  } catch {
    history.replaceState(null, "", `/?${query}`);
    toast("The link is in the address bar");
  }
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName) || byId("mute-dialog").open) return;
  const keys = { "/": () => byId("search").focus(), m: askToMute, l: goLive };
  if (!(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
}

async function start() {
  build();
  await beginSession();
  await list.refresh();
  recall();
  follow(onNews, onState);
}

start();
