// Stages of user-interactive authentication in a browser, for clients that do not know them.
// https://spec.matrix.org/v1.19/client-server-api/#fallback
import * as v from 'valibot';
import { missingParam, unrecognized } from '../../spec/errors.ts';
import type { Call, Endpoint, Reply } from '../endpoint.ts';
import { isPassword } from '../new-device.ts';
import { escaped, pageReply } from '../page.ts';
import { registrationTokenStage } from '../registration-token-stage.ts';
import { groupOfSession } from '../uia.ts';

type StageType = 'm.login.dummy' | 'm.login.password' | 'm.login.registration_token';

interface Asked {
  readonly session: string;
  readonly group: number;
  readonly userId: string | undefined;
  readonly isDone: boolean;
}

/** By the specification's text; it closes nothing, the client does. */
const DONE_SCRIPT = `
if (window.onAuthDone) {
    window.onAuthDone();
} else if (window.opener && window.opener.postMessage) {
    window.opener.postMessage("authDone", "*");
}
`;
const DONE = pageReply({
  title: 'Done',
  body: '<p>Go back to your client: it can go on now.</p>',
  script: DONE_SCRIPT,
});
const ENDED = pageReply({
  status: 404,
  title: 'This has ended',
  body: '<p>Nothing waits for this any more. Begin anew in your client.</p>',
});

const shared = {
  path: '/_matrix/client/v3/auth/{authType}/fallback/web',
  auth: 'none',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#fallback',
  answer: v.string(),
} as const;

export const authFallback: readonly Endpoint[] = [
  {
    ...shared,
    operationId: 'authFallback',
    method: 'GET',
    rateLimit: 'read',
    async handle(call: Call) {
      const type = stageOf(call);
      const asked = await askedIn(call, type);
      if (asked === undefined) return ENDED;
      return asked.isDone ? DONE : form(type, asked);
    },
  },
  {
    ...shared,
    operationId: 'completeAuthFallback',
    method: 'POST',
    rateLimit: 'login',
    form: ['password', 'token'],
    maxBodyBytes: 4096,
    async handle(call: Call) {
      const type = stageOf(call);
      const asked = await askedIn(call, type);
      if (asked === undefined) return ENDED;
      if (asked.isDone) return DONE;
      const wrong = await wrongIn(call, type, asked);
      if (wrong !== undefined) return form(type, asked, wrong);
      const { accounts } = call.env.actors.users(asked.group);
      // It may have ended while the password was looked at.
      if ((await accounts.uiaSessionFor(asked.session)) === undefined) return ENDED;
      await accounts.completeUiaStage(asked.session, type);
      return DONE;
    },
  },
];

function stageOf({ param }: Call): StageType {
  const type = param('authType');
  if (type === 'm.login.dummy' || type === 'm.login.password' || type === 'm.login.registration_token') return type;
  throw unrecognized(404);
}

/** What a session waits for; undefined if there is none that has this stage. */
async function askedIn({ env, groups, query }: Call, type: StageType): Promise<Asked | undefined> {
  const session = query.get('session');
  if (session === null) throw missingParam('session is missing.');
  const group = groupOfSession(session);
  if (group === undefined || !(await groups.has(group))) return undefined;
  const found = await env.actors.users(group).accounts.uiaSessionFor(session);
  if (found === undefined) return undefined;
  // Those that a user opened take the password; the others register.
  const registers = env.settings.registration === 'token' ? 'm.login.registration_token' : 'm.login.dummy';
  if (type !== (found.userId === undefined ? registers : 'm.login.password')) return undefined;
  return { session, group, userId: found.userId, isDone: found.completed.includes(type) };
}

/** What is wrong with what was sent; undefined if nothing is. */
async function wrongIn(call: Call, type: StageType, { session, group, userId }: Asked): Promise<string | undefined> {
  const { env, body, limits, address } = call;
  if (type === 'm.login.registration_token') return registrationTokenStage(call).check(body, session);
  if (type === 'm.login.dummy' || userId === undefined) return undefined;
  const { password } = body as { password?: string };
  if (password === undefined) return 'The password is missing.';
  const attempt = limits.attempt(userId, address);
  const record = await env.actors.users(group).accounts.passwordRecord(userId);
  if (!(await isPassword(env, password, record?.passwordHash))) return 'The password is wrong.';
  attempt.good();
  return undefined;
}

/** It goes to where it came from, so that nothing of the request has to stand in it. */
function form(type: StageType, { userId }: Asked, wrong?: string): Reply {
  const alert = wrong === undefined ? '' : `<p role="alert">${escaped(wrong)}</p>`;
  return pageReply({
    status: wrong === undefined ? 200 : 401,
    title: type === 'm.login.password' ? 'Confirm that it is you' : 'Register',
    body: `${alert}<form method="post">${fields(type, userId ?? '')}<button>Go on</button></form>`,
  });
}

function fields(type: StageType, userId: string): string {
  switch (type) {
    case 'm.login.password':
      return `<label>Account <input value="${escaped(userId)}" autocomplete="username" readonly></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required autofocus></label>`;
    case 'm.login.registration_token':
      return '<label>Registration token <input name="token" autocomplete="off" required autofocus></label>';
    case 'm.login.dummy':
      return '';
  }
}
