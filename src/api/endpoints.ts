// All endpoints that there are. What is not here answers 404 M_UNRECOGNIZED.
import { searchUserDirectory } from './client/users.ts';
import { serverNotices } from './admin/server-notices.ts';
import { listReports } from './admin/reports.ts';
import { sharedSecretRegistration } from './admin/register.ts';
import { getAccountData, getAccountDataPerRoom, setAccountData, setAccountDataPerRoom } from './client/account-data.ts';
import { authFallback } from './client/auth-fallback.ts';
import { getCapabilities } from './client/capabilities.ts';
import { createRoom } from './client/create-room.ts';
import {
  deleteDehydratedDevice,
  getDehydratedDevice,
  getDehydratedDeviceEvents,
  postDehydratedDeviceEvents,
  putDehydratedDevice,
} from './client/dehydrated-device.ts';
import { uploadCrossSigningKeys, uploadCrossSigningSignatures } from './client/cross-signing.ts';
import { deleteRoomAlias, getLocalAliases, getRoomIdByAlias, setRoomAlias } from './client/directory.ts';
import { deleteDevice, deleteDevices, getDevice, getDevices, updateDevice } from './client/device-management.ts';
import { defineFilter, getFilter } from './client/filter.ts';
import { backupKeys, backupVersions } from './client/key-backup.ts';
import { claimKeys, getKeysChanges, queryKeys, uploadKeys } from './client/keys.ts';
import { getJoinedRooms } from './client/list-joined-rooms.ts';
import { deactivateAccount } from './client/account-deactivation.ts';
import { accountModeration } from './client/admin.ts';
import { thirdPartyIdentifiers } from './client/administrative-contact.ts';
import { generateLoginToken } from './client/login-token.ts';
import { requestOpenIdToken } from './client/openid.ts';
import { changePassword } from './client/password-management.ts';
import { refresh } from './client/refresh.ts';
import { getWellknownSupport } from './client/support.ts';
import { exchangeOpenIdToken } from './federation/openid.ts';
import { bulkPerspectivesKeyQuery, perspectivesKeyQuery } from './federation/keys-query.ts';
import { getServerKey } from './federation/keys-server.ts';
import { backfillRoom, getMissingEvents } from './federation/backfill.ts';
import { getEventAuth } from './federation/event-auth.ts';
import { getEvent, getRoomStateIds, getServerEventByTimestamp, getServerRoomState } from './federation/events.ts';
import { sendInviteV1 } from './federation/invites-v1.ts';
import { sendInviteV2 } from './federation/invites-v2.ts';
import { makeJoin } from './federation/joins-v1.ts';
import { sendJoin } from './federation/joins-v2.ts';
import { makeKnock, sendKnock } from './federation/knocks.ts';
import { makeLeave } from './federation/leaving-v1.ts';
import { sendLeave } from './federation/leaving-v2.ts';
import { queryProfile, queryRoomDirectory } from './federation/query.ts';
import { sendTransaction } from './federation/transactions.ts';
import { getServerVersion } from './federation/version.ts';
import { forgetRoom } from './client/leaving.ts';
import {
  getPublicRooms,
  getRoomVisibilityOnDirectory,
  queryPublicRooms,
  setRoomVisibilityOnDirectory,
} from './client/list-public-rooms.ts';
import { loginFallback } from './client/login-fallback.ts';
import { getLoginFlows, login } from './client/login.ts';
import { logout, logoutAll } from './client/logout.ts';
import { memberships } from './client/memberships.ts';
import { getMutualRooms } from './client/mutual-rooms.ts';
import { getEventContext } from './client/event-context.ts';
import { relations } from './client/relations.ts';
import { getEventByTimestamp } from './client/room-event-by-timestamp.ts';
import { getThreadRoots } from './client/threads-list.ts';
import { getRoomEvents } from './client/message-pagination.ts';
import { getPresence, setPresence } from './client/presence.ts';
import { deleteProfileField, getProfileField, getUserProfile, setProfileField } from './client/profile.ts';
import { getNotifications } from './client/notifications.ts';
import { getPushers, postPusher } from './client/pusher.ts';
import {
  deletePushRule,
  getPushRule,
  getPushRuleActions,
  getPushRules,
  getPushRulesGlobal,
  isPushRuleEnabled,
  setPushRule,
  setPushRuleActions,
  setPushRuleEnabled,
} from './client/pushrules.ts';
import { postReceipt, setReadMarker } from './client/receipts.ts';
import { checkUsernameAvailability, register, registrationTokenValidity } from './client/registration.ts';
import { redactEvent, sendMessage } from './client/room-send.ts';
import { getOneEvent, initialSync } from './client/old-sync.ts';
import { peekEvents } from './client/peeking-events.ts';
import { roomInitialSync } from './client/room-initial-sync.ts';
import { reportEvent, reportRoom, reportUser } from './client/report-content.ts';
import { getRoomSummary } from './client/room-summary.ts';
import { upgradeRoom } from './client/room-upgrades.ts';
import { getRoomState, getRoomStateWithKey, setRoomStateWithKey } from './client/room-state.ts';
import { getJoinedMembersByRoom, getMembersByRoom, getOneRoomEvent } from './client/rooms.ts';
import { sync } from './client/sync.ts';
import { deleteRoomTag, getRoomTags, setRoomTag } from './client/tags.ts';
import { sendToDevice } from './client/to-device.ts';
import { setTyping } from './client/typing.ts';
import { getVersions } from './client/versions.ts';
import { getTurnServer } from './client/voip.ts';
import { getWellknown } from './client/wellknown.ts';
import { getTokenOwner } from './client/whoami.ts';
import type { Endpoint } from './endpoint.ts';

export const endpoints: readonly Endpoint[] = [
  getWellknownSupport,
  getWellknown,
  getVersions,
  getCapabilities,
  getLoginFlows,
  login,
  loginFallback,
  ...authFallback,
  logout,
  refresh,
  generateLoginToken,
  logoutAll,
  changePassword,
  deactivateAccount,
  ...thirdPartyIdentifiers,
  ...accountModeration,
  requestOpenIdToken,
  exchangeOpenIdToken,
  register,
  checkUsernameAvailability,
  registrationTokenValidity,
  getTokenOwner,
  getDevices,
  getDevice,
  updateDevice,
  deleteDevice,
  deleteDevices,
  getUserProfile,
  getProfileField,
  setProfileField,
  deleteProfileField,
  getAccountData,
  setAccountData,
  getAccountDataPerRoom,
  setAccountDataPerRoom,
  getPresence,
  setPresence,
  getRoomTags,
  setRoomTag,
  deleteRoomTag,
  defineFilter,
  getFilter,
  getPushRules,
  getPushRulesGlobal,
  getPushRule,
  isPushRuleEnabled,
  getPushRuleActions,
  setPushRule,
  deletePushRule,
  setPushRuleEnabled,
  setPushRuleActions,
  getNotifications,
  getPushers,
  postPusher,
  createRoom,
  ...memberships,
  forgetRoom,
  getRoomIdByAlias,
  setRoomAlias,
  deleteRoomAlias,
  getLocalAliases,
  getRoomVisibilityOnDirectory,
  setRoomVisibilityOnDirectory,
  getPublicRooms,
  queryPublicRooms,
  upgradeRoom,
  getRoomSummary,
  getJoinedRooms,
  getMutualRooms,
  sendMessage,
  redactEvent,
  getRoomState,
  getRoomStateWithKey,
  setRoomStateWithKey,
  getOneRoomEvent,
  getMembersByRoom,
  getJoinedMembersByRoom,
  getRoomEvents,
  getEventContext,
  roomInitialSync,
  peekEvents,
  getOneEvent,
  initialSync,
  ...relations,
  getThreadRoots,
  getEventByTimestamp,
  reportEvent,
  reportRoom,
  reportUser,
  listReports,
  setTyping,
  postReceipt,
  setReadMarker,
  sync,
  uploadKeys,
  queryKeys,
  claimKeys,
  getKeysChanges,
  uploadCrossSigningKeys,
  uploadCrossSigningSignatures,
  getDehydratedDevice,
  putDehydratedDevice,
  deleteDehydratedDevice,
  getDehydratedDeviceEvents,
  postDehydratedDeviceEvents,
  sendToDevice,
  ...backupVersions,
  ...backupKeys,
  getTurnServer,
  getServerVersion,
  getServerKey,
  perspectivesKeyQuery,
  sendTransaction,
  makeJoin,
  sendJoin,
  makeLeave,
  sendLeave,
  makeKnock,
  sendKnock,
  sendInviteV1,
  sendInviteV2,
  getEvent,
  getServerRoomState,
  getRoomStateIds,
  getServerEventByTimestamp,
  getEventAuth,
  backfillRoom,
  getMissingEvents,
  queryRoomDirectory,
  queryProfile,
  bulkPerspectivesKeyQuery,
  searchUserDirectory,
  ...sharedSecretRegistration,
  ...serverNotices,
];
