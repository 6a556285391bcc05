// The port conformance suite on the simulator's adapters, in both modes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrontEnv } from '../../src/ports/front-env.ts';
import type { LivingObject } from '../../src/ports/object-env.ts';
import { DurableHouse } from '../../src/runtime/simulation/durable-house.ts';
import { Incarnation } from '../../src/runtime/simulation/incarnation.ts';
import { type Making, type Mode, MODES, type SimulatedKind } from '../../src/runtime/simulation/making.ts';
import { Perils } from '../../src/runtime/simulation/perils.ts';
import { Scheduler } from '../../src/runtime/simulation/scheduler.ts';
import { SeededRandom } from '../../src/runtime/simulation/seeded-random.ts';
import { StorageFaults } from '../../src/runtime/simulation/storage-faults.ts';
import { BlobDisk } from '../../src/runtime/simulation/simulated-blobs.ts';
import { Internet } from '../../src/runtime/simulation/simulated-http.ts';
import { Trace } from '../../src/runtime/simulation/trace.ts';
import { LivingPeer, Probe } from '../conformance/probe.ts';
import { site } from '../conformance/site.ts';
import { conformanceChecks, frontChecks } from '../conformance/suite.ts';
import type { PeerContract } from '../conformance/world.ts';
import { SETTINGS, SILENT } from './world.ts';

type Alarming = Pick<LivingObject, 'alarm'>;

/** A reference to an object of one of two kinds, in either mode. */
function referrer(making: Making): <C extends object>(kind: string, name: string) => C {
  if (making.mode === 'node') {
    const { objects } = new Incarnation(making, undefined);
    return (kind, name) => objects.refer(kind, name);
  }
  const house = new DurableHouse(making, undefined);
  return (kind, name) => house.refer(kind, name, undefined);
}

function makingOf(mode: Mode, made: (probe: Probe) => void, handed: (env: FrontEnv) => void = () => undefined): Making {
  const random = new SeededRandom(1);
  const trace = new Trace();
  const again = 'again' as const;
  const kinds = new Map<string, SimulatedKind>([
    [
      'probes',
      {
        schema: { object: 'probes', steps: [] },
        evictable: false,
        methods: { alarm: again },
        make: (env) => {
          const probe = new Probe(env);
          made(probe);
          return probe;
        },
      },
    ],
    [
      'peers',
      {
        schema: { object: 'peers', steps: [] },
        evictable: false,
        methods: { echo: again, keep: again, kept: again, refuse: again, breakDown: again, part: { twice: again } },
        make: () => new LivingPeer(),
      },
    ],
  ]);
  const makeFront = (env: FrontEnv) => {
    handed(env);
    return async () => ({ status: 404, headers: [], body: undefined });
  };
  const scheduler = new Scheduler(random.fork(), trace);
  return {
    mode,
    scheduler,
    random,
    perils: new Perils(trace),
    storage: new StorageFaults(),
    settings: SETTINGS,
    kinds,
    makeFront,
    log: SILENT,
    internet: new Internet(),
    blobDisk: new BlobDisk(),
    planted: undefined,
  };
}

for (const mode of MODES) {
  for (const check of conformanceChecks) {
    test(`conformance of the ports in the simulator, ${mode}: ${check.name}`, async () => {
      let probe: Probe | undefined;
      const making = makingOf(mode, (made) => {
        probe = made;
      });
      const refer = referrer(making);
      const began = refer<Alarming>('probes', 'probe').alarm();
      let ready = false;
      void began.then(() => {
        ready = true;
      });
      await making.scheduler.run(() => ready, 1000);
      assert.ok(probe);
      const { env, alarmed } = { env: probe.env, alarmed: probe.alarmed.bind(probe) };
      const world = { env, peer: refer<PeerContract>('peers', 'peer'), alarmed: (count: number) => alarmed(count + 1) };
      await runToItsEnd(making, check.run(world));
    });
  }

  for (const check of frontChecks) {
    test(`conformance of the front's ports in the simulator, ${mode}: ${check.name}`, async () => {
      let env: FrontEnv | undefined;
      const making = makingOf(
        mode,
        () => undefined,
        (handed) => {
          env = handed;
        },
      );
      making.internet.register('site.test', site);
      referrer(making);
      await runToItsEnd(making, check.run({ env: env!, site: 'http://site.test' }));
    });
  }
}

/** Lets virtual time pass until a check is done; throws what it threw. */
async function runToItsEnd({ scheduler }: Making, check: Promise<void>): Promise<void> {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  check.then(end, end);
  await scheduler.run(() => ended, 20_000);
  assert.ok(ended, 'the check came to an end');
  await check;
}
