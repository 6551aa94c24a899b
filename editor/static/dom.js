// Small helpers: elements, icons, groups of radio buttons.

export function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  undo: "M9 7 4.5 11.5 9 16M5 11.5h9a5 5 0 0 1 0 10h-2",
  redo: "M15 7l4.5 4.5L15 16M19 11.5h-9a5 5 0 0 0 0 10h2",
  over: "M5 5v5h5M5.6 10A7.5 7.5 0 1 1 4.5 14",
  compare: "M12 4v16M12 6H5v12h7M15 6h4v12h-4",
  copy: "M9 9h10v11H9zM5 15V4h10v2",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
};

export function icon(name, label, given = {}) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return el("button", { type: "button", class: "icon", ...given, "aria-label": label, title: label }, svg);
}

// `options` are {value, title, thumb?}. A name is unique on the page.
export function radios(name, label, options, chosen, choose, given = {}) {
  return el(
    "fieldset",
    { class: `radios ${given.class ?? ""}` },
    el("legend", { class: "unseen" }, label),
    options.map(({ value, title, thumb }) =>
      el(
        "label",
        { class: thumb === undefined ? "chip" : "thumb" },
        el("input", { type: "radio", name, value, checked: value === chosen, onchange: () => choose(value) }),
        thumb ? el("img", { loading: "lazy", src: thumb, alt: "" }) : thumb === null ? el("span", { class: "blank", "aria-hidden": "true" }) : null,
        el("span", { class: given.hidesTitles ? "unseen" : "title" }, title),
      ),
    ),
  );
}

export function slider(label, { min, max, step, value, unit }, changed, ended = () => {}) {
  const told = el("output", {}, `${value}${unit}`);
  const input = el("input", {
    type: "range", min: String(min), max: String(max), step: String(step),
    oninput: () => { told.textContent = `${input.value}${unit}`; changed(Number(input.value)); },
    onchange: () => ended(Number(input.value)),
  });
  input.value = String(value);
  return el("label", { class: "slider" }, el("span", {}, label), input, told);
}
