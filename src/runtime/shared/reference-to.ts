// References to objects in other isolates, as their contracts, and how often a call is tried whose object died. See `Actors`.
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { type Answer, valueOf } from './answer.ts';
import { type Methods, repeating } from './methods.ts';
import { reference } from './reference.ts';

/** How often a call is tried when its object dies under it, and the longest wait before the first repetition. */
const MOST_TRIES = 3;
const FIRST_WAIT_MS = 50;

export interface Caller {
  readonly clock: Clock;
  readonly random: Random;
}

/** Where the objects of a kind are found. A stub is made for each try, since one that has failed stays so. */
export interface Callees {
  getByName(name: string): {
    call(part: string | undefined, method: string, args: readonly unknown[]): Promise<Answer>;
  };
}

/** A reference to the object called `name`. Costs nothing until it is called. */
export function referenceTo<C extends object>(namespace: Callees, name: string, methods: Methods, caller: Caller): C {
  return reference<C>(async (part, method, args) => {
    const mode = repeating(methods, part, method);
    if (mode === undefined) throw new TypeError(`there is no method ${part === undefined ? '' : `${part}.`}${method}`);
    return valueOf(
      await tried(mode === 'again' ? MOST_TRIES : 1, caller, () => namespace.getByName(name).call(part, method, args)),
    );
  });
}

/**
 * What an object throws comes back as an answer, so a call that rejects has lost its object: it was moved, reset or cut
 * off, and may or may not have done its work. Each try takes a new stub, since one that has failed stays so.
 */
async function tried(most: number, caller: Caller, call: () => Promise<Answer>): Promise<Answer> {
  for (let count = 1; ; count++) {
    try {
      return await call();
    } catch (error) {
      if (count >= most || !isTransient(error)) throw error;
      const wait = FIRST_WAIT_MS * 2 ** (count - 1) * (0.5 + (caller.random.bytes(1)[0] ?? 0) / 512);
      await new Promise<void>((resolve) => {
        caller.clock.timer(wait, resolve);
      });
    }
  }
}

/** Asking an overloaded object again would make it worse. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { retryable, overloaded, durableObjectReset } = error as Error & {
    retryable?: boolean;
    overloaded?: boolean;
    durableObjectReset?: boolean;
  };
  return overloaded !== true && (retryable === true || durableObjectReset === true);
}
