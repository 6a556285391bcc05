// Filters are held against thousands of events, so they have limits. https://spec.matrix.org/v1.19/client-server-api/#filtering
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, roomPath } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const many = (count: number, make: (n: number) => string): string[] => Array.from({ length: count }, (_, n) => make(n));

test('a filter names so many types, patterns, senders, rooms and fields, and no more', async () => {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  const room = await alice.createRoom();
  const define = (filter: object) => alice.call('POST', `/_matrix/client/v3/user/${alice.userId}/filter`, filter);
  const timeline = (part: object) => define({ room: { timeline: part } });
  const fits = [
    await timeline({ types: [...many(50, (n) => `a${n}*`), ...many(950, (n) => `b${n}`)] }),
    await timeline({ senders: many(1000, (n) => `@${n}:hs1`) }),
    await define({ event_fields: many(100, (n) => `content.f${n}`) }),
  ];
  for (const { status } of fits) assert.equal(status, 200);
  const refused = [
    await timeline({ types: many(51, (n) => `a${n}*`) }),
    await timeline({ not_types: many(51, () => '*') }),
    await timeline({ types: many(1001, (n) => `b${n}`) }),
    await timeline({ types: [`${'a*'.repeat(200)}`] }),
    await timeline({ not_senders: many(1001, (n) => `@${n}:hs1`) }),
    await timeline({ rooms: many(1001, (n) => `!${n}:hs1`) }),
    await define({ room: { not_rooms: many(1001, (n) => `!${n}:hs1`) } }),
    await define({ account_data: { types: many(51, (n) => `a${n}*`) } }),
    await define({ event_fields: many(101, (n) => `f${n}`) }),
  ];
  for (const { status, body } of refused) assert.deepEqual([status, body.errcode], [400, 'M_BAD_JSON']);
  const inline = encodeURIComponent(JSON.stringify({ types: many(51, (n) => `a${n}*`) }));
  for (const path of [
    `${roomPath(room)}/messages?dir=b&filter=${inline}`,
    `/_matrix/client/v3/sync?filter=${encodeURIComponent(JSON.stringify({ presence: { types: many(51, () => '*') } }))}`,
  ])
    assert.deepEqual((await alice.call('GET', path)).body.errcode, 'M_BAD_JSON');
});
