// Messages to devices. https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging
import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('messages come in the order that they were sent in, with their sender', () => {
  const world = new KeysWorld();
  for (let n = 0; n < 5; n++) send(world, `t${n}`, to(ALICE, 'PHONE', n));
  const { messages } = world.toDevice.after(phone, 0, 100);
  assert.deepEqual(numbers(messages), [0, 1, 2, 3, 4]);
  assert.deepEqual(messages[0], { type: 't', sender: BOB, content: { n: 0 } });
});

test('a repeated transaction stores nothing; the same id of another device is another transaction', () => {
  const world = new KeysWorld();
  send(world, 'same', to(ALICE, 'PHONE', 1));
  send(world, 'same', to(ALICE, 'PHONE', 2));
  world.toDevice.send(laptop, { scope: 'PUT /sendToDevice/t', id: 'same' }, 't', [to(ALICE, 'PHONE', 3)]);
  assert.deepEqual(numbers(world.toDevice.after(phone, 0, 100).messages), [1, 3]);
});

test('a star is every device of the user; a device that is not there gets nothing', () => {
  const world = new KeysWorld();
  send(world, 't', to(ALICE, '*', 1), to(ALICE, 'GONE', 2), to('@nobody:hs1', '*', 3));
  assert.deepEqual(numbers(world.toDevice.after(phone, 0, 100).messages), [1]);
  assert.deepEqual(numbers(world.toDevice.after(laptop, 0, 100).messages), [1]);
  assert.deepEqual(numbers(world.toDevice.after(tablet, 0, 100).messages), []);
});

test('messages are repeated until they are acknowledged, and then gone for that device only', () => {
  const world = new KeysWorld();
  send(world, 't', to(ALICE, '*', 1));
  const first = world.toDevice.after(phone, 0, 100);
  assert.deepEqual(world.toDevice.after(phone, 0, 100), first);
  world.toDevice.acknowledge(phone, first.last!);
  assert.deepEqual(world.toDevice.after(phone, 0, 100).messages, []);
  assert.equal(world.toDevice.hasAfter(phone, 0), false);
  assert.deepEqual(numbers(world.toDevice.after(laptop, 0, 100).messages), [1]);
});

test('more messages than fit come in parts, none left out', () => {
  const world = new KeysWorld();
  send(world, 't', ...Array.from({ length: 7 }, (_, n) => to(ALICE, 'PHONE', n)));
  const first = world.toDevice.after(phone, 0, 5);
  assert.deepEqual([numbers(first.messages), first.more], [[0, 1, 2, 3, 4], true]);
  const second = world.toDevice.after(phone, first.last!, 5);
  assert.deepEqual([numbers(second.messages), second.more], [[5, 6], false]);
});
