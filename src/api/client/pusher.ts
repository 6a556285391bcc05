// Where a user wants to be notified. https://spec.matrix.org/v1.19/client-server-api/#push-notifications
import * as v from 'valibot';
import { emptyAnswer } from '../answers.ts';
import { checkShape } from '../body.ts';
import type { Pusher, PusherClaim } from '../../ports/contracts/users-pushers.ts';
import { utf8Length } from '../../spec/canonical-json.ts';
import { invalidParam } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { EMPTY_REPLY, type Endpoint, type UserCall } from '../endpoint.ts';
import { objectWith, optionalText, text } from '../shapes.ts';

const APP_ID_CHARACTERS = 64;
const PUSHKEY_BYTES = 512;
/** https://spec.matrix.org/v1.19/push-gateway-api/#post_matrixpushv1notify */
const GATEWAY_PATH = '/_matrix/push/v1/notify';

export const getPushers: Endpoint = {
  operationId: 'getPushers',
  method: 'GET',
  path: '/_matrix/client/v3/pushers',
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushers',
  answer: v.strictObject({
    pushers: v.array(
      v.strictObject({
        pushkey: v.string(),
        kind: v.literal('http'),
        app_id: v.string(),
        app_display_name: v.string(),
        device_display_name: v.string(),
        profile_tag: v.optional(v.string()),
        lang: v.string(),
        data: v.looseObject({ url: v.string(), format: v.optional(v.string()) }),
      }),
    ),
  }),
  async handle({ env, by }) {
    return { json: { pushers: (await env.actors.users(by.group).pushers.pushers(by)).map(shown) } };
  },
};

export const postPusher: Endpoint = {
  operationId: 'postPusher',
  method: 'POST',
  path: '/_matrix/client/v3/pushers/set',
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3pushersset',
  body: v.looseObject({
    kind: v.nullable(text),
    app_id: text,
    pushkey: text,
    profile_tag: optionalText,
    append: v.optional(v.boolean()),
  }),
  answer: emptyAnswer,
  async handle(call) {
    const { env, by, body } = call;
    const { pushers } = env.actors.users(by.group);
    const { kind, app_id: appId, pushkey, append } = body as unknown as Given;
    if (appId === '' || [...appId].length > APP_ID_CHARACTERS)
      throw invalidParam(`app_id must have 1 to ${APP_ID_CHARACTERS} characters.`);
    if (pushkey === '' || utf8Length(pushkey) > PUSHKEY_BYTES)
      throw invalidParam(`pushkey must have 1 to ${PUSHKEY_BYTES} bytes.`);
    if (kind === null) {
      await pushers.deletePusher(by, { appId, pushkey });
      return EMPTY_REPLY;
    }
    const claim = await pushers.setPusher(by, pusherOf(body), append === true);
    if (append !== true) await endElsewhere(call, claim);
    return EMPTY_REPLY;
  },
};

interface Given {
  readonly kind: string | null;
  readonly app_id: string;
  readonly pushkey: string;
  readonly profile_tag?: string;
  readonly append?: boolean;
}

/** What is required of a pusher that is not to be deleted. */
const described = v.looseObject({
  app_display_name: text,
  device_display_name: text,
  lang: text,
  data: objectWith({ url: text }),
});

/** Throws 400 M_INVALID_PARAM, M_MISSING_PARAM and M_BAD_JSON. */
function pusherOf(body: JsonObject): Pusher {
  const { kind, app_id: appId, pushkey, profile_tag: profileTag } = body as unknown as Given;
  // There is no e-mail here, and the specification knows no third kind.
  if (kind !== 'http') throw invalidParam('Pushers of this kind are not supported here: the kind must be http.');
  checkShape(described, body);
  const about = body as unknown as v.InferOutput<typeof described>;
  demandGateway(about.data.url);
  if (about.data['format'] !== undefined && about.data['format'] !== 'event_id_only')
    throw invalidParam('data.format must be event_id_only, or not be there.');
  return {
    kind,
    appId,
    pushkey,
    profileTag,
    appDisplayName: about.app_display_name,
    deviceDisplayName: about.device_display_name,
    lang: about.lang,
    data: about.data as JsonObject,
  };
}

function demandGateway(url: string): void {
  const gateway = URL.canParse(url) ? new URL(url) : undefined;
  const good =
    gateway?.protocol === 'https:' && gateway.pathname === GATEWAY_PATH && gateway.username + gateway.password === '';
  if (!good) throw invalidParam(`data.url must be an HTTPS URL whose path is ${GATEWAY_PATH}.`);
}

/** A pusher that is not shared is one user's in the whole homeserver. */
async function endElsewhere({ env, by }: UserCall, claim: PusherClaim): Promise<void> {
  const groups = await env.actors.home().groups();
  const others = groups.filter((group) => group !== by.group);
  await Promise.all(others.map((group) => env.actors.users(group).pushers.endPushersOfOthers(claim)));
}

function shown(pusher: Pusher): JsonObject {
  return {
    pushkey: pusher.pushkey,
    kind: pusher.kind,
    app_id: pusher.appId,
    app_display_name: pusher.appDisplayName,
    device_display_name: pusher.deviceDisplayName,
    ...(pusher.profileTag === undefined ? {} : { profile_tag: pusher.profileTag }),
    lang: pusher.lang,
    data: pusher.data,
  };
}
