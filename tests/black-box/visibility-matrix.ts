// Who sees what of a room, on every surface, against a table written from the specification's words alone.
// https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
import assert from 'node:assert/strict';
import { type Answer, Client, roomPath, type SyncEvent, type Transport } from './client.ts';

/** The parts of Bob's life with the room, one after the other. */
export const LIFE = ['uninvited', 'invited', 'joined', 'left', 'banned'] as const;
export type Part = (typeof LIFE)[number];
export const SETTINGS = ['joined', 'invited', 'shared', 'world_readable'] as const;
export type Setting = (typeof SETTINGS)[number];

/** In which part of his life an event must have been sent for Bob to see it, by the setting and by how far his life went. */
export const VISIBLE: Record<Setting, Record<Part, readonly Part[]>> = {
  // "Events are accessible to newly joined members from the point they joined the room onwards."
  joined: { uninvited: [], invited: [], joined: ['joined'], left: ['joined'], banned: ['joined'] },
  // "…from the point they were invited onwards. Events stop being accessible when the member's state changes…"
  invited: {
    uninvited: [],
    invited: ['invited'],
    joined: ['invited', 'joined'],
    left: ['invited', 'joined'],
    banned: ['invited', 'joined'],
  },
  // "If the user joined the room at any point after the event was sent, allow." After he left, nothing later.
  shared: {
    uninvited: [],
    invited: [],
    joined: ['uninvited', 'invited', 'joined'],
    left: ['uninvited', 'invited', 'joined'],
    banned: ['uninvited', 'invited', 'joined'],
  },
  // "…with any authenticated user, regardless of whether they have ever joined the room."
  world_readable: {
    uninvited: ['uninvited'],
    invited: ['uninvited', 'invited'],
    joined: ['uninvited', 'invited', 'joined'],
    left: ['uninvited', 'invited', 'joined', 'left'],
    banned: ['uninvited', 'invited', 'joined', 'left', 'banned'],
  },
};

/** What Alice says in one part of Bob's life. */
interface Said {
  readonly root: string;
  readonly reply: string;
  /** A token of the moment between the two. */
  readonly token: string;
}

const CHANGES: Record<Part, readonly [by: 'alice' | 'bob', name: string] | undefined> = {
  uninvited: undefined,
  invited: ['alice', 'invite'],
  joined: ['bob', 'join'],
  left: ['bob', 'leave'],
  banned: ['alice', 'ban'],
};

export class Matrix {
  readonly setting: Setting;
  readonly alice: Client;
  readonly bob: Client;
  readonly roomId: string;
  readonly said = new Map<Part, Said>();
  #sent = 0;

  private constructor(setting: Setting, alice: Client, bob: Client, roomId: string) {
    this.setting = setting;
    this.alice = alice;
    this.bob = bob;
    this.roomId = roomId;
  }

  static async begin(server: Transport, setting: Setting): Promise<Matrix> {
    const name = setting.replace('_', '');
    const alice = await Client.register(server, `alice.${name}`);
    const bob = await Client.register(server, `bob.${name}`);
    const history = { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: setting } };
    return new Matrix(setting, alice, bob, await alice.createRoom({ initial_state: [history] }));
  }

  /** Bob's life goes on, and Alice talks. */
  async enter(part: Part): Promise<void> {
    const change = CHANGES[part];
    const path = roomPath(this.roomId);
    if (change !== undefined) {
      const body = change[0] === 'alice' ? { user_id: this.bob.userId } : {};
      await this[change[0]].ok('POST', `${path}/${change[1]}`, body);
    }
    await this.alice.ok('PUT', `${path}/state/m.room.topic`, { topic: part });
    const root = await this.#send({ msgtype: 'm.text', body: `root ${part}` });
    const token = String((await this.alice.ok('GET', `${path}/messages?dir=b&limit=1`)).body['start']);
    const relatesTo = { rel_type: 'm.thread', event_id: root };
    const reply = await this.#send({ msgtype: 'm.text', body: `reply ${part}`, 'm.relates_to': relatesTo });
    this.said.set(part, { root, reply, token });
  }

  async #send(content: object): Promise<string> {
    const path = `${roomPath(this.roomId)}/send/m.room.message/m${this.#sent++}`;
    return String((await this.alice.ok('PUT', path, content)).body['event_id']);
  }

  /** Asks on every surface what Bob sees of all that was said until now. */
  async check(now: Part): Promise<void> {
    const visible = VISIBLE[this.setting][now];
    const hasRoom = this.setting === 'world_readable' || (now !== 'uninvited' && now !== 'invited');
    await this.#one(visible);
    await this.#lists(visible, hasRoom);
    await this.#state(now, hasRoom);
    await this.#membersAt(now, visible, hasRoom);
    await this.#sync(now, visible);
  }

  /** /event, /context, /relations: what is hidden is as what is not there. */
  async #one(visible: readonly Part[]): Promise<void> {
    const v3 = roomPath(this.roomId);
    const v1 = v3.replace('/v3/', '/v1/');
    for (const [part, { root, reply }] of this.said) {
      for (const id of [root, reply]) {
        const encoded = encodeURIComponent(id);
        for (const path of [`${v3}/event/${encoded}`, `${v3}/context/${encoded}`, `${v1}/relations/${encoded}`]) {
          const answer = await this.bob.call('GET', path);
          const words = `${part} at ${path}`;
          if (visible.includes(part)) {
            assert.equal(answer.status, 200, words);
            this.#onlyVisible(answer, visible, words);
          } else {
            const missing = await this.bob.call('GET', path.replace(encoded, '%24none'));
            assert.deepEqual([answer.status, answer.body], [404, missing.body], words);
          }
        }
      }
      if (!visible.includes(part)) continue;
      const children = await this.bob.ok('GET', `${v1}/relations/${encodeURIComponent(root)}`);
      assert.deepEqual(bodies(children.body['chunk']), [`reply ${part}`]);
    }
  }

  /** /messages both ways and /threads. */
  async #lists(visible: readonly Part[], hasRoom: boolean): Promise<void> {
    const path = roomPath(this.roomId);
    const talk = visible.flatMap((part) => [`root ${part}`, `reply ${part}`]);
    for (const dir of ['b', 'f']) {
      if (!hasRoom) {
        await this.#forbidden(`${path}/messages?dir=${dir}`);
        continue;
      }
      const seen: string[] = [];
      let from = '';
      do {
        const page = (await this.bob.ok('GET', `${path}/messages?dir=${dir}&limit=3${from}`)).body;
        seen.push(...bodies(page['chunk']));
        from = page['end'] === undefined ? '' : `&from=${String(page['end'])}`;
      } while (from !== '');
      assert.deepEqual(dir === 'b' ? seen.toReversed() : seen, talk, `/messages ${dir}`);
    }
    const threads = path.replace('/v3/', '/v1/') + '/threads';
    if (!hasRoom) return this.#forbidden(threads);
    const roots = bodies((await this.bob.ok('GET', threads)).body['chunk']);
    assert.deepEqual(roots, visible.map((part) => `root ${part}`).toReversed(), '/threads');
  }

  /** "If you have left the room then this will be the state of the room when you left." */
  async #state(now: Part, hasRoom: boolean): Promise<void> {
    const path = roomPath(this.roomId);
    const paths = ['state', 'state/m.room.topic', 'members'].map((name) => `${path}/${name}`);
    if (!hasRoom) {
      for (const one of paths) await this.#forbidden(one);
      return;
    }
    const out = now === 'left' || now === 'banned';
    const topic = out && this.setting !== 'world_readable' ? 'joined' : now;
    assert.equal((await this.bob.ok('GET', `${path}/state/m.room.topic`)).body['topic'], topic);
    const state = (await this.bob.ok('GET', `${path}/state`)).body as unknown as SyncEvent[];
    assert.equal(state.find(({ type }) => type === 'm.room.topic')?.content['topic'], topic);
  }

  /** /members at a moment is hidden where what happened then is. As of leaving it is what it was then. */
  async #membersAt(now: Part, visible: readonly Part[], hasRoom: boolean): Promise<void> {
    const out = (now === 'left' || now === 'banned') && this.setting !== 'world_readable';
    for (const [part, { token }] of this.said) {
      const path = `${roomPath(this.roomId)}/members?at=${token}`;
      const afterwards = out && (part === 'left' || part === 'banned');
      if (!hasRoom || !(visible.includes(part) || afterwards)) {
        await this.#forbidden(path);
        continue;
      }
      const members = (await this.bob.ok('GET', path)).body['chunk'] as SyncEvent[];
      const own = members.find((event) => event.state_key === this.bob.userId)?.content['membership'];
      const then = { uninvited: undefined, invited: 'invite', joined: 'join', left: 'leave', banned: 'ban' };
      assert.equal(own, afterwards ? 'leave' : then[part], `/members at ${part}`);
    }
  }

  /** A timeline has no holes: it begins after the last thing that is hidden, and ends where Bob left or was banned. */
  async #sync(now: Part, visible: readonly Part[]): Promise<void> {
    const filter = JSON.stringify({ room: { include_leave: true, timeline: { limit: 100 } } });
    const told = LIFE.slice(0, now === 'joined' ? 3 : LIFE.indexOf(now));
    const hidden = told.findLastIndex((part) => !visible.includes(part));
    const expected = told.slice(hidden + 1).flatMap((part) => [`root ${part}`, `reply ${part}`]);
    let shown: readonly SyncEvent[] | undefined;
    // What was sent last may be on its way.
    for (let tries = 0; tries < 100; tries++) {
      const { rooms } = await this.bob.sync({ filter });
      const section = now === 'joined' ? rooms?.join : rooms?.leave;
      shown = section?.[this.roomId]?.timeline?.events;
      const there = now === 'uninvited' || now === 'invited';
      if (there ? shown === undefined : bodies(shown ?? []).at(-1) === expected.at(-1)) break;
      await this.bob.server.sleep(20);
    }
    if (now === 'uninvited' || now === 'invited') assert.equal(shown, undefined, '/sync');
    else assert.deepEqual(bodies(shown ?? []), expected, '/sync');
  }

  async #forbidden(path: string): Promise<void> {
    const answer = await this.bob.call('GET', path);
    assert.deepEqual([answer.status, answer.body.errcode], [403, 'M_FORBIDDEN'], path);
  }

  #onlyVisible(answer: Answer, visible: readonly Part[], words: string): void {
    const text = JSON.stringify(answer.body);
    for (const part of LIFE) {
      if (visible.includes(part)) continue;
      for (const what of ['root', 'reply']) assert.ok(!text.includes(`${what} ${part}`), `${words} tells of ${part}`);
    }
  }
}

/** What the messages among the events say. */
function bodies(events: unknown): string[] {
  return (events as SyncEvent[])
    .filter(({ type }) => type === 'm.room.message')
    .map(({ content }) => String(content['body']));
}
