// Back-propagation, step by step: forward, loss, backward, update, on the numbers of a real model.

import {make} from "./dom.js";
import {drawNet} from "./backprop_net.js";
import {arrayOf, fits, told} from "./backprop_numbers.js";
import {checkTable, depthPlot} from "./backprop_plot.js";
import {TEXTS} from "./backprop_texts.js";
import {rowBox} from "./backprop_row.js";
import {formulasOf} from "./backprop_unit.js";
import {FLOW_TEXTS} from "./flow_texts.js";
import {FlowView} from "./flow_view.js";

const PHASES = ["forward", "loss", "backward", "update"];
const SHOWN = {
  forward: ["weights", "sums", "values", "slopes"], backward: ["arriving", "leaving", "gradient"], update: ["update"],
};
const BY_WEIGHT = new Set(["weights", "gradient", "update"]);
const NAMES = {
  weights: n => `W${n}`, sums: n => `Z${n}`, values: n => `A${n}`, slopes: n => `f′(Z${n})`, arriving: n => `dL/dA${n}`,
  leaving: n => `dL/dZ${n}`, gradient: n => `dL/dW${n}`, update: n => `ΔW${n}`,
};

/** All steps: {phase, layer}; the first is that of the inputs. */
function stepsOf(layers) {
  const numbers = layers.map(layer => layer.number), step = phase => layer => ({phase, layer});
  return [{phase: "forward", layer: 0}, ...numbers.map(step("forward")), {phase: "loss", layer: numbers.length},
    ...numbers.slice().reverse().map(step("backward")), {phase: "update", layer: numbers.length}];
}

/** The two lines in each unit's box at a step, null where nothing is known yet. */
function linesOf(data, step, at, row) {
  const numbers = at ? data.layers[at - 1] : null, pair = (one, other) =>
    numbers[one[1]].values[row].map((value, unit) => [`${one[0]} ${told(value)}`, `${other[0]} ${told(numbers[other[1]].values[row][unit])}`]);
  if (!at) return data.layers[0].incoming.values[row].map(value => [told(value)]);
  if (step.phase === "forward" && at > step.layer) return data.layers[at - 1].sums.values[row].map(() => null);
  if (step.phase === "backward" && at >= step.layer) return pair(["∂a", "arriving"], ["∂z", "leaving"]);
  return pair(["z", "sums"], ["a", "values"]);
}

/** The numbers on the edges into a layer at a step. */
function edgesOf(step, layer) {
  if (step.phase === "update") return layer.update.values;
  if (step.phase === "backward" && layer.number >= step.layer) return layer.gradient.values;
  return layer.weights.values;
}

class Backprop {
  constructor(root, data, language) {
    Object.assign(this, {root, data, language, steps: stepsOf(data.layers), at: 0, row: 0, pinned: null});
    this.flow = data.flow && new FlowView(data.flow);
    document.addEventListener("keydown", event => {
      const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("select, input")) return;
      event.preventDefault();
      this.go(this.at + by);
    });
    this.build();
  }

  get say() { return TEXTS[this.language]; }

  get step() { return this.steps[this.at]; }

  setLanguage(language) {
    this.language = language;
    this.build();
  }

  go(at) {
    if (at < 0 || at >= this.steps.length) return;
    this.at = at;
    this.pinned = null;
    this.draw();
    this.showActive();
  }

  /** Names of the units of each layer, the input first. */
  names() {
    const {inputs, outputs, layers} = this.data;
    return [inputs, ...layers.slice(0, -1).map(layer =>
      Array.from({length: layer.values.shape[1]}, (_, unit) => this.say.unit(unit + 1))), outputs];
  }

  build() {
    const {data, say} = this, widths = [data.inputs.length, ...data.layers.map(layer => layer.values.shape[1])];
    this.phases = PHASES.map(phase => make("button", {
      type: "button", onclick: () => this.go(this.steps.findIndex(step => step.phase === phase && (step.layer || phase !== "forward"))),
    }, say.phases[phase]));
    this.back = make("button", {type: "button", className: "go", ariaLabel: say.back, title: say.back, onclick: () => this.go(this.at - 1)}, "←");
    this.next = make("button", {type: "button", className: "go", ariaLabel: say.next, title: say.next, onclick: () => this.go(this.at + 1)}, "→");
    this.count = make("span", {className: "quiet count"});
    this.title = make("h2", {ariaLive: "polite"});
    [this.text, this.stage, this.unit, this.arrays] = ["quiet", "stage wide", "unit-formula", "arrays"].map(className => make("div", {className}));
    const wrong = data.checks.filter(one => !one.agrees).length;
    this.root.replaceChildren(make("div", {className: "cards backprop"},
      make("p", {className: "lead"}, say.lead(data.rows, widths.join(" → ")), " ", say.keys),
      ...(data.row ? [rowBox(data.row, say)] : []),
      make("section", {className: "card"},
        make("div", {className: "bar"}, this.back, this.next, make("div", {className: "tabs"}, ...this.phases), this.count, ...this.rowPicker()),
        this.title, this.text, this.stage, this.unit),
      make("section", {className: "card"}, make("h2", {}, say.numbers), this.arrays),
      make("section", {className: "card"}, make("h2", {}, say.depth), make("p", {className: "quiet"}, say.depthLead), this.depth()),
      ...(this.flow ? [this.flow.build(FLOW_TEXTS[this.language], make("h2", {}, FLOW_TEXTS[this.language].title))] : []),
      make("section", {className: "card"}, make("h2", {}, say.check), make("p", {className: "quiet"}, say.checkLead),
        make("p", {className: wrong ? "verdict wrong" : "verdict"}, say.verdict(data.checks.length, wrong, data.zero_checks)),
        checkTable(data.checks, one => this.weightName(one), say))));
    this.draw();
    this.showActive();
  }

  /** Norms of dL/dZ and dL/dW of each layer. */
  depth() {
    const {layers} = this.data, {say} = this, names = layers.map(layer => say.layerShort(layer.number));
    const norms = name => layers.map(layer => layer[name].norm);
    return depthPlot(names, [["dL/dZ", norms("leaving")], ["dL/dW", norms("gradient")]], layers.map(layer => String(layer.number)), say);
  }

  rowPicker() {
    const {data, say} = this;
    if (data.rows === 1 || !fits(data.target, data.rows, 1)) return [];
    const options = Array.from({length: data.rows}, (_, row) => make("option", {value: row}, say.rowNumber(row + 1)));
    const select = make("select", {onchange: event => {
      this.row = Number(event.target.value);
      this.draw();
    }}, ...options);
    select.value = this.row;
    return [make("label", {}, `${say.row} `, select)];
  }

  weightName({name, place: [from, to]}) {
    const at = Number(name.slice(1)), names = this.names();
    return `${name}: ${names[at - 1][from] ?? this.say.bias} → ${names[at][to]}`;
  }

  draw() {
    const {data, say, step} = this;
    this.phases.forEach((button, at) => { button.ariaPressed = String(PHASES[at] === step.phase); });
    this.back.disabled = this.at === 0;
    this.next.disabled = this.at === this.steps.length - 1;
    this.count.textContent = say.count(this.at + 1, this.steps.length);
    const kind = step.layer ? step.phase : "input", output = data.layers.at(-1);
    this.title.textContent = say.steps[kind](step.layer, data.layers[step.layer - 1]?.activation);
    this.text.textContent = kind === "loss" ? say.told.loss(say.losses[output.activation], told(data.loss.value)) : kind === "update"
      ? say.told.update(data.solver.name, data.solver.learning_rate, data.solver.alpha, told(data.loss.value), told(data.loss.after))
      : say.told[kind]();
    this.look(this.pinned ?? [step.layer, 0]);
    this.drawArrays();
  }

  /** Draw the net with one unit looked at. */
  look(chosen) {
    if (!this.data.small) return this.stage.replaceChildren(this.chain());
    const {data, say, step, row} = this, names = this.names();
    const units = names.map((own, at) => ({names: own, lines: linesOf(data, step, at, row)}));
    const on = {
      look: (layer, unit) => this.chosenIs(layer, unit) || this.look([layer, unit]),
      choose: (layer, unit) => {
        this.pinned = [layer, unit];
        this.look(this.pinned);
        this.stage.querySelector(".unit.chosen").focus();
      },
      away: () => this.look(this.pinned ?? [step.layer, 0]),
    };
    this.chosen = chosen;
    const end = step.phase === "forward" ? null : data.target.values[row].map(value => `y = ${told(value)}`);
    const edges = data.layers.map(layer => edgesOf(step, layer)), active = step.phase === "update" ? null : step.layer;
    const kept = this.stage.scrollLeft;
    this.stage.replaceChildren(drawNet({units, edges, chosen, active, end}, on));
    this.stage.scrollLeft = kept;
    this.unit.replaceChildren(make("h3", {}, say.unitTitle(chosen[0], names[chosen[0]][chosen[1]])),
      ...formulasOf(data, step, chosen, row, names, say), make("p", {className: "quiet"}, say.hand));
  }

  chosenIs(layer, unit) { return this.chosen[0] === layer && this.chosen[1] === unit; }

  /** A large net: a box for each layer. */
  chain() {
    const {data, step} = this, widths = [data.inputs.length, ...data.layers.map(layer => layer.values.shape[1])];
    return make("ol", {className: "chain"}, ...widths.map((width, at) => make("li", {className: at === step.layer ? "active" : ""},
      make("b", {}, width.toLocaleString()), make("span", {className: "quiet"}, at ? data.layers[at - 1].activation : "x"), ...this.ends(at))));
  }

  /** Few inputs and outputs of a large net, by name. */
  ends(at) {
    const {data, step, row} = this, last = at === data.layers.length, array = at ? data.layers[at - 1].values : data.layers[0].incoming;
    if ((at && !last) || !fits(array, data.rows, array.shape[1])) return [];
    const lines = linesOf(data, step, at, row), target = last && step.phase !== "forward" ? data.target.values[row] : null;
    return [make("table", {}, ...(at ? data.outputs : data.inputs).map((name, unit) => make("tr", {}, make("th", {scope: "row", title: name}, name),
      ...[...(lines[unit] ?? []), ...(target ? [`y = ${told(target[unit])}`] : [])].map(text => make("td", {}, text)))))];
  }

  /** Every array of this step. */
  drawArrays() {
    const {data, say, step} = this, names = this.names(), rows = Array.from({length: data.rows}, (_, row) => say.rowNumber(row + 1));
    const show = (name, layer) => arrayOf(NAMES[name](layer.number), layer.formulas[name] ?? "", layer[name],
      BY_WEIGHT.has(name) ? [...names[layer.number - 1], say.bias] : rows, names[layer.number], say, BY_WEIGHT.has(name) ? -1 : this.row);
    const plain = (name, formula, array, columns) => arrayOf(name, formula, array, rows, columns, say, this.row);
    const output = data.layers.at(-1), n = output.number;
    const figures = !step.layer ? [plain("A0", "", data.layers[0].incoming, data.inputs)]
      : step.phase === "loss" ? [plain(`A${n}`, output.formulas.values, output.values, data.outputs), plain("Y", data.loss.formula, data.target, data.outputs)]
      : step.phase === "update" ? data.layers.map(layer => show("update", layer))
      : SHOWN[step.phase].map(name => show(name, data.layers[step.layer - 1]));
    this.arrays.replaceChildren(...figures);
  }

  /** On a narrow screen, bring the layer of this step into view. */
  showActive() {
    const unit = this.stage.querySelector(".active");
    if (!unit) return;
    const box = unit.getBoundingClientRect(), frame = this.stage.getBoundingClientRect();
    this.stage.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  }
}

export function show(root, data, language) {
  return new Backprop(root, data, language);
}
