// Reports, the newest of each reporter.
import type { NewReport, Report } from '../../ports/contracts/reports.ts';
import type { Sql } from '../../ports/sql.ts';

/** Reports kept of one reporter and of all; the oldest go first, so that nobody fills the disk and one crowds out only itself. */
const KEPT_OF_ONE = 500;
const KEPT = 50_000;
const COLUMNS = 'id, at, reporter, kind, room_id, event_id, user_id, reason';

interface ReportRow {
  readonly id: number;
  readonly at: number;
  readonly reporter: string;
  readonly kind: string;
  readonly room_id: string | null;
  readonly event_id: string | null;
  readonly user_id: string | null;
  readonly reason: string;
  readonly [column: string]: string | number | null;
}

export class ReportStore {
  readonly #sql: Sql;
  readonly #owner: number;

  constructor(sql: Sql, owner: number) {
    this.#sql = sql;
    this.#owner = owner;
  }

  add(report: NewReport, at: number): void {
    const id =
      (this.#sql.first<{ id: number | null }>('SELECT max(id) AS id FROM home_reports WHERE owner = ?', this.#owner)
        ?.id ?? 0) + 1;
    this.#sql.run(
      `INSERT INTO home_reports (owner, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.#owner,
      id,
      at,
      report.reporter,
      report.kind,
      report.roomId ?? null,
      report.eventId ?? null,
      report.userId ?? null,
      report.reason,
    );
    this.#sql.run('DELETE FROM home_reports WHERE owner = ? AND id <= ?', this.#owner, id - KEPT);
    this.#sql.run(
      `DELETE FROM home_reports WHERE owner = ?1 AND id IN
       (SELECT id FROM home_reports WHERE owner = ?1 AND reporter = ?2 ORDER BY id DESC LIMIT -1 OFFSET ?3)`,
      this.#owner,
      report.reporter,
      KEPT_OF_ONE,
    );
  }

  latestOf(reporter: string): Report | undefined {
    const row = this.#sql.first<ReportRow>(
      `SELECT ${COLUMNS} FROM home_reports WHERE owner = ? AND reporter = ? ORDER BY id DESC LIMIT 1`,
      this.#owner,
      reporter,
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** Reports with an id less than `before`, newest first. */
  list(before: number, limit: number): Report[] {
    return this.#sql
      .all<ReportRow>(
        `SELECT ${COLUMNS} FROM home_reports WHERE owner = ? AND id < ? ORDER BY id DESC LIMIT ?`,
        this.#owner,
        before,
        limit,
      )
      .map(fromRow);
  }
}

function fromRow(row: ReportRow): Report {
  return {
    id: row.id,
    at: row.at,
    reporter: row.reporter,
    kind: row.kind === 'event' || row.kind === 'room' ? row.kind : 'user',
    ...(row.room_id === null ? {} : { roomId: row.room_id }),
    ...(row.event_id === null ? {} : { eventId: row.event_id }),
    ...(row.user_id === null ? {} : { userId: row.user_id }),
    reason: row.reason,
  };
}
