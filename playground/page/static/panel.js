// The sheet behind "more": look, block, faults.
import { el, sheet, toast } from "./dom.js";
import * as server from "./server.js";
import { t } from "./words.js";

export function look(theme = localStorage.getItem("theme") ?? "auto") {
  localStorage.setItem("theme", theme);
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function panel({ language, me, isBlocked, waiting, refresh }) {
  const say = (name) => t(language, name);
  const again = () => panel({ language, me, isBlocked, waiting, refresh });
  const theme = localStorage.getItem("theme") ?? "auto";
  const looks = ["auto", "light", "dark"].map((name) => el("button", { type: "button", class: "pill", "aria-pressed": String(theme === name), onclick: () => { look(name); again(); } }, say(name)));
  const times = el("input", { type: "number", min: "1", max: "1000", value: "1", "aria-label": say("calls"), title: say("calls") });
  const method = el("input", { type: "text", "aria-label": say("method"), placeholder: say("method"), autocomplete: "off" });
  const pending = el("p", { role: "status" });
  const tell = (found) => { pending.textContent = Object.entries(found).map(([name, count]) => `${name} × ${count}`).join(", "); if (pending.textContent) pending.prepend(`${say("waiting")}: `); };
  tell(waiting);
  const ask = async (kind) => {
    tell((await server.faults({ kind, times: times.value, method: method.value.trim() })).faults);
    toast(say(kind === "none" ? "ok" : "asked"));
  };
  const faults = ["429", "502", "slow", "cut", "twice", "none"].map((kind) => el("button", { type: "button", class: "pill", onclick: () => ask(kind).catch((error) => toast(error.message)) }, say(kind)));
  const block = el("button", { type: "button", class: "pill", onclick: async () => { await server.block({ from: me, blocked: !isBlocked }); document.getElementById("sheet").close(); await refresh(); } }, say(isBlocked ? "unblock" : "block"));
  const field = (name, type, label, hint) => el("input", { name, type, "aria-label": label, placeholder: hint ?? label, autocomplete: "off", maxlength: "400" });
  const key = el(
    "form",
    { onsubmit: async (event) => {
      event.preventDefault();
      try {
        await server.key(Object.fromEntries(new FormData(event.target)));
        document.getElementById("sheet").close();
        toast(say("keyTaken"));
      } catch (error) { toast(error.message); }
    } },
    el("div", { class: "row" }, field("key", "password", say("key"), "sk-…"), field("base_url", "text", say("server"), "https://api.openai.com/v1"), field("model", "text", say("model"), "gpt-4o")),
    el("div", { class: "row" }, el("button", { type: "submit", class: "pill main" }, say("useKey"))),
  );
  sheet(say("tools"), el("p", {}, say("keyWhy")), key, el("p", {}, say("theme")), el("div", { class: "row" }, looks), el("p", {}, say("faults")), el("div", { class: "row" }, times, method), el("div", { class: "row" }, faults), pending, el("div", { class: "row" }, block));
}
