// The second tab: a finger paints or erases what the outline missed.
import { levelled, Stroke } from "./brush.js";
import { moveCross } from "./choose.js";
import { el, radios, slider } from "./dom.js";
import { fromRuns, isEmpty, resized } from "./mask.js";
import { NOTHING } from "./model.js";
import { grayPng } from "./png.js";
import { drawCircle, drawCross, drawOutline, drawPhoto, hasMouse } from "./stage.js";
import { t } from "./words.js";

const WORK_SIDE = 768;
const SIZES = { min: 6, max: 90, step: 2, unit: "" };

export class Mend {
  constructor(editor) {
    this.editor = editor;
    this.paints = true;
    this.snaps = true;
    this.size = 30;
    this.cross = [0.5, 0.5];
    this.showsCross = false;
    this.finger = null;
    this.work = null;
    this.stroke = null;
  }

  get label() { return t("stage-mend"); }
  get hint() { return hasMouse ? t("hint-mend-mouse") : t("hint-mend"); }

  panel() {
    const tools = [
      { value: "paint", title: t("brush-paint") },
      { value: "erase", title: t("brush-erase") },
    ];
    return [
      radios("tool", t("brush"), tools, this.paints ? "paint" : "erase", (tool) => { this.paints = tool === "paint"; }, { class: "segments" }),
      el("label", { class: "switch" },
        el("input", { type: "checkbox", name: "snap", checked: this.snaps, onchange: (event) => { this.snaps = event.target.checked; } }),
        el("span", {}, t("brush-snap"))),
      slider(t("brush-size"), { ...SIZES, value: this.size }, (size) => {
        this.size = size;
        this.finger = this.editor.stage.size.map((side) => side / 2);
        this.editor.stage.draw();
      }, () => { this.finger = null; this.editor.stage.draw(); }),
    ];
  }

  // The mask that is painted on, fine enough for the last millimetre.
  begin() {
    const { model } = this.editor;
    if (!model.now.mask) return; // the outline of the last tap is still to come
    const { width, height } = model.session;
    const unit = WORK_SIDE / Math.max(width, height);
    this.work = resized(model.shown, Math.max(1, Math.round(width * unit)), Math.max(1, Math.round(height * unit)));
    const radius = (this.size / 2 / this.editor.stage.view.rect[2]) * this.work.w;
    this.stroke = new Stroke(this.work, radius, this.paints);
  }

  to(at) {
    if (!this.stroke) return;
    const [x, y] = this.editor.stage.view.inward(at);
    this.stroke.to(x * this.work.w, y * this.work.h);
    this.isFresh = true;
    this.editor.stage.draw();
  }

  end() {
    const { model } = this.editor;
    const { stroke, work, snaps } = this;
    this.stroke = null;
    this.isFresh = false;
    if (!stroke) return;
    if (isEmpty(work)) {
      this.editor.show(model.shown);
      this.editor.tell(t("brush-nothing"));
      return;
    }
    const painted = { ...NOTHING, base: "painted" };
    // A stroke whose answer is still to come snaps together with this one.
    if (snaps && model.now.finish && this.last) stroke.join(this.last);
    this.last = snaps ? stroke : null;
    const levels = stroke.levels(model.now.levels, work, { snaps });
    const finish = async (server) => {
      let mask = work;
      if (snaps) mask = stroke.merged(resized(fromRuns(await server.paint(await grayPng(work), { snaps: true })), work.w, work.h));
      return { mask, png: await grayPng(levelled(mask, levels)) };
    };
    model.holdPainted();
    model.outline(painted, { mask: work, png: null, levels, finish });
  }

  cancel() {
    this.isFresh = false;
    if (!this.stroke) return;
    this.stroke = null;
    this.editor.show(this.editor.model.shown);
  }

  get gestures() {
    const { stage } = this.editor;
    return this.acts ??= {
      down: (at) => { this.showsCross = false; this.finger = at; this.begin(); this.to(at); },
      move: (at) => { this.finger = at; this.to(at); },
      up: () => { this.finger = null; this.end(); },
      cancel: () => { this.finger = null; this.cancel(); },
      hover: (at) => { this.finger = at; stage.draw(); },
    };
  }

  key(event) {
    const { stage } = this.editor;
    if (moveCross(this.cross, event)) this.showsCross = true;
    else if (event.key === "Enter" || event.key === " ") {
      this.showsCross = true;
      this.begin();
      this.to(stage.view.outward(this.cross));
      this.end();
    } else return false;
    stage.draw();
    return true;
  }

  draw(context) {
    const { view } = this.editor.stage;
    if (this.isFresh) this.editor.lay(this.work);
    this.isFresh = false;
    drawPhoto(context, this.editor.picture, view.rect, this.editor.shade);
    drawOutline(context, this.editor.path, view.rect);
    if (this.finger) drawCircle(context, this.finger, this.size / 2);
    if (this.showsCross) { drawCross(context, view.outward(this.cross)); drawCircle(context, view.outward(this.cross), this.size / 2); }
  }
}
