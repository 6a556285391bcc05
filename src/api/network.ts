// Who has one address of IPv6 has 2^64 of them, so addresses are counted by the network that a customer is given.

/** An IPv4 address as it is, an IPv6 address cut to its first 64 bits. What is neither stays, cut to a bounded length. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address.slice(0, 45);
  const [head = '', tail = ''] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const gap = address.includes('::') ? Math.max(8 - front.length - back.length, 0) : 0;
  const groups = [...front, ...Array.from({ length: gap }, () => '0'), ...back];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').slice(0, 4))
    .join(':');
}
