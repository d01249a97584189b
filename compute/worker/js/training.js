// The script of a training worker.
import { page, serve, text } from "%DOOR_JS%";
import init, { TrainingWorker } from "%LEARN_JS%";

try {
  await init();
  serve(new TrainingWorker(page));
} catch (error) {
  page.failed(text(error));
}
