// What one user's devices come to: pure, on a clock that is handed in.
// https://spec.matrix.org/v1.19/client-server-api/#presence
import type { PresenceState, SyncPresence } from '../../ports/contracts/users-presence.ts';

/** So long after the last activity a user counts as active. */
const ACTIVE_MS = 60_000;
/** So long after the last activity a user is idle. */
const IDLE_MS = 300_000;
/** As many devices count: more are those of a program. */
const DEVICES_MAX = 100;

interface DevicePresence {
  state: 'online' | 'unavailable';
  /** Said by the user, as opposed to by a /sync: a poll in the background does not take it back. */
  said: boolean;
  /** When it was last heard of. */
  seen: number;
}

/** What others see. */
export interface Shown {
  readonly presence: PresenceState;
  readonly currentlyActive: boolean;
}

export class UserPresence {
  readonly #devices = new Map<string, DevicePresence>();
  readonly #goneAfterMs: number;
  /** When the user was last active, on the monotonic clock. */
  lastActive: number | undefined;

  /** A device is gone that was not heard of for so long: longer than a poll lasts. */
  constructor(goneAfterMs: number, lastActive?: number) {
    this.#goneAfterMs = goneAfterMs;
    this.lastActive = lastActive;
  }

  /** A /sync begins, goes on or ends. That a client polls does not make its user active. */
  sync(deviceId: string, set: SyncPresence['set'], now: number): void {
    this.#forgetGone(now);
    const device = this.#devices.get(deviceId);
    if (set === 'offline') {
      if (device?.said === false) this.#devices.delete(deviceId);
      return;
    }
    if (device) device.seen = now;
    if (set === undefined) return;
    if (set === 'unavailable') {
      this.lastActive ??= now;
      this.#put(deviceId, { state: set, said: false, seen: now });
      return;
    }
    if (device !== undefined && (device.state === 'online' || device.said)) return;
    this.#put(deviceId, { state: set, said: false, seen: now });
    this.lastActive = now;
  }

  /** The user says so. */
  say(deviceId: string, state: PresenceState, now: number): void {
    if (state === 'offline') {
      this.#devices.clear();
      return;
    }
    this.#forgetGone(now);
    this.#put(deviceId, { state, said: true, seen: now });
    if (state === 'online') {
      this.active(now);
      return;
    }
    this.lastActive ??= now;
    for (const device of this.#devices.values()) Object.assign(device, { state, said: true });
  }

  /** The user did something: whoever is not offline is online then, whatever was said before. */
  active(now: number): void {
    this.#forgetGone(now);
    if (this.#devices.size === 0) return;
    this.lastActive = now;
    for (const device of this.#devices.values()) device.state = 'online';
  }

  shown(now: number): Shown {
    this.#forgetGone(now);
    if (this.#devices.size === 0) return { presence: 'offline', currentlyActive: false };
    const idleFor = now - (this.lastActive ?? now);
    const isOnline = idleFor < IDLE_MS && [...this.#devices.values()].some(({ state }) => state === 'online');
    return { presence: isOnline ? 'online' : 'unavailable', currentlyActive: isOnline && idleFor < ACTIVE_MS };
  }

  #put(deviceId: string, device: DevicePresence): void {
    if (this.#devices.size < DEVICES_MAX || this.#devices.has(deviceId)) this.#devices.set(deviceId, device);
  }

  #forgetGone(now: number): void {
    for (const [deviceId, { seen }] of this.#devices)
      if (now - seen >= this.#goneAfterMs) this.#devices.delete(deviceId);
  }
}
