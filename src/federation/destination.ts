// Where a server is reached. https://spec.matrix.org/v1.19/server-server-api/#resolving-server-names
//
// So far by its name alone: an address literal or a host, with the port that is named or 8448. Delegation by .well-known and
// SRV records is not looked for yet.
import { parseServerName } from '../spec/identifiers/server-name.ts';

const DEFAULT_PORT = 8448;

/** `https://host:port` without a slash at its end, or undefined for what no request can reach. */
export function destinationOf(serverName: string): string | undefined {
  const parts = parseServerName(serverName);
  if (!parts) return undefined;
  const port = parts.port ?? DEFAULT_PORT;
  if (port < 1 || port > 65_535) return undefined;
  const url = `https://${parts.kind === 'ipv6' ? `[${parts.host}]` : parts.host}:${port}`;
  // What the grammar allows and the URL standard reads otherwise (a host of numbers, a trailing dot) would be asked elsewhere.
  return URL.canParse(url) && isSameHost(new URL(url).hostname, parts.host, parts.kind === 'ipv6') ? url : undefined;
}

function isSameHost(hostname: string, host: string, literal: boolean): boolean {
  return literal ? hostname.startsWith('[') : hostname === host.toLowerCase();
}
