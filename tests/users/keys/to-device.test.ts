// Messages to devices. https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MatrixError } from '../../../src/spec/errors.ts';
import { ALICE, BOB, KeysWorld } from './keys-world.ts';

const [phone, laptop, tablet] = [
  KeysWorld.by(ALICE, 'PHONE'),
  KeysWorld.by(ALICE, 'LAPTOP'),
  KeysWorld.by(BOB, 'TABLET'),
];
const to = (userId: string, deviceId: string, n: number) => ({ userId, deviceId, content: { n } });
const send = ({ toDevice }: KeysWorld, id: string, ...messages: ReturnType<typeof to>[]) =>
  toDevice.send(tablet, { scope: 'PUT /sendToDevice/t', id }, 't', messages);
const numbers = (messages: readonly { readonly [key: string]: unknown }[]) =>
  messages.map((message) => (message['content'] as { n: number }).n);

test('messages come in the order that they were sent in, with their sender', async () => {
  const world = new KeysWorld();
  for (let n = 0; n < 5; n++) await send(world, `t${n}`, to(ALICE, 'PHONE', n));
  const { messages } = world.toDevice.after(phone, 0, 100);
  assert.deepEqual(numbers(messages), [0, 1, 2, 3, 4]);
  assert.deepEqual(messages[0], { type: 't', sender: BOB, content: { n: 0 } });
});

test('a repeated transaction stores nothing; the same id of another device is another transaction', async () => {
  const world = new KeysWorld();
  await send(world, 'same', to(ALICE, 'PHONE', 1));
  await send(world, 'same', to(ALICE, 'PHONE', 2));
  await world.toDevice.send(laptop, { scope: 'PUT /sendToDevice/t', id: 'same' }, 't', [to(ALICE, 'PHONE', 3)]);
  assert.deepEqual(numbers(world.toDevice.after(phone, 0, 100).messages), [1, 3]);
});

test('a star is every device of the user; a device that is not there gets nothing', async () => {
  const world = new KeysWorld();
  await send(world, 't', to(ALICE, '*', 1), to(ALICE, 'GONE', 2), to('@nobody:hs1', '*', 3));
  assert.deepEqual(numbers(world.toDevice.after(phone, 0, 100).messages), [1]);
  assert.deepEqual(numbers(world.toDevice.after(laptop, 0, 100).messages), [1]);
  assert.deepEqual(numbers(world.toDevice.after(tablet, 0, 100).messages), []);
});

test('messages are repeated until they are acknowledged, and then gone for that device only', async () => {
  const world = new KeysWorld();
  await send(world, 't', to(ALICE, '*', 1));
  const first = world.toDevice.after(phone, 0, 100);
  assert.deepEqual(world.toDevice.after(phone, 0, 100), first);
  world.toDevice.acknowledge(phone, first.last!);
  assert.deepEqual(world.toDevice.after(phone, 0, 100).messages, []);
  assert.equal(world.toDevice.hasAfter(phone, 0), false);
  assert.deepEqual(numbers(world.toDevice.after(laptop, 0, 100).messages), [1]);
});

test('more messages than fit come in parts, none left out', async () => {
  const world = new KeysWorld();
  await send(world, 't', ...Array.from({ length: 7 }, (_, n) => to(ALICE, 'PHONE', n)));
  const first = world.toDevice.after(phone, 0, 5);
  assert.deepEqual([numbers(first.messages), first.more], [[0, 1, 2, 3, 4], true]);
  const second = world.toDevice.after(phone, first.last!, 5);
  assert.deepEqual([numbers(second.messages), second.more], [[5, 6], false]);
});

test('many and large messages are stored in pieces, each once and in order, though the request is repeated', async () => {
  const world = new KeysWorld();
  const messages = Array.from({ length: 250 }, (_, n) => ({
    userId: ALICE,
    deviceId: 'PHONE',
    content: { n, pad: 'x'.repeat(1500) },
  }));
  const transaction = { scope: 'PUT /sendToDevice/t', id: 'many' };
  await Promise.all([1, 2].map(() => world.toDevice.send(tablet, transaction, 't', messages)));
  await world.toDevice.send(tablet, transaction, 't', messages);
  const { messages: told } = world.toDevice.after(phone, 0, 1000);
  assert.deepEqual(
    numbers(told),
    messages.map(({ content }) => content.n),
  );
});

test('a request that broke off after some pieces stores the rest when it is repeated', async () => {
  const world = new KeysWorld();
  const messages = Array.from({ length: 250 }, (_, n) => to(ALICE, 'PHONE', n));
  const transaction = { scope: 'PUT /sendToDevice/t', id: 'many' };
  // The first piece is stored at once; the object is gone before the second.
  world.breaks = true;
  void world.toDevice.send(tablet, transaction, 't', messages);
  assert.equal(world.toDevice.after(phone, 0, 1000).messages.length, 100);
  world.breaks = false;
  await world.toDevice.send(tablet, transaction, 't', messages);
  assert.deepEqual(
    numbers(world.toDevice.after(phone, 0, 1000).messages),
    messages.map(({ content }) => content.n),
  );
});

test('an answer holds as many large messages as fit, the next one goes on after them', async () => {
  const world = new KeysWorld();
  const large = (n: number) => ({ userId: ALICE, deviceId: 'PHONE', content: { n, pad: 'x'.repeat(60_000) } });
  for (let n = 0; n < 20; n++) await send(world, `t${n}`, large(n));
  const first = world.toDevice.after(phone, 0, 100);
  assert.deepEqual([first.messages.length, first.more], [8, true]);
  const second = world.toDevice.after(phone, first.last!, 100);
  assert.deepEqual(numbers(second.messages)[0], 8);
});

test('a message larger than an event may be is refused with all of its request', async () => {
  const world = new KeysWorld();
  const large = { userId: ALICE, deviceId: 'PHONE', content: { n: 1, pad: 'x'.repeat(70_000) } };
  await assert.rejects(
    send(world, 't', to(ALICE, 'PHONE', 0), large),
    (error) => error instanceof MatrixError && error.status === 413,
  );
  assert.deepEqual(world.toDevice.after(phone, 0, 100).messages, []);
});

test('the last transactions of each device are remembered, whatever the clock says, and no more than these', async () => {
  const world = new KeysWorld();
  const count = () =>
    world.sql.first<{ count: number }>('SELECT COUNT(*) AS count FROM users_to_device_transactions')?.count ?? 0;
  const fromLaptop = (id: string) =>
    world.toDevice.send(laptop, { scope: 'PUT /sendToDevice/t', id }, 't', [to(ALICE, 'PHONE', -1)]);
  await fromLaptop('mine');
  for (let n = 0; n < 2300; n++) {
    await send(world, `t${n}`);
    if (n === 1000) world.now += 365 * 86_400_000;
  }
  // Those of another device are not crowded out.
  const before = world.toDevice.after(phone, 0, 10_000).messages.length;
  await fromLaptop('mine');
  await send(world, 't2299', to(ALICE, 'PHONE', 1));
  await send(world, 't301', to(ALICE, 'PHONE', 1));
  assert.equal(world.toDevice.after(phone, 0, 10_000).messages.length, before);
  assert.ok(count() <= 2000 + 256 + 1, `${count()} rows`);
  await send(world, 't0', to(ALICE, 'PHONE', 1));
  assert.equal(world.toDevice.after(phone, 0, 10_000).messages.length, before + 1);
});

test('what waits for a device of all senders is bounded: the many that sent much are refused, and nothing taken is lost', async () => {
  const world = new KeysWorld();
  const from = (sender: string, id: string, count: number) =>
    world.toDevice.send(
      { userId: sender, deviceId: 'D', group: 1 },
      { scope: 'PUT /sendToDevice/t', id },
      't',
      Array.from({ length: count }, (_, n) => to(ALICE, 'PHONE', n)),
    );
  const full = (error: unknown): boolean => error instanceof MatrixError && error.errcode === 'M_LIMIT_EXCEEDED';
  const waiting = (): unknown => world.sql.first('SELECT COUNT(*) AS count FROM users_to_device')?.['count'];
  for (let n = 0; n < 20; n++) await from(`@flood${n}:hs1`, 'a', 1000);
  await assert.rejects(from('@flood0:hs1', 'b', 1), full);
  await assert.rejects(
    world.toDevice.send({ userId: '@flood0:hs1', deviceId: 'D', group: 1 }, { scope: 's', id: 'c' }, 't', [
      to(ALICE, 'LAPTOP', 1),
      to(ALICE, 'PHONE', 1),
    ]),
    full,
  );
  assert.equal(waiting(), 20_000);
  // A repeated request was taken already; who has sent little still can; and the device makes room.
  await from('@flood0:hs1', 'a', 1000);
  await from('@friend:hs1', 'a', 1);
  assert.equal(waiting(), 20_001);
  const { last } = world.toDevice.after(phone, 0, 5000);
  world.toDevice.acknowledge(phone, last!);
  await from('@flood0:hs1', 'b', 1);
});

test('messages that wait for a device are bounded by their size, too', async () => {
  const world = new KeysWorld();
  const large = { userId: ALICE, deviceId: 'PHONE', content: { n: 1, pad: 'x'.repeat(65_000) } };
  for (let n = 0; n < 11; n++) await send(world, `t${n}`, ...Array.from({ length: 100 }, () => large));
  await assert.rejects(
    send(world, 'more', large),
    (error) => error instanceof MatrixError && error.errcode === 'M_LIMIT_EXCEEDED',
  );
});

test('who floods a device that is away crowds out only what they sent it themselves', async () => {
  const world = new KeysWorld();
  const fromLaptop = (id: string, n: number) =>
    world.toDevice.send(laptop, { scope: 'PUT /sendToDevice/t', id }, 't', [to(ALICE, 'PHONE', n)]);
  await fromLaptop('first', -1);
  for (let n = 0; n < 6; n++)
    await send(world, `t${n}`, ...Array.from({ length: 1000 }, (_, m) => to(ALICE, 'PHONE', n * 1000 + m)));
  await fromLaptop('last', -2);
  const all = numbers(world.toDevice.after(phone, 0, 10_000).messages);
  assert.deepEqual([all.length, all[0], all[1], all.at(-2), all.at(-1)], [5002, -1, 1000, 5999, -2]);
  // The count goes on from what is there after a restart, and after what was told is gone.
  const { last } = world.toDevice.after(phone, 0, 4000);
  world.toDevice.acknowledge(phone, last!);
  await send(world, 'more', ...Array.from({ length: 1000 }, (_, m) => to(ALICE, 'PHONE', 6000 + m)));
  assert.equal(world.toDevice.after(phone, 0, 10_000).messages.length, 2002);
});
