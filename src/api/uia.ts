// User-interactive authentication: a session is bound to one operation, remembers its body, and authorises it once.
// https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api
import { forbidden } from '../spec/errors.ts';
import { isObject, member, type JsonObject } from '../spec/json.ts';
import type { Call, UserCall } from './endpoint.ts';
import { isPassword } from './new-device.ts';

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
}

/** Answers when every stage is completed; throws a `Challenge` until then. The session has ended then. */
export async function interactive(call: Call, { group, userId, stages, remembers }: Asked): Promise<Passed> {
  const { auth, ...rest } = call.body;
  const remembered = Object.fromEntries(
    remembers.flatMap((name) => (Object.hasOwn(rest, name) ? [[name, rest[name]] as const] : [])),
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
  const known = typeof name === 'string' ? await sessions.uiaSession(name, call.operation, userId) : undefined;
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
  if (!(await sessions.endUiaSession(session))) throw challenge((await open()).session, []);
  return { body: { ...known?.body, ...rest }, session };
}

/** The password of the user who asks. */
export async function withPassword(call: UserCall, remembers: readonly string[] = []): Promise<Passed> {
  return interactive(call, { group: call.by.group, userId: call.by.userId, stages: [passwordStage(call)], remembers });
}

export const dummyStage: Stage = { type: 'm.login.dummy', check: async () => undefined };

function passwordStage({ env, by, limits, address }: UserCall): Stage {
  return {
    type: 'm.login.password',
    async check(auth) {
      const password = member(auth, 'password');
      const named = namedUser(auth);
      if (typeof password !== 'string') return 'The password is missing.';
      if (named !== undefined && named !== by.userId && `@${named}:${env.settings.serverName}` !== by.userId)
        throw forbidden('This is another user.');
      const attempt = limits.attempt(by.userId, address);
      const record = await env.actors.users(by.group).accounts.passwordRecord(by.userId);
      if (!(await isPassword(env, password, record?.passwordHash))) return 'The password is wrong.';
      attempt.good();
      return undefined;
    },
  };
}

function namedUser(auth: JsonObject): string | undefined {
  const identifier = member(auth, 'identifier');
  const user = isObject(identifier) ? member(identifier, 'user') : member(auth, 'user');
  return typeof user === 'string' ? user : undefined;
}

/** A session's name begins with the group that it lives in. */
function groupOfSession(session: string): number | undefined {
  const group = /^([1-9]\d{0,8})_/.exec(session)?.[1];
  return group === undefined ? undefined : Number(group);
}
