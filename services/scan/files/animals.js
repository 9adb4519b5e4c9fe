// What the server says of one animal, in a line of small signs: colour, sign and word each time.

import { el } from "./dom.js";
import { t, word } from "./words.js";

const WELL = new Set(["alive", "moving"]);

/** Return the signs of an animal as the server knows it; null: it was not asked yet. */
export function signs(seen) {
  if (!seen) return el("p.signs");
  const place = seen.place && [seen.place.number, seen.place.name].filter(Boolean).join(" ");
  return el(
    "p.signs",
    {},
    seen.known
      ? sign("calm", seen.number ? t("known", { number: seen.number }) : t("known_only"))
      : sign("warn", t("unknown")),
    seen.status && !WELL.has(seen.status) && sign("stop", word("status", seen.status)),
    seen.status === "moving" && sign("warn", word("status", "moving")),
    (place || seen.province) && sign("calm", place || seen.province),
    seen.withdrawal_until && sign("stop", t("withdrawal", { day: seen.withdrawal_until })),
    seen.orders.map((one) => sign("stop", orderText(one))),
    seen.flags.map((one) => sign("warn", word("flag", one))),
  );
}

function orderText({ kind, disease }) {
  return [word("order", kind), disease && word("disease", disease)].filter(Boolean).join(": ");
}

function sign(look, text) {
  return el(`span.sign.${look}`, {}, text);
}
