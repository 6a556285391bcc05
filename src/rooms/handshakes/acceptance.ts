// Lets the membership event of another server's user in, through the same checks as any event.
// https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid
import type { Pdu } from '../../events/pdu.ts';
import { pduOf } from '../../events/read-pdu.ts';
import { signEvent } from '../../events/sign-event.ts';
import type { Signer } from '../../events/signing-key.ts';
import type { ServerKeys } from '../../ports/contracts/servers-keys.ts';
import { forbidden, invalidParam } from '../../spec/errors.ts';
import { member } from '../../spec/json.ts';
import { Change } from '../change.ts';
import { check, take } from '../receipt/receipt.ts';
import { keysFor } from '../receipt/key-ring.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';

/**
 * One commit, unless the event is here already. What may not happen leaves no trace. Throws 400 M_INVALID_PARAM, 403 M_FORBIDDEN.
 */
export function acceptEvent(
  data: RoomData,
  pdu: Pdu,
  keys: readonly ServerKeys[],
  signer: Signer,
): { readonly event: StoredEvent; readonly change: Change | undefined } {
  const known = data.byId(pdu.eventId);
  // An outlier has no place in the room yet.
  if (known?.verdict === 'accepted' && !known.outlier) return { event: known, change: undefined };
  if (known?.verdict === 'rejected') throw forbidden('The event was rejected before.');
  const { result, change } = Change.commit(data, (commit) => {
    const candidate = { pdu, signatures: 'unverified', transaction: undefined } as const;
    const checked = check(commit, candidate, keysFor(data.version, keys, signer));
    if ('outcome' in checked) throw invalidParam(`The event cannot be taken: ${checked.reason.replaceAll('-', ' ')}.`);
    const { failure } = checked;
    if (failure !== undefined) throw forbidden(`That may not happen: ${failure.reason.replaceAll('-', ' ')}.`);
    return take(commit, checked, { known, relayed: true });
  });
  return { event: result, change };
}

/** With our signature, where the event names a user of ours who vouches for the join, and that one was found to. */
export function coSigned(data: RoomData, pdu: Pdu, voucher: string | undefined, signer: Signer): Pdu {
  const named = member(pdu.content, 'join_authorised_via_users_server');
  if (voucher === undefined || typeof named !== 'string' || !data.groups.isLocal(named)) return pdu;
  return pduOf(signEvent(pdu.json, data.version, signer), data.version, pdu.eventId);
}
