// https://spec.matrix.org/v1.19/client-server-api/#well-known-uris
import * as v from 'valibot';
import { notFound } from '../../spec/errors.ts';
import type { Endpoint } from '../endpoint.ts';

export const getWellknown: Endpoint = {
  operationId: 'getWellknown',
  method: 'GET',
  path: '/.well-known/matrix/client',
  auth: 'none',
  rateLimit: { none: 'a fixed answer that clients ask for before they know anything else' },
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixclient',
  answer: v.strictObject({
    'm.homeserver': v.strictObject({ base_url: v.string() }),
    'org.matrix.msc3814': v.optional(v.literal(true)),
  }),
  async handle({ env }) {
    if (env.settings.publicUrl === undefined) throw notFound('This server has no public URL.');
    return {
      json: {
        'm.homeserver': { base_url: env.settings.publicUrl },
        ...(env.settings.dehydratedDevices ? { 'org.matrix.msc3814': true } : {}),
      },
    };
  },
};
