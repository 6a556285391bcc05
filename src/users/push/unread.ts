// Unread counts: each user's state in each room, brought up to date when it is asked for, so that a message costs nothing for
// those who do not look. https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications
import type { LogEntry } from '../../ports/contracts/room.ts';
import type { Unread } from '../../ports/contracts/users-push.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { Json } from '../../spec/json.ts';
import type { Positions } from '../stream/positions.ts';
import type { RoomView } from '../stream/room-view.ts';
import { type Note, outcomeFor } from './note.ts';
import { type Effect, type EffectOf, ReadingState } from './reading-state.ts';
import { type NotedEntry, RoomNotes } from './room-notes.ts';
import type { UnreadRows } from './store/unread-rows.ts';
import type { Words } from './store/words.ts';

/** A state that had to take up more entries than this is written down, so that a restart need not do it again. */
const WORTH_WRITING = 500;

/** What an outcome says. */
interface Outcome {
  readonly actions: readonly Json[];
  readonly effect: 'notify' | 'highlight';
}

export interface UnreadNeighbours {
  readonly words: Words;
  readonly positions: Pick<Positions, 'prepare' | 'take'>;
  /** The number of the class of rules that a user was of in a room, at a position of the stream; undefined if it has none. */
  classAt(userId: string, roomId: string, pos: number): number | undefined;
  ignoredBy(userId: string): readonly string[];
}

export class UnreadCounts {
  readonly #env: Pick<ObjectEnv, 'sql'>;
  readonly #rows: UnreadRows;
  readonly #neighbours: UnreadNeighbours;
  readonly #notes = new Map<number, RoomNotes>();
  /** By user and room number. */
  readonly #states = new Map<string, Map<number, ReadingState>>();
  /** By user and room number: where in the stream a read position moved last; and the last of them all. */
  readonly #moved = new Map<string, { readonly rooms: Map<number, number>; last: number }>();
  readonly #numbers = new Map<string, number>();
  readonly #outcomes = new Map<number, Outcome>();

  constructor(env: Pick<ObjectEnv, 'sql'>, rows: UnreadRows, neighbours: UnreadNeighbours) {
    this.#env = env;
    this.#rows = rows;
    this.#neighbours = neighbours;
  }

  /** Voids what the entries redact, inside a transaction; to be called when it has returned is what this answers. */
  redact(room: RoomView, entries: readonly LogEntry[]): () => void {
    const done: (() => void)[] = [];
    for (const { event } of entries) {
      const end =
        event?.redacts === undefined
          ? undefined
          : this.#notesOf(room).void(event.redacts, room.latest, done.length + 1);
      if (end) done.push(end);
    }
    return () => {
      for (const end of done) end();
    };
  }

  keep(room: RoomView, pos: number, roomPos: number, note: Note | undefined): void {
    this.#notesOf(room).keep({ pos, roomPos, note });
  }

  unread(room: RoomView, userId: string): Unread {
    const state = this.#current(room, userId);
    return state.unread((number) => this.#neighbours.words.word(number));
  }

  /** Where in the stream a user's read position in a room moved last. */
  movedAt(userId: string, room: number): number {
    return this.#movedOf(userId).rooms.get(room) ?? 0;
  }

  movedSince(userId: string, pos: number): readonly number[] {
    const { rooms, last } = this.#movedOf(userId);
    return last > pos ? [...rooms].filter(([, at]) => at > pos).map(([room]) => room) : [];
  }

  forgetRoom(room: number): void {
    this.#notes.delete(room);
    for (const states of this.#states.values()) states.delete(room);
  }

  settle(room: RoomView, userId: string): void {
    const states = this.#statesOf(userId);
    const wasKnown = states.has(room.number);
    this.#write(userId, room.number, this.#current(room, userId));
    // Who does not look is not kept in memory for this.
    if (!wasKnown) states.delete(room.number);
  }

  /** What was voided before the last is in everybody's counts; the last says how many there were. */
  forgetVoids(room: RoomView): void {
    const { lastVoid } = this.#notesOf(room);
    this.#env.sql.transaction(() => {
      this.#rows.deleteVoids(room.number, lastVoid - 1);
    });
  }

  /** False if there is nothing to tell. */
  read(room: RoomView, userId: string, threadId: string | undefined, roomPos: number, isNew: boolean): boolean {
    const { words, positions } = this.#neighbours;
    const thread = threadId === undefined ? undefined : threadId === 'main' ? 0 : words.number(`t${threadId}`);
    const state = this.#current(room, userId).copy();
    const newer = this.#notesOf(room).before(state.asOf, state.since);
    const moved = state.read(thread, roomPos, newer, this.#effectFor(userId, room.roomId));
    if (!moved && !isNew) return false;
    positions.prepare();
    const pos = this.#env.sql.transaction(() => {
      const pos = positions.take();
      this.#rows.put(userId, room.number, state.row(pos));
      return pos;
    });
    this.#statesOf(userId).set(room.number, state);
    const all = this.#movedOf(userId);
    all.rooms.set(room.number, pos);
    all.last = pos;
    return true;
  }

  isRead(room: RoomView, userId: string, entry: NotedEntry): boolean {
    return entry.note !== undefined && entry.roomPos <= this.#current(room, userId).readUpTo(entry.note.thread);
  }

  /** What a user was notified of in a room, newest first, with entries that notified them of nothing between. */
  *notified(
    room: RoomView,
    userId: string,
    before: number,
  ): Iterable<{ readonly entry: NotedEntry; readonly outcome: Outcome | undefined }> {
    const { since } = this.#current(room, userId);
    const effectOf = this.#effectFor(userId, room.roomId);
    for (const entry of this.#notesOf(room).before(Math.min(before, room.latest), since)) {
      const effect = effectOf(entry);
      const counts = effect === 'notify' || effect === 'highlight';
      yield { entry, outcome: counts ? this.#outcomeOf(this.#numberFor(userId, room.roomId, entry)) : undefined };
    }
  }

  /** Inside a transaction: other senders are ignored now, so that other events count. */
  ignoresOthers(userId: string): void {
    this.#rows.recount(userId);
    this.#states.delete(userId);
  }

  forgetUser(userId: string): void {
    this.#states.delete(userId);
    this.#moved.delete(userId);
  }

  #movedOf(userId: string): { readonly rooms: Map<number, number>; last: number } {
    let moved = this.#moved.get(userId);
    if (!moved) {
      const rooms = new Map(this.#rows.moved(userId));
      this.#moved.set(userId, (moved = { rooms, last: Math.max(0, ...rooms.values()) }));
    }
    return moved;
  }

  #current(room: RoomView, userId: string): ReadingState {
    const states = this.#statesOf(userId);
    const notes = this.#notesOf(room);
    const since = room.members.get(userId)?.since ?? 0;
    const known = states.get(room.number) ?? this.#load(userId, room.number, notes);
    const state = known?.since === since ? known : new ReadingState(since, notes.lastVoid);
    if (state !== states.get(room.number)) states.set(room.number, state);
    if (state.asOf >= room.latest && state.voids === notes.lastVoid) return state;
    const effectOf = this.#effectFor(userId, room.roomId);
    for (const entry of notes.voidedAfter(state.voids)) state.uncount(entry, effectOf(entry));
    state.voids = notes.lastVoid;
    let taken = 0;
    for (const entry of notes.after(state.asOf, room.latest)) {
      state.count(entry, effectOf(entry));
      taken += 1;
    }
    state.asOf = Math.max(state.asOf, room.latest);
    if (taken > WORTH_WRITING) this.#write(userId, room.number, state);
    return state;
  }

  #load(userId: string, room: number, notes: RoomNotes): ReadingState | undefined {
    const row = this.#rows.get(userId, room);
    return row && ReadingState.from(row, notes.lastVoid);
  }

  #write(userId: string, room: number, state: ReadingState): void {
    const pos = this.movedAt(userId, room);
    this.#env.sql.transaction(() => {
      this.#rows.put(userId, room, state.row(pos));
    });
  }

  #effectFor(userId: string, roomId: string): EffectOf {
    const { words, ignoredBy } = this.#neighbours;
    const me = this.#numberOf(userId);
    const ignores = ignoredBy(userId);
    const ignored = ignores.length === 0 ? undefined : new Set(ignores.map((sender) => words.find(`u${sender}`)));
    return (entry): Effect => {
      const { note } = entry;
      if (note === undefined) return undefined;
      if (note.sender === me) return 'own';
      if (note.sender === -(me ?? 0) || ignored?.has(Math.abs(note.sender)) === true) return undefined;
      const outcome = this.#numberFor(userId, roomId, entry, me);
      return outcome === 0 ? undefined : this.#outcomeOf(outcome).effect;
    };
  }

  #numberFor(userId: string, roomId: string, { note, pos }: NotedEntry, me = this.#numberOf(userId)): number {
    if (note === undefined) return 0;
    if (note.classes.length === 0 && note.readers.length === 0) return note.outcome;
    return outcomeFor(note, me, this.#neighbours.classAt(userId, roomId, pos));
  }

  /** The number that stands for a user in notes, if one does yet. */
  #numberOf(userId: string): number | undefined {
    let number = this.#numbers.get(userId);
    if (number === undefined) {
      number = this.#neighbours.words.find(`u${userId}`);
      if (number !== undefined) this.#numbers.set(userId, number);
    }
    return number;
  }

  #outcomeOf(number: number): Outcome {
    let outcome = this.#outcomes.get(number);
    if (!outcome) {
      const actions = JSON.parse(this.#neighbours.words.word(number).slice(1)) as readonly Json[];
      this.#outcomes.set(number, (outcome = { actions, effect: highlights(actions) ? 'highlight' : 'notify' }));
    }
    return outcome;
  }

  #statesOf(userId: string): Map<number, ReadingState> {
    let states = this.#states.get(userId);
    if (!states) this.#states.set(userId, (states = new Map()));
    return states;
  }

  #notesOf(room: RoomView): RoomNotes {
    let notes = this.#notes.get(room.number);
    if (!notes) this.#notes.set(room.number, (notes = new RoomNotes(this.#rows, room.number)));
    return notes;
  }
}

/** "If a highlight tweak is given with no value, its value is defined to be true." */
function highlights(actions: readonly Json[]): boolean {
  return actions.some((action) => {
    const tweak = action as { readonly set_tweak?: Json; readonly value?: Json } | string;
    return typeof tweak === 'object' && tweak.set_tweak === 'highlight' && (tweak.value ?? true) === true;
  });
}
