// Words of the page in the person's language, and the server's sentences in it.

const LANGUAGES = ["en", "tpi"];

let words = {};
let language = "en";

/** Load all words; they lie beside the page. */
export async function loadWords() {
  words = await (await fetch("/scan/words.json")).json();
}

/** Speak a language from now on; without one, what the browser speaks, else English. */
export function speak(wanted) {
  const told = [wanted, ...navigator.languages.map((one) => one.slice(0, 3).replace("-", ""))];
  language = told.find((one) => LANGUAGES.includes(one)) ?? "en";
  document.documentElement.lang = language;
}

export function spoken() {
  return language;
}

/** Return the language that is not spoken now. */
export function otherLanguage() {
  return LANGUAGES.find((one) => one !== language);
}

/** Return a word or sentence with its values. */
export function t(code, values = {}) {
  const text = words[code]?.[language] ?? code;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Return a word in another language than the one that is spoken. */
export function inLanguage(code, other) {
  return words[code]?.[other] ?? code;
}

/** Return the word of a code that the server uses, or the code with spaces. */
export function word(group, code) {
  return words[`${group}.${code}`]?.[language] ?? String(code).replaceAll("_", " ");
}

/** Return a sentence that the server wrote in each language. */
export function said(texts) {
  return texts?.[language] ?? texts?.en ?? "";
}

/** Return the sentence of a refusal: the page's own where it has one, else the server's. */
export function problemText(problem) {
  const own = words[`problem.${problem.code}`]?.[language] ?? problem.detail;
  const more = (problem.errors ?? []).map((one) => one.detail).join(" ");
  return [own, more].filter(Boolean).join(" ");
}
