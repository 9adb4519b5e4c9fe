// Compiles src/ with the pinned solc and writes the artifact that the chain package ships.
// `node compile.mjs [FILE]`; without FILE, ../chain/artifacts/LivestockLedger.json.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import solc from "solc";

const CONTRACT = "LivestockLedger";
const ARTIFACT = new URL(`../chain/artifacts/${CONTRACT}.json`, import.meta.url);
const require = createRequire(import.meta.url);

const settings = {
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none" },
  optimizer: { enabled: true, runs: 1000000 },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  viaIR: false,
};

function readSources() {
  const folder = new URL("src/", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".sol"));
  return Object.fromEntries(
    names.map((name) => [`src/${name}`, { content: readFileSync(new URL(name, folder), "utf8") }]),
  );
}

function compile() {
  const input = { language: "Solidity", sources: readSources(), settings };
  const findImport = (path) => ({ contents: readFileSync(require.resolve(path), "utf8") });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
  // A warning is a fault too: the contract cannot be mended once it is deployed.
  if (output.errors?.length) {
    throw new Error(output.errors.map((fault) => fault.formattedMessage).join("\n"));
  }
  return output.contracts[`src/${CONTRACT}.sol`][CONTRACT];
}

function sortKeys(value) {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key])]));
}

const { abi, evm } = compile();
const { outputSelection, ...compilerSettings } = settings;
const artifact = {
  abi,
  bytecode: `0x${evm.bytecode.object}`,
  compiler: { settings: compilerSettings, version: solc.version() },
  contract: CONTRACT,
};
writeFileSync(process.argv[2] ?? ARTIFACT, `${JSON.stringify(sortKeys(artifact), null, 2)}\n`);
