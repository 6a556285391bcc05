// A turn that cannot be committed fails all operations in it, and its objects forget what they knew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { openHomeserver } from './opened.ts';
import { Notes, notesOf } from './notes.ts';

function failing() {
  const state = { fail: false };
  return {
    state,
    failpoint: (name: string): void => {
      if (name !== 'before-commit' || !state.fail) return;
      state.fail = false;
      throw new Error('the disk is full');
    },
  };
}

test('a failed commit fails every answer of its turn, and nothing of it is there afterwards', async (t) => {
  const { state, failpoint } = failing();
  const homeserver = openHomeserver(t, { failpoint });
  const [a, b] = [notesOf(homeserver.objects, 'a'), notesOf(homeserver.objects, 'b')];
  await a.note('before');
  await homeserver.data.gate.settled();
  state.fail = true;
  const { failures } = homeserver.data.gate;
  await Promise.all([a.note('lost'), b.note('lost')]);
  await assert.rejects(homeserver.data.gate.settled(), /disk is full/);
  await assert.rejects(homeserver.data.gate.settledSince(failures), /failed/);
  assert.deepEqual(await a.memory(), [], 'the object was made anew and remembers nothing');
  assert.deepEqual(await a.notes(), ['before']);
  assert.deepEqual(await b.notes(), []);
  await b.note('after');
  await homeserver.data.gate.settled();
  assert.deepEqual(await b.notes(), ['after']);
});

test('an object that took no part keeps its memory', async (t) => {
  const { state, failpoint } = failing();
  const homeserver = openHomeserver(t, { failpoint });
  const [a, b] = [notesOf(homeserver.objects, 'a'), notesOf(homeserver.objects, 'b')];
  await a.note('kept');
  await homeserver.data.gate.settled();
  state.fail = true;
  await b.note('lost');
  await turn();
  assert.deepEqual(await a.memory(), ['kept']);
});

test('an instance that was dropped cannot touch its tables any more', async (t) => {
  const { state, failpoint } = failing();
  const made: Notes[] = [];
  const homeserver = openHomeserver(t, {
    failpoint,
    house: {
      kinds: [
        {
          schema: {
            object: 'rooms',
            steps: [
              'CREATE TABLE rooms_notes (owner INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (owner, text)) WITHOUT ROWID',
            ],
          },
          evictable: true,
          make: (env) => {
            const notes = new Notes(env);
            made.push(notes);
            return notes;
          },
        },
      ],
      front: () => async () => ({ status: 404, headers: [], body: undefined }),
      createUser: async () => undefined,
    },
  });
  state.fail = true;
  await notesOf(homeserver.objects, 'a').note('lost');
  await turn();
  await assert.rejects(made[0]!.notes(), /dropped from memory/);
  await assert.rejects(made[0]!.note('ghost'), /dropped from memory/);
  await assert.rejects(made[0]!.env.durability.settled(), /dropped from memory/);
});

test('a transaction that SQLite itself ends fails its whole turn', async (t) => {
  const homeserver = openHomeserver(t);
  const a = notesOf(homeserver.objects, 'a');
  await a.note('before');
  await homeserver.data.gate.settled();
  await Promise.allSettled([a.note('lost'), assert.rejects(a.breakTransaction())]);
  await assert.rejects(homeserver.data.gate.settledSince(0), /failed/);
  assert.deepEqual(await a.notes(), ['before']);
});

test('a name that nothing is written under leaves no row', async (t) => {
  const homeserver = openHomeserver(t);
  await notesOf(homeserver.objects, '!nobody:knows').notes();
  await assert.rejects(notesOf(homeserver.objects, '!undone:here').noteAndThrow('x'));
  await notesOf(homeserver.objects, '!real:here').note('x');
  await homeserver.data.gate.settled();
  const names = homeserver.data.turns.connection
    .own('SELECT name FROM objects ORDER BY name')
    .all()
    .map((row) => row['name']);
  assert.deepEqual(names, ['!real:here']);
});

test('idle objects beyond the limit are dropped and made again from their tables', async (t) => {
  const homeserver = openHomeserver(t, { mostRooms: 3 });
  for (let n = 0; n < 10; n++) await notesOf(homeserver.objects, `room ${n}`).note(`note ${n}`);
  assert.equal(homeserver.objects.size, 3);
  for (let n = 0; n < 10; n++) assert.deepEqual(await notesOf(homeserver.objects, `room ${n}`).notes(), [`note ${n}`]);
});
