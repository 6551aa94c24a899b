// Masks: {w, h, data}, data a Uint8ClampedArray of w * h values, 255 inside, row by row.

const HALF = 127.5;

export function fromRuns({ w, h, runs }) {
  const data = new Uint8ClampedArray(w * h);
  let at = 0;
  let inside = false;
  for (const length of runs.split(",")) {
    const end = at + Number(length);
    if (inside) data.fill(255, at, end);
    at = end;
    inside = !inside;
  }
  return { w, h, data };
}

export const copied = ({ w, h, data }) => ({ w, h, data: data.slice() });

// A canvas that is opaque where the mask is inside.
export function toCanvas(mask, canvas = document.createElement("canvas")) {
  const { w, h, data } = mask;
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const image = new ImageData(w, h);
  for (let at = 0; at < data.length; at += 1) image.data[at * 4 + 3] = data[at];
  canvas.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
  return canvas;
}

export function resized(mask, w, h) {
  if (mask.w === w && mask.h === h) return copied(mask);
  const canvas = document.createElement("canvas");
  canvas.width = w;
  canvas.height = h;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(toCanvas(mask), 0, 0, w, h);
  const pixels = context.getImageData(0, 0, w, h).data;
  const data = new Uint8ClampedArray(w * h);
  for (let at = 0; at < data.length; at += 1) data[at] = pixels[at * 4 + 3];
  return { w, h, data };
}

export const isEmpty = (mask) => !mask.data.some((value) => value > HALF);

// The sum of 3 x 3, with a border of nothing: a mask of 0 and 255 gets an outline without steps.
function smooth({ w, h, data }) {
  const across = new Uint16Array(w * h);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0, at = y * w; x < w; x += 1, at += 1) across[at] = data[x > 0 ? at - 1 : at] + data[at] + data[x < w - 1 ? at + 1 : at];
  }
  const found = new Uint16Array((w + 2) * (h + 2));
  for (let y = 0; y < h; y += 1) {
    const up = y > 0 ? -w : 0;
    const down = y < h - 1 ? w : 0;
    const to = (y + 1) * (w + 2) + 1;
    for (let x = 0, at = y * w; x < w; x += 1, at += 1) found[to + x] = across[at + up] + across[at] + across[at + down];
  }
  return found;
}

// The sides of a cell that a line joins, by which of its corners are inside (1 top left, then
// clockwise): 0 is the top, 1 the right, 2 the bottom, 3 the left.
const LINES = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[0, 2]], [[0, 1], [2, 3]], [[1, 2]], [[3, 1]], [[0, 1]], [[3, 0]], [],
];

// The outline as a Path2D in shares of the mask's sides: marching squares over the pixels' middles.
export function outline(mask) {
  const { w, h } = mask;
  const values = smooth(mask);
  const wide = w + 2;
  const level = HALF * 9;
  const path = new Path2D();
  const place = (at, side) => Math.min(side, Math.max(0, at - 0.5)) / side;
  for (let y = 0; y <= h; y += 1) {
    for (let x = 0, at = y * wide; x <= w; x += 1, at += 1) {
      const a = values[at], b = values[at + 1], c = values[at + wide + 1], d = values[at + wide];
      const kind = (a > level ? 1 : 0) | (b > level ? 2 : 0) | (c > level ? 4 : 0) | (d > level ? 8 : 0);
      if (kind === 0 || kind === 15) continue;
      const along = (from, to) => (level - from) / (to - from);
      const point = (side) => {
        if (side === 0) return [place(x + along(a, b), w), place(y, h)];
        if (side === 1) return [place(x + 1, w), place(y + along(b, c), h)];
        if (side === 2) return [place(x + along(d, c), w), place(y + 1, h)];
        return [place(x, w), place(y + along(a, d), h)];
      };
      for (const [from, to] of LINES[kind]) {
        path.moveTo(...point(from));
        path.lineTo(...point(to));
      }
    }
  }
  return path;
}

// The first and last inside of each row, in shares of the mask's sides, as [x, y].
export function ends({ w, h, data }) {
  const found = [];
  for (let y = 0; y < h; y += 1) {
    const row = data.subarray(y * w, (y + 1) * w);
    const first = row.findIndex((value) => value > HALF);
    if (first < 0) continue;
    let last = w - 1;
    while (row[last] <= HALF) last -= 1;
    for (const edge of [y / h, (y + 1) / h]) found.push([first / w, edge], [(last + 1) / w, edge]);
  }
  return found;
}

// A place well inside: the middle of the longest run of a row.
export function insidePoint({ w, h, data }) {
  let best = { length: 0, x: 0.5, y: 0.5 };
  for (let y = 0; y < h; y += 1) {
    for (let x = 0, start = -1; x <= w; x += 1) {
      const inside = x < w && data[y * w + x] > HALF;
      if (inside && start < 0) start = x;
      if (!inside && start >= 0) {
        if (x - start > best.length) best = { length: x - start, x: (start + x) / 2 / w, y: (y + 0.5) / h };
        start = -1;
      }
    }
  }
  return best;
}

// The share of `part` that is inside of `mask`.
export function overlap(part, mask) {
  let both = 0, all = 0;
  for (let y = 0; y < part.h; y += 1) {
    const row = Math.min(mask.h - 1, Math.floor(((y + 0.5) * mask.h) / part.h)) * mask.w;
    for (let x = 0; x < part.w; x += 1) {
      if (part.data[y * part.w + x] <= HALF) continue;
      all += 1;
      if (mask.data[row + Math.min(mask.w - 1, Math.floor(((x + 0.5) * mask.w) / part.w))] > HALF) both += 1;
    }
  }
  return all ? both / all : 0;
}
