// The house: who may import whom, who may touch the world, where SQL stands. See docs/architecture.md.
import assert from 'node:assert/strict';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { codeOf, places, projectFiles, read } from './source-files.ts';

const OBJECTS = ['rooms', 'users', 'servers', 'home', 'media', 'oauth'];
const PURE = ['spec', 'events', 'authorization', 'state'];
const MAY_IMPORT = new Map<string, readonly string[]>([
  ['spec', []],
  ['events', ['spec']],
  ['authorization', ['spec', 'events']],
  ['state', ['spec', 'events', 'authorization']],
  ['ports', ['spec']],
  ...OBJECTS.map((name) => [name, [...PURE, 'ports']] as const),
  ['sync', ['spec', 'events', 'ports']],
  ['federation', ['spec', 'events', 'ports']],
  ['api', ['spec', 'events', 'ports', 'sync', 'federation']],
  ['runtime', [...PURE, 'ports', ...OBJECTS, 'sync', 'federation', 'api']],
]);

const sources = projectFiles().filter((path) => path.startsWith('src/') && path.endsWith('.ts'));
const roomOf = (path: string): string => path.split('/')[1] ?? '';

test('every file stands in a room of the house', () => {
  assert.deepEqual(
    sources.filter((path) => !MAY_IMPORT.has(roomOf(path))),
    [],
  );
});

test('a room imports only rooms that stand before it', () => {
  const wrong: string[] = [];
  for (const path of sources) {
    for (const [, target] of codeOf(path).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)) {
      const to = roomOf(normalize(join(dirname(path), target!)));
      if (to !== roomOf(path) && !MAY_IMPORT.get(roomOf(path))?.includes(to)) wrong.push(`${path} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the adapters of one runtime do not import those of another', () => {
  const wrong: string[] = [];
  for (const path of sources.filter((path) => path.startsWith('src/runtime/'))) {
    const own = path.split('/')[2];
    for (const [, target] of codeOf(path).matchAll(/from\s*'(\.[^']*)'/g)) {
      const to = normalize(join(dirname(path), target!)).split('/');
      if (to[1] === 'runtime' && to[2] !== own && to[2] !== 'shared') wrong.push(`${path} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('only src/runtime touches the platform', () => {
  const banned =
    /\bDate\.now\b|\bnew Date\b|\bperformance\.|\bMath\.random\b|\brandomUUID\b|\bset(Timeout|Interval|Immediate)\b|(?<![.\w#])fetch\(|\blocaleCompare\b|\bIntl\.|\bWeakRef\b|\bFinalizationRegistry\b|\bprocess\.|\bconsole\./;
  const modules = /from '(node:(?!crypto')|cloudflare:)/;
  const outside = sources.filter((path) => roomOf(path) !== 'runtime');
  assert.deepEqual(
    outside.flatMap((path) => [...places(path, banned), ...places(path, modules)]),
    [],
  );
});

test('an object keeps its SQL in its store and its schema', () => {
  const sql = /['"`]\s*(SELECT|INSERT INTO|INSERT OR|UPDATE|DELETE FROM|CREATE TABLE|WITH RECURSIVE)\b/;
  const elsewhere = sources.filter(
    (path) => roomOf(path) !== 'runtime' && !path.includes('/store/') && !path.endsWith('/schema.ts'),
  );
  assert.deepEqual(
    elsewhere.flatMap((path) => places(path, sql)),
    [],
  );
});

test('outside text is parsed by the strict reader alone', () => {
  // What we wrote ourselves (stored rows, values between objects) may be parsed plainly where it is stored.
  const elsewhere = sources.filter((path) => /^src\/(api|sync|federation)\//.test(path));
  assert.deepEqual(
    elsewhere.flatMap((path) => places(path, /\bJSON\.parse\b/)),
    [],
  );
});

test('no file is a heap without a name', () => {
  assert.deepEqual(
    sources.filter((path) => /(^|\/)(utils?|helpers?|common|misc|lib)(\/|\.ts$)/.test(path)),
    [],
  );
});

test('every file says at its head what it is', () => {
  assert.deepEqual(
    sources.filter((path) => !/^(#!.*\n)?(\/\/ \S|\/\*\*)/.test(read(path))),
    [],
  );
});

test("a server on Node imports nothing of Node's that brings megabytes which nobody uses", () => {
  // See src/runtime/node/builtin.ts; types cost nothing.
  const dear = /^import (?!type ).*'(node:(fs|fs\/promises|http|https|tls|child_process)|pino)'/;
  const found = projectFiles()
    .filter((path) => path.startsWith('src/runtime/node/') || path.startsWith('src/runtime/shared/'))
    .flatMap((path) => places(path, dear));
  assert.deepEqual(found, []);
});
