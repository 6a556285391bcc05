// What users report. https://spec.matrix.org/v1.19/client-server-api/#reporting-content
import type { NewReport, Report } from '../ports/contracts/reports.ts';
import type { ObjectEnv } from '../ports/object-env.ts';
import { ReportStore } from './store/reports.ts';

export class Reports {
  readonly #env: ObjectEnv;
  readonly #store: ReportStore;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new ReportStore(env.sql, env.owner);
  }

  /** The same report twice in a row, as a client's second try is, is one. */
  add(report: NewReport): void {
    this.#env.sql.transaction(() => {
      const latest = this.#store.latestOf(report.reporter);
      if (latest === undefined || !isSame(latest, report)) this.#store.add(report, this.#env.clock.now());
    });
  }

  list(before: number | undefined, limit: number): readonly Report[] {
    return this.#store.list(before ?? Number.MAX_SAFE_INTEGER, limit);
  }
}

function isSame(one: NewReport, other: NewReport): boolean {
  const parts = ({ kind, roomId, eventId, userId, reason }: NewReport) => [kind, roomId, eventId, userId, reason];
  return JSON.stringify(parts(one)) === JSON.stringify(parts(other));
}
