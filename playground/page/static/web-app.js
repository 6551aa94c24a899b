// A Mini App in a frame over the chat, and Telegram's side of the events between the two:
// https://core.telegram.org/api/web-events
import { el, icon, toast } from "./dom.js";
import * as server from "./server.js";
import { t } from "./words.js";

const THEME = { bg_color: "--paper", secondary_bg_color: "--tint", text_color: "--ink", hint_color: "--quiet", link_color: "--link", button_color: "--accent", button_text_color: "--accent-ink", accent_text_color: "--accent" };
const PRESSED = { main: "main_button_pressed", secondary: "secondary_button_pressed" };

// Colours as #rrggbb, whatever the style sheet has them written as.
function hex(name) {
  const [context, style] = [document.createElement("canvas").getContext("2d", { willReadFrequently: true }), getComputedStyle(document.body)];
  context.fillStyle = style.getPropertyValue(name).trim() || "#808080";
  context.fillRect(0, 0, 1, 1);
  return `#${[...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

const theme = () => Object.fromEntries(Object.entries(THEME).map(([name, property]) => [name, hex(property)]));

export async function openApp({ message, url, me, language, title }) {
  let address;
  try {
    address = (await server.webApp({ from: me, chat_id: message.chat.id, message_id: message.message_id, url, theme: theme() })).url;
  } catch (error) {
    toast(error.message);
    return;
  }
  const dialog = document.getElementById("app");
  const frame = el("iframe", { src: address, title, class: "app", allow: "clipboard-write" });
  const tell = (eventType, eventData = {}) => frame.contentWindow?.postMessage(JSON.stringify({ eventType, eventData }), new URL(address).origin);
  const back = icon("back", t(language, "goBack"), { onclick: () => tell("back_button_pressed") });
  back.hidden = true;
  const [main, secondary] = ["main", "secondary"].map((name) => el("button", { type: "button", class: `pill ${name}`, hidden: true, onclick: () => tell(PRESSED[name]) }));
  let confirms = false;
  const close = () => dialog.close();
  const asked = () => { if (!confirms || window.confirm(t(language, "closeApp"))) close(); };

  function setUp(button, { is_visible: isVisible, is_active: isActive, is_progress_visible: isBusy, text }) {
    if (isVisible !== undefined) button.hidden = !isVisible;
    if (isActive !== undefined) button.disabled = !isActive;
    if (isBusy !== undefined) button.classList.toggle("waiting", isBusy);
    if (text !== undefined) button.textContent = text;
  }

  const acts = {
    web_app_close: close,
    web_app_request_theme: () => tell("theme_changed", { theme_params: theme() }),
    web_app_request_viewport: () => tell("viewport_changed", { width: frame.clientWidth, height: frame.clientHeight, is_expanded: true, is_state_stable: true }),
    web_app_request_safe_area: () => tell("safe_area_changed", { top: 0, bottom: 0, left: 0, right: 0 }),
    web_app_request_content_safe_area: () => tell("content_safe_area_changed", { top: 0, bottom: 0, left: 0, right: 0 }),
    web_app_setup_back_button: (told) => { back.hidden = !told.is_visible; },
    web_app_setup_main_button: (told) => setUp(main, told),
    web_app_setup_secondary_button: (told) => setUp(secondary, told),
    web_app_setup_closing_behavior: (told) => { confirms = Boolean(told.need_confirmation); },
    web_app_open_popup: ({ message: words, buttons = [] }) => {
      const yes = window.confirm(words);
      tell("popup_closed", { button_id: (yes ? buttons[0] : buttons.at(-1))?.id ?? "" });
    },
  };

  function heard(event) {
    if (event.source !== frame.contentWindow || typeof event.data !== "string") return;
    let told;
    try { told = JSON.parse(event.data); } catch { return; }
    acts[told.eventType]?.(told.eventData ?? {});
  }

  window.addEventListener("message", heard);
  dialog.onclose = () => {
    window.removeEventListener("message", heard);
    dialog.replaceChildren();
  };
  dialog.oncancel = (event) => { event.preventDefault(); if (back.hidden) asked(); else tell("back_button_pressed"); };
  dialog.replaceChildren(el("header", {}, back, el("b", {}, title), icon("close", t(language, "close"), { onclick: asked })), frame, el("footer", {}, secondary, main));
  dialog.showModal();
}
