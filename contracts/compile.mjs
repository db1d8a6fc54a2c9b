// Compiles src/*.sol with the pinned solc and writes the artifact that the Ethereum backend ships.
//
//   node compile.mjs             write the artifact
//   node compile.mjs --check     compare with the committed one; warnings are failures
//   --contract NAME              another contract than MaaS
//   --src DIR --out FILE         other sources, another artifact (both relative to the working directory)
//
// The output depends on the sources and on the settings below only: names of source units are relative,
// the metadata hash is left out, and every list is sorted.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { SETTINGS, keccak256, solc } from "./settings.mjs";

const ANNEX = "Annex"; // created by MaaS, which runs it on its own state: one address, one ABI
const OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.methodIdentifiers"];

const HERE = dirname(fileURLToPath(import.meta.url));

function readSources(folder) {
  const files = readdirSync(folder, { recursive: true })
    .map((name) => name.split("\\").join("/"))
    .filter((name) => name.endsWith(".sol"))
    .sort();
  return Object.fromEntries(files.map((name) => [`src/${name}`, { content: readFileSync(join(folder, name), "utf8") }]));
}

function compile(name, sources) {
  const input = {
    language: "Solidity",
    sources,
    settings: { ...SETTINGS, outputSelection: { "*": { [name]: OUTPUTS, [ANNEX]: OUTPUTS } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const contractOf = (one) => output.contracts?.[`src/${one}.sol`]?.[one];
  return { problems: output.errors ?? [], contract: contractOf(name), annex: contractOf(ANNEX) };
}

function typeOf(parameter) {
  if (!parameter.type.startsWith("tuple")) return parameter.type;
  return `(${parameter.components.map(typeOf).join(",")})${parameter.type.slice("tuple".length)}`;
}

// What answers at the contract's address, its own functions and the annex's.
function mergedAbi(contract, annex) {
  const entries = [...contract.abi, ...(annex?.abi ?? [])].map((entry) => [JSON.stringify(entry), entry]);
  return [...new Map(entries.filter(([, entry]) => entry.name)).values()];
}

const size = (contract) => contract.evm.deployedBytecode.object.length / 2;

const signature = (entry) => `${entry.name}(${entry.inputs.map(typeOf).join(",")})`;

// Hashes of the signatures, so that a reader of the artifact needs no Keccak.
function selectors(abi, kind, length) {
  const names = abi.filter((entry) => entry.type === kind).map(signature).sort();
  return Object.fromEntries(names.map((name) => [name, `0x${keccak256(name).slice(0, length)}`]));
}

function artifactOf(name, sources, contract, annex) {
  const abi = mergedAbi(contract, annex);
  const hash = (text) => createHash("sha256").update(text).digest("hex");
  return {
    contract: name,
    compiler: solc.version(),
    settings: SETTINGS,
    abi,
    functions: selectors(abi, "function", 8),
    errors: selectors(abi, "error", 8),
    events: selectors(abi, "event", 64),
    bytecode: `0x${contract.evm.bytecode.object}`,
    sizes: { [name]: size(contract), ...(annex ? { [ANNEX]: size(annex) } : {}) },
    sources: Object.fromEntries(
      Object.entries(sources).map(([name, { content }]) => [name, { sha256: hash(content), content }]),
    ),
  };
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function main() {
  const { values } = parseArgs({
    options: {
      check: { type: "boolean", default: false },
      contract: { type: "string", default: "MaaS" },
      src: { type: "string", default: join(HERE, "src") },
      out: { type: "string" },
    },
  });
  const name = values.contract;
  const out = values.out ?? join(HERE, "..", "plugins", "ledger_eth", "artifacts", `${name}.json`);
  if (!existsSync(values.src)) fail(`no sources in ${values.src}`);
  const sources = readSources(resolve(values.src));
  const { problems, contract, annex } = compile(name, sources);
  for (const problem of problems) console.error(problem.formattedMessage);
  if (!contract || problems.some((problem) => problem.severity === "error")) fail("compilation failed");
  const text = `${JSON.stringify(artifactOf(name, sources, contract, annex), null, 1)}\n`;
  if (annex) console.log(`${ANNEX}: ${size(annex)} bytes deployed`);
  console.log(`${name}: ${size(contract)} bytes deployed, solc ${solc.version()}`);
  if (values.check) {
    if (problems.some((problem) => problem.severity === "warning")) fail("warnings are failures here");
    const committed = existsSync(out) ? readFileSync(out, "utf8") : "";
    if (committed !== text) fail("artifact differs from what the sources give: run `make contracts`");
    console.log("artifact is what the sources give");
    return;
  }
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, text);
}

main();
