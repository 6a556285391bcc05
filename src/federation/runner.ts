// Does what a shard of Servers has to do on the network: leases work, does it, and reports what came of it. It keeps nothing:
// if it dies at this, its leases end by time. Woken through the port `Runner`, also by each report.
import type { Work } from '../ports/contracts/servers-work.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import { type Federation, makeFederation } from './federation.ts';
import { workOnRoom } from './room-work.ts';
import { Sender } from './sending.ts';
import { Slots } from './slots.ts';

/** So much is under way at once for a shard, and so much with what is slow. A room, or a destination, is leased to one at a time. */
const AT_ONCE = 20;
const MOST = 200;

/** A run begins all that is due, as far as there is room, and does not wait for it: what hangs holds nobody up. */
export function makeRunner(env: FrontEnv): (shard: number) => Promise<void> {
  const federation = makeFederation(env);
  const sender = new Sender(env, federation.client);
  const shards = new Map<number, Slots>();
  const slotsOf = (shard: number): Slots => {
    let slots = shards.get(shard);
    if (slots === undefined) shards.set(shard, (slots = new Slots(env.clock, AT_ONCE, MOST)));
    return slots;
  };
  const run = async (shard: number): Promise<void> => {
    const slots = slotsOf(shard);
    for (;;) {
      const leased = slots.free > 0 ? await env.actors.serversShard(shard).work.lease(slots.free) : [];
      if (leased.length === 0) return;
      for (const work of leased) void perform(federation, sender, shard, work, slots.take(goOn));
    }
    function goOn(): void {
      run(shard).catch((error: unknown) =>
        env.log.warn('the work on other servers broke off', { error: String(error) }),
      );
    }
  };
  return run;
}

/** Never rejects: what cannot be reported is leased again when its lease ends. `over` comes before the report. */
async function perform(
  federation: Federation,
  sender: Sender,
  shard: number,
  work: Work,
  over: () => void,
): Promise<void> {
  const { env } = federation;
  try {
    if (work.kind === 'room') {
      const report = await workOnRoom(federation, work);
      over();
      await env.actors.serversShard(shard).work.settleRoom(report);
    } else {
      const report = await sender.send(work);
      over();
      await env.actors.serversShard(shard).outbound.settleDestination(report);
    }
  } catch (error) {
    env.log.warn('work on other servers failed', { kind: work.kind, error: String(error) });
  } finally {
    over();
  }
}
