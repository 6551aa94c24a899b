// The Telegram app around the page, by the events that it documents:
// https://core.telegram.org/api/web-events. Its own script is not loaded: it would come from
// another host. Where there is no Telegram, the page has its own buttons.
import { readable } from "./colours.js";

const KEPT = "launch";
const COLOURS = {
  bg_color: "page", secondary_bg_color: "paper", text_color: "ink",
  hint_color: "quiet", button_color: "accent", button_text_color: "accent-ink",
};

function launchParams() {
  const now = new URLSearchParams(location.hash.slice(1));
  try { // a reloaded page has no hash in some clients
    if (now.has("tgWebAppData")) sessionStorage.setItem(KEPT, now.toString());
    else return new URLSearchParams(sessionStorage.getItem(KEPT) ?? "");
  } catch { /* storage is forbidden in this frame */ }
  return now;
}

function parsed(json) {
  try { return JSON.parse(json); } catch { return null; }
}

export class Telegram {
  constructor() {
    this.params = launchParams();
    this.handlers = new Map();
    this.isThere = this.params.has("tgWebAppVersion");
    this.button = "";
  }

  get initData() { return this.params.get("tgWebAppData") ?? ""; }

  get language() {
    return parsed(new URLSearchParams(this.initData).get("user"))?.language_code ?? navigator.language;
  }

  start() {
    const receive = (type, data) => this.receive(type, typeof data === "string" ? parsed(data) : data);
    window.Telegram = { WebView: { receiveEvent: receive } };
    window.TelegramGameProxy = { receiveEvent: receive };
    window.TelegramGameProxy_receiveEvent = receive;
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || window.parent === window) return;
      const told = typeof event.data === "string" ? parsed(event.data) : null;
      if (told?.eventType) this.receive(told.eventType, told.eventData);
    });
    this.on("theme_changed", (data) => this.paint(data?.theme_params));
    this.on("safe_area_changed", (data) => this.inset("safe", data));
    this.on("content_safe_area_changed", (data) => this.inset("content", data));
    this.paint(parsed(this.params.get("tgWebAppThemeParams")));
    if (window.parent !== window) this.post("iframe_ready", { reload_supported: true });
    this.on("reload_iframe", () => { this.post("iframe_will_reload"); location.reload(); });
    this.post("web_app_ready");
    this.post("web_app_expand");
    // A finger that moves down paints; it does not close the page.
    this.post("web_app_setup_swipe_behavior", { allow_vertical_swipe: false });
    for (const what of ["theme", "viewport", "safe_area", "content_safe_area"]) this.post(`web_app_request_${what}`);
  }

  on(type, handler) { this.handlers.set(type, handler); }

  receive(type, data) { this.handlers.get(type)?.(data); }

  post(type, data = {}) {
    if (window.TelegramWebviewProxy) window.TelegramWebviewProxy.postEvent(type, JSON.stringify(data));
    else if (typeof window.external?.notify === "function") window.external.notify(JSON.stringify({ eventType: type, eventData: data }));
    // What is said is no secret, and which of Telegram's pages is around is not known.
    else if (window.parent !== window) window.parent.postMessage(JSON.stringify({ eventType: type, eventData: data }), "*");
  }

  paint(theme) {
    if (!theme) return;
    const { style } = document.documentElement;
    const found = {};
    for (const [name, ours] of Object.entries(COLOURS)) if (/^#[0-9a-f]{6}$/i.test(theme[name] ?? "")) found[ours] = theme[name];
    if (!found.page || !found.ink) return;
    found.paper ??= found.page;
    // Telegram's hints and buttons have less contrast than is asked for.
    for (const ours of ["ink", "quiet"]) if (found[ours]) found[ours] = readable(found[ours], [found.page, found.paper]);
    if (found.accent) {
      found["accent-ink"] ??= "#ffffff";
      found.accent = readable(found.accent, [found["accent-ink"]]);
      found.link = readable(found.accent, [found.page, found.paper]);
    }
    for (const [ours, colour] of Object.entries(found)) style.setProperty(`--${ours}`, colour);
    const scheme = readable.isDark(found.page) ? "dark" : "light";
    document.documentElement.dataset.theme = scheme;
    this.post("web_app_set_header_color", { color: found.page });
    this.post("web_app_set_background_color", { color: found.page });
  }

  inset(kind, data) {
    for (const side of ["top", "right", "bottom", "left"]) {
      document.documentElement.style.setProperty(`--${kind}-${side}`, `${Number(data?.[side]) || 0}px`);
    }
  }

  mainButton(text, isBusy) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const data = {
      is_visible: true, is_active: !isBusy, is_progress_visible: isBusy, text,
      color: colour("--accent"), text_color: colour("--accent-ink"),
    };
    const told = JSON.stringify(data);
    if (told !== this.button) this.post("web_app_setup_main_button", data);
    this.button = told;
  }

  backButton(isVisible) { this.post("web_app_setup_back_button", { is_visible: isVisible }); }

  // `kind`: "tick" where something snaps or is chosen, "success", "error".
  haptic(kind) {
    const data = kind === "tick" ? { type: "selection_change" } : { type: "notification", notification_type: kind };
    this.post("web_app_trigger_haptic_feedback", data);
  }

  close() { this.post("web_app_close"); }
}
