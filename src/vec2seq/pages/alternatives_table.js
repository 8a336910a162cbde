// The pieces that surprised most, each with what stands before it and what was likely there.

import {make} from "./dom.js";
import {brief} from "./log_plot.js";
import {pieceShown} from "./alternatives_text.js";

const BEFORE_PIECE = 12;

/** A row's first cell is a button that goes to the piece in the text. */
export function surpriseTable({pieces, surprising}, say, jump) {
  const before = at => [...pieces.slice(Math.max(at - BEFORE_PIECE, 0), at).map(({shown}) => pieceShown(shown, say)).join("")].slice(-BEFORE_PIECE).join("");
  const cells = at => {
    const {text, probability, net, counts, rank, entropy_bits: bits, alternatives} = pieces[at];
    const likely = alternatives.map(other => make("span", {className: "likely"}, make("b", {}, pieceShown(other.text, say)), ` ${brief(other.probability, 2)}`));
    return [make("td", {}, make("button", {type: "button", className: "jump", ariaLabel: say.jump(at + 1), title: say.jump(at + 1), onclick: () => jump(at)}, String(at + 1))),
      make("td", {className: "before", lang: ""}, before(at)), make("th", {scope: "row", lang: ""}, pieceShown(text, say)),
      ...[probability, net, counts].map(number => make("td", {}, brief(number, 3))), make("td", {}, String(rank)), make("td", {}, bits.toFixed(2)), make("td", {className: "others", lang: ""}, ...likely)];
  };
  const {both, net, counts} = say.voices;
  return make("div", {className: "wide"}, make("table", {className: "surprising"},
    make("thead", {}, make("tr", {}, ...[say.number, say.before, say.piece, both, net, counts, say.rank, say.bits, say.likely].map(name => make("th", {scope: "col"}, name)))),
    make("tbody", {}, ...surprising.map(at => make("tr", {}, ...cells(at))))));
}
