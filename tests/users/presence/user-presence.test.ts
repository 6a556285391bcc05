// What one user's devices come to, as time goes by. https://spec.matrix.org/v1.19/client-server-api/#presence
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserPresence } from '../../../src/users/presence/user-presence.ts';

const GONE = 90_000;
const MINUTE = 60_000;
const user = (): UserPresence => new UserPresence(GONE);
const shows = (one: UserPresence, now: number, presence: string, currentlyActive = presence === 'online'): void => {
  assert.deepEqual(one.shown(now), { presence, currentlyActive });
};
/** Polls of a device until a time, as a client in the background makes them. */
const poll = (one: UserPresence, device: string, from: number, until: number): void => {
  for (let now = from; now <= until; now += 30_000) one.sync(device, 'online', now);
};

test('who polls is online, and offline once no poll has come for long enough', () => {
  const one = user();
  shows(one, 0, 'offline');
  one.sync('A', 'online', 0);
  shows(one, 1, 'online');
  one.sync('A', 'online', 50_000);
  shows(one, 50_000 + GONE - 1, 'online', false);
  shows(one, 50_000 + GONE, 'offline');
});

test('a poll that ends keeps the device there, and makes none', () => {
  const one = user();
  one.sync('A', undefined, 0);
  shows(one, 0, 'offline');
  one.sync('A', 'online', 0);
  one.sync('A', undefined, GONE - 1);
  shows(one, GONE, 'online', false);
});

test('who does nothing is active no more after a minute and idle after five, however much is polled', () => {
  const one = user();
  poll(one, 'A', 0, 10 * MINUTE);
  const again = user();
  poll(again, 'A', 0, MINUTE - 1);
  shows(again, MINUTE - 1, 'online');
  shows(again, MINUTE, 'online', false);
  poll(again, 'A', MINUTE, 5 * MINUTE - 1);
  shows(again, 5 * MINUTE - 1, 'online', false);
  again.sync('A', 'online', 5 * MINUTE);
  shows(again, 5 * MINUTE, 'unavailable');
  shows(one, 10 * MINUTE, 'unavailable');
});

test('whoever does something is online again', () => {
  const one = user();
  poll(one, 'A', 0, 6 * MINUTE);
  one.active(6 * MINUTE);
  shows(one, 6 * MINUTE, 'online');
});

test('the most active device counts', () => {
  const one = user();
  one.sync('A', 'unavailable', 0);
  shows(one, 0, 'unavailable');
  one.sync('B', 'online', 1000);
  one.sync('A', 'unavailable', 2000);
  shows(one, 2000, 'online');
  one.sync('A', 'unavailable', 80_000);
  shows(one, 1000 + GONE, 'unavailable');
});

test('a sync that says offline shows nobody, and takes back what syncs of the device have said', () => {
  const one = user();
  one.sync('A', 'offline', 0);
  shows(one, 0, 'offline');
  one.sync('A', 'online', 0);
  one.sync('A', 'offline', 1);
  shows(one, 1, 'offline');
});

test('what was said stays though a client polls, until the user does something', () => {
  const one = user();
  poll(one, 'A', 0, 0);
  one.say('A', 'unavailable', 1);
  one.sync('A', 'online', 2);
  shows(one, 2, 'unavailable');
  one.active(3);
  shows(one, 3, 'online');
});

test('unavailable is said for all devices of the user', () => {
  const one = user();
  one.sync('A', 'online', 0);
  one.sync('B', 'online', 0);
  one.say('A', 'unavailable', 1);
  one.sync('B', 'online', 2);
  shows(one, 2, 'unavailable');
});

test('a poll that began before offline was said does not undo it; the next one does', () => {
  const one = user();
  one.sync('A', 'online', 0);
  one.say('A', 'offline', 1);
  one.sync('A', undefined, 2);
  shows(one, 2, 'offline');
  one.sync('A', 'online', 3);
  shows(one, 3, 'online');
});

test('who is offline is not shown to be active', () => {
  const one = user();
  one.active(5);
  assert.equal(one.lastActive, undefined);
  one.say('A', 'online', 10);
  one.say('A', 'offline', 20);
  one.active(30);
  assert.deepEqual([one.lastActive, one.shown(30).presence], [10, 'offline']);
});

test('online is said without a poll, and lasts as long as one would', () => {
  const one = user();
  one.say('A', 'online', 0);
  shows(one, 1, 'online');
  shows(one, GONE, 'offline');
});

test('a user with very many devices costs no more', () => {
  const one = user();
  for (let n = 0; n < 10_000; n++) one.sync(`D${n}`, 'unavailable', 0);
  one.sync('D5000', 'online', 1);
  shows(one, 1, 'unavailable');
  one.sync('D5', 'online', 1);
  shows(one, 1, 'online');
});
