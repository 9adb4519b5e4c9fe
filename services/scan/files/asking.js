// The question "What are these pigs for?": four answers, and the fields that each of them needs.

import { button, el, fill } from "./dom.js";
import { KINDS, fieldsOf, formOf } from "./forms.js";
import { alter, askReview } from "./sessions.js";
import { tally } from "./tags.js";
import { problemText, t, word } from "./words.js";

/** Draw the screen. */
export function kindScreen(app) {
  const { session, scans } = app.state;
  const view = { app, form: session.form, body: el("div"), session: session.id };
  const count = session.told?.animals ?? tally(scans.filter((one) => !one.out)).animals.length;
  const node = el(
    "section",
    {},
    el("h1", {}, t("kind_title")),
    el("p", {}, t("kind_of", { count })),
    session.problem && el("p.trouble", { role: "alert" }, problemText(session.problem)),
    view.body,
    button(t("back_to_scan"), () => app.go("scan"), { look: "wide", id: "back" }),
  );
  draw(view);
  return { node };
}

function draw(view) {
  const { form } = view;
  fill(
    view.body,
    el(
      "div.kinds",
      { role: "group", "aria-label": t("kind_title") },
      KINDS.map((kind) =>
        button([el("b", {}, word("kind", kind)), el("span", {}, t(`kind_how.${kind}`))], () => choose(view, kind), {
          look: "kind",
          id: `kind-${kind}`,
          "aria-pressed": String(form.as === kind),
        }),
      ),
    ),
    form.as && formNode(view),
  );
}

function choose(view, kind) {
  view.form = formOf(kind, view.form);
  draw(view);
  view.body.querySelector("form input, form select")?.focus();
}

function formNode(view) {
  const onsubmit = async (event) => {
    event.preventDefault();
    await askReview(view.session, view.form);
    view.app.go("review");
    await view.app.refresh();
    view.app.send();
  };
  return el(
    "form.card",
    { onsubmit, autocomplete: "off" },
    fieldsOf(view.form).map((field) => fieldNode(view, field)),
    input(view, { name: "day", type: "date", required: true }),
    el("button.primary", { id: "review" }, t("to_review")),
  );
}

function fieldNode(view, { name, choices, optional }) {
  if (choices) return select(view, name, choices);
  const numeric = name !== "permit";
  return input(view, {
    name,
    type: name === "first_carcass" ? "number" : "text",
    min: name === "first_carcass" ? 1 : null,
    maxlength: 64,
    inputmode: numeric ? "numeric" : null,
    required: !optional,
  });
}

function input(view, { name, ...members }) {
  const told = (event) => set(view, name, event.target.value);
  return el(
    "label",
    {},
    el("span", {}, t(`field.${name}`), members.required ? "" : el("i", {}, ` ${t("optional")}`)),
    el("input", { ...members, id: `f-${name}`, value: view.form[name] ?? "", oninput: told }),
  );
}

function select(view, name, choices) {
  const told = (event) => {
    set(view, name, event.target.value);
    if (name === "purpose") redraw(view, "f-purpose");
  };
  const options = choices.map((one) =>
    el("option", { value: one, selected: one === (view.form[name] ?? "") }, word(`choice.${name}`, one)),
  );
  return el("label", {}, t(`field.${name}`), el("select", { id: `f-${name}`, onchange: told }, options));
}

// By a road there is no place that must be told.
function redraw(view, focus) {
  draw(view);
  document.getElementById(focus).focus();
}

function set(view, name, value) {
  view.form = { ...view.form, [name]: value };
  alter(view.session, { form: view.form });
}
