// The index of auth chains against walking the graph, and what it keeps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AuthChains } from '../../../src/state/auth-chains/auth-chains.ts';
import { StateMap } from '../../../src/state/map/state-map.ts';
import { Rows } from '../rows.ts';
import { MemoryAuthChains } from './memory-store.ts';

interface Node {
  /** How far back its auth events are. */
  readonly back: readonly number[];
  readonly continues: boolean;
}

const nodes: fc.Arbitrary<Node[]> = fc.array(
  fc.record({ back: fc.array(fc.nat(12), { maxLength: 4 }), continues: fc.boolean() }),
  { minLength: 1, maxLength: 60 },
);

function build(list: readonly Node[]): { chains: AuthChains; rows: Rows; below: Set<number>[] } {
  const rows = new Rows();
  const chains = new AuthChains(new MemoryAuthChains(), new StateMap(rows));
  const below: Set<number>[] = [];
  list.forEach(({ back, continues }, number) => {
    const auth = [...new Set(back.map((by) => number - 1 - by).filter((one) => one >= 0))];
    assert.equal(chains.add(number, auth, continues ? auth[0] : undefined), true);
    below.push(new Set(auth.flatMap((one) => [one, ...below[one]!])));
  });
  return { chains, rows, below };
}

test('one event reaches another if and only if it is in its auth chain', () => {
  fc.assert(
    fc.property(nodes, (list) => {
      const { chains, below } = build(list);
      list.forEach((_, from) => {
        list.forEach((__, to) => {
          assert.equal(chains.reaches(chains.get(from)!, chains.get(to)!), below[from]!.has(to), `${from} → ${to}`);
        });
      });
    }),
    { numRuns: 300 },
  );
});

test('an event is indexed only when all its auth events are, and then but once', () => {
  const chains = new AuthChains(new MemoryAuthChains(), new StateMap(new Rows()));
  assert.equal(chains.add(1, [0], undefined), false);
  assert.equal(chains.get(1), undefined);
  assert.equal(chains.add(0, [], undefined), true);
  assert.equal(chains.add(1, [0], 0), true);
  const first = chains.get(1);
  assert.equal(chains.add(1, [], undefined), true);
  assert.deepEqual(chains.get(1), first);
  assert.deepEqual(chains.citing(0, 10, 10), [1]);
});

test('events with the same auth events share their vector, and most joins add no row for it', () => {
  const rows = new Rows();
  const chains = new AuthChains(new MemoryAuthChains(), new StateMap(rows));
  chains.add(0, [], undefined);
  chains.add(1, [0], undefined);
  chains.add(2, [0, 1], undefined);
  chains.add(3, [0, 1, 2], undefined);
  chains.add(4, [0, 2, 3], undefined);
  const before = rows.rows.length;
  for (let number = 5; number < 1000; number++) chains.add(number, [0, 2, 3], undefined);
  assert.equal(rows.rows.length, before);
  assert.equal(chains.get(999)?.reached, chains.get(4)?.reached);
});

test('where each newcomer invites the next, an entry of the thousandth costs what that of the hundredth does', () => {
  const rows = new Rows();
  const chains = new AuthChains(new MemoryAuthChains(), new StateMap(rows));
  chains.add(0, [], undefined);
  chains.add(1, [0], undefined);
  const sizes: number[] = [];
  for (let depth = 0; depth < 1000; depth++) {
    const inviter = 1 + 2 * depth;
    chains.add(inviter + 1, [0, inviter], undefined);
    chains.add(inviter + 2, [0, inviter + 1], inviter + 1);
    sizes.push(rows.rows.at(-1)!.length);
  }
  assert.ok(Math.max(...sizes.slice(900)) < 400, `${Math.max(...sizes.slice(900))} bytes`);
});
