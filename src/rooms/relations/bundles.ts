// Bundled aggregations: what an event's children come to, for one reader at one moment.
// https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events
import type { Pdu } from '../../events/pdu.ts';
import { relationOf } from '../../events/relation.ts';
import { isObject, member, type Json, type JsonObject } from '../../spec/json.ts';
import type { RoomData } from '../room-data.ts';
import { shortHash } from '../store/events.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { View } from '../visibility.ts';

/** Edits of one event that are looked at, the newest by arrival. */
const EDITS_MAX = 100;
/** References that one bundle lists. */
const REFERENCES_MAX = 1000;
/** Replies that are looked at for the latest that the reader may see. */
const REPLIES_MAX = 2000;
const STEP = 50;

/** How an event is written inside of another's bundle. */
export type Show = (event: StoredEvent) => JsonObject;

export class Bundles {
  readonly #data: RoomData;
  readonly #view: View;
  readonly #ignored: ReadonlySet<string>;
  readonly #until: number;
  /** Which kinds of children an event has. */
  readonly #kinds = new Map<number, ReadonlySet<string>>();

  /** Children after the position `until`, invisible ones and those of `ignored` senders do not count. */
  constructor(data: RoomData, view: View, ignored: ReadonlySet<string>, until: number) {
    this.#data = data;
    this.#view = view;
    this.#ignored = ignored;
    this.#until = until;
  }

  /** Asks for the children of many events at once. */
  load(events: readonly StoredEvent[]): void {
    const numbers = events.filter((event) => event.pdu.stateKey === undefined).map(({ number }) => number);
    if (numbers.length === 0) return;
    const kinds = new Map<number, Set<string>>(numbers.map((number) => [number, new Set()]));
    for (const { parent, relType } of this.#data.relations.kinds(numbers, this.#until)) kinds.get(parent)?.add(relType);
    for (const [number, types] of kinds) this.#kinds.set(number, types);
  }

  /** Whether any of the events asked for has children: then what is shown is this reader's alone. */
  get any(): boolean {
    return [...this.#kinds.values()].some((kinds) => kinds.size > 0);
  }

  /** `m.relations` of an event; undefined if there is nothing to tell. State events have none. */
  of(event: StoredEvent, show: Show): JsonObject | undefined {
    if (event.pdu.stateKey !== undefined) return undefined;
    if (!this.#kinds.has(event.number)) this.load([event]);
    const kinds = this.#kinds.get(event.number);
    if (kinds === undefined || kinds.size === 0) return undefined;
    const relations: Record<string, Json> = {};
    const edit = kinds.has('m.replace') ? this.latestEdit(event) : undefined;
    if (edit !== undefined) relations['m.replace'] = show(edit);
    const thread = kinds.has('m.thread') ? this.#thread(event, show) : undefined;
    if (thread !== undefined) relations['m.thread'] = thread;
    const references = kinds.has('m.reference') ? this.#references(event) : [];
    if (references.length > 0) relations['m.reference'] = { chunk: references };
    return Object.keys(relations).length === 0 ? undefined : relations;
  }

  /** The most recent valid edit. https://spec.matrix.org/v1.19/client-server-api/#validity-of-replacement-events */
  latestEdit(event: StoredEvent): StoredEvent | undefined {
    if (event.redactedBy !== undefined || relationOf(event.pdu.content)?.relType === 'm.replace') return undefined;
    const rows = this.#data.relations.children(event.number, {
      ...this.#newest('m.replace', EDITS_MAX),
      sender: event.pdu.sender,
    });
    return this.#data
      .many(rows.map(({ number }) => number))
      .filter((edit) => this.#counts(edit) && isValidEdit(event.pdu, this.#view.shown(edit)))
      .toSorted((a, b) => a.pdu.originServerTs - b.pdu.originServerTs || (a.pdu.eventId < b.pdu.eventId ? -1 : 1))
      .at(-1);
  }

  /** The newest reply of the thread of which `root` is the root; undefined if there is none, or `root` can be no root. */
  latestReply(root: StoredEvent): StoredEvent | undefined {
    // "It is not possible to create a thread from an event which itself is the child of an event relationship."
    if (root.pdu.stateKey !== undefined || relationOf(root.pdu.content) !== undefined) return undefined;
    let to = this.#until;
    for (let looked = 0; looked < REPLIES_MAX; looked += STEP) {
      const rows = this.#data.relations.children(root.number, { ...this.#newest('m.thread', STEP), to });
      this.#data.load(rows.map(({ number }) => number));
      for (const { number } of rows) {
        const reply = this.#data.byNumber(number);
        if (reply !== undefined && this.#counts(reply)) return reply;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < STEP) return undefined;
      to = last.roomPos - 1;
    }
    return undefined;
  }

  /** Whether the reader began the thread or replied in it. */
  participated(root: StoredEvent): boolean {
    const { userId } = this.#view;
    if (root.pdu.sender === userId) return true;
    const own = { ...this.#newest('m.thread', 1), sender: userId };
    return this.#data.relations.children(root.number, own).length > 0;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#server-side-aggregation-of-mthread-relationships */
  #thread(root: StoredEvent, show: Show): JsonObject | undefined {
    const latest = this.latestReply(root);
    if (latest === undefined) return undefined;
    return { latest_event: show(latest), count: this.#size(root), current_user_participated: this.participated(root) };
  }

  #size(root: StoredEvent): number {
    const { relations } = this.#data;
    if (this.#ignored.size === 0 && this.#view.seesAllAfter(root.roomPos ?? 0))
      return relations.count(root.number, 'm.thread', this.#until);
    const ignored = new Set([...this.#ignored].map(shortHash));
    let count = 0;
    // Counted without reading the replies: who may see one depends on the state before it and on where it stands.
    for (const tally of relations.tallies(root.number, 'm.thread', this.#until, this.#view.joinPos ?? 0)) {
      if (!ignored.has(tally.sender) && this.#view.seesAt(tally.rootBefore, tally.roomPos)) count += tally.count;
    }
    return count;
  }

  #references(event: StoredEvent): JsonObject[] {
    const rows = this.#data.relations.children(event.number, {
      relType: 'm.reference',
      after: 0,
      to: this.#until,
      newestFirst: false,
      limit: REFERENCES_MAX,
    });
    return this.#data
      .many(rows.map(({ number }) => number))
      .filter((child) => this.#counts(child))
      .map((child) => ({ event_id: child.pdu.eventId }));
  }

  #newest(relType: string, limit: number) {
    return { relType, after: 0, to: this.#until, newestFirst: true, limit };
  }

  #counts(child: StoredEvent): boolean {
    return this.#view.sees(child) && !this.#ignored.has(child.pdu.sender);
  }
}

function isValidEdit(original: Pdu, edit: Pdu): boolean {
  return (
    edit.sender === original.sender &&
    edit.type === original.type &&
    edit.stateKey === undefined &&
    // Of an encrypted edit the new content is encrypted too.
    (edit.type === 'm.room.encrypted' || isObject(member(edit.content, 'm.new_content')))
  );
}
