// What the hostile server does by itself, and what it lies about when it is asked. It has a key of its own, and only that.

/** Each is one move of the hostile server in one room; see `hostile-moves.ts`. */
export const ATTACKS = [
  'join',
  'leave',
  'speak',
  'equivocate',
  'withhold',
  'hide-prev',
  'old-prev',
  'forge',
  'tamper',
  'tamper-others',
  'relay',
  'wire-id',
  'escalate',
  'topic',
  'kick',
  'ban',
  'invite',
  'rejoin-by-send',
  'old-auth',
  'foreign-auth',
  'unknown-auth',
  'replay',
  'flood',
  'build-on-rejected',
  'malformed',
  'read',
  'wrong-room',
  'many-extremities',
] as const;
export type Attack = (typeof ATTACKS)[number];

/** What it answers otherwise than it should. */
export const LIES = [
  'template',
  'join-state',
  'state-ids',
  'missing-flood',
  'missing-same',
  'backfill',
  'event',
  'silence',
  'errors',
] as const;
export type Lie = (typeof LIES)[number];
