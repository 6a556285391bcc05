// The list of what was reported, for administrators. It is not in the specification.
import * as v from 'valibot';
import { forbidden, invalidParam } from '../../spec/errors.ts';
import type { Endpoint } from '../endpoint.ts';
import { limitOf } from '../page-query.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;

/** Newest first; `next`, given back as `from`, goes on. Throws 403 M_FORBIDDEN for everybody else. */
export const listReports: Endpoint = {
  operationId: 'listReports',
  method: 'GET',
  path: '/_hearth/admin/v1/reports',
  auth: 'user',
  rateLimit: 'admin',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#reporting-content',
  answer: v.strictObject({
    reports: v.array(
      v.strictObject({
        id: v.number(),
        at: v.number(),
        reporter: v.string(),
        kind: v.picklist(['event', 'room', 'user']),
        room_id: v.optional(v.string()),
        event_id: v.optional(v.string()),
        user_id: v.optional(v.string()),
        reason: v.string(),
      }),
    ),
    next: v.optional(v.string()),
  }),
  async handle({ env, by, query }) {
    if (!by.admin) throw forbidden('Only administrators may do this.');
    const from = query.get('from');
    if (from !== null && !/^\d{1,15}$/.test(from)) throw invalidParam('from is no token of ours.');
    const limit = limitOf(query, LIMIT_DEFAULT, LIMIT_MAX);
    const reports = await env.actors.home().reports(from === null ? undefined : Number(from), limit);
    const last = reports.length < limit ? undefined : reports.at(-1);
    return {
      json: {
        reports: reports.map(({ id, at, reporter, kind, roomId, eventId, userId, reason }) => ({
          id,
          at,
          reporter,
          kind,
          room_id: roomId,
          event_id: eventId,
          user_id: userId,
          reason,
        })),
        ...(last === undefined ? {} : { next: String(last.id) }),
      },
    };
  },
};
