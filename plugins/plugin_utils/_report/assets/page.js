/* Copyright (c) 2026, sailpoint_community.isc contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later */

// The elements that show it. A text is only ever put in as a text node.

const FAMILIES_A_PAGE = 50;
const OWNERS_A_PAGE = 50;
const FINDINGS_AT_FIRST = 8;
const FINDINGS_MORE = 50;
const FAMILIES_IN_PRINT = 500;
const SUGGESTIONS = 50;

const findingsShown = new Map();
let printing = false;

/** Return an element with these attributes; a child that is a text becomes a text node. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/* Dates */

const dateFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const relativeFormat = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function relative(moment) {
  const days = Math.floor(Date.parse(moment) / DAY) - Math.floor(now / DAY);
  if (Math.abs(days) < 100) return relativeFormat.format(days, "day");
  if (Math.abs(days) < 730) return relativeFormat.format(Math.trunc(days / 30.4), "month");
  return relativeFormat.format(Math.trunc(days / 365.25), "year");
}

/** Return a moment as a date, and how far it is from the report's own. */
function dateOf(moment, none) {
  if (!moment) return [make("span", { class: "never" }, none)];
  const time = make("time", { datetime: moment, title: moment }, dateFormat.format(Date.parse(moment)));
  return [time, " ", make("small", {}, relative(moment))];
}

/* What is shown */

/** Show what the filters let through, and say how much that is. */
function update() {
  const wanted = readFilters();
  const tokens = report.tokens.filter(wanted.token);
  const fitting = new Set(tokens);
  const findings = report.findings.filter(wanted.finding);
  const owning = new Set(tokens.map((token) => keyOf(token.host, token.owner_id)));
  const isShown = (owner) => wanted.isOf(owner.host, owner.name) && (!wanted.onTokens || owning.has(keyOf(owner.host, owner.id)));
  showFindings(findings);
  const order = ORDERS[byId("order").value];
  tokenPages.show(families.filter(({ members }) => members.some((token) => fitting.has(token))).sort(order));
  ownerPages.show(report.owners.filter(isShown).sort((a, b) => a.free - b.free || collator.compare(a.name, b.name)));
  const count = (some, all, one, many) => `${some} of ${all} ${all === "1" ? one : many}`;
  byId("shown").textContent = `Shown: ${[
    count(group(tokens.length), group(report.tokens.length), "token", "tokens"),
    count(group(findings.length), group(report.findings.length), "finding", "findings"),
  ].join(", ")}.`;
}

function group(number) {
  return number.toLocaleString("en");
}

/** Offer the names that fit what was typed; of thousands, only the first. */
function suggest(input) {
  const typed = input.value.toLowerCase();
  const fitting = names[input.name].filter((name) => name.toLowerCase().includes(typed)).slice(0, SUGGESTIONS);
  input.list.replaceChildren(...fitting.map((name) => make("option", { value: name })));
}

/* Findings */

function showFindings(findings) {
  const parts = new Map();
  for (const finding of findings) {
    if (!parts.has(finding.kind)) parts.set(finding.kind, []);
    parts.get(finding.kind).push(finding);
  }
  const groups = kinds.filter(({ kind }) => parts.has(kind)).map((words) => groupOf(words, parts.get(words.kind)));
  const none = report.findings.length ? "No finding fits the filters." : "There is none.";
  byId("groups").replaceChildren(...(groups.length ? groups : [make("p", { class: "none" }, none)]));
}

function groupOf(words, findings) {
  const shown = printing ? Infinity : (findingsShown.get(words.kind) ?? FINDINGS_AT_FIRST);
  const items = findings.slice(0, shown).map(itemOf);
  const title = make("h3", { id: words.kind, tabindex: "-1" }, `${words.title} `);
  title.append(make("span", { class: "count" }, group(findings.length)), " ", make("small", {}, levels[words.level]));
  const section = make("section", { class: `group ${words.level}`, "aria-labelledby": words.kind });
  const list = make("div", {}, make("ul", {}, ...items));
  if (findings.length > shown) list.append(moreButton(words, findings, shown));
  section.append(make("div", {}, title, make("p", { class: "advice" }, words.advice)), list);
  return section;
}

function moreButton(words, findings, shown) {
  const more = Math.min(FINDINGS_MORE, findings.length - shown);
  const button = make("button", { type: "button", class: "more" }, `Show ${more} more`);
  button.append(make("span", { class: "unseen" }, ` of ${words.title}`));
  button.addEventListener("click", () => {
    findingsShown.set(words.kind, shown + more);
    const section = groupOf(words, findings);
    button.closest("section").replaceWith(section);
    const next = section.querySelectorAll("li")[shown];
    next.tabIndex = -1;
    next.focus();
  });
  return button;
}

function itemOf(finding) {
  const item = make("li", {}, make("span", { class: "sentence", dir: "ltr" }, finding.text));
  if (severalHosts) item.append(" ", make("bdi", { class: "where" }, finding.host));
  if (tokenOfFinding.get(finding)) {
    const button = make("button", { type: "button", class: "show" }, "Show");
    button.append(make("span", { class: "unseen" }, " the token ", make("bdi", {}, finding.name ?? finding.token_id)));
    button.addEventListener("click", () => showToken(finding));
    item.append(" ", button);
  }
  return item;
}

function showToken(finding) {
  filters.reset();
  filters.elements.text.value = finding.token_id;
  update();
  byId("tokens").scrollIntoView();
  byId("tokens").focus();
}

/* Tables, a page at a time */

/** Show items by pages, with a bar of buttons in each of `bars`; `fill` puts those of one page in. */
function paged(bars, size, fill) {
  let items = [];
  let page = 0;
  const parts = bars.map((bar) => {
    const button = (text, step) => {
      const made = make("button", { type: "button" }, text);
      made.addEventListener("click", () => turn(step));
      return made;
    };
    const part = { bar, back: button("Previous page", -1), on: button("Next page", 1), text: make("span", {}) };
    bar.append(part.back, part.text, part.on);
    return part;
  });
  parts[0].text.setAttribute("role", "status");

  // The buttons below the table lead back to its beginning, and a button that is used up hands the focus on.
  function turn(step) {
    page += step;
    refresh();
    const { back, on } = parts[0];
    const again = step > 0 ? [on, back] : [back, on];
    again.find((button) => !button.disabled)?.focus();
  }

  function refresh() {
    const most = printing ? FAMILIES_IN_PRINT : size;
    const pages = Math.max(Math.ceil(items.length / most), 1);
    page = Math.min(page, pages - 1);
    for (const { bar, back, on, text } of parts) {
      bar.hidden = pages === 1;
      back.disabled = page === 0;
      on.disabled = page === pages - 1;
      text.textContent = `Page ${group(page + 1)} of ${group(pages)}`;
    }
    fill(items.slice(page * most, (page + 1) * most), items.length);
  }

  return {
    show(shown) {
      items = shown;
      page = 0;
      refresh();
    },
  };
}

/* Tokens */

let axis;

function fillTokens(shown, all) {
  const days = Number(byId("span").value);
  axis = axisOf(report.tokens, now, days);
  drawAxis(byId("axis"), axis, byId("today-name").textContent);
  const table = byId("token-table");
  for (const body of [...table.tBodies]) body.remove();
  table.append(...shown.map(({ members }) => make("tbody", { role: "rowgroup" }, ...members.map(rowOf))));
  byId("no-token").hidden = all > 0;
  byId("no-token").textContent = report.tokens.length ? "No token fits the filters." : "There is none.";
  byId("cut").hidden = !printing || all <= shown.length;
  byId("cut").textContent = `${group(all - shown.length)} more are not printed: filter the page to print them.`;
}

function cell(tag, name, label, ...children) {
  const role = tag === "th" ? { role: "rowheader", scope: "row" } : { role: "cell" };
  return make(tag, { ...role, class: name, "data-label": label }, ...children);
}

function rowOf(token, index, members) {
  const previous = isPrevious(token) && index > 0;
  const owner = [make("bdi", {}, token.owner)];
  if (severalHosts) owner.push(" ", make("small", {}, make("bdi", {}, token.host)));
  const never = token.state === "expired" ? "–" : "never";
  return make(
    "tr",
    { role: "row", class: [previous ? "previous" : "live", token.stale ? "stale" : ""].join(" ").trim() },
    cell("th", "name", "", make("bdi", {}, token.name), " ", badgesOf(token)),
    cell("td", "owner", "Owner", ...owner),
    cell("td", "line", "", drawLine(axis, token, members[index - 1], members[index + 1])),
    cell("td", "date", "Made", ...dateOf(token.created, "–")),
    cell("td", "date", "Last used", ...dateOf(token.last_used, "never")),
    cell("td", "date", "Rotation due", ...dateOf(token.rotation_due, "–")),
    cell("td", "date", "Expires", ...dateOf(token.expiration_date, never)),
  );
}

function badgesOf(token) {
  const badges = make("span", { class: "badges" });
  for (const kind of token.findings) {
    const words = kindOf.get(kind);
    badges.append(make("span", { class: `badge ${words?.level ?? "plan"}` }, words?.title ?? kind), " ");
  }
  if (token.declared === false && !isPrevious(token)) badges.append(make("span", { class: "badge" }, "Not declared"), " ");
  if (token.managed) badges.append(make("span", { class: "badge" }, "Managed"), " ");
  if (token.stale) badges.append(make("span", { class: "badge stale" }, "Stale: of ", dateOf(scannedAt.get(token.host), "?")[0]), " ");
  if (token.scope?.length) badges.append(scopeOf(token.scope));
  return badges;
}

function scopeOf(scope) {
  const items = scope.map((each) => make("li", {}, make("bdi", {}, each)));
  const title = make("summary", {}, scope.length === 1 ? "1 scope" : `${scope.length} scopes`);
  return make("details", {}, title, make("ul", {}, ...items));
}

/* Owners */

const SLOTS_DRAWN = 20;

function fillOwners(shown) {
  byId("owner-table").tBodies[0].replaceChildren(...shown.map(ownerRow));
}

function ownerRow(owner) {
  const active = owner.state === null || owner.state === "ACTIVE";
  const state = active ? [owner.state?.toLowerCase() ?? "–"] : [make("span", { class: "badge now" }, owner.state)];
  const text = `${group(owner.tokens)} of ${group(owner.max_tokens)}, ${group(Math.max(owner.free, 0))} free`;
  return make(
    "tr",
    { role: "row", class: owner.free <= 0 ? "full" : "" },
    cell("th", "name", "", make("bdi", {}, owner.name)),
    cell("td", "host", "Tenant", make("bdi", {}, owner.host)),
    cell("td", "slots", "Slots", slotsOf(owner), " ", make("span", {}, text)),
    cell("td", "state", "State", ...state),
    cell("td", "manager", "Manager", owner.manager ? make("bdi", {}, owner.manager) : "–"),
  );
}

function slotsOf(owner) {
  const drawn = Math.min(owner.max_tokens, SLOTS_DRAWN);
  const svg = draw("svg", { class: "boxes", width: drawn * 11, height: 12, "aria-hidden": "true" });
  const taken = Math.ceil((owner.tokens / Math.max(owner.max_tokens, 1)) * drawn);
  for (let slot = 0; slot < drawn; slot += 1) {
    const name = slot < taken ? "taken" : "free";
    svg.append(draw("rect", { class: name, x: slot * 11 + 1, y: 1.5, width: 8, height: 9, rx: 1.5 }));
  }
  return svg;
}

/* The beginning */

function sayAge() {
  const days = Math.floor((Date.now() - now) / DAY);
  if (days < 1) return;
  byId("today-name").textContent = dateFormat.format(now);
  byId("aged").textContent = `This page was made ${days === 1 ? "a day" : `${group(days)} days`} ago: what it says is of then.`;
  byId("aged").hidden = days < 2;
}

function print(starts) {
  if (printing === starts) return;
  printing = starts;
  update();
}

const tokenPages = paged([byId("token-pages"), byId("token-pages-below")], FAMILIES_A_PAGE, fillTokens);
const ownerPages = paged([byId("owner-pages")], OWNERS_A_PAGE, fillOwners);

sayAge();
byId("finding").append(...kinds.map(({ kind, title }) => make("option", { value: kind }, title)));
for (const name of ["host", "owner"]) {
  suggest(filters.elements[name]);
  filters.elements[name].addEventListener("input", (event) => suggest(event.target));
}
filters.elements.host.closest("label").hidden = !severalHosts;
filters.addEventListener("input", update);
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => setTimeout(update));
for (const id of ["order", "span"]) byId(id).addEventListener("input", update);
addEventListener("beforeprint", () => print(true));
addEventListener("afterprint", () => print(false));
matchMedia("print").addEventListener("change", (event) => print(event.matches));
for (const id of ["search", "tokens-section", "owners-section"]) byId(id).hidden = false;
update();
