// All conformance checks, in order: those of an object's doors, and those of the front's.
import { alarmChecks } from './alarm.ts';
import { blobChecks } from './blobs.ts';
import { callChecks } from './calls.ts';
import { clockChecks } from './clock.ts';
import { durabilityChecks } from './durability.ts';
import { httpChecks } from './http.ts';
import { randomChecks } from './random.ts';
import { sqlChecks } from './sql.ts';
import { sqlLimitChecks } from './sql-limits.ts';
import { transactionChecks } from './transactions.ts';
import type { Check, FrontCheck } from './world.ts';

export const conformanceChecks: readonly Check[] = [
  ...sqlChecks,
  ...sqlLimitChecks,
  ...transactionChecks,
  ...alarmChecks,
  ...callChecks,
  ...durabilityChecks,
  ...clockChecks,
  ...randomChecks,
];

export const frontChecks: readonly FrontCheck[] = [...clockChecks, ...randomChecks, ...blobChecks, ...httpChecks];
