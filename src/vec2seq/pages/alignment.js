// The page of an alignment: a grid, a row for each piece of the translation, a column for each of the source.

import {make} from "./dom.js";
import {brief} from "./log_plot.js";
import {ALIGNMENT_TEXTS} from "./alignment_texts.js";

const NUMBERED = 32;
const LEAST = 0.05;
const STEPS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -Infinity], End: [0, Infinity]};

/** Weights of one head, or, without one, their mean over all [T x S]. */
function weightsOf({weights, heads, source, target}, head) {
  const size = source.length * target.length;
  if (head !== null) return weights.subarray(head * size, (head + 1) * size);
  return Float32Array.from({length: size}, (_, at) => {
    let sum = 0;
    for (let head = 0; head < heads; head++) sum += weights[head * size + at];
    return sum / heads;
  });
}

class AlignmentPage {
  constructor(root, data, language) {
    Object.assign(this, {root, data, head: null, row: 0, column: 0});
    this.setLanguage(language);
  }

  setLanguage(language) {
    const {data} = this, say = this.say = ALIGNMENT_TEXTS[language], heads = data.heads > 1 ? [null, ...Array(data.heads).keys()] : [];
    this.tabs = heads.map(head => make("button", {type: "button", onclick: () => this.show(head)}, head === null ? say.all : say.head(head + 1)));
    this.heads = heads;
    this.strongest = make("span", {className: "quiet"});
    this.reading = make("output", {className: "reading"});
    this.holder = make("div", {className: "wide"});
    this.root.replaceChildren(make("div", {className: "cards alignment"}, make("p", {className: "lead"}, say.lead(data.target.length, data.source.length)),
      make("section", {className: "card"}, make("h2", {}, say.title), make("div", {className: "bar"}, make("div", {className: "tabs", hidden: !heads.length}, ...this.tabs), this.strongest),
        this.reading, this.holder, make("p", {className: "quiet"}, say.keys))));
    this.show(this.head);
  }

  show(head) {
    const {data, say, heads} = this;
    this.head = head;
    this.weights = weightsOf(data, head);
    heads.forEach((one, at) => { this.tabs[at].ariaPressed = String(one === head); });
    this.most = this.weights.reduce((most, weight) => Math.max(most, weight), 1e-9);
    this.strongest.textContent = say.strongest(brief(this.most, 3)) + (data.source.length <= NUMBERED ? say.percent : "");
    this.holder.replaceChildren(this.grid());
    this.choose(this.row, this.column);
  }

  name(piece) { return piece || this.say.end; }

  grid() {
    const {data: {source, target}, say} = this, few = source.length <= NUMBERED;
    this.columns = source.map(piece => make("th", {scope: "col", lang: ""}, make("span", {}, this.name(piece))));
    this.rows = target.map(piece => make("th", {scope: "row", lang: ""}, this.name(piece)));
    this.cells = target.map((_, row) => source.map((_, column) => this.cell(row, column, few)));
    return make("table", {className: few ? "grid numbered" : "grid", role: "grid", ariaLabel: say.title, onkeydown: event => this.move(event), onpointermove: event => this.point(event)},
      make("thead", {}, make("tr", {}, make("td", {className: "corner"}), ...this.columns)),
      make("tbody", {}, ...this.rows.map((name, row) => make("tr", {}, name, ...this.cells[row]))));
  }

  cell(row, column, few) {
    const weight = this.weight(row, column);
    const cell = make("td", {tabIndex: -1, onclick: () => this.focus(row, column)}, few && weight >= LEAST ? String(Math.round(100 * weight)) : "");
    Object.assign(cell.dataset, {row, column});
    cell.style.setProperty("--share", weight / this.most);
    cell.ariaLabel = this.told(row, column);
    return cell;
  }

  weight(row, column) { return this.weights[row * this.data.source.length + column]; }

  told(row, column) {
    const {data: {source, target}, say} = this;
    return say.looks(this.name(target[row]), this.name(source[column]), brief(this.weight(row, column), 3));
  }

  choose(row, column) {
    this.cells[this.row][this.column].tabIndex = -1;
    for (const [names, before, now] of [[this.rows, this.row, row], [this.columns, this.column, column]]) {
      names[before].classList.remove("chosen");
      names[now].classList.add("chosen");
    }
    this.cells[this.row][this.column].classList.remove("chosen");
    Object.assign(this, {row, column});
    this.cells[row][column].classList.add("chosen");
    this.cells[row][column].tabIndex = 0;
    this.reading.value = this.told(row, column);
  }

  focus(row, column) {
    this.choose(row, column);
    this.cells[row][column].focus();
  }

  /** Not by pointerover: that comes, too, when the keys scroll the grid below a pointer at rest. */
  point({target: {dataset}}) {
    if (dataset?.row !== undefined) this.choose(Number(dataset.row), Number(dataset.column));
  }

  move(event) {
    const step = STEPS[event.key], {source, target} = this.data;
    if (!step) return;
    event.preventDefault();
    const inside = (at, all) => Math.min(Math.max(at, 0), all - 1);
    this.focus(inside(this.row + step[0], target.length), inside(this.column + step[1], source.length));
  }
}

export function show(root, data, language) {
  return new AlignmentPage(root, data, language);
}
