// The port conformance suite on Node's adapters.
import { test } from 'node:test';
import type { FrontEnv } from '../../../src/ports/front-env.ts';
import { LivingPeer, Probe } from '../../conformance/probe.ts';
import { serveSite } from '../../conformance/served-site.ts';
import { conformanceChecks, frontChecks } from '../../conformance/suite.ts';
import type { PeerContract } from '../../conformance/world.ts';
import { atEnd, openHomeserver } from './opened.ts';

test('conformance of the ports on Node', async (t) => {
  const probes = new Map<string, Probe>();
  const homeserver = openHomeserver(t, {
    house: {
      kinds: [
        {
          schema: { object: 'probes', steps: [] },
          evictable: false,
          make: (env) => {
            const probe = new Probe(env);
            probes.set(env.name, probe);
            return probe;
          },
        },
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
        env: probe.env,
        peer: homeserver.objects.refer<PeerContract>('peers', String(index)),
        alarmed: (count) => probe.alarmed(count + 1),
      });
    });
  }
});

test("conformance of the front's ports on Node", async (t) => {
  let env: FrontEnv | undefined;
  openHomeserver(t, {
    flags: ['--allow-private-addresses', 'on'],
    house: {
      kinds: [],
      front: (given) => {
        env = given;
        return async () => ({ status: 404, headers: [], body: undefined });
      },
      createUser: async () => undefined,
    },
  });
  const site = await serveSite();
  atEnd(t, site.stop);
  const world = { env: env!, site: site.url };
  for (const check of frontChecks) await t.test(check.name, () => check.run(world));
});
