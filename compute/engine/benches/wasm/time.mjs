// node time.mjs impulse.wasm: milliseconds, minimum of single calls.
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]));
const state = instance.exports.prepare();
for (const name of ["draw", "respond", "sample", "finish"]) {
  let [best, value, start] = [Infinity, 0, performance.now()];
  while (performance.now() - start < 4000) {
    const before = performance.now();
    value = instance.exports[name](state);
    best = Math.min(best, performance.now() - before);
  }
  console.log(name, best.toFixed(3), "ms", value === undefined ? "" : `(a value: ${value})`);
}
