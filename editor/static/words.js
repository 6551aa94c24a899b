// What the page says: the bot's own catalogues, asked for in the seller's language.

const FALLBACK = "en";
const PREFIX = "editor-";
let words = {};
let spoken = "";

export async function speak(language) {
  const code = (language || FALLBACK).slice(0, 2).toLowerCase();
  if (code === spoken) return;
  for (const one of [code, FALLBACK]) {
    const answer = await fetch(`texts/${one}`).catch(() => null);
    if (!answer?.ok) continue;
    words = await answer.json();
    spoken = code;
    document.documentElement.lang = one;
    return;
  }
}

export const t = (name) => words[PREFIX + name] ?? name;
