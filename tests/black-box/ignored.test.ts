// Alice ignores Bob: every surface that could show her something of him, on both runtimes, against the specification's words.
// The same is asked by Charlie, who ignores nobody, so that what is missing is missing because of the list and not by chance.
// https://spec.matrix.org/v1.19/client-server-api/#ignoring-users
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answer, type Body, Client, roomPath, type SyncAnswer, type SyncEvent, type SyncRoom } from './client.ts';
import { eventually } from './eventually.ts';
import { RUNTIMES, type Runtime, Server } from './server.ts';

const V3 = '/_matrix/client/v3';
/** What no answer to Alice may hold. */
const UNHEARD = 'said by Bob';

interface World {
  readonly server: Server;
  readonly alice: Client;
  readonly bob: Client;
  readonly charlie: Client;
  readonly roomId: string;
  /** Charlie's message, to which Bob and Charlie have replied and reacted. */
  readonly root: string;
  /** Bob's own message, on which Charlie has begun a thread. */
  readonly bobs: string;
  /** Alice's tokens of before. */
  readonly since: string;
}

const ignore = (by: Client, ...users: Client[]): Promise<Answer> =>
  by.ok('PUT', `${V3}/user/${by.userId}/account_data/m.ignored_user_list`, {
    ignored_users: Object.fromEntries(users.map((user) => [user.userId, {}])),
  });
const text = (body: string, more: object = {}) => ({ msgtype: 'm.text', body, ...more });
const relation = (rel_type: string, event_id: string, more: object = {}) => ({
  'm.relates_to': { rel_type, event_id, ...more },
});
let transactions = 0;
async function put(by: Client, roomId: string, content: object, type = 'm.room.message'): Promise<string> {
  const path = `${roomPath(roomId)}/send/${type}/i${transactions++}`;
  return String((await by.ok('PUT', path, content)).body['event_id']);
}
const v1 = (roomId: string): string => roomPath(roomId).replace('/v3/', '/v1/');
const id = encodeURIComponent;

async function begin(server: Server): Promise<World> {
  const [alice, bob] = [await Client.register(server, 'alice'), await Client.register(server, 'bob')];
  const charlie = await Client.register(server, 'charlie');
  const roomId = await alice.createRoom({
    preset: 'public_chat',
    power_level_content_override: { state_default: 0, notifications: { room: 0 } },
  });
  for (const user of [bob, charlie]) await user.join(roomId);
  await ignore(alice, bob);
  const since = (await alice.sync()).next_batch;
  const root = await put(charlie, roomId, text('a root'));
  const bobs = await put(bob, roomId, text(`${UNHEARD}: alice, @room`, { 'm.mentions': { user_ids: [alice.userId] } }));
  await put(charlie, roomId, text('in the thread of the root', relation('m.thread', root)));
  await put(bob, roomId, text(`${UNHEARD}: later in it`, relation('m.thread', root)));
  await put(charlie, roomId, text('in the thread on what Bob said', relation('m.thread', bobs)));
  for (const user of [charlie, bob])
    await put(user, roomId, relation('m.annotation', root, { key: user === bob ? UNHEARD : 'yes' }), 'm.reaction');
  await put(bob, roomId, text(UNHEARD, relation('m.reference', root)));
  await bob.ok('PUT', `${roomPath(roomId)}/state/m.room.topic/`, { topic: 'set by Bob' });
  await put(charlie, roomId, text('the last word'));
  return { server, alice, bob, charlie, roomId, root, bobs, since };
}

const said = (events: readonly SyncEvent[]): unknown[] =>
  events.filter(({ type }) => type === 'm.room.message').map(({ content }) => content['body']);
const chunkOf = ({ body }: Answer): readonly SyncEvent[] => body['chunk'] as SyncEvent[];

/** Nothing that Bob said; the state that he set, if any. */
function hidesBob({ bob }: World, events: readonly SyncEvent[]): void {
  for (const event of events)
    assert.ok(event.sender !== bob.userId || event.state_key !== undefined, JSON.stringify(event));
  assert.ok(!JSON.stringify(events).includes(UNHEARD), JSON.stringify(events));
}

const HEARD = ['a root', 'in the thread of the root', 'in the thread on what Bob said', 'the last word'];

/** By surface: what it shows a user, as events. */
const SURFACES: Record<string, (world: World, by: Client) => Promise<readonly SyncEvent[]>> = {
  'an initial /sync': async ({ roomId }, by) => {
    const filter = JSON.stringify({ room: { timeline: { limit: 100 } } });
    const room = await whole(by, roomId, { filter });
    return [...(room.timeline?.events ?? []), ...(room.state?.events ?? [])];
  },
  'a /sync with full state': async ({ roomId }, by) => {
    const filter = JSON.stringify({ room: { timeline: { limit: 100 } } });
    return (await whole(by, roomId, { filter, full_state: 'true' })).timeline?.events ?? [];
  },
  '/messages backwards': async ({ roomId }, by) => pages(by, roomId, 'b'),
  '/messages forwards': async ({ roomId }, by) => pages(by, roomId, 'f'),
  '/context': async ({ roomId, root }, by) => {
    const { body } = await by.ok('GET', `${roomPath(roomId)}/context/${id(root)}?limit=100`);
    return [
      ...(body['events_before'] as SyncEvent[]),
      body['event'] as unknown as SyncEvent,
      ...(body['events_after'] as SyncEvent[]),
    ];
  },
};

async function whole(by: Client, roomId: string, query: Readonly<Record<string, string>>): Promise<SyncRoom> {
  return eventually('the last word', async () => {
    const room = (await by.sync(query)).rooms?.join?.[roomId];
    return said(room?.timeline?.events ?? []).at(-1) === 'the last word' ? room : undefined;
  });
}

async function pages(by: Client, roomId: string, dir: 'b' | 'f'): Promise<readonly SyncEvent[]> {
  const events: SyncEvent[] = [];
  for (let from = ''; ;) {
    const page = await by.ok('GET', `${roomPath(roomId)}/messages?dir=${dir}&limit=2${from}`);
    events.push(...chunkOf(page));
    if (page.body['end'] === undefined) return dir === 'b' ? events.toReversed() : events;
    from = `&from=${id(String(page.body['end']))}`;
  }
}

const typing = (answer: SyncAnswer, roomId: string): unknown =>
  answer.rooms?.join?.[roomId]?.ephemeral?.events.find(({ type }) => type === 'm.typing')?.content['user_ids'];
const readers = (answer: SyncAnswer, roomId: string): string[] =>
  (answer.rooms?.join?.[roomId]?.ephemeral?.events ?? [])
    .filter(({ type }) => type === 'm.receipt')
    .flatMap(({ content }) => Object.values(content as Record<string, Body>))
    .flatMap((receipt) => Object.keys((receipt['m.read'] ?? {}) as object));

function checks(runtime: Runtime): void {
  let server: Server;
  let world: World;
  before(async () => {
    server = await Server.start(runtime);
    world = await begin(server);
  });
  after(() => server.stop());

  for (const [name, look] of Object.entries(SURFACES))
    test(`${name} shows nothing that an ignored user said, and the state that they set`, async () => {
      const shown = await look(world, world.alice);
      hidesBob(world, shown);
      assert.deepEqual(said(shown), HEARD);
      assert.ok(shown.some(({ type, sender }) => type === 'm.room.topic' && sender === world.bob.userId));
      assert.ok(JSON.stringify(await look(world, world.charlie)).includes(UNHEARD), 'others are shown it');
    });

  test('an incremental /sync shows none of it, and nothing is made up for when the list is empty again', async () => {
    const { alice, bob, charlie, roomId, since } = world;
    const events = await eventually('the last word', async () => {
      const shown = (await alice.sync({ since })).rooms?.join?.[roomId]?.timeline?.events ?? [];
      return said(shown).includes('the last word') ? shown : undefined;
    });
    hidesBob(world, events);
    const laptop = await alice.login();
    const { next_batch: later } = await laptop.sync({ since });
    await put(bob, roomId, text(UNHEARD));
    await charlie.send(roomId, 'a mark');
    const news = await eventually('the mark', async () => {
      const answer = await laptop.sync({ since: later });
      return said(answer.rooms?.join?.[roomId]?.timeline?.events ?? []).includes('a mark') ? answer : undefined;
    });
    hidesBob(world, news.rooms?.join?.[roomId]?.timeline?.events ?? []);
    await ignore(alice);
    try {
      const after = await laptop.sync({ since: news.next_batch });
      assert.equal(after.rooms?.join?.[roomId]?.timeline, undefined);
      assert.ok(JSON.stringify(await alice.sync()).includes(UNHEARD), 'a fresh sync has it');
    } finally {
      await ignore(alice, bob);
    }
  });

  test('relations, and what is bundled of them, are those of the others', async () => {
    const { alice, charlie, roomId, root } = world;
    const related = async (by: Client, kind = ''): Promise<readonly SyncEvent[]> =>
      chunkOf(await by.ok('GET', `${v1(roomId)}/relations/${id(root)}${kind}?limit=100`));
    for (const kind of ['', '/m.thread', '/m.annotation', '/m.reference']) hidesBob(world, await related(alice, kind));
    assert.equal((await related(alice)).length, 2);
    assert.equal((await related(charlie)).length, 5);
    for (const by of [alice, charlie]) {
      const { body } = await by.ok('GET', `${roomPath(roomId)}/event/${id(root)}`);
      const bundled = (body['unsigned'] as Body)['m.relations'] as Record<string, Body>;
      const { count, latest_event: latest } = bundled['m.thread']!;
      assert.equal(count, by === alice ? 1 : 2);
      assert.equal(JSON.stringify(latest).includes(UNHEARD), by === charlie);
      assert.equal(bundled['m.reference'] === undefined, by === alice);
    }
  });

  test('the thread on what an ignored user said is listed with its root redacted', async () => {
    const { alice, charlie, roomId, bobs } = world;
    const threads = async (by: Client) => chunkOf(await by.ok('GET', `${v1(roomId)}/threads`));
    const [shown, others] = [await threads(alice), await threads(charlie)];
    assert.equal(shown.length, 2);
    assert.deepEqual(shown.find(({ event_id }) => event_id === bobs)?.content, {});
    assert.ok(!JSON.stringify(shown).includes(UNHEARD));
    assert.ok(JSON.stringify(others).includes(UNHEARD));
  });

  test('what an ignored user says notifies of nothing: not in the list, not in the counts', async () => {
    const { alice, bob, charlie, roomId } = world;
    const noted = async (by: Client): Promise<string> =>
      JSON.stringify((await by.ok('GET', `${V3}/notifications?limit=100`)).body);
    assert.ok(!(await noted(alice)).includes(UNHEARD));
    assert.ok((await noted(charlie)).includes(UNHEARD), 'others were notified');
    const filter = JSON.stringify({ room: { timeline: { limit: 1, unread_thread_notifications: true } } });
    const counts = async (): Promise<unknown> => {
      const room = (await alice.sync({ filter })).rooms?.join?.[roomId];
      return [room?.unread_notifications, room?.unread_thread_notifications];
    };
    const before = await counts();
    await put(
      bob,
      roomId,
      text(`${UNHEARD}: alice, @room`, { 'm.mentions': { user_ids: [alice.userId], room: true } }),
    );
    assert.deepEqual(await counts(), before);
    assert.ok(!JSON.stringify(before).includes('"highlight_count":1'));
  });

  test('whether an ignored user types or has read is not told', async () => {
    const { alice, bob, charlie, roomId, root } = world;
    const { next_batch: since } = await alice.sync();
    for (const user of [bob, charlie]) {
      await user.ok('PUT', `${roomPath(roomId)}/typing/${user.userId}`, { typing: true, timeout: 60_000 });
      await user.ok('POST', `${roomPath(roomId)}/receipt/m.read/${id(root)}`, {});
    }
    const told = async (query: Readonly<Record<string, string>>): Promise<void> => {
      const answer = await eventually('Charlie types and has read', async () => {
        const news = await alice.sync(query);
        const there = readers(news, roomId).includes(charlie.userId) && typing(news, roomId) !== undefined;
        return there ? news : undefined;
      });
      assert.deepEqual(typing(answer, roomId), [charlie.userId]);
      assert.ok(!readers(answer, roomId).includes(bob.userId));
    };
    await told({ since });
    await told({});
  });

  test('an invite by an ignored user is in no sync, and there is nothing to wake for', async () => {
    const { alice, bob, charlie } = world;
    const { next_batch: since } = await alice.sync();
    const unwanted = await bob.createRoom({ name: UNHEARD, invite: [alice.userId] });
    const wanted = await charlie.createRoom({ invite: [alice.userId] });
    const answer = await eventually('the invite that is wanted', async () => {
      const news = await alice.sync({ since });
      return news.rooms?.invite?.[wanted] ? news : undefined;
    });
    for (const one of [answer, await alice.sync(), await alice.sync({ since, full_state: 'true' })]) {
      assert.deepEqual(Object.keys(one.rooms?.invite ?? {}), [wanted]);
      assert.ok(!JSON.stringify(one).includes(unwanted));
    }
    await bob.ok('POST', `${roomPath(unwanted)}/kick`, { user_id: alice.userId });
    const kicked = await alice.sync({ since: answer.next_batch });
    assert.equal(kicked.rooms?.invite?.[unwanted], undefined);
  });

  test('members, state and profile of an ignored user are what they are for everybody', async () => {
    const { alice, bob, charlie, roomId } = world;
    for (const path of ['members', 'joined_members', 'state', 'state/m.room.topic/']) {
      const seen = async (by: Client): Promise<string> =>
        JSON.stringify((await by.ok('GET', `${roomPath(roomId)}/${path}`)).body, (key, value: unknown) =>
          key === 'unsigned' ? undefined : value,
        );
      assert.equal(await seen(alice), await seen(charlie), path);
    }
    await alice.ok('GET', `${V3}/profile/${bob.userId}`);
  });

  test('a room that was left shows its last time without what an ignored user said', async () => {
    const { alice, bob, charlie } = world;
    const left = await charlie.createRoom({ preset: 'public_chat' });
    for (const user of [alice, bob]) await user.join(left);
    await put(bob, left, text(UNHEARD));
    await charlie.send(left, 'heard');
    await alice.ok('POST', `${roomPath(left)}/leave`, {});
    const filter = JSON.stringify({ room: { include_leave: true, timeline: { limit: 50 } } });
    const shown = await eventually(
      'the room among those that were left',
      async () => (await alice.sync({ filter })).rooms?.leave?.[left]?.timeline?.events,
    );
    hidesBob(world, shown);
    assert.deepEqual(said(shown), ['heard']);
    hidesBob(world, await pages(alice, left, 'b'));
  });
}

for (const runtime of RUNTIMES) describe(`an ignored user on ${runtime}`, () => checks(runtime));
