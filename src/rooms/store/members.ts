// The current memberships, and the Users groups whose users they are.
import type { Sql } from '../../ports/sql.ts';
import { serverOf } from '../../spec/identifiers/user-id.ts';
import { Bounded } from '../bounded.ts';

export interface Member {
  readonly userId: string;
  readonly membership: string;
  /** The membership event. */
  readonly number: number;
  /** The Users group of a local user. */
  readonly group: number | undefined;
  /** The room position at which the user's latest stay (`join`) began; undefined if there was none. */
  readonly joinPos: number | undefined;
  /** The room position at which that stay ended; undefined while it lasts. */
  readonly leftPos: number | undefined;
}

interface MemberRow {
  readonly user_id: string;
  readonly membership: string;
  readonly number: number;
  readonly grp: number | null;
  readonly join_pos: number | null;
  readonly left_pos: number | null;
  readonly [column: string]: string | number | null;
}

export interface ToldGroup {
  readonly group: number;
  /** How many users of the group are joined, invited or knocking. */
  readonly members: number;
  /** The last position that the group is known to have. */
  readonly told: number;
  /** The last position that the group must have although nobody of it is left. */
  readonly due: number;
}

const COLUMNS = 'user_id, membership, number, grp, join_pos, left_pos';

/** Members kept in memory: every read asks for its reader. */
const KEPT = 1000;

export class MemberStore {
  readonly #sql: Sql;
  readonly #owner: number;
  readonly #known = new Bounded<string, Member>(KEPT);

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  /** Forgets what a change that was undone has left. */
  forget(): void {
    this.#known.clear();
  }

  get(userId: string): Member | undefined {
    const known = this.#known.get(userId);
    if (known !== undefined) return known;
    const row = this.#sql.first<MemberRow>(
      `SELECT ${COLUMNS} FROM room_members WHERE owner = ? AND user_id = ?`,
      this.#owner,
      userId,
    );
    if (row === undefined) return undefined;
    const member = fromRow(row);
    this.#known.set(userId, member);
    return member;
  }

  put(member: Member): void {
    this.#known.set(member.userId, member);
    this.#sql.run(
      `INSERT INTO room_members (owner, user_id, membership, number, grp, join_pos, left_pos, server)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner, user_id) DO UPDATE SET membership = excluded.membership, number = excluded.number, grp = excluded.grp,
       join_pos = excluded.join_pos, left_pos = excluded.left_pos`,
      this.#owner,
      member.userId,
      member.membership,
      member.number,
      member.group ?? null,
      member.joinPos ?? null,
      member.leftPos ?? null,
      member.group === undefined ? serverOf(member.userId) : null,
    );
  }

  /** The users of another server who have a membership now or had one, by the age of their membership event. */
  ofServer(server: string, limit: number): Member[] {
    return this.#sql
      .all<MemberRow>(
        `SELECT ${COLUMNS} FROM room_members WHERE owner = ? AND server = ? ORDER BY number LIMIT ?`,
        this.#owner,
        server,
        limit,
      )
      .map(fromRow);
  }

  /** Whether any user of another server is joined, but for one. */
  anyJoined(server: string, butFor: string): boolean {
    return (
      this.#sql.first(
        // Left to itself, SQLite would look through all members.
        `SELECT 1 AS found FROM room_members INDEXED BY room_members_server
         WHERE owner = ? AND server = ? AND membership = 'join' AND user_id <> ? LIMIT 1`,
        this.#owner,
        server,
        butFor,
      ) !== undefined
    );
  }

  /** Whether any user of ours is joined. */
  anyLocalJoined(): boolean {
    return (
      this.#sql.first(
        "SELECT 1 AS found FROM room_members WHERE owner = ? AND membership = 'join' AND server IS NULL LIMIT 1",
        this.#owner,
      ) !== undefined
    );
  }

  /** Forgets some of the members of other servers; answers how many. */
  deleteElsewhere(limit: number): number {
    return this.#sql.run(
      `DELETE FROM room_members WHERE owner = ?1 AND user_id IN
       (SELECT user_id FROM room_members WHERE owner = ?1 AND server IS NOT NULL LIMIT ?2)`,
      this.#owner,
      limit,
    );
  }

  /** The first members with a membership, by the age of the membership event. */
  first(membership: string, limit: number): Member[] {
    return this.#sql
      .all<MemberRow>(
        `SELECT ${COLUMNS} FROM room_members WHERE owner = ? AND membership = ? ORDER BY number LIMIT ?`,
        this.#owner,
        membership,
        limit,
      )
      .map(fromRow);
  }

  /** The same of our own users. */
  firstLocal(membership: string, limit: number): Member[] {
    return this.#sql
      .all<MemberRow>(
        `SELECT ${COLUMNS} FROM room_members
         WHERE owner = ? AND membership = ? AND server IS NULL ORDER BY number LIMIT ?`,
        this.#owner,
        membership,
        limit,
      )
      .map(fromRow);
  }

  /** Whether somebody here is in the room, or was and has not forgotten it. Looks at all members. */
  isRemembered(serverName: string): boolean {
    const row = this.#sql.first(
      `SELECT 1 AS found FROM room_members WHERE owner = ? AND (grp IS NOT NULL OR server = ?)
       AND (left_pos IS NOT NULL OR membership IN ('join', 'invite', 'knock')) LIMIT 1`,
      this.#owner,
      serverName,
    );
    return row !== undefined;
  }

  groups(): ToldGroup[] {
    return this.#sql
      .all<{ grp: number; members: number; told: number; due: number }>(
        'SELECT grp, members, told, due FROM room_groups WHERE owner = ? ORDER BY grp',
        this.#owner,
      )
      .map((row) => ({ group: row.grp, members: row.members, told: row.told, due: row.due }));
  }

  putGroup(group: ToldGroup): void {
    this.#sql.run(
      `INSERT INTO room_groups (owner, grp, members, told, due) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (owner, grp) DO UPDATE SET members = excluded.members, told = excluded.told, due = excluded.due`,
      this.#owner,
      group.group,
      group.members,
      group.told,
      group.due,
    );
  }
}

function fromRow(row: MemberRow): Member {
  return {
    userId: row.user_id,
    membership: row.membership,
    number: row.number,
    group: row.grp ?? undefined,
    joinPos: row.join_pos ?? undefined,
    leftPos: row.left_pos ?? undefined,
  };
}
