// Plays a plan: a safety phase in which everything fails, then calm, then rest, then a message of every server, then the judges.
import type { PlantedBug } from '../../../src/runtime/simulation/planted.ts';
import { judge } from './judge.ts';
import type { Marks } from './marks.ts';
import { Operating } from './operating.ts';
import type { Plan } from './plan.ts';
import { FederatedWorld } from './world.ts';

export interface Outcome {
  readonly trace: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly events: number;
  readonly marks: Marks;
  readonly wrong: readonly string[];
  readonly tail: readonly string[];
  /** What honest servers refused each other. */
  readonly refusals: readonly string[];
  readonly tables: readonly string[];
}

/** A run that has not come to rest by then is stuck. */
const STEPS_MAX = 400_000;

export async function play(plan: Plan, planted?: PlantedBug): Promise<Outcome> {
  const world = new FederatedWorld(plan, planted);
  const { record, scheduler, trace } = world;
  let finished = false;
  let events = 0;
  const tell = async (): Promise<void> => {
    const operating = new Operating(world, plan);
    await operating.begin();
    await operating.storm();
    await operating.calm();
    await operating.flush();
    events = await judge(world, plan);
  };
  const story = tell().then(
    () => {
      finished = true;
    },
    (error: unknown) => {
      record.complain(`the run broke off: ${error instanceof Error ? error.stack : String(error)}`);
      finished = true;
    },
  );
  const ended = await scheduler.run(() => finished, STEPS_MAX);
  if (ended) await story;
  for (const { perils } of world.servers) record.marks.note('a life ended inside a step', perils.struck);
  const wrong = [
    ...(ended ? [] : [`the run did not come to rest within ${STEPS_MAX} steps`]),
    ...record.wrong,
    ...world.servers.flatMap(({ bugs }) => bugs.map((bug) => `logged as an error: ${bug}`)),
  ];
  return {
    trace: trace.digest(),
    steps: scheduler.steps,
    virtualMs: scheduler.now,
    events,
    marks: record.marks,
    wrong,
    tail: trace.tail(),
    refusals: record.refusals,
    tables: record.tables,
  };
}
