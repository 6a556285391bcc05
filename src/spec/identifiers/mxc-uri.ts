// Matrix content URIs. https://spec.matrix.org/v1.19/client-server-api/#matrix-content-mxc-uris
import { isServerName } from './server-name.ts';

const MEDIA_ID = /^[A-Za-z0-9_-]{1,255}$/;
const SCHEME = 'mxc://';

export interface MxcUri {
  readonly serverName: string;
  readonly mediaId: string;
}

/** The parts of `mxc://server/media`, or undefined if it is none; media ids are opaque, but never part of a path. */
export function parseMxcUri(uri: string): MxcUri | undefined {
  if (!uri.startsWith(SCHEME)) return undefined;
  const slash = uri.indexOf('/', SCHEME.length);
  if (slash < 0) return undefined;
  const serverName = uri.slice(SCHEME.length, slash);
  const mediaId = uri.slice(slash + 1);
  return isServerName(serverName) && isMediaId(mediaId) ? { serverName, mediaId } : undefined;
}

/** Media ids: the letters of URL-safe base64 only. */
export function isMediaId(id: string): boolean {
  return MEDIA_ID.test(id);
}

export function mxcUri(serverName: string, mediaId: string): string {
  return `${SCHEME}${serverName}/${mediaId}`;
}
