// Whatever rooms tell a group and whenever it restarts: a client that syncs from token to token knows what a plain model knows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { News } from '../../../src/ports/contracts/users-stream.ts';
import { ALICE, BOB, CAROL, StreamWorld } from './stream-world.ts';

const USERS = [ALICE, BOB, CAROL];
const ROOMS = ['!a:hs1', '!b:hs1', '!c:hs1'];
const CLIENTS = [
  [ALICE, 'PHONE'],
  [ALICE, 'LAPTOP'],
  [BOB, 'TABLET'],
] as const;

type Deed =
  | { readonly kind: 'event' | 'receipts' | 'epoch'; readonly room: string }
  | { readonly kind: 'typing'; readonly room: string; readonly users: readonly string[] }
  | { readonly kind: 'member'; readonly room: string; readonly user: string; readonly membership: string }
  | { readonly kind: 'devices'; readonly user: string }
  | { readonly kind: 'data' | 'toDevice'; readonly client: number; readonly room: string | undefined }
  | { readonly kind: 'restart' }
  | { readonly kind: 'sync'; readonly client: number };

const room = fc.constantFrom(...ROOMS);
const user = fc.constantFrom(...USERS);
const client = fc.nat(CLIENTS.length - 1);
const membership = fc.constantFrom('join', 'join', 'join', 'leave', 'leave', 'invite', 'knock', 'ban');
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('event' as const), room }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('receipts' as const), room }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('epoch' as const), room }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('typing' as const), room, users: fc.subarray(USERS) }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('member' as const), room, user, membership }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('devices' as const), user }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('data' as const, 'toDevice' as const),
      client,
      room: fc.option(room, { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('sync' as const), client }) },
);

/** What there is, as plainly as can be said. Every change gets a number. */
class Model {
  changes = 0;
  readonly members = new Map<string, { membership: string; changed: number; stay: number }>();
  readonly log = new Map<string, { epoch: number; last: number; changed: number }>();
  readonly receipts = new Map<string, { pos: number; changed: number }>();
  readonly typing = new Map<string, readonly string[]>();
  readonly devices = new Map<string, number>();
  readonly data = new Map<string, number>();
  readonly sent: number[][] = CLIENTS.map(() => []);

  member(roomId: string, userId: string) {
    return this.members.get(`${roomId} ${userId}`) ?? { membership: 'leave', changed: 0, stay: 0 };
  }

  setMember(roomId: string, userId: string, wanted: string): void {
    const before = this.member(roomId, userId);
    if (wanted === 'join' && before.membership === 'join') return;
    const changed = ++this.changes;
    this.members.set(`${roomId} ${userId}`, { membership: wanted, changed, stay: wanted === 'join' ? changed : 0 });
  }

  joined(roomId: string, userId: string): boolean {
    return this.member(roomId, userId).membership === 'join';
  }

  shared(userId: string): Set<string> {
    return new Set(
      USERS.filter(
        (other) => other !== userId && ROOMS.some((id) => this.joined(id, userId) && this.joined(id, other)),
      ),
    );
  }
}

/** A client: its token, and what it knows by the answers. */
class Replica {
  readonly index: number;
  readonly userId: string;
  readonly deviceId: string;
  since: string | undefined;
  /** What the model knew when the client was answered last. */
  known = 0;
  shared = new Set<string>();
  readonly at = new Map<string, { epoch: number; last: number; stay: number; receipts: number }>();
  readonly typing = new Map<string, readonly string[]>();
  readonly data = new Map<string, unknown>();
  readonly received: unknown[] = [];

  constructor(index: number) {
    this.index = index;
    [this.userId, this.deviceId] = CLIENTS[index]!;
  }
}

async function perform(world: StreamWorld, model: Model, what: Deed): Promise<void> {
  if (what.kind === 'restart') {
    world.restart();
    model.typing.clear();
  } else if (what.kind === 'devices') {
    world.noteDevices(what.user);
    model.devices.set(what.user, ++model.changes);
  } else if (what.kind === 'data') {
    const [userId] = CLIENTS[what.client]!;
    world.data.put(userId, what.room, 'm.x', { n: ++model.changes });
    model.data.set(`${userId} ${what.room ?? ''}`, model.changes);
  } else if (what.kind === 'toDevice') {
    const [userId, deviceId] = CLIENTS[what.client]!;
    const n = ++model.changes;
    world.toDevice.send(world.by(ALICE), { scope: 's', id: `${n}` }, 'm.x', [{ userId, deviceId, content: { n } }]);
    model.sent[what.client]!.push(n);
  } else if (what.kind !== 'sync') {
    await inRoom(world, model, what);
  }
}

async function inRoom(world: StreamWorld, model: Model, what: Deed & { room: string | undefined }): Promise<void> {
  const { kind, room: id = '' } = what;
  const log = model.log.get(id) ?? { epoch: 1, last: 0, changed: 0 };
  if (kind === 'member') {
    const { user: userId, membership: wanted } = what;
    model.setMember(id, userId, wanted);
    await world.happen(id, [userId, wanted]);
    model.log.set(id, { ...log, last: log.last + 1, changed: ++model.changes });
  } else if (log.last === 0) {
    return;
  } else if (kind === 'event') {
    await world.happen(id);
    model.log.set(id, { ...log, last: log.last + 1, changed: ++model.changes });
  } else if (kind === 'receipts') {
    const pos = (model.receipts.get(id)?.pos ?? 0) + 1;
    await world.stream.applyReceipts(id, pos);
    model.receipts.set(id, { pos, changed: ++model.changes });
  } else if (kind === 'typing') {
    await world.stream.applyTyping(id, what.users);
    model.typing.set(id, what.users);
  } else if (kind === 'epoch') {
    // The room forgets whoever comes first; the rest stay what they are.
    const kept = new Map([...world.room(id).memberships].slice(1));
    const [lost] = world.room(id).memberships.keys();
    world.room(id).restart(kept);
    await world.tell(id);
    if (lost !== undefined && model.member(id, lost).membership !== 'leave') model.setMember(id, lost, 'leave');
    model.log.set(id, { epoch: log.epoch + 1, last: world.room(id).log.length, changed: ++model.changes });
    model.receipts.set(id, { pos: 0, changed: ++model.changes });
  }
}

async function sync(world: StreamWorld, model: Model, replica: Replica): Promise<void> {
  const by = world.by(replica.userId, replica.deviceId);
  const { since } = replica;
  const hasNews = since === undefined || (await world.stream.hasNews(by, since));
  const news = await world.news(by, since);
  assert.deepEqual(await world.news(by, since), news, 'the same token gives the same');
  const { rooms, accountData, toDevice, devicesChanged, devicesLeft } = news;
  const isNews = [rooms, accountData, toDevice, devicesChanged, devicesLeft].some((list) => list.length > 0);
  // Data of a room that the user is not in wakes, though there is nowhere to show it.
  const unseen = ROOMS.some((id) => (model.data.get(`${replica.userId} ${id}`) ?? 0) > replica.known);
  if (since !== undefined && !unseen) assert.equal(hasNews, isNews, 'whether there is news is what there is');
  checkRooms(model, replica, news);
  if (since !== undefined) checkDevices(model, replica, news);
  for (const { roomId, accountData: data } of [{ roomId: '', accountData }, ...rooms])
    for (const { type, content } of data) if (type === 'm.x') replica.data.set(roomId, content['n']);
  for (const { content } of toDevice) replica.received.push((content as { n: number }).n);
  assert.deepEqual(replica.received, model.sent[replica.index]);
  for (const roomId of ['', ...ROOMS]) {
    const shown = roomId === '' || rooms.some((one) => one.roomId === roomId);
    if (shown && (roomId === '' || model.joined(roomId, replica.userId)))
      assert.equal(replica.data.get(roomId), model.data.get(`${replica.userId} ${roomId}`));
  }
  replica.since = news.nextBatch;
  replica.known = model.changes;
  replica.shared = model.shared(replica.userId);
}

function checkRooms(model: Model, replica: Replica, { rooms }: News): void {
  for (const id of ROOMS) {
    const told = rooms.find(({ roomId }) => roomId === id);
    const { membership: is, changed, stay } = model.member(id, replica.userId);
    const log = model.log.get(id) ?? { epoch: 1, last: 0, changed: 0 };
    const dataMoved = (model.data.get(`${replica.userId} ${id}`) ?? 0) > replica.known;
    const isNew = changed > replica.known;
    if (is !== 'join') {
      // The end of a room is told once, and never to who had nothing to do with it when it began to sync.
      const expected = is === 'leave' || is === 'ban' ? replica.since !== undefined && isNew : isNew;
      if (expected || !dataMoved) assert.equal(told?.membership, expected ? is : undefined, `${id} is told of`);
      replica.typing.delete(id);
      replica.at.delete(id);
      continue;
    }
    const receipts = model.receipts.get(id) ?? { pos: 0, changed: 0 };
    const before = replica.at.get(id);
    const goesOn = before !== undefined && before.stay === stay && before.epoch === log.epoch;
    if (isNew || log.changed > replica.known || receipts.changed > replica.known || dataMoved) assert.ok(told, id);
    if (told) {
      assert.equal(told.membership, 'join');
      assert.equal(told.to, log.last);
      assert.equal(told.after, goesOn ? before.last : undefined);
      assert.equal(told.moved, !goesOn || before.last < log.last);
      const moved = !goesOn || receipts.pos > before.receipts;
      // After a restart it may not be known how far they were: then all are told again.
      const all = told.receiptsAfter === 'all' || told.receiptsAfter === 0;
      if (!moved || !all) assert.equal(told.receiptsAfter, moved ? before?.receipts : undefined);
      if (before?.stay !== stay) replica.typing.delete(id);
      if (told.typing) replica.typing.set(id, told.typing);
    }
    assert.deepEqual(replica.typing.get(id) ?? [], model.typing.get(id) ?? [], 'who types');
    replica.at.set(id, { epoch: log.epoch, last: log.last, stay, receipts: receipts.pos });
  }
}

function checkDevices(model: Model, replica: Replica, { devicesChanged, devicesLeft }: News): void {
  const now = model.shared(replica.userId);
  for (const other of USERS) {
    const mine = other === replica.userId;
    const news = (model.devices.get(other) ?? 0) > replica.known;
    if ((news && (mine || now.has(other))) || (now.has(other) && !replica.shared.has(other)))
      assert.ok(devicesChanged.includes(other), `${other} is to be looked at`);
    if (replica.shared.has(other) && !now.has(other)) assert.ok(devicesLeft.includes(other), `${other} is gone`);
    if (devicesLeft.includes(other)) assert.ok(!now.has(other), `${other} is still there`);
    if (devicesChanged.includes(other)) assert.ok(mine || now.has(other), `${other} is nobody's business`);
  }
}

test('what clients are told from token to token is what there is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 10, maxLength: 80, size: 'max' }), async (deeds) => {
      const [world, model] = [new StreamWorld(), new Model()];
      const replicas = CLIENTS.map((_, index) => new Replica(index));
      const last = CLIENTS.map((_, index): Deed => ({ kind: 'sync', client: index }));
      for (const what of [...deeds, ...last]) {
        if (what.kind === 'sync') await sync(world, model, replicas[what.client]!);
        else await perform(world, model, what);
      }
    }),
    { numRuns: 150 },
  );
});
