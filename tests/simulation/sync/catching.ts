// Looks for the first seed that catches a planted bug.
import { type Mode, MODES } from '../../../src/runtime/simulation/making.ts';
import type { PlantedBug } from '../../../src/runtime/simulation/planted.ts';
import { planOf, STEPS } from './operations.ts';
import { play } from './play.ts';

/** A bug that hides for longer has judges that are too weak. */
export const SEEDS_MAX = 2000;

export interface Catch {
  readonly seed: number;
  readonly mode: Mode;
  readonly wrong: string;
}

/** The first seed that catches the bug, in the first mode that does. */
export async function caught(bug: PlantedBug): Promise<Catch | undefined> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    for (const mode of MODES) {
      const { wrong } = await play(planOf(seed, STEPS), mode, bug);
      if (wrong.length > 0) return { seed, mode, wrong: wrong[0]! };
    }
  }
  return undefined;
}
