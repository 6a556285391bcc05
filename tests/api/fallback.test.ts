// Pages for clients that do not know a stage or a login. https://spec.matrix.org/v1.19/client-server-api/#fallback
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { escaped } from '../../src/api/page.ts';
import { Client } from '../black-box/client.ts';
import { Hearth } from './hearth.ts';

const V3 = '/_matrix/client/v3';
const REGISTER = `${V3}/register`;
const LOGIN = '/_matrix/static/client/login/';
const fallback = (type: string, session: string) =>
  `${V3}/auth/${type}/fallback/web?session=${encodeURIComponent(session)}`;
const form = (fields: Readonly<Record<string, string>> = {}) => new URLSearchParams(fields).toString();
const DONE = 'window.opener.postMessage("authDone", "*")';

async function deleting() {
  const hearth = new Hearth();
  const alice = await Client.register(hearth, 'alice');
  await alice.login('PHONE');
  const session = String((await alice.call('DELETE', `${V3}/devices/PHONE`)).body['session']);
  const browser = new Client(hearth);
  return { hearth, alice, session, browser };
}

test('a password given in a browser completes the stage, for the request that it was asked for', async () => {
  const { alice, session, browser } = await deleting();
  const path = fallback('m.login.password', session);
  const { page } = (await browser.ok('GET', path)).body;
  assert.match(String(page), /<form method="post">/);
  assert.ok(String(page).includes('@alice:hs1') && !String(page).includes('onAuthDone'));
  const done = await browser.ok('POST', path, form({ password: alice.password }));
  assert.ok(String(done.body['page']).includes(DONE) && String(done.body['page']).includes('window.onAuthDone()'));
  assert.ok(String((await browser.ok('GET', path)).body['page']).includes(DONE));
  await alice.ok('DELETE', `${V3}/devices/PHONE`, { auth: { session } });
  assert.equal((await browser.call('GET', path)).status, 404);
  assert.equal((await browser.call('POST', path, form({ password: alice.password }))).status, 404);
});

test('a wrong password, or none, completes nothing, and is counted', async () => {
  const { alice, session, browser } = await deleting();
  const path = fallback('m.login.password', session);
  for (const fields of [{}, { password: '' }, { password: 'wrong' }, { password: 'x'.repeat(1000) }, { user: 'bob' }]) {
    const { status, body } = await browser.call('POST', path, form(fields));
    assert.equal(status, 401);
    assert.ok(!String(body['page']).includes('authDone'));
  }
  assert.equal((await alice.call('DELETE', `${V3}/devices/PHONE`, { auth: { session } })).status, 401);
  const limited = new Hearth({ rateLimits: {} as never });
  const bob = await Client.register(limited, 'bob');
  const asked = (await bob.call('POST', `${V3}/account/deactivate`, {})).body['session'];
  const guess = () => bob.call('POST', fallback('m.login.password', String(asked)), form({ password: 'wrong' }));
  const statuses: number[] = [];
  for (let n = 0; n < 8; n++) statuses.push((await guess()).status);
  assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429]);
});

test('a stage that the session does not ask for is not there', async () => {
  const { alice, session, browser } = await deleting();
  for (const type of ['m.login.dummy', 'm.login.registration_token'])
    for (const method of ['GET', 'POST'])
      assert.equal(
        (await browser.call(method, fallback(type, session), method === 'POST' ? '' : undefined)).status,
        404,
      );
  for (const type of ['m.login.sso', 'm.login.recaptcha', '__proto__'])
    assert.equal((await browser.call('GET', fallback(type, session))).body.errcode, 'M_UNRECOGNIZED');
  for (const other of ['', 'x', '1_x', '999_x', `${session}x`])
    assert.equal((await browser.call('GET', fallback('m.login.password', other))).status, 404);
  const without = await browser.call('GET', `${V3}/auth/m.login.password/fallback/web`);
  assert.equal(without.body.errcode, 'M_MISSING_PARAM');
  assert.equal((await alice.call('DELETE', `${V3}/devices/PHONE`, { auth: { session } })).status, 401);
});

test('somebody registers by the page, where nothing is asked for and where a token is', async () => {
  for (const [registration, type, fields] of [
    ['open', 'm.login.dummy', {}],
    ['token', 'm.login.registration_token', { token: 'once' }],
  ] as const) {
    const hearth = new Hearth({ registration });
    await hearth.actors.home().createRegistrationToken('once', 1, undefined);
    const client = new Client(hearth);
    const account = { username: 'alice', password: 'x' };
    const session = String((await client.call('POST', REGISTER, account)).body['session']);
    const path = fallback(type, session);
    if (type !== 'm.login.dummy') assert.equal((await client.call('POST', path, form({ token: 'other' }))).status, 401);
    await client.ok('POST', path, form(fields));
    assert.equal((await client.ok('POST', REGISTER, { ...account, auth: { session } })).body['user_id'], '@alice:hs1');
  }
});

test('a password that changed meanwhile ends what waits in a browser', async () => {
  const { alice, session, browser } = await deleting();
  const auth = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'alice' }, password: alice.password };
  await browser.ok('POST', fallback('m.login.password', session), form({ password: alice.password }));
  await alice.ok('POST', `${V3}/account/password`, { new_password: 'new', logout_devices: false, auth });
  assert.equal((await alice.call('DELETE', `${V3}/devices/PHONE`, { auth: { session } })).status, 401);
});

test('a page runs its own script and no other, shows nothing of the request, and is in nobody’s frame', async () => {
  const { session, browser } = await deleting();
  const strange = '"><script>alert(1)</script>';
  const register = String((await browser.call('POST', REGISTER, {})).body['session']);
  for (const [method, path] of [
    ['GET', fallback('m.login.password', session) + `&x=${encodeURIComponent(strange)}`],
    ['GET', fallback('m.login.dummy', strange)],
    ['POST', fallback('m.login.password', session)],
    ['POST', fallback('m.login.dummy', register)],
    ['GET', `${LOGIN}?device_id=${encodeURIComponent(strange)}`],
  ] as const) {
    const answer = await browser.call(
      method,
      path,
      method === 'POST' ? form({ password: strange, x: strange }) : undefined,
    );
    const page = String(answer.body['page']);
    assert.ok(!page.includes('alert(1)'), path);
    assert.doesNotMatch(page, /https?:|\bsrc=|\bhref=|\son\w+=|javascript:/);
    const policy = answer.header('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; .*base-uri 'none'; frame-ancestors 'none'$/);
    assert.ok(!policy.includes('unsafe'));
    for (const [, element, text] of page.matchAll(/<(script|style)>([^]*?)<\/\1>/g)) {
      const hash = createHash('sha256')
        .update(text ?? '')
        .digest('base64');
      assert.ok(policy.includes(`${element}-src 'sha256-${hash}'`), `${path} ${element}`);
    }
    assert.equal(answer.header('referrer-policy'), 'no-referrer');
    assert.equal(answer.header('cache-control'), 'no-store');
  }
  assert.equal(escaped(`<a b="c" d='e'>&`), '&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;');
});

test('the page that logs in calls the login and tells the client', async () => {
  const browser = new Client(new Hearth());
  const { page } = (await browser.ok('GET', LOGIN)).body;
  const script = /<script>([^]*?)<\/script>/.exec(String(page))?.[1] ?? '';
  const events: unknown[] = [];
  const sent: unknown[] = [];
  const said = { textContent: '' };
  let submit: (event: object) => Promise<void> = async () => undefined;
  const fields = { user: { value: 'alice' }, password: { value: 'secret' } };
  const element = {
    elements: fields,
    hidden: false,
    addEventListener: (_: string, listener: typeof submit) => (submit = listener),
  };
  const document = { querySelector: (what: string) => (what === 'form' ? element : said) };
  const fetch = async (path: string, { body }: { body: string }) => {
    sent.push([path, JSON.parse(body)]);
    return { ok: true, json: async () => ({ user_id: '@alice:hs1' }) };
  };
  const window = { fetch, matrixLogin: { onLogin: (response: unknown) => events.push(response) } };
  const location = { search: '?device_id=MINE&password=none&type=other' };
  // eslint-disable-next-line no-implied-eval
  new Function('document', 'window', 'location', script)(document, window, location);
  await submit({ preventDefault: () => undefined });
  const identifier = { type: 'm.id.user', user: 'alice' };
  assert.deepEqual(sent, [
    [`${V3}/login`, { type: 'm.login.password', identifier, password: 'secret', device_id: 'MINE' }],
  ]);
  assert.deepEqual([events, element.hidden], [[{ user_id: '@alice:hs1' }], true]);
});
