// The first tab: which product it is, by a tap, a box, a suggestion or a numbered part.
import { el, radios } from "./dom.js";
import { fromRuns, insidePoint, overlap } from "./mask.js";
import { NOTHING } from "./model.js";
import { drawCross, drawDot, drawLabel, drawOutline, drawPhoto, drawRect } from "./stage.js";
import { t } from "./words.js";

const STEP = 0.02;
const LEAST_BOX = 0.01;
const PART_IN = 0.5;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export const share = (value) => Math.min(1, Math.max(0, value));
export const rounded = (value) => Math.round(share(value) * 1e4) / 1e4;

// Moves a cross by an arrow key; returns whether the key was one.
export function moveCross(cross, event) {
  const arrow = ARROWS[event.key];
  if (!arrow) return false;
  const step = event.shiftKey ? STEP * 5 : STEP;
  cross[0] = share(cross[0] + arrow[0] * step);
  cross[1] = share(cross[1] + arrow[1] * step);
  return true;
}

export class Choose {
  constructor(editor) {
    this.editor = editor;
    this.mode = "select";
    this.cross = [0.5, 0.5];
    this.showsCross = false;
    this.box = null;
    this.parts = null;
    this.showsParts = false;
  }

  get label() { return t("stage-choose"); }

  get hint() {
    if (this.mode === "add") return t("hint-add");
    return this.mode === "remove" ? t("hint-remove") : t("hint-select");
  }

  panel() {
    const { model } = this.editor;
    const { outline } = model.now;
    const modes = [
      { value: "select", title: t("mode-select") },
      { value: "add", title: t("mode-add") },
      { value: "remove", title: t("mode-remove") },
    ];
    const candidates = model.session.candidates.map(({ id, thumb }, at) => ({ value: id, title: `${t("candidate")} ${at + 1}`, thumb }));
    const plain = !outline.parts.length && !outline.box && !outline.clicks.length;
    return [
      radios("mode", t("mode"), modes, this.mode, (mode) => { this.mode = mode; this.editor.refresh(); }, { class: "segments" }),
      candidates.length > 0 && radios("candidate", t("candidates"), candidates, plain ? outline.base : null, (id) => this.take({ ...NOTHING, base: id }), { class: "row", hidesTitles: true }),
      this.partsPanel(),
    ];
  }

  partsPanel() {
    const button = el("button", { type: "button", class: "quiet", "aria-expanded": String(this.showsParts), onclick: () => this.openParts() }, t("parts"));
    if (!this.showsParts) return button;
    if (!this.parts) return [button, el("p", { class: "note" }, t("parts-wait"))];
    if (!this.parts.length) return [button, el("p", { class: "note" }, t("parts-none"))];
    const boxes = this.parts.map(({ number, mask }) =>
      el("label", { class: "chip" },
        el("input", { type: "checkbox", name: "part", value: String(number), checked: this.isIn(number, mask), onchange: () => this.toggle(number) }),
        el("span", { class: "title" }, `${t("part")} ${number}`)));
    return [button, el("fieldset", { class: "radios row" }, el("legend", { class: "unseen" }, t("parts")), boxes)];
  }

  // As the seller last wished, also while the answer is on its way.
  isIn(number, mask) {
    const { model } = this.editor;
    return (overlap(mask, model.shown) > PART_IN) !== model.switched(number);
  }

  async openParts() {
    this.showsParts = !this.showsParts;
    this.editor.refresh();
    if (!this.showsParts || this.parts) return;
    const { model, server } = this.editor;
    const found = await this.editor.tried(() => model.session.parts.length ? model.session.parts : server.parts());
    if (found) this.parts = found.map(({ number, mask }) => { const read = fromRuns(mask); return { number, mask: read, at: insidePoint(read) }; });
    else this.showsParts = false;
    this.editor.refresh();
  }

  toggle(number) {
    const { outline } = this.editor.model.now;
    const parts = outline.parts.includes(number) ? outline.parts.filter((one) => one !== number) : [...outline.parts, number];
    // Parts are put in and out before the taps: these would have to be answered again.
    this.take({ ...outline, base: outline.base ?? "now", parts });
  }

  tap(at) {
    const click = (label) => ({ x: rounded(at[0]), y: rounded(at[1]), label });
    if (this.mode === "select") this.take({ ...NOTHING, clicks: [click(1)] });
    else {
      const { outline } = this.editor.model.now;
      this.take({ ...outline, clicks: [...outline.clicks, click(this.mode === "add" ? 1 : 0)] });
    }
  }

  take(outline) {
    this.editor.telegram.haptic("tick");
    this.editor.model.outline(outline);
  }

  get gestures() {
    const { stage } = this.editor;
    const { view } = stage;
    const inside = ([x, y]) => x >= 0 && x <= 1 && y >= 0 && y <= 1;
    let last = null;
    return this.acts ??= {
      down: () => { this.showsCross = false; last = null; },
      move: (at, from, hasMoved) => {
        if (!hasMoved) return;
        if (this.mode === "select") this.box = [from, at];
        else view.move(at[0] - (last ?? from)[0], at[1] - (last ?? from)[1]);
        last = at;
        stage.draw();
      },
      up: (at, from, hasMoved) => {
        this.box = null;
        if (hasMoved && this.mode === "select") this.drawnBox(view.inward(from), view.inward(at));
        else if (!hasMoved && inside(view.inward(at))) this.tap(view.inward(at));
        stage.draw();
      },
      cancel: () => { this.box = null; stage.draw(); },
    };
  }

  drawnBox(one, other) {
    const box = [Math.min(one[0], other[0]), Math.min(one[1], other[1]), Math.max(one[0], other[0]), Math.max(one[1], other[1])].map(rounded);
    if (box[2] - box[0] > LEAST_BOX && box[3] - box[1] > LEAST_BOX) this.take({ ...NOTHING, box });
  }

  key(event) {
    if (moveCross(this.cross, event)) this.showsCross = true;
    else if (event.key === "Enter" || event.key === " ") { this.showsCross = true; this.tap(this.cross); }
    else return false;
    this.editor.stage.draw();
    return true;
  }

  draw(context) {
    const { model, stage: { view }, picture } = this.editor;
    drawPhoto(context, picture, view.rect, this.editor.shade);
    drawOutline(context, this.editor.path, view.rect);
    const { box, clicks } = model.now.outline;
    if (box) drawRect(context, [view.outward(box.slice(0, 2)), view.outward(box.slice(2))]);
    if (this.box) drawRect(context, this.box);
    for (const { x, y, label } of clicks) drawDot(context, view.outward([x, y]), label === 1);
    if (this.showsParts && this.parts) {
      for (const { number, mask, at } of this.parts) drawLabel(context, String(number), view.outward([at.x, at.y]), this.isIn(number, mask));
    }
    if (this.showsCross) drawCross(context, view.outward(this.cross));
  }
}
