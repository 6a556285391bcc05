// Begins a room. https://spec.matrix.org/v1.19/client-server-api/#creation
import type { Signer } from '../../events/signing-key.ts';
import { isCreationOver } from '../../ports/contracts/home.ts';
import type { Requester } from '../../ports/contracts/requester.ts';
import type { Profile, RoomStep } from '../../ports/contracts/room.ts';
import { invalidParam, MatrixError, unknownError } from '../../spec/errors.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import { Change } from '../change.ts';
import { checkNewEvent } from '../drafting/content.ts';
import { readCreateEvent } from '../drafting/create-event.ts';
import { memberContent } from '../drafting/member-content.ts';
import { checkOwn, take } from '../receipt/receipt.ts';
import type { KeysOf } from '../receipt/signatures.ts';
import type { RoomData } from '../room-data.ts';
import type { Head } from '../store/info.ts';
import { appendOwn } from './events.ts';
import { gather } from './membership.ts';

/** The profiles of the creator and of those invited. */
export type CreateGathered = ReadonlyMap<string, Profile | undefined>;

/** All steps are one commit, in which nobody else is served. */
const INVITES_MAX = 100;

/** Throws, before anything is made, 400 M_INVALID_PARAM for too many invites, 404 M_NOT_FOUND or 403 M_FORBIDDEN for a wrong one. */
export async function gatherForCreate(
  data: RoomData,
  by: Requester,
  steps: readonly RoomStep[],
): Promise<CreateGathered> {
  data.groups.learn(by.userId, by.group);
  const invites = steps.filter((step) => step.kind === 'invite').length;
  if (invites > INVITES_MAX) throw invalidParam(`At most ${INVITES_MAX} users can be invited to a new room.`);
  const profiles = new Map<string, Profile | undefined>();
  profiles.set(by.userId, await data.env.actors.users(by.group).accounts.memberProfile(by.userId));
  for (const step of steps) {
    if (step.kind !== 'invite') continue;
    const { profile } = await gather(data, by, { target: step.userId, membership: 'invite', operation: 'invite' });
    profiles.set(step.userId, profile);
  }
  return profiles;
}

/** One commit: all of the room or nothing. Throws 400 M_INVALID_ROOM_STATE for a step that may not happen. */
export function createRoom(
  data: RoomData,
  by: Requester,
  json: JsonObject,
  steps: readonly RoomStep[],
  gathered: CreateGathered,
  key: Signer,
  publish: () => void,
): Change {
  if (data.begun !== undefined) throw new MatrixError(400, 'M_ROOM_IN_USE', 'The room exists already.');
  const { candidate, version } = readCreateEvent(data.roomId, by, json);
  // What was kept for the room may be given to others by now.
  if (isCreationOver(candidate.pdu.originServerTs, data.env.clock.now()))
    throw unknownError('The creation took too long.');
  const begin: Head = {
    version: version.id,
    epoch: data.firstEpoch,
    eventCount: 0,
    keyCount: 0,
    roomPos: 0,
    receiptPos: 0,
    root: data.states.empty,
    depth: 0,
    extremities: [],
    joined: 0,
    invited: 0,
    outside: false,
  };
  const { change } = Change.commit(
    data,
    (change) => {
      take(change, checkOwn(change, candidate, ownKeys(data, key)));
      takeStep(change, by, { kind: 'member', userId: by.userId, membership: 'join', content: {} }, gathered, key);
      for (const step of steps) {
        if (step.kind === 'publish') publish();
        else if (step.kind === 'ban')
          takeStep(change, by, { ...step, kind: 'member', membership: 'ban' }, gathered, key);
        else if (step.kind === 'invite')
          takeStep(change, by, { ...step, kind: 'member', membership: 'invite' }, gathered, key);
        else takeStep(change, by, step, gathered, key);
      }
    },
    begin,
  );
  return change;
}

/** Home signs with the same key as we. */
function ownKeys(data: RoomData, key: Signer): KeysOf {
  return (serverName) =>
    serverName === data.env.settings.serverName ? new Map([[key.keyId, key.publicKey]]) : undefined;
}

type Step =
  | Extract<RoomStep, { kind: 'state' }>
  | { kind: 'member'; userId: string; membership: 'join' | 'invite' | 'ban'; content: JsonObject };

function takeStep(change: Change, by: Requester, step: Step, gathered: CreateGathered, key: Signer): void {
  const sender = by.userId;
  if (step.kind === 'member') {
    const { userId: target, membership, content: more } = step;
    const content = memberContent(
      { target, membership, operation: membership, content: more },
      gathered.get(target),
      undefined,
    );
    appendOwn(change, { type: 'm.room.member', stateKey: target, sender, content }, key);
    return;
  }
  const { type, stateKey, content } = step;
  if (
    type === 'm.room.create' ||
    (type === 'm.room.member' && !(stateKey === sender && member(content, 'membership') === 'join'))
  ) {
    throw new MatrixError(400, 'M_INVALID_ROOM_STATE', `${type} cannot be set here`);
  }
  checkNewEvent({ type, stateKey, content }, change.data.version);
  try {
    appendOwn(change, { type, stateKey, sender, content }, key);
  } catch (error) {
    if (!(error instanceof MatrixError) || error.status !== 403) throw error;
    throw new MatrixError(400, 'M_INVALID_ROOM_STATE', error.message);
  }
}
