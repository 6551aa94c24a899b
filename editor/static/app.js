// Brings it together: what is opened, the tabs, the tools above, Telegram's buttons.
import { Choose } from "./choose.js";
import { el, icon } from "./dom.js";
import { gestures } from "./gestures.js";
import { outline, toCanvas } from "./mask.js";
import { Mend } from "./mend.js";
import { Model } from "./model.js";
import { swap } from "./panel.js";
import { Place } from "./place.js";
import { isDropped, Server } from "./server.js";
import { drawPhoto, Stage } from "./stage.js";
import { Telegram } from "./telegram.js";
import { speak, t } from "./words.js";

const at = (id) => document.getElementById(id);
const TOLD_MS = 4500;
const ZOOM = 1.6;

class Editor {
  constructor() {
    this.telegram = new Telegram();
    const key = new URLSearchParams(location.search).get("photo") ?? "";
    this.server = new Server(key, this.telegram.initData, {
      onAway: (sentence) => { at("away").textContent = sentence || t("away"); },
      onBack: () => { at("away").textContent = ""; this.tell(t("back")); },
    });
    this.stage = new Stage(at("stage"), (context) => this.paint(context));
    this.picture = null;
    this.model = null;
    this.shade = null;
    this.isComparing = false;
    this.isBusy = false;
    this.tabs = { choose: new Choose(this), mend: new Mend(this), place: new Place(this) };
    this.open = "choose";
  }

  get tab() { return this.tabs[this.open]; }

  async start() {
    this.telegram.start();
    const speaking = speak(this.telegram.language);
    // The picture is not waited for: what arrives first is shown first.
    const picture = this.tried(() => this.server.picture()).then((blob) => blob && createImageBitmap(blob)).then((image) => {
      if (!image) return;
      this.picture = image;
      this.stage.draw();
    });
    const session = await this.tried(() => this.server.session());
    await speaking;
    if (!session) return;
    await speak(session.language);
    this.model = new Model(this.server, session);
    this.model.addEventListener("change", () => this.changed());
    this.model.addEventListener("refused", (event) => this.refused(event.detail));
    this.name();
    this.listen();
    this.show(this.model.shown);
    this.refresh();
    await picture;
    document.documentElement.dataset.ready = "true";
  }

  name() {
    document.title = t("title");
    at("title").textContent = t("title");
    at("tools").setAttribute("aria-label", t("tools"));
    at("tabs").setAttribute("aria-label", t("tabs"));
    const zoom = (factor) => () => { const { view, size } = this.stage; view.zoomAt([size[0] / 2, size[1] / 2], factor); this.stage.draw(); };
    at("zoom").replaceChildren(icon("plus", t("zoom-in"), { onclick: zoom(ZOOM) }), icon("minus", t("zoom-out"), { onclick: zoom(1 / ZOOM) }));
    this.undo = icon("undo", t("undo"), { onclick: () => this.model.undo() });
    this.redo = icon("redo", t("redo"), { onclick: () => this.model.redo() });
    this.over = icon("over", t("start-over"), { onclick: () => this.model.startOver() });
    this.copy = icon("copy", t("copy"), { onclick: () => this.finish(true) });
    at("tools").replaceChildren(this.undo, this.redo, this.over, el("span", { class: "gap" }), this.compareButton(), this.copy);
    this.doneButton = el("button", { type: "button", class: "main", id: "done", onclick: () => this.finish(false) }, t("done"));
    at("bottom").replaceChildren(this.doneButton);
    at("bottom").hidden = this.telegram.isThere;
    const names = { choose: t("tab-choose"), mend: t("tab-mend"), place: t("tab-place") };
    at("tabs").replaceChildren(...Object.entries(names).map(([name, title]) =>
      el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", onclick: () => this.turnTo(name) }, title)));
  }

  compareButton() {
    const hold = (on) => () => {
      this.isComparing = on;
      button.setAttribute("aria-pressed", String(on));
      this.stage.draw();
    };
    const keys = (on) => (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); hold(on)(); } };
    const button = icon("compare", t("compare"), {
      "aria-pressed": "false", onpointerdown: hold(true), onpointerup: hold(false), onpointercancel: hold(false), onpointerleave: hold(false),
      onkeydown: keys(true), onkeyup: keys(false), onblur: hold(false), oncontextmenu: (event) => event.preventDefault(),
    });
    return button;
  }

  listen() {
    const { telegram, stage } = this;
    telegram.on("main_button_pressed", () => this.finish(false));
    telegram.on("back_button_pressed", () => {
      const names = Object.keys(this.tabs);
      const before = names[names.indexOf(this.open) - 1];
      if (before) this.turnTo(before);
      else telegram.close();
    });
    const zoom = {
      pinch: ({ at: place, dx, dy, factor }) => { stage.view.move(dx, dy); stage.view.zoomAt(place, factor); stage.draw(); },
      wheel: (place, factor) => { stage.view.zoomAt(place, factor); stage.draw(); },
    };
    gestures(at("stage"), () => (this.picture && !this.isComparing ? { ...zoom, ...this.tab.gestures } : {}));
    at("stage").addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const factor = { "+": ZOOM, "=": ZOOM, "-": 1 / ZOOM }[event.key];
      if (this.tab.key(event)) event.preventDefault();
      else if (factor) { stage.view.zoomAt([stage.size[0] / 2, stage.size[1] / 2], factor); stage.draw(); }
    });
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.code !== "KeyZ") return;
      event.preventDefault();
      if (event.shiftKey) this.model.redo();
      else this.model.undo();
    });
    at("tabs").addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      const names = Object.keys(this.tabs);
      this.turnTo(names[(names.indexOf(this.open) + by + names.length) % names.length]);
      at(`tab-${this.open}`).focus();
    });
    window.addEventListener("pagehide", () => this.model.leave());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.model.leave(); });
  }

  turnTo(name) {
    this.open = name;
    this.refresh();
    this.tab.opened?.();
  }

  changed() {
    this.show(this.model.shown);
    this.refresh();
    this.tab.changed?.();
  }

  // What the stage shows of a mask, which may be one that is just being painted.
  show(mask) {
    this.lay(mask);
    this.stage.draw();
  }

  lay(mask) {
    this.shade = toCanvas(mask, this.shade ?? undefined);
    this.path = outline(mask);
    this.cut = null;
  }

  // The product alone, as the ghost shows it.
  sprite(picture) {
    if (this.cut) return this.cut;
    const canvas = this.cut = el("canvas", { width: picture.width, height: picture.height });
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    context.globalCompositeOperation = "destination-in";
    context.drawImage(this.shade, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  paint(context) {
    const { stage, picture } = this;
    if (!picture) return;
    stage.view.lay([picture.width, picture.height], stage.size);
    if (this.isComparing || !this.model) drawPhoto(context, picture, stage.view.rect, null);
    else this.tab.draw(context);
  }

  refresh() {
    const { model, telegram } = this;
    if (!model) return;
    this.undo.disabled = !model.canUndo;
    this.redo.disabled = !model.canRedo;
    this.over.disabled = model.isUntouched;
    this.copy.disabled = this.doneButton.disabled = this.isBusy;
    for (const name of Object.keys(this.tabs)) {
      const isOpen = name === this.open;
      at(`tab-${name}`).setAttribute("aria-selected", String(isOpen));
      at(`tab-${name}`).tabIndex = isOpen ? 0 : -1;
    }
    at("zoom").hidden = this.open === "place";
    at("breaches").hidden = this.open !== "place";
    at("hint").textContent = this.tab.hint;
    at("stage").setAttribute("aria-label", this.tab.label);
    at("panel").setAttribute("aria-labelledby", `tab-${this.open}`);
    swap(at("panel"), this.tab.panel());
    telegram.backButton(this.open !== "choose");
    telegram.mainButton(t("done"), this.isBusy);
    this.stage.draw();
  }

  breaches(sentences) {
    at("breaches").replaceChildren(...sentences.map((sentence) => el("li", {}, sentence)));
  }

  tell(sentence) {
    const box = at("told");
    box.textContent = sentence;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => { box.textContent = ""; }, TOLD_MS + 40 * sentence.length);
  }

  refused(error) {
    this.telegram.haptic("error");
    this.tell(error.message || t("failed"));
  }

  // Returns what `act` returns; null where the bot refused, which is told.
  async tried(act) {
    try {
      return await act();
    } catch (error) {
      if (!isDropped(error)) this.refused(error);
      return null;
    }
  }

  async finish(isCopy) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.refresh();
    await this.model.settled();
    const { state } = this.model;
    const isDone = await this.tried(async () => { await this.server.done(state, isCopy); return true; });
    this.isBusy = false;
    if (isDone) {
      this.telegram.haptic("success");
      this.tell(isCopy ? t("copy-sent") : t("sent"));
      if (!isCopy) {
        this.model.isFinished = true;
        this.telegram.close();
      }
    }
    this.refresh();
  }
}

new Editor().start();
