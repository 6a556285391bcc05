// A transaction is whole or nothing, and leaves what stood before it alone.
import assert from 'node:assert/strict';
import type { Check, World } from './world.ts';

function counter({ env: { sql, owner } }: World) {
  sql.run(
    'CREATE TABLE IF NOT EXISTS probe_marks (owner INTEGER NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (owner, mark)) WITHOUT ROWID',
  );
  return {
    add: (mark: string): void => {
      sql.run('INSERT INTO probe_marks VALUES (?, ?)', owner, mark);
    },
    all: (): string[] =>
      sql
        .all<{ mark: string }>('SELECT mark FROM probe_marks WHERE owner = ? ORDER BY mark', owner)
        .map(({ mark }) => mark),
  };
}

const pause = (world: World, ms: number): Promise<void> =>
  new Promise((resolve) => {
    world.env.clock.timer(ms, resolve);
  });

export const transactionChecks: readonly Check[] = [
  {
    name: 'a transaction that returns keeps its writes and answers its value',
    async run(world) {
      const marks = counter(world);
      assert.equal(
        world.env.sql.transaction(() => {
          marks.add('a');
          return 5;
        }),
        5,
      );
      assert.deepEqual(marks.all(), ['a']);
    },
  },
  {
    name: 'a transaction that throws undoes its writes, keeps earlier ones, and throws the same error on',
    async run(world) {
      const marks = counter(world);
      marks.add('before');
      const error = new Error('no');
      assert.throws(
        () =>
          world.env.sql.transaction(() => {
            marks.add('inside');
            throw error;
          }),
        (thrown) => thrown === error,
      );
      marks.add('after');
      assert.deepEqual(marks.all(), ['after', 'before']);
      await pause(world, 5);
      assert.deepEqual(marks.all(), ['after', 'before']);
    },
  },
  {
    name: 'an inner transaction that throws and is caught undoes only itself',
    async run(world) {
      const marks = counter(world);
      const { sql } = world.env;
      sql.transaction(() => {
        marks.add('outer');
        assert.throws(() =>
          sql.transaction(() => {
            marks.add('inner');
            throw new Error('inner');
          }),
        );
        sql.transaction(() => marks.add('second'));
      });
      assert.deepEqual(marks.all(), ['outer', 'second']);
    },
  },
  {
    name: 'an outer transaction that throws undoes the inner ones',
    async run(world) {
      const marks = counter(world);
      const { sql } = world.env;
      assert.throws(() =>
        sql.transaction(() => {
          sql.transaction(() => marks.add('inner'));
          throw new Error('outer');
        }),
      );
      assert.deepEqual(marks.all(), []);
    },
  },
  {
    name: 'a statement that fails inside a transaction and is caught leaves the rest',
    async run(world) {
      const marks = counter(world);
      world.env.sql.transaction(() => {
        marks.add('a');
        assert.throws(() => marks.add('a'));
        marks.add('b');
      });
      assert.deepEqual(marks.all(), ['a', 'b']);
    },
  },
  {
    name: 'an asynchronous operation is refused and writes nothing',
    async run(world) {
      const marks = counter(world);
      assert.throws(() => {
        void world.env.sql.transaction(async () => {
          marks.add('a');
        });
      });
      assert.deepEqual(marks.all(), []);
    },
  },
  {
    name: 'a write outside a transaction stays although an error follows it',
    async run(world) {
      const marks = counter(world);
      const operation = async (): Promise<void> => {
        marks.add('stays');
        throw new Error('after');
      };
      await assert.rejects(operation());
      await pause(world, 5);
      assert.deepEqual(marks.all(), ['stays']);
    },
  },
];
