// Account operations cut off by a kill: done or not done, nothing in between, and done if it was said so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, roomPath } from '../black-box/client.ts';
import { type Runtime, RUNTIMES, Server } from '../black-box/server.ts';

const V3 = '/_matrix/client/v3';
/** Where the process ends itself, and by which of the commits, syncs and answers after its start. */
const PLACES = ['before-commit:2', 'after-commit:2', 'before-sync:2', 'before-answer:3'];
/** How soon a kill from outside comes, where there are no such places. */
const DELAYS_MS = [1, 4, 10];

const passwordOf = (client: Client, password = client.password) => ({
  type: 'm.login.password',
  identifier: { type: 'm.id.user', user: client.userId },
  password,
});
const mayEnter = async (client: Client, password: string): Promise<boolean> => {
  const made = await new Client(client.server).call('POST', `${V3}/login`, passwordOf(client, password));
  assert.ok(made.status === 200 || made.status === 403, JSON.stringify(made.body));
  return made.status === 200;
};
const isOpen = async (client: Client): Promise<boolean> =>
  (await client.call('GET', `${V3}/account/whoami`)).status === 200;

class Cutting {
  readonly server: Server;
  readonly #runtime: Runtime;

  constructor(server: Server, runtime: Runtime) {
    this.server = server;
    this.#runtime = runtime;
  }

  get ways(): readonly (string | number)[] {
    return this.#runtime === 'node' ? PLACES : DELAYS_MS;
  }

  /** Asks while the server is killed; answers whether it said yes. Then the server is there again. */
  async cut(way: string | number, ask: () => Promise<{ readonly status: number }>): Promise<boolean> {
    await this.server.kill();
    const failpoint = typeof way === 'string' ? { HEARTH_FAILPOINT: `${way}:kill` } : {};
    await this.server.launch(failpoint).catch(() => undefined);
    const asked = ask().then(
      (answer) => answer.status === 200,
      () => false,
    );
    await (typeof way === 'string'
      ? Promise.race([asked, this.server.ended(), this.server.sleep(1000)])
      : this.server.sleep(way));
    await this.server.kill();
    const said = await asked;
    await this.server.launch();
    return said;
  }
}

for (const runtime of RUNTIMES) {
  test(`${runtime}: account operations that a kill cuts off are done or not done`, async (t) => {
    const server = await Server.start(runtime);
    t.after(() => server.stop());
    const cutting = new Cutting(server, runtime);
    const host = await Client.register(server, 'host');
    const room = await host.createRoom({ preset: 'public_chat' });
    const gone: string[] = [];
    for (const [n, way] of cutting.ways.entries()) {
      const what = `${runtime}, ${way}`;
      const name = `user${n}`;
      const account = { username: name, password: 'first', auth: { type: 'm.login.dummy' } };
      const alice = new Client(server);
      alice.password = 'first';
      alice.userId = `@${name}:hs1`;
      const made = await cutting.cut(way, () => alice.call('POST', `${V3}/register`, account));
      const retried = await alice.call('POST', `${V3}/register`, account);
      if (made) assert.equal(retried.body.errcode, 'M_USER_IN_USE', what);
      // Whether by the first or by the second: the account has its password.
      assert.ok(await mayEnter(alice, 'first'), what);
      await passwordChange(cutting, way, alice);
      await endOfDevice(cutting, way, alice);
      await endOfAccount(cutting, way, alice, { room, gone });
    }
    await allLeave(server, host, room, gone);
  });
}

async function passwordChange(cutting: Cutting, way: string | number, alice: Client): Promise<void> {
  const [phone, laptop] = [await alice.login('PHONE'), await alice.login('LAPTOP')];
  const said = await cutting.cut(way, () =>
    phone.call('POST', `${V3}/account/password`, { auth: passwordOf(alice), new_password: 'second' }),
  );
  const changed = await mayEnter(alice, 'second');
  assert.ok(!said || changed, 'an acknowledged password is the password');
  assert.equal(await mayEnter(alice, alice.password), !changed, 'there is one password');
  assert.equal(await isOpen(laptop), !changed, 'other devices end with the old password');
  assert.ok(await isOpen(phone), 'the device that asked stays');
  if (changed) alice.password = 'second';
}

async function endOfDevice(cutting: Cutting, way: string | number, alice: Client): Promise<void> {
  const [phone, laptop] = [await alice.login('PHONE'), await alice.login('LAPTOP')];
  for (const ask of [
    () => laptop.call('POST', `${V3}/logout`, {}),
    () => phone.call('DELETE', `${V3}/devices/LAPTOP`, { auth: passwordOf(alice) }),
  ]) {
    const said = await cutting.cut(way, ask);
    const open = await isOpen(laptop);
    const listed = (await phone.call('GET', `${V3}/devices/LAPTOP`)).status === 200;
    assert.ok(!said || !open, 'an acknowledged end stays the end');
    assert.equal(listed, open, 'a device goes whole');
    if (!open) laptop.token = (await alice.login('LAPTOP')).token;
  }
}

async function endOfAccount(
  cutting: Cutting,
  way: string | number,
  alice: Client,
  { room, gone }: { readonly room: string; readonly gone: string[] },
): Promise<void> {
  const phone = await alice.login('PHONE');
  await phone.join(room);
  const said = await cutting.cut(way, () =>
    phone.call('POST', `${V3}/account/deactivate`, { auth: passwordOf(alice) }),
  );
  const open = await isOpen(phone);
  assert.ok(!said || !open, 'an account that ended has ended');
  assert.equal(await mayEnter(alice, alice.password), open, 'an account ends whole');
  if (open) return;
  gone.push(alice.userId);
}

/** Soon, or with the alarm that comes after a crash. */
async function allLeave(server: Server, host: Client, room: string, gone: readonly string[]): Promise<void> {
  for (const userId of gone) {
    for (let tries = 0; ; tries++) {
      const { body } = await host.ok('GET', `${roomPath(room)}/state/m.room.member/${userId}`);
      if (body['membership'] === 'leave') break;
      assert.ok(tries < 200, `${userId} leaves its rooms`);
      await server.sleep(300);
    }
  }
}
