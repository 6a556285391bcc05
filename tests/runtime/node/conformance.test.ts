// The port conformance suite on Node's adapters.
import { test } from 'node:test';
import type { LivingObject, ObjectEnv } from '../../../src/ports/object-env.ts';
import { Peer } from '../../conformance/peer.ts';
import { conformanceChecks } from '../../conformance/suite.ts';
import type { PeerContract } from '../../conformance/world.ts';
import { openHomeserver } from './opened.ts';

class Probe implements LivingObject {
  readonly env: ObjectEnv;
  #alarms = 0;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(env: ObjectEnv) {
    this.env = env;
  }

  async alarm(): Promise<void> {
    this.#alarms++;
    for (const waiter of this.#waiting) if (waiter.count <= this.#alarms) waiter.resolve();
  }

  alarmed(count: number): Promise<void> {
    if (this.#alarms >= count) return Promise.resolve();
    return new Promise((resolve) => { this.#waiting.push({ count, resolve }); });
  }
}

class LivingPeer extends Peer implements LivingObject {
  async alarm(): Promise<void> {
    // A peer arms no alarm.
  }
}

test('conformance of the ports on Node', async (t) => {
  const probes = new Map<string, Probe>();
  const homeserver = openHomeserver(t, {
    house: {
      kinds: [
        { schema: { object: 'probes', steps: [] }, evictable: false, make: (env) => { const probe = new Probe(env); probes.set(env.name, probe); return probe; } },
        { schema: { object: 'peers', steps: [] }, evictable: false, make: () => new LivingPeer() },
      ],
      front: () => async () => ({ status: 404, headers: [], body: undefined }),
      createUser: async () => undefined,
    },
  });
  for (const [index, check] of conformanceChecks.entries()) {
    await t.test(check.name, async () => {
      const name = `probe ${index}`;
      await homeserver.objects.refer<{ alarm(): Promise<void> }>('probes', name).alarm();
      const probe = probes.get(name)!;
      await check.run({
        env: probe.env, peer: homeserver.objects.refer<PeerContract>('peers', String(index)), alarmed: (count) => probe.alarmed(count + 1),
      });
    });
  }
});
