// Runs that found something wrong, as short as they could be made, with what it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation, Plan } from './plan.ts';
import { play } from './play.ts';

type Short = Partial<Plan> & Pick<Plan, 'seed' | 'modes' | 'rooms'> & { readonly operations: readonly Operation[] };

function found(what: string, short: Short, todo?: string): void {
  test(what, todo === undefined ? {} : { todo }, async () => {
    const plan = { usersEach: 1, hostile: undefined, liesOn: false, keysStay: false, ...short };
    assert.deepEqual((await play(plan)).wrong, []);
  });
}

const open = { joinRule: 'public', visibility: 'shared' } as const;

found('what was said on another branch while somebody joined is shown to them by every read alike', {
  seed: 3,
  modes: ['durable', 'durable', 'durable', 'node'],
  rooms: [{ ...open, version: '12', server: 0 }],
  operations: [
    { waitMs: 234, kind: 'send', room: 1, user: 6 },
    { waitMs: 453, kind: 'sync', user: 7 },
  ],
});

found('what happened on another branch is not shown in /sync to who may not see it', {
  seed: 17,
  modes: ['node', 'durable', 'node'],
  rooms: [
    { version: '11', joinRule: 'public', visibility: 'invited', server: 1 },
    { version: '10', joinRule: 'public', visibility: 'world_readable', server: 0 },
  ],
  operations: [],
});

found('a server that is down when its keys are wanted keeps its members in the state of a gap', {
  seed: 22,
  modes: ['durable', 'durable', 'durable'],
  rooms: [
    { version: '10', joinRule: 'public', visibility: 'world_readable', server: 1 },
    { version: '12', joinRule: 'public', visibility: 'invited', server: 1 },
  ],
  liesOn: true,
  operations: [
    { waitMs: 53, kind: 'crash', server: 2, power: true, downMs: 11_592 },
    { waitMs: 2652, kind: 'send', room: 0, user: 1 },
  ],
});

found('a request for keys that fails once does no harm', {
  seed: 36,
  modes: ['durable', 'node', 'node'],
  usersEach: 2,
  rooms: [{ ...open, version: '12', server: 2 }],
  operations: [
    { waitMs: 240, kind: 'strike', server: 4, power: false, alone: true, points: 31, downMs: 2261 },
    { waitMs: 271, kind: 'send', room: 0, user: 4 },
  ],
});

found('two servers that cannot reach each other hear of each other through a third', {
  seed: 26,
  modes: ['durable', 'durable', 'durable', 'node'],
  usersEach: 2,
  rooms: [{ version: '10', joinRule: 'public', visibility: 'joined', server: 3 }],
  liesOn: true,
  operations: [
    { waitMs: 214, kind: 'cut', from: 5, to: 0, both: true },
    { waitMs: 2938, kind: 'visibility', room: 0, user: 5, value: 'joined' },
  ],
});

found(
  'who may not see what came before them is still given the state, though other servers refuse much of what is asked',
  {
    seed: 445,
    modes: ['durable', 'durable', 'node', 'node'],
    usersEach: 2,
    rooms: [
      { version: '12', joinRule: 'public', visibility: 'invited', server: 1 },
      { version: '11', joinRule: 'public', visibility: 'invited', server: 3 },
    ],
    liesOn: true,
    operations: [],
  },
);

found('a join of which the answer was lost is not made once more by ourselves, where nobody hears of it', {
  seed: 443,
  modes: ['node', 'node', 'durable'],
  rooms: [{ ...open, version: '11', server: 1 }],
  operations: [
    { waitMs: 73, kind: 'kick', room: 0, user: 9, target: 3 },
    { waitMs: 14, kind: 'strike', server: 1, power: true, alone: true, points: 35, downMs: 1086 },
    { waitMs: 260, kind: 'join', room: 0, user: 0, via: 1 },
  ],
});

found(
  'a join that another server let in, and of which we hear by others after the answer was lost, brings us back into the room',
  {
    seed: 443,
    modes: ['node', 'node', 'durable'],
    rooms: [{ ...open, version: '11', server: 1 }],
    operations: [
      { waitMs: 73, kind: 'kick', room: 0, user: 9, target: 3 },
      { waitMs: 14, kind: 'strike', server: 1, power: true, alone: true, points: 35, downMs: 1086 },
      { waitMs: 260, kind: 'join', room: 0, user: 0, via: 1 },
      { waitMs: 1101, kind: 'send', room: 1, user: 10 },
    ],
  },
  'an arrival that broke off has forgotten the members and stays of others, and nobody brings them back',
);
