// Runs stages in their order: those of one lane one after another, those of different lanes side by side, those of none
// alone.
import { execute } from "./execute.mjs";
import { Progress } from "./progress.mjs";

/**
 * Resolves when all have ended. `onEnd(stage, result)` is called for each; it returns whether the stage passed. A stage
 * of which a need did not pass is not run: its result has `missing`, the names of those needs.
 */
export async function schedule(stages, onEnd, progress = new Progress()) {
  const pending = [...stages];
  const running = new Map();
  const passed = new Map();

  const mayStart = (stage) => {
    if ((stage.needs ?? []).some((need) => !passed.has(need))) return false;
    const busy = [...running.keys()];
    return stage.lane ? busy.every(({ lane }) => lane && lane !== stage.lane) : busy.length === 0;
  };
  const begin = (stage) => {
    const missing = (stage.needs ?? []).filter((need) => !passed.get(need));
    if (missing.length > 0) {
      passed.set(stage.name, onEnd(stage, { missing, code: 1, text: "", wall: 0, cpu: 0 }));
      return;
    }
    progress.start(stage.name);
    const command = typeof stage.run === "function" ? stage.run() : stage.run;
    const done = execute(command, { env: stage.env, onLine: (line) => progress.note(stage.name, line) });
    running.set(
      stage,
      done.then((result) => {
        running.delete(stage);
        progress.end(stage.name);
        passed.set(stage.name, onEnd(stage, result));
      }),
    );
  };

  while (pending.length > 0 || running.size > 0) {
    // A stage that runs alone holds up no lane: whatever may start does.
    const next = pending.findIndex(mayStart);
    if (next >= 0) begin(pending.splice(next, 1)[0]);
    else if (running.size > 0) await Promise.race(running.values());
    else throw new Error(`stages that need each other: ${pending.map(({ name }) => name).join(", ")}`);
  }
}
