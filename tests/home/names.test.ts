// Names, registration tokens and nonces, also when a registration was cut off between Home and the group that its account is in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MatrixError } from '../../src/spec/errors.ts';
import { Hearth } from '../api/hearth.ts';

const MINUTE = 60_000;
const refusal = (errcode: string) => (error: unknown) => error instanceof MatrixError && error.errcode === errcode;
const count = (hearth: Hearth, table: string): unknown =>
  hearth.connection.own(`SELECT COUNT(*) AS n FROM ${table}`).get()?.['n'];

/** An account as far as `until`: a crash comes after it. */
async function register(hearth: Hearth, name: string, session: string | undefined, until: 'claim' | 'account' | 'end') {
  const home = hearth.actors.home();
  const group = await home.openGroup();
  await home.claimLocalpart(name, group);
  if (until === 'claim') return group;
  await hearth.actors
    .users(group)
    .accounts.createAccount({ userId: `@${name}:hs1`, passwordHash: 'x', admin: false, registeredBy: session });
  if (until === 'end') await home.confirmLocalpart(name, session);
  return group;
}

test('a claim that became no account is taken over: at once in its group, after a minute by another', async () => {
  const hearth = new Hearth({ groupSize: 1 });
  const home = hearth.actors.home();
  const group = await register(hearth, 'alice', undefined, 'claim');
  assert.equal(await home.groupOf('@alice:hs1'), undefined);
  await home.checkLocalpart('alice');
  await home.claimLocalpart('alice', group);
  await assert.rejects(home.claimLocalpart('alice', group + 1), refusal('M_USER_IN_USE'));
  await hearth.sleep(MINUTE);
  await home.claimLocalpart('alice', group + 1);
});

test('a claim from a time that is to come, because the clock was set back, holds a name no longer than others', async () => {
  const hearth = new Hearth({ groupSize: 1 });
  const home = hearth.actors.home();
  hearth.wallShiftMs = 365 * 24 * 60 * MINUTE;
  const group = await register(hearth, 'alice', undefined, 'claim');
  hearth.wallShiftMs = 0;
  await home.claimLocalpart('alice', group + 1);
});

test('an account whose making nobody confirmed is found, and its name is taken', async () => {
  const hearth = new Hearth();
  const home = hearth.actors.home();
  const group = await register(hearth, 'alice', undefined, 'account');
  await hearth.sleep(10 * MINUTE);
  await assert.rejects(home.claimLocalpart('alice', group + 1), refusal('M_USER_IN_USE'));
  assert.equal(await home.groupOf('@alice:hs1'), group);
  await assert.rejects(home.checkLocalpart('alice'), refusal('M_USER_IN_USE'));
});

test('groups fill up, and an account is counted once however often it is confirmed', async () => {
  const hearth = new Hearth({ groupSize: 2 });
  const home = hearth.actors.home();
  const first = await register(hearth, 'a', undefined, 'end');
  await home.confirmLocalpart('a', undefined);
  assert.equal(await home.openGroup(), first);
  await register(hearth, 'b', undefined, 'end');
  assert.equal(await home.openGroup(), first + 1);
  assert.deepEqual(await home.groups(), [first, first + 1]);
});

test('a registration that was cut off after its account was made has used its token', async () => {
  const hearth = new Hearth();
  const home = hearth.actors.home();
  await home.createRegistrationToken('once', 1, undefined);
  await home.holdRegistrationToken('once', 's1');
  await register(hearth, 'alice', 's1', 'account');
  // Long after the hold has ended.
  await hearth.sleep(60 * MINUTE);
  await assert.rejects(home.holdRegistrationToken('once', 's2'), refusal('M_FORBIDDEN'));
  assert.equal(await home.registrationTokenValid('once'), false);
});

test('a token whose registration failed after its account was made is not given back', async () => {
  const hearth = new Hearth();
  const home = hearth.actors.home();
  await home.createRegistrationToken('once', 1, undefined);
  await home.holdRegistrationToken('once', 's1');
  await register(hearth, 'alice', 's1', 'account');
  await home.releaseRegistrationToken('s1');
  assert.equal(await home.registrationTokenValid('once'), false);
});

test('a token whose registration came to nothing is given back, by word or by time', async () => {
  const hearth = new Hearth();
  const home = hearth.actors.home();
  await home.createRegistrationToken('once', 1, undefined);
  await home.holdRegistrationToken('once', 's1');
  await home.holdRegistrationToken('once', 's1');
  await assert.rejects(home.holdRegistrationToken('once', 's2'), refusal('M_FORBIDDEN'));
  await home.releaseRegistrationToken('s1');
  await home.holdRegistrationToken('once', 's2');
  await register(hearth, 'alice', 's2', 'claim');
  await hearth.sleep(15 * MINUTE);
  await home.holdRegistrationToken('once', 's3');
});

test('a token ends when it says, and what is no token is none', async () => {
  const hearth = new Hearth();
  const home = hearth.actors.home();
  const now = 1_700_000_000_000;
  await home.createRegistrationToken('soon', undefined, now + MINUTE);
  assert.equal(await home.registrationTokenValid('soon'), true);
  await hearth.sleep(MINUTE);
  assert.equal(await home.registrationTokenValid('soon'), false);
  for (const none of ['', 'Soon', 'x'.repeat(10_000), "' OR 1=1 --"])
    assert.equal(await home.registrationTokenValid(none), false);
  for (const bad of ['', 'a b', 'x'.repeat(65), 'ä'])
    await assert.rejects(home.createRegistrationToken(bad, 1, undefined), refusal('M_INVALID_PARAM'));
  await assert.rejects(home.createRegistrationToken('soon', 1, undefined), refusal('M_INVALID_PARAM'));
});

test('registrations that nobody goes on with fill nothing, also with a token for any number of uses', async () => {
  const hearth = new Hearth();
  const home = hearth.actors.home();
  await home.createRegistrationToken('any', undefined, undefined);
  for (let n = 0; n < 50; n++) await home.holdRegistrationToken('any', `a${n}`);
  await hearth.sleep(15 * MINUTE);
  await home.holdRegistrationToken('any', 'b');
  assert.equal(count(hearth, 'home_registration_holds'), 1);
});

test('a nonce is good once, for a minute, and very many fill nothing', async () => {
  const hearth = new Hearth();
  const home = hearth.actors.home();
  const nonce = await home.createNonce();
  assert.deepEqual([await home.useNonce(nonce), await home.useNonce(nonce)], [true, false]);
  const late = await home.createNonce();
  await hearth.sleep(MINUTE);
  assert.equal(await home.useNonce(late), false);
  for (let n = 0; n < 1100; n++) await home.createNonce();
  assert.equal(count(hearth, 'home_nonces'), 1000);
});
