// Numbers, and tables and histograms of many of them.

import {make, makeSvg} from "./dom.js";

const MOST = 12;

/** Four digits, or as many; null is what JSON has no number for. */
export const told = (value, digits = 4) =>
  value === null ? "∞" : String(Number(value.toPrecision(digits))).replaceAll("-", "−");

/** A number as a factor: in brackets if it is negative. */
export const factor = value => value < 0 ? `(${told(value)})` : told(value);

/** Whether so many rows and columns of an array can be looked at, number by number. */
export const fits = (array, rows, columns) => array.values !== null && rows <= MOST + 1 && columns <= MOST;

/** An array with its name and formula: all its numbers, or how they lie. */
export function arrayOf(name, formula, array, rows, columns, say, row = -1) {
  const head = make("h3", {}, name, " ", make("span", {className: "quiet"}, `[${array.shape.join(" × ")}]`));
  const body = fits(array, rows.length, columns.length) ? numbersOf(array, rows, columns, row) : spreadOf(array, say);
  return make("figure", {}, head, make("code", {}, formula), body);
}

function numbersOf(array, rows, columns, row) {
  const most = Math.max(...array.values.flat().map(Math.abs), 1e-300);
  const cell = value => {
    const td = make("td", {}, told(value));
    td.style.setProperty("--share", `${Math.round(45 * Math.min(Math.abs(value ?? most) / most, 1))}%`);
    td.className = value < 0 ? "below" : "above";
    return td;
  };
  return make("div", {className: "wide"}, make("table", {className: "numbers"},
    make("thead", {}, make("tr", {}, make("td"), ...columns.map(name => make("th", {scope: "col"}, name)))),
    make("tbody", {}, ...array.values.map((values, at) => make("tr", {className: at === row ? "chosen" : ""},
      make("th", {scope: "row"}, rows[at]), ...values.map(cell))))));
}

const WIDE = 280, HIGH = 84;

/** How the numbers of a large array lie: a histogram, and what they come to. */
export function spreadOf(array, say) {
  if (!array.histogram) return make("p", {className: "quiet"}, say.notFinite);
  const {counts, edges} = array.histogram, most = Math.max(...counts), wide = WIDE / counts.length;
  const bars = counts.map((count, at) => {
    const height = count ? Math.max(count / most * HIGH, 1.5) : 0;
    const bar = makeSvg("rect", {x: at * wide + 0.5, width: wide - 1, y: HIGH - height, height});
    const title = makeSvg("title");
    title.textContent = `${told(edges[at])} … ${told(edges[at + 1])}: ${count.toLocaleString()}`;
    bar.append(title);
    return bar;
  });
  const ends = [[0, "start", edges[0]], [WIDE, "end", edges.at(-1)]].map(([x, anchor, edge]) => {
    const text = makeSvg("text", {x, y: HIGH + 15, "text-anchor": anchor});
    text.textContent = told(edge);
    return text;
  });
  const zero = -edges[0] / (edges.at(-1) - edges[0]) * WIDE;
  const line = zero > 0 && zero < WIDE ? [makeSvg("line", {x1: zero, x2: zero, y1: 0, y2: HIGH + 4})] : [];
  const list = ["min", "mean", "max", "norm", "zeros"].flatMap(name =>
    [make("dt", {}, say.spread[name]), make("dd", {}, name === "zeros" ? array.zeros.toLocaleString() : told(array[name]))]);
  return make("div", {className: "spread"},
    makeSvg("svg", {class: "histogram", viewBox: `0 0 ${WIDE} ${HIGH + 18}`, role: "img"}, ...bars, ...line, ...ends),
    make("dl", {}, ...list));
}
