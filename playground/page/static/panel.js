// The sheet behind "more": look, block, faults.
import { el, sheet, toast } from "./dom.js";
import * as server from "./server.js";
import { t } from "./words.js";

export function look(theme = localStorage.getItem("theme") ?? "auto") {
  localStorage.setItem("theme", theme);
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function panel({ language, me, isBlocked, refresh }) {
  const say = (name) => t(language, name);
  const again = () => panel({ language, me, isBlocked, refresh });
  const theme = localStorage.getItem("theme") ?? "auto";
  const looks = ["auto", "light", "dark"].map((name) => el("button", { type: "button", class: "pill", "aria-pressed": String(theme === name), onclick: () => { look(name); again(); } }, say(name)));
  const faults = ["429", "502", "slow", "cut", "twice", "none"].map((kind) =>
    el("button", { type: "button", class: "pill", onclick: async () => { await server.faults({ kind }); toast(kind === "none" ? say("ok") : say("asked")); } }, say(kind)),
  );
  const block = el("button", { type: "button", class: "pill", onclick: async () => { await server.block({ from: me, blocked: !isBlocked }); document.getElementById("sheet").close(); await refresh(); } }, say(isBlocked ? "unblock" : "block"));
  sheet(say("tools"), el("p", {}, say("theme")), el("div", { class: "row" }, looks), el("p", {}, say("faults")), el("div", { class: "row" }, faults), el("div", { class: "row" }, block));
}
