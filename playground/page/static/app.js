// Brings it together: the state, the chats at the side, the open chat.
import { Composer } from "./composer.js";
import { el, icon, sheet, toast } from "./dom.js";
import { marked } from "./entities.js";
import { bubble, group } from "./message.js";
import { look, panel } from "./panel.js";
import * as server from "./server.js";
import { t } from "./words.js";

const at = (id) => document.getElementById(id);
const HUES = [166, 262, 28];
const ACTION_MS = 5500;
const DRAFT_MS = 30000;
const READ_RUSSIAN = ["ru", "be", "kk", "uk", "uz"];

let state;
let open = 0;
let speaker = 0;
let composer;
const messages = new Map();
const waiting = new Map();
const reactions = new Map();
const actions = new Map();
const drafts = new Map();

const chat = () => state.chats[open];
const isGroup = () => chat().type !== "private";
const me = () => (isGroup() ? state.people[speaker] : state.people.find((one) => one.id === chat().id));
const language = () => me().language_code;
const say = (name) => t(language(), name);
const shown = () => [...messages.values()].filter((one) => one.chat.id === chat().id);
const key = (chatId, messageId) => `${chatId} ${messageId}`;

function renderChats() {
  at("chats").replaceChildren(
    el("h2", {}, say("title")),
    ...state.chats.map((one, number) => {
      const title = one.title ?? one.first_name;
      const person = state.people.find((each) => each.id === one.id);
      const face = el("span", { class: "face" }, title[0]);
      face.style.setProperty("--hue", HUES[number % HUES.length]);
      const last = [...messages.values()].filter((each) => each.chat.id === one.id).at(-1);
      const line = last ? (last.text ?? last.caption ?? say(last.photo ? "photo" : "file")) : person ? t(person.language_code, "private") : say("both");
      return el("button", { type: "button", class: "chat", "aria-current": String(number === open), onclick: () => { open = number; at("chats").classList.remove("open"); render(); } }, face, el("span", {}, el("b", {}, title), el("span", {}, line.split("\n")[0])));
    }),
    el("p", { class: "about" }, say("about")),
  );
}

function renderHead() {
  const action = actions.get(chat().id);
  const under = !state.ready ? say("starting") : action ? say(action) : say("bot");
  const title = isGroup() ? chat().title : state.bot.first_name;
  const who = isGroup()
    ? el("button", { type: "button", class: "pill", onclick: () => { speaker = (speaker + 1) % state.people.length; render(); } }, `${say("writeAs")}: ${me().first_name}`)
    : null;
  at("head").replaceChildren(
    ...[
      icon("back", say("back"), { id: "back", onclick: () => at("chats").classList.add("open") }),
      el("span", { class: "face" }, title[0]),
      el("div", { class: "who" }, el("h1", {}, title), el("span", { class: action ? "busy" : "" }, under)),
      who,
      icon("more", say("more"), { onclick: () => openPanel() }),
    ].filter(Boolean),
  );
}

async function openPanel() {
  const { blocked, faults } = await server.state();
  panel({ language: language(), me: me().id, isBlocked: blocked.includes(me().id), waiting: faults, refresh });
}

function context() {
  return {
    me: me().id, language: language(), chat: chat(), reactions, waiting,
    say: (text) => submit({ text, files: [] }),
    reply: (message) => composer.answer(message),
    change: (message) => composer.change(message),
    forward,
    jump: (message) => document.querySelector(`[data-ids~="${message.message_id}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" }),
    tap,
  };
}

// The end stays in view, as messages and their pictures come, until one scrolls away from it.
let isAtEnd = true;

function follow() {
  const history = at("history");
  if (isAtEnd) history.scrollTop = history.scrollHeight;
}

function renderHistory({ toEnd = false } = {}) {
  const history = at("history");
  isAtEnd ||= toEnd;
  const top = history.scrollTop;
  const given = context();
  const items = group(shown()).map((each) => bubble(each, given));
  if (items.length) items.unshift(el("div", { class: "day" }, say("today")));
  else items.push(el("div", { class: "empty" }, el("h2", {}, say("hello")), el("p", {}, say("helloMore")), el("button", { type: "button", class: "pill main", onclick: () => given.say("/start") }, "/start")));
  const draft = drafts.get(chat().id);
  if (draft) items.push(el("article", { class: "item" }, el("div", { class: "bubble" }, el("div", { class: "words" }, marked(draft.text || "…", draft.entities)))));
  if (actions.has(chat().id)) items.push(el("div", { class: "typing", "aria-hidden": "true" }, el("span", { class: "dots" }, el("i"), el("i"), el("i"))));
  history.replaceChildren(...items);
  if (isAtEnd) follow();
  else history.scrollTop = top;
}

function render() {
  document.documentElement.lang = language();
  at("drop").textContent = say("drop");
  renderChats();
  renderHead();
  const commands = state.commands[language()] ?? state.commands[""] ?? [];
  composer.show(`${chat().id} ${me().id}`, language(), commands);
  renderHistory({ toEnd: true });
}

async function submit(sent) {
  isAtEnd = true;
  await server.send({ from: me().id, chat: chat().id, ...sent });
}

async function edit(message, text) {
  await server.edit({ from: me().id, chat_id: message.chat.id, message_id: message.message_id, text });
}

function forward(sent) {
  const to = async (one, number) => {
    at("sheet").close();
    const from = one.type === "private" ? one.id : me().id;
    try {
      await server.forward({ from, chat_id: sent[0].chat.id, message_ids: sent.map((each) => each.message_id), to: one.id });
      open = number;
      render();
    } catch (error) { toast(error.message); }
  };
  const chats = state.chats.map((one, number) => el("button", { type: "button", class: "pill", onclick: () => to(one, number) }, one.title ?? one.first_name));
  sheet(say("forwardTo"), el("div", { class: "row" }, chats));
}

async function tap(message, data) {
  const name = `${message.message_id} ${data}`;
  waiting.set(name, "");
  renderHistory();
  try {
    const { id } = await server.tap({ from: me().id, chat_id: message.chat.id, message_id: message.message_id, data });
    waiting.set(name, id);
    setTimeout(() => { if (waiting.get(name) === id) { waiting.delete(name); renderHistory(); } }, 15000);
  } catch (error) {
    waiting.delete(name);
    toast(error.message);
    renderHistory();
  }
}

function answered(event) {
  for (const [name, id] of waiting) if (id === event.id || id === "") waiting.delete(name);
  if (!event.text) return;
  if (event.alert) sheet(state.bot.first_name, el("p", {}, event.text), el("div", { class: "row" }, el("button", { type: "button", class: "pill main", onclick: () => at("sheet").close() }, say("ok"))));
  else toast(event.text);
}

function heard(event) {
  if (event.event === "message" || event.event === "edited") {
    messages.set(key(event.message.chat.id, event.message.message_id), event.message);
    if (event.message.from.is_bot) { actions.delete(event.message.chat.id); drafts.delete(event.message.chat.id); }
    renderChats();
  } else if (event.event === "deleted") messages.delete(key(event.chat_id, event.message_id));
  else if (event.event === "reaction") reactions.set(event.message_id, event.emoji);
  else if (event.event === "answer") answered(event);
  else if (event.event === "draft") {
    drafts.set(event.chat_id, event);
    setTimeout(() => { if (drafts.get(event.chat_id) === event) { drafts.delete(event.chat_id); renderHistory(); } }, DRAFT_MS);
  }
  else if (event.event === "commands") { state.commands = event.commands; render(); return; }
  else if (event.event === "ready") state.ready = event.ready;
  else if (event.event === "action") {
    actions.set(event.chat_id, event.action);
    setTimeout(() => { if (actions.get(event.chat_id) === event.action) { actions.delete(event.chat_id); renderHead(); renderHistory(); } }, ACTION_MS);
  } else return;
  renderHead();
  renderHistory();
}

// The seller whose language the browser's owner reads comes first.
function opened() {
  const wanted = READ_RUSSIAN.includes(navigator.language.slice(0, 2)) ? "ru" : "en";
  const person = state.people.find((one) => one.language_code.startsWith(wanted));
  return Math.max(0, state.chats.findIndex((one) => one.id === person?.id));
}

async function refresh() {
  const isFirst = !state;
  state = await server.state();
  if (isFirst) open = opened();
  messages.clear();
  for (const message of state.messages) messages.set(key(message.chat.id, message.message_id), message);
  for (const [number, emoji] of Object.entries(state.reactions)) reactions.set(Number(number), emoji);
  composer ??= new Composer(at("composer"), { send: submit, edit, samples: state.samples });
  render();
}

function takeDrops() {
  let depth = 0;
  const over = (shows) => at("drop").classList.toggle("over", shows);
  document.addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; over(true); });
  document.addEventListener("dragleave", () => { depth -= 1; over(depth > 0); });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => { event.preventDefault(); depth = 0; over(false); composer.add(event.dataTransfer.files); });
}

look();
takeDrops();
at("history").addEventListener("scroll", ({ target }) => { isAtEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 80; });
at("history").addEventListener("load", follow, true);
new ResizeObserver(follow).observe(at("history"));
// Again at each connection: what happened in between is in the state.
server.listen(heard, refresh, () => { if (state) toast(say("gone")); });
