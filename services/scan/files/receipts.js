// What was recorded, with its receipts; of a slaughter the kill sheet to print.

import { button, el } from "./dom.js";
import { facts } from "./reviewing.js";
import { sheetNode } from "./sheet.js";
import { groupDigits } from "./tags.js";
import { said, t, word } from "./words.js";

const MOST_OPEN = 4;

/** Draw the screen. */
export function doneScreen(app) {
  const { session } = app.state;
  const { done } = session;
  const node = el(
    "section.done",
    {},
    el("h1", {}, t("done_title")),
    facts(done, session),
    receipts(done.recorded),
    !done.sheet && refused(done),
    missing("not_seen", done.not_seen),
    missing("not_expected", done.not_expected),
    missing("registration_wanted", done.registration_wanted),
    done.sheet && sheetNode(session, done.sheet, t("sheet_title")),
    !done.sheet && session.note && el("p.noted", {}, session.note),
    el(
      "div.screen",
      {},
      button(t("new_session"), app.restart, { look: "primary", id: "new" }),
      button(t("print"), () => window.print(), { look: "wide", id: "print" }),
      button(t("sessions"), () => app.go("sessions"), { look: "wide" }),
    ),
  );
  return { node };
}

// A slaughter has one for each pig, and the sheet tells them too.
function receipts(recorded) {
  return el(
    "details",
    { open: recorded.length <= MOST_OPEN },
    el("summary", {}, t("receipts", { count: recorded.length })),
    el("ul.receipts", { id: "receipts" }, recorded.map(receipt)),
  );
}

function receipt({ type, animals, receipt: code, flags }) {
  return el(
    "li",
    {},
    el("span", {}, `${word("event", type)}: ${animals} ${t(animals === 1 ? "pig" : "pigs")}`),
    el("b.mono", {}, code),
    flags.map((one) => el("p.reason", {}, `${one.animal ? `${groupDigits(one.animal)}: ` : ""}${word("flag", one.code)}`)),
  );
}

function refused({ animals }) {
  const these = animals.filter((one) => one.verdict === "refused");
  if (!these.length) return null;
  return el(
    "div.withheld",
    { id: "refused" },
    el("h2", {}, t("verdict.refused", { count: these.length })),
    el(
      "ul",
      {},
      these.map(({ tag, reasons }) =>
        el("li", {}, groupDigits(tag), reasons.map((one) => el("p.reason", {}, said(one.texts)))),
      ),
    ),
  );
}

function missing(name, tags) {
  if (!tags?.length) return null;
  return el(
    "div.difference",
    { id: name },
    el("h2", {}, t(name, { count: tags.length })),
    el("ul", {}, tags.map((tag) => el("li", {}, groupDigits(tag)))),
  );
}
