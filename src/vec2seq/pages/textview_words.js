// The keywords of a text by several methods, and what the score loses without them.

import {make} from "./dom.js";
import {brief} from "./log_plot.js";
import {signed} from "./textview_tokens.js";

export function keywordTable({keywords: {lists, random, score}}, say) {
  const rows = Math.max(...lists.map(({words}) => words.length));
  const word = ({text, weight, places}) => [make("span", {className: "word"}, text), make("span", {className: "quiet"}, ` ${brief(weight, 3)}${places.length > 1 ? ` ${say.times(places.length)}` : ""}`)];
  const head = make("tr", {}, make("th", {}), ...lists.map(({name}) => make("th", {scope: "col"}, say.lists[name])));
  const body = Array.from({length: rows}, (_, at) => make("tr", {}, make("th", {scope: "row"}, String(at + 1)), ...lists.map(({words}) => make("td", {}, ...word(words[at])))));
  const drops = make("tr", {className: "drops"}, make("th", {scope: "row"}, say.drop), ...lists.map(({drop, is_better: better}) =>
    make("td", {className: better ? "better" : "no-better"}, make("b", {}, signed(drop)), make("br"), make("span", {}, say.dropVerdict(better)))));
  return [make("p", {className: "quiet"}, say.keywordsLead(brief(score, 3))),
    make("div", {className: "wide"}, make("table", {className: "keywords"}, make("thead", {}, head), make("tbody", {}, ...body), make("tfoot", {}, drops))),
    make("p", {className: "quiet"}, say.dropRange(signed(random.low), signed(random.high)))];
}
