// Runs of seeds from the command line: what fails is cut down and printed.
import type { PlantedBug } from '../../../src/runtime/simulation/planted.ts';
import { shrink } from '../sync/shrink.ts';
import { Marks } from './marks.ts';
import { type Plan, planOf, type Profile, STEPS } from './plan.ts';
import { play } from './play.ts';

const SHRINK_TRIES = 150;
const WRONG_SHOWN = 8;

export interface Asked {
  readonly first: number;
  readonly count: number;
  readonly steps: number | undefined;
  readonly profile: Profile;
  readonly planted: PlantedBug | undefined;
  readonly shrinks: boolean;
}

/** Answers how many runs had something wrong. */
export async function explainRuns({ first, count, steps, profile, planted, shrinks }: Asked): Promise<number> {
  const marks = new Marks();
  const sums = { steps: 0, virtualMs: 0, events: 0, failures: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const plan = planOf(seed, steps ?? STEPS, profile);
    const outcome = await play(plan, planted);
    marks.add(outcome.marks);
    sums.steps += outcome.steps;
    sums.virtualMs += outcome.virtualMs;
    sums.events += outcome.events;
    if (count === 1)
      console.log(`seed ${seed}: trace ${outcome.trace}, ${outcome.steps} steps, ${outcome.events} events`);
    if (outcome.wrong.length === 0) continue;
    sums.failures++;
    console.log(`seed ${seed} (trace ${outcome.trace}):\n  ${outcome.wrong.slice(0, WRONG_SHOWN).join('\n  ')}`);
    if (shrinks) await cutDown(plan, planted);
  }
  console.log(
    `${count} seeds from ${first}, ${profile}: ${sums.steps} steps, ${(sums.virtualMs / 3_600_000).toFixed(1)} virtual hours, ` +
      `${sums.events} events, ${sums.failures} runs with something wrong`,
  );
  console.log([...marks.seen].map(([mark, times]) => `  ${times} × ${mark}`).join('\n'));
  return sums.failures;
}

async function cutDown(plan: Plan, planted: PlantedBug | undefined): Promise<void> {
  const operations = await shrink(
    plan.operations,
    async (some) => (await play({ ...plan, operations: some }, planted)).wrong.length > 0,
    SHRINK_TRIES,
  );
  const { wrong, tables, refusals } = await play({ ...plan, operations }, planted);
  console.log(`it takes ${operations.length} of ${plan.operations.length} operations:`);
  console.log(`  ${JSON.stringify({ ...plan, operations: [] })}`);
  for (const operation of operations) console.log(`  ${JSON.stringify(operation)}`);
  console.log(`which gives:\n  ${wrong.slice(0, WRONG_SHOWN).join('\n  ')}`);
  for (const table of tables) console.log(table);
  console.log(`refused:\n  ${refusals.slice(0, WRONG_SHOWN).join('\n  ')}`);
}
