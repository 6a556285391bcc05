// Third-party identifiers: this server keeps none, sends no mail and asks no identity server, and says so.
// https://spec.matrix.org/v1.19/client-server-api/#adding-account-administrative-contact-information
import * as v from 'valibot';
import { emptyAnswer } from '../answers.ts';
import { forbidden, MatrixError, notFound } from '../../spec/errors.ts';
import type { Endpoint, OpenEndpoint } from '../endpoint.ts';
import { optionalText, text } from '../shapes.ts';

const SPEC = 'https://spec.matrix.org/v1.19/client-server-api/';
const ACCOUNT = '/_matrix/client/v3/account';
const BODY_BYTES = 65_536;

const noChanges = (): MatrixError => forbidden('Third-party identifiers cannot be changed on this server.');
const denied = (): MatrixError =>
  new MatrixError(403, 'M_THREEPID_DENIED', 'This server takes no third-party identifiers.');
/** Nobody has an identifier, so none is found. */
const unknown = (): MatrixError =>
  new MatrixError(400, 'M_THREEPID_NOT_FOUND', 'No account has this third-party identifier.');

export const getAccount3PIDs: Endpoint = {
  operationId: 'getAccount3PIDs',
  method: 'GET',
  path: `${ACCOUNT}/3pid`,
  auth: 'user',
  rateLimit: 'read',
  spec: `${SPEC}#get_matrixclientv3account3pid`,
  answer: v.strictObject({ threepids: v.array(v.never()) }),
  async handle() {
    return { json: { threepids: [] } };
  },
};

function refusedChange(
  operationId: string,
  name: string,
  anchor: string,
  body: NonNullable<Endpoint['body']>,
  refusal: () => MatrixError,
): Endpoint {
  return {
    operationId,
    method: 'POST',
    path: `${ACCOUNT}/3pid${name}`,
    auth: 'user',
    rateLimit: 'account',
    spec: `${SPEC}#post_matrixclientv3account3pid${anchor}`,
    answer: emptyAnswer,
    body,
    maxBodyBytes: BODY_BYTES,
    async handle() {
      throw refusal();
    },
  };
}

const emailBody = v.looseObject({ client_secret: text, email: text, send_attempt: v.number() });
const phoneBody = v.looseObject({ client_secret: text, country: text, phone_number: text, send_attempt: v.number() });

function refusedToken(
  operationId: string,
  path: string,
  anchor: string,
  medium: 'email' | 'msisdn',
  refusal: () => MatrixError,
): OpenEndpoint {
  return {
    operationId,
    method: 'POST',
    path: `${path}/${medium}/requestToken`,
    auth: 'none',
    rateLimit: 'account',
    spec: `${SPEC}#post_matrixclientv3${anchor}${medium}requesttoken`,
    answer: v.strictObject({ sid: v.string(), submit_url: v.optional(v.string()) }),
    body: medium === 'email' ? emailBody : phoneBody,
    maxBodyBytes: BODY_BYTES,
    async handle() {
      throw refusal();
    },
  };
}

const named = v.looseObject({ address: text, medium: text, id_server: optionalText });

export const thirdPartyIdentifiers: readonly Endpoint[] = [
  getAccount3PIDs,
  refusedChange('post3PIDs', '', '', v.looseObject({}), noChanges),
  refusedChange('add3PID', '/add', 'add', v.looseObject({ client_secret: text, sid: text }), noChanges),
  refusedChange(
    'bind3PID',
    '/bind',
    'bind',
    v.looseObject({ client_secret: text, id_access_token: text, id_server: text, sid: text }),
    () => new MatrixError(403, 'M_SERVER_NOT_TRUSTED', 'This server asks no identity server.'),
  ),
  refusedChange('delete3pidFromAccount', '/delete', 'delete', named, () =>
    notFound('The account has no such third-party identifier.'),
  ),
  refusedChange('unbind3pidFromAccount', '/unbind', 'unbind', named, () =>
    notFound('The account has no such third-party identifier.'),
  ),
  refusedToken('requestTokenTo3PIDEmail', `${ACCOUNT}/3pid`, 'account3pid', 'email', denied),
  refusedToken('requestTokenTo3PIDMSISDN', `${ACCOUNT}/3pid`, 'account3pid', 'msisdn', denied),
  refusedToken('requestTokenToResetPasswordEmail', `${ACCOUNT}/password`, 'accountpassword', 'email', unknown),
  refusedToken('requestTokenToResetPasswordMSISDN', `${ACCOUNT}/password`, 'accountpassword', 'msisdn', unknown),
  refusedToken('requestTokenToRegisterEmail', '/_matrix/client/v3/register', 'register', 'email', denied),
  refusedToken('requestTokenToRegisterMSISDN', '/_matrix/client/v3/register', 'register', 'msisdn', denied),
];
