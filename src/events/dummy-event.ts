// Events that join the branches of a room and say nothing: those of this type are not shown to clients, by common practice
// among servers. https://spec.matrix.org/v1.19/server-server-api/#pdus
export const DUMMY_EVENT = 'org.matrix.dummy_event';
