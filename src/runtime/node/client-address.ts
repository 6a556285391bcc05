// Whose request it is, behind proxies that are trusted to tell.
import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

/** `proxies` are addresses or subnets (`10.0.0.0/8`). Answers a function from a request to its client's address. */
export function clientAddress(proxies: readonly string[]): (message: IncomingMessage) => string {
  const trusted = subnets(proxies);
  return (message) => {
    let address = plain(message.socket.remoteAddress ?? '');
    const told = message.headers['x-forwarded-for'];
    const hops = (Array.isArray(told) ? told.join(',') : (told ?? ''))
      .split(',')
      .map((hop) => hop.trim())
      .filter((hop) => isIP(hop) !== 0);
    // Each trusted proxy adds at the end whom it saw, so the list is believed from there as far as trust goes.
    while (hops.length > 0 && contains(trusted, address)) address = plain(hops.pop() ?? address);
    return address;
  };
}

/** Throws for what is neither an address nor a subnet. */
export function subnets(list: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const entry of list) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0) throw new Error(`${entry} is not an address or subnet`);
    if (bits === undefined) blocks.addAddress(address, family);
    else blocks.addSubnet(address, Number(bits), family);
  }
  return blocks;
}

export function contains(blocks: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && blocks.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** IPv4 as it is, without the mapping into IPv6 that a socket for both shows. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
