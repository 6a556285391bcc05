// A stream's presence where a test is about something else.
import type { PresenceSource } from '../../../src/users/stream/news.ts';

export const NO_PRESENCE: PresenceSource = { noteSync: () => undefined, heardAt: () => 0, changes: () => [] };
