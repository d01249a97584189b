// node time.mjs MODULE NAME...: milliseconds, minimum and median of single calls.
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]));
const state = instance.exports.prepare();
for (const name of process.argv.slice(3)) {
  let [times, value, start] = [[], 0, performance.now()];
  while (performance.now() - start < 4000) {
    const before = performance.now();
    value = instance.exports[name](state);
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  const [best, middle] = [times[0], times[times.length >> 1]].map((time) => time.toFixed(3));
  console.log(name, best, middle, "ms", value === undefined ? "" : `(a value: ${value})`);
}
