// Who speaks for the server. https://spec.matrix.org/v1.19/client-server-api/#server-notices

/** No person may have this name. */
export const SERVER_NOTICES_LOCALPART = '_server';

/** The user whose rooms are server notices rooms. */
export function serverNoticesUser(serverName: string): string {
  return `@${SERVER_NOTICES_LOCALPART}:${serverName}`;
}
