// What a client comes to know by syncing is looked for until it is there.

const LONGEST_MS = 60_000;
const PAUSE_MS = 15;

/** Answers what `look` finds; rejects if there is nothing (undefined, false) for a minute. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
): Promise<T> {
  const until = performance.now() + LONGEST_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (performance.now() > until) throw new Error(`did not happen within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
