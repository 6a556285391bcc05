// The port conformance suite on the simulator's adapters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../src/ports/log.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { Incarnation } from '../../src/runtime/simulation/incarnation.ts';
import { Scheduler } from '../../src/runtime/simulation/scheduler.ts';
import { SeededRandom } from '../../src/runtime/simulation/seeded-random.ts';
import { Trace } from '../../src/runtime/simulation/trace.ts';
import type { Kind } from '../../src/runtime/shared/objects.ts';
import { LivingPeer, Probe } from '../conformance/probe.ts';
import { conformanceChecks } from '../conformance/suite.ts';
import type { PeerContract } from '../conformance/world.ts';

const SETTINGS: Settings = {
  serverName: 'sim.test',
  publicUrl: undefined,
  defaultRoomVersion: '12',
  registration: 'open',
  registrationSharedSecret: undefined,
  rateLimits: false,
  groupSize: 3,
  syncTimeoutMs: 30_000,
};
const nothing = (): void => undefined;
const LOG: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

for (const check of conformanceChecks) {
  test(`conformance of the ports in the simulator: ${check.name}`, async () => {
    const random = new SeededRandom(1);
    const scheduler = new Scheduler(random.fork(), new Trace());
    let probe: Probe | undefined;
    const kinds = new Map<string, Kind>([
      [
        'probes',
        { schema: { object: 'probes', steps: [] }, evictable: false, make: (env) => (probe = new Probe(env)) },
      ],
      ['peers', { schema: { object: 'peers', steps: [] }, evictable: false, make: () => new LivingPeer() }],
    ]);
    const makeFront = () => async () => ({ status: 404, headers: [], body: undefined });
    const { objects } = new Incarnation(
      { scheduler, random, settings: SETTINGS, kinds, makeFront, log: LOG },
      undefined,
    );
    await objects.refer<{ alarm(): Promise<void> }>('probes', 'probe').alarm();
    assert.ok(probe);
    const { env, alarmed } = { env: probe.env, alarmed: probe.alarmed.bind(probe) };
    let outcome: { readonly error?: unknown } | undefined;
    check.run({ env, peer: objects.refer<PeerContract>('peers', 'peer'), alarmed: (count) => alarmed(count + 1) }).then(
      () => {
        outcome = {};
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    await scheduler.run(() => outcome !== undefined, 10_000);
    assert.ok(outcome, 'the check came to an end');
    if ('error' in outcome) throw outcome.error;
  });
}
