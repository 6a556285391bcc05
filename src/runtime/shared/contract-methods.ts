// What may be called on the objects from outside, and whether a call may be repeated that died half-way. `once` stands
// where a second call would do its work twice or would be refused because of the first.
import type { HomeContract } from '../../ports/contracts/home.ts';
import type { RoomContract } from '../../ports/contracts/room.ts';
import type { ServersContract } from '../../ports/contracts/servers.ts';
import type { UsersContract } from '../../ports/contracts/users.ts';
import type { MethodsOf } from './methods.ts';

export const roomMethods: MethodsOf<RoomContract> = {
  writing: {
    // The room is there after the first.
    create: 'once',
    // State equal to the current one makes no event, and messages carry a transaction id.
    send: 'again',
    // Who was kicked, or has left, cannot be kicked or leave again.
    changeMembership: 'once',
    redact: 'again',
    profileChanged: 'again',
    senderErased: 'again',
  },
  reading: {
    event: 'again',
    context: 'again',
    relations: 'again',
    threads: 'again',
    eventByTime: 'again',
    reportable: 'again',
    eventsAt: 'again',
    invite: 'again',
    state: 'again',
    stateEvent: 'again',
    members: 'again',
    joinedMembers: 'again',
    messages: 'again',
    window: 'again',
    log: 'again',
    memberships: 'again',
  },
  ephemeral: { typing: 'again', receipt: 'again' },
  lifecycle: {
    exists: 'again',
    open: 'again',
    servers: 'again',
    checkReadable: 'again',
    checkJoined: 'again',
    mayName: 'again',
    dropAlias: 'again',
    summary: 'again',
    published: 'again',
    publish: 'again',
    forget: 'again',
    // Each makes a room.
    upgrade: 'once',
  },
  sending: { pdus: 'again' },
  arrival: {
    standing: 'again',
    vouchingServers: 'again',
    receiveInvite: 'again',
    draft: 'again',
    leave: 'again',
    knocked: 'again',
    // The second would find that the first is at it.
    claim: 'once',
    stage: 'again',
    // The claim is over after the first.
    finish: 'once',
    abandon: 'again',
  },
  handshakes: {
    isResident: 'again',
    template: 'again',
    // The same event again is answered the same.
    accept: 'again',
    draftInvite: 'again',
    completeInvite: 'again',
  },
  // What came already is known, and what was answered already is wanted no more.
  receipt: { offer: 'again', supply: 'again', wants: 'again' },
  serving: {
    checkAcl: 'again',
    event: 'again',
    stateIds: 'again',
    events: 'again',
    authChainIds: 'again',
    backfill: 'again',
    missingEvents: 'again',
    eventByTime: 'again',
  },
};

export const usersMethods: MethodsOf<UsersContract> = {
  accounts: {
    createAccount: 'once',
    // It is no guest's after the first.
    upgradeGuest: 'once',
    accountMade: 'again',
    passwordRecord: 'again',
    // Each makes a device.
    openSession: 'once',
    // The old token stays good until the new one is used.
    refreshSession: 'again',
    authenticate: 'again',
    // The token is gone after the first.
    logout: 'again',
    logoutAll: 'again',
    devices: 'again',
    device: 'again',
    renameDevice: 'again',
    deleteDevices: 'again',
    // What was proven is the password no more after the first.
    changePassword: 'once',
    deactivate: 'once',
    standing: 'again',
    setStanding: 'again',
    createToken: 'again',
    openIdUser: 'again',
    profile: 'again',
    memberProfile: 'again',
    setProfileField: 'again',
    openUiaSession: 'again',
    uiaSession: 'again',
    uiaSessionFor: 'again',
    completeUiaStage: 'again',
    // Answers true a single time.
    endUiaSession: 'once',
  },
  data: {
    accountData: 'again',
    setAccountData: 'again',
    setTag: 'again',
    defineFilter: 'again',
    filter: 'again',
    setFullyRead: 'again',
    blocksInvites: 'again',
    copyRoomData: 'again',
  },
  directory: { search: 'again' },
  keys: {
    uploadKeys: 'again',
    queryKeys: 'again',
    // Each takes keys away.
    claimKeys: 'once',
    uploadCrossSigning: 'again',
    uploadSignatures: 'again',
    sendToDevice: 'again',
    devicesChanged: 'again',
  },
  dehydrated: {
    dehydratedDevice: 'again',
    putDehydratedDevice: 'again',
    // It is gone after the first.
    deleteDehydratedDevice: 'once',
    dehydratedDeviceEvents: 'again',
  },
  backup: {
    // Each makes a version.
    createBackup: 'once',
    backup: 'again',
    updateBackup: 'again',
    deleteBackup: 'again',
    putBackupKeys: 'again',
    backupKeys: 'again',
    deleteBackupKeys: 'again',
  },
  push: {
    pushRules: 'again',
    // Where the rule stands may have changed between the two.
    putPushRule: 'once',
    // It is gone after the first.
    deletePushRule: 'once',
    enablePushRule: 'again',
    setPushRuleActions: 'again',
    copyRoomRules: 'again',
    read: 'again',
    notifications: 'again',
  },
  pushers: {
    pushers: 'again',
    setPusher: 'again',
    deletePusher: 'again',
    endPushersOfOthers: 'again',
  },
  presence: {
    setPresence: 'again',
    presenceOf: 'again',
    applyPresence: 'again',
    currentPresence: 'again',
  },
  stream: {
    apply: 'again',
    applyTyping: 'again',
    applyReceipts: 'again',
    news: 'again',
    hasNews: 'again',
    roomPosition: 'again',
    deviceListChanges: 'again',
    forget: 'again',
    joinedRooms: 'again',
    mutualRooms: 'again',
    ignoredUsers: 'again',
  },
};

export const homeMethods: MethodsOf<HomeContract> = {
  signingKey: 'again',
  verifyKeys: 'again',
  openGroup: 'again',
  checkLocalpart: 'again',
  claimLocalpart: 'again',
  confirmLocalpart: 'again',
  groupOf: 'again',
  groups: 'again',
  holdRegistrationToken: 'again',
  releaseRegistrationToken: 'again',
  spendRegistrationToken: 'again',
  registrationTokenValid: 'again',
  // The token is there after the first.
  createRegistrationToken: 'once',
  createNonce: 'again',
  // Answers true a single time.
  useNonce: 'once',
  report: 'again',
  reports: 'again',
  // The alias is taken after the first.
  draftCreateEvent: 'once',
  // Each takes one off.
  creationRefused: 'once',
  noticeRoom: 'again',
  aliases: {
    get: 'again',
    // The alias is there after the first.
    set: 'once',
    remove: 'again',
    ofRoom: 'again',
    move: 'again',
    removeAll: 'again',
    settle: 'again',
  },
  directory: { put: 'again', page: 'again' },
};

export const serversMethods: MethodsOf<ServersContract> = {
  keys: {
    known: 'again',
    answer: 'again',
    // The second would be told that the first is at it.
    claim: 'once',
    store: 'again',
    failed: 'again',
  },
  inbound: {
    // The second would be told that the first is at it.
    begin: 'once',
    finish: 'again',
    abandon: 'again',
    // Rooms know events that come twice.
    stage: 'again',
  },
  // What a shard knows it ignores.
  outbound: { apply: 'again', roomsWith: 'again', heard: 'again', settleDestination: 'again' },
  work: {
    offer: 'again',
    // What is leased to somebody who never hears of it comes again when the lease ends.
    lease: 'again',
    settleRoom: 'again',
  },
};
