// Users: a group of local users. This file puts its parts together; each part is in the folder of its name.
import type { UsersContract } from '../ports/contracts/users.ts';
import type { Requester } from '../ports/contracts/requester.ts';
import type { LivingObject, ObjectEnv } from '../ports/object-env.ts';
import { Accounts } from './accounts/accounts.ts';
import { Profiles } from './accounts/profiles.ts';
import { Backups } from './backup/backup.ts';
import { Data } from './data/data.ts';
import { Directory } from './directory/directory.ts';
import { DehydratedDevices } from './keys/dehydrated-devices.ts';
import { Keys } from './keys/keys.ts';
import { Presence } from './presence/presence.ts';
import { Push } from './push/push.ts';
import { Pushers } from './push/pushers.ts';
import { Stream } from './stream/stream.ts';
import { ToDevice } from './to-device/to-device.ts';

interface AccountsParts {
  readonly stream: Stream;
  readonly keys: Keys;
  readonly toDevice: ToDevice;
  noteDeviceChange(userIds: readonly string[]): void;
  ringDeviceChange(userIds: readonly string[]): void;
  ring(userId: string): void;
}

export class Users implements UsersContract, LivingObject {
  readonly accounts: Accounts;
  readonly data: Data;
  readonly directory: Directory;
  readonly keys: Keys;
  readonly dehydrated: DehydratedDevices;
  readonly backup: Backups;
  readonly push: Push;
  readonly pushers: Pushers;
  readonly presence: Presence;
  readonly stream: Stream;
  readonly #profiles: Profiles;

  constructor(env: ObjectEnv) {
    const stream = new Stream(env, {
      isOurs: (userId) => this.accounts.has(userId),
      noteMembership: (userId, roomId, membership) => {
        this.accounts.noteMembership(userId, roomId, membership);
      },
      noteActive: (userId) => {
        this.presence.noteActive(userId);
      },
    });
    const { positions } = stream;
    const demandSession = (by: Requester): void => {
      this.accounts.demandSession(by);
    };
    const ring = (userId: string): void => {
      env.bell.ring([userId]);
    };
    const noteDeviceChange = (userIds: readonly string[]): void => {
      stream.deviceLists.note(userIds);
    };
    const ringDeviceChange = (userIds: readonly string[]): void => {
      env.bell.ring(stream.deviceLists.audience(userIds));
      void stream.deviceLists.announce();
    };
    this.#profiles = new Profiles(env, {
      joinedRooms: (userId) => stream.rooms.joinedBy(userId).map((room) => room.roomId),
      changed: (userId) => {
        this.presence.noteProfile(userId);
      },
    });
    const devicesOf = (userId: string) => {
      const dehydrated = this.dehydrated.of(userId);
      const devices = this.accounts.devicesOf(userId);
      return dehydrated ? [...devices, dehydrated] : devices;
    };
    const toDevice = new ToDevice(env, {
      positions,
      deviceIdsOf: (userId) => devicesOf(userId).map((device) => device.deviceId),
    });
    const keys = new Keys(env, { noteDeviceChange, ringDeviceChange, positions, toDevice, devicesOf });
    this.dehydrated = new DehydratedDevices(env, {
      keys,
      toDevice,
      positions,
      isLoginDevice: (userId, deviceId) =>
        this.accounts.devicesOf(userId).some((device) => device.deviceId === deviceId),
      noteDeviceChange,
      ringDeviceChange,
    });
    this.accounts = this.#makeAccounts(env, { stream, keys, toDevice, noteDeviceChange, ringDeviceChange, ring });
    const { data, push } = dataAndPush(env, stream, {
      demandSession,
      ring,
      isOurs: (userId) => this.accounts.has(userId),
    });
    this.data = data;
    this.push = push;
    this.pushers = new Pushers(env, { demandSession });
    this.presence = this.#makePresence(env, stream, demandSession);
    this.keys = keys;
    this.backup = new Backups(env);
    this.directory = new Directory(env, {
      rooms: stream.rooms,
      profileOf: (userId) => this.#profiles.ofMember(userId),
    });
    this.stream = stream;
    stream.readFrom({ data, toDevice, keys, push, presence: this.presence, demandSession });
  }

  #makePresence(env: ObjectEnv, stream: Stream, demandSession: (by: Requester) => void): Presence {
    return new Presence(env, {
      rooms: stream.rooms,
      demandSession,
      isOurs: (userId) => this.accounts.has(userId),
      profileOf: (userId) => this.#profiles.ofMember(userId),
      nextEphemeral: () => stream.nextEphemeral(),
    });
  }

  #makeAccounts(env: ObjectEnv, parts: AccountsParts): Accounts {
    const { stream, keys, toDevice, noteDeviceChange, ringDeviceChange, ring } = parts;
    return new Accounts(env, this.#profiles, {
      positions: stream.positions,
      mayBeDeviceId: (userId, deviceId) =>
        !keys.isCrossSigningKey(userId, deviceId) && this.dehydrated.of(userId)?.deviceId !== deviceId,
      removeDevice: (userId, deviceId) => {
        keys.removeDevice(userId, deviceId);
        toDevice.removeDevice(userId, deviceId);
      },
      endSession: (userId, deviceId) => {
        this.pushers.endSession(userId, deviceId);
      },
      removeUser: (userId) => {
        keys.removeUser(userId);
        this.dehydrated.removeUser(userId);
        this.data.removeUser(userId);
        this.push.removeUser(userId);
        this.pushers.removeUser(userId);
        this.presence.removeUser(userId);
      },
      removeSome: (userId) => this.backup.removeSome(userId),
      ring,
      roomsOf: (userId) => [...stream.rooms.of(userId)].map((room) => room.roomId),
      devicesRemoved: (userId, deviceIds) => {
        for (const deviceId of deviceIds) toDevice.forget(userId, deviceId);
        ringDeviceChange([userId]);
      },
      noteDeviceChange: (userId) => {
        noteDeviceChange([userId]);
      },
    });
  }

  /** Errands and announcements that a crash, or an object that was away, has left. */
  async alarm(): Promise<void> {
    await Promise.all([this.#profiles.runErrands(), this.stream.deviceLists.announce(), this.accounts.runFarewells()]);
    this.#profiles.comeBack();
    this.accounts.comeBack();
    this.stream.deviceLists.comeBack();
  }
}

/** They need each other: rules are kept as account data, and whom a user ignores changes what is unread. */
function dataAndPush(
  env: ObjectEnv,
  stream: Stream,
  others: {
    demandSession(by: Requester): void;
    ring(userId: string): void;
    isOurs(userId: string): boolean;
  },
): { readonly data: Data; readonly push: Push } {
  const { positions, rooms } = stream;
  const data: Data = new Data(env, {
    ...others,
    positions,
    pushRules: (userId) => push.shown(userId),
    ignoresOthers: (userId) => {
      push.ignoresOthers(userId);
    },
    invitesWaiting: (userId) => rooms.invitesOf(userId),
  });
  const push: Push = new Push(env, { ...others, positions, rooms, data });
  return { data, push };
}
