// The screen on which animals are scanned. A reader in keyboard mode types into the one field.

import { signs } from "./animals.js";
import { button, el, fill, refill } from "./dom.js";
import { LONGEST_FILE, decode } from "./files.js";
import { addFile, addLines, alter, undo, upload } from "./sessions.js";
import { signal } from "./sound.js";
import { keep } from "./store.js";
import { groupDigits, splitLines, tally } from "./tags.js";
import { problemText, said, t } from "./words.js";

const SHOWN = 40;
const BURST = 150;

/** Draw the screen. */
export function scanScreen(app) {
  const parts = {
    count: el("p.count", { id: "count" }),
    sums: el("p.sums", { id: "sums" }),
    last: el("div.last", { id: "last", role: "status", "aria-live": "polite" }),
    problem: el("div"),
    tools: el("div.tools"),
    list: el("ol.scans", { id: "scans" }),
    note: el("div"),
  };
  const view = { app, parts, paused: false, judged: null, queue: Promise.resolve() };
  view.field = makeField(view);
  const file = makeFile(view);
  const finish = button(t("finish"), () => app.go("kind"), { look: "primary", id: "finish" });
  const node = el(
    "section.scan",
    { ondragover: (event) => event.preventDefault(), ondrop: (event) => dropped(view, event) },
    el("div.board", {}, parts.count, parts.sums, parts.last),
    parts.problem,
    el("label.small", { for: "wedge" }, t("wedge")),
    view.field,
    parts.tools,
    file,
    finish,
    parts.note,
    parts.list,
  );
  Object.assign(view, { file, node });
  return { node, focus: view.field, update: (state) => update(view, state) };
}

function update(view, state) {
  const { parts } = view;
  const readings = state.scans.filter((one) => !one.out && !one.file);
  const { told } = state.session;
  const sums = tally(readings);
  const filed = state.scans.some((one) => one.file) && told;
  const count = filed ? told.animals : sums.animals.length;
  fill(parts.count, String(count), el("span", {}, ` ${t(count === 1 ? "pig" : "pigs")}`));
  fill(
    parts.sums,
    t("sums", filed ? { repeats: told.duplicates, faults: told.faults.length } : sums),
  );
  drawLast(view, readings.at(-1), told);
  fill(parts.problem, problemOf(state));
  drawTools(view, readings.length);
  if (!view.writing) fill(parts.note, noteOf(state.session));
  fill(parts.list, listOf(state.scans, told));
}

function drawLast(view, last, told) {
  const { parts, judged } = view;
  if (view.paused) parts.last.className = "last paused";
  else parts.last.className = `last ${last ? (judged ?? "calm") : "calm"}`;
  if (view.paused) return fill(parts.last, el("p.tag", {}, t("paused")));
  if (!last) return fill(parts.last, el("p.hint", {}, t("ready")));
  const tag = last.tags.at(-1);
  const label = tag ? (judged ? t(`judged.${judged}`) : "") : t(`fault.${last.fault}`);
  return fill(
    parts.last,
    el("p.judged", {}, label),
    el("p.tag", {}, tag ? groupDigits(tag) : last.line),
    tag ? signs(told?.seen.find((one) => one.tag === tag)) : null,
  );
}

function drawTools(view, readings) {
  const loud = view.app.state.settings.loud ?? true;
  const keys = view.field.inputMode !== "none";
  const none = readings === 0;
  refill(view.parts.tools, [view.paused, loud, keys, none], () => [
    button(view.paused ? t("go_on") : t("pause"), () => pause(view), {
      id: "pause",
      "aria-pressed": String(view.paused),
    }),
    button(t("undo"), () => takeBack(view), { id: "undo", disabled: none }),
    button(t("file"), () => view.file.click(), { id: "choose" }),
    button(t("note"), () => writeNote(view), { id: "note" }),
    button(loud ? t("sound_off") : t("sound_on"), () => setLoud(view, !loud), { id: "sound" }),
    button(keys ? t("keyboard_off") : t("keyboard_on"), () => keyboard(view), { id: "keyboard" }),
  ]);
}

function problemOf({ session }) {
  const { problem } = session;
  return problem && el("p.trouble", { role: "alert" }, problemText(problem));
}

function noteOf({ note, told }) {
  const clock = told?.clock && el("p.caution", { id: "clock" }, said(told.clock.texts));
  return [clock, note && el("p.noted", { id: "noted" }, note)];
}

function listOf(scans, told) {
  const seen = new Map((told?.seen ?? []).map((one) => [one.tag, one]));
  const faults = (told?.faults ?? []).map((one) => el("li.fault", {}, said(one.texts)));
  const before = new Set();
  const items = scans.filter((one) => !one.out).map((one) => itemOf(one, before, seen));
  return [items.reverse().slice(0, SHOWN), faults.slice(0, SHOWN)];
}

function itemOf(scan, before, seen) {
  const sent = scan.sent === null ? el("i.unsent", {}, t("not_sent")) : null;
  if (scan.file) {
    return el("li.file", {}, el("b", {}, scan.file), ` ${t("lines", { count: scan.lines })} `, sent);
  }
  if (!scan.tags.length) {
    return el("li.fault", {}, el("b", {}, scan.line), ` ${t(`fault.${scan.fault}`)} `, sent);
  }
  return scan.tags.map((tag) => {
    const repeat = before.has(tag);
    before.add(tag);
    return el(
      `li.${repeat ? "repeat" : "new"}`,
      { "data-tag": tag },
      el("b", {}, groupDigits(tag)),
      repeat ? ` ${t("judged.repeat")} ` : " ",
      sent,
      repeat ? null : signs(seen.get(tag)),
    );
  });
}

function makeField(view) {
  const field = el("textarea.wedge", {
    id: "wedge",
    rows: 1,
    inputmode: "none",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    onkeydown: (event) => keyed(view, event),
    oninput: () => field.value.includes("\n") && take(view),
  });
  // Whatever a reader types while the focus is elsewhere belongs here too.
  document.addEventListener("keydown", (event) => {
    if (!field.isConnected || event.ctrlKey || event.altKey || event.metaKey) return;
    const typing = event.target.matches?.("input, textarea, select");
    if (!typing && /^[A-Za-z0-9]$/.test(event.key)) field.focus();
  });
  return field;
}

function keyed(view, event) {
  const { field } = view;
  clearTimeout(view.burst);
  if (event.key === "Enter") {
    event.preventDefault();
    take(view);
  } else if (event.key === "Tab" && field.value.trim() && !event.shiftKey) {
    // Some readers put it between tag and date, some after the line: a reader is never so slow.
    event.preventDefault();
    field.value += "\t";
    view.burst = setTimeout(() => take(view), BURST);
  }
}

function take(view) {
  const { field } = view;
  const lines = splitLines(field.value);
  field.value = "";
  if (view.paused || !lines.length) return;
  const now = new Date();
  // One after the other: each is compared with those before.
  view.node.setAttribute("aria-busy", "true");
  const mine = view.queue.then(() => add(view, lines, now)).catch(() => notKept(view, lines));
  view.queue = mine;
  mine.finally(() => view.queue === mine && view.node.removeAttribute("aria-busy"));
}

async function add(view, lines, now) {
  const { app } = view;
  const judged = await addLines(app.state.session.id, lines, now);
  view.judged = judged.at(-1);
  for (const each of new Set(judged)) signal(each, app.state.settings.loud ?? true);
  await app.refresh();
}

// The phone is full, or its storage is broken: whoever scans must hear it at once.
function notKept(view, lines) {
  signal("fault", true);
  view.field.value = lines.join("\n");
  fill(view.parts.problem, el("p.trouble", { role: "alert" }, t("not_kept")));
}

function pause(view) {
  view.paused = !view.paused;
  view.app.refresh();
  view.field.focus();
}

async function takeBack(view) {
  await view.queue;
  await undo(view.app.state.session.id);
  view.judged = null;
  await view.app.refresh();
  view.field.focus();
}

function writeNote(view) {
  const { app } = view;
  const text = el("textarea", { id: "note-text", rows: 3, maxlength: 500 }, app.state.session.note);
  const save = async () => {
    view.writing = null;
    await alter(app.state.session.id, { note: text.value.trim() });
    await app.refresh();
    view.field.focus();
  };
  view.writing = el(
    "div.card",
    {},
    el("label", { for: "note-text" }, t("note_how")),
    text,
    button(t("keep"), save, { id: "note-keep" }),
  );
  fill(view.parts.note, view.writing);
  text.focus();
}

async function setLoud(view, loud) {
  await keep("settings", { ...view.app.state.settings, loud });
  await view.app.refresh();
}

// A reader needs no keyboard on the glass; a person who types a number does.
function keyboard(view) {
  view.field.inputMode = view.field.inputMode === "none" ? "text" : "none";
  view.field.blur();
  view.field.focus();
  drawTools(view, view.app.state.scans.length);
}

function makeFile(view) {
  return el("input", {
    type: "file",
    id: "file",
    hidden: true,
    accept: ".csv,.txt,.tsv,text/csv,text/plain",
    onchange: (event) => takeFiles(view, [...event.target.files]).then(() => (event.target.value = "")),
  });
}

function dropped(view, event) {
  event.preventDefault();
  takeFiles(view, [...event.dataTransfer.files]);
}

async function takeFiles(view, files) {
  const { app } = view;
  for (const file of files) {
    if (file.size > LONGEST_FILE) {
      await alter(app.state.session.id, { problem: { code: "page.file_too_long" } });
      continue;
    }
    const text = decode(await file.arrayBuffer());
    await addFile(app.state.session.id, { name: file.name, text });
  }
  await upload();
  await app.refresh();
  app.send();
}
