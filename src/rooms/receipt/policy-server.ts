// Check 7: "Is validated by the Policy Server, if the room is using a Policy Server, otherwise it is soft failed."
// https://spec.matrix.org/v1.19/server-server-api/#validating-policy-server-signatures
import type { Finding } from './finding.ts';

/** Policy servers are not asked yet: this is where their signature will be looked for, and every event passes. */
export function approvedByPolicyServer(): Finding {
  return undefined;
}
