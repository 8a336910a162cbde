// A plot with a logarithmic axis upwards: norms differ by powers of ten.

import {make, makeSvg} from "./dom.js";
import {told} from "./backprop_numbers.js";

const COLORS = 8;
const RAISED = {"-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹"};
const DESK = {left: 58, right: 20, top: 14, bottom: 44, width: 560, height: 280};
const PHONE = {left: 50, right: 14, top: 12, bottom: 44, width: 350, height: 260};

export const onPhone = () => matchMedia("(max-width: 720px)").matches;

/** The class of line ``at`` of so many: few have colors of their own, many go from one color to another. */
export const colored = (at, all) => all <= COLORS ? {className: `k${at}`} : {className: "mixed", share: at / (all - 1)};

/** An element with its color: ``share`` is how far it is from the first line to the last. */
export function withShare(element, share) {
  if (share !== undefined) element.style.setProperty("--share", `${Math.round(100 * share)}%`);
  return element;
}

const powerOfTen = power => `10${[...String(power)].map(one => RAISED[one]).join("")}`;

/** A number, as so many digits and a power of ten if it is very small or large. */
export function brief(value, digits = 4) {
  if (!value || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6)) return told(value, digits);
  const [factor, power] = value.toExponential(2).split("e");
  return `${told(Number(factor))}\u00a0×\u00a0${powerOfTen(Number(power))}`;
}

/** Where the axis upwards has lines: powers of ten around all values; of few 1, 2, 5, 10 ... */
function heights(lowest, highest) {
  const low = Math.floor(Math.log10(lowest)), high = Math.max(Math.ceil(Math.log10(highest)), low + 1);
  if (high - low > 2) {
    const every = Math.ceil((high - low) / 6);
    return Array.from({length: Math.ceil((high - low) / every) + 1}, (_, at) => 10 ** (high - at * every)).reverse();
  }
  const steps = [];
  for (let power = low - 1; power <= high; power += 1) steps.push(...[1, 2, 5].map(factor => Number(`${factor}e${power}`)));
  const last = steps.findIndex(step => step >= highest), first = Math.min(steps.findLastIndex(step => step <= lowest), last - 1);
  return steps.slice(first, last + 1);
}

const writtenHeight = value => value >= 1e-3 && value < 1e4 ? told(value) : Number.isInteger(Math.round(Math.log10(value) * 1e9) / 1e9) ? powerOfTen(Math.round(Math.log10(value))) : brief(value, 1);

/**
 * The drawing. ``lines``: each {className, share, shape, points}, shape "circle", "rect" or "" and points [place from 0 to 1, value,
 * title]; what is not above 0 leaves a gap. ``ticks``: [place, text]; ``mark``: a place, or null. Null where nothing is above 0.
 */
export function logPlot({lines, ticks, kind, label, along, mark = null}) {
  const values = lines.flatMap(line => line.points.map(([, value]) => value)).filter(value => value > 0);
  if (!values.length) return null;
  const frame = onPhone() ? PHONE : DESK;
  const rows = heights(Math.min(...values), Math.max(...values)), [low, high] = [rows[0], rows.at(-1)].map(Math.log10);
  const right = frame.width - frame.right, bottom = frame.height - frame.bottom;
  const x = place => frame.left + 8 + place * (right - frame.left - 16), y = value => frame.top + (high - Math.log10(value)) / (high - low) * (bottom - frame.top);
  const text = (attributes, content) => {
    const element = makeSvg("text", attributes);
    element.textContent = content;
    return element;
  };
  const parts = rows.flatMap(value => [
    makeSvg("line", {class: "grid", x1: frame.left, x2: right, y1: y(value), y2: y(value)}),
    text({x: frame.left - 6, y: y(value) + 4, "text-anchor": "end"}, writtenHeight(value))]);
  let taken = -Infinity;
  for (const [place, name] of ticks) {
    const half = [...name].reduce((sum, one) => sum + (one > "\u2e7f" ? 6.5 : 3.6), 0), at = Math.min(Math.max(x(place), half), frame.width - half);
    if (at - half < taken + 8) continue;
    taken = at + half;
    parts.push(text({x: at, y: bottom + 18, "text-anchor": "middle"}, name));
  }
  parts.push(text({class: "axis", x: (frame.left + right) / 2, y: frame.height - 6, "text-anchor": "middle"}, along));
  if (mark !== null) parts.push(makeSvg("line", {class: "mark", x1: x(mark), x2: x(mark), y1: frame.top, y2: bottom}));
  for (const {className, share, shape, points} of lines) {
    let pen = "M";
    const path = points.map(([place, value]) => {
      const piece = value > 0 ? `${pen}${x(place)},${y(value)}` : "";
      pen = value > 0 ? "L" : "M";
      return piece;
    }).join("");
    parts.push(withShare(makeSvg("path", {class: `series ${className}`, d: path}), share));
    for (const [place, value, name] of shape ? points.filter(([, value]) => value > 0) : []) {
      const title = makeSvg("title"), [cx, cy] = [x(place), y(value)];
      title.textContent = name;
      const size = lines.length > COLORS ? 2 : points.length > 24 ? 3 : 4.5;
      parts.push(withShare(makeSvg(shape, shape === "rect" ? {class: `point ${className}`, x: cx - size, y: cy - size, width: 2 * size, height: 2 * size}
        : {class: `point ${className}`, cx, cy, r: size}, title), share));
    }
  }
  return makeSvg("svg", {class: `plot ${kind}`, viewBox: `0 0 ${frame.width} ${frame.height}`, role: "img", "aria-label": label}, ...parts);
}

/** What the lines are: [className, share, text]. */
export function legendOf(entries) {
  return make("ul", {className: "legend"}, ...entries.map(([className, share, text]) => withShare(make("li", {className}, text), share)));
}

/** Places of so many things beside each other. */
export const evenly = count => Array.from({length: count}, (_, at) => count === 1 ? 0.5 : at / (count - 1));
