// Does what a shard of Servers has to do on the network: leases work, does it, and reports what came of it. It keeps nothing:
// if it dies at this, its leases end by time. Woken through the port `Runner`, also by each report.
import type { Work } from '../ports/contracts/servers-work.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import { type Federation, makeFederation } from './federation.ts';
import { workOnRoom } from './room-work.ts';
import { Sender } from './sending.ts';

/** So much is under way at once for a shard. A room, or a destination, is leased to one at a time. */
const AT_ONCE = 20;

/** A run begins all that is due, as far as there is room, and does not wait for it: what hangs holds nobody up. */
export function makeRunner(env: FrontEnv): (shard: number) => Promise<void> {
  const federation = makeFederation(env);
  const sender = new Sender(env, federation.client);
  const underWay = new Map<number, number>();
  const busy = (shard: number): number => underWay.get(shard) ?? 0;
  return async (shard) => {
    for (;;) {
      const room = AT_ONCE - busy(shard);
      const leased = room > 0 ? await env.actors.serversShard(shard).work.lease(room) : [];
      if (leased.length === 0) return;
      underWay.set(shard, busy(shard) + leased.length);
      for (const work of leased)
        void perform(federation, sender, shard, work, () => {
          underWay.set(shard, busy(shard) - 1);
        });
    }
  };
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
  let ended = false;
  const end = (): void => {
    if (!ended) over();
    ended = true;
  };
  try {
    if (work.kind === 'room') {
      const report = await workOnRoom(federation, work);
      end();
      await env.actors.serversShard(shard).work.settleRoom(report);
    } else {
      const report = await sender.send(work);
      end();
      await env.actors.serversShard(shard).outbound.settleDestination(report);
    }
  } catch (error) {
    env.log.warn('work on other servers failed', { kind: work.kind, error: String(error) });
  } finally {
    end();
  }
}
