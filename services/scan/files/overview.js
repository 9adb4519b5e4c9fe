// All sessions of this device, the newest first, and how far each of them is.

import { button, el } from "./dom.js";
import { show } from "./sessions.js";
import { t, word } from "./words.js";

/** Draw the screen. */
export function sessionsScreen(app) {
  const list = [...app.state.sessions].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  const node = el(
    "section",
    {},
    el("h1", {}, t("sessions")),
    button(t("new_session"), app.restart, { look: "primary", id: "new" }),
    el("ul.sessions", { id: "list" }, list.map((one) => item(app, one))),
    el("p.small", {}, t("device", { device: app.state.device.id })),
    button(t("enter_code"), () => app.go("enrol"), { look: "wide" }),
  );
  return { node };
}

function item(app, session) {
  const open = async () => {
    await show(session.id);
    app.go(session.review ? "review" : "scan");
    await app.refresh();
  };
  return el(
    "li",
    {},
    button(
      [
        el("b", {}, session.startedAt.replace("T", " ").slice(0, 16)),
        el("span", {}, ` ${session.form.as ? word("kind", session.form.as) : ""} `),
        el(`span.sign.${lookOf(session)}`, {}, t(`state.${stateOf(session)}`)),
      ],
      open,
      { look: "wide" },
    ),
  );
}

function stateOf({ done, pending, review, problem }) {
  if (done) return "done";
  if (pending) return "pending";
  if (problem) return "problem";
  return review ? "review" : "open";
}

function lookOf(session) {
  return { done: "good", pending: "warn", review: "warn", problem: "stop", open: "calm" }[stateOf(session)];
}
