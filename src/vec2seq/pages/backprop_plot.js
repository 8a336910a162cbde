// Gradient norms over depth, and gradients beside finite differences.

import {make} from "./dom.js";
import {told} from "./backprop_numbers.js";
import {brief, colored, evenly, legendOf, logPlot} from "./log_plot.js";

/** Norms of two kinds of gradients at things beside each other: ``names`` [N], each of ``series`` [name, norms [N]], null where there is none. */
export function depthPlot(names, series, ticks, say) {
  const places = evenly(names.length), shapes = ["circle", "rect"];
  const lines = series.map(([name, norms], which) => ({
    ...colored(which, 2), shape: shapes[which],
    points: norms.map((norm, at) => [places[at], norm, `${names[at]}, ${say.normOf(name)}: ${brief(norm)}`]).filter(([, norm]) => norm !== null),
  }));
  const plot = logPlot({lines, ticks: ticks.map((text, at) => [places[at], text]), kind: "depth", label: say.depth, along: say.along});
  if (!plot) return make("p", {className: "quiet"}, say.noGradient);
  return make("div", {}, legendOf(series.map(([name], which) => [`k${which} ${which ? "square" : ""}`, undefined, say.normOf(name)])), plot);
}

/** The check: each weight with its gradient, its finite difference and how far they are from each other. */
export function checkTable(checks, nameOf, say) {
  return make("div", {className: "wide"}, make("table", {className: "checks"},
    make("thead", {}, make("tr", {}, ...say.checkHead.map(name => make("th", {scope: "col"}, name)))),
    make("tbody", {}, ...checks.map(one => make("tr", {className: one.agrees ? "" : "wrong"},
      make("th", {scope: "row"}, nameOf(one)),
      make("td", {}, told(one.gradient, 8)), make("td", {}, told(one.difference, 8)),
      make("td", {}, told(one.error, 2)), make("td", {}, one.agrees ? say.agrees : say.wrong))))));
}
