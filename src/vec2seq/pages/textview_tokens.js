// The text with its tokens colored by a method: blue for the answer, orange against it.

import {make} from "./dom.js";
import {brief} from "./log_plot.js";

/** Each token as it stands in the text. */
export const shownTokens = ({text, tokens}) => {
  const characters = [...text];
  return tokens.map(({text: own, start, end}) => characters.slice(start, end).join("") || own);
};

/** The largest weight of a method, either way. */
export const largest = weights => Math.max(...weights.map(Math.abs)) || 1;

/** A weight with its sign. */
export const signed = weight => (weight > 0 ? "+" : "") + brief(weight, 3);

/** The text as elements: spans of tokens, and what stands between them. */
export function coloredText(data, weights, properties = () => ({})) {
  const {text, tokens, shown, explained} = data, characters = [...text], most = largest(weights);
  let last = 0;
  const parts = tokens.flatMap(({start, end}, at) => {
    const gap = characters.slice(last, start).join("") || (end === start && at ? " " : "");
    last = Math.max(last, end);
    const span = make("span", {className: `token ${weights[at] < 0 ? "against" : "for"}${at === explained.token ? " explained" : ""}`, ...properties(at)}, shown[at]);
    span.dataset.at = at;
    span.style.setProperty("--share", Math.abs(weights[at]) / most);
    return [gap, span, ...(end === start ? [" "] : [])];
  });
  return [...parts, characters.slice(last).join("")];
}

/** Tells which token is under the pointer. */
export function watchTokens(element, choose) {
  element.addEventListener("pointerover", event => {
    const at = event.target.dataset?.at;
    if (at !== undefined) choose(Number(at));
  });
}

export class MarkedText {
  constructor(data, say, method, choose, show) {
    Object.assign(this, {data, say, at: 0});
    this.tabs = data.methods.map(({name}, at) => make("button", {type: "button", onclick: () => show(at)}, say.names[name]));
    this.words = make("p", {className: "marked", role: "listbox", ariaLabel: say.text, lang: "", onkeydown: event => this.move(event, choose)});
    watchTokens(this.words, choose);
    this.words.addEventListener("click", event => event.target.dataset.at && this.spans[event.target.dataset.at].focus());
    this.words.addEventListener("focusin", event => event.target.dataset.at && choose(Number(event.target.dataset.at)));
    this.numbers = make("div", {className: "reading"});
    this.element = make("div", {},
      make("div", {className: "bar"}, make("div", {className: "tabs"}, ...this.tabs),
        make("span", {className: "scale"}, say.against, make("i", {className: "ramp"}), say.inFavor)),
      this.words, this.numbers, make("p", {className: "quiet"}, say.textLead));
    this.show(method);
  }

  show(method) {
    this.tabs.forEach((tab, at) => { tab.ariaPressed = String(at === method); });
    this.method = method;
    const {weights} = this.data.methods[method], {shown} = this.data;
    const parts = coloredText(this.data, weights, at => ({tabIndex: -1, role: "option", ariaLabel: `${shown[at]}: ${signed(weights[at])}`}));
    this.words.replaceChildren(...parts);
    this.spans = this.words.querySelectorAll(".token");
    this.choose(this.at);
  }

  choose(at) {
    const before = this.spans[this.at], now = this.spans[at];
    before.classList.remove("chosen");
    Object.assign(before, {tabIndex: -1, ariaSelected: "false"});
    now.classList.add("chosen");
    Object.assign(now, {tabIndex: 0, ariaSelected: "true"});
    this.at = at;
    const {methods, shown} = this.data, {say} = this;
    this.numbers.replaceChildren(make("b", {}, shown[at]), make("span", {className: "quiet"}, say.place(at + 1, shown.length)),
      ...methods.map(({name, weights}, method) => {
        const rank = 1 + weights.filter(weight => weight > weights[at]).length;
        return make("span", {className: method === this.method ? "now-shown" : ""}, `${say.names[name]} `, make("b", {}, signed(weights[at])), make("span", {className: "quiet"}, ` ${say.rank(rank)}`));
      }));
  }

  /** The arrows go from token to token. */
  move(event, choose) {
    const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity}[event.key];
    if (!step) return;
    event.preventDefault();
    const at = Math.min(Math.max(this.at + step, 0), this.spans.length - 1);
    choose(at);
    this.spans[at].focus();
  }

  draw() {}
}
