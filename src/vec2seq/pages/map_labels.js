// Which words have their label on the screen, and where: labels do not collide.

import {within} from "./map_camera.js";

const SIZES = [[1 / 60, 17], [1 / 15, 15], [1 / 4, 13.5], [1, 12]]; // up to this share of the words: pixels
const BESIDE = [[1, 0], [-1, 0], [0, -1], [0, 1]]; // of its dot, where a label may stand: right, left, above, below
const AROUND = [...BESIDE, [1, -1], [1, 1], [-1, -1], [-1, 1]]; // the selected word and its neighbors also at corners
const BEYOND = 0.15; // share of the screen, beyond its edges, that gets labels too: so far the map moves as it is
const CELL = 4; // pixels
const FADE_SECONDS = 0.15;

/** What is still free of a screen and of the strips beyond its edges, in square cells. */
class Room {
  constructor(width, height) {
    [this.x, this.y] = [width * BEYOND, height * BEYOND];
    [this.columns, this.rows] = [width + 2 * this.x, height + 2 * this.y].map(size => Math.floor(size / CELL) + 1);
    this.taken = new Uint8Array(this.columns * this.rows);
  }

  /** The cells of a box: first and last column, first and last row. */
  cells([left, top, right, bottom]) {
    return [
      Math.max(Math.floor((left + this.x) / CELL), 0), Math.min(Math.floor((right + this.x) / CELL), this.columns - 1),
      Math.max(Math.floor((top + this.y) / CELL), 0), Math.min(Math.floor((bottom + this.y) / CELL), this.rows - 1),
    ];
  }

  isFree(box) {
    const [first, last, top, bottom] = this.cells(box);
    for (let row = top; row <= bottom; row++) {
      for (let column = first; column <= last; column++) if (this.taken[row * this.columns + column]) return false;
    }
    return true;
  }

  take(box) {
    const [first, last, top, bottom] = this.cells(box);
    for (let row = top; row <= bottom; row++) {
      if (last >= first) this.taken.fill(1, row * this.columns + first, row * this.columns + last + 1);
    }
  }
}

export class Labels {
  constructor(plane) {
    this.plane = plane;
    this.sizes = Float32Array.from(
      plane.words.tokens, (_, i) => SIZES.find(([share]) => i < share * plane.words.n)[1],
    );
    this.widths = new Float32Array(plane.words.n); // as a share of the size, measured when first needed
    this.placed = new Map(); // word -> side
    this.placedAt = null; // the camera's place then
    this.shown = new Map(); // word -> {side, alpha: 0 .. 1}; what fades away is no longer among the placed
  }

  sizeOf(i) {
    const {selected, focus} = this.plane;
    return i === selected ? 20 : focus.has(i) ? Math.max(this.sizes[i], 14) : this.sizes[i];
  }

  fontOf(i) {
    return `${i === this.plane.selected ? "bold " : ""}${this.sizeOf(i)}px ${this.plane.font}`;
  }

  widthOf(i) {
    const {context, font, selected, words} = this.plane;
    if (i === selected) {
      context.font = this.fontOf(i);
      return context.measureText(words.tokens[i]).width;
    }
    if (!this.widths[i]) {
      context.font = `100px ${font}`;
      this.widths[i] = context.measureText(words.tokens[i]).width / 100;
    }
    return this.widths[i] * this.sizeOf(i);
  }

  /** Left, top, right and bottom of a word's label at a side of its dot. */
  box(i, [sideways, down]) {
    const [x, y] = this.plane.screen(i);
    const width = this.widthOf(i), height = this.sizeOf(i) * 1.15;
    const away = this.plane.radius(i) + (i === this.plane.selected ? 7 : CELL); // clear of the dot's cells
    const left = x + sideways * (width / 2 + away) - width / 2, top = y + down * (height / 2 + away) - height / 2;
    return [left, top, left + width, top + height];
  }

  /** The word whose label is at (px, py) of the screen; -1 if there is none. */
  at(px, py) {
    for (const [i, side] of this.placed) {
      const [left, top, right, bottom] = this.box(i, side);
      if (px >= left && px <= right && py >= top && py <= bottom) return i;
    }
    return -1;
  }

  /** Places labels anew if the camera has zoomed, or moved to where there are none. */
  update(place) {
    const {placedAt, plane: {camera: {width, height}}} = this;
    if (placedAt && placedAt.unit === place.unit && Math.abs(placedAt.x - place.x) <= BEYOND * width * place.unit &&
        Math.abs(placedAt.y - place.y) <= BEYOND * height * place.unit) return;
    this.place();
    this.placedAt = place;
  }

  /** By rank, the selected word and its neighbors first; a word gets a label where a side of its dot is free. */
  place() {
    const {words, focus, group, camera: {width, height}, covered} = this.plane;
    const before = this.placed, room = new Room(width, height);
    room.take(covered);
    this.placed = new Map();
    for (const i of focus) room.take(this.plane.dotBox(i));
    for (const i of focus) this.tryLabel(i, AROUND, before.get(i), room);
    for (let i = 0; i < words.n; i++) {
      if (!focus.has(i) && (group < 0 || words.groups[i] === group)) this.tryLabel(i, BESIDE, before.get(i), room);
    }
  }

  tryLabel(i, sides, last, room) {
    const {focus, camera: {width, height}} = this.plane;
    const [x, y] = this.plane.screen(i);
    if (Math.abs(x / width - 0.5) > 0.5 + BEYOND || Math.abs(y / height - 0.5) > 0.5 + BEYOND) return;
    const [apartX, apartY] = focus.size ? [5, 2] : [12, 6]; // pixels between labels
    for (const side of sides.includes(last) ? [last, ...sides] : sides) { // if it can, it stays where it is
      const box = this.box(i, side);
      if (this.isCut(box) || !room.isFree(box)) continue;
      room.take([box[0] - apartX, box[1] - apartY, box[2] + apartX, box[3] + apartY]);
      room.take(this.plane.dotBox(i));
      this.placed.set(i, side);
      return;
    }
  }

  /** Whether an edge of the screen cuts a box. */
  isCut([left, top, right, bottom]) {
    const {width, height} = this.plane.camera;
    return left < 2 && right > 0 || right > width - 2 && left < width ||
      top < 2 && bottom > 0 || bottom > height - 2 && top < height;
  }

  /** Every label comes or goes a little further; true if one is still on its way. */
  fade(seconds) {
    let fading = false;
    for (const [i, side] of this.placed) this.shown.set(i, {side, alpha: this.shown.get(i)?.alpha ?? 0});
    for (const [i, label] of this.shown) {
      const aim = this.placed.has(i) ? 1 : 0;
      label.alpha = within(label.alpha + (aim ? 1 : -1) * seconds / FADE_SECONDS, 0, 1);
      if (!label.alpha) this.shown.delete(i);
      if (label.alpha !== aim) fading = true;
    }
    return fading;
  }
}
