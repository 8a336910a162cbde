// The plane of a map: the canvas, what is selected on it, and when it is drawn.

import {icon, make} from "./dom.js";
import {Camera, within} from "./map_camera.js";
import {draw} from "./map_draw.js";
import {Labels} from "./map_labels.js";

export class Plane {
  constructor(words) {
    this.words = words;
    this.canvas = make("canvas", {tabIndex: 0, role: "application"});
    this.context = this.canvas.getContext("2d");
    this.zooms = [
      [() => this.zoomBy(2), "M3 8h10M8 3v10"],
      [() => this.zoomBy(1 / 2), "M3 8h10"],
      [() => this.showAll(), "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"],
    ].map(([onclick, path]) => make("button", {type: "button", onclick}, icon(path)));
    this.zoomBar = make("div", {className: "zoom"}, ...this.zooms);
    this.element = make("section", {className: "plane"}, this.canvas, this.zoomBar);
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.camera = new Camera(words.extent, 2 + Math.sqrt(words.n) / 2);
    this.selected = this.hovered = this.group = -1;
    this.focus = new Set(); // the selected word, then its neighbors
    this.labels = new Labels(this);
    this.sleeping = true;
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  setLanguage(say) {
    this.canvas.ariaLabel = say.map;
    [say.zoomIn, say.zoomOut, say.zoomAll].forEach((does, at) => {
      this.zooms[at].ariaLabel = this.zooms[at].title = does;
    });
  }

  setStyle(font, colors) {
    Object.assign(this, {font, colors});
    this.relabel();
  }

  resize() {
    const {clientWidth: width, clientHeight: height} = this.canvas;
    this.canvas.width = Math.round(width * devicePixelRatio);
    this.canvas.height = Math.round(height * devicePixelRatio);
    this.camera.resize(width, height);
    this.relabel();
  }

  // where words are

  screen(i) {
    return this.camera.toScreen(this.words.xy[2 * i], this.words.xy[2 * i + 1]);
  }

  /** Of a word's dot, in pixels. */
  radius(i) {
    return this.smallest * (1 + 1.8 * this.words.frequent[i]);
  }

  /** Left, top, right and bottom of a word's dot. */
  dotBox(i) {
    const [x, y] = this.screen(i), r = this.radius(i);
    return [x - r, y - r, x + r, y + r];
  }

  /** What the zoom buttons cover: left, top, right, bottom. */
  get covered() {
    const {offsetLeft, offsetTop, offsetWidth, offsetHeight} = this.zoomBar;
    return [offsetLeft, offsetTop, offsetLeft + offsetWidth, offsetTop + offsetHeight];
  }

  /** The word whose dot or label is at (px, py), or else the one with the nearest dot within `reach` pixels, or -1. */
  wordAt(px, py, reach) {
    let best = -1, least = Infinity;
    for (let i = 0; i < this.words.n; i++) {
      const [x, y] = this.screen(i), distance = Math.hypot(x - px, y - py) - this.radius(i);
      if (distance < least) [best, least] = [i, distance];
    }
    if (least <= 1) return best;
    const labelled = this.labels.at(px, py);
    return labelled < 0 && least <= reach ? best : labelled;
  }

  get wordInTheMiddle() {
    return this.wordAt(this.camera.width / 2, this.camera.height / 2, Infinity);
  }

  // what is shown of them

  select(i) {
    this.selected = i;
    this.group = -1;
    this.focus = new Set(i < 0 ? [] : [i, ...this.words.neighborsOf(i)]);
    this.relabel();
  }

  selectGroup(group) {
    this.group = group;
    this.relabel();
  }

  hover(i) {
    if (this.hovered === i) return;
    this.hovered = i;
    this.canvas.classList.toggle("over", i >= 0);
    this.wake();
  }

  // going there

  /** Brings a word and most of its neighbors into view. */
  goTo(i) {
    const far = this.words.distancesOf(i), {xy, k} = this.words;
    this.camera.flyAround(xy[2 * i], xy[2 * i + 1], Math.min(far[k - 1], 3 * far[k >> 1]), this.unhurried(0.16));
    this.leave();
  }

  showAll() {
    this.camera.flyTo(this.camera.whole, this.unhurried(0.12));
    this.leave();
  }

  zoomBy(factor, px = this.camera.width / 2, py = this.camera.height / 2, seconds = 0.12) {
    this.camera.zoomBy(factor, px, py, this.unhurried(seconds));
    this.leave();
  }

  moveBy(dx, dy) {
    this.camera.moveBy(dx, dy);
    this.wake();
  }

  unhurried(seconds) {
    return this.still.matches ? 0 : seconds;
  }

  /** Another word is under the pointer now. */
  leave() {
    this.hover(-1);
    this.wake();
  }

  // drawing, as long as something moves

  relabel() {
    this.labels.placedAt = null;
    this.wake();
  }

  wake() {
    if (!this.sleeping || !this.camera.width) return; // a page that is not shown yet has no width
    this.sleeping = false;
    delete this.canvas.dataset.still;
    this.then = performance.now();
    requestAnimationFrame(now => this.frame(now));
  }

  frame(now) {
    const seconds = within((now - this.then) / 1000, 0.001, 0.1), {camera, labels} = this;
    this.then = now;
    const moving = camera.step(seconds);
    const room = Math.sqrt(camera.width * camera.height / this.words.n); // pixels between words
    this.smallest = within(room * 0.1, 0.6, 2) * within(camera.zoom ** 0.4, 1, 3);
    labels.update(camera.place);
    const fading = labels.fade(this.still.matches ? Infinity : seconds);
    draw(this);
    if (moving || fading) requestAnimationFrame(next => this.frame(next));
    else {
      this.sleeping = true;
      this.canvas.dataset.still = "";
    }
  }
}
