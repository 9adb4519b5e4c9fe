// The page: what is shown, and when it is sent. Everything lies in the store; a screen draws it.

import { canSign } from "./device.js";
import { button, el, fill, refill } from "./dom.js";
import { sendAll } from "./outbox.js";
import { enrolScreen } from "./enrolling.js";
import { kindScreen } from "./asking.js";
import { doneScreen } from "./receipts.js";
import { reviewScreen } from "./reviewing.js";
import { scanScreen } from "./scanning.js";
import { sessionsScreen } from "./overview.js";
import { begin, forgetOld, snapshot, standAt, upload } from "./sessions.js";
import { keep, onChange } from "./store.js";
import { inLanguage, loadWords, otherLanguage, speak, t } from "./words.js";

const SCREENS = {
  enrol: enrolScreen,
  scan: scanScreen,
  kind: kindScreen,
  review: reviewScreen,
  done: doneScreen,
  sessions: sessionsScreen,
};
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 60_000;
// An upload is answered with the whole session, so the more animals it has, the rarer it is.
const QUIET = 3000;
const QUIET_AN_ANIMAL = 200;
const LONGEST_QUIET = 30_000;
const AT_ONCE = 100;
const SYNC = "bilum-scan";

const top = document.getElementById("top");
const banners = document.getElementById("banners");
const main = document.getElementById("main");

/** What a screen is handed; `state` is the newest snapshot. */
const app = { state: null, go, refresh, send, restart };

let shown = null; // the screen's name, the language, the session that it was built for
let screen = null; // what draws it
let newest = 0;
let wait = FIRST_WAIT;
let timer = null;
let sending = null;
let again = false;
let unreached = false;
let quiet = null; // the timer of the next upload
let counted = 0; // unsent scans that it was set for
let update = null; // a service worker of a newer version, that waits

async function start() {
  await loadWords();
  speak();
  if (!window.isSecureContext || !(await canSign())) {
    fill(main, el("p.trouble", {}, t("cannot_sign")));
    return;
  }
  navigator.storage?.persist?.();
  await forgetOld(new Date());
  onChange(refresh);
  window.addEventListener("hashchange", arrive);
  window.addEventListener("online", sendNow);
  window.addEventListener("offline", refresh);
  document.addEventListener("visibilitychange", () => document.hidden || sendNow());
  await arrive();
  keepAtHand();
  send();
}

/** Draw the screen of the address, with the roadblock filled in that another page of ours named. */
async function arrive() {
  const place = /^#place=([0-9]{4,10})$/.exec(location.hash)?.[1];
  await refresh();
  if (!place) return;
  history.replaceState(null, "", location.pathname);
  await standAt(place);
  await refresh();
}

/** Show a screen; the browser's own Back goes to the one before. */
function go(name) {
  if (location.hash === `#${name}`) return refresh();
  location.hash = name;
  return undefined; // the event of the address draws it
}

/** Begin another session. */
async function restart() {
  await begin();
  await refresh();
  go("scan");
}

/** Draw what the store holds now. */
async function refresh() {
  const mine = ++newest;
  const state = await snapshot();
  if (mine !== newest) return;
  if (state.device && !state.session) {
    await begin();
    await refresh();
    return;
  }
  app.state = state;
  speak(state.settings.language);
  draw(state);
  scheduleUpload(state);
}

// Whatever screen is shown: who has scanned may go to another at once.
function scheduleUpload({ device, unsent, scans }) {
  // Only another scan makes it wait longer, and not whatever else is drawn.
  if (!device || unsent === counted) return;
  counted = unsent;
  clearTimeout(quiet);
  if (!unsent) return;
  const silence = Math.min(QUIET + QUIET_AN_ANIMAL * scans.length, LONGEST_QUIET);
  quiet = setTimeout(uploadAll, unsent >= AT_ONCE ? 0 : silence);
}

async function uploadAll() {
  counted = 0;
  try {
    await upload();
    send();
  } catch {
    // The phone is full, perhaps for a while.
    quiet = setTimeout(uploadAll, LONGEST_QUIET);
  }
}

function draw(state) {
  const name = screenName(state);
  const wanted = `${name} ${document.documentElement.lang} ${state.session?.id}`;
  drawTop(state, name);
  drawBanners(state, name);
  if (shown !== wanted) {
    shown = wanted;
    screen = SCREENS[name](app);
    fill(main, screen.node);
    window.scrollTo(0, 0);
    (screen.focus ?? main).focus({ preventScroll: true });
  }
  screen.update?.(state);
}

function screenName({ device, session }) {
  const wanted = location.hash.slice(1);
  if (!device || wanted === "enrol") return "enrol";
  if (wanted === "sessions") return "sessions";
  if (session.done) return "done";
  if (session.pending || (session.review && ["", "review"].includes(wanted))) return "review";
  // A review that was refused: there the person corrects what was wrong.
  return ["kind", "review"].includes(wanted) ? "kind" : "scan";
}

function drawTop({ device, waiting }, name) {
  const other = otherLanguage();
  const net = device && netText(waiting);
  refill(top, [net, name === "sessions"], () => [
    el("p.brand", {}, "Bilum"),
    device && el(`p.net.${waiting ? "unsent" : "calm"}`, { id: "net", role: "status" }, net),
    device &&
      button(t("sessions"), () => go(name === "sessions" ? "scan" : "sessions"), {
        id: "sessions",
      }),
    button(inLanguage("language", other), () => setLanguage(other), { id: "language", lang: other }),
  ]);
}

function netText(waiting) {
  const off = !navigator.onLine || unreached;
  if (waiting) return t(off ? "unsent_offline" : "unsent", { count: waiting });
  return t(off ? "offline" : "all_sent");
}

function drawBanners({ trouble }, name) {
  const code = name === "enrol" ? null : trouble?.code;
  refill(banners, [code, Boolean(update)], () => [
    code &&
      el(
        "div.trouble",
        { id: "trouble" },
        el("p", {}, t(`trouble.${code}`)),
        button(t("enter_code"), () => go("enrol"), { id: "enter-code" }),
        button(t("try_again"), sendNow, { id: "try-again" }),
      ),
    update &&
      el(
        "div.news",
        {},
        el("p", {}, t("new_version")),
        button(t("renew"), takeOver, { id: "renew" }),
      ),
  ]);
}

async function setLanguage(language) {
  await keep("settings", { ...app.state.settings, language });
  await refresh();
}

/** Send what waits; where it does not get through, again later, each time after a longer while. */
async function send() {
  if (sending) {
    again = true;
    return sending;
  }
  clearTimeout(timer);
  sending = sendAll().finally(() => (sending = null));
  const outcome = await sending;
  unreached = outcome === "later";
  wait = unreached ? Math.min(wait * 2, LONGEST_WAIT) : FIRST_WAIT;
  if (unreached) {
    timer = setTimeout(send, wait);
    await sendInBackground();
  }
  await refresh();
  if (again) {
    again = false;
    return send();
  }
  return undefined;
}

function sendNow() {
  wait = FIRST_WAIT;
  return send();
}

// Also when the page is closed by then, where the browser can.
async function sendInBackground() {
  try {
    const registration = await navigator.serviceWorker.ready;
    await registration.sync?.register(SYNC);
  } catch {
    // It is sent when the page is opened.
  }
}

async function keepAtHand() {
  try {
    const registration = await navigator.serviceWorker.register(workerUrl(), {
      scope: "/scan",
      type: "module",
      updateViaCache: "none",
    });
    watch(registration);
  } catch {
    // It works all the same, but does not open without network.
  }
}

// Trusted Types: the one address of a script that this page ever hands to the browser.
function workerUrl() {
  const url = "/scan/worker.js";
  const policy = window.trustedTypes?.createPolicy("bilum-scan", { createScriptURL: () => url });
  return policy ? policy.createScriptURL(url) : url;
}

function watch(registration) {
  const look = () => {
    if (registration.waiting && navigator.serviceWorker.controller) {
      update = registration.waiting;
      refresh();
    }
  };
  look();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
}

function takeOver() {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
  update.postMessage("take-over");
}

// Such as a private window, in which nothing can be kept.
start().catch(() => fill(main, el("p.trouble", {}, t("cannot_keep"))));
