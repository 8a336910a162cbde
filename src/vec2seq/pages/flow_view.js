// Gradients over a training: norms over epochs, and over the layers at an epoch that is chosen.

import {make} from "./dom.js";
import {told} from "./backprop_numbers.js";
import {brief, colored, evenly, legendOf, logPlot} from "./log_plot.js";

const LISTED = 12;

/** At most so many places among all, the first and the last with them. */
const someOf = (all, most) => [...new Set(evenly(Math.min(all, most)).map(share => Math.round(share * (all - 1))))];

/** 1, 2, 5, 10, 20 ... up to a number. */
function roundNumbers(last) {
  const found = [];
  for (let power = 1; power <= last; power *= 10) found.push(...[1, 2, 5].map(factor => factor * power));
  return found.filter(number => number <= last);
}

export class FlowView {
  constructor(flow) {
    const [first, last] = [flow.at[0], flow.at.at(-1)];
    const place = at => last === first ? 0.5 : Math.log(at / first) / Math.log(last / first);
    Object.assign(this, {flow, place, places: flow.at.map(place), chosen: flow.at.length - 1, shown: "gradient_norms"});
    const numbers = [...roundNumbers(last).filter(number => number >= first && place(number) < 0.93), last];
    this.ticks = numbers.map(number => [place(number), number.toLocaleString("en")]);
  }

  /** The section with all of it; ``heading``: elements that stand above it. */
  build(say, ...heading) {
    const {flow} = this;
    this.say = say;
    this.tabs = Object.keys(say.tabs).filter(name => flow[name]).map(name => make("button", {type: "button", value: name, onclick: () => this.show(name)}, say.tabs[name]));
    [this.legend, this.over, this.depth] = ["", "", ""].map(() => make("div"));
    this.slider = make("input", {type: "range", min: 0, max: flow.at.length - 1, value: this.chosen, ariaLabel: say.slider(flow.unit),
      oninput: event => this.choose(Number(event.target.value))});
    this.told = make("output", {className: "told"});
    const {kind, ratio, layer, at} = flow.verdict, [low, high] = [flow.layers[0], flow.layers.at(-1)];
    const section = make("section", {className: "card flow"}, ...heading,
      make("p", {className: kind === "even" ? "verdict" : "verdict wrong"}, say.verdicts[kind](low, high, ratio === null ? null : brief(ratio, 3), flow.layers[layer], say.point(flow.unit, at))),
      make("p", {className: "quiet"}, say.rule(flow.rule.depth, flow.rule.leap, flow.rule.above)),
      make("div", {className: "plots"},
        make("div", {}, make("div", {className: "bar"}, make("h3", {}, say.over(flow.unit)), make("div", {className: "tabs"}, ...this.tabs)), this.legend, this.over),
        make("div", {}, make("div", {className: "bar"}, make("h3", {}, say.depth), make("label", {className: "sliding"}, this.slider, this.told)), this.depth)),
      this.table());
    this.show(this.shown);
    return section;
  }

  show(name) {
    this.shown = name;
    for (const tab of this.tabs) tab.ariaPressed = String(tab.value === name);
    this.draw();
  }

  choose(at) {
    this.chosen = at;
    this.draw();
  }

  draw() {
    const {flow, say, chosen} = this, loss = flow.losses?.[chosen] ?? null;
    const nothing = () => make("p", {className: "quiet"}, say.nothing);
    this.told.value = say.point(flow.unit, flow.at[chosen]) + (loss === null ? "" : say.loss(told(loss)));
    this.slider.ariaValueText = this.told.value;
    this.legend.replaceChildren(...(this.shown === "losses" ? [] : [legendOf(someOf(flow.layers.length, LISTED).map(layer => {
      const {className, share} = colored(layer, flow.layers.length);
      return [className, share, flow.layers[layer]];
    }))]));
    this.over.replaceChildren(this.overTime() ?? nothing());
    this.depth.replaceChildren(...this.overDepth() ?? [nothing()]);
  }

  /** A line for each layer; or one, of the loss. */
  overTime() {
    const {flow, say, places} = this, series = this.shown === "losses" ? [flow.losses] : flow.layers.map((_, layer) => flow[this.shown].map(norms => norms[layer]));
    const lines = series.map((values, layer) => ({
      ...colored(layer, series.length), shape: "circle",
      points: values.map((value, at) => [places[at], value, `${this.shown === "losses" ? say.tabs.losses : flow.layers[layer]}, ${say.point(flow.unit, flow.at[at])}: ${brief(value)}`]),
    }));
    return logPlot({lines, ticks: this.ticks, kind: "over", label: say.over(flow.unit), along: say.along[flow.unit], mark: places[this.chosen]});
  }

  /** A line for each of some points: the one that is chosen, and the first and the last if they are others. */
  overDepth() {
    const {flow, say, chosen} = this, places = evenly(flow.layers.length), last = flow.at.length - 1;
    const line = (at, className, shape) => ({className, shape, points: flow.gradient_norms[at].map((norm, layer) =>
      [places[layer], norm, `${flow.layers[layer]}, ${say.point(flow.unit, flow.at[at])}: ${brief(norm)}`])});
    const kinds = [[0, "faint then", "dashed then"], [last, "k0", "k0"]].filter(([at]) => at !== chosen);
    const plot = logPlot({lines: [...kinds.map(([at, className]) => line(at, className, "")), line(chosen, "now", "circle")], kind: "layers",
      ticks: flow.layers.map((name, layer) => [places[layer], name]), label: say.depth, along: say.along.layer});
    const name = at => say.point(flow.unit, flow.at[at]);
    return plot && [legendOf([...kinds.map(([at, , className]) => [className, undefined, name(at)]), ["now", undefined, say.chosen(name(chosen))]]), plot];
  }

  /** Norms at the first, the middle and the last point. */
  table() {
    const {flow, say} = this, last = flow.at.length - 1, points = [...new Set([0, flow.at.length >> 1, last])];
    const head = ["", ...points.map(at => say.point(flow.unit, flow.at[at])), say.ratio, ...(flow.weight_norms ? [say.weights] : [])];
    const row = layer => [...points.map(at => brief(flow.gradient_norms[at][layer])),
      layer < flow.layers.length - 1 ? brief(flow.ratios[last][layer]) : "–", ...(flow.weight_norms ? [brief(flow.weight_norms[last][layer])] : [])];
    return make("div", {className: "wide"}, make("table", {className: "norms"},
      make("thead", {}, make("tr", {}, ...head.map(name => make("th", {scope: "col"}, name)))),
      make("tbody", {}, ...flow.layers.map((name, layer) => make("tr", {}, make("th", {scope: "row"}, name), ...row(layer).map(text => make("td", {}, text)))))));
  }
}
