// Authentication sessions: what they are bound to, how long they last, and how many there can be.
// https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hearth } from '../../api/hearth.ts';

const ALICE = '@alice:hs1';
const accountsOf = (hearth: Hearth) => hearth.actors.users(1).accounts;
const open = async (hearth: Hearth, userId: string | undefined, operation = 'DELETE /x') =>
  (await accountsOf(hearth).openUiaSession({ operation, userId, body: {} })).session;

test('a session is of one operation and one user', async () => {
  const hearth = new Hearth();
  const session = await open(hearth, ALICE);
  const accounts = accountsOf(hearth);
  assert.deepEqual(await accounts.uiaSession(session, 'DELETE /x', ALICE), { completed: [], body: {} });
  assert.equal(await accounts.uiaSession(session, 'DELETE /y', ALICE), undefined);
  assert.equal(await accounts.uiaSession(session, 'DELETE /x', '@bob:hs1'), undefined);
  assert.equal(await accounts.uiaSession(session, 'DELETE /x', undefined), undefined);
});

test('a session is used once, and not after a quarter of an hour', async () => {
  const hearth = new Hearth();
  const accounts = accountsOf(hearth);
  const session = await open(hearth, ALICE);
  assert.deepEqual([await accounts.endUiaSession(session), await accounts.endUiaSession(session)], [true, false]);
  await assert.rejects(accounts.completeUiaStage(session, 'm.login.password'));
  const late = await open(hearth, ALICE);
  await hearth.sleep(15 * 60_000);
  assert.equal(await accounts.uiaSession(late, 'DELETE /x', ALICE), undefined);
});

test('whoever opens very many sessions ends only their own', async () => {
  const hearth = new Hearth();
  const accounts = accountsOf(hearth);
  const [bobs, strangers] = [await open(hearth, '@bob:hs1'), await open(hearth, undefined)];
  await hearth.sleep(1);
  for (let n = 0; n < 30; n++) await open(hearth, ALICE);
  assert.ok(await accounts.uiaSession(bobs, 'DELETE /x', '@bob:hs1'));
  assert.ok(await accounts.uiaSession(strangers, 'DELETE /x', undefined));
  const left = hearth.connection.own('SELECT COUNT(*) AS n FROM users_uia_sessions WHERE user_id = ?').get(ALICE);
  assert.equal(left?.['n'], 20);
});
