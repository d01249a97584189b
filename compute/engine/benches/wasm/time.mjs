// node time.mjs impulse.wasm: milliseconds a LeNet network, minimum of repeats of 20 networks.
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]));
for (const name of ["networks", "weights"]) {
  let [best, start] = [Infinity, performance.now()];
  while (performance.now() - start < 4000) {
    const before = performance.now();
    instance.exports[name](20);
    best = Math.min(best, (performance.now() - before) / 20);
  }
  console.log(name, best.toFixed(3), "ms a network, checksum", instance.exports[name](1));
}
