// Names to addresses without the system's resolver, which would take threads from the syncs: the hosts file, then DNS.
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { fs } from './builtin.ts';

export class NameLookup {
  readonly #resolver = new Resolver({ timeout: 3000, tries: 2 });
  readonly #hosts: ReadonlyMap<string, readonly string[]>;

  constructor(hostsFile = '/etc/hosts') {
    this.#hosts = readHosts(hostsFile);
  }

  /** All addresses of a name, IPv4 first; an address is its own. Throws if there are none. */
  async addresses(name: string): Promise<readonly string[]> {
    if (isIP(name) !== 0) return [name];
    const known = this.#hosts.get(name.toLowerCase());
    if (known) return known;
    if (/(^|\.)localhost\.?$/i.test(name)) return ['127.0.0.1', '::1'];
    const [four, six] = await Promise.allSettled([this.#resolver.resolve4(name), this.#resolver.resolve6(name)]);
    const found = [
      ...(four.status === 'fulfilled' ? four.value : []),
      ...(six.status === 'fulfilled' ? six.value : []),
    ];
    if (found.length === 0) throw new Error(`the name ${name} has no address`);
    return found;
  }
}

function readHosts(path: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  let text = '';
  try {
    text = fs.readFileSync(path, 'utf8');
  } catch {
    // A system without the file has only DNS.
  }
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) hosts.set(name.toLowerCase(), [...(hosts.get(name.toLowerCase()) ?? []), address]);
  }
  return hosts;
}
