// What the model answers: classes with their probabilities, or a label for each token.

import {make} from "./dom.js";

const LISTED_ANSWERS = 10;

const percent = share => `${(100 * share).toFixed(1)}%`;

/** The classes, the likeliest first. */
export function answersOf({answers}, say) {
  const best = [...answers].sort((a, b) => b.score - a.score), some = best.filter((answer, at) => at < LISTED_ANSWERS || answer.explained);
  const rows = some.map(({label, score, explained}) => {
    const bar = make("i");
    bar.style.width = percent(Math.min(Math.max(score, 0), 1));
    return make("li", {className: explained ? "explained" : ""}, make("span", {className: "label"}, label), make("span", {className: "gauge"}, bar), make("span", {}, percent(score)));
  });
  return [make("ul", {className: "answers"}, ...rows), ...(best.length > some.length ? [make("p", {className: "quiet"}, say.more(best.length - some.length))] : [])];
}

/** The tokens with their labels; that which is explained has a frame. */
export function labelsOf({answers, shown, explained}, say, choose) {
  const cells = answers.map(({label, score}, at) => make("li", {className: `${at === explained.token ? "explained" : ""} ${label === "O" ? "outside" : ""}`.trim(),
    onpointerenter: () => choose(at)}, make("span", {className: "word"}, shown[at]), make("span", {className: "label"}, label), make("span", {className: "score"}, score.toFixed(2))));
  return [make("ul", {className: "labels"}, ...cells), make("p", {className: "quiet"}, say.labelsLead)];
}
