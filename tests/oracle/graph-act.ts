// What somebody in a generated room may try to do: mostly sensible, sometimes forbidden, now and then malformed.
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { canonicalJson } from '../../src/spec/canonical-json.ts';
import { isObject, member, type Json, type JsonObject } from '../../src/spec/json.ts';
import { creatorsOf } from './levels.ts';
import { createEventOf, domainOf, eventAt, type Room, type State } from './ruling.ts';
import type { SeededRandom } from './seeded-random.ts';

/** An event before its place in the graph is known. */
export interface Act {
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  readonly redacts?: string;
}

/** Who acts, in which state, and whom and what there is to act upon. */
export interface Scene {
  readonly random: SeededRandom;
  readonly room: Room;
  readonly state: State;
  readonly actor: string;
  readonly users: readonly string[];
}

const KINDS = {
  talk: 6,
  describe: 8,
  ownState: 2,
  join: 18,
  leave: 2,
  invite: 7,
  kick: 6,
  ban: 8,
  unban: 4,
  knock: 3,
  thirdParty: 3,
  thirdPartyInvite: 3,
  powerLevels: 14,
  joinRules: 9,
  visibility: 3,
  aliases: 2,
  redact: 3,
  odd: 1,
};

const LEVELS = [0, 1, 10, 25, 49, 50, 51, 75, 99, 100, -5];
const TOKENS = ['one', 'two'];

const PRIVATE_KEY = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
});
const PUBLIC_KEY = createPublicKey(PRIVATE_KEY)
  .export({ format: 'der', type: 'spki' })
  .subarray(-32)
  .toString('base64')
  .replace(/=+$/, '');
const signatures = new Map<string, string>();

/** `powerLevelsOnly` for the rule that most depends on details. */
export function chooseAct(scene: Scene, powerLevelsOnly = false): Act {
  const { random, actor, users } = scene;
  const target = random.pick(users);
  const kind = powerLevelsOnly ? 'powerLevels' : random.weighted(KINDS);
  switch (kind) {
    case 'talk':
      return { type: random.pick(['m.room.message', 'x.note']), sender: actor, content: {} };
    case 'describe':
      return state(actor, random.pick(['m.room.topic', 'm.room.name', 'x.setting']), '', { as: `${random.below(9)}` });
    case 'ownState':
      return state(actor, 'x.own', random.chance(0.8) ? actor : target, { as: `${random.below(9)}` });
    case 'join':
      return joinOf(scene);
    case 'leave':
      return membership(actor, actor, 'leave');
    case 'invite':
      return membership(actor, target, 'invite');
    case 'kick':
    case 'unban':
      return membership(actor, target, 'leave');
    case 'ban':
      return membership(actor, target, 'ban');
    case 'knock':
      return membership(actor, random.chance(0.9) ? actor : target, 'knock');
    case 'thirdParty':
      return state(actor, 'm.room.third_party_invite', random.pick(TOKENS), thirdPartyContent(random));
    case 'thirdPartyInvite':
      return thirdPartyInvite(scene, target);
    case 'powerLevels':
      return powerLevels(scene);
    case 'joinRules': {
      const rule = random.pick(['public', 'invite', 'knock', 'restricted', 'knock_restricted', 'private']);
      return state(actor, 'm.room.join_rules', '', random.chance(0.97) ? { join_rule: rule } : {});
    }
    case 'visibility': {
      const visibility = random.pick(['world_readable', 'shared', 'invited', 'joined', 'unheard-of']);
      return state(actor, 'm.room.history_visibility', '', { history_visibility: visibility });
    }
    case 'aliases':
      return state(actor, 'm.room.aliases', domainOf(random.chance(0.8) ? actor : target)!, { aliases: [] });
    case 'redact':
      return {
        type: 'm.room.redaction',
        sender: actor,
        content: {},
        redacts: random.pick([...scene.room.events.keys()]),
      };
    case 'odd':
      return odd(scene, target);
  }
}

function state(sender: string, type: string, stateKey: string, content: JsonObject): Act {
  return { type, sender, stateKey, content };
}

function membership(sender: string, target: string, value: string, more: JsonObject = {}): Act {
  return state(sender, 'm.room.member', target, { membership: value, ...more });
}

function joinOf({ random, room, state: before, actor, users }: Scene): Act {
  const target = random.chance(0.97) ? actor : random.pick(users);
  const joinRules = eventAt(room, before, 'm.room.join_rules', '');
  const rule = joinRules === undefined ? undefined : member(joinRules.content, 'join_rule');
  const restricted = rule === 'restricted' || rule === 'knock_restricted';
  return random.chance(restricted ? 0.8 : 0.03)
    ? membership(actor, target, 'join', { join_authorised_via_users_server: random.pick(users) })
    : membership(actor, target, 'join');
}

function thirdPartyContent(random: SeededRandom): JsonObject {
  if (random.chance(0.1)) return { public_key: Buffer.alloc(32, 1).toString('base64') };
  return random.chance(0.5) ? { public_key: PUBLIC_KEY } : { public_keys: [{ public_key: PUBLIC_KEY }] };
}

function thirdPartyInvite({ random, actor, users }: Scene, target: string): Act {
  const mxid = random.chance(0.9) ? target : random.pick(users);
  const token = random.pick(TOKENS);
  const signed: JsonObject = random.chance(0.95) ? { mxid, token } : { mxid };
  const text = canonicalJson(signed);
  const signature = signatures.get(text) ?? sign(null, Buffer.from(text), PRIVATE_KEY).toString('base64');
  signatures.set(text, signature);
  const complete: JsonObject = {
    ...signed,
    signatures: { 'id.example': { 'ed25519:0': random.chance(0.9) ? signature.replace(/=+$/, '') : 'AAAA' } },
  };
  return membership(actor, target, 'invite', {
    third_party_invite: random.chance(0.97) ? { display_name: 'x', signed: complete } : {},
  });
}

function powerLevels(scene: Scene): Act {
  const { random, room, actor } = scene;
  const previous = eventAt(room, scene.state, 'm.room.power_levels', '');
  const content = new Map<string, Json>(
    Object.entries(previous?.content ?? { users: { [actor]: 100 } }) as [string, Json][],
  );
  for (let left = 1 + random.below(2); left > 0; left--) changeLevel(scene, content);
  return state(actor, 'm.room.power_levels', random.chance(0.98) ? '' : 'other', Object.fromEntries(content));
}

function changeLevel(scene: Scene, content: Map<string, Json>): void {
  const { random, users } = scene;
  const [property, names] = random.pick([
    ['users', users],
    ['users', users],
    ['users', users],
    ['events', ['m.room.topic', 'm.room.name', 'm.room.power_levels', 'm.room.message', 'x.own', 'm.room.redaction']],
    ['notifications', ['room', 'x.all']],
    ['', ['users_default', 'events_default', 'state_default', 'ban', 'redact', 'kick', 'invite']],
  ] as const);
  const name = random.pick(names);
  if (property === '') {
    if (random.chance(0.25)) content.delete(name);
    else content.set(name, level(scene, name));
    return;
  }
  const old = content.get(property);
  const entries = new Map<string, Json>(Object.entries(isObject(old) ? old : {}) as [string, Json][]);
  if (property === 'users' && isCreator(scene, name) && random.chance(0.9)) return;
  if (random.chance(0.25)) entries.delete(name);
  else entries.set(name, level(scene, property));
  if (property === 'users' && random.chance(0.02)) entries.set('nobody', 0);
  content.set(property, Object.fromEntries(entries));
}

function isCreator({ room, state: before, actor }: Scene, user: string): boolean {
  if (Number(room.version) < 12) return false;
  const anyEvent = [...room.events.values()].at(-1)!;
  const create = createEventOf(room, anyEvent, before);
  return create !== undefined && creatorsOf(create).includes(user) && actor !== '';
}

/** A level as the room's version may spell it. What is no level at all is only put where the versions say what follows. */
function level({ random, room }: Scene, property: string): Json {
  const version = Number(room.version);
  const value = random.pick(LEVELS);
  if (version <= 9 && random.chance(0.12))
    return random.pick([`${value}`, ` ${value} `, `${value}`.replace(/^(-?)/, '$100')]);
  if (version <= 5 && random.chance(0.08)) return value + 0.5;
  if ((version >= 10 || property === 'users') && random.chance(0.02)) return random.pick([`${value}x`, null, true, {}]);
  return value;
}

function odd({ random, actor, room }: Scene, target: string): Act {
  return random.pick<Act>([
    { type: 'm.room.member', sender: actor, content: { membership: 'join' } },
    membership(actor, target, 'floating'),
    membership(actor, 'nobody', random.pick(['invite', 'ban', 'leave', 'join'])),
    state(actor, 'm.room.member', actor, {}),
    { type: 'm.room.power_levels', sender: actor, content: { users: { [actor]: 100 } } },
    state(actor, 'm.room.create', '', { creator: actor, room_version: room.version }),
    state(actor, 'm.room.join_rules', 'other', { join_rule: 'public' }),
    { type: 'm.room.aliases', sender: actor, content: {} },
    state(actor, 'm.room.power_levels', '', random.chance(0.5) ? {} : { users: [] }),
  ]);
}
