// How far the neighbors of words can be trusted: by frequency, and of some words one by one.

import {make} from "./dom.js";

/** One model's trust: {runs, stable_share, by_frequency, near}, or null. */
export function trusted(trust, say) {
  if (!trust) return [make("p", {className: "quiet"}, say.noRuns)];
  const shares = trust.by_frequency.map(([first, last, share]) => make("li", {},
    make("span", {}, say.byFrequency(first, last)), bar(share), make("span", {className: "quiet"}, say.percent(share))));
  return [make("p", {}, say.runs(trust.runs, trust.stable_share)), make("ul", {className: "shares"}, ...shares),
    make("div", {className: "lists"}, ...trust.near.map(([word, near]) => list(word, near, say)))];
}

function bar(share) {
  const filled = make("i");
  filled.style.width = `${100 * share}%`;
  return make("span", {className: "bar"}, filled);
}

function list(word, near, say) {
  return make("div", {}, make("h4", {}, word), make("ol", {}, ...near.map(neighbor => make("li",
    {className: neighbor.stable === false ? "unstable" : ""}, make("span", {}, neighbor.word),
    make("span", {className: "quiet"},
      neighbor.rank_high ? say.ranks(neighbor.rank_low, neighbor.rank_high, neighbor.stable) : "")))));
}
