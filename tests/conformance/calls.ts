// Objects call each other with plain values.
import assert from 'node:assert/strict';
import { MatrixError } from '../../src/spec/errors.ts';
import type { Check, PeerValue } from './world.ts';

export const callChecks: readonly Check[] = [
  {
    name: 'plain values and bytes travel unchanged, both ways',
    async run({ peer }) {
      const values: PeerValue[] = [
        null,
        true,
        0,
        -1.5,
        'text',
        'é🎉',
        [],
        {},
        [1, [2, { a: null }]],
        { a: { b: [true] } },
      ];
      for (const value of values) assert.deepEqual(await peer.echo(value), value);
      assert.equal(await peer.echo(undefined), undefined);
      const bytes = await peer.echo(new Uint8Array([1, 2, 3]));
      assert.ok(bytes instanceof Uint8Array);
      assert.deepEqual([...bytes], [1, 2, 3]);
    },
  },
  {
    name: 'a method of a part is called on the part',
    async run({ peer }) {
      assert.equal(await peer.part.twice(21), 42);
    },
  },
  {
    name: 'a MatrixError arrives with its status, code, message and extra members',
    async run({ peer }) {
      await assert.rejects(peer.refuse(), (error) => {
        assert.ok(error instanceof MatrixError);
        assert.deepEqual(
          [error.status, error.errcode, error.message, error.extra],
          [403, 'M_FORBIDDEN', 'no', { soft: true }],
        );
        return true;
      });
    },
  },
  {
    name: 'any other error arrives as an error that is no MatrixError',
    async run({ peer }) {
      await assert.rejects(peer.breakDown(), (error) => error instanceof Error && !(error instanceof MatrixError));
    },
  },
  {
    name: 'caller and callee share no memory',
    async run({ peer }) {
      const mine = [1, 2];
      const answered = (await peer.keep(mine)) as number[];
      mine.push(3);
      answered.push(4);
      assert.deepEqual(await peer.kept(), [1, 2]);
    },
  },
  {
    name: 'a reference may be awaited and passed on without being taken for a promise',
    async run({ peer }) {
      const same = await Promise.resolve(peer);
      assert.equal(await same.part.twice(2), 4);
    },
  },
];
