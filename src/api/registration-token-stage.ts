// The stage in which somebody shows a registration token.
// https://spec.matrix.org/v1.19/client-server-api/#token-authenticated-registration
import { MatrixError } from '../spec/errors.ts';
import { member } from '../spec/json.ts';
import type { Call } from './endpoint.ts';
import type { Stage } from './uia.ts';

export function registrationTokenStage({ env }: Call): Stage {
  return {
    type: 'm.login.registration_token',
    async check(given, session) {
      const token = member(given, 'token');
      if (typeof token !== 'string') return 'The registration token is missing.';
      const held = await env.actors
        .home()
        .holdRegistrationToken(token, session)
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof MatrixError) return false;
            throw error;
          },
        );
      return held ? undefined : 'The registration token is not valid.';
    },
  };
}
