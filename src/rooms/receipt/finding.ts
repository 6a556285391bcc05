// What one check says about one event.

/** Undefined: the event passes. */
export type Finding = Failure | undefined;

export interface Failure {
  /** `dropped`: as if it had never come; `rejected`: stored, counts for nothing; `soft-failed`: kept out of sight. */
  readonly outcome: 'dropped' | 'rejected' | 'soft-failed';
  readonly reason: string;
}
