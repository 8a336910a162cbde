// The methods beside each other: the text and its weights small, and how each does in the check beside random orders.

import {make, makeSvg} from "./dom.js";
import {brief} from "./log_plot.js";
import {Heat} from "./textview_heat.js";
import {coloredText, largest, signed, watchTokens} from "./textview_tokens.js";

const SMALL_TEXT = 80;
const GAUGE = {width: 300, height: 46, left: 8, right: 8};
const CURVE = {width: 380, height: 200, left: 48, right: 12, top: 12, bottom: 36};

function written(attributes, content) {
  const text = makeSvg("text", attributes);
  text.textContent = content;
  return text;
}

export class Methods {
  constructor(data, say, method, choose, show) {
    Object.assign(this, {data, say, token: 0});
    const told = data.methods.map(({faithfulness}) => faithfulness).filter(one => one);
    const ends = told.flatMap(({gap, random}) => [gap, random.gap.low, random.gap.high]);
    this.ends = [Math.min(...ends), Math.max(...ends)];
    this.strips = data.methods.map(({weights}) => new WeightStrip(weights, choose));
    this.cards = data.methods.map((one, at) => this.card(one, at, choose, show));
    this.curves = make("div", {className: "plots"});
    this.element = make("div", {}, make("p", {className: "warned"}, say.warning), ...(told.length ? [make("p", {className: "quiet"}, say.check(told[0].random.orders))] : []),
      make("div", {className: "small-multiples"}, ...this.cards), this.curves);
    this.show(method);
  }

  card({name, weights, faithfulness, completeness_error}, at, choose, show) {
    const {data, say} = this, few = weights.length <= SMALL_TEXT;
    const text = make("p", {className: "marked small", lang: ""}, ...(few ? coloredText(data, weights) : []));
    watchTokens(text, choose);
    return make("article", {className: "method"}, make("button", {type: "button", className: "heading", onclick: () => show(at)}, say.names[name]),
      make("p", {className: "quiet"}, say.kinds[name], ...(completeness_error === null ? [] : [" ", say.complete(brief(Math.abs(completeness_error), 2))])),
      ...(few ? [text] : []), this.strips[at].element, ...(faithfulness ? this.gauge(faithfulness, name) : [make("p", {className: "quiet verdict-none"}, data.tokens.length < data.shortest ? say.short(data.shortest) : say.unchecked)]));
  }

  /** The gap of a method as a mark on a line, with the range of random orders below it. */
  gauge(found, name) {
    const {say, ends: [low, high]} = this, {gap, random: {gap: chance}} = found, wide = GAUGE.width - GAUGE.left - GAUGE.right;
    const x = value => GAUGE.left + (high > low ? (value - low) / (high - low) : 0.5) * wide, from = x(chance.low), to = x(chance.high);
    const kind = found.is_better ? "better" : "no-better", middle = 22;
    const label = say.gauge(signed(gap), signed(chance.low), signed(chance.high));
    const svg = makeSvg("svg", {class: `gauge ${kind}`, viewBox: `0 0 ${GAUGE.width} ${GAUGE.height}`, role: "img", "aria-label": `${say.names[name]}: ${label}`},
      makeSvg("line", {class: "track", x1: GAUGE.left, x2: GAUGE.width - GAUGE.right, y1: middle, y2: middle}),
      makeSvg("rect", {class: "chance", x: from, width: Math.max(to - from, 2), y: middle - 9, height: 18, rx: 3}),
      makeSvg("line", {class: "mean", x1: x(chance.mean), x2: x(chance.mean), y1: middle - 9, y2: middle + 9}),
      makeSvg("line", {class: "reach", x1: x(chance.mean), x2: x(gap), y1: middle, y2: middle}),
      makeSvg("circle", {cx: x(gap), cy: middle, r: 6}),
      written({x: Math.min(Math.max((from + to) / 2, 40), GAUGE.width - 40), y: GAUGE.height - 2, "text-anchor": "middle"}, say.chance));
    return [svg, make("p", {className: `verdict ${kind}`}, say.verdict(found.is_better, signed(found.better))), make("p", {className: "quiet"}, label)];
  }

  show(method) {
    this.cards.forEach((card, at) => card.classList.toggle("now-shown", at === method));
    this.cards.forEach((card, at) => { card.querySelector(".heading").ariaPressed = String(at === method); });
    const {faithfulness, name} = this.data.methods[method];
    this.curves.replaceChildren(...(faithfulness ? ["deletion", "insertion"].map(kind => this.curve(faithfulness, kind, name)) : []));
  }

  /** The score over the share of tokens that are taken away, or put back: by this method, and in random order. */
  curve(found, kind, name) {
    const {say} = this, own = found[kind], chance = found.random[kind], all = found.taken.at(-1);
    const values = [...found.deletion, ...found.insertion, ...found.random.deletion, ...found.random.insertion], [low, high] = [Math.min(...values), Math.max(...values)];
    const right = CURVE.width - CURVE.right, bottom = CURVE.height - CURVE.bottom;
    const x = at => CURVE.left + found.taken[at] / all * (right - CURVE.left), y = value => bottom - (high > low ? (value - low) / (high - low) : 0.5) * (bottom - CURVE.top);
    const path = scores => `M${scores.map((score, at) => `${x(at)},${y(score)}`).join("L")}`;
    const grid = [...new Set([low, high])].flatMap(value => [makeSvg("line", {class: "grid", x1: CURVE.left, x2: right, y1: y(value), y2: y(value)}),
      written({x: CURVE.left - 6, y: y(value) + 4, "text-anchor": "end"}, brief(value, 2))]);
    return make("figure", {}, make("h3", {}, say.curves[kind](say.names[name])), makeSvg("svg", {class: "plot curve", viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, role: "img", "aria-label": say.curves[kind](say.names[name])},
      ...grid, makeSvg("path", {class: "series faint then", d: path(chance)}), makeSvg("path", {class: "series k0", d: path(own)}),
      ...[[0, "start", "0"], [all, "end", String(all)]].map(([, anchor, text], end) => written({x: end ? right : CURVE.left, y: bottom + 16, "text-anchor": anchor}, text)),
      written({class: "axis", x: (CURVE.left + right) / 2, y: CURVE.height - 6, "text-anchor": "middle"}, say.along[kind])),
    make("p", {className: "quiet"}, say.area(brief(found[`${kind}_area`], 3), brief(found.random[`${kind}_area`].mean, 3))));
  }

  choose(at) {
    for (const strip of this.strips) strip.mark(at);
    for (const now of this.element.querySelectorAll(".token.chosen")) now.classList.remove("chosen");
    for (const now of this.element.querySelectorAll(`.token[data-at="${at}"]`)) now.classList.add("chosen");
  }

  draw() { for (const strip of this.strips) strip.draw(); }
}

/** The weights along the text: bars up for the answer, down against it. */
class WeightStrip {
  constructor(weights, choose) {
    Object.assign(this, {weights, at: 0});
    this.element = make("canvas", {className: "strip"});
    this.element.addEventListener("pointermove", event => {
      const at = this.tokenAt(event.offsetX);
      if (at !== this.at) choose(at);
    });
  }

  tokenAt(x) { return Math.min(Math.max(Math.floor(x / this.element.clientWidth * this.weights.length), 0), this.weights.length - 1); }

  mark(at) {
    this.at = at;
    this.draw();
  }

  draw() {
    const {element, weights} = this, context = Heat.fit(element);
    if (!context) return;
    const {clientWidth: width, clientHeight: height} = element, style = getComputedStyle(element), color = name => style.getPropertyValue(name);
    const negative = weights.some(weight => weight < 0), zero = negative ? height / 2 : height - 1, most = largest(weights), wide = width / weights.length;
    context.fillStyle = color("--wash");
    context.fillRect(this.at * wide, 0, Math.max(wide, 3), height);
    weights.forEach((weight, at) => {
      context.fillStyle = color(weight < 0 ? "--against" : "--for");
      const high = Math.abs(weight) / most * (negative ? height / 2 : height - 1);
      context.fillRect(at * wide, weight < 0 ? zero : zero - high, Math.max(wide - (wide > 3 ? 1 : 0), 1), high);
    });
    context.fillStyle = color("--quiet");
    context.fillRect(0, zero, width, 1);
  }
}
