// Drawing a map on its canvas: dots, lines to neighbors, labels.

import {within} from "./map_camera.js";

export function draw(plane) {
  const {context, camera: {width, height}} = plane;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.textBaseline = "middle";
  drawDots(plane);
  if (plane.selected >= 0) drawLines(plane);
  drawLabels(plane);
  if (plane.hovered >= 0) drawHovered(plane);
}

function drawDots(plane) {
  const {context, words: {groups, typical}, focus, group} = plane;
  const lit = focus.size ? i => focus.has(i) : group >= 0 ? i => groups[i] === group : () => true;
  for (const bright of [false, true]) {
    context.globalAlpha = bright ? 0.85 : 0.16;
    for (let g = typical.length - 1; g >= 0; g--) {
      context.beginPath();
      for (let i = groups.length - 1; i >= 0; i--) {
        if (groups[i] === g && lit(i) === bright) addDot(plane, i);
      }
      context.fillStyle = plane.colors.groups[g];
      context.fill();
    }
  }
  context.globalAlpha = 1;
}

function addDot(plane, i) {
  const {context, camera: {width, height}} = plane;
  const [x, y] = plane.screen(i), r = plane.radius(i);
  if (x < -r || x > width + r || y < -r || y > height + r) return;
  if (r * devicePixelRatio < 1.2) context.rect(x - r, y - r, 2 * r, 2 * r); // looks the same and is faster
  else {
    context.moveTo(x + r, y);
    context.arc(x, y, r, 0, 2 * Math.PI);
  }
}

/** From the selected word to its neighbors, the stronger the more similar. */
function drawLines(plane) {
  const {context, words, selected, colors} = plane;
  const similarities = words.similaritiesOf(selected);
  context.strokeStyle = colors.accent;
  words.neighborsOf(selected).forEach((i, at) => {
    const likeness = within(similarities[at], 0, 1);
    context.globalAlpha = 0.15 + 0.6 * likeness;
    context.lineWidth = 0.5 + 1.5 * likeness;
    context.beginPath();
    context.moveTo(...plane.screen(selected));
    context.lineTo(...plane.screen(i));
    context.stroke();
  });
  context.globalAlpha = 1;
  drawRing(plane, selected, colors.accent);
}

function drawRing(plane, i, color) {
  const {context} = plane;
  context.beginPath();
  context.arc(...plane.screen(i), plane.radius(i) + 2.5, 0, 2 * Math.PI);
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.stroke();
}

function drawLabels(plane) {
  const {context, words: {tokens}, labels, focus, selected, colors, camera: {width, height}} = plane;
  context.lineJoin = "round";
  context.strokeStyle = colors.paper;
  context.lineWidth = 3;
  for (const [i, {side, alpha}] of labels.shown) {
    const [left, top, right, bottom] = labels.box(i, side);
    if (right < 0 || left > width || bottom < 0 || top > height) continue;
    context.globalAlpha = alpha * (focus.size && !focus.has(i) ? 0.3 : 1);
    context.font = labels.fontOf(i);
    context.fillStyle = i === selected ? colors.accent : colors.ink;
    context.strokeText(tokens[i], left, (top + bottom) / 2);
    context.fillText(tokens[i], left, (top + bottom) / 2);
  }
  context.globalAlpha = 1;
}

/** The word under the pointer, on a plate over its label or its dot. */
function drawHovered(plane) {
  const {context, words: {tokens}, labels, hovered, colors, camera} = plane;
  drawRing(plane, hovered, colors.ink);
  if (hovered === plane.selected) return;
  context.font = `14px ${plane.font}`;
  const width = context.measureText(tokens[hovered]).width + 16, height = 26;
  const [left, top, right, bottom] = labels.box(hovered, labels.placed.get(hovered) ?? [0, -1]);
  const x = within((left + right - width) / 2, 4, camera.width - width - 4);
  const y = within((top + bottom - height) / 2, 4, camera.height - height - 4);
  context.fillStyle = colors.ink;
  context.beginPath();
  context.roundRect(x, y, width, height, 5);
  context.fill();
  context.fillStyle = colors.paper;
  context.fillText(tokens[hovered], x + 8, y + height / 2);
}
