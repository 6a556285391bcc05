// What an operation counts as when requests are counted. One who asks has a bucket for each class, so that a flood of one kind
// takes nothing from the others. https://spec.matrix.org/v1.19/client-server-api/#rate-limiting

export const RATE_LIMIT_CLASSES = [
  /** Events that people send into rooms, state included. */
  'message',
  'redaction',
  /** Entering a room, or asking to. */
  'join',
  'invite',
  /** The other changes of membership: leaving, and what moderators do. */
  'membership',
  /** Making and replacing rooms, and naming them. */
  'creation',
  'registration',
  'login',
  /** What asks for the password again, and what ends an account. */
  'account',
  'profile',
  /** A user's own writes that only their own clients see: account data, tags, filters, push rules, device names. */
  'settings',
  /** Typing, receipts, presence. */
  'ephemeral',
  'to-device',
  /** Device keys, cross-signing and the key backup. */
  'keys',
  'read',
  'sync',
  /** Reads that are dear: search, directories, hierarchies. */
  'search',
  'media',
  'admin',
  /** What other servers ask and send. Each server has its own buckets. */
  'federation',
] as const;

export type RateLimitClass = (typeof RATE_LIMIT_CLASSES)[number];
/** The class, or why there is none. */
export type RateLimit = RateLimitClass | { readonly none: string };
