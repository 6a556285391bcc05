// What the clients and servers of a run asked and were told: the ground on which it is judged.
import type { Marks } from './marks.ts';

/** A client's write that was answered with an event id. */
export interface Acked {
  readonly server: string;
  readonly userId: string;
  readonly roomId: string;
  readonly eventId: string;
  readonly transaction?: string;
}

/** An event that somebody was shown. `whole`: with more than a redaction leaves. */
export interface Shown {
  /** A user id, or a server name. */
  readonly to: string;
  readonly by: string;
  readonly roomId: string;
  readonly eventId: string;
  readonly how: 'timeline' | 'state' | 'page' | 'sent' | 'read';
  readonly whole: boolean;
}

export class Record {
  readonly acked: Acked[] = [];
  readonly shown: Shown[] = [];
  /** Events that a server has answered for without an error, by the honest server that sent them. */
  readonly taken: { readonly by: string; readonly from: string; readonly roomId: string; readonly eventId: string }[] =
    [];
  /** Every event that an honest server sent another in a transaction. */
  readonly sent: { readonly from: string; readonly to: string; readonly pdu: { readonly [name: string]: unknown } }[] =
    [];
  /** Events of honest servers that others refused, and why. */
  readonly refusals: string[] = [];
  /** What the hostile server sent to whom, and how many requests that server made of it for it. */
  readonly pdus = new Map<string, number>();
  readonly requests = new Map<string, number>();
  /** Rooms into which somebody was let by the hostile server, with whatever it thought their state to be. */
  readonly deceived = new Set<string>();
  readonly wrong: string[] = [];
  /** The rooms' events, where something is wrong. */
  readonly tables: string[] = [];
  readonly marks: Marks;

  constructor(marks: Marks) {
    this.marks = marks;
  }

  complain(wrong: string): void {
    if (!this.wrong.includes(wrong)) this.wrong.push(wrong);
  }
}

export function count(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
