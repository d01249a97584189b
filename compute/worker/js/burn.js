// The script of a burn worker. Its address says on what it runs: `?device=webgpu`, `cpu`, or `software`, which is WebGPU where
// an adapter made of software is welcome too. With `&lessons` it trains networks, otherwise it samples them.
import { page, serve, text } from "%DOOR_JS%";

const asked = new URL(import.meta.url).searchParams;
const device = asked.get("device") ?? "webgpu";

// What the browser tells about the GPU, or why there is none. Asked before megabytes are fetched, and because wgpu panics where
// there is no adapter.
async function probe() {
  if (!navigator.gpu) return { refused: "this browser has no WebGPU" };
  let adapter;
  try {
    adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (error) {
    return { refused: `the browser refused WebGPU: ${text(error)}` };
  }
  if (!adapter) return { refused: "the browser offers no GPU to WebGPU" };
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info ?? adapter;
  if (isFallbackAdapter && device !== "software") return { refused: "WebGPU here is only software on the CPU" };
  return { name: [vendor, architecture, description].filter(Boolean).join(" ") };
}

// Errors of the device are caught here, not by wgpu's callbacks: those are cubecl's, which panics at an error but at the loss of
// a device only makes a note for its next read; and an answer that never comes is not read. Nor do they outlive a panic.
function watchDevices() {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...options) {
    const device = await requestDevice.apply(this, options);
    device.addEventListener("uncapturederror", ({ error }) => page.failed(`the GPU reported an error: ${error.message}`));
    device.lost.then(({ reason, message }) => page.failed(`the GPU was lost (${reason}): ${message}`));
    return device;
  };
}

// A panic in an awaited turn arrives here: its promise is never settled.
addEventListener("error", (event) => {
  event.preventDefault();
  page.failed(text(event.error ?? event));
});
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  page.failed(text(event.reason));
});

try {
  const { refused, name } = device === "cpu" ? {} : await probe();
  if (refused) {
    page.failed(refused);
  } else {
    if (device !== "cpu") watchDevices();
    const { default: init, BurnWorker } = await import("%BURN_JS%");
    await init();
    serve(await BurnWorker.start(page, device, name ?? "", asked.has("lessons")));
  }
} catch (error) {
  page.failed(text(error));
}
