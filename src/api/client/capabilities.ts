// https://spec.matrix.org/v1.19/client-server-api/#capabilities-negotiation
import * as v from 'valibot';
import { ROOM_VERSIONS_OFFERED } from '../room-versions-offered.ts';
import type { Endpoint } from '../endpoint.ts';

export const getCapabilities: Endpoint = {
  operationId: 'getCapabilities',
  method: 'GET',
  path: '/_matrix/client/v3/capabilities',
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3capabilities',
  answer: v.strictObject({
    capabilities: v.looseObject({
      'm.room_versions': v.strictObject({ default: v.string(), available: v.record(v.string(), v.string()) }),
    }),
  }),
  async handle({ env, by }) {
    const available = Object.fromEntries(ROOM_VERSIONS_OFFERED.map((version) => [version, 'stable']));
    return {
      json: {
        capabilities: {
          'm.room_versions': { default: env.settings.defaultRoomVersion, available },
          'm.change_password': { enabled: true },
          'm.3pid_changes': { enabled: false },
          'm.get_login_token': { enabled: true },
          'm.profile_fields': { enabled: true },
          // Deprecated, and to be said as long as the fields can be set.
          'm.set_displayname': { enabled: true },
          'm.set_avatar_url': { enabled: true },
          'm.forget_forced_upon_leave': { enabled: false },
          ...(by.admin ? { 'm.account_moderation': { lock: true, suspend: true } } : {}),
        },
      },
    };
  },
};
