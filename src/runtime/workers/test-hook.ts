// What only a server under test has: dropping an object from memory at any moment, as the platform may, letting the n-th
// statement of one fail, and what was counted. `POST /_hearth/test/abort?object=room|users|home|servers&name=…`,
// `POST /_hearth/test/fail?object=…&name=…&statements=N`, `GET /_hearth/test/costs`
import type { Bindings } from './bindings.ts';
import { takeCosts } from './costs.ts';
import { failAnyAfter } from './durable-sql.ts';
import { objectName } from './object-name.ts';
import { targetOf } from './http-request.ts';
import { skewClock } from './system.ts';

/** Answers the hook's request; undefined for every other one. */
export async function answerForTest(
  request: Request,
  bindings: Bindings,
  serverName: string,
): Promise<Response | undefined> {
  const target = targetOf(request.url);
  if (target === '/_hearth/test/costs') return json(takeCosts());
  if (target.startsWith('/_hearth/test/clock?')) {
    skewClock(Number(new URLSearchParams(target.slice(target.indexOf('?'))).get('ms')));
    return json({});
  }
  const fails = target.startsWith('/_hearth/test/fail?');
  if (!fails && !target.startsWith('/_hearth/test/abort?')) return undefined;
  const query = new URLSearchParams(target.slice(target.indexOf('?')));
  if (fails && !query.has('object')) return json({ failed: failAnyAfter(Number(query.get('statements'))) });
  const namespaces = new Map([
    ['room', bindings.ROOM],
    ['users', bindings.USERS],
    ['home', bindings.HOME],
    ['servers', bindings.SERVERS],
  ]);
  const namespace = namespaces.get(query.get('object') ?? '');
  if (!namespace) return undefined;
  const object = namespace.getByName(objectName(serverName, query.get('name') ?? ''));
  if (fails) return json({ failed: await object.failAfter(Number(query.get('statements'))) });
  // The call ends with the object, as an error that says so.
  await object.drop().catch(() => undefined);
  return json({});
}

function json(value: object): Response {
  return new Response(JSON.stringify(value), { headers: { 'Content-Type': 'application/json' } });
}
