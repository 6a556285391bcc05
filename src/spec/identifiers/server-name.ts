// Server names. https://spec.matrix.org/v1.19/appendices/#server-name
//
// A server name is compared whole and case-sensitively: with its port, and never lower-cased.

const PORT = /^\d{1,5}$/;
const DNS_NAME = /^[0-9A-Za-z.-]{1,255}$/;
const DOTTED_QUAD = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const IPV6_CHARACTERS = /^[0-9A-Fa-f:.]{2,45}$/;
const HEX_GROUP = /^[0-9A-Fa-f]{1,4}$/;

export type HostKind = 'ipv4' | 'ipv6' | 'dns';

export interface ServerNameParts {
  /** Without the brackets of an IPv6 literal. */
  readonly host: string;
  readonly kind: HostKind;
  readonly port: number | undefined;
}

export function isServerName(name: string): boolean {
  return parseServerName(name) !== undefined;
}

/** The parts of a server name, or undefined if it is none. */
export function parseServerName(name: string): ServerNameParts | undefined {
  const bracket = name.startsWith('[') ? name.indexOf(']') : -1;
  const colon = name.indexOf(':', bracket + 1);
  const hostname = colon < 0 ? name : name.slice(0, colon);
  const port = colon < 0 ? undefined : readPort(name.slice(colon + 1));
  if (Number.isNaN(port)) return undefined;
  if (bracket >= 0) {
    const host = name.slice(1, bracket);
    return hostname.length === bracket + 1 && isIpv6(host) ? { host, kind: 'ipv6', port } : undefined;
  }
  if (!DNS_NAME.test(hostname)) return undefined;
  // Four numbers are an address literal, and one that is out of range is neither an address nor a name.
  if (DOTTED_QUAD.test(hostname)) return isIpv4(hostname) ? { host: hostname, kind: 'ipv4', port } : undefined;
  return { host: hostname, kind: 'dns', port };
}

/** NaN if it is not a port. One beyond 65,535 is within the grammar, and merely cannot be reached. */
function readPort(text: string): number {
  return PORT.test(text) ? Number(text) : NaN;
}

export function isIpv4(host: string): boolean {
  return DOTTED_QUAD.test(host) && host.split('.').every((part) => Number(part) <= 255);
}

/** RFC 3513 section 2.2: eight groups, one run of them as `::`, the last two perhaps as an IPv4 address. */
export function isIpv6(host: string): boolean {
  if (!IPV6_CHARACTERS.test(host)) return false;
  const halves = host.split('::');
  if (halves.length > 2) return false;
  const head = groupsOf(halves[0] ?? '');
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return false;
  const groups = halves.length === 2 && tail.length > 0 ? tail : head;
  const last = groups.at(-1);
  let count = head.length + tail.length;
  const all = [...head, ...tail];
  if (last !== undefined && last.includes('.')) {
    // With an empty tail `::` stands at the end, and an IPv4 address before it would not be last.
    if (!isIpv4(last) || (halves.length === 2 && tail.length === 0)) return false;
    all.pop();
    count++;
  }
  if (!all.every((group) => HEX_GROUP.test(group))) return false;
  return halves.length === 2 ? count <= 7 : count === 8;
}

function groupsOf(half: string): string[] | undefined {
  if (half === '') return [];
  const groups = half.split(':');
  return groups.includes('') ? undefined : groups;
}
