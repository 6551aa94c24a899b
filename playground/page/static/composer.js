// Where one writes: words, files, samples, commands, and what one answers to.
import { el, icon, toast } from "./dom.js";
import { quote } from "./message.js";
import { sampleUrl } from "./server.js";
import { t } from "./words.js";

export class Composer {
  constructor(root, { send, edit, samples }) {
    this.root = root;
    this.send = send;
    this.edit = edit;
    this.samples = samples;
    this.files = [];
    this.asFiles = false;
    this.replyTo = null;
    this.changing = null;
    this.commands = [];
    this.open = "";
    this.drafts = new Map();
    this.area = el("textarea", { rows: "1", oninput: () => this.grow(), onkeydown: (event) => this.key(event), onpaste: (event) => this.paste(event) });
    this.picker = el("input", { type: "file", multiple: true, hidden: true, id: "picker", onchange: () => { this.add(this.picker.files); this.picker.value = ""; } });
  }

  show(key, language, commands) {
    if (this.key_ !== key) {
      this.drafts.set(this.key_, this.area.value);
      this.area.value = this.drafts.get(key) ?? "";
      this.key_ = key;
      this.replyTo = null;
      this.changing = null;
      this.open = "";
    }
    this.language = language;
    this.commands = commands;
    this.render();
  }

  render() {
    const { language } = this;
    const say = (name) => t(language, name);
    this.area.placeholder = say("write");
    this.area.setAttribute("aria-label", say("write"));
    this.picker.setAttribute("aria-label", say("attach"));
    const toggle = (name) => () => { this.open = this.open === name ? "" : name; this.render(); };
    this.button = icon("send", say("send"), { class: "send", onclick: () => this.go() });
    this.root.replaceChildren(
      ...[
        this.replyTo && el("div", { class: "quoted" }, quote(this.replyTo, language, () => {}), icon("close", say("remove"), { onclick: () => this.answer(null) })),
        this.changing && el("div", { class: "quoted" }, el("b", {}, say("change")), quote(this.changing, language, () => {}), icon("close", say("remove"), { onclick: () => this.change(null) })),
        this.files.length > 0 && this.tray(say),
        this.open === "menu" && el("div", { class: "menu" }, this.commands.map((one) => el("button", { type: "button", onclick: () => { this.open = ""; this.render(); this.send({ text: `/${one.command}`, files: [] }); } }, el("b", {}, `/${one.command}`), el("span", {}, one.description)))),
        this.open === "samples" && el("div", { class: "samples" }, this.samples.map((name) => el("button", { type: "button", "aria-label": name, onclick: () => this.take(name) }, el("img", { src: sampleUrl(name), alt: name })))),
        el("div", { class: "writing" }, icon("menu", say("menu"), { onclick: toggle("menu"), "aria-expanded": String(this.open === "menu") }), icon("photos", say("samples"), { onclick: toggle("samples"), "aria-expanded": String(this.open === "samples") }), this.area, icon("attach", say("attach"), { onclick: () => this.picker.click() }), this.button),
        this.picker,
      ].filter(Boolean),
    );
    this.grow();
  }

  tray(say) {
    const shown = this.files.map((file, at) =>
      el(
        "figure",
        {},
        file.type.startsWith("image/") && !/hei[cf]|tiff/.test(file.type) ? el("img", { src: this.preview(file), alt: file.name }) : el("div", { class: "name" }, file.name),
        el("button", { type: "button", "aria-label": `${say("remove")}: ${file.name}`, onclick: () => { this.files.splice(at, 1); this.render(); } }, "×"),
      ),
    );
    const as = el("label", {}, el("input", { type: "checkbox", checked: this.asFiles, onchange: (event) => { this.asFiles = event.target.checked; } }), say("asFiles"));
    return el("div", { class: "tray" }, shown, as);
  }

  preview(file) {
    this.previews ??= new WeakMap();
    if (!this.previews.has(file)) this.previews.set(file, URL.createObjectURL(file));
    return this.previews.get(file);
  }

  add(files) {
    this.files.push(...files);
    this.render();
    this.area.focus();
  }

  answer(message) {
    this.replyTo = message;
    this.changing = null;
    this.render();
    this.area.focus();
  }

  change(message) {
    this.changing = message;
    this.replyTo = null;
    this.area.value = message ? (message.text ?? message.caption) : "";
    this.render();
    this.area.focus();
  }

  async take(name) {
    const blob = await (await fetch(sampleUrl(name))).blob();
    this.open = "";
    this.add([new File([blob], name, { type: "image/jpeg" })]);
  }

  grow() {
    this.area.style.height = "auto";
    this.area.style.height = `${this.area.scrollHeight}px`;
    if (this.button) this.button.disabled = !this.area.value.trim() && this.files.length === 0;
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.go();
  }

  paste(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  async go() {
    const text = this.area.value;
    if (!text.trim() && this.files.length === 0) return;
    if (this.changing) {
      try {
        await this.edit(this.changing, text);
        this.change(null);
      } catch (error) {
        toast(error.message);
      }
      return;
    }
    const sent = { text, files: this.files, asFiles: this.asFiles, replyTo: this.replyTo?.message_id };
    try {
      await this.send(sent);
      this.area.value = "";
      this.files = [];
      this.asFiles = false;
      this.replyTo = null;
      this.render();
    } catch (error) {
      toast(error.message);
    }
  }
}
