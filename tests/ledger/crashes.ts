// A run with crashes: four clients send, claim keys, message devices, back keys up and replace their identities while the server is killed again and again.
import { failpointNames } from '../../src/runtime/shared/failpoints.ts';
import { Client } from '../black-box/client.ts';
import { Server, type Runtime } from '../black-box/server.ts';
import { Actor } from './actor.ts';
import { Ledger } from './ledger.ts';

/** Where the process ends itself, or the object, in turn with kills from outside. */
const GENERAL: Readonly<Record<Runtime, readonly string[]>> = {
  node: failpointNames('node').filter((name) => !name.includes('.')),
  workers: failpointNames('workers').filter((name) => !name.includes('.')),
};
/** What the clients of a run have done. */
const CALLS = failpointNames('node').filter((name) =>
  /\.(authenticate|send|uploadKeys|claimKeys|uploadCrossSigning|putBackupKeys|send\w*ToDevice|news|window|messages|apply)$/.test(
    name,
  ),
);

export async function runWithCrashes(runtime: Runtime, kills: number, seed: number): Promise<Ledger> {
  const server = await Server.start(runtime);
  const ledger = new Ledger();
  const pick = seeded(seed);
  try {
    const clients: Client[] = [];
    for (const name of ['alice', 'bob', 'charlie', 'dave']) clients.push(await Client.register(server, name));
    const [alice, ...others] = clients as [Client, ...Client[]];
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    for (const client of others) await client.join(roomId);
    const actors = clients.map((client) => new Actor(client, ledger, roomId, pick));
    for (const { keeper } of actors) await keeper.begin();
    const running = actors.flatMap((actor) => [actor.act(actors.filter((other) => other !== actor)), actor.watch()]);
    const failed = Promise.all(running);
    failed.catch(() => undefined);
    for (; ledger.kills < kills; ledger.kills++) await Promise.race([crash(server, runtime, pick), failed]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const actor of actors) actor.stop();
    await failed;
    for (const actor of actors)
      while (await actor.sync(0)) {
        /* until nothing is new */
      }
    for (const { keeper } of actors) {
      await keeper.count();
      for (const { client } of actors) await keeper.look(client.userId);
    }
    for (const actor of actors) {
      for (const send of ledger.sends.filter(
        (send) => send.sender === actor.client.userId && send.answers.length > 0,
      )) {
        send.answers.push(await actor.repeat(send.transaction, send.body));
      }
    }
    return ledger;
  } finally {
    await server.stop();
  }
}

async function crash(server: Server, runtime: Runtime, pick: (below: number) => number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50 + pick(250)));
  await server.kill();
  const names = [...GENERAL[runtime], ...CALLS];
  const failpoint = pick(2) === 1 ? `${names[pick(names.length)]}:${1 + pick(30)}:kill` : undefined;
  await server.launch(failpoint ? { HEARTH_FAILPOINT: failpoint } : {}).catch((error: unknown) => {
    // The failpoint may have come before the first answer; then the next start is without it.
    if (!failpoint) throw error;
  });
  if (!failpoint) return;
  // On Workers an object ends alone; some places are never passed by these clients.
  const longestMs = runtime === 'node' ? 3000 : 1000;
  await Promise.race([server.ended(), new Promise((resolve) => setTimeout(resolve, longestMs))]);
  await server.kill();
  await server.launch();
}

/** A small generator of numbers that are the same for the same seed. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}
