// One message, or the messages of an album, as a bubble with its keyboard.
import { copy, el, sheet, sign } from "./dom.js";
import { marked } from "./entities.js";
import { fileUrl } from "./server.js";
import { openApp } from "./web-app.js";
import { t } from "./words.js";

const COUNTS = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const SHOWN = /^image\/(png|jpeg|webp|gif|avif)$/;

export function group(messages) {
  // An album's messages stand together.
  const groups = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (message.media_group_id && last?.[0].media_group_id === message.media_group_id) last.push(message);
    else groups.push([message]);
  }
  return groups;
}

export function bubble(messages, context) {
  const [first] = messages;
  const { me, language, chat } = context;
  const isMine = first.from.id === me;
  const content = [];
  if (chat.type !== "private" && !isMine) content.push(el("div", { class: "from" }, first.from.first_name));
  const origin = first.forward_origin?.sender_user?.first_name;
  if (origin) content.push(el("div", { class: "origin" }, `${t(language, "forwarded")} ${origin}`));
  if (first.reply_to_message) content.push(quote(first.reply_to_message, language, () => context.jump(first.reply_to_message)));
  const photos = messages.filter((one) => one.photo);
  if (photos.length) content.push(gallery(photos, language));
  for (const one of messages) if (one.document) content.push(file(one.document));
  const told = messages.find((one) => one.text || one.caption);
  const meta = about(messages, context, !told && photos.length > 0);
  if (told) {
    const entities = told.entities ?? told.caption_entities;
    content.push(el("div", { class: "words" }, marked(told.text ?? told.caption, entities, context.say, t(language, "copied")), meta));
  } else if (photos.length) content.push(meta);
  else content.push(el("div", { class: "words" }, meta));
  const reaction = context.reactions.get(first.message_id);
  if (reaction?.length) content.push(el("div", { class: "reaction" }, reaction.join("")));
  const rows = messages.at(-1).reply_markup?.inline_keyboard;
  return el(
    "article",
    { class: `item ${isMine ? "mine" : ""} ${rows ? "has-keyboard" : ""}`, id: `m${first.message_id}`, "data-ids": messages.map((one) => one.message_id).join(" "), ondblclick: () => context.reply(first) },
    el("div", { class: "bubble" }, content),
    rows ? keyboard(rows, messages.at(-1), context) : null,
  );
}

export function quote(message, language, jump) {
  const words = message.text ?? message.caption ?? t(language, message.photo ? "photo" : "file");
  return el("button", { type: "button", class: "quote", onclick: jump }, el("b", {}, message.from.first_name), el("span", {}, words));
}

function about(messages, { me, language, reply, change, forward }, isBare) {
  const [first] = messages;
  const act = (name, sign, onclick) => el("button", { type: "button", onclick, "aria-label": t(language, name), title: t(language, name) }, sign);
  const told = messages.find((one) => one.text || one.caption);
  const time = new Date(first.date * 1000).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  const raw = () => sheet(t(language, "json"), el("pre", { tabindex: "0" }, JSON.stringify(messages.length > 1 ? messages : first, null, 2)));
  return el(
    "span",
    { class: `meta ${isBare ? "bare" : ""}` },
    first.from.id === me && told ? act("change", "✎", () => change(told)) : null,
    act("forward", "↪", () => forward(messages)),
    act("reply", "↩", () => reply(first)),
    act("json", "{ }", raw),
    first.edit_date ? el("span", {}, t(language, "edited")) : null,
    el("time", {}, time),
  );
}

function gallery(messages, language) {
  const count = COUNTS[Math.min(messages.length, 10)];
  return el(
    "div",
    { class: `photos ${messages.length > 1 ? "many" : ""} ${count}` },
    messages.map((message) => {
      const largest = message.photo.at(-1);
      const src = fileUrl(largest.file_id);
      const words = message.caption?.slice(0, 80) || t(language, "photo");
      const image = el("img", { src, alt: words, width: String(largest.width), height: String(largest.height) });
      if (messages.length === 1) image.style.cssText = `height:auto;aspect-ratio:${largest.width}/${largest.height};width:${Math.round(largest.width * Math.min(1, 440 / Math.max(largest.height, largest.width)))}px;max-width:100%;min-width:150px`;
      return el("button", { type: "button", "aria-label": words, onclick: () => sheet(null, el("img", { src, alt: words })) }, image);
    }),
  );
}

function file({ file_id, file_name, file_size, mime_type }) {
  const ending = (file_name.split(".").pop() ?? "").slice(0, 4).toUpperCase();
  const size = file_size > 1e6 ? `${(file_size / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(file_size / 1e3))} KB`;
  const badge = SHOWN.test(mime_type) ? el("img", { src: fileUrl(file_id), alt: "" }) : ending;
  return el(
    "a",
    { class: "file", href: fileUrl(file_id), download: file_name },
    el("span", { class: "badge" }, badge),
    el("span", {}, el("b", {}, file_name), el("span", {}, `${size} · ${ending}`)),
  );
}

function keyboard(rows, message, context) {
  const button = (given) => {
    if (given.url) return el("a", { href: given.url, target: "_blank", rel: "noopener noreferrer" }, given.text, sign("link"));
    if (given.copy_text) return el("button", { type: "button", onclick: () => copy(given.copy_text.text, t(context.language, "copied")) }, given.text, sign("copy"));
    if (given.web_app) return el("button", { type: "button", onclick: () => openApp({ message, url: given.web_app.url, me: context.me, language: context.language, title: given.text }) }, given.text, sign("app"));
    const waits = context.waiting.has(`${message.message_id} ${given.callback_data}`);
    return el("button", { type: "button", class: waits ? "waiting" : "", onclick: () => context.tap(message, given.callback_data) }, given.text);
  };
  return el("div", { class: "keys" }, rows.map((row) => el("div", { class: "row" }, row.map(button))));
}
