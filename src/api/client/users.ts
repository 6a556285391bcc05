// https://spec.matrix.org/v1.19/client-server-api/#user-directory
import * as v from 'valibot';
import type { FoundUser } from '../../ports/contracts/users-directory.ts';
import { invalidParam } from '../../spec/errors.ts';
import type { Endpoint } from '../endpoint.ts';
import { objectWith, text } from '../shapes.ts';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 50;
const TERM_CHARACTERS = 1000;

interface Wanted {
  readonly search_term: string;
  readonly limit?: number;
}

/** Throws 400 M_INVALID_PARAM for a limit below 0 and for a term that nobody is called by. */
export const searchUserDirectory: Endpoint = {
  operationId: 'searchUserDirectory',
  method: 'POST',
  path: '/_matrix/client/v3/user_directory/search',
  auth: 'user',
  rateLimit: 'search',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3user_directorysearch',
  body: objectWith({ search_term: text, limit: v.optional(v.pipe(v.number(), v.integer())) }),
  answer: v.strictObject({
    results: v.array(
      v.strictObject({
        user_id: v.string(),
        display_name: v.optional(v.string()),
        avatar_url: v.optional(v.string()),
      }),
    ),
    limited: v.boolean(),
  }),
  async handle({ env, by, body }) {
    const { search_term: term, limit: wanted = LIMIT_DEFAULT } = body as unknown as Wanted;
    if (wanted < 0) throw invalidParam('limit must not be negative.');
    if (term.length > TERM_CHARACTERS) throw invalidParam('search_term is too long.');
    const limit = Math.min(wanted, LIMIT_MAX);
    const groups = await env.actors.home().groups();
    const parts = await Promise.all(groups.map((group) => env.actors.users(group).directory.search(by, term, limit)));
    const found = parts.flatMap((part) => part.found).toSorted(better);
    return {
      json: {
        results: found.slice(0, limit).map(({ userId, displayName, avatarUrl }) => ({
          user_id: userId,
          display_name: displayName,
          avatar_url: avatarUrl,
        })),
        limited: found.length > limit || parts.some((part) => part.more),
      },
    };
  },
};

function better(one: FoundUser, other: FoundUser): number {
  return one.rank - other.rank || (one.userId < other.userId ? -1 : 1);
}
