// What the clients of a run asked and were told, beside what their replicas hold: the ground on which the run is judged.
import { Marks } from './marks.ts';
import type { Replica } from './replica.ts';
import type { Device } from './device.ts';

export interface Said {
  readonly userId: string;
  readonly device: Device;
  readonly roomId: string;
  readonly transaction: string;
  readonly body: string;
  /** What was answered, and when. */
  eventId?: string;
  answered?: number;
}

export interface Message {
  readonly number: number;
  readonly sender: string;
  readonly to: string;
  readonly device: string;
  readonly asked: number;
  answered?: number;
}

export interface Claim {
  readonly owner: string;
  readonly device: string;
  readonly asked: number;
  answered?: number;
  /** The key's id; undefined for a fallback key or none. */
  keyId?: string;
}

/** A replica as one answer left it. */
export interface Snapshot {
  readonly device: Device;
  readonly replica: Replica;
  readonly asked: number;
}

export class Record {
  readonly said: Said[] = [];
  readonly messages: Message[] = [];
  readonly claims: Claim[] = [];
  readonly snapshots: Snapshot[] = [];
  /** Tokens whose logout was answered. */
  readonly revoked: Device[] = [];
  readonly wrong: string[] = [];
  readonly marks = new Marks();
  #now = 0;
  #number = 0;

  /** A moment: later ones are greater. */
  tick(): number {
    return ++this.#now;
  }

  /** A number that no other has. */
  number(): number {
    return ++this.#number;
  }
}
