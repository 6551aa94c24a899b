// The third tab: the product on its background, as the bot makes it.
import { el, radios, slider } from "./dom.js";
import { ends } from "./mask.js";
import { PLACED } from "./model.js";
import { Shown, snappedTurn, straightening } from "./placing.js";
import { drawOutline, hasMouse } from "./stage.js";
import { isDropped } from "./server.js";
import { t } from "./words.js";

const NUDGE = 0.01;
const SCALES = { min: 20, max: 400, step: 1, unit: " %" };
const TURNS = { min: -180, max: 180, step: 0.5, unit: "°" };
const MOST_PIXELS = 1280;
const GHOST = 0.55;
const KEYS = { ArrowLeft: ["dx", -1], ArrowRight: ["dx", 1], ArrowUp: ["dy", -1], ArrowDown: ["dy", 1] };

const within = (value, low, high) => Math.min(high, Math.max(low, value));

export class Place {
  constructor(editor) {
    this.editor = editor;
    this.section = "position";
    this.image = null;
    this.shown = null;
    this.held = null;
    this.lines = [];
    this.isAsking = false;
    this.wanted = "";
  }

  get label() { return t("stage-place"); }
  get hint() { return hasMouse ? t("hint-place-mouse") : t("hint-place"); }
  get placement() { return this.held ?? this.editor.model.placement; }

  panel() {
    const { choices } = this.editor.model.session;
    const sections = [{ value: "position", title: t("place-position") }];
    for (const [name, title] of [["backdrop", t("place-backdrop")], ["format", t("place-format")], ["shadow", t("place-shadow")], ["margin", t("place-margin")]]) {
      if (choices[`${name}s`]?.length) sections.push({ value: name, title });
    }
    if (this.section === "backdrop") this.drawOwn();
    const tabs = radios("section", t("place-sections"), sections, this.section, (section) => this.turnTo(section), { class: "segments scroll" });
    return [tabs, this.section === "position" ? this.position() : this.options(choices[`${this.section}s`], sections.find((one) => one.value === this.section).title)];
  }

  turnTo(section) {
    this.section = section;
    this.editor.refresh();
    // What is chosen may be the thirtieth of a row.
    for (const chosen of document.querySelectorAll("#panel input:checked")) chosen.parentElement.scrollIntoView({ block: "nearest", inline: "center" });
  }

  options(listed, title) {
    const options = listed.map((one) => ({ value: one.name, title: one.title, thumb: "thumb" in one ? one.thumb : undefined }));
    return radios(this.section, title, options, this.editor.model.look(this.section), (value) => this.dress({ [this.section]: value }), { class: "row" });
  }

  // Thumbnails of the seller's own backgrounds, one after the other, once they are looked at.
  async drawOwn() {
    if (this.hasOwn) return;
    this.hasOwn = true;
    const { editor } = this;
    for (const one of editor.model.session.choices.backdrops) {
      if (one.thumb !== null) continue;
      try {
        one.thumb = URL.createObjectURL(await editor.server.backdrop(one.name));
      } catch {
        continue; // its name stands there all the same
      }
      editor.refresh();
    }
  }

  position() {
    const { scale, turn, mirror } = this.placement;
    const held = (name) => (value) => this.hold({ [name]: name === "scale" ? value / 100 : value });
    const button = (words, act, given = {}) => el("button", { type: "button", class: "quiet", onclick: act, ...given }, words);
    return [
      slider(t("size"), { ...SCALES, value: Math.round(scale * 100) }, held("scale"), () => this.release()),
      slider(t("turn"), { ...TURNS, value: turn }, held("turn"), () => this.release()),
      el("div", { class: "buttons" },
        button(t("straighten"), () => this.put({ turn: straightening(this.points(), this.placement.mirror) })),
        button(t("mirror"), () => this.put({ mirror: !this.placement.mirror, turn: -this.placement.turn }), { "aria-pressed": String(mirror) }),
        button(t("centre"), () => this.centre()),
        button(t("reset"), () => this.put(PLACED))),
    ];
  }

  // The product's edge in pixels of the photo.
  points() {
    const { model } = this.editor;
    if (this.pointsOf !== model.shown) {
      this.pointsOf = model.shown;
      const { width, height } = model.session;
      this.found = ends(model.shown).map(([x, y]) => [x * width, y * height]);
    }
    return this.found;
  }

  put(changes) {
    this.held = null;
    this.editor.telegram.haptic("tick");
    this.dress({ placement: { ...this.placement, ...changes } });
  }

  dress(changes) {
    this.editor.model.dress(changes);
  }

  hold(changes) {
    this.held = { ...this.placement, ...changes };
    this.editor.stage.draw();
    this.follow();
  }

  release() {
    if (!this.held) return;
    const { held } = this;
    this.lines = [];
    this.held = null;
    for (const name of ["dx", "dy"]) held[name] = within(Math.round(held[name] * 1e4) / 1e4, -1, 1);
    held.scale = within(Math.round(held.scale * 1e3) / 1e3, SCALES.min / 100, SCALES.max / 100);
    held.turn = Math.round(held.turn * 2) / 2;
    this.dress({ placement: held });
  }

  centre() {
    if (!this.shown) return;
    const [left, , right] = this.shown.box(this.placement);
    this.put({ dx: this.placement.dx + 0.5 - (left + right) / 2 / this.shown.size[0] });
  }

  // Shows the step that is open; while a finger moves, as often as the bot can.
  opened() { this.ask(); }

  changed() { if (!this.held) this.ask(); }

  follow() { if (!this.isAsking) this.ask(); }

  get state() { return { ...this.editor.model.state, placement: this.placement }; }

  async ask() {
    const { editor } = this;
    const width = Math.min(MOST_PIXELS, Math.round(editor.stage.size[0] * editor.stage.density));
    this.isAsking = true;
    const token = this.token = {};
    await editor.model.settled();
    const { state, placement } = this;
    const wanted = JSON.stringify([state, width]);
    if (token !== this.token) return;
    if (wanted !== this.wanted) {
      try {
        const told = await editor.server.preview(state, width);
        this.image = await createImageBitmap(told.blob);
        this.wanted = wanted;
        const size = told.size.length === 2 ? told.size : [this.image.width, this.image.height];
        const points = this.points();
        this.shown = told.box.length === 4 && points.length ? new Shown({ size, box: told.box, placement, points }) : null;
        this.seen = placement;
        editor.breaches(told.breaches);
      } catch (error) {
        if (isDropped(error)) return;
        editor.refused(error);
      }
    }
    if (token !== this.token) return;
    this.isAsking = false;
    editor.stage.draw();
    if (this.held && JSON.stringify([this.state, width]) !== this.wanted) this.ask();
  }

  get gestures() {
    const moved = (dx, dy, more = {}) => {
      const [, , width, height] = this.rect();
      const raw = this.raw ??= { ...this.placement };
      raw.dx += dx / width;
      raw.dy += dy / height;
      Object.assign(raw, more);
      this.place({ ...raw, turn: more.turn === undefined ? raw.turn : snappedTurn(raw.turn) });
    };
    let last = null;
    const end = () => { this.raw = null; last = null; this.release(); };
    return this.acts ??= {
      down: (at) => { last = at; this.raw = null; },
      move: (at, from, hasMoved) => {
        if (!hasMoved || !this.image) return;
        moved(at[0] - last[0], at[1] - last[1]);
        last = at;
      },
      up: end,
      cancel: () => { last = null; },
      pinch: ({ dx, dy, factor, turn }) => {
        const raw = this.raw ?? this.placement;
        moved(dx, dy, { scale: within(raw.scale * factor, 0.2, 4), turn: raw.turn + turn });
      },
      pinched: end,
      wheel: (at, factor) => {
        this.hold({ scale: within(this.placement.scale * factor, 0.2, 4) });
        clearTimeout(this.wheeling);
        this.wheeling = setTimeout(() => this.release(), 250);
      },
    };
  }

  place(placement) {
    const before = this.lines.length;
    const { placement: found, lines } = this.shown ? this.shown.snapped(placement) : { placement, lines: [] };
    this.lines = lines;
    if (lines.length > before) this.editor.telegram.haptic("tick");
    this.hold(found);
  }

  key(event) {
    const arrow = KEYS[event.key];
    const factor = { "+": 1.05, "=": 1.05, "-": 1 / 1.05 }[event.key];
    if (arrow) this.put({ [arrow[0]]: within(this.placement[arrow[0]] + arrow[1] * NUDGE * (event.shiftKey ? 5 : 1), -1, 1) });
    else if (factor) this.put({ scale: within(this.placement.scale * factor, 0.2, 4) });
    else return false;
    return true;
  }

  // Left, top, width, height of the finished picture on the stage.
  rect() {
    const { size } = this.editor.stage;
    const own = [this.image.width, this.image.height];
    const scale = Math.min((size[0] - 16) / own[0], (size[1] - 16) / own[1]);
    return [(size[0] - own[0] * scale) / 2, (size[1] - own[1] * scale) / 2, own[0] * scale, own[1] * scale];
  }

  draw(context) {
    if (!this.image) return;
    const rect = this.rect();
    context.drawImage(this.image, ...rect);
    if (this.shown && JSON.stringify(this.placement) !== JSON.stringify(this.seen)) this.drawGhost(context, rect);
    const [left, top, width, height] = rect;
    context.fillStyle = "#ff2d78";
    for (const { x, y } of this.lines) {
      if (x !== undefined) context.fillRect(left + x * width - 0.75, top, 1.5, height);
      else context.fillRect(left, top + y * height - 0.75, width, 1.5);
    }
  }

  // The product where the finger has it, until the bot's picture is there.
  drawGhost(context, [left, top, width, height]) {
    const { model, picture } = this.editor;
    const { placement: held, shown } = this;
    const { width: wide, height: high } = model.session;
    const unit = width / shown.size[0];
    const [x, y] = shown.centre(held);
    const scale = shown.unit * held.scale * unit;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    const [boxLeft, boxTop, boxRight, boxBottom] = shown.box(held).map((side) => side * unit);
    const frame = new Path2D();
    frame.rect(0, 0, 1, 1);
    drawOutline(context, frame, [left + boxLeft, top + boxTop, boxRight - boxLeft, boxBottom - boxTop]);
    context.translate(left + x * unit, top + y * unit);
    context.rotate((held.turn * Math.PI) / 180);
    context.scale(scale * (held.mirror ? -1 : 1), scale);
    context.translate(-shown.middle[0], -shown.middle[1]);
    context.globalAlpha = GHOST;
    context.drawImage(this.editor.sprite(picture), 0, 0, wide, high);
    context.restore();
  }
}
