// Writes docs/compliance/endpoints.md: every operation of the specification (docs/compliance/endpoints.tsv, from the OpenAPI data of
// matrix-org/matrix-spec v1.19, Apache-2.0) as done or missing, with what it counts as when requests are limited, read from the endpoint values. `node tools/endpoints.ts`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Endpoint } from '../src/api/endpoint.ts';
import { endpoints } from '../src/api/endpoints.ts';

const folder = fileURLToPath(new URL('../docs/compliance/', import.meta.url));

interface Operation {
  readonly api: string;
  readonly file: string;
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

/** What is served besides the specification, each for a reason. This is the one list of it: a test refuses what is not here. */
export const BESIDE: ReadonlyMap<string, string> = new Map([
  ['authFallback', 'in the text of the specification, but not in its OpenAPI'],
  ['completeAuthFallback', 'in the text of the specification, but not in its OpenAPI'],
  ['loginFallback', 'in the text of the specification, but not in its OpenAPI'],
  ['sharedSecretNonce', 'registration by scripts, as tools for other homeservers do it'],
  ['sharedSecretRegister', 'registration by scripts, as tools for other homeservers do it'],
  ['listReports', 'reports have to be read by somebody'],
  ['sendServerNotice', 'what administrators have to tell users'],
  ['sendServerNoticeOnce', 'what administrators have to tell users'],
  ['getDehydratedDevice', 'MSC3814, which clients find by asking'],
  ['putDehydratedDevice', 'MSC3814'],
  ['deleteDehydratedDevice', 'MSC3814'],
  ['getDehydratedDeviceEvents', 'MSC3814, as matrix-js-sdk asks'],
  ['postDehydratedDeviceEvents', 'MSC3814, as matrix-rust-sdk asks'],
]);

export function operations(): readonly Operation[] {
  return readFileSync(`${folder}endpoints.tsv`, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [api = '', file = '', id = '', method = '', path = ''] = line.split('\t');
      return { api, file, id, method, path };
    });
}

/** The page as it should be. */
export function page(): string {
  const done = new Map(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
  const all = operations();
  const endpointOf = (operation: Operation): Endpoint | undefined => {
    const endpoint = done.get(`${operation.method} ${operation.path}`);
    // Two operations may have one path.
    const ids = [endpoint?.operationId, ...(endpoint?.alsoOperationIds ?? [])];
    return ids.includes(operation.id) ? endpoint : undefined;
  };
  const isDone = (operation: Operation): boolean => endpointOf(operation) !== undefined;
  const lines = [
    '# Operations of the specification',
    '',
    'Made by `node tools/endpoints.ts` from the endpoint values; a test fails when it is stale. What is missing answers `404 M_UNRECOGNIZED`.',
    'The last column is the class that requests for an operation count in (`src/spec/rate-limits/classes.ts`).',
    '',
    `${all.filter(isDone).length} of ${all.length} are done.`,
    '',
  ];
  for (const api of new Set(all.map((operation) => operation.api))) {
    const ofApi = all.filter((operation) => operation.api === api);
    lines.push(
      `## ${api}: ${ofApi.filter(isDone).length} of ${ofApi.length}`,
      '',
      '| operation | | | limited as |',
      '|---|---|---|---|',
    );
    for (const operation of ofApi)
      lines.push(
        `| ${operation.id} | \`${operation.method} ${operation.path}\` | ${isDone(operation) ? 'done' : 'missing'} | ${limitOf(endpointOf(operation))} |`,
      );
    lines.push('');
  }
  lines.push('## Besides the specification', '', '| operation | | for | limited as |', '|---|---|---|---|');
  for (const endpoint of endpoints) {
    const why = BESIDE.get(endpoint.operationId);
    if (why === undefined) continue;
    const place = `${endpoint.method} ${endpoint.path}`;
    lines.push(`| ${endpoint.operationId} | \`${place}\` | ${why} | ${limitOf(endpoint)} |`);
  }
  lines.push('');
  return lines.join('\n');
}

function limitOf(endpoint: Endpoint | undefined): string {
  if (!endpoint) return '';
  return typeof endpoint.rateLimit === 'string' ? endpoint.rateLimit : `not: ${endpoint.rateLimit.none}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(`${folder}endpoints.md`, page());
