// Key identifiers: an algorithm, a colon and a name. https://spec.matrix.org/v1.19/appendices/#signing-details
const SERVER_KEY_NAME = /^[A-Za-z0-9_]+$/;

export interface KeyId {
  readonly algorithm: string;
  /** The key's version (servers) or the device (users); for one-time keys, its id. */
  readonly name: string;
}

/** The parts of `algorithm:name`, or undefined if one of them is missing. */
export function parseKeyId(id: string): KeyId | undefined {
  const colon = id.indexOf(':');
  if (colon < 1 || colon === id.length - 1) return undefined;
  return { algorithm: id.slice(0, colon), name: id.slice(colon + 1) };
}

/** A key id that a server may publish for itself: the name of letters, digits and underscores. */
export function isServerKeyId(id: string): boolean {
  const parts = parseKeyId(id);
  return parts !== undefined && SERVER_KEY_NAME.test(parts.name);
}
