// What waits to be judged. Only what is still waiting when a call answers is written down: until then nobody has been told
// that we have it.
import type { EventText } from '../../events/event-text.ts';
import type { Pdu } from '../../events/pdu.ts';
import type { RoomData } from '../room-data.ts';
import { StagedStore, type StagedRole, type StagedRow } from '../store/staged.ts';
import type { Candidate } from './candidate.ts';
import { readPduText } from './pdu-text.ts';

/** Events sent to us that wait, of one server and of all; and all that wait, with what was fetched to judge them. */
const EVENTS_OF_ORIGIN_MAX = 500;
const EVENTS_MAX = 3000;
const CHARACTERS_MAX = 32_000_000;

/**
 * What a waiting event needs before it can be judged. `others`: what it needs waits here, too. `gap`: prev_events are missing
 * as well, and what is got for them may bring the auth events along.
 */
export type Need =
  | { readonly kind: 'keys'; readonly servers: readonly string[] }
  | { readonly kind: 'auth'; readonly ids: readonly string[]; readonly gap: boolean }
  | { readonly kind: 'prev' }
  | { readonly kind: 'others' };

export interface Staged {
  row: StagedRow;
  readonly pdu: Pdu;
  /** Its canonical text, until it is written down: what waits for long is kept once. */
  canonical: EventText | undefined;
  signatures: Candidate['signatures'];
  need: Need | undefined;
  /** Whether it has a row, and whether that says what is true now. */
  stored: boolean;
  written: boolean;
}

export class Staging {
  readonly #data: RoomData;
  readonly #store: StagedStore;
  #staged: Map<string, Staged> | undefined;
  readonly #ids = new Map<number, Staged>();
  #lastId = 0;
  #characters = 0;

  constructor(data: RoomData) {
    this.#data = data;
    this.#store = new StagedStore(data.env.sql, data.env.owner);
  }

  /** Forgets what is not written down. */
  forget(): void {
    this.#staged = undefined;
  }

  get size(): number {
    return this.#all().size;
  }

  get(eventId: string): Staged | undefined {
    return this.#all().get(eventId);
  }

  /** Whoever stands before an event comes first, if depths are true. */
  inOrder(): Staged[] {
    return [...this.#all().values()].toSorted((a, b) => a.pdu.depth - b.pdu.depth || a.row.id - b.row.id);
  }

  byId(id: number): Staged | undefined {
    this.#all();
    return this.#ids.get(id);
  }

  /** What was fetched for the sake of one that waits. */
  fetchedFor(id: number): Staged[] {
    return [...this.#all().values()].filter(({ row }) => row.wantedBy === id && row.id !== id);
  }

  oldestOrigin(): string | undefined {
    return this.#store.oldestOrigin();
  }

  /**
   * Keeps an event for a row that wants it, or (with undefined) for its own sake. Undefined if there is no room for it. What
   * waits already takes the greater of its roles.
   */
  add(
    event: { readonly pdu: Pdu; readonly text: string; readonly canonical?: EventText },
    origin: string,
    role: StagedRole,
    wantedBy: number | undefined,
  ): Staged | undefined {
    const all = this.#all();
    const known = all.get(event.pdu.eventId);
    if (known !== undefined) {
      const { row } = known;
      const raised: StagedRow = {
        ...row,
        role: role === 'event' ? role : row.role,
        wantedBy: wantedBy ?? row.id,
      };
      if (row.wantedBy === row.id) return this.#replace(known, { ...raised, wantedBy: row.id });
      return this.#replace(known, raised);
    }
    if (!this.#fits(origin, role, event.text.length)) return undefined;
    this.#lastId += 1;
    const id = this.#lastId;
    const row = {
      id,
      origin,
      eventId: event.pdu.eventId,
      json: event.text,
      role,
      wantedBy: wantedBy ?? id,
      requests: 0,
    };
    const staged: Staged = {
      row,
      pdu: event.pdu,
      canonical: event.canonical,
      signatures: 'unverified',
      need: undefined,
      stored: false,
      written: false,
    };
    all.set(event.pdu.eventId, staged);
    this.#ids.set(id, staged);
    this.#characters += event.text.length;
    return staged;
  }

  /** Counts a request for an event that was sent to us. Written by the next `flush`. */
  charge(staged: Staged): void {
    staged.row = { ...staged.row, requests: staged.row.requests + 1 };
    staged.written = false;
  }

  /** Deletes what is written of events. In a transaction; `leave` follows when that has returned. */
  erase(events: readonly Staged[]): void {
    for (const { stored, row } of events) if (stored) this.#store.remove(row.id);
  }

  leave(events: readonly Staged[]): void {
    for (const { pdu, row } of events) {
      if (!this.#all().delete(pdu.eventId)) continue;
      this.#ids.delete(row.id);
      this.#characters -= row.json.length;
    }
  }

  /** Writes down what still waits: when this has returned it is durable, and may be acknowledged. */
  flush(): void {
    const news = [...this.#all().values()].filter(({ written }) => !written);
    if (news.length === 0) return;
    this.#data.env.sql.transaction(() => {
      for (const { row } of news) this.#store.put(row);
      this.#data.deliveryAlarm.arm();
    });
    for (const staged of news) {
      staged.stored = true;
      staged.canonical = undefined;
      staged.written = true;
    }
  }

  #replace(staged: Staged, row: StagedRow): Staged {
    if (row.role === staged.row.role && row.wantedBy === staged.row.wantedBy) return staged;
    staged.row = row;
    staged.written = false;
    return staged;
  }

  #fits(origin: string, role: StagedRole, length: number): boolean {
    if (this.#characters + length > CHARACTERS_MAX) return false;
    if (role === 'outlier') return true;
    let [events, ofOrigin] = [0, 0];
    for (const { row } of this.#all().values()) {
      if (row.role !== 'event') continue;
      events += 1;
      if (row.origin === origin) ofOrigin += 1;
    }
    return events < EVENTS_MAX && ofOrigin < EVENTS_OF_ORIGIN_MAX;
  }

  #all(): Map<string, Staged> {
    if (this.#staged !== undefined) return this.#staged;
    const staged = new Map<string, Staged>();
    this.#ids.clear();
    this.#characters = 0;
    this.#lastId = 0;
    for (const row of this.#store.all()) {
      this.#lastId = row.id;
      const { pdu } = readPduText(row.json, this.#data.version);
      if (pdu === undefined) continue;
      const one: Staged = {
        row,
        pdu,
        canonical: undefined,
        signatures: 'unverified',
        need: undefined,
        stored: true,
        written: true,
      };
      staged.set(pdu.eventId, one);
      this.#ids.set(row.id, one);
      this.#characters += row.json.length;
    }
    this.#staged = staged;
    return staged;
  }
}
