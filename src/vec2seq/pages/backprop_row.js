// The row as its file has it, and what the model answers for it.

import {make} from "./dom.js";
import {told} from "./backprop_numbers.js";

/** The box: the cells, the target, the answer, and how that follows from the last layer's numbers. */
export function rowBox(row, say) {
  const cells = Object.entries(row.cells).map(([name, cell]) => make("li", {}, make("span", {className: "quiet"}, name), " ", cell ?? say.missing));
  return make("section", {className: "card asked"},
    make("h2", {}, say.asked(row.short_place, row.model)),
    ...(row.first_of === null ? [] : [make("p", {className: "quiet"}, say.first(row.first_of.toLocaleString("en")))]),
    make("ul", {}, ...cells),
    make("p", {}, make("span", {className: "quiet"}, `${say.wanted} ${row.target}`), " ", make("b", {}, row.wanted ?? say.missing)),
    make("p", {}, make("span", {className: "quiet"}, say.answer), " ", make("b", {}, row.score === null ? told(row.output, 6) : say.sure(row.output, told(row.score))),
      " ", make("span", {className: "quiet"}, wayOf(row, say))));
}

/** How the answer follows from Z of the last layer. */
function wayOf(row, say) {
  const z = `Z${row.layers}`, temperature = told(row.temperature);
  if (row.score === null) return say.scaled(z, ...[row.sums[0], row.deviation, row.mean].map(number => told(number, 6)), row.target);
  if (row.classes.length > 2) return say.softened(`softmax(${z} / ${temperature})`, temperature, `A${row.layers}`);
  return say.softenedOf(row.classes[1], `1 / (1 + exp(−${z} / ${temperature}))`, temperature, `A${row.layers}`);
}
