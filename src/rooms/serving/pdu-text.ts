// An event as other servers get it.
import type { Pdu } from '../../events/pdu.ts';

/** Without `unsigned`: what others added is theirs, and what we would say there is for clients. */
export function pduText({ json }: Pdu): string {
  const { unsigned: _unsigned, ...event } = json;
  return JSON.stringify(event);
}
