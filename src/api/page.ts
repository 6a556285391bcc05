// Web pages that people see: whole in themselves, with nothing from elsewhere and no script or style but their own.
import { createHash } from 'node:crypto';
import type { Reply } from './endpoint.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 22rem; margin: 4rem auto; padding: 0 1rem }
label { display: block; margin: 1rem 0 }
input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .4rem }
button { font: inherit; padding: .4rem 1.2rem }
[role=alert] { color: light-dark(#b00020, #ff8a80) }
`;

export interface Page {
  readonly status?: number;
  readonly title: string;
  /** HTML; what comes from anybody in it has passed `escaped`. */
  readonly body: string;
  readonly script?: string;
}

/** Text as HTML shows it, in an element or in an attribute between double quotes. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function pageReply({ status = 200, title, body, script = '' }: Page): Reply {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(STYLE)}'`,
    ...(script === '' ? [] : [`script-src '${hashOf(script)}'`]),
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const html = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1>
${body}
${script === '' ? '' : `<script>${script}</script>`}
</body></html>
`;
  return { status, html, policy: policy.join('; ') };
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
