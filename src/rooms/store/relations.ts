// Which events relate to which: one row for each accepted event that relates to another, found by the parent.
import type { Sql } from '../../ports/sql.ts';
import { shortHash } from './events.ts';

export interface Child {
  /** The child's place in the log: children are read in its order. */
  readonly roomPos: number;
  /** The child's number. */
  readonly number: number;
  /** The parent's number. */
  readonly parent: number;
  readonly relType: string;
}

/** How many children of one kind, whose visibility is the same, came from one sender. */
export interface Tally {
  readonly rootBefore: number;
  /** The short hash of the sender. */
  readonly sender: number;
  readonly count: number;
  /** A position of one of them: they lie all before or all after the position that was asked with. */
  readonly roomPos: number;
}

interface ChildRow {
  readonly room_pos: number;
  readonly child: number;
  readonly parent: number;
  readonly rel_type: string;
  readonly [column: string]: number | string;
}

/** What of a parent's children is asked for: those after `after` up to `to`. */
export interface ChildRange {
  readonly relType: string | undefined;
  readonly after: number;
  readonly to: number;
  readonly newestFirst: boolean;
  readonly limit: number;
  /** Of this sender alone. */
  readonly sender?: string | undefined;
}

export class RelationStore {
  readonly #sql: Sql;
  readonly #owner: number;
  /** Whether there is any relation: most rooms and most pages have none, and then nothing is asked. */
  #any: boolean | undefined;
  #orphans: boolean | undefined;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  put(child: Child, sender: string): void {
    this.#any = true;
    if (child.parent < 0) this.#orphans = true;
    this.#sql.run(
      'INSERT INTO room_relations (owner, parent, room_pos, child, rel_type, sender) VALUES (?, ?, ?, ?, ?, ?)',
      this.#owner,
      child.parent,
      child.roomPos,
      child.number,
      child.relType,
      shortHash(sender),
    );
  }

  remove(parent: number, roomPos: number): void {
    this.#sql.run(
      'DELETE FROM room_relations WHERE owner = ? AND parent = ? AND room_pos = ?',
      this.#owner,
      parent,
      roomPos,
    );
  }

  /** Gives a child that came before its parent the parent's number. */
  adopt(child: Child, parent: number): void {
    this.#sql.run(
      'UPDATE room_relations SET parent = ? WHERE owner = ? AND parent = ? AND room_pos = ?',
      parent,
      this.#owner,
      child.parent,
      child.roomPos,
    );
  }

  /** Whether any child waits for its parent: most rooms have none. */
  get hasOrphans(): boolean {
    this.#orphans ??=
      this.#sql.first('SELECT 1 AS one FROM room_relations WHERE owner = ? AND parent < 0 LIMIT 1', this.#owner) !==
      undefined;
    return this.#orphans;
  }

  children(parent: number, range: ChildRange): Child[] {
    const order = range.newestFirst ? 'DESC' : 'ASC';
    return this.#sql
      .all<ChildRow>(
        `SELECT room_pos, child, parent, rel_type FROM room_relations
         WHERE owner = ? AND parent = ? AND room_pos > ? AND room_pos <= ? AND (? IS NULL OR rel_type = ?) AND (? IS NULL OR sender = ?)
         ORDER BY room_pos ${order} LIMIT ?`,
        this.#owner,
        parent,
        range.after,
        range.to,
        range.relType ?? null,
        range.relType ?? null,
        range.sender === undefined ? null : 1,
        range.sender === undefined ? null : shortHash(range.sender),
        range.limit,
      )
      .map(fromRow);
  }

  /** Which of the events have children, of which kinds. */
  kinds(parents: readonly number[], to: number): { readonly parent: number; readonly relType: string }[] {
    this.#any ??=
      this.#sql.first('SELECT 1 AS one FROM room_relations WHERE owner = ? LIMIT 1', this.#owner) !== undefined;
    if (!this.#any) return [];
    return this.#sql
      .all<{ parent: number; rel_type: string }>(
        `SELECT DISTINCT parent, rel_type FROM room_relations
         WHERE owner = ? AND parent IN (SELECT value FROM json_each(?)) AND room_pos <= ? ORDER BY parent, rel_type`,
        this.#owner,
        JSON.stringify(parents),
        to,
      )
      .map((row) => ({ parent: row.parent, relType: row.rel_type }));
  }

  count(parent: number, relType: string, to: number): number {
    const row = this.#sql.first<{ n: number }>(
      'SELECT count(*) AS n FROM room_relations WHERE owner = ? AND parent = ? AND rel_type = ? AND room_pos <= ?',
      this.#owner,
      parent,
      relType,
      to,
    );
    return row?.n ?? 0;
  }

  /** Counts children up to `to` by what decides who may see them, those before `mark` apart from those after. */
  tallies(parent: number, relType: string, to: number, mark: number): Tally[] {
    return this.#sql
      .all<{ root: number; sender: number; n: number; pos: number }>(
        `SELECT e.root_before AS root, r.sender AS sender, count(*) AS n, min(r.room_pos) AS pos
         FROM room_relations r JOIN room_events e ON e.owner = r.owner AND e.number = r.child
         WHERE r.owner = ? AND r.parent = ? AND r.rel_type = ? AND r.room_pos <= ?
         GROUP BY e.root_before, r.sender, r.room_pos < ? ORDER BY pos`,
        this.#owner,
        parent,
        relType,
        to,
        mark,
      )
      .map((row) => ({ rootBefore: row.root, sender: row.sender, count: row.n, roomPos: row.pos }));
  }

  /** Replies of all threads but those of `done` roots before a position, newest first. */
  threadReplies(before: number, done: readonly number[], limit: number): Child[] {
    return this.#sql
      .all<ChildRow>(
        `SELECT room_pos, child, parent, rel_type FROM room_relations
         WHERE owner = ? AND rel_type = 'm.thread' AND room_pos < ? AND parent >= 0
         AND parent NOT IN (SELECT value FROM json_each(?)) ORDER BY room_pos DESC LIMIT ?`,
        this.#owner,
        before,
        JSON.stringify(done),
        limit,
      )
      .map(fromRow);
  }
}

/** What stands for a parent that has not come yet: no event has such a number. */
export function absentParent(eventId: string): number {
  return -1 - shortHash(eventId);
}

function fromRow(row: ChildRow): Child {
  return { roomPos: row.room_pos, number: row.child, parent: row.parent, relType: row.rel_type };
}
