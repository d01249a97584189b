// What the workers' scripts share: the door of a module to the page, and work in slices between messages.
let over = false;

export const page = {
  now: () => performance.now(),
  // A copy made for this message: it can be given away.
  reply: (header, payload) => over || postMessage({ header, payload: payload.buffer }, [payload.buffer]),
  // After this the worker is unusable; the page ends it and starts another. Only the first reason is the cause.
  failed: (reason) => {
    if (!over) postMessage({ failed: reason });
    over = true;
  },
};

export const text = (error) => error?.message ?? String(error);

// Hands messages in and lets the worker work. Messages wait while it does: a turn that is awaited holds the worker.
export function serve(worker) {
  // A message to itself ends a slice: messages from the page get their turn, and no timer's 4 ms are lost.
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  let busy = false;
  const go = (more) => {
    if (more && !busy && !over) port2.postMessage(null);
    busy = more;
  };
  onmessage = ({ data }) => {
    waiting.push(data);
    go(true);
  };
  port1.onmessage = async () => {
    try {
      for (const { header, payload } of waiting.splice(0)) worker.receive(header, new Uint8Array(payload ?? 0));
      const more = await worker.work();
      busy = false;
      go(more || waiting.length > 0);
    } catch (error) {
      page.failed(text(error));
    }
  };
  worker.ready();
}
