/* Copyright (c) 2026, sailpoint_community.isc contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later */

// The timelines: one axis for all, and on it a bar for each token. The dates stand beside them as text.

const DAY = 86400000;
const MOST_TICKS = matchMedia("(max-width: 48rem)").matches ? 4 : 7;
const SVG = "http://www.w3.org/2000/svg";
const MARKS = {
  due: "M0-5 5 0 0 5-5 0Z",
  end: "M0-7V7",
  dead: "M-4-4 4 4M4-4-4 4",
  earlier: "M10-6 1 0 10 6Z",
  later: "M-10-6-1 0-10 6Z",
};

/** Return an SVG element with these attributes. */
function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return an axis over all tokens, or over so many days each way of now where they reach further. */
function axisOf(tokens, now, days) {
  let first = now - 30 * DAY;
  let last = now + 30 * DAY;
  for (const token of tokens) {
    first = Math.min(first, Date.parse(token.created));
    if (token.expiration_date) last = Math.max(last, Date.parse(token.expiration_date));
  }
  if (days) {
    first = Math.max(first, now - days * DAY);
    last = Math.min(last, now + days * DAY);
  }
  const margin = (last - first) / 50;
  return { first: first - margin, last: last + margin, now };
}

/** Return where a moment is on the axis, in percent; what lies outside is at the edge. */
function place(axis, moment) {
  const share = (moment - axis.first) / (axis.last - axis.first);
  return Math.round(Math.min(Math.max(share, 0), 1) * 10000) / 100;
}

/** Return the firsts of months that the axis shows, few enough to be read. */
function ticksOf(axis) {
  const months = (axis.last - axis.first) / (30.4 * DAY);
  const step = [1, 2, 3, 6, 12, 24, 60, 120].find((each) => months / each <= MOST_TICKS) ?? 240;
  const begin = new Date(axis.first);
  const ticks = [];
  let month = Math.floor((begin.getUTCFullYear() * 12 + begin.getUTCMonth()) / step) * step;
  for (let at = 0; at < axis.last; month += step) {
    at = Date.UTC(Math.floor(month / 12), month % 12);
    if (at > axis.first && at < axis.last) ticks.push(at);
  }
  return ticks;
}

/** Return the lines that go through every row: the ticks and today. */
function gridOf(axis) {
  const lines = ticksOf(axis).map((at) => upright("tick", place(axis, at)));
  return [...lines, upright("today", place(axis, axis.now))];
}

function upright(name, x) {
  return draw("line", { class: name, x1: `${x}%`, x2: `${x}%`, y1: 0, y2: "100%" });
}

/** Fill the head of the column: the names of the months, and today. */
function drawAxis(svg, axis, todayName) {
  const ticks = ticksOf(axis);
  const isNewYear = (at) => new Date(at).getUTCMonth() === 0;
  const dated = ticks.find(isNewYear) ?? ticks[0];
  const labels = ticks.map((at) => {
    const x = place(axis, at);
    const year = at === dated || isNewYear(at) ? { year: "numeric" } : {};
    const text = new Date(at).toLocaleDateString("en-GB", { month: "short", ...year, timeZone: "UTC" });
    return x > 90 ? "" : draw("text", { x: `${x}%`, dx: 3, y: 32 }, text);
  });
  const now = place(axis, axis.now);
  const anchor = now > 85 ? "end" : now < 15 ? "start" : "middle";
  const today = draw("text", { class: "today", x: `${now}%`, y: 14, "text-anchor": anchor }, todayName);
  svg.replaceChildren(...gridOf(axis), ...labels, today);
  svg.querySelector("line.today").setAttribute("y1", 18);
}

/** Return the timeline of a token; its neighbours in the family came next and before, where there are any. */
function drawLine(axis, token, successor, predecessor) {
  const from = Date.parse(token.created);
  const to = endOf(token);
  const svg = draw("svg", { class: "timeline", "aria-hidden": "true" }, ...gridOf(axis));
  if (successor) svg.prepend(overlap(axis, successor, token));
  if (predecessor) svg.prepend(overlap(axis, token, predecessor));
  svg.append(...barsOf(axis, token, from, to, successor), ...marksOf(axis, token, from, to));
  return svg;
}

function endOf(token) {
  return token.expiration_date ? Date.parse(token.expiration_date) : Infinity;
}

/** Return the band, through the rows of both, of the time in which a token and the one before it work. */
function overlap(axis, token, before) {
  const start = place(axis, Date.parse(token.created));
  const width = Math.max(place(axis, Math.min(endOf(token), endOf(before))) - start, 0);
  return draw("rect", { class: "overlap", x: `${start}%`, y: 0, width: `${width.toFixed(2)}%`, height: "100%" });
}

function barsOf(axis, token, from, to, successor) {
  if (to <= axis.now) return [bar(axis, "dead", from, to)];
  if (!successor) return [bar(axis, "left", Math.max(from, axis.now), to), bar(axis, "spent", from, axis.now)];
  const next = Math.min(Date.parse(successor.created), to);
  return [bar(axis, "before", from, next), bar(axis, "both", next, to)];
}

function bar(axis, name, from, to) {
  const start = place(axis, from);
  const width = Math.max(place(axis, to) - start, 0);
  const height = name === "before" || name === "both" ? 6 : 8;
  return draw("rect", { class: `bar ${name}`, x: `${start}%`, y: "50%", width: `${width.toFixed(2)}%`, height });
}

function marksOf(axis, token, from, to) {
  const marks = [];
  if (from < axis.first) marks.push(mark("earlier", 0));
  if (to > axis.last) marks.push(mark("later", 100));
  else if (to >= axis.first) marks.push(mark(to <= axis.now ? "dead" : "end", place(axis, to)));
  const due = token.rotation_due ? Date.parse(token.rotation_due) : NaN;
  if (due >= axis.first && due <= axis.last) marks.push(mark("due", place(axis, due)));
  const used = token.last_used ? Date.parse(token.last_used) : NaN;
  if (used >= axis.first) marks.push(draw("circle", { class: "used", cx: `${place(axis, used)}%`, cy: "50%", r: 3.5 }));
  return marks;
}

function mark(name, x) {
  const shape = draw("path", { class: name, d: MARKS[name] });
  return draw("svg", { x: `${x}%`, y: "50%", overflow: "visible" }, shape);
}
