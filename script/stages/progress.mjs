// Says what is running, for how long, and the last thing that it said: one line that is rewritten on a terminal, a line
// every few seconds elsewhere, so that nothing is silent for long.
const REWRITE_MS = 500;
const SILENCE_MS = 8_000;

export class Progress {
  #running = new Map();
  #timer;
  #spoke = Date.now();
  #shown = false;
  #stream;

  constructor(stream = process.stdout) {
    this.#stream = stream;
  }

  start(name) {
    this.#running.set(name, { from: Date.now(), line: "" });
    this.#timer ??= setInterval(() => this.#tick(), REWRITE_MS);
    this.#tick();
  }

  /** What the one called `name` said last. */
  note(name, line) {
    const entry = this.#running.get(name);
    if (entry && line.trim() !== "") entry.line = line.trim();
  }

  end(name) {
    this.#running.delete(name);
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
  }

  /** Prints a line that stays. */
  print(line) {
    this.#erase();
    this.#write(`${line}\n`);
  }

  #write(text) {
    this.#stream.write(text);
    this.#spoke = Date.now();
  }

  #erase() {
    if (this.#shown) this.#stream.write("\r\x1b[K");
    this.#shown = false;
  }

  #tick() {
    if (!this.#stream.isTTY && Date.now() - this.#spoke < SILENCE_MS) return;
    const parts = [...this.#running].map(([name, { from, line }]) => {
      const seconds = Math.round((Date.now() - from) / 1000);
      return `${name} ${seconds} s${line ? `: ${line.slice(0, 60)}` : ""}`;
    });
    const text = `...   ${parts.join("   ")}`;
    if (!this.#stream.isTTY) return this.#write(`${text}\n`);
    this.#write(`\r\x1b[K${text.slice(0, (this.#stream.columns ?? 120) - 1)}`);
    this.#shown = true;
  }
}
