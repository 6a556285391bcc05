// The parts of names that the rules compare.
// https://spec.matrix.org/v1.19/appendices/#common-identifier-format

/** The domain of a user, room or event id: all after its first colon, or undefined when it has none. */
export function domainOf(id: string): string | undefined {
  const colon = id.indexOf(':');
  return colon === -1 ? undefined : id.slice(colon + 1);
}

export function isUserId(id: unknown): id is string {
  return typeof id === 'string' && id.length <= 255 && /^@[^:\0]*:[A-Za-z0-9.:[\]-]+$/.test(id);
}
