// What was done, step by step: each step is a whole picture of the editor's state, and undoing
// goes back to the one before. The bot answers with the mask of a step, and keeps the newest.
import { fromRuns } from "./mask.js";
import { grayPng } from "./png.js";
import { isDropped } from "./server.js";

const MOST_STEPS = 60;
const KEEP_MS = 250;
export const NOTHING = Object.freeze({ base: null, parts: [], box: null, clicks: [] });
const STANDING = Object.freeze({ ...NOTHING, base: "now" });
const LOOK = ["placement", "backdrop", "format", "shadow", "margin"];
export const PLACED = Object.freeze({ dx: 0, dy: 0, scale: 1, turn: 0, mirror: false });

const picked = (from, names) => Object.fromEntries(names.map((name) => [name, from?.[name] ?? null]));

export class Model extends EventTarget {
  // Tells "change" at each step and each answer, "refused" with the error as its detail.
  constructor(server, session) {
    super();
    this.server = server;
    this.session = session;
    this.standing = fromRuns(session.mask);
    const kept = session.state;
    const outline = kept ? { base: kept.base ?? kept.candidate ?? null, parts: kept.parts ?? [], box: kept.box, clicks: kept.clicks } : STANDING;
    const isPlain = !outline.base && !outline.box && !outline.clicks?.length;
    const begun = { outline: STANDING, mask: this.standing, png: null, levels: null, look: picked(null, LOOK) };
    const resumed = { outline: isPlain ? STANDING : outline, png: null, levels: null, look: picked(kept, LOOK) };
    resumed.mask = this.known(resumed.outline);
    this.begun = begun;
    this.steps = [resumed];
    this.at = 0;
    this.show(resumed.mask ? resumed : begun);
    this.painted = null;
    this.work = Promise.resolve();
    this.kept = JSON.stringify(this.state);
    if (!resumed.mask) this.sync();
  }

  get now() { return this.steps[this.at]; }
  get canUndo() { return this.at > 0; }
  get canRedo() { return this.at < this.steps.length - 1; }
  get isUntouched() {
    const { outline, look } = this.now;
    return JSON.stringify([outline, look]) === JSON.stringify([this.begun.outline, this.begun.look]);
  }

  // What the picture has, chosen here or as it came.
  look(name) { return this.now.look[name] ?? this.session.now?.[name] ?? null; }
  get placement() { return { ...PLACED, ...this.look("placement") }; }

  get state() {
    const { outline, look } = this.now;
    return { ...outline, candidate: outline.base, painted: outline.base === "painted", ...look };
  }

  // The mask of an outline that needs no question.
  known({ base, parts, box, clicks }) {
    if (parts.length || box || clicks.length) return null;
    if (base === "now") return this.standing;
    const candidate = this.session.candidates.find((one) => one.id === base);
    return candidate ? fromRuns(candidate.mask) : null;
  }

  // Takes a step to another outline; `mask`, `png` and `levels` come with what was painted.
  // `finish(server)` works out both once more, before the bot has them.
  outline(outline, { mask = this.known(outline), finish = null, ...painted } = {}) {
    const { png, levels } = outline.base === "painted" ? { ...this.now, ...painted } : { png: null, levels: null };
    this.step({ ...this.now, outline, mask, png, finish, levels });
    return this.sync();
  }

  dress(changes) {
    this.step({ ...this.now, look: { ...this.now.look, ...changes } });
    return this.sync();
  }

  startOver() {
    this.step({ ...this.begun });
    return this.sync();
  }

  undo() { this.go(-1); }
  redo() { this.go(1); }

  go(by) {
    const at = this.at + by;
    if (at < 0 || at >= this.steps.length) return;
    this.at = at;
    this.sync();
  }

  step(entry) {
    this.steps.splice(this.at + 1, Infinity, entry);
    if (this.steps.length > MOST_STEPS) this.steps.shift();
    this.at = this.steps.length - 1;
    this.isFinished = false;
  }

  // Brings the bot and the screen to the step that is open. Never rejects.
  sync() {
    if (this.now.mask) this.show(this.now);
    this.server.drop("touch"); // whatever is on its way belongs to another step
    const running = this.answer(this.now).catch((error) => {
      if (isDropped(error)) return;
      this.dropStep();
      this.dispatchEvent(new CustomEvent("refused", { detail: error }));
    });
    this.work = running;
    this.changed();
    return running;
  }

  async answer(entry) {
    if (entry.finish) {
      this.painted = null;
      Object.assign(entry, await entry.finish(this.server), { finish: null });
    }
    if (entry.png && entry.png !== this.painted) {
      const png = entry.png;
      this.painted = null;
      const mask = fromRuns(await this.server.paint(png, { snaps: false }));
      this.painted = png;
      if (!entry.outline.clicks.length && !entry.outline.parts.length) entry.mask = mask;
    }
    if (!entry.mask) {
      const { base, parts, box, clicks } = entry.outline;
      entry.mask = fromRuns(await this.server.touch({ base, parts, box, clicks }));
    }
    if (entry !== this.now) return;
    this.show(entry);
    this.changed();
  }

  show({ mask, outline }) {
    this.shown = mask;
    this.shownParts = outline.parts;
  }

  // Whether the seller has switched part `number` since the mask on the screen was answered.
  switched(number) { return this.shownParts.includes(number) !== this.now.outline.parts.includes(number); }

  // What was refused is no step.
  dropStep() {
    this.steps.splice(this.at, 1);
    this.at = Math.max(0, this.at - 1);
    if (!this.steps.length) this.steps.push({ ...this.begun });
    this.sync();
  }

  // The bot keeps the newest painting only. One of an earlier visit is about to be painted over:
  // whoever comes back to it paints it again.
  holdPainted() {
    const entry = this.now;
    const { mask } = entry;
    if (entry.outline.base !== "painted" || entry.png || entry.finish) return;
    entry.outline = { ...NOTHING, base: "painted" };
    entry.finish = async () => ({ png: await grayPng(mask) });
  }

  // Waits until the bot has the outline that is shown.
  async settled() {
    for (let work; work !== this.work;) {
      work = this.work;
      await work;
    }
  }

  changed() {
    this.dispatchEvent(new Event("change"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), KEEP_MS);
  }

  keep() {
    this.timer = 0;
    const told = JSON.stringify(this.state);
    if (told === this.kept || this.isFinished) return;
    this.kept = told;
    this.server.keep(this.state).catch((error) => {
      if (!isDropped(error)) this.kept = "";
    });
  }

  leave() {
    if (this.isFinished || JSON.stringify(this.state) === this.kept) return;
    clearTimeout(this.timer);
    this.kept = JSON.stringify(this.state);
    this.server.keepLast(this.state);
  }
}
