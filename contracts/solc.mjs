#!/usr/bin/env node
// The npm compiler behind calls of the `solc` program: the two that slither makes, and standard JSON.
//
//   solc.mjs --version
//   solc.mjs --standard-json          a task on the standard input, as it is
//   solc.mjs FILE --combined-json ...     always the project's settings; other arguments are ignored

import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

import { SETTINGS, solc } from "./settings.mjs";

const OUTPUTS = ["abi", "devdoc", "userdoc", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers"];

function compile(file) {
  const folder = dirname(resolve(file));
  const base = resolve(".");
  const read = (name) => {
    const path = resolve(base, name);
    if (relative(folder, path).startsWith("..")) return { error: `${name} is outside of ${folder}` };
    return { contents: readFileSync(path, "utf8") };
  };
  const name = relative(base, resolve(file));
  const input = {
    language: "Solidity",
    sources: { [name]: { content: readFileSync(file, "utf8") } },
    settings: { ...SETTINGS, outputSelection: { "*": { "*": OUTPUTS, "": ["ast"] } } },
  };
  return JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
}

function combined(output) {
  const contracts = {};
  for (const [file, found] of Object.entries(output.contracts)) {
    for (const [name, contract] of Object.entries(found)) {
      const { bytecode, deployedBytecode, methodIdentifiers } = contract.evm;
      contracts[`${file}:${name}`] = {
        abi: contract.abi,
        bin: bytecode.object,
        "bin-runtime": deployedBytecode.object,
        devdoc: contract.devdoc,
        hashes: methodIdentifiers,
        srcmap: bytecode.sourceMap,
        "srcmap-runtime": deployedBytecode.sourceMap,
        userdoc: contract.userdoc,
      };
    }
  }
  const units = Object.entries(output.sources).sort(([, a], [, b]) => a.id - b.id);
  const sources = Object.fromEntries(units.map(([name, { ast, id }]) => [name, { AST: ast, id }]));
  return { contracts, sourceList: units.map(([name]) => name), sources, version: solc.version() };
}

const [first] = process.argv.slice(2);
if (first === "--version") {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (first === "--standard-json") {
  console.log(solc.compile(readFileSync(0, "utf8")));
} else {
  const output = compile(first);
  const errors = (output.errors ?? []).filter((problem) => problem.severity === "error");
  for (const problem of errors) console.error(problem.formattedMessage);
  if (errors.length) process.exit(1);
  process.stdout.write(JSON.stringify(combined(output)));
}
