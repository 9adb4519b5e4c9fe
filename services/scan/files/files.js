// From the bytes of a session file to its text.

const MARKS = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];
const SAMPLE = 4096;

export const LONGEST_FILE = 900_000;

/**
 * Decode UTF-8, UTF-16 or, where it is neither, Windows-1252.
 * @param {ArrayBuffer} buffer
 * @returns {string}
 */
export function decode(buffer) {
  return plain(new Uint8Array(buffer)).replaceAll("\0", "");
}

// Digits and Latin letters in UTF-16 have a zero byte each.
function wideEncoding(head) {
  const zeros = [0, 0];
  head.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] += 1;
  });
  if (zeros[0] + zeros[1] <= head.length / 4) return null;
  return zeros[1] >= zeros[0] ? "utf-16le" : "utf-16be";
}

function plain(bytes) {
  const marked = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte));
  if (marked) return new TextDecoder(marked[0]).decode(bytes);
  const wide = wideEncoding(bytes.subarray(0, SAMPLE));
  if (wide) return new TextDecoder(wide).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
