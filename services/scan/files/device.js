// The device's own key, which never leaves this browser, and what it signs: gateway/devices.py.

import { change, got, kept, keep } from "./store.js";

const FIRST_LINE = "bilum-device-1";
const KEY_ID_DIGITS = 16;
const SECONDS = 60;
const encoder = new TextEncoder();

/** Tell whether this browser can sign: a secure address, and Ed25519 (Chrome from 137 on). */
export async function canSign() {
  try {
    await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    return true;
  } catch {
    return false;
  }
}

/**
 * Bring this browser's key to the server with the code that it was given.
 *
 * The key is kept before it is sent: when the answer is lost, the same key comes with the code.
 * @param {string} code
 * @returns {Promise<{problem: object|null}>} null: it is enrolled
 * @throws {TypeError} the server does not answer
 */
export async function enrol(code) {
  const candidate = await candidateFor(code);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", candidate.pair.publicKey));
  const answer = await post("/gateway/devices/enrol", JSON.stringify({
    code,
    public_key: base64(raw),
    signature: await signature(candidate.pair, `bilum-enrol-1\n${code}\n`),
  }));
  if (answer.status !== 200) return { problem: answer.body };
  await take(answer.body, candidate.pair, await sha256(raw));
  return { problem: null };
}

/**
 * Send one signed request.
 * @param {object} device as it is kept
 * @param {{path: string, body: string, counter: number}} request
 * @returns {Promise<{status: number, body: object}>}
 * @throws {TypeError} there is no whole answer of the server
 */
export async function postSigned(device, { path, body, counter }) {
  const at = `${new Date().toISOString().slice(0, 19)}Z`;
  const digest = await sha256(encoder.encode(body));
  const lines = [FIRST_LINE, "POST", path, digest, device.id, device.key, counter, at];
  return post(path, body, {
    "Bilum-Device": device.id,
    "Bilum-Key": device.key,
    "Bilum-Counter": String(counter),
    "Bilum-Time": at,
    "Bilum-Signature": await signature(device.pair, lines.map((one) => `${one}\n`).join("")),
  });
}

async function candidateFor(code) {
  const found = await kept("candidate");
  if (found?.code === code) return found;
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const candidate = { code, pair };
  await keep("candidate", candidate);
  return candidate;
}

// Requests that wait were signed by nobody yet; those of another device are made anew.
function take(answer, pair, digest) {
  return change(["kept", "outbox", "sessions", "scans"], async (stores) => {
    const before = await got(stores.kept.get("device"));
    const same = before?.id === answer.device;
    const next = Math.max(answer.counter, same ? before.next : 1);
    const device = { id: answer.device, key: digest.slice(0, KEY_ID_DIGITS), pair, next };
    stores.kept.put(device, "device");
    stores.kept.delete("candidate");
    stores.kept.delete("trouble");
    if (before && !same) await forgetSent(stores);
  });
}

async function forgetSent({ kept: store, outbox, sessions, scans }) {
  const current = await got(store.get("current"));
  const tried = (await got(outbox.getAll())).filter((one) => one.tried && one.kind === "confirm");
  outbox.clear();
  for (const session of await got(sessions.getAll())) {
    if (session.done) continue;
    const unsure = tried.some((one) => one.session === session.id);
    const problem = unsure ? { code: "page.perhaps_recorded" } : null;
    // The server knows the id as another device's.
    const id = crypto.randomUUID();
    sessions.delete(session.id);
    if (session.id === current) store.put(id, "current");
    sessions.put({ ...session, id, told: null, review: null, pending: null, problem });
    for (const scan of await got(scans.index("session").getAll(session.id))) {
      scans.put({ ...scan, session: id, sent: null });
    }
  }
}

async function post(path, body, headers = {}) {
  const answer = await fetch(path, {
    method: "POST",
    body,
    headers: { "Content-Type": "application/json", ...headers },
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    signal: AbortSignal.timeout(SECONDS * 1000),
  });
  // What stands between, such as the page where a network asks for money, writes no JSON.
  const type = answer.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) throw new TypeError("no answer of the server");
  try {
    return { status: answer.status, body: await answer.json() };
  } catch {
    throw new TypeError("half an answer");
  }
}

async function signature(pair, text) {
  const signed = await crypto.subtle.sign("Ed25519", pair.privateKey, encoder.encode(text));
  return base64(new Uint8Array(signed));
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}
