// Requests that wait for the network: sent in their order, each again and again until answered.
//
// A request is written down with its counter before it is sent, so a closed page, an empty battery
// or a lost answer cost nothing: the same counter with the same body takes effect once.

import { postSigned } from "./device.js";
import { change, got, read } from "./store.js";
import { applied } from "./sessions.js";

const LOCK = "bilum-scan-outbox";
const RETRY = new Set([408, 425, 429]);
const DISTRUSTED = new Set([
  "gateway.device_revoked",
  "gateway.unknown_device",
  "gateway.bad_device_signature",
]);
const CONFLICT = "gateway.key_conflict";
const MOST_FILLED = 50;
const NO_EFFECT = { as: "stocktake", premises: "0", day: "2000-01-01" };

/**
 * Send what waits, one after the other; only one page or worker does so at a time.
 * @returns {Promise<"empty"|"later"|"distrusted">}
 */
export function sendAll() {
  return navigator.locks.request(LOCK, async () => {
    let filled = false;
    for (;;) {
      const { device, head } = await look();
      if (!head || !device) return "empty";
      const outcome = await sendOne(device, head);
      if (outcome === "filled" && !filled) filled = true;
      else if (outcome !== "next") return outcome === "filled" ? "later" : outcome;
    }
  });
}

/** Return how many requests wait. */
export function countWaiting() {
  return read(["outbox"], ({ outbox }) => got(outbox.count()));
}

function look() {
  return change(["kept", "outbox"], async ({ kept, outbox }) => {
    const cursor = await got(outbox.openCursor());
    const head = cursor?.value ?? null;
    if (head && !head.tried) outbox.put({ ...head, tried: true });
    return { device: await got(kept.get("device")), head };
  });
}

async function sendOne(device, head) {
  let answer;
  try {
    answer = await postSigned(device, { ...head, path: pathOf(device, head) });
  } catch {
    return "later";
  }
  const { status, body } = answer;
  if (status === 202) return fillGaps(device, body.missing ?? []);
  if (status >= 500 || RETRY.has(status)) return "later";
  if (DISTRUSTED.has(body.code)) return distrust(body);
  if (body.code === CONFLICT) return renumber();
  await settle(head, status, body);
  return "next";
}

function pathOf(device, { kind, session }) {
  const base = `/gateway/readers/${device.id}`;
  return kind === "scans" ? `${base}/scans` : `${base}/sessions/${session}/${kind}`;
}

function settle(head, status, body) {
  return change(["kept", "outbox", "sessions"], async ({ kept, outbox, sessions }) => {
    outbox.delete(head.id);
    kept.delete("trouble");
    const session = await got(sessions.get(head.session));
    if (session) sessions.put(applied(session, head, status, body));
  });
}

async function distrust(body) {
  await change(["kept"], ({ kept }) => got(kept.put({ code: body.code }, "trouble")));
  return "distrusted";
}

// Some counter was used by nobody: a request that was refused before it was read, or a phone that
// was set back. One that has no effect takes its place, so that those after it need not wait.
async function fillGaps(device, missing) {
  const counters = missing.flatMap(([first, last]) =>
    Array.from({ length: Math.min(last - first + 1, MOST_FILLED) }, (_, at) => first + at),
  );
  const session = crypto.randomUUID();
  const body = JSON.stringify(NO_EFFECT);
  for (const counter of counters.slice(0, MOST_FILLED)) {
    try {
      await postSigned(device, { path: pathOf(device, { kind: "review", session }), body, counter });
    } catch {
      return "later";
    }
  }
  return "filled";
}

// Another copy of this browser's storage used these counters already.
async function renumber() {
  await change(["kept", "outbox"], async ({ kept, outbox }) => {
    const device = await got(kept.get("device"));
    const waiting = await got(outbox.getAll());
    waiting.forEach((one, at) => outbox.put({ ...one, counter: device.next + at }));
    kept.put({ ...device, next: device.next + waiting.length }, "device");
  });
  return "next";
}
