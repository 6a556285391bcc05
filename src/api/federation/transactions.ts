// https://spec.matrix.org/v1.19/server-server-api/#transactions
import * as v from 'valibot';
import { receiveTransaction } from '../../federation/receiving.ts';
import { invalidParam } from '../../spec/errors.ts';
import { isObject, member } from '../../spec/json.ts';
import { IDENTIFIER_BYTES, PDU_BYTES, TRANSACTION_EDUS, TRANSACTION_PDUS } from '../../spec/limits.ts';
import type { Endpoint } from '../endpoint.ts';

/**
 * As much as a transaction with the most and the longest events takes, and as many EDUs of that size: a server that is refused
 * for the size would send the same again for ever.
 */
const TRANSACTION_BYTES = (TRANSACTION_PDUS + TRANSACTION_EDUS) * PDU_BYTES;

/** Canonical JSON of the longest event takes no more than this in any spelling: six characters for one. */
const LONGEST_TEXT = 6 * PDU_BYTES;

/** EDUs are counted and left aside: what they tell of (typing, receipts, presence, devices) is not taken from others yet. */
export const sendTransaction: Endpoint = {
  operationId: 'sendTransaction',
  method: 'PUT',
  path: '/_matrix/federation/v1/send/{txnId}',
  alsoPaths: ['/_matrix/federation/v1/send/{txnId}/'],
  auth: 'server',
  rateLimit: 'federation',
  spec: 'https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid',
  maxBodyBytes: TRANSACTION_BYTES,
  lists: {
    most: new Map([
      ['pdus', TRANSACTION_PDUS],
      ['edus', TRANSACTION_EDUS],
    ]),
    longest: LONGEST_TEXT,
  },
  body: v.looseObject({
    origin: v.string(),
    origin_server_ts: v.number(),
    pdus: v.array(v.unknown()),
    edus: v.optional(v.array(v.unknown())),
  }),
  answer: v.strictObject({ pdus: v.record(v.string(), v.strictObject({ error: v.optional(v.string()) })) }),
  async handle({ federation, origin, body, texts, param }) {
    const transactionId = param('txnId');
    if (transactionId === '' || transactionId.length > IDENTIFIER_BYTES)
      throw invalidParam('This is not a transaction id.');
    if (member(body, 'origin') !== origin) throw invalidParam('The transaction is of another server than the request.');
    const values = member(body, 'pdus');
    const pdus = Array.isArray(values) ? values : [];
    const arrived = texts('pdus').map((text, index) => {
      const value: unknown = pdus[index];
      return { text, json: isObject(value) ? value : undefined };
    });
    return { text: await receiveTransaction(federation, origin, transactionId, arrived) };
  },
};
