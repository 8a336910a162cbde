// Which part of the map is on the screen.
//
// A place is {x, y, unit}: the point of the map in the middle of the screen, and how much of the map one pixel is.

export const within = (value, low, high) => Math.min(Math.max(value, low), high);

const inner = size => Math.max(size - 2 * within(size * 0.06, 20, 48), 80); // without a margin

export class Camera {
  /** extent: how far the map reaches from its middle; closest: how many times larger than whole it can be seen. */
  constructor(extent, closest) {
    Object.assign(this, {extent, closest, width: 0, height: 0});
    this.place = this.goal = {x: 0, y: 0, unit: 0};
    this.haste = 0.1; // seconds for most of the way from the place to the goal
  }

  /** The place that shows all words. */
  get whole() {
    const units = [this.extent[0] / inner(this.width), this.extent[1] / inner(this.height)];
    return {x: 0, y: 0, unit: 2 * Math.max(...units)};
  }

  /** How many times larger than whole the map is seen. */
  get zoom() {
    return this.whole.unit / this.place.unit;
  }

  /** The screen has another size: the same part of the map stays on it. */
  resize(width, height) {
    const before = this.width && this.whole.unit;
    Object.assign(this, {width, height});
    this.place = this.goal = before
      ? this.bounded({...this.goal, unit: this.goal.unit * this.whole.unit / before}) : this.whole;
  }

  bounded({x, y, unit}) {
    const whole = this.whole.unit;
    return {
      x: within(x, -this.extent[0], this.extent[0]), y: within(y, -this.extent[1], this.extent[1]),
      unit: within(unit, whole / this.closest, whole * 1.5),
    };
  }

  toScreen(x, y) {
    return [
      (x - this.place.x) / this.place.unit + this.width / 2, (this.place.y - y) / this.place.unit + this.height / 2,
    ];
  }

  flyTo(place, seconds) {
    this.goal = this.bounded(place);
    this.haste = seconds;
    if (!seconds) this.place = this.goal;
  }

  /** Zoom so that the point at (px, py) of the screen stays where it is: x, y and unit go to the goal in step. */
  zoomBy(factor, px, py, seconds) {
    const unit = this.bounded({...this.place, unit: this.goal.unit / factor}).unit;
    const x = this.place.x + (px - this.width / 2) * (this.place.unit - unit);
    const y = this.place.y - (py - this.height / 2) * (this.place.unit - unit);
    this.flyTo({x, y, unit}, seconds);
  }

  moveBy(dx, dy) {
    const {x, y, unit} = this.place;
    this.flyTo({x: x - dx * unit, y: y + dy * unit, unit}, 0);
  }

  /** Shows the point (x, y) in the middle, and what is up to `far` from it. */
  flyAround(x, y, far, seconds) {
    const unit = 2 * far / Math.min(inner(this.width), inner(this.height));
    this.flyTo({x, y, unit: within(unit, this.whole.unit / 24, this.whole.unit / 2)}, seconds);
  }

  /** Goes on towards the goal; true if it is not there yet. */
  step(seconds) {
    const {place, goal} = this;
    const moving = Math.hypot(goal.x - place.x, goal.y - place.y) / place.unit; // pixels
    const zooming = Math.abs(goal.unit / place.unit - 1) * this.width;
    if (moving + zooming < 0.5) this.place = goal;
    else {
      const share = 1 - Math.exp(-seconds / this.haste);
      const toward = name => place[name] + (goal[name] - place[name]) * share;
      this.place = {x: toward("x"), y: toward("y"), unit: toward("unit")};
    }
    return this.place !== goal;
  }
}
