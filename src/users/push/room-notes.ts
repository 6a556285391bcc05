// The notes of one room: the newest at hand, older ones from their rows; and which of them were voided by redactions.
import { type Note, noteOf, noteText, voided } from './note.ts';
import type { UnreadRows, VoidRow } from './store/unread-rows.ts';

export interface NotedEntry {
  /** In the stream, and in the room's log. */
  readonly pos: number;
  readonly roomPos: number;
  readonly note: Note | undefined;
}

const TAIL_KEPT = 128;
/** Rows in one query. */
const READ_AT_ONCE = 500;

export class RoomNotes {
  readonly #rows: UnreadRows;
  readonly #room: number;
  #tail: NotedEntry[] = [];
  #voids: { readonly number: number; readonly entry: NotedEntry }[] = [];
  /** The number of the latest void. */
  lastVoid: number;

  constructor(rows: UnreadRows, room: number) {
    this.#rows = rows;
    this.#room = room;
    this.lastVoid = rows.lastVoid(room);
  }

  keep(entry: NotedEntry): void {
    this.#tail.push(entry);
    if (this.#tail.length >= 2 * TAIL_KEPT) this.#tail = this.#tail.slice(-TAIL_KEPT);
  }

  /** Entries after a position of the stream up to another, oldest first: nearly always the newest, which are at hand. */
  after(pos: number, to: number): Iterable<NotedEntry> {
    const last = this.#tail.length - 1;
    if (last < 1 || this.#tail[last]!.pos !== to || this.#tail[0]!.pos > pos) return this.#after(pos, to);
    let start = last;
    while (start > 0 && this.#tail[start - 1]!.pos > pos) start--;
    return this.#tail.slice(start);
  }

  *#after(pos: number, to: number): Iterable<NotedEntry> {
    let from = pos;
    while (from < to) {
      const first = this.#tail[0];
      if (first !== undefined && first.pos <= from) break;
      const rows = this.#rows.notes(this.#room, from, first === undefined ? to : Math.min(to, first.pos), READ_AT_ONCE);
      for (const row of rows) yield entryOf(row);
      from = rows.length < READ_AT_ONCE ? (first?.pos ?? to) : rows.at(-1)!.pos;
    }
    if (from >= to) return;
    let start = this.#tail.length;
    while (start > 0 && this.#tail[start - 1]!.pos > from) start--;
    for (let index = start; index < this.#tail.length; index++) yield this.#tail[index]!;
  }

  /** Entries newest first, from a position of the stream down to the one after another. */
  *before(to: number, after: number): Iterable<NotedEntry> {
    let from = to;
    for (let index = this.#tail.length - 1; index >= 0; index--) {
      const entry = this.#tail[index]!;
      if (entry.pos <= after) return;
      if (entry.pos > to) continue;
      from = entry.pos - 1;
      yield entry;
    }
    while (from > after) {
      const rows = this.#rows.notesBackward(this.#room, after, from, READ_AT_ONCE);
      for (const row of rows) yield entryOf(row);
      if (rows.length < READ_AT_ONCE) return;
      from = rows.at(-1)!.pos - 1;
    }
  }

  /**
   * Voids an entry, by its position in the room's log, inside a transaction. What it answers is to be called once the
   * transaction has returned; undefined if the entry notified nobody.
   */
  void(roomPos: number, latest: number, numbered: number): (() => void) | undefined {
    const entry = this.#find(roomPos, latest);
    if (entry?.note === undefined) return undefined;
    const { note } = entry;
    if (note.outcome === 0 && note.classes.length === 0 && note.readers.length === 0) return undefined;
    const number = this.lastVoid + numbered;
    this.#rows.insertVoid(this.#room, { number, pos: entry.pos, room_pos: roomPos, note: noteText(note) });
    const empty = voided(note);
    this.#rows.putNote(this.#room, entry.pos, noteText(empty));
    return () => {
      this.lastVoid = number;
      this.#voids.push({ number, entry });
      if (this.#voids.length > 2 * TAIL_KEPT) this.#voids = this.#voids.slice(-TAIL_KEPT);
      const index = this.#tail.findIndex(({ pos }) => pos === entry.pos);
      if (index >= 0) this.#tail[index] = { ...entry, note: empty };
    };
  }

  /** What was voided after a void, as it had been noted. */
  voidedAfter(number: number): readonly NotedEntry[] {
    if (number >= this.lastVoid) return [];
    const first = this.#voids[0];
    if (first !== undefined && first.number <= number + 1)
      return this.#voids.filter((one) => one.number > number).map(({ entry }) => entry);
    return this.#rows.voidsAfter(this.#room, number).map(entryOf);
  }

  /** By halves: positions of the stream and of the log rise together. */
  #find(roomPos: number, latest: number): NotedEntry | undefined {
    const kept = this.#tail.find((entry) => entry.roomPos === roomPos);
    if (kept !== undefined) return kept;
    let [low, high] = [0, latest];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#rows.noteAt(this.#room, middle);
      if (row !== undefined && row.room_pos >= roomPos) high = row.room_pos === roomPos ? row.pos : row.pos - 1;
      else low = middle + 1;
      if (row?.room_pos === roomPos) return entryOf(row);
    }
    const row = this.#rows.noteAt(this.#room, low);
    return row?.room_pos === roomPos ? entryOf(row) : undefined;
  }
}

function entryOf(row: Pick<VoidRow, 'pos' | 'room_pos'> & { readonly note: string | null }): NotedEntry {
  return { pos: row.pos, roomPos: row.room_pos, note: row.note === null ? undefined : noteOf(row.note) };
}
