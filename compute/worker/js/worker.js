// The script of a lanes worker: loads the module, hands messages in, and lets it work in slices between them.
import init, { LanesWorker } from "%LANES_JS%";

const page = {
  now: () => performance.now(),
  // A copy made for this message: it can be given away.
  reply: (header, payload) => postMessage({ header, payload: payload.buffer }, [payload.buffer]),
  // After this the worker is unusable; the page ends it and starts another.
  failed: (reason) => postMessage({ failed: reason }),
};

try {
  await init();
  const worker = new LanesWorker(page);
  // A message to itself ends a slice: messages from the page get their turn, and no timer's 4 ms are lost.
  const { port1, port2 } = new MessageChannel();
  let busy = false;
  const go = (more) => {
    if (more && !busy) port2.postMessage(null);
    busy = more;
  };
  onmessage = ({ data }) => go(worker.receive(data.header, new Uint8Array(data.payload ?? 0)) || busy);
  port1.onmessage = () => {
    busy = false;
    go(worker.work());
  };
  worker.ready();
} catch (error) {
  page.failed(String(error));
}
