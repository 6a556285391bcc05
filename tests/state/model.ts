// States as plain Maps: what the persistent map must agree with, and random histories of changes for both.
import fc from 'fast-check';
import type { Difference } from '../../src/state/map/difference.ts';
import { EMPTY, type Root } from '../../src/state/map/root.ts';
import type { StateMap } from '../../src/state/map/state-map.ts';

export type Model = ReadonlyMap<number, number>;
export type Changes = ReadonlyMap<number, number | undefined>;

/** One state of a history, both ways. */
export interface Version {
  readonly root: Root;
  readonly model: Model;
}

/** Keys near each other and far apart, so that maps of every height from 0 to 5 come up. */
export const keys: fc.Arbitrary<number> = fc.oneof(fc.nat(40), fc.nat(5000), fc.nat(2 ** 22));

const values = fc.oneof(fc.nat(5), fc.nat(100_000), fc.maxSafeNat());

export const entryLists: fc.Arbitrary<[number, number][]> = fc.array(fc.tuple(keys, values), { maxLength: 30 });

const changes: fc.Arbitrary<Changes> = fc
  .array(fc.tuple(keys, fc.option(values, { nil: undefined })), { maxLength: 12 })
  .map((list) => new Map(list));

export const histories: fc.Arbitrary<Changes[]> = fc.array(changes, { maxLength: 12 });

export function changed(model: Model, changes: Changes): Model {
  const after = new Map(model);
  for (const [key, value] of changes) {
    if (value === undefined) after.delete(key);
    else after.set(key, value);
  }
  return after;
}

/** Applies a history to the empty map: its versions, the empty one first. Every change is applied to the version before it. */
export function play(map: StateMap, history: readonly Changes[]): Version[] {
  const versions: Version[] = [{ root: EMPTY, model: new Map() }];
  for (const changes of history) {
    const { root, model } = versions[versions.length - 1]!;
    versions.push({ root: map.edit(root, changes), model: changed(model, changes) });
  }
  return versions;
}

export function byKey(model: Model): [number, number][] {
  return [...model].sort(([left], [right]) => left - right);
}

export function differenceOf(before: Model, after: Model): Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort((left, right) => left - right)
    .map((key) => ({ key, before: before.get(key), after: after.get(key) }))
    .filter((entry) => entry.before !== entry.after);
}
