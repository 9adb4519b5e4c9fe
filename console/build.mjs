// Compiles console.scss, copies what is served as it is, and writes hashes.json beside it.
// `node build.mjs [FOLDER]`; without FOLDER, ../services/console/files, where the rest is ours.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as sass from "sass";

const ours = new URL("../services/console/files/", import.meta.url);
const target = process.argv[2] ? new URL(`file://${process.argv[2]}/`) : ours;
const require = createRequire(import.meta.url);
const COPIES = {
  "govuk-frontend.min.js": "govuk-frontend/dist/govuk/govuk-frontend.min.js",
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  "leaflet.css": "leaflet/dist/leaflet.css",
  "leaflet.js": "leaflet/dist/leaflet.js",
  "uplot.css": "uplot/dist/uPlot.min.css",
  "uplot.js": "uplot/dist/uPlot.iife.min.js",
};
const OWN = ["console.js", "map.js", "months.js", "passkey.js"];
// The look of every page of the product, of which the console has a copy with a hash.
const SHARED = { "tokens.css": "../services/core/tokens.css" };
const MADE = ["console.css", ...Object.keys(COPIES), ...Object.keys(SHARED), ...OWN];

function compile() {
  const loadPaths = [fileURLToPath(new URL("node_modules", import.meta.url))];
  const source = fileURLToPath(new URL("console.scss", import.meta.url));
  return sass.compile(source, { loadPaths, style: "compressed" }).css + "\n";
}

function copy(name) {
  const path = new URL(`node_modules/${COPIES[name]}`, import.meta.url);
  const content = readFileSync(path, "utf8");
  // Maps are not served, nor pictures of markers and layers: we draw circles.
  if (name.endsWith(".css")) return content.replace(/[\w-]+:\s*url\([^)]*\)\s*;/g, "");
  return content.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
}

mkdirSync(target, { recursive: true });
writeFileSync(new URL("console.css", target), compile());
for (const name of Object.keys(COPIES)) writeFileSync(new URL(name, target), copy(name));
for (const name of Object.keys(SHARED)) {
  copyFileSync(new URL(SHARED[name], import.meta.url), new URL(name, target));
}
for (const name of OWN) {
  if (!existsSync(new URL(name, target))) copyFileSync(new URL(name, ours), new URL(name, target));
}
const hashes = {};
for (const name of MADE.sort()) {
  const content = readFileSync(new URL(name, target));
  writeFileSync(new URL(`${name}.gz`, target), gzipSync(content, { level: 9 }));
  hashes[name] = createHash("sha256").update(content).digest("hex");
}
const versions = Object.fromEntries(
  ["govuk-frontend", "htmx.org", "leaflet", "uplot"].map((name) => [name, require(`./node_modules/${name}/package.json`).version]),
);
writeFileSync(new URL("hashes.json", target), `${JSON.stringify({ versions, hashes }, null, 2)}\n`);
