/* The page around verifier.js: takes a file and what is known of the ledger, shows the report. */

"use strict";

(() => {
  const TITLES = {
    "bilum-proof": {
      parse: "The file is a proof, and can be read in one way only.",
      canonical: "Each record is written in its one exact form.",
      commitment: "The seal of each record was computed from its text and its salt.",
      subject: "Each record names the animal, place or programme under which it is filed.",
      leaf: "The entry on the ledger was computed from seal and subject.",
      inclusion: "Each entry is in the tree, at its place, below the root in this file.",
      checkpoint: "That root, over so many entries, is the ledger's.",
      ledger: "Chain, first block and contract are those of the ledger you mean.",
    },
    "bilum-consistency": {
      parse: "The file is a proof of consistency, and can be read in one way only.",
      path: "The two sizes are in order, and the path is as long as they need.",
      older: "The path leads to the older root.",
      newer: "The path leads to the newer root: its tree begins with the older one, unaltered.",
      older_checkpoint: "The older root, over so many entries, is the one of then.",
      newer_checkpoint: "The newer root, over so many entries, is the ledger's.",
      ledger: "Chain, first block and contract are those of the ledger you mean.",
    },
  };
  const NAMES = {
    root: "root", size: "number of entries", older_root: "older root", older_size: "older number of entries",
    chain_id: "chain id", genesis: "hash of block 0", contract: "contract",
  };
  const WHY = {
    root: "anyone can build a tree of their own and a root for it. Give a node, or type the root that was printed or sent.",
    size: "without it, the places of the entries are not certain.",
    older_root: "compare it with the root that you kept from then, or give a node.",
    older_size: "compare it with the number of entries that you kept with that root.",
    chain_id: "the same contract may stand on another chain.",
    genesis: "another chain may use the same chain id.",
    contract: "anyone may deploy another, and no node can tell which one is the operator's. Type the address that the operator or the ministry published.",
  };
  const FIELDS = ["node", "contract", "root", "size", "older_root", "older_size", "chain_id", "genesis"];

  const at = (id) => document.getElementById(id);

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  let bytes = null;
  let asked = 0;

  function known() {
    return Object.fromEntries(FIELDS.map((name) => [name, at(name).value.trim()]));
  }

  /** Verify what is there, and show it unless something newer was asked meanwhile. */
  async function check() {
    if (bytes === null || !at("known").reportValidity()) return;
    const mine = (asked += 1);
    at("report").setAttribute("aria-busy", "true");
    let report;
    try {
      report = await BilumVerifier.verify(bytes, known());
    } catch (error) {
      report = { broken: `This page could not check the file: ${error.message}` };
    }
    if (mine === asked) show(report);
  }

  function show(report) {
    at("report").hidden = false;
    at("report").removeAttribute("aria-busy");
    at("known").hidden = !report.file;
    at("older").hidden = report.file?.format !== "bilum-consistency";
    for (const name of ["older_root", "older_size"]) at(name).disabled = at("older").hidden;
    const [mood, title, text] = report.broken ? ["bad", "Not checked", report.broken] : verdict(report);
    at("verdict").className = mood;
    at("verdict").replaceChildren(element("h2", {}, title), element("p", {}, text));
    at("steps").replaceChildren(...(report.broken ? [] : report.steps.map((name, place) => stepLine(report, name, place + 1))));
    showUnchecked(report);
    showRecords(report);
  }

  function verdict(report) {
    const { file, failed, unchecked, node } = report;
    if (failed) {
      const title = failed.step === 1 ? "Not a proof: step 1 failed" : `False: step ${failed.step} failed`;
      return ["bad", title, `${sentence(failed.detail)} Error: ${failed.error}. ${advice(report)}`];
    }
    if (node) {
      return ["unsure", "Compared with nothing", `The file agrees with itself, but ${node}. Until it is compared with the ledger, it is worth no more than a promise. A node must let web pages ask it (CORS); a page over https can ask only nodes over https.`];
    }
    if (unchecked.length === 0) return ["good", "True", proven(file)];
    if (unchecked.length === 1 && unchecked[0].name === "contract") {
      return ["unsure", "True, if the contract is the operator's", proven(file)];
    }
    if (unchecked.length === BilumVerifier.claims(file).length) {
      return ["unsure", "Agrees with itself, compared with nothing", "No part of this file contradicts another. But anyone can make such a file, with a root of their own: it proves something only once that root is compared with the ledger's."];
    }
    return ["unsure", "Compared in part", "What was compared is right. What was not is listed below."];
  }

  function advice({ file, failed }) {
    const compared = file && BilumVerifier.claims(file).some((claim) => claim.step === failed.step);
    return compared
      ? "If what you typed is right, and the node is of the right chain, this file proves nothing about that ledger."
      : "Get the file again from its source; if it fails again, do not believe it.";
  }

  function proven(file) {
    if (file.format === "bilum-proof") {
      const count = file.records.length;
      return `${count === 1 ? "This record is" : `These ${count} records are`} on the ledger, unaltered, among its first ${file.checkpoint.size} entries. Other records of the same animal may be left out of this file: python -m chain verify, with a node, says how many the chain has.`;
    }
    return `The first ${file.older.size} of ${file.newer.size} entries are those of the older checkpoint: none was changed, moved, removed or put in between.`;
  }

  const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

  function stepLine({ file, passed, failed, unchecked, node }, name, step) {
    const titles = TITLES[file?.format ?? "bilum-proof"];
    const open = unchecked.filter((claim) => claim.step === step).length;
    const claimed = file ? BilumVerifier.claims(file).filter((claim) => claim.step === step).length : 0;
    let [mood, mark, told] = ["skipped", "–", "not reached"];
    if (failed?.step === step) [mood, mark, told] = ["bad", "✗", "failed"];
    else if (passed.includes(step) && open === 0) [mood, mark, told] = ["good", "✓", "verified"];
    else if (passed.includes(step) && open < claimed) [mood, mark, told] = ["unsure", "◐", "verified in part"];
    else if (passed.includes(step) || node) [mood, mark, told] = ["unsure", "?", "NOT verified"];
    const words = step === 1 && failed?.step === 1
      ? "The file is a proof of a kind known here, and can be read in one way only." : titles[name];
    return element("li", { class: mood, "data-step": name },
      element("span", { class: "mark", "aria-hidden": "true" }, mark),
      element("span", {}, words, " ", element("em", {}, told)));
  }

  function showUnchecked({ unchecked = [] }) {
    at("unchecked").hidden = unchecked.length === 0;
    at("open").replaceChildren(...unchecked.map(({ name, value }) => element("li", {},
      element("strong", {}, sentence(NAMES[name]).slice(0, -1)), " ",
      element("code", {}, name === "genesis" ? `0x${value}` : String(value)),
      element("span", {}, sentence(WHY[name]).slice(0, -2) + "."))));
  }

  function showRecords({ file, failed }) {
    const records = file?.format === "bilum-proof" && !failed ? file.records : [];
    at("records").hidden = records.length === 0;
    at("listed").replaceChildren(...records.map(recordCard));
  }

  function recordCard(record) {
    const { type, subjects, ...others } = JSON.parse(record.content);
    const heading = `Entry ${record.index}${typeof type === "string" ? `: ${type}` : ""}`;
    const rows = [
      ["filed under", subjectText(subjects[record.position])],
      ...flat(others),
      ...subjects.map((subject, place) => [`subject ${place + 1} of ${subjects.length}`, subjectText(subject)]),
    ];
    return element("article", {}, element("h3", {}, heading),
      element("dl", {}, ...rows.map(([name, value]) =>
        element("div", {}, element("dt", {}, name), element("dd", {}, value)))),
      element("details", {}, element("summary", {}, "The exact text"), element("code", {}, record.content)));
  }

  /** A subject in one line; of one that is none, its JSON. */
  function subjectText(subject) {
    const { kind, scheme, value, id } = subject ?? {};
    if (typeof kind !== "string") return JSON.stringify(subject);
    return [kind, ...(typeof value === "string" ? [scheme, value] : [id ?? "", "(secret key)"])].join(" ");
  }

  /** Every value within, with the way to it: [["occurred at", "2026-11-26"], …]. */
  function flat(value, way = []) {
    if (value === null || typeof value !== "object") return [[way.join(" "), String(value)]];
    const inner = Object.entries(value).map(([key, one]) => [Array.isArray(value) ? Number(key) + 1 : key, one]);
    if (inner.length === 0) return way.length === 0 ? [] : [[way.join(" "), "none"]];
    return inner.flatMap(([key, one]) => flat(one, [...way, key]));
  }

  async function take(file) {
    if (!file) return;
    at("name").textContent = file.name;
    bytes = new Uint8Array(await file.arrayBuffer());
    await check();
  }

  function start() {
    if (!globalThis.crypto?.subtle) {
      at("insecure").hidden = false;
      at("file").disabled = true;
      return;
    }
    const zone = at("drop");
    at("file").addEventListener("change", (event) => take(event.target.files[0]));
    for (const kind of ["dragenter", "dragover"]) {
      zone.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.classList.add("over");
      });
    }
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      take(event.dataTransfer.files[0]);
    });
    // A field that is wrong and folded away could not be shown.
    at("known").addEventListener("invalid", () => { at("hand").open = true; }, true);
    at("known").addEventListener("submit", (event) => {
      event.preventDefault();
      check();
    });
  }

  start();
})();
