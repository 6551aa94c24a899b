// Puts new controls in the place of the old ones: the focus and what was scrolled to stay. Where
// they look the same, the old ones stay: what they do must not depend on when they were made.

const CONTROLS = "button, input";
const SCROLLED = ".row, .scroll";

export function swap(panel, children) {
  const fresh = document.createElement("div");
  fresh.append(...children.flat().filter(Boolean));
  const [before, after] = [panel, fresh].map((node) => [...node.querySelectorAll(CONTROLS)]);
  if (fresh.innerHTML === panel.innerHTML) {
    before.forEach((control, number) => { control.checked = after[number].checked; });
    return;
  }
  const focused = document.activeElement;
  const number = before.indexOf(focused);
  const same = after.find((one) => focused?.name && one.name === focused.name && one.value === focused.value) ?? after[number];
  const scrolled = [...panel.querySelectorAll(SCROLLED)].map((row) => [row.className, row.scrollLeft]);
  panel.replaceChildren(...fresh.childNodes);
  if (number >= 0) same?.focus({ preventScroll: true });
  [...panel.querySelectorAll(SCROLLED)].forEach((row, at) => { if (scrolled[at]?.[0] === row.className) row.scrollLeft = scrolled[at][1]; });
}
