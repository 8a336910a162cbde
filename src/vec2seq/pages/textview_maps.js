// Attention: a small map for each layer and head; one that is chosen is shown large, with the tokens on both axes.

import {make} from "./dom.js";
import {brief, onPhone} from "./log_plot.js";
import {Heat, labelled, shortened} from "./textview_heat.js";

const SMALL_MAP = 96;
const LONGEST_LABEL = 14;

/** One map: weights of row (who looks) and column (who is looked at). */
class AttentionMap {
  constructor({attention, tokens}, layer, head) {
    const n = tokens.length, start = (layer * attention.heads + head) * n * n;
    Object.assign(this, {n, layer, head, one: attention.one, weights: attention.weights.subarray(start, start + n * n)});
    this.most = this.weights.reduce((most, weight) => Math.max(most, weight), 1);
  }

  at(row, column) { return this.weights[row * this.n + column] / this.one; }

  /** Where the token in this row looks most. */
  strongest(row) {
    const weights = this.weights.subarray(row * this.n, (row + 1) * this.n);
    return weights.indexOf(Math.max(...weights));
  }

  /** A picture of at most so many pixels: of several weights the largest is seen. */
  picture(element, pixels) {
    const {n, weights, most} = this, side = Math.min(n, pixels), ends = Array.from({length: side + 1}, (_, at) => Math.floor(at * n / side));
    return Heat.picture(element, side, side, (row, column) => {
      let found = 0;
      for (let r = ends[row]; r < ends[row + 1]; r++) for (let c = ends[column]; c < ends[column + 1]; c++) found = Math.max(found, weights[r * n + c]);
      return found / most;
    });
  }
}

export class AttentionMaps {
  constructor(data) {
    Object.assign(this, {data, opened: null, row: 0, column: 0});
    const {layers, heads} = data.attention;
    this.maps = Array.from({length: layers * heads}, (_, at) => new AttentionMap(data, Math.floor(at / heads), at % heads));
  }

  build(say, choose) {
    Object.assign(this, {say, tell: choose});
    this.buttons = this.maps.map(map => {
      const name = say.head(map.layer + 1, map.head + 1);
      return make("button", {type: "button", className: "small-map", ariaLabel: name, title: name, onclick: () => this.open(map === this.opened ? null : map)},
        make("canvas", {}), make("span", {}, say.headShort(map.layer + 1, map.head + 1)));
    });
    const grid = make("div", {className: "maps"}, ...this.buttons);
    grid.style.setProperty("--heads", this.data.attention.heads);
    this.large = make("div", {className: "large-map"});
    this.element = make("div", {}, make("p", {className: "quiet"}, say.mapsLead), make("div", {className: "wide"}, grid), this.large);
    this.open(this.opened);
    return this;
  }

  open(map) {
    this.opened = map;
    this.maps.forEach((one, at) => { this.buttons[at].ariaPressed = String(one === map); });
    this.large.replaceChildren();
    if (!map) return;
    const {say} = this;
    this.canvas = make("canvas", {className: "enlarged", tabIndex: 0, role: "img", onkeydown: event => this.move(event), onpointermove: event => this.point(event)});
    this.reading = make("output", {className: "reading"});
    const close = make("button", {type: "button", className: "go", ariaLabel: say.close, title: say.close, onclick: () => this.shut()}, "×");
    this.large.append(make("div", {className: "bar"}, make("h3", {}, say.head(map.layer + 1, map.head + 1)), make("span", {className: "quiet"}, say.darkest(brief(map.most / map.one, 3))), close),
      this.reading, make("div", {className: "wide"}, this.canvas), make("p", {className: "quiet"}, say.axes));
    this.picture = null;
    this.column = map.strongest(this.row);
    this.drawLarge();
    this.large.scrollIntoView?.({block: "nearest"});
  }

  /** Closes the large map; the focus goes back to where it was opened. */
  shut() {
    const button = this.buttons[this.maps.indexOf(this.opened)];
    this.open(null);
    button.focus();
  }

  /** The token in this row is looked at on the whole page. */
  point({offsetX, offsetY}) {
    const {gutter, cell} = this, n = this.data.tokens.length, [column, row] = [offsetX, offsetY].map(place => Math.floor((place - gutter) / cell));
    if (row < 0 || column < 0 || row >= n || column >= n) return;
    this.column = column;
    this.tell(row);
  }

  move(event) {
    const [down, right] = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key] ?? [0, 0], n = this.data.tokens.length;
    if (event.key === "Escape") this.shut();
    if (!down && !right) return;
    event.preventDefault();
    this.column = Math.min(Math.max(this.column + right, 0), n - 1);
    this.tell(Math.min(Math.max(this.row + down, 0), n - 1));
  }

  choose(at) {
    this.row = at;
    this.drawLarge();
  }

  draw() {
    const pixels = Math.round(SMALL_MAP * devicePixelRatio);
    this.buttons.forEach((button, at) => {
      const canvas = button.firstChild, context = Heat.fit(canvas);
      if (context) Heat.paint(context, this.maps[at].picture(canvas, pixels), 0, 0, canvas.clientWidth, canvas.clientHeight);
    });
    this.picture = null;
    this.drawLarge();
  }

  drawLarge() {
    const {opened, canvas, data: {shown}, row, column, say} = this, n = shown.length;
    if (!opened || !this.large.clientWidth) return;
    const style = getComputedStyle(canvas), color = name => style.getPropertyValue(name), font = `12px ${style.fontFamily}`;
    const labels = shown.map(token => shortened(token, onPhone() ? 8 : LONGEST_LABEL));
    let context = canvas.getContext("2d");
    context.font = font;
    const gutter = this.gutter = 10 + Math.ceil(Math.max(...labels.map(label => context.measureText(label).width)));
    const cell = this.cell = Math.min(Math.max(Math.floor((this.large.clientWidth - 1.7 * gutter) / n), n > 60 ? 2 : 14), 28), side = n * cell;
    canvas.style.width = `${side + Math.ceil(1.7 * gutter)}px`;
    canvas.style.height = `${side + gutter}px`;
    context = Heat.fit(canvas);
    this.picture ??= opened.picture(canvas, n);
    Heat.paint(context, this.picture, gutter, gutter, side, side);
    context.strokeStyle = color("--line");
    context.strokeRect(gutter - 0.5, gutter - 0.5, side + 1, side + 1);
    context.font = font;
    const every = labelled(cell, 14);
    labels.forEach((label, at) => {
      if (at % every && at !== row && at !== column) return;
      const near = place => Math.abs(place - at) < every && place !== at, middle = gutter + (at + 0.5) * cell;
      context.fillStyle = color(at === row ? "--accent" : "--quiet");
      context.textAlign = "right";
      if (!near(row)) context.fillText(label, gutter - 5, middle + 4);
      if (near(column)) return;
      context.fillStyle = color(at === column ? "--accent" : "--quiet");
      context.save();
      context.translate(middle + 3, gutter - 5);
      context.rotate(-Math.PI / 3.2);
      context.textAlign = "left";
      context.fillText(label, 0, 0);
      context.restore();
    });
    context.strokeStyle = color("--accent");
    context.strokeRect(gutter + 0.5, gutter + row * cell + 0.5, side - 1, cell - 1);
    context.lineWidth = 2;
    context.strokeRect(gutter + column * cell, gutter + row * cell, cell, cell);
    this.reading.value = say.looks(shown[row], shown[column], brief(opened.at(row, column), 3));
    canvas.ariaLabel = `${say.head(opened.layer + 1, opened.head + 1)}. ${this.reading.value}`;
  }
}
