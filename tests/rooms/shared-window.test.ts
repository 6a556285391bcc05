// A window that is made once for many must be the one that each of them would have been given alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Requester } from '../../src/ports/contracts/requester.ts';
import type { WindowRequest } from '../../src/ports/contracts/room-window.ts';
import { alice, aRoom, bob, charlie, type ReadWindow, type TestRoom } from './world.ts';

const SETTINGS = ['joined', 'invited', 'shared', 'world_readable'] as const;
const PEOPLE = [alice, bob, charlie];

type Deed =
  | { readonly kind: 'send' | 'join' | 'leave' | 'invite' | 'erase'; readonly who: Requester }
  | { readonly kind: 'name' | 'redact' | 'restart' | 'time' }
  | { readonly kind: 'visibility'; readonly value: (typeof SETTINGS)[number] }
  | {
      readonly kind: 'look';
      readonly back: number;
      readonly request: Partial<WindowRequest>;
      readonly ignored: boolean;
    };

const who = fc.constantFrom(...PEOPLE);
const partOf = (limit: number | undefined) => (limit === undefined ? {} : { limit });
const request = fc.record({
  fullState: fc.boolean(),
  stateAt: fc.constantFrom('start' as const, 'end' as const),
  filter: fc
    .tuple(
      fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      fc.boolean(),
      fc.constantFrom({}, { types: ['m.room.m*'] }),
    )
    .map(([limit, lazy, types]) => ({
      timeline: { ...partOf(limit), ...types },
      state: lazy ? { lazy_load_members: true } : {},
      eventFields: undefined,
      eventFormat: 'client' as const,
    })),
});
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), who }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('join' as const, 'leave' as const, 'invite' as const, 'erase' as const),
      who,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('name' as const, 'redact' as const, 'restart' as const, 'time' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('visibility' as const), value: fc.constantFrom(...SETTINGS) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('look' as const), back: fc.nat(12), request, ignored: fc.boolean() }),
  },
);

async function perform(room: TestRoom, what: Deed, sent: string[]): Promise<void> {
  if (what.kind === 'send') sent.push(await room.send(what.who, 'x'));
  else if (what.kind === 'erase') await room.room.writing.senderErased(what.who.userId);
  else if (what.kind === 'name') await room.state(alice, 'm.room.name', '', { name: String(room.pos) });
  else if (what.kind === 'visibility') await room.visibility(what.value);
  else if (what.kind === 'restart') room.world.restart();
  else if (what.kind === 'time') room.world.clock.time += 5000;
  else if (what.kind === 'redact') {
    const id = sent.at(-1);
    if (id !== undefined) await room.room.writing.redact(alice, id, {}, { scope: 'r', id });
  } else if (what.kind === 'invite') await room.member(alice, 'invite', what.who);
  else if (what.kind === 'join' || what.kind === 'leave') {
    if (what.who !== alice) await room.member(what.who, what.kind);
  }
}

/** What is told besides the state, and that by event id. */
function parts({ state, stateCount, membersTold, stateEvents, ...rest }: ReadWindow) {
  assert.ok(state.length > 0 && Array.isArray(membersTold) && stateCount === stateEvents.length);
  return { rest, state: new Map(stateEvents.map((event) => [String(event['event_id']), event])) };
}

function compare(mine: ReadWindow | undefined, alone: ReadWindow | undefined, isLazy: boolean): void {
  assert.equal(mine === undefined, alone === undefined);
  if (mine === undefined || alone === undefined) return;
  const [shared, own] = [parts(mine), parts(alone)];
  assert.deepEqual(shared.rest, own.rest);
  for (const [id, event] of own.state) assert.deepEqual(shared.state.get(id), event);
  for (const [id, event] of shared.state) {
    // The members that stand for the room are told to all, those among them too, who need not be told of themselves.
    const spare = isLazy && event['type'] === 'm.room.member';
    assert.ok(own.state.has(id) || spare, JSON.stringify(event));
  }
}

test('what is shared is what each would see alone', async () => {
  let shown = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SETTINGS),
      fc.array(deed, { minLength: 10, maxLength: 50, size: 'max' }),
      async (setting, deeds) => {
        const room = await aRoom('12', { visibility: setting });
        const sent: string[] = [];
        for (const what of deeds) {
          if (what.kind !== 'look') {
            // What may not happen now does not happen.
            await perform(room, what, sent).catch(() => undefined);
            continue;
          }
          const after = what.back === 12 ? undefined : Math.max(0, room.pos - what.back);
          for (const by of [...PEOPLE, ...PEOPLE]) {
            const viewer = { userId: by.userId, deviceId: by.deviceId, ignored: what.ignored ? [bob.userId] : [] };
            const asked = { ...what.request, viewer, after };
            const mine = await room.window(by, asked).catch(() => undefined);
            // Members that a client has already are its own: such a window is shared with nobody.
            const alone = await room.window(by, { ...asked, knownMembers: ['@nobody:x'] }).catch(() => undefined);
            compare(mine, alone, 'lazy_load_members' in (what.request.filter?.state ?? {}));
            shown += Number(mine !== undefined);
          }
        }
      },
    ),
    { numRuns: 100 },
  );
  assert.ok(shown > 500, String(shown));
});
