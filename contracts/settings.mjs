// The compiler and its settings, for compile.mjs and for solc.mjs.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export const solc = require("solc");
export const { keccak256 } = require("js-sha3");

const OPTIMIZER_RUNS = 10_000;

export const SETTINGS = {
  evmVersion: "london", // Clique's highest fork
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  optimizer: { enabled: true, runs: OPTIMIZER_RUNS },
  viaIR: true,
};
