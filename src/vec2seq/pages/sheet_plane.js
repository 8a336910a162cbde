// An analogy in the plane: a -> b, and the same step from c, beside d.

import {makeSvg} from "./dom.js";

const SIZE = [420, 280], EDGE = 44;

/** The four words and the goal, b - a + c, at these points; ``id`` tells several drawings of a page apart. */
export function plane(words, points, id) {
  const [low, high] = [Math.min, Math.max].map(pick => [0, 1].map(axis => pick(...points.map(point => point[axis]))));
  const scale = Math.min(...[0, 1].map(axis => (SIZE[axis] - 2 * EDGE) / Math.max(high[axis] - low[axis], 1e-9)));
  const place = point => [0, 1].map(axis =>
    SIZE[axis] / 2 + (axis ? -1 : 1) * scale * (point[axis] - (low[axis] + high[axis]) / 2));
  const [a, b, c, d, goal] = points.map(place);
  const arrow = (from, to, name) => makeSvg("line", {
    x1: from[0], y1: from[1], x2: to[0], y2: to[1], "marker-end": `url(#tip${id})`, ...(name ? {class: name} : {}),
  });
  const taken = [];
  const label = (at, text, name) => {
    const [x, y, anchor] = freePlace(at, text, taken);
    const element = makeSvg("text", {x, y, "text-anchor": anchor, ...(name ? {class: name} : {})});
    element.textContent = text;
    return element;
  };
  const tip = makeSvg("marker", {
    id: `tip${id}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse",
  }, makeSvg("path", {d: "M0 0 L8 4 L0 8 z", fill: "currentColor"}));
  return makeSvg("svg", {class: "plane", viewBox: `0 0 ${SIZE[0]} ${SIZE[1]}`, role: "img", "aria-label": words.join(" ")},
    makeSvg("defs", {}, tip), arrow(a, b), arrow(c, goal, "goal"),
    ...[a, b, c, d].map(([cx, cy]) => makeSvg("circle", {cx, cy, r: 5})),
    makeSvg("circle", {cx: goal[0], cy: goal[1], r: 6, class: "goal"}),
    ...[a, b, c, d].map((at, k) => label(at, words[k])),
    label(goal, `${words[1]} − ${words[0]} + ${words[2]}`, "goal"));
}

/** Where a text beside a point meets no other: [x, y, anchor]. Its box is added to those that are ``taken``. */
function freePlace([x, y], text, taken) {
  const width = [...text].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 15 : 8), 0), height = 17;
  const boxes = [[1, -8], [-1, -8], [1, 20], [-1, 20], [1, 34], [-1, 34]].map(([side, down]) => ({
    left: side > 0 ? x + 8 : x - 8 - width, bottom: y + down, side,
  }));
  const meets = (one, other, wide) => one.left < other.left + wide && other.left < one.left + width
    && Math.abs(one.bottom - other.bottom) < height;
  const inside = boxes.filter(box => box.left >= 0 && box.left + width <= SIZE[0]);
  const best = inside.find(box => !taken.some(other => meets(box, other, other.width))) ?? inside[0] ?? boxes[0];
  taken.push({...best, width});
  return [best.side > 0 ? x + 8 : x - 8, best.bottom, best.side > 0 ? "start" : "end"];
}
