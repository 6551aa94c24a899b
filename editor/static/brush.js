// A soft round brush on a mask. It never builds up: a place is as covered as by its strongest dab.

const HARD = 0.7;
const HALF = 127.5;
const KEPT_IN = 191;
const KEPT_OUT = 64;
const SPACING = 0.2;

export class Stroke {
  // `mask` is painted on in place; `radius` is in its pixels; `paints` or else erases.
  constructor(mask, radius, paints) {
    this.mask = mask;
    this.radius = Math.max(0.8, radius);
    this.paints = paints;
    this.went = new Uint8Array(mask.data.length); // how far the brush covered each pixel
    this.last = null;
  }

  // (x, y) in the mask's pixels.
  to(x, y) {
    const [fromX, fromY] = this.last ?? [x, y];
    const count = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / (this.radius * SPACING)));
    for (let step = this.last ? 1 : count; step <= count; step += 1) {
      this.dab(fromX + ((x - fromX) * step) / count, fromY + ((y - fromY) * step) / count);
    }
    this.last = [x, y];
  }

  dab(x, y) {
    const { radius, paints, went, mask: { w, h, data } } = this;
    const soft = radius * (1 - HARD);
    for (let row = Math.max(0, Math.floor(y - radius)); row < Math.min(h, y + radius + 1); row += 1) {
      for (let column = Math.max(0, Math.floor(x - radius)); column < Math.min(w, x + radius + 1); column += 1) {
        const far = Math.hypot(column + 0.5 - x, row + 0.5 - y);
        if (far >= radius) continue;
        const cover = 255 * Math.min(1, (radius - far) / soft);
        const at = row * w + column;
        went[at] = Math.max(went[at], cover, 1);
        data[at] = paints ? Math.max(data[at], cover) : Math.min(data[at], 255 - cover);
      }
    }
  }

  // Counts what another stroke covered as this one's.
  join(other) {
    for (let at = 0; at < this.went.length; at += 1) this.went[at] = Math.max(this.went[at], other.went[at]);
  }

  // Takes from `snapped` what lies where the stroke went, and nothing elsewhere.
  merged(snapped) {
    const { data, w, h } = this.mask;
    const found = data.slice();
    for (let at = 0; at < found.length; at += 1) if (this.went[at]) found[at] = snapped.data[at];
    return { w, h, data: found };
  }

  // The bot looks for the product's edge near the mask's, except where a level between inside and
  // outside tells that it is as the finger has it. Returns these levels, 0 elsewhere, after the
  // stroke: `levels` are those before it, or null.
  levels(levels, mask, { snaps }) {
    const found = levels ? levels.slice() : new Uint8Array(mask.data.length);
    for (let at = 0; at < found.length; at += 1) {
      const inside = mask.data[at] > HALF;
      if (this.went[at] > HALF) found[at] = snaps ? 0 : inside ? KEPT_IN : KEPT_OUT;
      else if (found[at] && found[at] > HALF !== inside) found[at] = 0; // a tap has changed it
    }
    return found;
  }
}

// The mask with the levels in it, as the bot reads it.
export function levelled({ w, h, data }, levels) {
  const found = data.slice();
  for (let at = 0; at < found.length; at += 1) if (levels[at]) found[at] = levels[at];
  return { w, h, data: found };
}
