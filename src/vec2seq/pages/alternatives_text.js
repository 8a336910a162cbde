// The text, its pieces marked: by how improbable each was, or by whether net or counts gave it more.

import {make} from "./dom.js";
import {brief} from "./log_plot.js";

const SEEN = {" ": "␣", "\n": "↵", "\t": "⇥"};

/** A piece by itself: its spaces are seen; one without characters is the end of the text. */
export const pieceShown = (text, say) => text ? text.replace(/[ \n\t]/g, one => SEEN[one]) : say.end;

/** How much a piece is marked, from 0 to 3. */
const surprise = ({probability}, {levels}) => levels.filter(level => probability < level).length;

/** From -2, far more probable to counting, to 2, far more probable to the net. */
function lead({net, counts}, {factors}) {
  const steps = (more, less) => factors.filter(factor => more >= factor * less).length;
  return net > counts ? steps(net, counts) : -steps(counts, net);
}

/** Of each way to mark: [class, what the legend says], and the class of a piece. */
const VIEWS = {
  probability: {
    legend: ({levels}, say) => [["p0", say.atLeast(levels[0])], ...levels.map((level, at) => [`p${at + 1}`, say.below(level)])],
    className: (piece, data) => `p${surprise(piece, data)}`,
  },
  lead: {
    legend: ({factors}, say) => [[-2, say.toCounts(factors[1])], [-1, say.toCounts(factors[0])], [0, say.alike(factors[0])], [1, say.toNet(factors[0])], [2, say.toNet(factors[1])]]
      .map(([level, told]) => [leadClass(level), told]),
    className: (piece, data) => leadClass(lead(piece, data)),
  },
};

const leadClass = level => level ? `${level > 0 ? "net" : "counts"}${Math.abs(level)}` : "p0";

export class PieceText {
  constructor(data, say, view, choose, viewed) {
    Object.assign(this, {data, say, choosePiece: choose, viewed, at: 0});
    this.tabs = Object.keys(VIEWS).map(name => make("button", {type: "button", value: name, onclick: () => this.show(name)}, say.views[name]));
    this.legend = make("ul", {className: "marks"});
    this.spans = data.pieces.map((piece, at) => this.span(piece, at));
    this.words = make("div", {className: "pieces", role: "listbox", ariaLabel: say.text, lang: "", onkeydown: event => this.move(event)}, ...this.spans);
    for (const kind of ["pointermove", "focusin", "click"]) this.words.addEventListener(kind, event => this.pointed(event));
    this.element = make("div", {className: "text"}, make("div", {className: "bar"}, make("div", {className: "tabs"}, ...this.tabs)), this.legend, this.words, make("p", {className: "quiet"}, say.textLead));
    this.show(view);
  }

  span({shown: text, probability}, at) {
    const {say} = this, shown = pieceShown(text, say);
    const span = make("span", {tabIndex: -1, role: "option", ariaSelected: "false", ariaLabel: `${shown}: ${brief(probability, 3)}`},
      text === "" ? shown : text.replaceAll("\n", "↵\n"));
    span.dataset.at = at;
    return span;
  }

  show(view) {
    this.view = view;
    this.viewed(view);
    for (const tab of this.tabs) tab.ariaPressed = String(tab.value === view);
    const {legend, className} = VIEWS[view], {data, say} = this;
    this.legend.replaceChildren(...legend(data, say).map(([name, told]) => make("li", {}, make("span", {className: `piece ${name}`, ariaHidden: "true"}, say.sample), ` ${told}`)));
    data.pieces.forEach((piece, at) => { this.spans[at].className = `piece ${className(piece, data)}${piece.text === "" ? " end" : ""}${at === this.at ? " chosen" : ""}`; });
  }

  choose(at) {
    const before = this.spans[this.at], now = this.spans[at];
    before.classList.remove("chosen");
    Object.assign(before, {tabIndex: -1, ariaSelected: "false"});
    now.classList.add("chosen");
    Object.assign(now, {tabIndex: 0, ariaSelected: "true"});
    this.at = at;
  }

  /** The piece that is chosen comes into view, and the keys go on from it. */
  focus() {
    this.spans[this.at].focus({preventScroll: true});
    this.spans[this.at].scrollIntoView({block: "nearest"});
  }

  /** Not pointerover: that comes, too, when the keys scroll the text below a pointer at rest. */
  pointed({type, target}) {
    const at = target.dataset?.at;
    if (at === undefined || (type === "pointermove" && Number(at) === this.at)) return;
    this.choosePiece(Number(at));
    if (type === "click") this.focus();
  }

  /** The arrows go from piece to piece. */
  move(event) {
    const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity}[event.key];
    if (!step) return;
    event.preventDefault();
    this.choosePiece(Math.min(Math.max(this.at + step, 0), this.spans.length - 1));
    this.focus();
  }
}
