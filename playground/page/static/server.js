// Calls to the server, and what it tells as it happens.

async function post(path, body) {
  const isForm = body instanceof FormData;
  const response = await fetch(`/play/${path}`, {
    method: "POST",
    body: isForm ? body : JSON.stringify(body),
    headers: isForm ? {} : { "Content-Type": "application/json" },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.description ?? response.statusText);
  return answer;
}

export const state = async () => (await fetch("/play/state")).json();
export const tap = (body) => post("tap", body);
export const edit = (body) => post("edit", body);
export const forward = (body) => post("forward", body);
export const block = (body) => post("block", body);
export const webApp = (body) => post("web-app", body);
export const key = (body) => post("key", body);
export const faults = (body) => post("faults", body);

export function send({ from, chat, text, files, asFiles, replyTo }) {
  const form = new FormData();
  form.set("from", from);
  form.set("chat_id", chat);
  form.set("text", text);
  if (asFiles) form.set("as_files", "true");
  if (replyTo) form.set("reply_to", replyTo);
  for (const file of files) form.append("file", file, file.name);
  return post("send", form);
}

export const fileUrl = (id) => `/play/file/${encodeURIComponent(id)}`;
export const sampleUrl = (name) => `/play/samples/${encodeURIComponent(name)}`;

export function listen(heard, opened, lost) {
  const source = new EventSource("/play/events");
  source.onmessage = (event) => heard(JSON.parse(event.data));
  source.onopen = opened;
  source.onerror = lost;
}
