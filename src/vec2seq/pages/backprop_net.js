// The network drawn: units with their numbers, and every edge of a small net.

import {makeSvg} from "./dom.js";
import {told} from "./backprop_numbers.js";

const BOX = {width: 96, height: 42}, ACROSS = 210, DOWN = 76, TOP = 34, LEFT = 40;
const LONGEST = 24;
/** Where the number of an edge may stand, as a share of its length, seen from the unit that is looked at: where edges are apart. */
const SHARES = [0.7, 0.58, 0.46, 0.82];

const written = (attributes, text) => {
  const element = makeSvg("text", attributes);
  element.textContent = text;
  return element;
};

/** A name that fits over a box, where Chinese characters take two places; the rest is told by its title. */
function shortened(name) {
  let taken = 0;
  const end = [...name].findIndex(one => (taken += one > "\u2e7f" ? 2 : 1) > LONGEST);
  return end < 0 ? name : `${[...name].slice(0, end - 1).join("")}…`;
}

/** Where unit ``unit`` of layer ``layer`` stands: the middle of its box. Layer 0 is the input. */
function placeOf(layer, unit, counts) {
  const most = Math.max(...counts);
  return [LEFT + BOX.width / 2 + layer * ACROSS, TOP + BOX.height / 2 + (unit + (most - counts[layer]) / 2) * DOWN];
}

/**
 * The drawing at a step. ``units``: of each layer names, and for each unit its lines of text, or null; ``edges``: of each layer but
 * the input a matrix of numbers or null; ``chosen``: [layer, unit]; ``active``:
 * a layer, or null for all; ``end``: texts behind the outputs, or null; ``on``: {look, choose, away}, called by hand.
 */
export function drawNet({units, edges, chosen, active, end}, on) {
  const counts = units.map(layer => layer.names.length), most = Math.max(...counts);
  const width = 2 * LEFT + BOX.width + (counts.length - 1) * ACROSS + 170, height = TOP + most * DOWN + 4;
  const under = [], over = [], taken = [];
  edges.forEach((matrix, at) => {
    if (!matrix) return;
    const largest = Math.max(...matrix.slice(0, -1).flat().map(Math.abs), 1e-300);
    matrix.slice(0, -1).forEach((row, from) => row.forEach((value, to) => {
      const into = chosen[0] === at + 1 && chosen[1] === to, near = into || (chosen[0] === at && chosen[1] === from);
      const ends = [placeOf(at, from, counts), placeOf(at + 1, to, counts)];
      under.push(edgeOf(ends, value, Math.abs(value) / largest, near, active === at + 1 || active === null));
      if (near) over.push([ends, value, into]);
    }));
  });
  const labels = over.map(([ends, value, into]) => labelOf(ends, value, into, taken));
  const boxes = units.flatMap((layer, at) => layer.names.map((name, unit) =>
    unitOf(placeOf(at, unit, counts), name, layer.lines[unit], {
      active: active === at, chosen: chosen[0] === at && chosen[1] === unit,
    }, () => on.look(at, unit), () => on.choose(at, unit), on.away)));
  const x = placeOf(counts.length - 1, 0, counts)[0] + BOX.width / 2 + 14;
  const texts = (end ?? []).flatMap((text, unit) => text === null ? [] :
    [written({x, y: placeOf(counts.length - 1, unit, counts)[1] + 5, class: "target"}, text)]);
  return makeSvg("svg", {class: "net", viewBox: `0 0 ${width} ${height}`, width, height}, ...under, ...labels, ...boxes, ...texts);
}

function edgeOf([from, to], value, share, near, active) {
  return makeSvg("line", {
    x1: from[0] + BOX.width / 2, y1: from[1], x2: to[0] - BOX.width / 2, y2: to[1], "stroke-width": 0.6 + 4.4 * share,
    class: `edge ${value < 0 ? "below" : "above"} ${near ? "near" : ""} ${active ? "active" : ""}`,
  });
}

/** The number of an edge of the unit that is looked at, where it meets no other number; ``into``: whether the edge leads to the unit. */
function labelOf([from, to], value, into, taken) {
  const [x1, x2] = [from[0] + BOX.width / 2, to[0] - BOX.width / 2], text = told(value, 3), half = text.length * 3.4 + 3;
  const places = SHARES.map(share => into ? 1 - share : share).map(share =>
    [x1 + share * (x2 - x1), from[1] + share * (to[1] - from[1])]);
  const free = places.find(([x, y]) => !taken.some(other =>
    Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < 13));
  const [x, y] = free ?? places[0];
  taken.push({x, y, half});
  return written({x, y: y + 4, "text-anchor": "middle", class: "number"}, text);
}

function unitOf([x, y], name, lines, {active, chosen}, look, choose, away) {
  const title = makeSvg("title");
  title.textContent = name;
  const texts = (lines ?? []).map((line, at) =>
    written({x, y: y + (lines.length === 1 ? 5 : at ? 15 : -3), "text-anchor": "middle"}, line));
  const group = makeSvg("g", {
    class: `unit ${active ? "active" : ""} ${chosen ? "chosen" : ""} ${lines ? "" : "empty"}`, tabindex: 0, role: "button",
    "aria-label": [name, ...(lines ?? [])].join(", "), "aria-pressed": chosen,
  }, title, makeSvg("rect", {x: x - BOX.width / 2, y: y - BOX.height / 2, ...BOX, rx: 8}),
  written({x, y: y - BOX.height / 2 - 6, "text-anchor": "middle", class: "name"}, shortened(name)), ...texts);
  group.addEventListener("pointerenter", event => event.pointerType === "mouse" && look());
  group.addEventListener("pointerleave", event => event.pointerType === "mouse" && away());
  group.addEventListener("click", choose);
  group.addEventListener("keydown", event => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose();
  });
  return group;
}
