// Paths that name a user are for that user alone.
import { forbidden } from '../spec/errors.ts';
import type { UserCall } from './endpoint.ts';

/** Throws 403 M_FORBIDDEN unless the path's `{userId}` is the user of the token. */
export function demandOwnPath(call: UserCall): void {
  if (call.param('userId') !== call.by.userId) throw forbidden("This is another user's.");
}
