// The tables of a Users object.
import type { Schema } from '../ports/sql.ts';
import { accountsStep, remainsStep } from './accounts/schema.ts';
import { bornStep, sessionsStep } from './accounts/sessions-schema.ts';
import { backupStep } from './backup/schema.ts';
import { dataStep } from './data/schema.ts';
import { dehydratedStep, keysStep } from './keys/schema.ts';
import { pushersStep, pushStep } from './push/schema.ts';
import { forgottenStep, leftAtStep, streamStep } from './stream/schema.ts';
import { presenceStep } from './presence/schema.ts';
import { inboxStep, toDeviceStep, transactionsStep } from './to-device/schema.ts';

export const usersSchema: Schema = {
  object: 'users',
  steps: [
    accountsStep,
    dataStep,
    keysStep,
    toDeviceStep,
    backupStep,
    streamStep,
    leftAtStep,
    sessionsStep,
    forgottenStep,
    pushStep,
    remainsStep,
    presenceStep,
    dehydratedStep,
    inboxStep,
    pushersStep,
    transactionsStep,
    bornStep,
  ],
};
