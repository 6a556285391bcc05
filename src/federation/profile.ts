// Profiles of users of other servers. https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile
import { forbidden, MatrixError, notFound } from '../spec/errors.ts';
import { serverOf } from '../spec/identifiers/user-id.ts';
import type { JsonObject } from '../spec/json.ts';
import { targetOf } from './client.ts';
import type { Federation } from './federation.ts';

/** A profile has at most 64 KiB; its server may write it with blanks. */
const PROFILE_BYTES = 128 * 1024;
const TIMEOUT_MS = 10_000;
/** Members of room events, which clients put into pages and requests as text. */
const TEXTS = ['displayname', 'avatar_url'] as const;

/**
 * All that the user's server tells, without a name or picture that is no text. Throws 404 M_NOT_FOUND if there is no such user,
 * 403 M_FORBIDDEN if the server does not tell us, 502 M_UNKNOWN if it cannot be asked.
 */
export async function askForProfile({ client }: Federation, userId: string): Promise<JsonObject> {
  const answer = await client.send({
    destination: serverOf(userId),
    method: 'GET',
    target: targetOf(['_matrix', 'federation', 'v1', 'query', 'profile'], [['user_id', userId]]),
    maxAnswerBytes: PROFILE_BYTES,
    timeoutMs: TIMEOUT_MS,
  });
  if (answer.kind === 'refused' && answer.status === 404) throw notFound('There is no such user.');
  if (answer.kind === 'refused' && answer.status === 403) throw forbidden('The server of the user does not tell.');
  if (answer.kind !== 'ok') throw new MatrixError(502, 'M_UNKNOWN', 'The server of the user could not be asked.');
  const unfit = (name: string): boolean => TEXTS.some((text) => text === name) && typeof answer.json[name] !== 'string';
  return Object.fromEntries(Object.entries(answer.json).filter(([name]) => !unfit(name)));
}
