// User-interactive authentication: a session is bound to one operation, remembers its body, and authorises it once.
// https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api
import { forbidden, missingParam } from '../spec/errors.ts';
import { canonicalJson } from '../spec/canonical-json.ts';
import { isObject, member, type Json, type JsonObject } from '../spec/json.ts';
import type { Call, UserCall } from './endpoint.ts';
import { isPassword } from './new-device.ts';

const REMEMBERED_LENGTH = 255;

/** The 401 answer that says how to go on; an error code is there if a stage failed. */
export class Challenge extends Error {
  readonly body: JsonObject;

  constructor(body: JsonObject) {
    super('authentication is needed');
    this.body = body;
  }
}

export interface Stage {
  readonly type: string;
  /** Checks what the client sent for the stage: undefined if it is good, else what is wrong. */
  check(auth: JsonObject, session: string): Promise<string | undefined>;
}

export interface Passed {
  /** What the client sent, in this request and the first. */
  readonly body: JsonObject;
  readonly session: string;
}

interface Asked {
  readonly group: number;
  readonly userId: string | undefined;
  /** One flow; its stages in order. */
  readonly stages: readonly Stage[];
  /** The members of the first body that the session keeps, for clients that send them once. Never a secret. */
  readonly remembers: readonly string[];
  /** The members that the request which carries the operation out must have itself, such as a new password. */
  readonly needs?: readonly string[];
}

/** Answers when every stage is completed; throws a `Challenge` until then. The session has ended then. */
export async function interactive(
  call: Call,
  { group, userId, stages, remembers, needs = [] }: Asked,
): Promise<Passed> {
  const { auth, ...rest } = call.body;
  const remembered = Object.fromEntries(
    remembers.flatMap((name) => (Object.hasOwn(rest, name) ? [[name, short(rest[name])] as const] : [])),
  );
  const given = isObject(auth) ? auth : undefined;
  const name = given && member(given, 'session');
  const types = stages.map((stage) => stage.type);
  const open = () =>
    call.env.actors.users(group).accounts.openUiaSession({ operation: call.operation, userId, body: remembered });
  const challenge = (session: string, completed: readonly string[], failure?: JsonObject): Challenge =>
    new Challenge({ ...failure, session, completed, flows: [{ stages: types }], params: {} });
  const named = typeof name === 'string' ? groupOfSession(name) : undefined;
  const sessions = call.env.actors.users(
    named !== undefined && (await call.groups.has(named)) ? named : group,
  ).accounts;
  const found = typeof name === 'string' ? await sessions.uiaSession(name, call.operation, userId) : undefined;
  // What a user began on some devices is not carried out on others.
  const isSame = userId === undefined || found === undefined || agree(found.body, remembered);
  const known = isSame ? found : undefined;
  // A stage may be given at once, without a session, as many clients do: it belongs to a session of its own then.
  const atOnce = given !== undefined && name === undefined && member(given, 'type') !== undefined;
  if (!known && !atOnce) throw challenge((await open()).session, []);
  const session = known && typeof name === 'string' ? name : (await open()).session;
  let completed = known?.completed ?? [];
  const next = stages.find((stage) => !completed.includes(stage.type));
  const type = given && member(given, 'type');
  if (given && next && type !== undefined) {
    const wrong = type === next.type ? await next.check(given, session) : `The next stage is ${next.type}.`;
    if (wrong !== undefined) throw challenge(session, completed, { errcode: 'M_FORBIDDEN', error: wrong });
    completed = (await sessions.completeUiaStage(session, next.type)).completed;
  }
  if (!types.every((type) => completed.includes(type))) throw challenge(session, completed);
  const body = { ...known?.body, ...rest };
  for (const name of needs) if (!Object.hasOwn(body, name)) throw missingParam(`${name} is missing.`);
  if (!(await sessions.endUiaSession(session))) throw challenge((await open()).session, []);
  return { body, session };
}

/** The password of the user who asks; `proven` is the hash that it is of, for what must be sure that it still is. */
export async function withPassword(
  call: UserCall,
  remembers: readonly string[] = [],
  needs: readonly string[] = [],
): Promise<Passed & { readonly proven: string }> {
  const { group, userId } = call.by;
  const stage = passwordStage(call);
  const passed = await interactive(call, { group, userId, stages: [stage], remembers, needs });
  const proven = stage.proven ?? (await call.env.actors.users(group).accounts.passwordRecord(userId))?.passwordHash;
  if (proven === undefined) throw forbidden('This account has no password.');
  return { ...passed, proven };
}

export const dummyStage: Stage = { type: 'm.login.dummy', check: async () => undefined };

function passwordStage({ env, by, limits, address }: UserCall): Stage & { readonly proven: string | undefined } {
  let proven: string | undefined;
  return {
    type: 'm.login.password',
    get proven() {
      return proven;
    },
    async check(auth) {
      const password = member(auth, 'password');
      if (typeof password !== 'string') return 'The password is missing.';
      if (!namesUser(auth, by.userId, env.settings.serverName)) throw forbidden('This is another user.');
      const attempt = limits.attempt(by.userId, address);
      const record = await env.actors.users(by.group).accounts.passwordRecord(by.userId);
      if (!(await isPassword(env, password, record?.passwordHash))) return 'The password is wrong.';
      attempt.good();
      proven = record?.passwordHash;
      return undefined;
    },
  };
}

/** Whether a stage that names a user names this one. An e-mail address or a phone number is nobody's here. */
function namesUser(auth: JsonObject, userId: string, serverName: string): boolean {
  const identifier = member(auth, 'identifier');
  if (isObject(identifier) && member(identifier, 'type') !== 'm.id.user') return false;
  const user = isObject(identifier) ? member(identifier, 'user') : member(auth, 'user');
  if (user === undefined) return !isObject(identifier);
  if (typeof user !== 'string') return false;
  const named = user.toLowerCase();
  return named === userId.toLowerCase() || `@${named}:${serverName}` === userId;
}

/** Anybody may have a session remember something, so it is not long. */
function short(value: Json | undefined): Json | undefined {
  return typeof value === 'string' ? value.slice(0, REMEMBERED_LENGTH) : value;
}

/** Whether what both have is the same. */
function agree(one: JsonObject, other: JsonObject): boolean {
  return Object.keys(other).every(
    (name) => !Object.hasOwn(one, name) || canonicalJson(one[name] ?? null) === canonicalJson(other[name] ?? null),
  );
}

/** A session's name begins with the group that it lives in. */
export function groupOfSession(session: string): number | undefined {
  const group = /^([1-9]\d{0,8})_/.exec(session)?.[1];
  return group === undefined ? undefined : Number(group);
}
