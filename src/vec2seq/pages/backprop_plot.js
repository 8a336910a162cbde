// Gradient norms over depth, and gradients beside finite differences.

import {make, makeSvg} from "./dom.js";
import {told} from "./backprop_numbers.js";

const FRAME = {left: 64, right: 20, top: 16, bottom: 40, width: 560, height: 250};

/** Norms of dL/dZ and dL/dW of each layer, on a logarithmic axis. */
export function depthPlot(layers, say) {
  const series = ["leaving", "gradient"].map(name => layers.map(layer => layer[name].norm));
  const logs = series.flat().filter(norm => norm > 0).map(Math.log10);
  if (!logs.length) return make("p", {className: "quiet"}, say.noGradient);
  const low = Math.floor(Math.min(...logs)), high = Math.max(Math.ceil(Math.max(...logs)), low + 1);
  const x = at => FRAME.left + (layers.length === 1 ? 0.5 : (at + 0.25) / (layers.length - 0.5)) * (FRAME.width - FRAME.left - FRAME.right);
  const y = norm => FRAME.top + (high - Math.log10(norm)) / (high - low) * (FRAME.height - FRAME.top - FRAME.bottom);
  const text = (attributes, content) => {
    const element = makeSvg("text", attributes);
    element.textContent = content;
    return element;
  };
  const every = Math.ceil((high - low) / 6), parts = [];
  for (let power = low; power <= high; power += every) {
    parts.push(makeSvg("line", {class: "grid", x1: FRAME.left, x2: FRAME.width - FRAME.right, y1: y(10 ** power), y2: y(10 ** power)}),
      text({x: FRAME.left - 8, y: y(10 ** power) + 4, "text-anchor": "end"}, told(10 ** power)));
  }
  const some = Math.ceil(layers.length / 12);
  layers.forEach((layer, at) => at % some || parts.push(
    text({x: x(at), y: FRAME.height - 18, "text-anchor": "middle"}, say.layerShort(layer.number))));
  series.forEach((norms, which) => {
    const points = norms.map((norm, at) => [x(at), norm]).filter(([, norm]) => norm > 0);
    parts.push(makeSvg("polyline", {class: `series s${which}`, points: points.map(([at, norm]) => `${at},${y(norm)}`).join(" ")}));
    points.forEach(([at, norm]) => {
      const title = makeSvg("title");
      title.textContent = told(norm);
      parts.push(makeSvg(which ? "rect" : "circle", which
        ? {class: `point s${which}`, x: at - 4.5, y: y(norm) - 4.5, width: 9, height: 9}
        : {class: `point s${which}`, cx: at, cy: y(norm), r: 5}, title));
    });
  });
  const legend = ["dL/dZ", "dL/dW"].map((name, at) => make("li", {className: `s${at}`}, say.normOf(name)));
  return make("div", {}, make("ul", {className: "legend"}, ...legend),
    makeSvg("svg", {class: "depth", viewBox: `0 0 ${FRAME.width} ${FRAME.height}`, role: "img", "aria-label": say.depth}, ...parts));
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
