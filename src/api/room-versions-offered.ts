// The room versions that rooms may be created in here, and upgraded to: all there are.
import { ROOM_VERSIONS } from '../events/room-versions.ts';

export const ROOM_VERSIONS_OFFERED: readonly string[] = ROOM_VERSIONS.map(({ id }) => id);
