// What would be recorded, before it is: the server's answer, and what may still be changed in it.

import { button, el, fill } from "./dom.js";
import { singleFieldsOf } from "./forms.js";
import { alter, askReview, confirm } from "./sessions.js";
import { sheetNode } from "./sheet.js";
import { groupDigits } from "./tags.js";
import { problemText, said, t, word } from "./words.js";

const VERDICTS = ["refused", "record", "left_out"];

/** Draw the screen; it waits for the server's answer where that has not come yet. */
export function reviewScreen(app) {
  const node = el("section.review");
  const view = { app, node, form: null, drawn: null };
  return { node, update: (state) => update(view, state) };
}

function update(view, { session }) {
  const drawn = JSON.stringify([session.review?.review, session.pending, session.problem]);
  if (view.drawn === drawn) return;
  view.drawn = drawn;
  view.form = session.form;
  fill(view.node, session.pending ? waiting(view, session) : answer(view, session));
}

function waiting({ app }, session) {
  const review = session.pending.kind === "review";
  const back = async () => {
    await alter(session.id, { pending: null });
    app.go("kind");
    await app.refresh();
  };
  return [
    el("h1", {}, t(review ? "waiting_review" : "waiting_confirm")),
    el("p.waiting", { id: "waiting" }, t("waiting_how")),
    button(t("other_session"), app.restart, { look: "wide" }),
    review && button(t("back"), back, { look: "wide", id: "back" }),
  ];
}

function answer(view, session) {
  const { app } = view;
  const { review } = session;
  const nothing = review.counts.record === 0;
  const look = el("div", { hidden: true }, button(t("look_again"), () => again(view, session), { look: "primary", id: "again" }));
  const record = button(t("record", { count: review.counts.record }), () => settle(app, session), {
    look: "primary",
    id: "confirm",
    disabled: nothing,
  });
  const changed = (form) => {
    view.form = form;
    alter(session.id, { form });
    look.hidden = false;
    record.hidden = true;
  };
  return [
    el("h1", {}, t("review_title")),
    facts(review, session),
    session.problem && el("p.trouble", { role: "alert" }, problemText(session.problem)),
    review.warnings.map((one) => el("p.caution", { "data-code": one.code }, said(one.texts))),
    counts(review),
    difference("not_seen", review.not_seen),
    difference("not_expected", review.not_expected),
    VERDICTS.map((verdict) => animals(view, review, verdict, changed)),
    review.sheet && sheetNode(session, review.sheet, t("sheet_preview")),
    nothing && el("p.caution", {}, t("nothing_to_record")),
    record,
    look,
    button(t("change"), () => app.go("kind"), { look: "wide", id: "back" }),
    button(t("back_to_scan"), () => app.go("scan"), { look: "wide" }),
  ];
}

/** Return what it was, where and when, in one line. */
export function facts(told, { form }) {
  const place = (one) => one && [one.number, one.name].filter(Boolean).join(" ");
  const ends = [place(told.premises), place(told.other)];
  if (form.direction === "arrive") ends.reverse();
  return el(
    "p.facts",
    { id: "facts" },
    [
      el("b", {}, word("kind", told.as)),
      form.purpose && told.as === "inspection" ? word("choice.purpose", form.purpose) : null,
      told.other ? ends.join(" → ") : place(told.premises),
      told.day,
    ]
      .filter(Boolean)
      .map((one, at) => [at ? " · " : "", el("span", {}, one)]),
  );
}

function counts({ counts: all, faults }) {
  const shown = [
    ["record", all.record, "calm"],
    ["refused", all.refused, "stop"],
    ["left_out", all.left_out, "calm"],
    ["faults", faults, "warn"],
  ];
  return el(
    "p.signs",
    { id: "counts" },
    shown
      .filter(([name, count]) => count || name === "record")
      .map(([name, count, look]) => el(`span.sign.${look}`, {}, t(`counts.${name}`, { count }))),
  );
}

function difference(name, tags) {
  if (!tags?.length) return null;
  return el(
    "details.difference",
    { id: name, open: tags.length <= 20 },
    el("summary", {}, t(name, { count: tags.length })),
    el("ul", {}, tags.map((tag) => el("li", {}, groupDigits(tag)))),
  );
}

function animals(view, review, verdict, changed) {
  const these = review.animals
    .filter((one) => one.verdict === verdict)
    .sort((a, b) => b.reasons.length - a.reasons.length);
  if (!these.length) return null;
  const telling = these.some((one) => one.reasons.length);
  return el(
    `details.animals.${verdict}`,
    { id: `verdict-${verdict}`, open: verdict === "refused" || telling },
    el("summary", {}, t(`verdict.${verdict}`, { count: these.length })),
    el("ul", {}, these.map((one) => animal(view, one, changed))),
  );
}

function animal(view, { tag, reasons, verdict }, changed) {
  return el(
    "li",
    { "data-tag": tag },
    el("b", {}, groupDigits(tag)),
    reasons.map((one) => el("p.reason", { "data-code": one.code }, said(one.texts))),
    verdict === "refused" ? null : single(view, tag, changed),
  );
}

function single(view, tag, changed) {
  const told = (name, value) => {
    const all = view.form.single ?? {};
    changed({ ...view.form, single: { ...all, [tag]: { ...all[tag], [name]: value } } });
  };
  const own = view.form.single?.[tag] ?? {};
  const strike = el("input", {
    type: "checkbox",
    checked: own.struck ?? false,
    onchange: (event) => told("struck", event.target.checked),
  });
  return el(
    "details.single",
    {},
    el("summary", {}, t("this_animal")),
    singleFieldsOf(view.form.as).map((field) => singleField(view, field, own, told)),
    el("label.tick", {}, strike, t("strike")),
  );
}

function singleField(view, { name, choices }, own, told) {
  const onchange = (event) => told(name, event.target.value);
  if (!choices) {
    const type = name === "kilograms" ? { type: "number", min: 0.1, max: 5000, step: "any" } : { maxlength: 64 };
    return el("label", {}, t(`field.${name}`), el("input", { ...type, name, value: own[name] ?? "", onchange }));
  }
  const options = ["", ...choices.filter(Boolean)].map((one) =>
    el("option", { value: one, selected: one === (own[name] ?? "") }, one ? word(`choice.${name}`, one) : t("as_all")),
  );
  return el("label", {}, t(`field.${name}`), el("select", { name, onchange }, options));
}

async function again(view, session) {
  await askReview(session.id, view.form);
  await view.app.refresh();
  view.app.send();
}

async function settle(app, session) {
  await confirm(session.id);
  await app.refresh();
  app.send();
}
