// The first thing: the code that whoever answers for the device was given for it.

import { enrol } from "./device.js";
import { button, el, fill } from "./dom.js";
import { problemText, t } from "./words.js";

/** Draw the screen on which a device gets its key. */
export function enrolScreen(app) {
  const answer = el("p.wrong", { role: "alert", id: "answer" });
  const code = el("input.code", {
    id: "code",
    maxlength: 64,
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    required: true,
    placeholder: "7KQ2-M9XA-P4TD-WZ3C",
  });
  const go = el("button.primary", { id: "enrol" }, t("enrol"));
  const onsubmit = async (event) => {
    event.preventDefault();
    go.disabled = true;
    fill(answer, await bring(app, code.value.trim()));
    go.disabled = false;
  };
  const node = el(
    "form.card",
    { onsubmit, autocomplete: "off" },
    el("h1", {}, t("enrol_title")),
    el("p", {}, t("enrol_how")),
    el("label", { for: "code" }, t("enrol_code")),
    code,
    answer,
    go,
    app.state.device && button(t("back"), () => app.go("scan"), { look: "wide" }),
  );
  return { node, focus: code };
}

async function bring(app, code) {
  try {
    const { problem } = await enrol(code);
    if (problem) return problemText(problem);
  } catch {
    return t("enrol_offline");
  }
  app.go("scan");
  await app.refresh();
  app.send();
  return "";
}
