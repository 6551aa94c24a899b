// A text with its entities as nodes. Offsets count UTF-16 units, as JavaScript's strings do.
import { copy, el } from "./dom.js";

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote", expandable_blockquote: "blockquote" };
const SAFE = /^(https?|tg|mailto):/i;

export function marked(text, entities = [], say = () => {}, copied = "") {
  return within(text, 0, text.length, [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length), say, copied);
}

function within(text, start, end, entities, say, copied) {
  const nodes = [];
  let at = start;
  for (let i = 0; i < entities.length; i += 1) {
    const entity = entities[i];
    const until = Math.min(entity.offset + entity.length, end);
    if (entity.offset < at) continue;
    nodes.push(text.slice(at, entity.offset));
    const inner = entities.slice(i + 1).filter((one) => one.offset >= entity.offset && one.offset + one.length <= until);
    nodes.push(node(text.slice(entity.offset, until), entity, within(text, entity.offset, until, inner, say, copied), say, copied));
    at = until;
  }
  nodes.push(text.slice(at, end));
  return nodes.filter((one) => one !== "");
}

function node(words, entity, children, say, copied) {
  switch (entity.type) {
    case "text_link":
    case "url": {
      const href = entity.url ?? words;
      return SAFE.test(href) ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, children) : el("span", {}, children);
    }
    case "bot_command":
      return el("button", { type: "button", class: "command", onclick: () => say(words) }, children);
    case "spoiler":
      return el("span", { class: "spoiler", onclick: (event) => event.currentTarget.classList.toggle("open") }, children);
    case "code":
    case "pre":
      return el(TAGS[entity.type], { onclick: () => copy(words, copied) }, children);
    default:
      return TAGS[entity.type] ? el(TAGS[entity.type], {}, children) : el("span", {}, children);
  }
}
