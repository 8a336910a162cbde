// The formula of one unit at one step, with its numbers.

import {make} from "./dom.js";
import {factor, told} from "./backprop_numbers.js";

const sum = terms => terms.join(" + ");
const line = (left, ...rest) => make("p", {className: "formula"}, make("b", {}, left), ...rest.map(text => ` = ${text}`));

/** What a layer's unit does with its row, in words of formulas: ``step`` is {phase, layer}. */
export function formulasOf(data, step, [layer, unit], row, names, say) {
  if (layer === 0) return [line(`a0[${names[0][unit]}]`, told(data.layers[0].incoming.values[row][unit]))];
  const own = data.layers[layer - 1], output = layer === data.layers.length;
  if (step.phase === "update") return [changes(own, unit, names[layer - 1], say)];
  if (step.phase === "backward") return [...backward(data, own, layer, unit, row, output), gradients(own, unit, row, names[layer - 1], say)];
  if (step.phase === "loss" && output) return lossOf(data, unit, row);
  const values = own.incoming.values[row], weights = own.weights.values.map(weight => weight[unit]);
  const z = own.sums.values[row][unit], a = own.values.values[row][unit];
  return [
    line("z", sum([...values.map((value, at) => `${factor(value)} × ${factor(weights[at])}`), factor(weights.at(-1))]), told(z)),
    line("a", activated(own, unit, row), told(a)),
    line("f′(z)", told(own.slopes.values[row][unit])),
  ];
}

function activated(own, unit, row) {
  const z = own.sums.values[row];
  if (own.activation !== "softmax") return own.activation === "identity" ? "z" : `${own.activation}(${told(z[unit])})`;
  return `exp(${told(z[unit])}) / (${sum(z.map(one => `exp(${told(one)})`))})`;
}

function lossOf(data, unit, row) {
  const output = data.layers.at(-1), y = data.target.values[row][unit], a = output.values.values[row][unit];
  return [line("a", told(a)), line("y", told(y)), line(`L(${row + 1})`, told(data.loss.of_rows.values[row]))];
}

function backward(data, own, layer, unit, row, output) {
  const arriving = own.arriving.values[row][unit], leaving = own.leaving.values[row][unit];
  const share = data.rows > 1 ? ` / ${data.rows}` : "";
  if (output) {
    const a = own.values.values[row][unit], y = data.target.values[row][unit];
    return [line("dL/da", told(arriving)), line("dL/dz", share ? `(${told(a)} − ${factor(y)})${share}` : `${told(a)} − ${factor(y)}`, told(leaving))];
  }
  const next = data.layers[layer], weights = next.weights.values[unit];
  return [
    line("dL/da", sum(next.leaving.values[row].map((error, to) => `${factor(error)} × ${factor(weights[to])}`)), told(arriving)),
    line("dL/dz", `dL/da × f′(z)`, `${factor(arriving)} × ${factor(own.slopes.values[row][unit])}`, told(leaving)),
  ];
}

/** Gradients of the weights into a unit: over the rows, the value before times dL/dz. */
function gradients(own, unit, row, before, say) {
  const single = own.incoming.values.length === 1, error = own.leaving.values[row][unit];
  const product = at => at < before.length ? `${factor(own.incoming.values[row][at])} × ${factor(error)}` : told(error);
  return weightTable([...before, say.bias], say.gradientHead(single), at => [
    ...(single ? [product(at)] : []), told(own.gradient.values[at][unit])]);
}

function changes(own, unit, before, say) {
  return weightTable([...before, say.bias], say.changes, at => {
    const [weight, slope, change] = ["weights", "gradient", "update"].map(name => own[name].values[at][unit]);
    return [told(weight), told(slope), told(change), told(weight + change)];
  });
}

function weightTable(names, columns, cells) {
  return make("div", {className: "wide"}, make("table", {className: "weights"},
    make("thead", {}, make("tr", {}, ...columns.map(name => make("th", {scope: "col"}, name)))),
    make("tbody", {}, ...names.map((name, at) => make("tr", {}, make("th", {scope: "row"}, name),
      ...cells(at).map(text => make("td", {}, text)))))));
}
