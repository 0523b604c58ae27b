// Episodes: the open ones at the top of the page, and those of the chosen series with their answers.

import { element, formatDuration, formatNumber, formatTime, stateWord } from "./format.js";

const VERDICTS = [["expected", "Expected", "This was planned or is usual: do not alert on this shape at this time of the week"],
  ["false", "False alarm", "Nothing was wrong: alert on this series a little later"], ["real", "Real", "This was a fault"]];

/** The open episodes, worst first; returns those that were not there before. */
export class OpenEpisodes {
  constructor(onSelect) {
    this.list = document.getElementById("open-list");
    this.onSelect = onSelect;
    this.known = null;
  }

  show(news) {
    document.getElementById("open-count").textContent = news.n_open ? `${news.n_open}` : "";
    document.getElementById("open-none").hidden = news.n_open > 0;
    reconcile(this.list, news.open, (episode) => this.make(episode), fillOpen);
    const before = this.known;
    this.known = new Set(news.open.map((episode) => episode.episode));
    return before === null ? [] : news.open.filter((episode) => !before.has(episode.episode));
  }

  make(episode) {
    const item = element("li");
    const link = element("a");
    link.href = `/?${new URLSearchParams({ series: episode.series, ...(episode.feature && { feature: episode.feature }), at: episode.start })}`;
    link.append(element("span", "badge"), element("span", "name"), element("span", "lasts"), element("span", "why"), element("span", "answers"));
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.onSelect(episode.series, episode.feature, episode);
    });
    item.append(link);
    return item;
  }
}

function fillOpen(item, episode) {
  const [badge, name, lasts, why, answers] = item.firstChild.children;
  const word = stateWord(episode.phase, episode.severity);
  item.firstChild.className = episode.ack || episode.mute ? "calm" : "";
  badge.className = `badge ${word}`;
  setText(badge, word);
  setText(name, episode.feature ? `${episode.series} · ${episode.feature}` : episode.series);
  setText(lasts, formatDuration(episode.lasts));
  setText(why, episode.why);
  setText(answers, answersOf(episode));
}

/** The episodes of the chosen series. */
export class SeriesEpisodes {
  constructor(onAnswer, onShow) {
    this.list = document.getElementById("episodes");
    this.title = document.getElementById("episodes-title");
    this.onAnswer = onAnswer;
    this.onShow = onShow;
  }

  show(episodes) {
    this.title.textContent = episodes.length ? "Episodes of this series" : "No episode of this series so far";
    reconcile(this.list, episodes, (episode) => this.make(episode), fillEpisode);
  }

  make(episode) {
    const item = element("li");
    const top = element("div", "top");
    const moment = element("button", "quiet moment");
    moment.type = "button";
    moment.title = "Show it in the chart";
    moment.addEventListener("click", () => this.onShow(item.episode));
    top.append(element("span", "badge"), moment, element("span", "lasts"), element("span", "number"));
    const buttons = element("div", "buttons");
    buttons.append(this.button("ack", "Acknowledge", "Somebody takes care of it: no more reminders"));
    for (const [verdict, text, hint] of VERDICTS) buttons.append(this.button(verdict, text, hint));
    item.append(top, element("p", "why"), element("p", "answers"), buttons);
    item.episode = episode;
    buttons.addEventListener("click", (event) => {
      const pressed = event.target.closest("button");
      if (pressed) this.onAnswer(item.episode, pressed.dataset.answer, pressed.getAttribute("aria-pressed") === "true", pressed);
    });
    return item;
  }

  button(answer, text, hint) {
    const made = element("button", "", text);
    made.type = "button";
    made.title = hint;
    made.dataset.answer = answer;
    return made;
  }
}

function fillEpisode(item, episode) {
  item.episode = episode;
  const [top, why, answers, buttons] = item.children;
  const [badge, moment, lasts, number] = top.children;
  const word = episode.severity || episode.phase;
  badge.className = `badge ${word}`;
  setText(badge, word);
  setText(moment, `${formatTime(episode.start)} UTC`);
  setText(lasts, episode.phase === "open" || episode.phase === "silent" ? `${episode.phase} for ${formatDuration(episode.lasts)}` : `${episode.phase} after ${formatDuration(episode.lasts)}`);
  setText(number, episode.score === null ? "" : `score ${formatNumber(episode.score, 3)}`);
  setText(why, episode.why);
  setText(answers, answersOf(episode));
  for (const button of buttons.children) {
    const answer = button.dataset.answer;
    button.hidden = episode.severity === null && answer !== "ack";
    button.setAttribute("aria-pressed", answer === "ack" ? episode.ack !== null : episode.verdict?.verdict === answer);
  }
}

function answersOf(episode) {
  const parts = [];
  if (episode.ack) parts.push(`acknowledged by ${episode.ack.by}`);
  if (episode.verdict) parts.push(`${episode.verdict.verdict === "false" ? "false alarm" : episode.verdict.verdict}, says ${episode.verdict.by}`);
  if (episode.mute) parts.push(`muted until ${formatTime(episode.mute.until)} by ${episode.mute.by}`);
  return parts.join("; ");
}

/** Change a list of elements so that it shows these episodes in this order; what stays keeps its focus. */
function reconcile(list, episodes, make, fill) {
  const shown = new Map([...list.children].map((item) => [item.dataset.id, item]));
  episodes.forEach((episode, n) => {
    let item = shown.get(episode.episode);
    shown.delete(episode.episode);
    if (!item) {
      item = make(episode);
      item.dataset.id = episode.episode;
    }
    fill(item, episode);
    if (list.children[n] !== item) list.insertBefore(item, list.children[n] || null);
  });
  for (const item of shown.values()) item.remove();
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
