// Writes docs/compliance/endpoints.md: every operation of the specification (docs/compliance/endpoints.tsv, from the OpenAPI data of
// matrix-org/matrix-spec v1.19, Apache-2.0) as done or missing, read from the endpoint values. `node tools/endpoints.ts`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endpoints } from '../src/api/endpoints.ts';

const folder = fileURLToPath(new URL('../docs/compliance/', import.meta.url));

interface Operation {
  readonly api: string;
  readonly file: string;
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

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
  const done = new Set(endpoints.map((endpoint) => `${endpoint.method} ${endpoint.path}`));
  const all = operations();
  const isDone = (operation: Operation): boolean => done.has(`${operation.method} ${operation.path}`);
  const lines = [
    '# Operations of the specification',
    '',
    'Made by `node tools/endpoints.ts` from the endpoint values; a test fails when it is stale. What is missing answers `404 M_UNRECOGNIZED`.',
    '',
    `${all.filter(isDone).length} of ${all.length} are done.`,
    '',
  ];
  for (const api of new Set(all.map((operation) => operation.api))) {
    const ofApi = all.filter((operation) => operation.api === api);
    lines.push(
      `## ${api}: ${ofApi.filter(isDone).length} of ${ofApi.length}`,
      '',
      '| operation | | |',
      '|---|---|---|',
    );
    for (const operation of ofApi)
      lines.push(
        `| ${operation.id} | \`${operation.method} ${operation.path}\` | ${isDone(operation) ? 'done' : 'missing'} |`,
      );
    lines.push('');
  }
  return lines.join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(`${folder}endpoints.md`, page());
