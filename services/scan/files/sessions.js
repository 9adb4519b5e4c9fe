// Sessions: what was scanned in one go, what the server says of it, what it became.

import { localDay, localMoment } from "./days.js";
import { bodyFrom, formOf } from "./forms.js";
import { change, got, read } from "./store.js";
import { judge, readLine, splitLines, stampLine } from "./tags.js";

const LINES_A_PART = 400;
const KEPT_DAYS = 90;
const DAY = 86_400_000;
const ANSWERS = { review: "review", confirm: "done" };
const CHANGED = "review_changed";
const ALL = ["kept", "outbox", "sessions", "scans"];

/** Begin a session and make it the one that is shown. */
export function begin() {
  const session = {
    id: crypto.randomUUID(),
    startedAt: localMoment(new Date()),
    note: "",
    form: { day: localDay(new Date()) },
    told: null,
    review: null,
    pending: null,
    problem: null,
    done: null,
  };
  return change(["kept", "sessions"], async ({ kept, sessions }) => {
    sessions.put(session);
    await got(kept.put(session.id, "current"));
    return session.id;
  });
}

/**
 * Make the session that is shown a check at a roadblock, if nobody has said what it is.
 * @param {string} premises number of the roadblock
 */
export function standAt(premises) {
  return change(["kept", "sessions"], async ({ kept, sessions }) => {
    const id = await got(kept.get("current"));
    const session = id ? await got(sessions.get(id)) : null;
    if (!session || session.done || session.pending || session.form.as) return;
    const form = { ...formOf("inspection", session.form), purpose: "roadblock", premises };
    sessions.put({ ...session, form });
  });
}

/** Forget what was recorded long ago: the server has it, and the phone may change hands. */
export function forgetOld(now) {
  const first = localDay(new Date(now.getTime() - KEPT_DAYS * DAY));
  return change(["sessions", "scans"], async ({ sessions, scans }) => {
    for (const { id, done, startedAt } of await got(sessions.getAll())) {
      if (!done || startedAt.slice(0, first.length) >= first) continue;
      sessions.delete(id);
      for (const n of await got(scans.index("session").getAllKeys(id))) scans.delete(n);
    }
  });
}

/** Show another session. */
export function show(id) {
  return change(["kept"], ({ kept }) => got(kept.put(id, "current")));
}

/**
 * Return everything that the page shows.
 * @returns {Promise<object>} device, settings, trouble, unsent, waiting, sessions, session, scans;
 *   `unsent` are scans of any session that no request holds yet, and `waiting` counts them too
 */
export function snapshot() {
  return read(ALL, async ({ kept, outbox, sessions, scans }) => {
    const current = await got(kept.get("current"));
    const all = await got(sessions.getAll());
    const shown = current ? await got(scans.index("session").getAll(current)) : [];
    let unsent = 0;
    for (const { id } of all.filter((one) => !one.done)) {
      const its = id === current ? shown : await got(scans.index("session").getAll(id));
      unsent += its.filter(isUnsent).length;
    }
    return {
      device: await got(kept.get("device")),
      settings: (await got(kept.get("settings"))) ?? {},
      trouble: await got(kept.get("trouble")),
      unsent,
      waiting: (await got(outbox.count())) + unsent,
      sessions: all,
      session: current ? await got(sessions.get(current)) : null,
      scans: shown,
    };
  });
}

/** Add lines of the reader, all or none; tell of each whether it is new. */
export function addLines(session, lines, now) {
  return change(["scans"], async ({ scans }) => {
    const before = tagsOf(await got(scans.index("session").getAll(session)));
    const at = localMoment(now);
    return lines.map((line) => {
      const { tags, fault } = readLine(line);
      const judged = judge({ tags }, before);
      tags.forEach((tag) => before.add(tag));
      scans.add({ session, line, at, tags, fault, sent: null, out: false });
      return judged;
    });
  });
}

/** Add a session file; the server finds out whether it is lines or a table. */
export function addFile(session, { name, text }) {
  return change(["scans"], ({ scans }) =>
    got(
      scans.add({
        session,
        file: name,
        format: "auto",
        text,
        lines: splitLines(text).length,
        tags: [],
        fault: null,
        sent: null,
        out: false,
      }),
    ),
  );
}

/** Take back the last reading; what was sent of it is left out when the session is recorded. */
export function undo(session) {
  return change(["scans"], async ({ scans }) => {
    const all = await got(scans.index("session").getAll(session));
    const last = all.findLast((one) => !one.out && !one.file);
    if (!last) return null;
    if (last.sent === null) scans.delete(last.n);
    else scans.put({ ...last, out: true });
    return last;
  });
}

/** Change members of a session. */
export function alter(id, members) {
  return change(["sessions"], async ({ sessions }) => {
    sessions.put({ ...(await got(sessions.get(id))), ...members });
  });
}

/** Write down the upload of whatever was not uploaded yet, of every session. */
export function upload() {
  return change(ALL, async (stores) => {
    if (!(await got(stores.kept.get("device")))) return;
    for (const { id, done } of await got(stores.sessions.getAll())) {
      if (!done) await enqueueParts(stores, id);
    }
  });
}

/** Write down the question what a session would become. */
export function askReview(id, form) {
  return change(ALL, async (stores) => {
    await enqueueParts(stores, id);
    await enqueueReview(stores, id, form);
  });
}

/** Write down that a session becomes what its review shows. */
export function confirm(id) {
  return change(ALL, async (stores) => {
    // What was scanned since makes the server ask for another review, and is not left behind.
    await enqueueParts(stores, id);
    const session = await got(stores.sessions.get(id));
    const body = { ...(await bodyOf(stores, session)), review: session.review.review };
    const request = await enqueue(stores, "confirm", id, body);
    stores.sessions.put({ ...session, pending: { kind: "confirm", request }, problem: null });
  });
}

/**
 * Return a session after a request of it was answered.
 * @param {object} session
 * @param {{id: number, kind: string}} request
 * @param {number} status
 * @param {object} body
 */
export function applied(session, request, status, body) {
  const awaited = session.pending?.request === request.id;
  // The person went back, or asked again, before this answer came.
  if (request.kind === "review" && !awaited) return session;
  const pending = awaited ? null : session.pending;
  if (status >= 300) {
    const review = body.code === CHANGED ? null : session.review;
    return { ...session, pending, review, problem: { ...body, kind: request.kind } };
  }
  if (request.kind === "scans") return { ...session, told: body };
  return { ...session, pending, problem: null, [ANSWERS[request.kind]]: body };
}

/**
 * Return the tags that were taken back after they were sent, and not read again.
 * @param {object[]} scans
 */
export function leftOut(scans) {
  const kept = tagsOf(scans);
  const out = scans.filter((one) => one.out && one.sent !== null).flatMap((one) => one.tags);
  return [...new Set(out)].filter((tag) => !kept.has(tag));
}

/** Return the different tags of readings that were not taken back. */
export function tagsOf(scans) {
  return new Set(scans.filter((one) => !one.out).flatMap((one) => one.tags));
}

function isUnsent({ sent, out }) {
  return sent === null && !out;
}

async function enqueueParts(stores, id) {
  const session = await got(stores.sessions.get(id));
  const all = await got(stores.scans.index("session").getAll(id));
  for (const part of partsOf(all.filter(isUnsent))) {
    const { format, text } = part;
    const body = { session: id, format, text };
    if (format === "lines" && !part.scans[0].file) body.started_at = session.startedAt;
    const sent = await enqueue(stores, "scans", id, body);
    for (const scan of part.scans) stores.scans.put({ ...scan, sent });
  }
}

/** Put readings into uploads, in their order: so many lines in one, each file for itself. */
export function partsOf(scans) {
  const parts = [];
  for (const scan of scans) {
    const last = parts.at(-1);
    if (scan.file) parts.push({ format: scan.format, text: scan.text, scans: [scan] });
    else if (last && !last.scans[0].file && last.scans.length < LINES_A_PART) last.scans.push(scan);
    else parts.push({ format: "lines", scans: [scan] });
  }
  for (const part of parts) {
    part.text ??= part.scans.map((one) => `${stampLine(one.line, one.at)}\r\n`).join("");
  }
  return parts;
}

async function enqueueReview(stores, id, form) {
  const session = { ...(await got(stores.sessions.get(id))), form };
  const request = await enqueue(stores, "review", id, await bodyOf(stores, session));
  const pending = { kind: "review", request };
  stores.sessions.put({ ...session, review: null, pending, problem: null });
}

async function bodyOf({ scans }, session) {
  return bodyFrom(session.form, leftOut(await got(scans.index("session").getAll(session.id))));
}

// Its counter is taken in the same transaction, so each is used once, and none is left out.
async function enqueue({ kept, outbox }, kind, session, body) {
  const device = await got(kept.get("device"));
  const request = { kind, session, body: JSON.stringify(body), counter: device.next, tried: false };
  kept.put({ ...device, next: device.next + 1 }, "device");
  return got(outbox.add(request));
}
