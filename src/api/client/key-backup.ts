// https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
import { anyAnswer, backupAnswer, backupCountAnswer, emptyAnswer } from '../answers.ts';
import * as v from 'valibot';
import { breath } from '../../ports/clock.ts';
import {
  BACKUP_KEY_BYTES,
  BACKUP_KEYS_AT_ONCE,
  type Backup,
  type BackupCount,
  type BackupKey,
  type BackupKeysPage,
} from '../../ports/contracts/users-backup.ts';
import { utf8Length } from '../../spec/canonical-json.ts';
import { badJson, invalidParam, missingParam, notFound, tooLarge } from '../../spec/errors.ts';
import { isObject, member, type JsonObject } from '../../spec/json.ts';
import { roomsText, sessionsText } from '../backup-text.ts';
import { EMPTY_REPLY, type Endpoint, type Method, type UserCall } from '../endpoint.ts';
import { anyObject, objectOfObjects, optionalText, text } from '../shapes.ts';

const VERSION = '/_matrix/client/v3/room_keys/version';
const KEYS = '/_matrix/client/v3/room_keys/keys';
const SPEC = 'https://spec.matrix.org/v1.19/client-server-api/';
/** All session keys of a user in one request; the body's structure bounds them too. */
const KEYS_BYTES = 16 * 1024 * 1024;
const KEYS_MAX = 15_000;

/** Keys whose size is looked at before others have a turn. */
const LOOKED_AT_ONCE = 1000;

const keyShape = v.looseObject({
  first_message_index: v.pipe(v.number(), v.integer(), v.minValue(0)),
  forwarded_count: v.pipe(v.number(), v.integer(), v.minValue(0)),
  is_verified: v.boolean(),
  session_data: anyObject,
});

export const backupVersions: readonly Endpoint[] = [
  {
    operationId: 'getRoomKeysVersionCurrent',
    method: 'GET',
    path: VERSION,
    auth: 'user',
    rateLimit: 'read',
    spec: `${SPEC}#get_matrixclientv3room_keysversion`,
    answer: backupAnswer,
    async handle({ env, by }) {
      return { json: shown(await env.actors.users(by.group).backup.backup(by, undefined)) };
    },
  },
  {
    operationId: 'postRoomKeysVersion',
    method: 'POST',
    path: VERSION,
    auth: 'user',
    rateLimit: 'keys',
    spec: `${SPEC}#post_matrixclientv3room_keysversion`,
    answer: v.strictObject({ version: v.string() }),
    body: v.looseObject({ algorithm: text, auth_data: anyObject }),
    async handle({ env, by, body }) {
      return {
        json: await env.actors
          .users(by.group)
          .backup.createBackup(by, body['algorithm'] as string, body['auth_data'] as JsonObject),
      };
    },
  },
  {
    operationId: 'getRoomKeysVersion',
    method: 'GET',
    path: `${VERSION}/{version}`,
    auth: 'user',
    rateLimit: 'read',
    spec: `${SPEC}#get_matrixclientv3room_keysversionversion`,
    answer: backupAnswer,
    async handle(call) {
      return { json: shown(await call.env.actors.users(call.by.group).backup.backup(call.by, call.param('version'))) };
    },
  },
  {
    operationId: 'putRoomKeysVersion',
    method: 'PUT',
    path: `${VERSION}/{version}`,
    auth: 'user',
    rateLimit: 'keys',
    spec: `${SPEC}#put_matrixclientv3room_keysversionversion`,
    answer: emptyAnswer,
    body: v.looseObject({ algorithm: text, auth_data: anyObject, version: optionalText }),
    async handle(call) {
      const version = call.param('version');
      if (call.body['version'] !== undefined && call.body['version'] !== version)
        throw invalidParam('The version in the body is another one.');
      await call.env.actors
        .users(call.by.group)
        .backup.updateBackup(call.by, version, call.body['algorithm'] as string, call.body['auth_data'] as JsonObject);
      return EMPTY_REPLY;
    },
  },
  {
    operationId: 'deleteRoomKeysVersion',
    method: 'DELETE',
    path: `${VERSION}/{version}`,
    auth: 'user',
    rateLimit: 'keys',
    spec: `${SPEC}#delete_matrixclientv3room_keysversionversion`,
    answer: emptyAnswer,
    async handle(call) {
      await call.env.actors.users(call.by.group).backup.deleteBackup(call.by, call.param('version'));
      return EMPTY_REPLY;
    },
  },
];

/** The three widths at which keys are read, written and deleted: all, a room's, one session's. */
interface Width {
  readonly path: string;
  readonly ids: { readonly get: string; readonly put: string; readonly delete: string };
  readonly body: v.GenericSchema<unknown, object>;
  /** The keys that a body holds. */
  read(call: UserCall): BackupKey[];
  /** What the stored keys are answered as, as JSON text. */
  show(keys: BackupKeysPage['keys']): string;
}

const WIDTHS: readonly Width[] = [
  {
    path: KEYS,
    ids: { get: 'getRoomKeys', put: 'putRoomKeys', delete: 'deleteRoomKeys' },
    body: v.looseObject({ rooms: objectOfObjects }),
    read: (call) =>
      Object.entries(call.body['rooms'] as Readonly<Record<string, JsonObject>>).flatMap(([roomId, room]) =>
        sessionsOf(roomId, room),
      ),
    show: roomsText,
  },
  {
    path: `${KEYS}/{roomId}`,
    ids: { get: 'getRoomKeysByRoomId', put: 'putRoomKeysByRoomId', delete: 'deleteRoomKeysByRoomId' },
    body: v.looseObject({ sessions: objectOfObjects }),
    read: (call) => sessionsOf(call.param('roomId'), call.body),
    show: sessionsText,
  },
  {
    path: `${KEYS}/{roomId}/{sessionId}`,
    ids: { get: 'getRoomKeyBySessionId', put: 'putRoomKeyBySessionId', delete: 'deleteRoomKeyBySessionId' },
    body: keyShape,
    read: (call) => [{ roomId: call.param('roomId'), sessionId: call.param('sessionId'), data: call.body }],
    show: ([key]) => {
      if (!key) throw notFound('There is no such key in the backup.');
      return key.data;
    },
  },
];

export const backupKeys: readonly Endpoint[] = WIDTHS.flatMap(({ path, ids, body, read, show }): Endpoint[] => {
  const about = (method: Method, operationId: string) => ({
    operationId,
    method,
    path,
    answer: method === 'GET' ? anyAnswer : backupCountAnswer,
    auth: 'user' as const,
    rateLimit: method === 'GET' ? ('read' as const) : ('keys' as const),
    spec: `${SPEC}#${method.toLowerCase()}${path.toLowerCase().replace(/[^a-z0-9_]/g, '')}`,
  });
  return [
    {
      ...about('GET', ids.get),
      async handle(call: UserCall) {
        return { text: show(await stored(call)) };
      },
    },
    {
      ...about('PUT', ids.put),
      body,
      maxBodyBytes: KEYS_BYTES,
      async handle(call: UserCall) {
        return { json: count(await store(call, read(call))) };
      },
    },
    {
      ...about('DELETE', ids.delete),
      async handle(call: UserCall) {
        return {
          json: count(
            await call.env.actors.users(call.by.group).backup.deleteBackupKeys(call.by, version(call), ...scope(call)),
          ),
        };
      },
    },
  ];
});

function version(call: UserCall): string {
  const version = call.query.get('version');
  if (version === null) throw missingParam('version is missing.');
  return version;
}

function scope(call: UserCall): [string | undefined, string | undefined] {
  const part = (name: string): string | undefined =>
    call.endpoint.path.includes(`{${name}}`) ? call.param(name) : undefined;
  return [part('roomId'), part('sessionId')];
}

function sessionsOf(roomId: string, room: JsonObject): BackupKey[] {
  const all = member(room, 'sessions');
  if (!isObject(all)) throw badJson('sessions: expected an object.');
  return Object.entries(all).map(([sessionId, data]) => {
    if (!isObject(data) || !v.is(keyShape, data)) throw badJson('sessions: expected key backup data.');
    return { roomId, sessionId, data: data as JsonObject };
  });
}

/** All keys that are asked for, page by page. */
async function stored(call: UserCall): Promise<BackupKeysPage['keys']> {
  const { backup } = call.env.actors.users(call.by.group);
  const [roomId, sessionId] = scope(call);
  const keys: BackupKeysPage['keys'][number][] = [];
  for (let more = true; more;) {
    const page = await backup.backupKeys(call.by, version(call), { roomId, sessionId, after: keys.at(-1) });
    keys.push(...page.keys);
    more = page.more;
    if (more) await breath(call.env.clock);
  }
  return keys;
}

/** Stores keys, some at a time. Should it end in between, the client sends all of them again, and what is there stays. */
async function store(call: UserCall, keys: readonly BackupKey[]): Promise<BackupCount> {
  if (keys.length > KEYS_MAX) throw tooLarge(`At most ${KEYS_MAX} keys can be stored at once.`);
  for (const [index, { data }] of keys.entries()) {
    if (utf8Length(JSON.stringify(data)) > BACKUP_KEY_BYTES) throw tooLarge('A key is too large.');
    if (index % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await breath(call.env.clock);
  }
  const { backup } = call.env.actors.users(call.by.group);
  let at = 0;
  for (;;) {
    const part = keys.slice(at, at + BACKUP_KEYS_AT_ONCE);
    const counted = await backup.putBackupKeys(call.by, version(call), part);
    at += BACKUP_KEYS_AT_ONCE;
    if (at >= keys.length) return counted;
    await breath(call.env.clock);
  }
}

function shown({ version, algorithm, authData, count: keys, etag }: Backup): JsonObject {
  return { version, algorithm, auth_data: authData, count: keys, etag };
}

function count({ count: keys, etag }: BackupCount): JsonObject {
  return { count: keys, etag };
}
