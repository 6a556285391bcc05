// What a membership event of ours says. https://spec.matrix.org/v1.19/client-server-api/#mroommember
import type { MembershipChange, Profile } from '../../ports/contracts/room.ts';
import type { Json, JsonObject } from '../../spec/json.ts';

/** Members of the content that only this server may set. */
const OURS = ['membership', 'join_authorised_via_users_server', 'third_party_invite'] as const;
/** Members that belong to one event and do not go on into the next one. */
const NOT_KEPT = ['join_authorised_via_users_server', 'third_party_invite', 'is_direct', 'reason'] as const;

/** What the client says stands before what the profile says. */
export function memberContent(
  change: MembershipChange,
  profile: Profile | undefined,
  authorisedVia: string | undefined,
): JsonObject {
  return {
    ...profileContent(profile),
    ...without(change.content ?? {}, OURS),
    ...(change.reason === undefined ? {} : { reason: change.reason }),
    ...(authorisedVia === undefined ? {} : { join_authorised_via_users_server: authorisedVia }),
    membership: change.membership,
  };
}

/** A joined user's content with another profile. */
export function withProfile(content: JsonObject, profile: Profile): JsonObject {
  return { ...without(content, [...NOT_KEPT, 'displayname', 'avatar_url']), ...profileContent(profile) };
}

function profileContent(profile: Profile | undefined): JsonObject {
  return {
    ...(profile?.displayName === undefined ? {} : { displayname: profile.displayName }),
    ...(profile?.avatarUrl === undefined ? {} : { avatar_url: profile.avatarUrl }),
  };
}

function without(content: JsonObject, names: readonly string[]): JsonObject {
  const isKept = (entry: [string, Json | undefined]): entry is [string, Json] =>
    entry[1] !== undefined && !names.includes(entry[0]);
  return Object.fromEntries(Object.entries(content).filter(isKept));
}
