// Where the product lies on the finished picture, in pixels of that; and what it snaps to.
import { PLACED } from "./model.js";

const SNAP = 0.02;
const SNAP_TURN = 2.5;
const STRAIGHT_MOST = 30;
const STRAIGHT_STEP = 0.5;
const STRAIGHT_GAIN = 0.985;

const radians = (degrees) => (degrees * Math.PI) / 180;

// The box round `points` when they are mirrored and turned about the middle of their own box:
// its size, and where its middle is from that.
export function extent(points, { turn, mirror }) {
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const low = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const middle = [(low(xs) + high(xs)) / 2, (low(ys) + high(ys)) / 2];
  const cos = Math.cos(radians(turn)), sin = Math.sin(radians(turn));
  const across = [], down = [];
  for (const [x, y] of points) {
    const dx = (x - middle[0]) * (mirror ? -1 : 1), dy = y - middle[1];
    across.push(dx * cos - dy * sin);
    down.push(dx * sin + dy * cos);
  }
  const [left, right, top, bottom] = [low(across), high(across), low(down), high(down)];
  return { w: right - left, h: bottom - top, x: (left + right) / 2, y: (top + bottom) / 2, middle };
}

// The turn, in degrees, at which the box round the product is smallest; 0 where none is.
export function straightening(points, mirror) {
  const area = (turn) => { const box = extent(points, { turn, mirror }); return box.w * box.h; };
  let best = 0;
  let least = area(0) * STRAIGHT_GAIN;
  for (let turn = -STRAIGHT_MOST; turn <= STRAIGHT_MOST; turn += STRAIGHT_STEP) {
    const here = area(turn);
    if (here < least) { best = turn; least = here; }
  }
  return best;
}

// What a preview told: `box` is the product's, in shares of the picture's `size`, at `placement`.
export class Shown {
  constructor({ size, box, placement, points }) {
    this.size = size;
    this.points = points;
    const at = extent(points, placement);
    this.middle = at.middle;
    const [width, height] = size;
    this.unit = ((box[2] - box[0]) * width) / Math.max(1, at.w) / placement.scale;
    const scale = this.unit * placement.scale;
    const centre = [((box[0] + box[2]) / 2) * width - at.x * scale, ((box[1] + box[3]) / 2) * height - at.y * scale];
    this.automatic = [centre[0] - placement.dx * width, centre[1] - placement.dy * height];
    const own = this.box(PLACED);
    this.margin = Math.min(0.4, Math.max(0, Math.min(own[0] / width, own[1] / height, 1 - own[2] / width, 1 - own[3] / height)));
  }

  centre({ dx, dy }) {
    return [this.automatic[0] + dx * this.size[0], this.automatic[1] + dy * this.size[1]];
  }

  // Left, top, right, bottom.
  box(placement) {
    const at = extent(this.points, placement);
    const scale = this.unit * placement.scale;
    const [x, y] = this.centre(placement);
    const middle = [x + at.x * scale, y + at.y * scale];
    return [middle[0] - (at.w * scale) / 2, middle[1] - (at.h * scale) / 2, middle[0] + (at.w * scale) / 2, middle[1] + (at.h * scale) / 2];
  }

  // Returns the placement, moved to what is near, and lines for it: {x} or {y}, in shares.
  snapped(placement) {
    const box = this.box(placement);
    const lines = [];
    const found = { ...placement };
    for (const [axis, key] of [["x", "dx"], ["y", "dy"]]) {
      const at = axis === "x" ? 0 : 1;
      const side = this.size[at];
      const [low, high] = [box[at] / side, box[at + 2] / side];
      const near = [
        { by: 0.5 - (low + high) / 2, line: 0.5 },
        { by: this.margin - low, line: this.margin },
        { by: 1 - this.margin - high, line: 1 - this.margin },
      ].sort((a, b) => Math.abs(a.by) - Math.abs(b.by))[0];
      if (Math.abs(near.by) > SNAP) continue;
      found[key] += near.by;
      lines.push({ [axis]: near.line });
    }
    return { placement: found, lines };
  }
}

export function snappedTurn(turn) {
  const within = turn - 360 * Math.round(turn / 360);
  const quarter = Math.round(within / 90) * 90;
  return Math.abs(within - quarter) <= SNAP_TURN ? quarter : Math.round(within * 2) / 2;
}
