/* Copyright (c) 2026, sailpoint_community.isc contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later */

// What the page knows: the report, its tokens by families, and what the filters let through. Nothing here makes an element.

const { report, kinds, levels } = JSON.parse(byId("report").textContent);
const now = Date.parse(report.made_at);
const filters = byId("filters");
const severalHosts = report.hosts.length > 1;
const rank = new Map(kinds.map(({ kind }, index) => [kind, index]));
const kindOf = new Map(kinds.map((each) => [each.kind, each]));
const tokenOf = new Map(report.tokens.map((token) => [keyOf(token.host, token.id), token]));
const tokenOfFinding = new Map(report.findings.map((each) => [each, tokenOf.get(keyOf(each.host, each.token_id))]));
const scannedAt = new Map(report.hosts.map((host) => [host.host, host.scanned_at]));
const names = {
  host: [...new Set(report.hosts.map((host) => host.host))],
  owner: [...new Set(report.owners.map((owner) => owner.name))],
};
const families = familiesOf(report.tokens);

function byId(id) {
  return document.getElementById(id);
}

function keyOf(...parts) {
  return JSON.stringify(parts);
}

/* Families: a token, and below it those that it has replaced */

function familiesOf(tokens) {
  const found = new Map();
  for (const token of tokens) {
    token.text = [token.name, token.id, token.owner, token.host, ...(token.scope ?? [])].join("\n").toLowerCase();
    const key = keyOf(token.host, token.owner_id, token.family);
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(token);
  }
  return [...found.values()].map((members) => {
    members.sort((a, b) => isPrevious(a) - isPrevious(b) || compare(b.created, a.created));
    const urgencies = members.flatMap((token) => token.findings.map((kind) => rank.get(kind) ?? kinds.length));
    return { members, urgency: Math.min(...urgencies, kinds.length) };
  });
}

function isPrevious(token) {
  return token.name !== token.family;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

const collator = new Intl.Collator("en", { numeric: true });
const LAST = "9999";
const byEnd = (a, b) => compare(a.members[0].expiration_date ?? LAST, b.members[0].expiration_date ?? LAST);
const ORDERS = {
  urgent: (a, b) => a.urgency - b.urgency || byEnd(a, b),
  end: byEnd,
  use: (a, b) => compare(a.members[0].last_used ?? "", b.members[0].last_used ?? ""),
  name: (a, b) => collator.compare(a.members[0].family, b.members[0].family),
};

/* Filters */

/** Return whether a name is meant by what was typed: exactly, if it is one of the names, else as a part of it. */
function meant(typed, known, name) {
  if (!typed) return true;
  if (known.has(typed)) return name === typed;
  return (name ?? "").toLowerCase().includes(typed.toLowerCase());
}

const STATES = {
  undeclared: (token) => token.declared === false,
  stale: (token) => token.stale,
};

function readFilters() {
  const wanted = Object.fromEntries([...new FormData(filters)].map(([name, value]) => [name, value.trim()]));
  const hosts = new Set(names.host);
  const owners = new Set(names.owner);
  const inState = STATES[wanted.state] ?? ((token) => token.state === wanted.state);
  const text = wanted.text.toLowerCase();
  const isOf = (host, owner) => meant(wanted.host, hosts, host) && meant(wanted.owner, owners, owner);
  return {
    isOf,
    onTokens: Boolean(text || wanted.state || wanted.finding),
    token: (token) =>
      isOf(token.host, token.owner) &&
      (!wanted.state || inState(token)) &&
      (!wanted.finding || token.findings.includes(wanted.finding)) &&
      (!text || token.text.includes(text)),
    finding: (finding) => {
      const token = tokenOfFinding.get(finding);
      return (
        isOf(finding.host, finding.owner) &&
        (!wanted.state || (token !== undefined && inState(token))) &&
        (!wanted.finding || finding.kind === wanted.finding) &&
        (!text || `${finding.text}\n${finding.host}`.toLowerCase().includes(text) || Boolean(token?.text.includes(text)))
      );
    },
  };
}
