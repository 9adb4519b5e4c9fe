// The kill sheet of an abattoir: on the screen, and on A4.

import { el } from "./dom.js";
import { groupDigits } from "./tags.js";
import { said, t, word } from "./words.js";

const COLUMNS = [
  "order",
  "carcass",
  "animal",
  "keeper_place",
  "ante_mortem",
  "post_mortem",
  "kilograms",
  "withdrawal",
  "receipt",
];

/** Draw a sheet; what the owner of the device may not see stays empty. */
export function sheetNode(session, sheet, title) {
  const seen = new Map((session.told?.seen ?? []).map((one) => [one.tag, one]));
  return el(
    "article.sheet",
    { id: "sheet" },
    el("h2", {}, title),
    el(
      "p.facts",
      {},
      [sheet.premises.number, sheet.premises.name].filter(Boolean).join(" "),
      ` · ${word("choice.place", sheet.place)} · ${sheet.day}`,
    ),
    el(
      "div.wide",
      { tabindex: 0, role: "region", "aria-label": title },
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, COLUMNS.map((one) => el("th", { scope: "col" }, t(`sheet.${one}`))))),
        el("tbody", {}, sheet.lines.map((line) => row(line, seen.get(line.tag)))),
      ),
    ),
    sheet.withheld.length > 0 && withheld(sheet.withheld),
    el("p.totals", {}, totals(sheet.totals)),
    session.note && el("p.noted", {}, session.note),
    el("div.sign-here", {}, el("p", {}, t("sheet.inspector")), el("p", {}, t("sheet.manager"))),
  );
}

function totals(told) {
  const weight = told.kilograms ? ` · ${told.kilograms} kg` : "";
  return t("sheet.totals", told) + weight;
}

function row(line, seen) {
  const from = [line.from?.number, line.from?.name].filter(Boolean).join(" ");
  return el(
    "tr",
    { "data-tag": line.tag },
    el("td", {}, String(line.order)),
    el("td", {}, el("b", {}, line.carcass ?? "")),
    el("td", {}, line.number && el("b", {}, line.number), " ", el("small", {}, groupDigits(line.tag))),
    el("td", {}, from),
    el("td", {}, outcome(line.ante_mortem)),
    el("td", {}, outcome(line.post_mortem)),
    el("td.number", {}, line.kilograms ? String(line.kilograms) : ""),
    el("td", {}, seen?.withdrawal_until ?? ""),
    el("td.mono", {}, line.receipt ?? ""),
  );
}

function outcome(told) {
  return told ? word("choice.outcome", told) : "";
}

function withheld(lines) {
  return el(
    "div.withheld",
    { id: "withheld" },
    el("h3", {}, t("sheet.withheld", { count: lines.length })),
    el(
      "ul",
      {},
      lines.map(({ order, tag, number, reasons }) =>
        el(
          "li",
          { "data-tag": tag },
          `${order}. `,
          number && el("b", {}, `${number} `),
          groupDigits(tag),
          reasons.map((one) => el("p.reason", {}, said(one.texts))),
        ),
      ),
    ),
  );
}
