// Files of pictures as 32 x 32 pixels. The page imports this; where it can, the work is done by a worker that runs the same script.
const SIDE = 32;
// By halves from here: a browser that shrinks in one step leaves out most pixels.
const LARGEST = 1024;
// An idle worker is ended.
const IDLE_MS = 10_000;

const text = (error) => error?.message ?? String(error);

// [channel][row, col], a byte each. `file`: {blob}, or {blob, deflated, size, crc} of an entry of an archive.
export async function decode(file) {
  const bitmap = await createImageBitmap("size" in file ? await unpacked(file) : file.blob);
  const side = Math.min(bitmap.width, bitmap.height);
  let now = Math.ceil(Math.min(Math.max(side, SIDE), LARGEST));
  let surface = canvas(now);
  // The middle square.
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  context(surface).drawImage(bitmap, left, top, side, side, 0, 0, now, now);
  bitmap.close();
  while (now > SIDE) {
    const half = Math.max(Math.ceil(now / 2), SIDE);
    const next = canvas(half);
    context(next).drawImage(surface, 0, 0, half, half);
    [surface, now] = [next, half];
  }
  const { data } = context(surface).getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => data[4 * (i % (SIDE * SIDE)) + Math.floor(i / (SIDE * SIDE))]);
}

function canvas(side) {
  if (globalThis.OffscreenCanvas) return new OffscreenCanvas(side, side);
  return Object.assign(document.createElement("canvas"), { width: side, height: side });
}

function context(surface) {
  const found = surface.getContext("2d");
  if (!found) throw new Error("this browser offers no canvas");
  return found;
}

// An entry is taken whole or not at all: its length and its CRC-32 must be those of the list.
async function unpacked({ blob, deflated, size, crc }) {
  const bytes = deflated ? await inflated(blob, size) : new Uint8Array(await blob.arrayBuffer());
  if (bytes.length !== size) throw new Error(`${bytes.length} bytes where the list says ${size}: the archive is damaged`);
  const found = crc32(bytes);
  if (found !== crc) throw new Error(`CRC-32 ${found.toString(16)} where the list says ${crc.toString(16)}: the archive is damaged`);
  return new Blob([bytes], { type: blob.type });
}

async function inflated(blob, size) {
  if (!globalThis.DecompressionStream) throw new Error("this browser cannot unpack deflated files: store them without compression");
  const reader = blob.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const bytes = new Uint8Array(size);
  for (let at = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return bytes.subarray(0, at);
    if (at + value.length > size) {
      reader.cancel().catch(() => {});
      throw new Error(`more bytes than the ${size} of the list: the archive is damaged`);
    }
    bytes.set(value, at);
    at += value.length;
  }
}

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// The page's side: one worker for all figures, given what to decode one after the other.
let worker;
let refused = !globalThis.Worker || !globalThis.OffscreenCanvas;
let count = 0;
let idle;
const waiting = new Map();

export function ask(file) {
  if (!refused) {
    try {
      worker ??= start();
      return new Promise((resolve, reject) => {
        clearTimeout(idle);
        waiting.set(++count, { file, resolve, reject });
        worker.postMessage({ id: count, file });
      });
    } catch {
      refused = true;
    }
  }
  return decode(file);
}

function start() {
  // Module workers must be of the page's origin; what they import need not be.
  const far = new URL(import.meta.url).origin !== location.origin;
  const source = () => new Blob([`import ${JSON.stringify(import.meta.url)};`], { type: "text/javascript" });
  const url = far ? URL.createObjectURL(source()) : import.meta.url;
  const started = new Worker(url, { type: "module" });
  started.onmessage = ({ data: { id, pixels, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    error === undefined ? resolve(pixels) : reject(new Error(error));
    if (waiting.size === 0) idle = setTimeout(end, IDLE_MS);
  };
  // It could not be loaded, or died: the page does what is left.
  started.onerror = (event) => {
    event.preventDefault();
    refused = true;
    end();
    for (const { file, resolve, reject } of waiting.values()) decode(file).then(resolve, reject);
    waiting.clear();
  };
  return started;
}

function end() {
  worker?.terminate();
  worker = undefined;
}

if (globalThis.WorkerGlobalScope && globalThis instanceof WorkerGlobalScope) {
  onmessage = async ({ data: { id, file } }) => {
    try {
      const pixels = await decode(file);
      postMessage({ id, pixels }, [pixels.buffer]);
    } catch (error) {
      postMessage({ id, error: text(error) });
    }
  };
}
