// The room versions that rooms may be created in here. All others are known to the rules, for rooms that exist elsewhere.

export const ROOM_VERSIONS_OFFERED: readonly string[] = ['10', '11', '12'];
