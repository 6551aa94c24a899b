// Contrast as WCAG 2.2 counts it; colours are "#rrggbb".

const ENOUGH = 4.6;
const STEPS = 20;

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
const hex = (parts) => `#${parts.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

function luminance(colour) {
  const [red, green, blue] = channels(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

// Moves `colour` towards black or white until it stands out from each of `grounds`.
export function readable(colour, grounds) {
  const worst = (candidate) => Math.min(...grounds.map((ground) => contrast(candidate, ground)));
  const end = worst("#000000") > worst("#ffffff") ? 0 : 255;
  const own = channels(colour);
  for (let step = 0; step < STEPS; step += 1) {
    const share = step / STEPS;
    const candidate = hex(own.map((part) => part + (end - part) * share));
    if (worst(candidate) >= ENOUGH) return candidate;
  }
  return hex([end, end, end]);
}

readable.isDark = (colour) => luminance(colour) < 0.18;
