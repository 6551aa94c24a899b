// The canvas: it is drawn anew, once a frame, where anything changed.
import { View } from "./view.js";

const MOST_DENSE = 2;
export const hasMouse = matchMedia("(pointer: fine)").matches;
const VEIL = "rgb(12 18 20 / 0.56)";

export class Stage {
  // `paint(context)` draws the open tab, in CSS pixels.
  constructor(node, paint) {
    this.node = node;
    this.canvas = node.querySelector("canvas");
    this.view = new View();
    this.paint = paint;
    this.asked = 0;
    this.size = [1, 1];
    new ResizeObserver(() => { this.measure(); this.draw(); }).observe(node);
    this.measure();
  }

  get density() { return Math.min(MOST_DENSE, window.devicePixelRatio || 1); }

  measure() {
    const { clientWidth, clientHeight } = this.node;
    this.size = [Math.max(1, clientWidth), Math.max(1, clientHeight)];
    this.canvas.width = Math.round(this.size[0] * this.density);
    this.canvas.height = Math.round(this.size[1] * this.density);
  }

  draw() {
    if (!this.asked) this.asked = requestAnimationFrame(() => this.now());
  }

  now() {
    this.asked = 0;
    const context = this.canvas.getContext("2d");
    context.setTransform(this.density, 0, 0, this.density, 0, 0);
    context.clearRect(0, 0, ...this.size);
    context.imageSmoothingQuality = "high";
    this.paint(context);
  }
}

// The photo, and what is not chosen of it darkened. `shade` is a canvas of the mask.
export function drawPhoto(context, picture, rect, shade) {
  context.drawImage(picture, ...rect);
  if (!shade) return;
  const veil = drawPhoto.veil ??= document.createElement("canvas");
  const { canvas } = context;
  veil.width = canvas.width;
  veil.height = canvas.height;
  const over = veil.getContext("2d");
  over.setTransform(context.getTransform());
  over.fillStyle = VEIL;
  over.fillRect(...rect);
  over.globalCompositeOperation = "destination-out";
  over.drawImage(shade, ...rect);
  context.save();
  context.resetTransform();
  context.drawImage(veil, 0, 0);
  context.restore();
}

// `path` is in shares of the rectangle's sides. Light on dark is seen on any photo.
export function drawOutline(context, path, [left, top, width, height]) {
  context.save();
  const placed = new Path2D();
  placed.addPath(path, new DOMMatrix([width, 0, 0, height, left, top]));
  context.lineCap = "round";
  for (const [colour, line] of [["rgb(0 0 0 / 0.75)", 4], ["#ffffff", 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.stroke(placed);
  }
  context.restore();
}

export function drawDot(context, [x, y], isPlus) {
  context.save();
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.fillStyle = isPlus ? "#17724f" : "#b3261e";
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = "#ffffff";
  context.stroke();
  context.beginPath();
  context.moveTo(x - 3.5, y);
  context.lineTo(x + 3.5, y);
  if (isPlus) { context.moveTo(x, y - 3.5); context.lineTo(x, y + 3.5); }
  context.stroke();
  context.restore();
}

export function drawRect(context, [[x0, y0], [x1, y1]]) {
  context.save();
  for (const [colour, line] of [["rgb(0 0 0 / 0.75)", 4], ["#ffffff", 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.setLineDash([7, 5]);
    context.strokeRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  }
  context.restore();
}

export function drawLabel(context, words, [x, y], isOn) {
  context.save();
  context.font = "600 15px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.beginPath();
  context.arc(x, y, 13, 0, 2 * Math.PI);
  context.fillStyle = isOn ? "#17724f" : "#20292b";
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = "#ffffff";
  context.stroke();
  context.fillStyle = "#ffffff";
  context.fillText(words, x, y + 1);
  context.restore();
}

export function drawCircle(context, [x, y], radius) {
  context.save();
  for (const [colour, line] of [["rgb(0 0 0 / 0.7)", 3.5], ["#ffffff", 1.5]]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.stroke();
  }
  context.restore();
}

export function drawCross(context, [x, y]) {
  context.save();
  for (const [colour, line] of [["rgb(0 0 0 / 0.8)", 5], ["#ffffff", 2]]) {
    context.beginPath();
    context.moveTo(x - 13, y);
    context.lineTo(x + 13, y);
    context.moveTo(x, y - 13);
    context.lineTo(x, y + 13);
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.stroke();
  }
  context.restore();
}
