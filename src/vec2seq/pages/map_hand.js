// Moving about a map and choosing words by pointer and keys.

import {within} from "./map_camera.js";

const CROWDED = 60; // pixels; a click on a word whose neighbors are nearer than this goes there
const STEPS = {ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};

const position = event => [event.offsetX, event.offsetY];

/** Mouse and fingers: drag, pinch, wheel, click. */
export function listenToPointers(plane, {select, goTo}) {
  const {canvas, words} = plane;
  const pointers = new Map();
  let travelled = 0; // pixels since the first pointer went down

  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId);
    if (!pointers.size) travelled = 0;
    pointers.set(event.pointerId, position(event));
  });
  canvas.addEventListener("pointermove", event => {
    const now = position(event), before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") plane.hover(plane.wordAt(...now, 8));
      return;
    }
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (travelled < 4) return;
    canvas.classList.add("drag");
    const share = other ? 0.5 : 1; // of two fingers, each moves the map half the way
    plane.moveBy(share * (now[0] - before[0]), share * (now[1] - before[1]));
    if (!other) return;
    const spread = ([x, y]) => Math.hypot(x - other[0], y - other[1]);
    plane.zoomBy(spread(now) / Math.max(spread(before), 1), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2, 0);
  });
  const lift = event => {
    if (event.type === "pointerup" && pointers.size === 1 && travelled < 4) {
      const i = plane.wordAt(...position(event), event.pointerType === "mouse" ? 8 : 22);
      const near = i >= 0 && words.distancesOf(i)[words.k >> 1] / plane.camera.place.unit < CROWDED;
      (near ? goTo : select)(i);
    }
    pointers.delete(event.pointerId);
    if (!pointers.size) canvas.classList.remove("drag");
    plane.relabel();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", () => plane.hover(-1));
  canvas.addEventListener("dblclick", event => plane.zoomBy(2, ...position(event)));
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    const pixels = event.deltaY * [1, 20, plane.camera.height][event.deltaMode];
    plane.zoomBy(Math.exp(-within(pixels, -240, 240) * (event.ctrlKey ? 0.01 : 0.0025)), ...position(event), 0.06);
  }, {passive: false});
}

/** Keys: on the map to move and to select the word in the middle, anywhere to zoom, search and clear. */
export function listenToKeys(plane, {select, search, clear}) {
  const {canvas, camera} = plane;
  canvas.addEventListener("keydown", event => {
    const step = STEPS[event.key];
    if (step) {
      event.preventDefault();
      plane.moveBy(step[0] * camera.width * 0.08, step[1] * camera.height * 0.08);
      plane.relabel();
    } else if (event.key === "Enter") select(plane.wordInTheMiddle);
    if (step || event.key === "Enter") plane.hover(plane.wordInTheMiddle);
  });
  canvas.addEventListener("blur", () => plane.hover(-1));
  document.addEventListener("keydown", event => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") clear();
    else if (event.target instanceof HTMLInputElement) return;
    else if (event.key === "/") {
      event.preventDefault();
      search();
    } else if (event.key === "+" || event.key === "=") plane.zoomBy(1.5);
    else if (event.key === "-") plane.zoomBy(1 / 1.5);
    else if (event.key === "0") plane.showAll();
  });
}
