// Counts words: text on standard input, JSON on standard output, log on standard error.
import { readFileSync } from "node:fs";

const text = readFileSync(0, "utf8");
const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
console.error(`${text.length} characters came`);
process.stdout.write(JSON.stringify({ words: words.length, different: new Set(words).size }));
