// Lists the anchors that links into the specification may use: `node tools/spec-anchors.ts <checkout> > docs/compliance/spec-anchors.txt`.
// Source: matrix-org/matrix-spec at the tag of the version that Hearth implements (Apache-2.0).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGES = [
  ['client-server-api', 'client-server-api/_index.md', 'client-server'],
  ['server-server-api', 'server-server-api.md', 'server-server'],
  ['application-service-api', 'application-service-api.md', 'application-service'],
  ['push-gateway-api', 'push-gateway-api.md', 'push-gateway'],
  ['appendices', 'appendices.md', undefined],
  ['rooms', 'rooms/_index.md', undefined],
  ...Array.from({ length: 12 }, (_, n) => [`rooms/v${n + 1}`, `rooms/v${n + 1}.md`, undefined] as const),
] as const;

const [checkout] = process.argv.slice(2);
if (!checkout) throw new Error('usage: spec-anchors.ts <checkout of matrix-spec>');
const content = (path: string): string => readFileSync(join(checkout, 'content', path), 'utf8');

/** The id that the specification's site gives a heading. */
function headingId(heading: string): string {
  const text = heading
    .replace(/\{\{.*?\}\}/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim();
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\-_ ]/gu, '')
    .replaceAll(' ', '-');
}

/** A page's text with the modules and fragments that it includes. */
function whole(path: string): string {
  return content(path)
    .replace(
      /\{\{[%<] *cs-module name="([^"]*)" filename="([^"]*)" *[%>]\}\}/g,
      (_, name, file) => `### ${name}\n${whole(`client-server-api/modules/${file}.md`)}`,
    )
    .replace(/\{\{[%<] *rver-fragment name="([^"]*)".*?[%>]\}\}/g, (_, file) => whole(`rooms/fragments/${file}.md`));
}

function endpointIds(api: string): string[] {
  const folder = join(checkout!, 'data/api', api);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const base = /url: .*?\n|default: ["']?(\/[^"'\n]*)/.exec(text.slice(text.indexOf('basePath:')))?.[1] ?? '';
      const ids: string[] = [];
      let path = '';
      for (const line of text.split('\n')) {
        path = /^ {2}["']?(\/[^"':]*)["']?:/.exec(line)?.[1] ?? path;
        const method = /^ {4}(get|put|post|delete):/.exec(line)?.[1];
        if (method) ids.push((method + base + path).toLowerCase().replace(/[^a-z0-9_-]/g, ''));
      }
      return ids;
    });
}

for (const [page, file, api] of PAGES) {
  const text = whole(file);
  const ids = new Set([...text.matchAll(/^#{1,6} +(.*?) *$/gm)].map((match) => headingId(match[1]!)));
  for (const [, event] of text.matchAll(/\{\{[%<] *event (?:[^%>]*? )?event="([^"]*)"/g))
    ids.add(event!.replace(/[^a-z0-9_]/gi, '').toLowerCase());
  if (api) for (const id of endpointIds(api)) ids.add(id);
  for (const id of [...ids].sort()) console.log(`${page}/#${id}`);
  console.log(`${page}/`);
}
