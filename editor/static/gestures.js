// Pointers on a node become one finger's way, or what two fingers do. Places are CSS pixels
// within the node. A second finger cancels what the first one began.

const MOVED = 8;
const WHEEL = 0.0016;

const middle = ([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
const span = ([a, b]) => Math.hypot(b[0] - a[0], b[1] - a[1]);
const angle = ([a, b]) => (Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;

// `act()` returns {down(at), move(at, from, hasMoved), up(at, from, hasMoved), cancel(),
// pinch({at, dx, dy, factor, turn}), pinched(), wheel(at, factor)}; all may be absent.
export function gestures(node, act) {
  const fingers = new Map();
  let from = null;
  let hasMoved = false;
  let isPinch = false;
  let last = null;

  const at = (event) => {
    const box = node.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || fingers.size === 2) return;
    node.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at(event));
    if (fingers.size === 2) {
      if (!isPinch) act().cancel?.();
      isPinch = true;
      last = [...fingers.values()];
    } else if (!isPinch) {
      from = at(event);
      hasMoved = false;
      act().down?.(from);
    }
  });

  node.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) { act().hover?.(at(event)); return; }
    fingers.set(event.pointerId, at(event));
    if (isPinch) {
      if (fingers.size < 2) return;
      const now = [...fingers.values()];
      const [x, y] = middle(now), [before, above] = middle(last);
      let turn = angle(now) - angle(last);
      turn -= 360 * Math.round(turn / 360);
      act().pinch?.({ at: [x, y], dx: x - before, dy: y - above, factor: span(now) / Math.max(1, span(last)), turn });
      last = now;
      return;
    }
    const here = at(event);
    hasMoved ||= Math.hypot(here[0] - from[0], here[1] - from[1]) > MOVED;
    act().move?.(here, from, hasMoved);
  });

  const end = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    if (isPinch) {
      if (fingers.size) return;
      isPinch = false;
      act().pinched?.();
    } else if (event.type === "pointercancel") act().cancel?.();
    else act().up?.(at(event), from, hasMoved);
  };
  node.addEventListener("pointerup", end);
  node.addEventListener("pointercancel", end);
  node.addEventListener("pointerleave", () => act().hover?.(null));

  node.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    act().wheel?.(at(event), Math.exp(-event.deltaY * lines * WHEEL));
  }, { passive: false });
}
