// https://spec.matrix.org/v1.19/client-server-api/#creation
import { roomIdAnswer } from '../answers.ts';
import { LONG_BODY_BYTES } from '../body.ts';
import * as v from 'valibot';
import type { RoomStep } from '../../ports/contracts/room.ts';
import type { Federation } from '../../federation/federation.ts';
import { inviteElsewhere } from '../../federation/inviting.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { FrontEnv } from '../../ports/front-env.ts';
import { badJson, invalidParam, MatrixError, unsupportedRoomVersion } from '../../spec/errors.ts';
import { isRoomAlias } from '../../spec/identifiers/room-alias.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import { type JsonObject, member } from '../../spec/json.ts';
import type { Endpoint } from '../endpoint.ts';
import { initialPowerLevels } from '../initial-power-levels.ts';
import { ROOM_VERSIONS_OFFERED } from '../room-versions-offered.ts';
import { anyObject, noArray, optionalObject, optionalText, texts } from '../shapes.ts';

type Preset = 'private_chat' | 'trusted_private_chat' | 'public_chat';
const PRESETS = ['private_chat', 'trusted_private_chat', 'public_chat'] as const;
const INVITES_MAX = 100;
const STATE_MAX = 200;
/** Users elsewhere are invited so many at a time, and none begins to be after so long. */
const INVITING_AT_ONCE = 5;
const INVITING_MS = 30_000;

const shape = v.looseObject({
  preset: v.optional(v.picklist(PRESETS)),
  visibility: v.optional(v.picklist(['public', 'private'])),
  room_alias_name: optionalText,
  name: optionalText,
  topic: optionalText,
  invite: v.optional(texts),
  invite_3pid: v.optional(v.array(anyObject)),
  room_version: optionalText,
  creation_content: optionalObject,
  power_level_content_override: optionalObject,
  is_direct: v.optional(v.boolean()),
  initial_state: v.optional(
    v.array(v.pipe(noArray, v.looseObject({ type: v.string(), state_key: optionalText, content: anyObject }))),
  ),
});
type Request = v.InferOutput<typeof shape>;

export const createRoom: Endpoint = {
  operationId: 'createRoom',
  method: 'POST',
  path: '/_matrix/client/v3/createRoom',
  auth: 'user',
  maxBodyBytes: LONG_BODY_BYTES,
  rateLimit: 'creation',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3createroom',
  answer: roomIdAnswer,
  body: shape,
  emptyBody: true,
  integersOnly: true,
  async handle({ env, by, body, federation }) {
    const request = body as Request;
    check(request);
    const roomVersion = request.room_version ?? env.settings.defaultRoomVersion;
    if (!ROOM_VERSIONS_OFFERED.includes(roomVersion)) throw unsupportedRoomVersion(roomVersion);
    const preset: Preset = request.preset ?? (request.visibility === 'public' ? 'public_chat' : 'private_chat');
    const invited = [...new Set(request.invite)].filter((userId) => userId !== by.userId);
    const content = creationContent(request, roomVersion, preset, invited);
    const alias = aliasOf(request, env.settings.serverName);
    checkNames(request, alias);
    const isOurs = (userId: string): boolean => serverOf(userId) === env.settings.serverName;
    const roomSteps = steps(request, by.userId, roomVersion, preset, invited, alias, isOurs);
    const drafting = {
      sender: by.userId,
      roomVersion,
      content,
      unlimited: by.admin,
      ...(alias === undefined ? {} : { alias }),
    };
    const { roomId, pdu } = await env.actors.home().draftCreateEvent(drafting);
    try {
      await env.actors.room(roomId).writing.create(by, pdu, roomSteps);
    } catch (error) {
      // A refusal means that nothing was made. Of anything else Home finds out by itself.
      if (error instanceof MatrixError) await undone(env, by.userId, roomId, alias);
      // There is no transaction id: who is told that it failed makes a second room. What is durable is answered, though /sync
      // may tell of it a little later.
      if (error instanceof MatrixError || !(await hasBegun(env, roomId))) throw error;
    }
    if (alias !== undefined) await settled(env, roomId);
    const others = invited.filter((userId) => !isOurs(userId));
    await inviteOthers(federation, by, roomId, others, request.is_direct === true);
    return { json: { room_id: roomId } };
  },
};

async function undone(env: FrontEnv, sender: string, roomId: string, alias: string | undefined): Promise<void> {
  const home = env.actors.home();
  await home.creationRefused(sender);
  if (alias !== undefined) await home.aliases.settle(roomId, false);
}

/** Tells Home, which would find out by itself: the room is there whatever becomes of this. */
async function settled(env: FrontEnv, roomId: string): Promise<void> {
  try {
    await env.actors.home().aliases.settle(roomId, true);
  } catch (error) {
    env.log.warn('Home was not told that a room has begun', { room: roomId, error: String(error) });
  }
}

/**
 * Users of other servers, each by itself: the room is there whatever becomes of it. Servers that hang keep whoever creates the
 * room waiting for no more than a while.
 */
async function inviteOthers(
  federation: Federation,
  by: Requester,
  roomId: string,
  others: readonly string[],
  isDirect: boolean,
): Promise<void> {
  const { clock, log } = federation.env;
  const until = clock.monotonic() + INVITING_MS;
  const left = [...others];
  const inviteNext = async (): Promise<void> => {
    for (let target = left.shift(); target !== undefined; target = left.shift()) {
      const content = isDirect ? { is_direct: true } : {};
      try {
        if (clock.monotonic() >= until) throw new Error('too many servers hang');
        await inviteElsewhere(federation, by, roomId, { target, membership: 'invite', operation: 'invite', content });
      } catch (error) {
        log.info('a user elsewhere was not invited to a new room', { room: roomId, error: String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: INVITING_AT_ONCE }, inviteNext));
}

/** Whether the room began although its creation failed: false if nobody can tell. */
async function hasBegun(env: FrontEnv, roomId: string): Promise<boolean> {
  return env.actors
    .room(roomId)
    .lifecycle.exists()
    .catch(() => false);
}

function aliasOf({ room_alias_name: name }: Request, serverName: string): string | undefined {
  if (name === undefined) return undefined;
  const alias = `#${name}:${serverName}`;
  // A colon within would begin the domain.
  if (name === '' || name.includes(':') || !isRoomAlias(alias))
    throw invalidParam('room_alias_name makes no room alias.');
  return alias;
}

/** A room that begins has no other alias than the one it begins with. Throws 400 M_BAD_ALIAS. */
function checkNames(request: Request, alias: string | undefined): void {
  for (const { type, state_key: stateKey, content } of request.initial_state ?? []) {
    if (type !== 'm.room.canonical_alias' || (stateKey ?? '') !== '') continue;
    const [main, others] = [member(content, 'alias') ?? '', member(content, 'alt_aliases') ?? []];
    const named = Array.isArray(others) ? [main, ...others] : [main, others];
    if (named.some((name) => name !== '' && name !== alias))
      throw new MatrixError(400, 'M_BAD_ALIAS', 'initial_state names an alias that is not of this room.');
  }
}

function check(request: Request): void {
  if (request.invite_3pid?.length)
    throw new MatrixError(400, 'M_THREEPID_NOT_FOUND', 'This server cannot invite by third-party identifiers.');
  if (request.invite?.some((userId) => !isUserId(userId))) throw invalidParam('invite names what is no user id.');
  if ((request.invite?.length ?? 0) > INVITES_MAX)
    throw invalidParam(`At most ${INVITES_MAX} users can be invited at creation.`);
  const creators = request.creation_content && member(request.creation_content, 'additional_creators');
  if (
    creators !== undefined &&
    !(Array.isArray(creators) && creators.every((id) => typeof id === 'string' && isUserId(id)))
  )
    throw invalidParam('additional_creators must be user ids.');
  if ((request.initial_state?.length ?? 0) > STATE_MAX)
    throw invalidParam(`initial_state has at most ${STATE_MAX} events.`);
  if (request.initial_state?.some(({ type }) => type === 'm.room.create' || type === 'm.room.member'))
    throw badJson('initial_state cannot hold the create event or memberships.');
}

function creationContent(
  request: Request,
  roomVersion: string,
  preset: Preset,
  invited: readonly string[],
): JsonObject {
  const { creator: _creator, room_version: _version, ...content } = request.creation_content ?? {};
  if (roomVersion !== '12' || preset !== 'trusted_private_chat' || invited.length === 0) return content;
  const named = (content['additional_creators'] ?? []) as readonly string[];
  return { ...content, additional_creators: [...new Set([...named, ...invited])] };
}

/** Everything after the creator's join, in the order of the specification. */
function steps(
  request: Request,
  creator: string,
  roomVersion: string,
  preset: Preset,
  invited: readonly string[],
  alias: string | undefined,
  isOurs: (userId: string) => boolean,
): RoomStep[] {
  const given = (request.initial_state ?? []).map(({ type, state_key: stateKey, content }) => ({
    type,
    stateKey: stateKey ?? '',
    content: content as JsonObject,
  }));
  const isGiven = (type: string): boolean => given.some((state) => state.type === type && state.stateKey === '');
  const presetState = presetStates(preset).filter(({ type }) => !isGiven(type));
  const levels = initialPowerLevels({
    creator,
    roomVersion,
    peers: preset === 'trusted_private_chat' ? invited : [],
    open: preset === 'public_chat',
    override: request.power_level_content_override,
  });
  const states = [
    { type: 'm.room.power_levels', stateKey: '', content: levels },
    ...(alias === undefined ? [] : [{ type: 'm.room.canonical_alias', stateKey: '', content: { alias } }]),
    ...presetState,
    ...given.filter(
      ({ type, stateKey }) =>
        stateKey !== '' ||
        !(
          (type === 'm.room.name' && request.name !== undefined) ||
          (type === 'm.room.topic' && request.topic !== undefined)
        ),
    ),
    ...(request.name === undefined ? [] : [{ type: 'm.room.name', stateKey: '', content: { name: request.name } }]),
    ...(request.topic === undefined
      ? []
      : [{ type: 'm.room.topic', stateKey: '', content: topicContent(request.topic) }]),
  ];
  return [
    ...states.map((state) => ({ kind: 'state' as const, ...state })),
    // Who is elsewhere is invited when the room is there: their server is asked.
    ...invited.filter(isOurs).map((userId) => ({
      kind: 'invite' as const,
      userId,
      content: request.is_direct ? { is_direct: true } : {},
    })),
    ...(request.visibility === 'public' ? [{ kind: 'publish' as const }] : []),
  ];
}

function presetStates(preset: Preset): { type: string; stateKey: string; content: JsonObject }[] {
  const isPublic = preset === 'public_chat';
  return [
    { type: 'm.room.join_rules', stateKey: '', content: { join_rule: isPublic ? 'public' : 'invite' } },
    { type: 'm.room.history_visibility', stateKey: '', content: { history_visibility: 'shared' } },
    // Where nothing is said of guests they may not join, which is what public rooms are to say.
    ...(isPublic ? [] : [{ type: 'm.room.guest_access', stateKey: '', content: { guest_access: 'can_join' } }]),
  ];
}

/** https://spec.matrix.org/v1.19/client-server-api/#mroomtopic */
function topicContent(topic: string): JsonObject {
  return { topic, 'm.topic': { 'm.text': [{ body: topic }] } };
}
