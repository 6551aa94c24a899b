// What the page asks of the bot. A newer request of a lane drops the one before it; while the bot
// is away, the newest of each lane is sent again until it is answered.

const AWAY = new Set([502, 503, 504]);
const TOO_FAST = 429;
const WAITS_MS = [300, 700, 1500, 3000];
const TOO_FAST_MS = 1500;
const ANSWER_MS = 40000;

export class Refused extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

export const isDropped = (error) => error.name === "AbortError";

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

export class Server {
  // `onAway(sentence)` is called when the bot does not answer, `onBack()` when it does again.
  constructor(key, initData, { onAway, onBack }) {
    this.path = `api/${encodeURIComponent(key)}`;
    this.headers = { Authorization: `tma ${initData}` };
    this.onAway = onAway;
    this.onBack = onBack;
    this.lanes = new Map();
    this.isAway = false;
    this.sequence = 0;
  }

  drop(lane) { this.lanes.get(lane)?.abort(); }

  // `read` is "json", "blob" or "text". Rejects with Refused, or AbortError where dropped.
  async ask(lane, path, { method = "GET", json, blob, read = "text" } = {}) {
    this.drop(lane);
    const control = new AbortController();
    this.lanes.set(lane, control);
    const given = { method, headers: { ...this.headers } };
    if (json) { given.body = JSON.stringify(json); given.headers["Content-Type"] = "application/json"; }
    if (blob) { given.body = blob; given.headers["Content-Type"] = "image/png"; }
    for (let tries = 0; ; tries += 1) {
      const answer = await this.once(`${this.path}${path}`, given, read, control.signal);
      if (answer?.ok) {
        if (this.isAway) this.onBack();
        this.isAway = false;
        return answer;
      }
      if (answer && !AWAY.has(answer.status) && answer.status !== TOO_FAST) throw new Refused(answer.sentence, answer.status);
      this.isAway = true;
      this.onAway(answer?.sentence ?? "");
      const wait = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)];
      await pause(answer?.status === TOO_FAST ? Math.max(wait, TOO_FAST_MS) : wait, control.signal);
    }
  }

  // Returns null where the bot cannot be reached.
  async once(url, given, read, signal) {
    const one = new AbortController();
    const stop = () => one.abort();
    signal.addEventListener("abort", stop, { once: true });
    const timer = setTimeout(stop, ANSWER_MS);
    try {
      const answer = await fetch(url, { ...given, signal: one.signal });
      if (answer.ok) return { ok: true, headers: answer.headers, body: await answer[read]() };
      const told = await answer.json().catch(() => ({}));
      return { ok: false, status: answer.status, sentence: told.error ?? "" };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof TypeError || isDropped(error)) return null;
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  async session() { return (await this.ask("session", "", { read: "json" })).body; }

  async picture() { return (await this.ask("picture", "/picture", { read: "blob" })).body; }

  async parts() { return (await this.ask("parts", "/parts", { read: "json" })).body.parts; }

  // The thumbnail of a background of the seller's own.
  async backdrop(name) { return (await this.ask("backdrop", `/backdrops/${encodeURIComponent(name)}`, { read: "blob" })).body; }

  async touch(outline) {
    this.sequence += 1;
    return (await this.ask("touch", "/touch", { method: "POST", json: { ...outline, sequence: this.sequence }, read: "json" })).body.mask;
  }

  async paint(png, { snaps }) {
    const path = snaps ? "/mask?snap=1" : "/mask";
    return (await this.ask("touch", path, { method: "PUT", blob: png, read: "json" })).body.mask;
  }

  async preview(state, width) {
    const { headers, body } = await this.ask("preview", "/preview", { method: "POST", json: { ...state, width }, read: "blob" });
    const numbers = (name) => (headers.get(name) ?? "").split(",").map(Number);
    return { blob: body, breaches: JSON.parse(headers.get("X-Breaches") ?? "[]"), size: numbers("X-Size"), box: numbers("X-Product") };
  }

  async keep(state) { await this.ask("state", "/state", { method: "PUT", json: state }); }

  // The page closes: nobody waits for an answer.
  keepLast(state) {
    this.drop("state");
    fetch(`${this.path}/state`, { method: "PUT", body: JSON.stringify(state), headers: { ...this.headers, "Content-Type": "application/json" }, keepalive: true }).catch(() => {});
  }

  // Where the answer gets lost it is asked again, by the same name: it is sent once.
  async done(state, copy) {
    const name = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    await this.ask("done", "/done", { method: "POST", json: { ...state, copy, name } });
  }
}
