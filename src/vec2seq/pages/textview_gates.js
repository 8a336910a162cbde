// The gates of LSTM layers over the text: strips with a row for each unit and a column for each token.

import {make} from "./dom.js";
import {brief, onPhone} from "./log_plot.js";
import {Heat, labelled, shortened} from "./textview_heat.js";

const STRIPS = ["input", "forget", "output", "cell"];
const STRIP_GAP = 8;
const LONG_TEXT = 60;

/** One layer in one direction. */
class LayerStrips {
  constructor(data, gates, say, choose) {
    Object.assign(this, {data, gates, say, tell: choose, at: 0, unit: null});
    this.most = gates.cell.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
    this.canvas = make("canvas", {className: "gates", tabIndex: 0, role: "img", onpointermove: event => this.point(event), onpointerleave: () => this.settle(null), onkeydown: event => this.move(event)});
    this.reading = make("output", {className: "reading"});
    this.element = make("article", {className: "gate"}, make("h3", {}, say.layer(gates.layer + 1, gates.direction)), this.reading, make("div", {className: "wide"}, this.canvas));
  }

  /** The value of a gate, of a token's unit. */
  value(name, at, unit) { return this.gates[name][at * this.gates.units + unit]; }

  mean(name) {
    const {gates: {units}} = this;
    let sum = 0;
    for (let unit = 0; unit < units; unit++) sum += this.value(name, this.at, unit);
    return sum / units;
  }

  settle(unit) {
    this.unit = unit;
    this.mark(this.at);
  }

  point({offsetX, offsetY}) {
    const {gutter, cell, high, gates: {units}} = this, at = Math.floor((offsetX - gutter) / cell), inside = offsetY % (units * high + STRIP_GAP);
    if (at < 0 || at >= this.data.tokens.length) return;
    this.unit = inside < units * high && offsetY < 4 * (units * high + STRIP_GAP) ? Math.floor(inside / high) : null;
    this.tell(at);
  }

  /** Left and right to other tokens, up and down to other units. */
  move(event) {
    const {gates: {units}, data: {tokens}} = this, step = {ArrowLeft: -1, ArrowRight: 1}[event.key], other = {ArrowUp: -1, ArrowDown: 1}[event.key];
    if (!step && !other) return;
    event.preventDefault();
    if (other) this.settle(Math.min(Math.max((this.unit ?? (other > 0 ? -1 : units)) + other, 0), units - 1));
    else this.tell(Math.min(Math.max(this.at + step, 0), tokens.length - 1));
  }

  mark(at) {
    this.at = at;
    const {say, unit, data: {shown}} = this;
    const values = STRIPS.map(name => `${say.gateNames[name]} ${brief(unit === null ? this.mean(name) : this.value(name, at, unit), 2)}`);
    this.reading.value = say.gate(shown[at], unit === null ? null : unit + 1, this.gates.units, values);
    this.canvas.ariaLabel = `${say.layer(this.gates.layer + 1, this.gates.direction)}. ${this.reading.value}`;
    this.paint();
  }

  draw() {
    this.pictures = STRIPS.map(name => Heat.picture(this.canvas, this.gates.units, this.data.tokens.length,
      (unit, at) => this.value(name, at, unit) / (name === "cell" ? this.most : 1)));
    this.paint();
  }

  paint() {
    const {canvas, data: {shown}, gates: {units}, at, say, pictures} = this, n = shown.length, room = canvas.parentElement.clientWidth;
    if (!pictures || !room) return;
    const gutter = this.gutter = onPhone() ? 58 : 74, cell = this.cell = Math.min(Math.max(Math.floor((room - gutter - 40) / n), n > LONG_TEXT ? 2 : 12), 40);
    const high = this.high = Math.min(Math.max(Math.round(84 / units), 3), 14), strip = units * high, bottom = 4 * (strip + STRIP_GAP);
    canvas.style.width = `${gutter + n * cell + 40}px`;
    canvas.style.height = `${bottom + 60}px`;
    const context = Heat.fit(canvas), style = getComputedStyle(canvas), color = name => style.getPropertyValue(name);
    context.font = `12px ${style.fontFamily}`;
    pictures.forEach((picture, row) => {
      const y = row * (strip + STRIP_GAP);
      Heat.paint(context, picture, gutter, y, n * cell, strip);
      context.fillStyle = color("--quiet");
      context.textAlign = "right";
      context.fillText(say.gateNames[STRIPS[row]], gutter - 8, y + strip / 2 + 4);
    });
    const every = labelled(cell, 15);
    shown.forEach((token, place) => {
      if (place !== at && (place % every || Math.abs(place - at) < every)) return;
      context.fillStyle = color(place === at ? "--accent" : "--quiet");
      context.save();
      context.translate(gutter + (place + 0.5) * cell - 3, bottom + 8);
      context.rotate(Math.PI / 3.2);
      context.textAlign = "left";
      context.fillText(shortened(token, 9), 0, 4);
      context.restore();
    });
    context.strokeStyle = color("--accent");
    context.lineWidth = 1.5;
    for (let row = 0; row < 4; row++) context.strokeRect(gutter + at * cell, row * (strip + STRIP_GAP), cell, strip);
  }
}

export class GateStrips {
  constructor(data, say, choose) {
    this.layers = data.gates.map(gates => new LayerStrips(data, gates, say, choose));
    this.element = make("div", {}, make("p", {className: "quiet"}, say.gatesLead), make("div", {className: data.tokens.length > LONG_TEXT ? "layers long" : "layers"}, ...this.layers.map(layer => layer.element)));
  }

  choose(at) { for (const layer of this.layers) layer.mark(at); }

  draw() { for (const layer of this.layers) layer.draw(); }
}
