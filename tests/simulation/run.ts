// One simulated run: the clients of the crash ledger, judged by the same ledger, on a clock and an order that a seed decides.
import type { Mode } from '../../src/runtime/simulation/making.ts';
import type { PlantedBug } from '../../src/runtime/simulation/planted.ts';
import { Client } from '../black-box/client.ts';
import { Actor } from '../ledger/actor.ts';
import { Ledger } from '../ledger/ledger.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly trace: string;
  readonly steps: number;
  readonly ledger: Ledger;
  readonly wrong: readonly string[];
  /** The end of the trace, to be read when something is wrong. */
  readonly tail: readonly string[];
}

/** A run that has not come to rest by then is stuck. */
const STEPS_MAX = 400_000;

export async function simulate(seed: number, mode: Mode, actions: number, planted?: PlantedBug): Promise<Outcome> {
  const world = new World(seed, mode, planted);
  const ledger = new Ledger();
  world.machine.start();
  let failure: unknown;
  let finished = false;
  const story = tell(world, ledger, actions).then(
    () => {
      finished = true;
    },
    (error: unknown) => {
      failure = error;
      finished = true;
    },
  );
  const ended = await world.scheduler.run(() => finished, STEPS_MAX);
  if (ended) await story;
  const wrong = [
    ...(ended ? [] : [`the run did not come to rest within ${STEPS_MAX} steps`]),
    ...(failure === undefined ? [] : [`a client was refused: ${String(failure)}`]),
    ...world.bugs.map((bug) => `logged as an error: ${bug}`),
    ...(finished && failure === undefined ? ledger.judge() : []),
  ];
  return { seed, trace: world.trace.digest(), steps: world.scheduler.steps, ledger, wrong, tail: world.trace.tail() };
}

async function tell(world: World, ledger: Ledger, actions: number): Promise<void> {
  const { random } = world;
  const clients: Client[] = [];
  for (const name of ['alice', 'bob', 'charlie', 'dave']) clients.push(await Client.register(world, name));
  const [alice, ...others] = clients as [Client, ...Client[]];
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  for (const client of others) await client.join(roomId);
  const actors = clients.map((client) => new Actor(client, ledger, roomId, (below) => random.below(below)));
  for (const { keeper } of actors) await keeper.begin();

  // The storm: everything fails now and then.
  world.network.weather = {
    requestsLost: random.below(10),
    answersLost: random.below(10),
    delayMs: 1 + random.below(100),
  };
  const running = actors.flatMap((actor) => [actor.act(actors.filter((other) => other !== actor)), actor.watch()]);
  const failed = Promise.all(running);
  failed.catch(() => undefined);
  for (let n = 0; n < actions; n++) {
    await Promise.race([world.sleep(random.below(400)), failed]);
    if (!random.chance(30)) continue;
    ledger.kills++;
    const kind = random.chance(50) ? 'power' : 'process';
    // Between two steps, or inside one.
    if (random.chance(30)) world.machine.crash(kind);
    else {
      world.machine.strikeAfter(1 + random.below(100), kind, random.chance(70));
      await world.sleep(100);
    }
    await world.sleep(random.below(500));
    world.machine.start();
  }

  // The calm: what is left is finished, and everybody looks again.
  world.network.weather = { requestsLost: 0, answersLost: 0, delayMs: 5 };
  world.perils.calm();
  world.machine.start();
  for (const actor of actors) actor.stop();
  await failed;
  // What could not be delivered comes with an alarm.
  await world.sleep(60_000);
  for (const actor of actors)
    while (await actor.sync(0)) {
      /* until nothing is new */
    }
  for (const { keeper } of actors) {
    await keeper.count();
    for (const { client } of actors) await keeper.look(client.userId);
  }
  for (const actor of actors) {
    for (const send of ledger.sends.filter((send) => send.sender === actor.client.userId && send.answers.length > 0)) {
      send.answers.push(await actor.repeat(send.transaction, send.body));
    }
  }
}
