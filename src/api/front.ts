// The front: every request comes in here. https://spec.matrix.org/v1.19/client-server-api/#api-standards
import * as v from 'valibot';
import { type Federation, makeFederation } from '../federation/federation.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from '../ports/http.ts';
import { invalidParam, MatrixError, missingToken, unknownToken, unrecognized } from '../spec/errors.ts';
import { IDENTIFIER_BYTES } from '../spec/limits.ts';
import { groupOfToken } from '../spec/identifiers/access-token.ts';
import type { Json } from '../spec/json.ts';
import { readJson } from '../spec/strict-json.ts';
import { demandNotSuspended, demandOpenToGuests, demandUnlocked } from './account-standing.ts';
import { readBody } from './body.ts';
import type { Call, Endpoint, OpenEndpoint, Reply, UserCall, UserEndpoint } from './endpoint.ts';
import { endpoints } from './endpoints.ts';
import { KnownGroups } from './known-groups.ts';
import { classOf, RequestLimits } from './request-limits.ts';
import { Router } from './router.ts';
import { readServerRequest } from './server-request.ts';
import { Challenge } from './uia.ts';

/** What takes longer to arrive may be another's by then: the session may have ended, or the account been locked. */
const BODY_AT_ONCE_MS = 100;

type Header = readonly [name: string, value: string];

/** https://spec.matrix.org/v1.19/client-server-api/#web-browser-clients */
const CORS: readonly Header[] = [
  ['access-control-allow-origin', '*'],
  ['access-control-allow-methods', 'GET, POST, PUT, DELETE, OPTIONS'],
  ['access-control-allow-headers', 'X-Requested-With, Content-Type, Authorization'],
];
const JSON_HEADERS: readonly Header[] = [...CORS, ['content-type', 'application/json'], ['cache-control', 'no-store']];
const PREFLIGHT: HttpAnswer = { status: 204, headers: [...CORS, ['access-control-max-age', '86400']], body: undefined };

export interface FrontOptions {
  /** Holds every answer to its endpoint's shape, and fails the request if it is another. For tests. */
  readonly checkAnswers?: boolean;
}

export function makeFront(env: FrontEnv, options: FrontOptions = {}): HttpHandler {
  const router = new Router(endpoints);
  const groups = new KnownGroups(env);
  const limits = new RequestLimits(env);
  const federation = makeFederation(env);
  return async (request) => {
    if (request.method === 'OPTIONS') return PREFLIGHT;
    try {
      return await answer({ env, router, groups, limits, federation, options }, request);
    } catch (error) {
      return refusal(env, request, error);
    }
  };
}

interface Front {
  readonly env: FrontEnv;
  readonly router: Router;
  readonly groups: KnownGroups;
  readonly limits: RequestLimits;
  readonly federation: Federation;
  readonly options: FrontOptions;
}

async function answer(front: Front, request: HttpRequest): Promise<HttpAnswer> {
  const { env, router, groups, limits, federation } = front;
  // An answer to HEAD is one to GET of which the runtime sends the head alone.
  const route = router.find(request.method === 'HEAD' ? 'GET' : request.method, request.target);
  if (route.kind === 'unknown') throw unrecognized(404);
  if (route.kind === 'wrong-method')
    return jsonAnswer(405, unrecognized(405).toJson(), [
      ['allow', [...route.allowed, ...(route.allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')],
    ]);
  const { endpoint, params, query } = route;
  // No object comes to life for what cannot be a room's id.
  if ((params.get('roomId') ?? params.get('roomIdOrAlias') ?? '').length > IDENTIFIER_BYTES)
    throw invalidParam('This is not a room id.');
  const about = {
    env,
    endpoint,
    groups,
    limits,
    federation,
    query,
    param: (name: string) => params.get(name) ?? '',
    operation: `${request.method} ${request.target.split('?')[0]}`,
    address: request.address,
    userAgent: request.header('user-agent'),
    gone: request.gone,
  };
  if (endpoint.auth === 'server') {
    const asked = await readServerRequest(front, request, endpoint);
    federation.hearing.heard(asked.origin);
    return finished(front, endpoint, await endpoint.handle({ ...about, ...asked }));
  }
  // Who asks, and whether they have asked too often, is settled before what they sent is read.
  const by = endpoint.auth === 'user' ? await authenticate(front, request, query, classOf(endpoint)) : undefined;
  if (by === undefined) limits.count(endpoint, request.address);
  else {
    demandUnlocked(endpoint, by);
    demandOpenToGuests(endpoint, by, params.get('keyName'));
  }
  const began = env.clock.monotonic();
  const call: Call = { ...about, body: await readBody(request, endpoint) };
  const again = async (): Promise<UserCall['by']> => {
    const now = await authenticate(front, request, query, undefined);
    demandUnlocked(endpoint, now);
    return now;
  };
  const slow = env.clock.monotonic() - began > BODY_AT_ONCE_MS;
  const reply = await handle(endpoint, call, by && slow ? await again() : by, again);
  return finished(front, endpoint, reply);
}

function finished({ options }: Front, endpoint: Endpoint, reply: Reply): HttpAnswer {
  if (options.checkAnswers) checkAnswer(endpoint, reply);
  return replyAnswer(reply);
}

function checkAnswer(endpoint: Endpoint, reply: Reply): void {
  if ('html' in reply) return;
  const { issues } = v.safeParse(
    endpoint.answer,
    readJson('text' in reply ? reply.text : JSON.stringify(reply.json)).value,
    { abortEarly: true },
  );
  const issue = issues?.[0];
  if (issue)
    throw new Error(
      `${endpoint.operationId} answers what it must not: ${v.getDotPath(issue) ?? 'all of it'}: ${issue.message}`,
    );
}

async function handle(
  endpoint: OpenEndpoint | UserEndpoint,
  call: Call,
  by: UserCall['by'] | undefined,
  again: UserCall['again'],
): Promise<Reply> {
  if (endpoint.auth === 'none') return endpoint.handle(call);
  if (!by) throw missingToken();
  const userCall = { ...call, by, again };
  await demandNotSuspended(userCall);
  return endpoint.handle(userCall);
}

/** `Authorization: Bearer`, or the query parameter that servers up to v1.19 still take. */
function tokenOf(request: HttpRequest, query: URLSearchParams): string {
  const header = request.header('authorization');
  const token = header === undefined ? query.get('access_token') : /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (!token) throw missingToken();
  return token;
}

async function authenticate(
  { env, groups }: Front,
  request: HttpRequest,
  query: URLSearchParams,
  countsAs: ReturnType<typeof classOf>,
): Promise<UserCall['by']> {
  const token = tokenOf(request, query);
  const group = groupOfToken(token);
  if (group === undefined || !(await groups.has(group))) throw unknownToken();
  return env.actors.users(group).accounts.authenticate(token, {
    address: request.address,
    userAgent: request.header('user-agent'),
    countsAs,
  });
}

function refusal(env: FrontEnv, request: HttpRequest, error: unknown): HttpAnswer {
  if (error instanceof Challenge) return jsonAnswer(401, error.body);
  if (error instanceof MatrixError) {
    const after = error.extra['retry_after_ms'];
    return jsonAnswer(
      error.status,
      error.toJson(),
      typeof after === 'number' ? [['retry-after', String(Math.ceil(after / 1000))]] : [],
    );
  }
  env.log.error('a request failed', {
    method: request.method,
    path: request.target.split('?')[0],
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return jsonAnswer(500, { errcode: 'M_UNKNOWN', error: 'Internal server error.' });
}

function replyAnswer(reply: Reply): HttpAnswer {
  if ('html' in reply) return { status: reply.status ?? 200, headers: pageHeaders(reply.policy), body: reply.html };
  const body = 'text' in reply ? reply.text : JSON.stringify(reply.json);
  return { status: reply.status ?? 200, headers: JSON_HEADERS, body };
}

/** The address of a page may name a session, which is for nobody else to see. */
function pageHeaders(policy: string): readonly Header[] {
  return [
    ...CORS,
    ['content-type', 'text/html; charset=utf-8'],
    ['cache-control', 'no-store'],
    ['content-security-policy', policy],
    ['referrer-policy', 'no-referrer'],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
  ];
}

function jsonAnswer(status: number, body: Json, more: readonly Header[] = []): HttpAnswer {
  return { status, headers: [...JSON_HEADERS, ...more], body: JSON.stringify(body) };
}
