// All conformance checks, in order.
import { alarmChecks } from './alarm.ts';
import { callChecks } from './calls.ts';
import { durabilityChecks } from './durability.ts';
import { sqlChecks } from './sql.ts';
import { sqlLimitChecks } from './sql-limits.ts';
import { transactionChecks } from './transactions.ts';
import type { Check } from './world.ts';

export const conformanceChecks: readonly Check[] = [
  ...sqlChecks,
  ...sqlLimitChecks,
  ...transactionChecks,
  ...alarmChecks,
  ...callChecks,
  ...durabilityChecks,
];
