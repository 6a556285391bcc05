// The port conformance suite on the simulator's adapters, in both modes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LivingObject } from '../../src/ports/object-env.ts';
import { DurableHouse } from '../../src/runtime/simulation/durable-house.ts';
import { Incarnation } from '../../src/runtime/simulation/incarnation.ts';
import { type Making, type Mode, MODES, type SimulatedKind } from '../../src/runtime/simulation/making.ts';
import { Perils } from '../../src/runtime/simulation/perils.ts';
import { Scheduler } from '../../src/runtime/simulation/scheduler.ts';
import { SeededRandom } from '../../src/runtime/simulation/seeded-random.ts';
import { Trace } from '../../src/runtime/simulation/trace.ts';
import { LivingPeer, Probe } from '../conformance/probe.ts';
import { conformanceChecks } from '../conformance/suite.ts';
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

function makingOf(mode: Mode, made: (probe: Probe) => void): Making {
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
  const makeFront = () => async () => ({ status: 404, headers: [], body: undefined });
  const scheduler = new Scheduler(random.fork(), trace);
  return {
    mode,
    scheduler,
    random,
    perils: new Perils(trace),
    settings: SETTINGS,
    kinds,
    makeFront,
    log: SILENT,
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
      let outcome: { readonly error?: unknown } | undefined;
      const world = { env, peer: refer<PeerContract>('peers', 'peer'), alarmed: (count: number) => alarmed(count + 1) };
      check.run(world).then(
        () => {
          outcome = {};
        },
        (error: unknown) => {
          outcome = { error };
        },
      );
      await making.scheduler.run(() => outcome !== undefined, 10_000);
      assert.ok(outcome, 'the check came to an end');
      if ('error' in outcome) throw outcome.error;
    });
  }
}
