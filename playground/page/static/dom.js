// Small helpers: elements, icons, one toast and one sheet.

export function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && name !== "list" && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  attach: "M20 11.5 12 19.3a5 5 0 0 1-7-7l8.3-8.2a3.4 3.4 0 0 1 4.8 4.8l-8.2 8a1.7 1.7 0 0 1-2.4-2.4l7.4-7.3",
  send: "M4 12 20 4l-4.5 16-3.8-6.6zM20 4l-8.3 9.4",
  menu: "M4 7h16M4 12h16M4 17h10",
  photos: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  back: "M14.5 5 8 12l6.5 7",
  more: "M12 6h.01M12 12h.01M12 18h.01",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  app: "M4 5h16v14H4zM4 9h16",
  link: "M8 16 18 6M10 6h8v8",
};

export function sign(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function icon(name, label, given = {}) {
  return el("button", { type: "button", ...given, class: `icon ${given.class ?? ""}`, "aria-label": label, title: label }, sign(name));
}

let hiding;
export function toast(words) {
  const box = document.getElementById("toast");
  box.textContent = words;
  box.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => box.classList.remove("shown"), 1800 + 45 * words.length);
}

export function sheet(title, ...children) {
  const dialog = document.getElementById("sheet");
  dialog.className = title === null ? "large" : "";
  dialog.replaceChildren(title === null ? el("div", {}, children) : el("div", { class: "sheet" }, el("h2", {}, title), children));
  dialog.onclick = (event) => { if (event.target === dialog || title === null) dialog.close(); };
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", {});
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(done);
}
