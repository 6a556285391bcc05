// Addresses that lead into a private network and so must not be called because a stranger named them.
// https://www.iana.org/assignments/iana-ipv4-special-registry
import { isIP } from 'node:net';
import { contains, subnets } from './client-address.ts';

const PRIVATE = subnets([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]);

/** Whether an IP address must not be called. What is no address must not be either. */
export function isPrivate(address: string): boolean {
  // IPv4 addresses that are written as IPv6 ones are held against the IPv4 subnets by BlockList itself.
  return isIP(address) === 0 || contains(PRIVATE, address);
}
