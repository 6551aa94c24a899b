// Where the photo lies on the stage: zoomed and moved, in CSS pixels.

const MOST = 12;
const EDGE = 8;

export class View {
  constructor() {
    this.size = [1, 1];
    this.stage = [1, 1];
    this.fit();
  }

  // The photo's and the stage's width and height.
  lay(size, stage) {
    const same = this.size[0] === size[0] && this.size[1] === size[1];
    this.size = size;
    this.stage = stage;
    if (!same || this.zoom === 1) this.fit();
    this.clamp();
  }

  fit() { this.zoom = 1; this.x = 0; this.y = 0; }

  get scale() {
    const [width, height] = this.stage;
    return Math.max(0.01, Math.min((width - 2 * EDGE) / this.size[0], (height - 2 * EDGE) / this.size[1])) * this.zoom;
  }

  // Left, top, width, height of the photo.
  get rect() {
    const width = this.size[0] * this.scale, height = this.size[1] * this.scale;
    return [(this.stage[0] - width) / 2 + this.x, (this.stage[1] - height) / 2 + this.y, width, height];
  }

  // From the stage to shares of the photo's sides, and back.
  inward([x, y]) {
    const [left, top, width, height] = this.rect;
    return [(x - left) / width, (y - top) / height];
  }

  outward([x, y]) {
    const [left, top, width, height] = this.rect;
    return [left + x * width, top + y * height];
  }

  zoomAt([x, y], factor) {
    const before = this.inward([x, y]);
    this.zoom = Math.min(MOST, Math.max(1, this.zoom * factor));
    const after = this.outward(before);
    this.move(x - after[0], y - after[1]);
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.clamp();
  }

  clamp() {
    const [, , width, height] = this.rect;
    const room = (side, stage) => Math.max(0, (side - stage) / 2 + EDGE);
    const within = (value, most) => Math.min(most, Math.max(-most, value));
    this.x = within(this.x, this.zoom === 1 ? 0 : room(width, this.stage[0]));
    this.y = within(this.y, this.zoom === 1 ? 0 : room(height, this.stage[1]));
  }
}
