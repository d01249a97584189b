// The script of a lanes worker.
import { page, serve, text } from "%DOOR_JS%";
import init, { LanesWorker } from "%LANES_JS%";

try {
  await init();
  serve(new LanesWorker(page));
} catch (error) {
  page.failed(text(error));
}
