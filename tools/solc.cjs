// The part of solc's command line that forge and py-solc-x use: --version, and --standard-json on standard input.
// Sources arrive inside the JSON, so options about paths change nothing and are accepted in silence.
"use strict";

const fs = require("node:fs");
const solc = require("solc");

function writeAll(text) {
  const bytes = Buffer.from(text, "utf8");
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(1, bytes, written);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

const options = process.argv.slice(2);
if (options.includes("--version")) {
  writeAll(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else if (options.includes("--standard-json")) {
  const missing = (path) => ({ error: `${path} is not among the given sources.` });
  writeAll(solc.compile(fs.readFileSync(0, "utf8"), { import: missing }));
} else {
  process.stderr.write("This compiler speaks --version and --standard-json only; install a native solc for the rest.\n");
  process.exitCode = 1;
}
