// What a reader typed: enough of it to show the number at once. The server reads each line again,
// and its word counts; see gateway/readers/lines.py, whose formats these are.

const GAP = "[ ,;:|\\t_.-]{0,3}";
const CODE = "0?(?<country>[0-9]{3})~(?<national>[0-9]{12})";
const DATE =
  "(?:[0-9]{4}[/.-][0-9]{1,2}[/.-][0-9]{1,2}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{4}|[0-9]{2})" +
  "|[0-9]{1,2}[ -][A-Za-z]{3,9}[ -](?:[0-9]{4}|[0-9]{2}))(?![0-9])";
const TIME =
  "[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,6})?)?(?![0-9:])(?:[ ]?[AaPp]\\.?[Mm]\\b\\.?)?" +
  "(?:Z|[+-][0-9]{2}:?[0-9]{2})?";

const shape = (text) =>
  new RegExp(`^(?:${text.replaceAll("~", GAP)})(?![\\p{L}\\p{N}])`, "iu");

// In this order: sixteen figures that begin with 0 are a number with a leading 0, and no frame.
const FORMATS = [
  shape(`(?:[#LXG]?A~(?:[0-9]{5}~[01]~)?|[0-9]{5}[ ][01][ ])${CODE}`),
  shape("(?<animal>L[RW])~[0-9]{4}~[0-9]{10,16}"),
  shape(
    "(?<animal>[01])~[0-7]~[0-9]{2}~[0-9]{3}~(?<country>[0-9]{3})~(?<national>[0-9]{12})" +
      "(?:~(?<stamp>[0-9]{12}))?",
  ),
  shape(CODE),
  shape("\\*?(?<hexCountry>[0-9A-F]{3})\\.(?<hexNational>[0-9A-F]{10})"),
  shape(
    "(?<frame>[0-9A-F]{32}|[0-9A-F]{28}|[0-9A-F]{20}|[0-9A-F]{16}" +
      "|(?:[0-9A-F]{4} ){3,4}[0-9A-F]{4})(?:[:*](?<crc>[0-9A-F]{4}))?",
  ),
];
const HEAD = new RegExp(
  `^(?:TAG:?\\s+)?(?:[0-9A-F]{2}\\s+)?${DATE}(?:[T ,;\\t]+${TIME})?[ ,;\\t]+` +
    "(?:(?:[0-9A-F]{2}\\s+)?TAG\\s+)?",
  "i",
);
const BARE_HEAD = /^TAG:?\s+/i;
const BETWEEN = /^[ ,;|\t]+/;
const PADDING = /[\0\ufeff\x11\x13]/g;
const FRAMING = /[\x02\x03]/g;
const HALF_CHARACTERS = /\p{Surrogate}/gu;
const ENDS = /\r\n|[\r\n\x02\x03]/;
const LONGEST_LINE = 512;

const ID_DIGITS = 16;
const WHOLE_FRAMES = new Set([28, 32]);
const NATIONAL_BITS = 38n;
const COUNTRY_BITS = 10n;
const NATIONAL = (1n << NATIONAL_BITS) - 1n;

/**
 * Split what was typed or pasted into lines that have something in them.
 * @param {string} text
 * @returns {string[]}
 */
export function splitLines(text) {
  return text
    .replace(PADDING, "")
    .replace(HALF_CHARACTERS, "\ufffd")
    .split(ENDS)
    .map((line) => line.slice(0, LONGEST_LINE).trim())
    .filter(Boolean);
}

/**
 * Read the tags of one line.
 * @param {string} line
 * @returns {{tags: string[], fault: string|null, whole: boolean}} `fault`: `industrial`, `country`,
 *   `crc` or `unreadable`; `whole`: the line is one tag, and tells no time.
 */
export function readLine(line) {
  const plain = line.replace(PADDING, "").replace(FRAMING, " ").trim();
  const head = HEAD.exec(plain) ?? BARE_HEAD.exec(plain);
  let body = head ? plain.slice(head[0].length) : plain;
  const tags = [];
  let stamped = Boolean(head);
  for (let found = tagAtStart(body); found; found = tagAtStart(body)) {
    const told = numberOf(found.groups);
    if (told.fault) return { tags, fault: told.fault, whole: false };
    tags.push(told.tag);
    stamped ||= Boolean(found.groups.stamp);
    body = body.slice(found[0].length).replace(BETWEEN, "");
  }
  const whole = tags.length === 1 && !body && !stamped;
  return { tags, fault: tags.length ? null : "unreadable", whole };
}

/**
 * Add when a tag was read to a line that is a tag and nothing else.
 * @param {string} line
 * @param {string} moment such as `2026-11-25T08:01:02+10:00`
 * @returns {string}
 */
export function stampLine(line, moment) {
  return readLine(line).whole ? `${line.trim()} ${moment.replace("T", " ")}` : line;
}

/**
 * Write an official number in groups that an eye can follow.
 * @param {string} tag
 * @returns {string}
 */
export function groupDigits(tag) {
  return tag.replace(/^(\d{3})(\d{3})(\d{3})(\d{3})(\d{3})$/, "$1 $2 $3 $4 $5");
}

/**
 * Tell what a reading is beside those before it.
 * @param {{tags: string[], fault: string|null}} read
 * @param {Set<string>} before tags of the session until now
 * @returns {"new"|"repeat"|"fault"}
 */
export function judge(read, before) {
  if (!read.tags.length) return "fault";
  return read.tags.every((tag) => before.has(tag)) ? "repeat" : "new";
}

/**
 * Count the readings of a session.
 * @param {{tags: string[], fault: string|null}[]} readings in their order
 * @returns {{animals: string[], scans: number, repeats: number, faults: number}}
 */
export function tally(readings) {
  const animals = new Set(readings.flatMap((one) => one.tags));
  const scans = readings.reduce((sum, one) => sum + one.tags.length, 0);
  return {
    animals: [...animals],
    scans,
    repeats: scans - animals.size,
    faults: readings.filter((one) => one.fault).length,
  };
}

/**
 * CRC-16/KERMIT, as ISO 11785 has it, of the 64 bits of a tag in the order in which they are sent.
 * @param {string} digits 16 hexadecimal digits
 * @returns {number}
 */
export function crc16(digits) {
  let register = 0;
  for (const bit of bits(digits)) {
    register = (register >> 1) ^ ((register & 1) ^ Number(bit) ? 0x8408 : 0);
  }
  return register;
}

function tagAtStart(body) {
  for (const form of FORMATS) {
    const found = form.exec(body);
    if (found) return found;
  }
  return null;
}

function numberOf(told) {
  if (told.animal && told.animal !== "1") return { fault: "industrial" };
  if (told.frame) return frameNumber(told.frame.replaceAll(" ", "") + (told.crc ?? ""));
  const digits = told.hexCountry
    ? String(parseInt(told.hexCountry, 16)).padStart(3, "0") +
      String(parseInt(told.hexNational, 16)).padStart(12, "0")
    : told.country + told.national;
  return checked(digits);
}

function frameNumber(digits) {
  if (WHOLE_FRAMES.has(digits.length)) return { fault: "unreadable" }; // the server unwraps it
  const code = digits.slice(0, ID_DIGITS);
  const crc = digits.slice(ID_DIGITS);
  const right = crc16(code);
  if (crc && ![parseInt(crc, 16), parseInt(reverse(bits(crc)), 2)].includes(right)) {
    return { fault: "crc" };
  }
  const value = BigInt(`0b${reverse(bits(code))}`);
  if (!(value >> 63n)) return { fault: "industrial" };
  const country = (value >> NATIONAL_BITS) & ((1n << COUNTRY_BITS) - 1n);
  return checked(
    String(country).padStart(3, "0") + String(value & NATIONAL).padStart(12, "0"),
  );
}

function checked(digits) {
  const country = Number(digits.slice(0, 3));
  if (digits.length !== 15 || country < 1 || country > 999) return { fault: "country" };
  if (BigInt(digits.slice(3)) > NATIONAL) return { fault: "unreadable" };
  return { tag: digits };
}

function bits(digits) {
  return [...digits].map((one) => parseInt(one, 16).toString(2).padStart(4, "0")).join("");
}

function reverse(text) {
  return [...text].reverse().join("");
}
