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

/** Something set again and again, one after the other: the last that was answered, or a later one, is what holds in the end. */
export interface Setting {
  readonly value: string;
  answered?: true;
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
  /** Redacted events, and when the redaction was answered. */
  readonly redacted = new Map<string, number>();
  /** Account data by user, and receipts by user and room. */
  readonly settings = new Map<string, Setting[]>();
  readonly messages: Message[] = [];
  readonly claims: Claim[] = [];
  readonly snapshots: Snapshot[] = [];
  /** Tokens whose logout was answered. */
  readonly revoked: Device[] = [];
  readonly wrong: string[] = [];
  readonly marks = new Marks();
  #now = 0;
  #number = 0;

  setting(key: string, value: string): Setting {
    const setting: Setting = { value };
    this.settings.set(key, [...(this.settings.get(key) ?? []), setting]);
    return setting;
  }

  /** A moment: later ones are greater. */
  tick(): number {
    return ++this.#now;
  }

  /** A number that no other has. */
  number(): number {
    return ++this.#number;
  }
}
