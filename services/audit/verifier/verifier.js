/* Checks the proof files of a Bilum ledger, as ../proof-format.md describes them.

   A second verifier beside `python -m chain verify`: written against that document, with no code of
   the first. It goes its own way where there is one: paths after the algorithms of RFC 9162
   (sections 2.1.3.2 and 2.1.4.2) instead of the document's walk, canonical numbers and strings by the
   browser's own JSON.stringify, keccak256 and the JSON reader below. Where the two disagree, the
   document is not good enough.

   No dependency, no build step, no page: `BilumVerifier.verify(bytes, known)` is all of it.
   The page around it is page.js. SHA-256 is the browser's (WebCrypto), which needs https, a file or
   127.0.0.1. */

"use strict";

const BilumVerifier = (() => {
  const STEPS = {
    "bilum-proof": [
      "parse", "canonical", "commitment", "subject", "leaf", "inclusion", "checkpoint", "ledger",
    ],
    "bilum-consistency": [
      "parse", "path", "older", "newer", "older_checkpoint", "newer_checkpoint", "ledger",
    ],
  };
  const PUBLIC_KINDS = ["animal", "mob", "consignment", "programme"];
  const DEEPEST = 100;
  const ROOT_AT = "0xeaa38b41";

  /** A step that failed: `step` is its number, `error` its name. */
  class Failure extends Error {
    constructor(step, error, detail) {
      super(detail);
      Object.assign(this, { step, error });
    }
  }

  /** What bad text or bad bytes throw, as the failure of a step; any other error as it is. */
  function failure(error, step, name, what) {
    const bad = error instanceof SyntaxError || error instanceof TypeError;
    return bad ? new Failure(step, name, `${what}: ${error.message}`) : error;
  }

  /** A node that does not answer as a node does: no step failed, nothing was compared. */
  class NodeSilent extends Error {}

  // --- Bytes ------------------------------------------------------------------------------------

  const utf8 = (text) => new TextEncoder().encode(text);

  const fromHex = (digits) =>
    Uint8Array.from({ length: digits.length / 2 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));

  const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  function joined(...parts) {
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  // --- Hashes: in and out in hexadecimal, or bytes in -----------------------------------------------

  const sha256 = async (bytes) => toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));

  const node = (left, right) => sha256(joined([1], fromHex(left), fromHex(right)));

  const MASK = (1n << 64n) - 1n;
  const rotated = (lane, by) => ((lane << by) | (lane >> (64n - by))) & MASK;

  /** The constants of rounds and rotations, generated as FIPS 202 defines them (3.2.2, 3.2.5). */
  const [ROUNDS, OFFSETS] = (() => {
    let register = 1;
    const bit = () => {
      const out = register & 1;
      register = register & 0x80 ? (register << 1) ^ 0x171 : register << 1;
      return out;
    };
    const rounds = Array.from({ length: 24 }, () => {
      let constant = 0n;
      for (let power = 0n; power < 7n; power += 1n) {
        if (bit()) constant |= 1n << ((1n << power) - 1n);
      }
      return constant;
    });
    const offsets = new Array(25).fill(0n);
    let [x, y] = [1, 0];
    for (let turn = 0; turn < 24; turn += 1) {
      offsets[x + 5 * y] = BigInt((((turn + 1) * (turn + 2)) / 2) % 64);
      [x, y] = [y, (2 * x + 3 * y) % 5];
    }
    return [rounds, offsets];
  })();

  function permute(state) {
    for (const constant of ROUNDS) {
      const columns = [0, 1, 2, 3, 4].map((x) =>
        [5, 10, 15, 20].reduce((sum, y) => sum ^ state[x + y], state[x]));
      for (let at = 0; at < 25; at += 1) {
        state[at] ^= columns[(at + 4) % 5] ^ rotated(columns[(at + 1) % 5], 1n);
      }
      const moved = new Array(25);
      for (let y = 0; y < 5; y += 1) {
        for (let x = 0; x < 5; x += 1) {
          moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotated(state[x + 5 * y], OFFSETS[x + 5 * y]);
        }
      }
      for (let at = 0; at < 25; at += 1) {
        const row = at - (at % 5);
        state[at] = moved[at] ^ (~moved[row + ((at + 1) % 5)] & MASK & moved[row + ((at + 2) % 5)]);
      }
      state[0] ^= constant;
    }
  }

  /** keccak256 of bytes: rate 136, original padding. */
  function keccak256(bytes) {
    const rate = 136;
    const padded = new Uint8Array(bytes.length + rate - (bytes.length % rate));
    padded.set(bytes);
    padded[bytes.length] ^= 0x01;
    padded[padded.length - 1] ^= 0x80;
    const words = new DataView(padded.buffer);
    const state = new Array(25).fill(0n);
    for (let block = 0; block < padded.length; block += rate) {
      for (let at = 0; at < rate / 8; at += 1) state[at] ^= words.getBigUint64(block + 8 * at, true);
      permute(state);
    }
    const digest = new DataView(new ArrayBuffer(32));
    for (let at = 0; at < 4; at += 1) digest.setBigUint64(8 * at, state[at], true);
    return toHex(new Uint8Array(digest.buffer));
  }

  // --- JSON: RFC 8259, no key twice, numbers as they are written ---------------------------------------

  /** A number and how it was written. */
  class Written {
    constructor(text) {
      this.text = text;
      this.value = Number(text);
    }
  }

  const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
  const PLAIN = /[^"\\\u0000-\u001f]*/y;
  const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
  const SPACE = /[ \t\n\r]*/y;
  const WORDS = { true: true, false: false, null: null };

  /** Objects become Maps, lists arrays, numbers `Written`. Throws SyntaxError. */
  function parseJson(text) {
    let at = 0;

    function take(pattern) {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (found === null) return null;
      at += found[0].length;
      return found[0];
    }

    function wrong(what) {
      return new SyntaxError(`${what}, at character ${at + 1}`);
    }

    /** Skip white space; whether `mark` is next, which is then taken. */
    function next(mark) {
      take(SPACE);
      if (text[at] !== mark) return false;
      at += 1;
      return true;
    }

    function string() {
      if (!next('"')) throw wrong("no string where there should be one");
      const start = at - 1;
      do take(PLAIN);
      while (take(ESCAPE) !== null);
      if (text[at] !== '"') throw wrong("a string does not end, or holds what must be escaped");
      at += 1;
      return JSON.parse(text.slice(start, at));
    }

    function members(depth) {
      const found = new Map();
      if (next("}")) return found;
      do {
        const key = string();
        if (found.has(key)) throw wrong(`the key ${JSON.stringify(key)} occurs twice`);
        if (!next(":")) throw wrong("a colon is missing");
        found.set(key, value(depth));
      } while (next(","));
      if (!next("}")) throw wrong("an object does not end");
      return found;
    }

    function list(depth) {
      const found = [];
      if (next("]")) return found;
      do found.push(value(depth));
      while (next(","));
      if (!next("]")) throw wrong("a list does not end");
      return found;
    }

    function value(depth) {
      const opening = next("{") ? members : next("[") ? list : null;
      if (opening !== null) {
        if (depth === DEEPEST) throw wrong("nested too deeply");
        return opening(depth + 1);
      }
      if (text[at] === '"') return string();
      const word = Object.keys(WORDS).find((one) => text.startsWith(one, at));
      if (word !== undefined) {
        at += word.length;
        return WORDS[word];
      }
      const number = take(NUMBER);
      if (number === null) throw wrong("not JSON");
      return new Written(number);
    }

    const whole = value(0);
    take(SPACE);
    if (at < text.length) throw wrong("something comes after the end");
    return whole;
  }

  /** The canonical form of a parsed value, RFC 8785. Throws SyntaxError where it has none. */
  function canonical(value) {
    if (value instanceof Map) {
      // JavaScript compares strings by their UTF-16 code units, as the standard asks.
      const keys = [...value.keys()].sort((one, other) => (one < other ? -1 : 1));
      return `{${keys.map((key) => `${canonical(key)}:${canonical(value.get(key))}`).join(",")}}`;
    }
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (value instanceof Written) {
      if (!Number.isFinite(value.value)) throw new SyntaxError("a number is beyond the doubles");
      return JSON.stringify(value.value);
    }
    if (typeof value === "string" && !isWellFormed(value)) throw new SyntaxError("a lone surrogate");
    return JSON.stringify(value);
  }

  /** Whether a string has no half of a pair alone. */
  const isWellFormed = (text) => !/\p{Surrogate}/u.test(text);

  // --- Step 1 -------------------------------------------------------------------------------------

  function refuse(place, what) {
    throw new Failure(1, "parse", `${place} ${what}`);
  }

  function object(value, place, ...keys) {
    if (!(value instanceof Map)) refuse(place, "is not an object");
    for (const key of keys) if (!value.has(key)) refuse(place, `lacks ${key}`);
    for (const key of value.keys()) {
      if (!keys.includes(key)) refuse(place, `has an unknown key ${JSON.stringify(key)}`);
    }
    return Object.fromEntries(keys.map((key) => [key, value.get(key)]));
  }

  function list(value, place) {
    if (!Array.isArray(value)) refuse(place, "is not a list");
    return value;
  }

  function count(value, place) {
    const written = value instanceof Written && /^(?:0|[1-9][0-9]*)$/.test(value.text);
    if (!written || !Number.isSafeInteger(value.value)) {
      refuse(place, "is not a whole number from 0 to 2^53 - 1");
    }
    return value.value;
  }

  function text(value, place, pattern, what) {
    if (typeof value !== "string" || !pattern.test(value)) refuse(place, `is not ${what}`);
    return value;
  }

  const hash = (value, place) => text(value, place, /^[0-9a-f]{64}$/, "64 hexadecimal digits in small letters");

  const hashes = (value, place) => list(value, place).map((one, at) => hash(one, `${place}[${at}]`));

  /** An address with the capitals of EIP-55. */
  function checksummed(address) {
    const digits = address.slice(2).toLowerCase();
    const sums = keccak256(utf8(digits));
    return "0x" + Array.from(digits, (digit, at) => (sums[at] >= "8" ? digit.toUpperCase() : digit)).join("");
  }

  function readLedger(value) {
    const { chain_id, genesis, contract } = object(value, "ledger", "chain_id", "genesis", "contract");
    text(genesis, "ledger.genesis", /^0x[0-9a-f]{64}$/, "0x and 64 hexadecimal digits in small letters");
    text(contract, "ledger.contract", /^0x[0-9a-fA-F]{40}$/, "an address");
    if (contract !== checksummed(contract)) refuse("ledger.contract", "has not the capitals of EIP-55");
    return { chain_id: count(chain_id, "ledger.chain_id"), genesis: genesis.slice(2), contract };
  }

  function readCheckpoint(value, place) {
    const { size, root } = object(value, place, "size", "root");
    return { size: count(size, `${place}.size`), root: hash(root, `${place}.root`) };
  }

  function readRecord(value, place) {
    const told = object(value, place, "index", "subject", "salt", "position", "content", "path");
    if (typeof told.content !== "string") refuse(`${place}.content`, "is not a string");
    if (!isWellFormed(told.content)) refuse(`${place}.content`, "has a lone surrogate");
    return {
      index: count(told.index, `${place}.index`),
      subject: hash(told.subject, `${place}.subject`),
      salt: hash(told.salt, `${place}.salt`),
      position: count(told.position, `${place}.position`),
      content: told.content,
      path: hashes(told.path, `${place}.path`),
    };
  }

  function readRecords(value) {
    const records = list(value, "records").map((one, at) => readRecord(one, `records[${at}]`));
    if (records.length === 0) refuse("records", "is empty");
    if (new Set(records.map((record) => record.index)).size < records.length) {
      refuse("records", "has one index twice");
    }
    return records;
  }

  const READERS = {
    "bilum-proof": {
      ledger: readLedger, checkpoint: (value) => readCheckpoint(value, "checkpoint"), records: readRecords,
    },
    "bilum-consistency": {
      ledger: readLedger,
      older: (value) => readCheckpoint(value, "older"),
      newer: (value) => readCheckpoint(value, "newer"),
      path: (value) => hashes(value, "path"),
    },
  };

  /** The file of either kind as plain values, from its bytes. */
  function parse(bytes) {
    let whole;
    try {
      whole = parseJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    } catch (error) {
      throw failure(error, 1, "parse", "this is not JSON in UTF-8");
    }
    const format = whole instanceof Map ? whole.get("format") : undefined;
    if (typeof format !== "string" || !Object.hasOwn(READERS, format)) refuse("the file", "is of no format known here");
    const readers = READERS[format];
    const told = object(whole, "the file", "format", "version", ...Object.keys(readers));
    if (count(told.version, "version") !== 1) refuse("version", "is not 1, the one known here");
    const read = Object.entries(readers).map(([key, reader]) => [key, reader(told[key])]);
    return { format, version: 1, ...Object.fromEntries(read) };
  }

  // --- Steps 2 to 6 of a proof ------------------------------------------------------------------------

  function content(record) {
    try {
      const parsed = parseJson(record.content);
      if (!(parsed instanceof Map)) throw new SyntaxError("it is not an object");
      if (canonical(parsed) !== record.content) throw new SyntaxError("it is written otherwise");
      return parsed;
    } catch (error) {
      throw failure(error, 2, "canonical", `record ${record.index} is not in its canonical form`);
    }
  }

  const commitment = (record) => sha256(joined([1], fromHex(record.salt), utf8(record.content)));

  async function isSubject(record, parsed) {
    const subjects = parsed.get("subjects");
    const subject = Array.isArray(subjects) ? subjects[record.position] : undefined;
    if (!(subject instanceof Map)) return false;
    const [kind, scheme, value, link] = ["kind", "scheme", "value", "link"].map((key) => subject.get(key));
    if (typeof kind !== "string") return false;
    const isPublic = PUBLIC_KINDS.includes(kind);
    if (typeof scheme === "string" && typeof value === "string") {
      if (!isPublic || `${scheme}${value}`.includes("\0")) return false;
      return keccak256(utf8(`bilum/1\0${scheme}\0${value}`)) === record.subject;
    }
    if (typeof link !== "string" || isPublic) return false;
    return (await sha256(joined(fromHex(record.salt), fromHex(record.subject)))) === link;
  }

  /** The root that an inclusion path leads to, RFC 9162, 2.1.3.2; null where its length is wrong. */
  async function rootOfInclusion(leaf, index, size, path) {
    if (index >= size) return null;
    let [fn, sn, root] = [BigInt(index), BigInt(size) - 1n, leaf];
    for (const sibling of path) {
      if (sn === 0n) return null;
      if (fn & 1n || fn === sn) {
        root = await node(sibling, root);
        while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
      } else {
        root = await node(root, sibling);
      }
      [fn, sn] = [fn >> 1n, sn >> 1n];
    }
    return sn === 0n ? root : null;
  }

  async function checkProof({ records, checkpoint }, passed) {
    const parsed = records.map(content);
    passed(2);
    const commitments = await Promise.all(records.map(commitment));
    passed(3);
    for (const [at, record] of records.entries()) {
      if (!(await isSubject(record, parsed[at]))) {
        throw new Failure(4, "subject", `record ${record.index}: its subject ${record.position} is not the entry's`);
      }
    }
    passed(4);
    const leaves = await Promise.all(
      records.map((record, at) => sha256(joined([0], fromHex(record.subject), fromHex(commitments[at])))));
    passed(5);
    for (const [at, record] of records.entries()) {
      const root = await rootOfInclusion(leaves[at], record.index, checkpoint.size, record.path);
      if (root !== checkpoint.root) {
        const what = root === null ? "has no such length" : "does not lead to the root";
        throw new Failure(6, "inclusion", `record ${record.index}: its path ${what}`);
      }
    }
    passed(6);
  }

  // --- Steps 2 to 4 of a consistency file ---------------------------------------------------------------

  /** The older and the newer root that a path leads to, RFC 9162, 2.1.4.2; null: a wrong length. */
  async function rootsOfConsistency(older, newer, path) {
    if (older.size < 1 || older.size > newer.size) return null;
    if (older.size === newer.size) return path.length === 0 ? [older.root, older.root] : null;
    let [fn, sn] = [BigInt(older.size) - 1n, BigInt(newer.size) - 1n];
    const isPower = (fn & (fn + 1n)) === 0n;
    const way = isPower ? [older.root, ...path] : path;
    while (fn & 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
    if (way.length === 0) return null;
    let [fr, sr] = [way[0], way[0]];
    for (const sibling of way.slice(1)) {
      if (sn === 0n) return null;
      if (fn & 1n || fn === sn) {
        [fr, sr] = [await node(sibling, fr), await node(sibling, sr)];
        while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
      } else {
        sr = await node(sr, sibling);
      }
      [fn, sn] = [fn >> 1n, sn >> 1n];
    }
    return sn === 0n ? [fr, sr] : null;
  }

  async function checkConsistency({ older, newer, path }, passed) {
    const roots = await rootsOfConsistency(older, newer, path);
    if (roots === null) {
      throw new Failure(2, "path", `a path of ${path.length} hashes leads from no ${older.size} to ${newer.size} entries`);
    }
    passed(2);
    if (roots[0] !== older.root) throw new Failure(3, "older", "the path does not lead to the older root");
    passed(3);
    if (roots[1] !== newer.root) throw new Failure(4, "newer", "the path does not lead to the newer root");
    passed(4);
  }

  // --- The last steps: what the file cannot tell -----------------------------------------------------------

  const stepOf = (file, error) => STEPS[file.format].indexOf(error) + 1;

  /** Every value that only another source can confirm: `{step, error, name, value}` of each. */
  function claims(file) {
    const checkpoints = file.format === "bilum-proof"
      ? [["checkpoint", "", file.checkpoint]]
      : [["older_checkpoint", "older_", file.older], ["newer_checkpoint", "", file.newer]];
    const claimed = checkpoints.flatMap(([error, prefix, { root, size }]) => [
      { error, name: `${prefix}root`, value: root }, { error, name: `${prefix}size`, value: size },
    ]);
    const ledger = ["chain_id", "genesis", "contract"].map((name) => (
      { error: "ledger", name, value: file.ledger[name] }));
    return [...claimed, ...ledger].map((claim) => ({ step: stepOf(file, claim.error), ...claim }));
  }

  /** Values that people type: with or without 0x, in any letters, a number as text. */
  function normal(value) {
    if (value === undefined || value === null || value === "") return null;
    const text = String(value).trim().toLowerCase().replace(/^0x/, "");
    return /^[0-9]{1,20}$/.test(text) ? BigInt(text).toString() : text;
  }

  async function ask(url, method, params) {
    let answer;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
        signal: AbortSignal.timeout(15000),
      });
      answer = await response.json();
    } catch (error) {
      throw new NodeSilent(`the node does not answer: ${error.message}`);
    }
    if (answer === null || typeof answer !== "object" || answer.error || answer.result === undefined) {
      throw new NodeSilent(`the node does not answer ${method}: ${answer?.error?.message ?? "no result"}`);
    }
    return answer.result;
  }

  function answered(value, pattern, method) {
    if (typeof value !== "string" || !pattern.test(value)) throw new NodeSilent(`the node answers ${method} strangely`);
    return value;
  }

  /** What a node tells of the contract that the file names. */
  async function readNode(url, file) {
    const { contract } = file.ledger;
    const chain = answered(await ask(url, "eth_chainId", []), /^0x[0-9a-f]+$/i, "eth_chainId");
    const block = await ask(url, "eth_getBlockByNumber", ["0x0", false]);
    const code = answered(await ask(url, "eth_getCode", [contract, "latest"]), /^0x[0-9a-f]*$/i, "eth_getCode");
    if (code === "0x") {
      throw new Failure(stepOf(file, "ledger"), "ledger", "the node has no contract at this address");
    }
    const genesis = answered(block?.hash, /^0x[0-9a-f]{64}$/i, "eth_getBlockByNumber");
    const told = { chain_id: BigInt(chain).toString(), genesis };
    for (const { step, error, name, value } of claims(file).filter((claim) => claim.name.endsWith("size"))) {
      const data = ROOT_AT + value.toString(16).padStart(64, "0");
      const root = answered(
        await ask(url, "eth_call", [{ to: contract, data }, "latest"]), /^0x[0-9a-f]{64}$/i, "eth_call");
      if (/^0x0*$/.test(root)) throw new Failure(step, error, `the ledger has no checkpoint over ${value} entries`);
      Object.assign(told, { [name]: value, [name.replace("size", "root")]: root });
    }
    return told;
  }

  /** Both sources together; a value on which they disagree fails its step. */
  function agreed(file, given, told) {
    const both = {};
    for (const { step, error, name } of claims(file)) {
      const [one, other] = [normal(given[name]), normal(told[name])];
      if (one !== null && other !== null && one !== other) {
        throw new Failure(step, error, `two sources disagree about the ${name.replace("_", " ")}`);
      }
      both[name] = one ?? other;
    }
    return both;
  }

  function compare(file, known, report) {
    const last = STEPS[file.format].length;
    const first = claims(file)[0].step;
    for (let step = first; step <= last; step += 1) {
      const mine = claims(file).filter((claim) => claim.step === step);
      for (const { error, name, value } of mine) {
        if (known[name] === null) report.unchecked.push({ step, name, value });
        else if (known[name] !== normal(value)) {
          const what = `${name.replace("_", " ")} is ${value}, expected is ${known[name]}`;
          throw new Failure(step, error, `the file's ${what}`);
        }
      }
      report.passed.push(step);
    }
  }

  /** Check a file.

      `bytes`: the file, a Uint8Array. `known`: what the verifier has from elsewhere, each part
      optional: root, size, older_root, older_size, chain_id, genesis, contract, and `node`, the
      JSON-RPC address of a node to read them from.

      Resolves to a report: `file`, the parsed file (null where step 1 failed); `steps`, the names of
      its steps; `passed`, numbers of those that passed; `failed`, `{step, error, detail}` or null;
      `unchecked`, `{step, name, value}` of each value that nothing was compared with; `node`, why the
      node could not be asked, or null. */
  async function verify(bytes, known = {}) {
    const report = { file: null, steps: ["parse"], passed: [], failed: null, unchecked: [], node: null };
    const passed = (step) => report.passed.push(step);
    try {
      const file = parse(bytes);
      Object.assign(report, { file, steps: STEPS[file.format] });
      passed(1);
      await (file.format === "bilum-proof" ? checkProof : checkConsistency)(file, passed);
      const told = known.node ? await readNode(known.node, file) : {};
      compare(file, agreed(file, known, told), report);
    } catch (error) {
      if (error instanceof Failure) {
        report.failed = { step: error.step, error: error.error, detail: error.message };
      } else if (error instanceof NodeSilent) {
        Object.assign(report, { node: error.message, unchecked: claims(report.file) });
      } else {
        throw error;
      }
    }
    return report;
  }

  return { verify, claims, keccak256, canonical: (json) => canonical(parseJson(json)), checksummed };
})();
