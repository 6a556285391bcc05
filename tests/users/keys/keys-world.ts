// The keys part of a Users object on a database in memory, with Alice, Bob and their devices.
import { Keys } from '../../../src/users/keys/keys.ts';
import { keysStep } from '../../../src/users/keys/schema.ts';
import { ToDevice } from '../../../src/users/to-device/to-device.ts';
import { inboxStep, toDeviceStep, transactionsStep } from '../../../src/users/to-device/schema.ts';
import { Backups } from '../../../src/users/backup/backup.ts';
import { backupStep } from '../../../src/users/backup/schema.ts';
import { signJson } from '../../../src/events/sign-json.ts';
import { signerFromSeed, type Signer } from '../../../src/events/signing-key.ts';
import type { Sql } from '../../../src/ports/sql.ts';
import type { ObjectEnv } from '../../../src/ports/object-env.ts';
import type { Requester } from '../../../src/ports/contracts/requester.ts';
import { Connection } from '../../../src/runtime/shared/connection.ts';
import { SqlView } from '../../../src/runtime/shared/sql-view.ts';
import { Turns } from '../../../src/runtime/shared/turns.ts';
import { encodeBase64 } from '../../../src/spec/base64.ts';
import type { JsonObject } from '../../../src/spec/json.ts';

export const ALICE = '@alice:hs1';
export const BOB = '@bob:hs1';

export class KeysWorld {
  readonly keys: Keys;
  readonly toDevice: ToDevice;
  readonly backups: Backups;
  readonly changed: string[] = [];
  readonly rung: string[] = [];
  readonly devices = new Map([
    [ALICE, ['PHONE', 'LAPTOP']],
    [BOB, ['TABLET']],
  ]);
  now = 1_000;
  /** Nobody comes back who lets others have a turn. */
  breaks = false;
  readonly sql: Sql;
  #position = 0;
  readonly positions = { prepare: (): void => undefined, take: (): number => ++this.#position };

  constructor() {
    const connection = new Connection(':memory:', []);
    const turns = new Turns(connection, { atEnd: () => undefined, failpoint: () => undefined });
    const sql = (this.sql = new SqlView(turns, {
      writing: () => undefined,
      committed: () => undefined,
      poisoned: () => undefined,
    }));
    for (const step of [keysStep, toDeviceStep, backupStep, inboxStep, transactionsStep]) connection.script(step);
    // The parts under test touch nothing else of the world.
    const env = {
      owner: 1,
      sql,
      clock: {
        now: () => this.now,
        timer: (_ms: number, then: () => void) => {
          if (!this.breaks) setImmediate(then);
        },
      },
      bell: {
        ring: (users: readonly string[]) => {
          this.rung.push(...users);
        },
      },
      actors: { users: () => ({ keys: this.keys }) },
    } as unknown as ObjectEnv;
    this.toDevice = new ToDevice(env, {
      positions: this.positions,
      deviceIdsOf: (userId) => this.devices.get(userId) ?? [],
    });
    this.keys = new Keys(env, {
      noteDeviceChange: (userIds) => {
        this.changed.push(...userIds);
      },
      ringDeviceChange: () => undefined,
      devicesOf: (userId) =>
        (this.devices.get(userId) ?? []).map((deviceId) => ({
          deviceId,
          displayName: `the ${deviceId.toLowerCase()}`,
        })),
      toDevice: this.toDevice,
      positions: this.positions,
    });
    this.backups = new Backups(env);
  }

  static by(userId: string, deviceId: string): Requester {
    return { userId, deviceId, group: 1 };
  }
}

/** A signer whose key is named for itself, as cross-signing keys are, or for a device. */
export function keyPair(userId: string, fill: number, name?: string): Signer & { readonly text: string } {
  const unnamed = signerFromSeed(userId, 'ed25519:x', new Uint8Array(32).fill(fill));
  const text = encodeBase64(unnamed.publicKey);
  return { ...signerFromSeed(userId, `ed25519:${name ?? text}`, new Uint8Array(32).fill(fill)), text };
}

export function deviceKeys(
  userId: string,
  deviceId: string,
  pair = keyPair(userId, deviceId.length, deviceId),
): JsonObject {
  return signJson(
    {
      user_id: userId,
      device_id: deviceId,
      algorithms: ['m.olm.v1.curve25519-aes-sha2'],
      keys: { [`ed25519:${deviceId}`]: pair.text, [`curve25519:${deviceId}`]: 'curve' },
    },
    pair,
  );
}

export function crossSigningKey(
  userId: string,
  usage: string,
  pair: ReturnType<typeof keyPair>,
  signedBy = pair,
): JsonObject {
  return signJson({ user_id: userId, usage: [usage], keys: { [`ed25519:${pair.text}`]: pair.text } }, signedBy);
}

/** A user's three cross-signing keys, and their upload. */
export function identity(userId: string, fill: number) {
  const [master, selfSigning, userSigning] = [
    keyPair(userId, fill),
    keyPair(userId, fill + 1),
    keyPair(userId, fill + 2),
  ];
  return {
    master,
    selfSigning,
    userSigning,
    upload: {
      masterKey: crossSigningKey(userId, 'master', master),
      selfSigningKey: crossSigningKey(userId, 'self_signing', selfSigning, master),
      userSigningKey: crossSigningKey(userId, 'user_signing', userSigning, master),
    },
  };
}
