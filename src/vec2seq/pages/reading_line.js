// The picture of a line: the columns where each character was read, the pixels that count for the one that is chosen,
// and below them what is most probable column by column.

import {make} from "./dom.js";

const INK = [0, 0, 0], HEAT = [225, 40, 140];
const STEPS = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity};
const BLANK = "·";
export const LEVELS = [0.9, 0.5];

/** A character by itself: a space is seen, and a mark that is combined with others stands on a circle. */
export const signOf = char => char === " " ? "␣" : /^\p{M}/u.test(char) ? `◌${char}` : char;

/** The class of a confidence: how many levels it is below. */
export const doubtOf = confidence => `doubt${LEVELS.filter(level => confidence < level).length}`;

/** Bytes, row by row, on a canvas: the larger, the less one sees through the color. */
function paint(canvas, bytes, wide, left, color) {
  const context = canvas.getContext("2d"), high = bytes.length / wide, image = context.createImageData(wide, high);
  bytes.forEach((byte, at) => image.data.set([...color, byte], 4 * at));
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.putImageData(image, left, 0);
}

export class LinePicture {
  constructor(data, say, chosen) {
    const {width, height, characters} = data, canvas = className => make("canvas", {className, width, height, ariaHidden: "true"});
    Object.assign(this, {data, say, chosen, at: 0, heat: canvas("heat")});
    const ink = canvas("ink");
    paint(ink, data.ink, width, 0, INK);
    const middles = characters.slice(1).map(({first}, at) => (characters[at].end + first) / 2), edges = [0, ...middles, width];
    this.options = characters.map((one, at) => this.option(one, at, edges[at], edges[at + 1]));
    const line = make("div", {className: "line"},
      make("div", {className: "picture"}, ink, this.heat, make("div", {className: "options", role: "listbox", ariaLabel: say.title, ariaOrientation: "horizontal", onkeydown: event => this.move(event)}, ...this.options)),
      this.strip());
    for (const kind of ["pointermove", "focusin", "click"]) line.addEventListener(kind, event => this.pointed(event));
    line.style.setProperty("--columns", width);
    this.element = make("div", {className: "wide"}, line);
  }

  /** Its part of the line reaches halfway to its neighbors; the box is where it was read. */
  option({char, confidence, first, end}, at, from, to) {
    const inside = x => `${100 * (x - from) / (to - from)}%`, {width} = this.data;
    const box = make("span", {className: "box"}), sign = make("span", {className: "sign", lang: ""}, signOf(char));
    Object.assign(box.style, {left: inside(first), width: `${100 * (end - first) / (to - from)}%`});
    sign.style.left = inside((first + end) / 2);
    const option = make("div", {role: "option", className: doubtOf(confidence), tabIndex: -1, ariaSelected: "false", ariaLabel: this.say.option(signOf(char), confidence.toFixed(2))}, box, sign);
    Object.assign(option.style, {left: `${100 * from / width}%`, width: `${100 * (to - from) / width}%`});
    option.dataset.at = at;
    return option;
  }

  strip() {
    const {data: {columns, step, width}, say} = this;
    const bars = columns.map(({char, probability}, at) => {
      const bar = make("span", {className: char ? "" : "blank", title: `${char ? signOf(char) : BLANK} ${probability.toFixed(2)}`},
        ...(char && char !== columns[at - 1]?.char ? [make("span", {lang: ""}, signOf(char))] : []));
      bar.style.width = `${100 * Math.min(step, width - at * step) / width}%`;
      bar.style.setProperty("--share", probability);
      return bar;
    });
    return make("div", {className: "strip", role: "img", ariaLabel: say.path(columns.map(({char}) => char ? signOf(char) : BLANK).join(""))}, ...bars);
  }

  choose(at) {
    for (const [option, is] of [[this.options[this.at], false], [this.options[at], true]]) {
      option.classList.toggle("chosen", is);
      Object.assign(option, {tabIndex: is ? 0 : -1, ariaSelected: String(is)});
    }
    this.at = at;
    const {saliency} = this.data.characters[at];
    if (saliency) paint(this.heat, saliency.values, saliency.values.length / this.data.height, saliency.left, HEAT);
  }

  /** Not pointerover: that comes, too, when the keys scroll the line below a pointer at rest. */
  pointed({type, target}) {
    const at = target.closest("[data-at]")?.dataset.at;
    if (at === undefined || (type === "pointermove" && Number(at) === this.at)) return;
    this.chosen(Number(at));
    if (type === "click") this.focus();
  }

  /** The character that is chosen comes into the part of a long line that is seen. */
  reveal() {
    const {offsetLeft, offsetWidth} = this.options[this.at], {clientWidth} = this.element;
    this.element.scrollLeft = offsetLeft + (offsetWidth - clientWidth) / 2;
  }

  focus() {
    this.options[this.at].focus({preventScroll: true});
    this.options[this.at].scrollIntoView({block: "nearest", inline: "nearest"});
  }

  move(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    this.chosen(Math.min(Math.max(this.at + step, 0), this.options.length - 1));
    this.focus();
  }
}
