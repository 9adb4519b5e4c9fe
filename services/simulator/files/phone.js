// Feature phones that do what real ones do: an SMS goes out as Kannel hands it on (docs/kannel.md),
// a call of a code as a USSD operator forwards it, and what comes back is what was really sent.

const setup = await (await fetch("/simulator/setup")).json();

const KEYS = {
  1: ".,?!1", 2: "abc2", 3: "def3", 4: "ghi4", 5: "jkl5", 6: "mno6", 7: "pqrs7", 8: "tuv8",
  9: "wxyz9", "*": "*+-/:@", 0: " 0", "#": "#",
};
const PAD = "123456789*0#";
const LABELS = { 1: ".,?", "*": "+", 0: "␣", "#": "abc" };
const MODES = ["ABC", "abc", "123"];
const TAP = 900, BUSY = 1000, IDLE = 4000, LIVELY = 20000, RING = 700; // milliseconds

const kept = (name, otherwise) => JSON.parse(sessionStorage.getItem(name)) ?? otherwise;
const keep = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));
const element = (selector, inside = document) => inside.querySelector(selector);

let language = kept("language", "en");
const word = (code) => setup.words[language][code].replace("{code}", setup.ussd.code);

// ---- What an SMS takes: 3GPP TS 23.038 and 23.040, with the server's own table.

export function count(text) {
  const { basic, extension, gsm7, ucs2 } = setup.alphabet;
  const letters = [...text];
  const plain = letters.every((one) => basic.includes(one) || extension.includes(one));
  const widths = letters.map((one) => (plain ? 1 + extension.includes(one) : one.length));
  const [single, part] = plain ? gsm7 : ucs2;
  const units = widths.reduce((sum, width) => sum + width, 0);
  let segments = 1, used = 0;
  for (const width of units > single ? widths : []) {
    if (used + width > part) [segments, used] = [segments + 1, 0];
    used += width;
  }
  const room = (segments === 1 ? single : part * segments) - units;
  return { encoding: plain ? "GSM-7" : "UCS-2", units, segments, room };
}

// ---- The operator: requests that reach the server, and nothing else.

const hexadecimal = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return hexadecimal(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// A phone writes what GSM-7 lacks in UCS-2, which Kannel hands on as it came.
function bytesOf(text, plain) {
  if (plain) return new TextEncoder().encode(text);
  const units = [...Array(text.length).keys()].map((at) => text.charCodeAt(at));
  return Uint8Array.from(units.flatMap((unit) => [unit >> 8, unit & 255]));
}

async function ask(address, request) {
  const answer = await fetch(address, request);
  const text = await answer.text();
  if (answer.ok) return text;
  let detail = `${answer.status}`;
  try {
    detail = JSON.parse(text).detail;
  } catch {}
  throw new Error(detail);
}

function sendText(number, text, id) {
  const plain = count(text).encoding === "GSM-7";
  const told = new URLSearchParams({
    from: number,
    to: setup.sms.to,
    id,
    ts: new Date().toISOString().slice(0, 19).replace("T", " "),
    charset: plain ? "UTF-8" : "UTF-16BE",
    coding: plain ? "0" : "2",
  });
  const headers = { "Content-Type": "text/plain" };
  return ask(`${setup.sms.address}&${told}`, { method: "POST", headers, body: bytesOf(text, plain) });
}

function stepOfCall(number, session, inputs) {
  const body = new URLSearchParams({
    sessionId: session,
    phoneNumber: number,
    serviceCode: setup.ussd.code,
    networkCode: setup.ussd.network,
    text: inputs.join("*"),
  });
  const signal = AbortSignal.timeout(setup.ussd.seconds * 1000);
  return ask(setup.ussd.address, { method: "POST", body, signal });
}

async function textsOf(number) {
  return JSON.parse(await ask(`/simulator/phones/${encodeURIComponent(number)}/texts`));
}

// The inputs of a dialled code: none of *123#, two of *123*1*2#; undefined where it is another's.
function inputsOf(dialled) {
  const start = setup.ussd.code.slice(0, -1);
  if (dialled === setup.ussd.code) return [];
  if (!dialled.startsWith(`${start}*`) || !dialled.endsWith("#")) return undefined;
  return dialled.slice(start.length + 1, -1).split("*");
}

// ---- What a phone shows. Each view: title, body, words of the two soft keys, and what keys do.

// The server keeps times to the second.
const second = (at) => Math.floor(new Date(at) / 1000);
const clock = (at) => new Date(at).toTimeString().slice(0, 5);

const VIEWS = {
  home: {
    title: () => "",
    body: (phone) => [
      line("clock", clock(Date.now())),
      line("operator", `Bilum ${setup.sms.to}`),
      line("hint", phone.unread ? `✉ ${phone.unread} ${word("arrived")}` : setup.ussd.code),
    ],
    soft: () => ["write", "messages"],
    left: (phone) => phone.go("write"),
    right: (phone) => phone.go("list", { chosen: 0 }),
    ok: (phone) => phone.go("list", { chosen: 0 }),
    letter: (phone, letter) => {
      phone.go(/[0-9*#+]/.test(letter) ? "dial" : "write");
      phone.insert(letter);
    },
    key: (phone, key) => VIEWS.home.letter(phone, key),
  },
  write: {
    title: () => word("writing"),
    aside: (phone) => {
      const { room, segments, encoding } = count(phone.text);
      return `${room}/${segments} ${encoding === "UCS-2" ? encoding : MODES[phone.mode]}`;
    },
    body: (phone) => typed(phone),
    soft: () => ["send", "clear"],
    left: (phone) => phone.send(),
    ok: (phone) => phone.send(),
    call: (phone) => phone.send(),
    right: (phone) => phone.erase() || phone.go("home"),
    letter: (phone, letter) => phone.insert(letter),
    key: (phone, key) => phone.tap(key),
  },
  dial: {
    title: () => word("call"),
    body: (phone) => [line("dialled", phone.text, "cursor")],
    soft: () => ["call", "clear"],
    left: (phone) => phone.dial(),
    ok: (phone) => phone.dial(),
    call: (phone) => phone.dial(),
    right: (phone) => (phone.erase(), phone.text || phone.go("home")),
    letter: (phone, letter) => /[0-9*#+]/.test(letter) && phone.insert(letter),
    key: (phone, key) => phone.insert(key),
  },
  list: {
    title: () => word("messages"),
    body: (phone) => (phone.messages.length ? entries(phone) : [line("hint", word("no_messages"))]),
    soft: (phone) => [phone.messages.length ? "read" : "", "back"],
    left: (phone) => phone.messages.length && phone.read(phone.state.chosen),
    ok: (phone) => VIEWS.list.left(phone),
    right: (phone) => phone.go("home"),
    up: (phone) => phone.choose(-1),
    down: (phone) => phone.choose(1),
  },
  message: {
    title: (phone) => `${phone.state.message.mine ? "→" : "←"} ${setup.sms.to}`,
    aside: (phone) => clock(phone.state.message.at),
    body: (phone) => [line("", phone.state.message.text)],
    soft: (phone) => [phone.state.message.mine ? "again" : "reply", "back"],
    left: (phone) => {
      phone.go("write");
      if (phone.state.before.mine) phone.fill(phone.state.before.text);
    },
    right: (phone) => phone.go("list", { chosen: phone.state.chosen }),
    up: (phone) => phone.scroll(-1),
    down: (phone) => phone.scroll(1),
  },
  note: {
    title: () => "",
    body: (phone) => [line("note", phone.state.text)],
    soft: (phone) => [phone.state.again ? "again" : "ok", phone.state.again ? "back" : ""],
    left: (phone) => (phone.state.again ? phone.state.again() : phone.go("home")),
    ok: (phone) => VIEWS.note.left(phone),
    right: (phone) => phone.state.again && phone.go("home"),
  },
  arrived: {
    title: () => "",
    body: (phone) => [line("big", "✉"), line("note", `${phone.unread} ${word("arrived")}`)],
    soft: () => ["read", "back"],
    left: (phone) => phone.read(phone.messages.findIndex((one) => phone.isNew(one))),
    ok: (phone) => VIEWS.arrived.left(phone),
    right: (phone) => phone.go("home"),
  },
  wait: {
    title: () => "",
    body: () => [line("note", word("wait"))],
    soft: () => ["", ""],
  },
  call: {
    title: () => setup.ussd.code,
    aside: (phone) => MODES[phone.mode],
    body: (phone) => [line("", phone.state.text), line("input", phone.text, "cursor")],
    soft: (phone) => ["send", phone.text ? "clear" : "end"],
    left: (phone) => phone.answer(),
    ok: (phone) => phone.answer(),
    call: (phone) => phone.answer(),
    right: (phone) => phone.erase() || phone.go("home"),
    letter: (phone, letter) => phone.insert(letter),
    key: (phone, key) => phone.tap(key),
    up: (phone) => phone.scroll(-1),
    down: (phone) => phone.scroll(1),
  },
  ended: {
    title: () => setup.ussd.code,
    body: (phone) => [line("", phone.state.text)],
    soft: () => ["ok", ""],
    left: (phone) => phone.go("home"),
    ok: (phone) => phone.go("home"),
    up: (phone) => phone.scroll(-1),
    down: (phone) => phone.scroll(1),
  },
};

function line(kind, text, ...more) {
  const shown = document.createElement("p");
  shown.className = [kind, ...more].join(" ").trim();
  shown.textContent = text;
  return shown;
}

function typed(phone) {
  return [line("typed", phone.text, "cursor", phone.tapped ? "tapping" : "")];
}

function entries(phone) {
  return phone.messages.map((message, at) => {
    const unread = phone.isNew(message);
    const mark = message.mine ? "→" : unread ? "✉" : "←";
    const shown = line("entry", `${mark} ${message.text}`, unread ? "unread" : "");
    shown.classList.toggle("chosen", at === phone.state.chosen);
    return shown;
  });
}

// ---- A phone.

class Handset {
  constructor(number, name) {
    Object.assign(this, { number, name, text: "", mode: 0, tapped: null, received: [] });
    this.placed = second(Date.now());
    this.seen = kept(`seen ${number}`, []);
    this.sent = kept(`sent ${number}`, []);
    this.state = { view: "home" };
    this.root = element("#handset").content.firstElementChild.cloneNode(true);
    this.root.dataset.number = number;
    for (const key of PAD) this.addKey(key);
    for (const button of this.root.querySelectorAll("button")) {
      // The focus stays on the phone, so that one may go on typing.
      button.addEventListener("pointerdown", (event) => (event.preventDefault(), activate(this)));
      button.addEventListener("click", () => this.press(button.dataset.key));
      button.tabIndex = -1;
    }
    this.root.addEventListener("pointerdown", () => activate(this));
    this.root.addEventListener("focus", () => activate(this));
  }

  addKey(key) {
    const button = document.createElement("button");
    button.dataset.key = key;
    button.append(key);
    const small = document.createElement("small");
    small.textContent = LABELS[key] ?? KEYS[key].slice(0, -1);
    button.append(small);
    element(".keys", this.root).append(button);
  }

  get view() {
    return VIEWS[this.state.view];
  }

  get messages() {
    // Of one second the texts that came are newer: an answer follows its question.
    const all = [...[...this.received].reverse(), ...this.sent];
    return all.sort((one, other) => second(other.at) - second(one.at));
  }

  get unread() {
    return this.received.filter((one) => this.isNew(one)).length;
  }

  isNew(message) {
    return !message.mine && !this.seen.includes(message.id);
  }

  go(view, more = {}) {
    this.state = { view, before: this.state.message ?? {}, ...more };
    this.mode = MODES.indexOf(view === "call" ? "123" : "ABC");
    this.fill("");
  }

  fill(text) {
    this.text = text;
    this.tapped = null;
    this.draw();
  }

  insert(letter) {
    this.fill(this.text + letter);
  }

  erase() {
    const had = this.text !== "";
    this.fill([...this.text].slice(0, -1).join(""));
    return had;
  }

  // The same key again within a moment changes the letter that it wrote.
  tap(key) {
    if (key === "#") {
      this.mode = (this.mode + 1) % MODES.length;
      this.fill(this.text);
      return;
    }
    const letters = MODES[this.mode] === "123" ? key : KEYS[key];
    const again = this.tapped?.key === key && letters.length > 1;
    const at = again ? (this.tapped.at + 1) % letters.length : 0;
    const letter = MODES[this.mode] === "ABC" ? letters[at].toUpperCase() : letters[at];
    clearTimeout(this.tapping);
    this.fill((again ? this.text.slice(0, -1) : this.text) + letter);
    this.tapped = { key, at };
    this.tapping = setTimeout(() => this.fill(this.text), TAP);
    this.draw();
  }

  press(key) {
    if (key === "end") return this.go("home");
    if (key in KEYS) return this.view.key?.(this, key);
    return this.view[key]?.(this);
  }

  // A key of the computer's keyboard; tells whether it meant something.
  type(key) {
    const named = { Enter: "ok", Escape: "end", ArrowUp: "up", ArrowDown: "down" }[key];
    if (named) this.press(named);
    else if (key === "Backspace") this.press("right");
    else if ([...key].length === 1) this.view.letter?.(this, key);
    else return false;
    return true;
  }

  choose(step) {
    const last = this.messages.length - 1;
    this.state.chosen = Math.min(Math.max(this.state.chosen + step, 0), last);
    this.draw();
  }

  scroll(step) {
    element(".body", this.root).scrollBy(0, step * 60);
  }

  read(at) {
    const message = this.messages[at];
    if (!this.seen.includes(message.id)) this.seen.push(message.id);
    keep(`seen ${this.number}`, this.seen);
    this.go("message", { message, chosen: at });
  }

  async send(text = this.text, id = newId(), at = new Date().toISOString()) {
    if (!text) return;
    this.go("wait");
    lively();
    try {
      await sendText(this.number, text, id);
    } catch (error) {
      const told = `${word("not_sent")} ${error.message}`;
      this.go("note", { text: told, again: () => this.send(text, id, at) });
      return;
    }
    this.sent.push({ id, text, at, mine: true });
    keep(`sent ${this.number}`, this.sent);
    tried(text);
    // An answer may have overtaken the operator's own.
    if (this.state.view === "wait") this.go(this.unread ? "arrived" : "note", { text: word("sent") });
  }

  dial() {
    const inputs = inputsOf(this.text);
    if (!inputs) return this.go("note", { text: word("codes_only") });
    tried(this.text);
    return this.step(newId(), inputs);
  }

  answer() {
    return this.step(this.state.session, [...this.state.inputs, this.text]);
  }

  async step(session, inputs) {
    const waiting = { session };
    this.go("wait", waiting);
    const here = this.state;
    lively();
    let told;
    try {
      told = await stepOfCall(this.number, session, inputs);
    } catch (error) {
      told = `END ${error.name === "Error" ? error.message : word("no_answer")}`;
    }
    if (this.state !== here) return; // The person has hung up.
    const [, kind, text] = /^(CON|END) ([^]*)$/.exec(told) ?? [null, "END", word("nothing")];
    if (kind === "CON") this.go("call", { session, inputs, text });
    else this.go("ended", { text });
  }

  // What has reached the phone; what came before it lay on the desk is no news.
  take(texts) {
    if (this.received.length === texts.length && this.received.at(-1)?.id === texts.at(-1)?.id) return;
    const old = texts.filter((one) => second(one.at) < this.placed).map((one) => one.id);
    this.seen = [...new Set([...this.seen, ...old])];
    keep(`seen ${this.number}`, this.seen);
    const known = this.received.map((one) => one.id);
    this.received = texts;
    if (texts.some((one) => ![...known, ...this.seen].includes(one.id))) this.ring();
    this.draw();
  }

  ring() {
    this.root.classList.add("rings");
    setTimeout(() => this.root.classList.remove("rings"), RING);
    if (["home", "note"].includes(this.state.view) && !this.state.again) this.go("arrived");
  }

  draw() {
    const show = (selector, text) => (element(selector, this.root).textContent = text);
    const [left, right] = this.view.soft(this);
    this.root.dataset.view = this.state.view;
    show(".number", this.number.replace(/^(\+675)(\d{4})/, "$1 $2 "));
    show(".owner", this.name);
    show(".envelope", this.unread ? "✉" : "");
    const title = element(".title", this.root);
    title.replaceChildren(this.view.title(this));
    if (this.view.aside) title.append(line("aside", this.view.aside(this)));
    show(".left", left && word(left));
    show(".right", right && word(right));
    element(".body", this.root).replaceChildren(...this.view.body(this));
    element(".chosen, .cursor", this.root)?.scrollIntoView({ block: "nearest" });
  }
}

// ---- The page: which phones lie on the desk, the language, what to try.

const phones = new Map();
const names = new Map(setup.phones.map((one) => [one.number, one.name]));
let active = null, livelyUntil = 0, polling = 0;

const lively = () => {
  livelyUntil = Date.now() + LIVELY;
  clearTimeout(polling);
  polling = setTimeout(poll, BUSY / 2);
};

function activate(phone) {
  if (active === phone) return;
  active?.root.classList.remove("active");
  active = phone;
  active?.root.classList.add("active");
  if (active && document.activeElement !== active.root) active.root.focus({ preventScroll: true });
}

function place(number) {
  const phone = new Handset(number, names.get(number) ?? "");
  phones.set(number, phone);
  element("#desk").append(phone.root);
  phone.draw();
  activate(phone);
  lively();
}

function takeAway(number) {
  const phone = phones.get(number);
  phones.delete(number);
  phone.root.remove();
  if (active === phone) activate([...phones.values()].at(-1) ?? null);
}

function toggle(number) {
  if (phones.has(number)) takeAway(number);
  else place(number);
  keep("phones", [...phones.keys()]);
  drawPage();
}

function tried(text) {
  const found = Object.values(setup.firsts).map((all) => all.findIndex((one) => same(one.text, text)));
  keep("tried", [...new Set([...kept("tried", []), ...found])]);
  drawPage();
}

const same = (one, other) => one.toUpperCase() === other.trim().toUpperCase();

function drawPage() {
  document.documentElement.lang = language;
  document.title = `Bilum – ${word("title")}`;
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = word(one.dataset.word);
  element("#languages").replaceChildren(
    ...[["en", "English"], ["tpi", "Tok Pisin"]].map(([code, name]) => {
      const chosen = button(name, () => speak(code));
      chosen.setAttribute("aria-pressed", code === language);
      return chosen;
    }),
  );
  element("#phones").replaceChildren(
    ...[...names].map(([number, name]) => {
      const item = document.createElement("li");
      const chosen = button(`${number} ${name}`, () => toggle(number));
      chosen.setAttribute("aria-pressed", phones.has(number));
      item.append(chosen);
      return item;
    }),
  );
  element("#firsts").replaceChildren(
    ...setup.firsts[language].map(({ text, why }, place) => {
      const item = document.createElement("li");
      item.classList.toggle("done", kept("tried", []).includes(place));
      item.append(button(text, () => suggest(text)), line("small", why));
      return item;
    }),
  );
  for (const phone of phones.values()) phone.draw();
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function speak(code) {
  language = code;
  keep("language", code);
  drawPage();
}

function suggest(text) {
  if (!active) return;
  active.go(text.startsWith("*") ? "dial" : "write");
  active.fill(text);
  active.root.focus({ preventScroll: true });
}

async function poll() {
  clearTimeout(polling);
  let trouble = "";
  for (const phone of document.hidden ? [] : phones.values()) {
    try {
      phone.take((await textsOf(phone.number)).texts);
    } catch (error) {
      trouble = error.name === "Error" ? error.message : word("no_answer");
    }
  }
  element("#trouble").textContent = trouble;
  clearTimeout(polling);
  polling = setTimeout(poll, Date.now() < livelyUntil ? BUSY : IDLE);
}

async function addOther(event) {
  event.preventDefault();
  const field = event.target.elements.number;
  try {
    const { number } = await textsOf(field.value);
    names.set(number, names.get(number) ?? "");
    field.value = element("#refused").textContent = "";
    if (!phones.has(number)) toggle(number);
  } catch (error) {
    element("#refused").textContent = word(error.name === "Error" ? "no_number" : "no_answer");
  }
}

element("#other").addEventListener("submit", addOther);
document.addEventListener("keydown", (event) => {
  const elsewhere = event.target.closest("input, button, aside");
  if (elsewhere || event.ctrlKey || event.metaKey || event.altKey || !active) return;
  if (active.type(event.key)) event.preventDefault();
});

for (const number of kept("phones", setup.phones.slice(0, 2).map((one) => one.number))) {
  if (!names.has(number)) names.set(number, "");
  place(number);
}
activate([...phones.values()][0] ?? null);
drawPage();
poll();
