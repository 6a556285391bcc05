// https://spec.matrix.org/v1.19/client-server-api/#capabilities-negotiation
import { ROOM_VERSIONS_OFFERED } from '../room-versions-offered.ts';
import type { Endpoint } from '../endpoint.ts';

export const getCapabilities: Endpoint = {
  operationId: 'getCapabilities', method: 'GET', path: '/_matrix/client/v3/capabilities', auth: 'user',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3capabilities',
  async handle({ env }) {
    const available = Object.fromEntries(ROOM_VERSIONS_OFFERED.map((version) => [version, 'stable']));
    return {
      json: {
        capabilities: {
          'm.room_versions': { default: env.settings.defaultRoomVersion, available },
          'm.change_password': { enabled: false },
          'm.3pid_changes': { enabled: false },
          'm.get_login_token': { enabled: false },
          'm.profile_fields': { enabled: true },
        },
      },
    };
  },
};
