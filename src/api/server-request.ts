// A request of another server: who it says it is, whether it may ask so often, and whether it has signed this very request.
// https://spec.matrix.org/v1.19/server-server-api/#request-authentication
import { checkSignatures } from '../events/signatures.ts';
import type { Federation } from '../federation/federation.ts';
import { requestText } from '../federation/request-text.ts';
import { parseXMatrix, type XMatrix } from '../federation/x-matrix.ts';
import type { HttpRequest } from '../ports/http.ts';
import { NotCanonicalError } from '../spec/canonical-json.ts';
import { badJson, unauthorized } from '../spec/errors.ts';
import { isServerName } from '../spec/identifiers/server-name.ts';
import { isObject, type Json, type JsonObject } from '../spec/json.ts';
import { IDENTIFIER_BYTES } from '../spec/limits.ts';
import { bytesOf, checkShape, parseBody } from './body.ts';
import { readInPieces } from './body-in-pieces.ts';
import type { ServerCall, ServerEndpoint } from './endpoint.ts';
import type { RequestLimits } from './request-limits.ts';

type Asked = Pick<ServerCall, 'origin' | 'body' | 'bodyText' | 'texts'>;

/**
 * Reads the request and holds it to its signatures: what is answered is what they cover. Throws 401 M_UNAUTHORIZED for
 * whatever is not beyond doubt, 429 M_LIMIT_EXCEEDED, and what is wrong with a body.
 */
export async function readServerRequest(
  { federation, limits }: { readonly federation: Federation; readonly limits: RequestLimits },
  request: HttpRequest,
  endpoint: ServerEndpoint,
): Promise<Asked> {
  const { env } = federation;
  const ownName = env.settings.serverName;
  const signatures = signaturesOf(request.header('authorization'), ownName);
  const [{ origin, destination }] = signatures;
  limits.countServer(endpoint, origin, request.address);
  // A stranger's keys are got before their body is read: nobody's time is spent on who has none.
  const keys = await federation.keyRing.forRequest(
    origin,
    signatures.map(({ key }) => key),
    () => limits.countStranger(request.address),
  );
  if (keys.size === 0) throw unauthorized(`No key of ${origin} is known that it signed this request with.`);
  const bytes = endpoint.body ? await bytesOf(request, endpoint) : new Uint8Array();
  const { lists } = endpoint;
  const pieces =
    lists && bytes.length > 0 ? await readInPieces(bytes, lists.most, lists.longest, env.clock) : undefined;
  const content = bytes.length === 0 || pieces ? undefined : parseBody(bytes).value;
  const { method, target: uri } = request;
  const signed = { method, uri, origin, destination, content, ...(pieces && { contentText: pieces.canonical }) };
  const claimed: JsonObject = {
    signatures: Object.fromEntries([
      [origin, Object.fromEntries(signatures.map(({ key, signature }) => [key, signature]))],
    ]),
  };
  if (verdictOf(claimed, origin, keys, signed) !== 'valid')
    throw unauthorized(`This request was not signed by ${origin} as it came.`);
  return {
    origin,
    body: bodyOf(endpoint, pieces?.value ?? content),
    bodyText: new TextDecoder().decode(bytes),
    texts: (list) => pieces?.texts.get(list) ?? [],
  };
}

/** At least one, all of one server and for us. */
function signaturesOf(header: string | undefined, ownName: string): readonly [XMatrix, ...XMatrix[]] {
  const [first, ...more] = header === undefined ? [] : (parseXMatrix(header) ?? []);
  if (first === undefined) throw unauthorized('A request between servers is signed by an X-Matrix header.');
  const { origin, destination } = first;
  if (more.some((other) => other.origin !== origin || other.destination !== destination))
    throw unauthorized('The signatures are not of one request.');
  if (new Set([first, ...more].map(({ key }) => key)).size <= more.length)
    throw unauthorized('One key has signed twice.');
  if (destination !== undefined && destination !== ownName) throw unauthorized('This request is for another server.');
  if (origin.length > IDENTIFIER_BYTES || !isServerName(origin) || origin === ownName)
    throw unauthorized('The origin is no other server.');
  return [first, ...more];
}

function verdictOf(
  claimed: JsonObject,
  origin: string,
  keys: Parameters<typeof checkSignatures>[2],
  signed: Parameters<typeof requestText>[0],
): ReturnType<typeof checkSignatures> {
  try {
    let text: string | undefined;
    return checkSignatures(claimed, origin, keys, () => (text ??= requestText(signed)));
  } catch (error) {
    if (error instanceof NotCanonicalError) return 'invalid';
    throw error;
  }
}

/** Of a request whose signature was found good. */
function bodyOf(endpoint: ServerEndpoint, content: Json | undefined): JsonObject {
  if (!endpoint.body || (content === undefined && endpoint.emptyBody)) return {};
  if (!isObject(content)) throw badJson('The body must be a JSON object.');
  checkShape(endpoint.body, content);
  return content;
}
