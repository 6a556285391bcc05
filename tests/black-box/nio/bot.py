"""A bot with matrix-nio, as anybody would write one: joins on invitation, repeats what is said to it, and obeys a few words.

Arguments: the server's URL, the user's name. The password comes on the first line of standard input, the end of the input ends
the bot. Each thing that it sees or does is one line of JSON on standard output.
"""

import asyncio
import json
import sys

from nio import (
    AsyncClient,
    InviteMemberEvent,
    LoginResponse,
    MatrixRoom,
    MessageDirection,
    ReceiptEvent,
    RedactionEvent,
    RoomMemberEvent,
    RoomMessageText,
    RoomMessagesResponse,
    TypingNoticeEvent,
    UploadFilterResponse,
)

FILTER = {
    "timeline": {"limit": 5},
    "state": {"lazy_load_members": True},
}


def tell(what: str, **facts: object) -> None:
    print(json.dumps({"what": what, **facts}), flush=True)


def wanted(response: object, kind: type) -> object:
    """The response, if the server did what was asked."""
    if not isinstance(response, kind):
        raise RuntimeError(f"{response}")
    return response


class Bot:
    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self.said: list[str] = []
        client.add_event_callback(self.on_invite, InviteMemberEvent)
        client.add_event_callback(self.on_text, RoomMessageText)
        client.add_event_callback(self.on_member, RoomMemberEvent)
        client.add_event_callback(self.on_redaction, RedactionEvent)
        client.add_ephemeral_callback(self.on_typing, TypingNoticeEvent)
        client.add_ephemeral_callback(self.on_receipt, ReceiptEvent)

    async def on_invite(self, room: MatrixRoom, event: InviteMemberEvent) -> None:
        if event.state_key != self.client.user_id or event.membership != "invite":
            return
        tell("invited", room=room.room_id, by=event.sender, name=room.name)
        tell("joined", response=type(await self.client.join(room.room_id)).__name__)

    async def on_text(self, room: MatrixRoom, event: RoomMessageText) -> None:
        tell("heard", body=event.body, by=event.sender, members=room.member_count, name=room.user_name(event.sender))
        await self.client.room_read_markers(room.room_id, event.event_id, event.event_id)
        words = {"!type": self.type, "!history": self.history, "!redact": self.redact, "!leave": self.leave}
        await words.get(event.body, self.repeat)(room, event)

    async def repeat(self, room: MatrixRoom, event: RoomMessageText) -> None:
        content = {
            "msgtype": "m.notice",
            "body": f"you said: {event.body}",
            "m.relates_to": {"m.in_reply_to": {"event_id": event.event_id}},
        }
        sent = await self.client.room_send(room.room_id, "m.room.message", content)
        self.said.append(sent.event_id)

    async def type(self, room: MatrixRoom, event: RoomMessageText) -> None:
        response = await self.client.room_typing(room.room_id, True, 60_000)
        tell("typed", response=type(response).__name__)

    async def history(self, room: MatrixRoom, event: RoomMessageText) -> None:
        """All of the room from its end to its beginning, in pages, and then from its beginning on."""
        bodies: list[str] = []
        start = ""
        while start is not None:
            page = wanted(await self.client.room_messages(room.room_id, start, limit=7), RoomMessagesResponse)
            bodies += [event.body for event in page.chunk if isinstance(event, RoomMessageText)]
            start = page.end
        first = await self.client.room_messages(room.room_id, "", direction=MessageDirection.front, limit=1)
        tell("history", bodies=bodies, first=type(wanted(first, RoomMessagesResponse).chunk[0]).__name__)

    async def redact(self, room: MatrixRoom, event: RoomMessageText) -> None:
        response = await self.client.room_redact(room.room_id, self.said[-1], "asked to")
        tell("redacted", event=self.said[-1], response=type(response).__name__)

    async def leave(self, room: MatrixRoom, event: RoomMessageText) -> None:
        left = await self.client.room_leave(room.room_id)
        forgotten = await self.client.room_forget(room.room_id)
        tell("left", responses=[type(left).__name__, type(forgotten).__name__])

    async def on_member(self, room: MatrixRoom, event: RoomMemberEvent) -> None:
        tell("member", user=event.state_key, membership=event.membership)

    async def on_redaction(self, room: MatrixRoom, event: RedactionEvent) -> None:
        tell("redaction", event=event.redacts, reason=event.reason)

    async def on_typing(self, room: MatrixRoom, event: TypingNoticeEvent) -> None:
        tell("typing", users=event.users)

    async def on_receipt(self, room: MatrixRoom, event: ReceiptEvent) -> None:
        tell("receipts", by=[receipt.user_id for receipt in event.receipts])


async def run(url: str, user: str) -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    client = AsyncClient(url, user)
    try:
        password = (await lines.readline()).decode().rstrip("\n")
        login = wanted(await client.login(password, device_name="a bot"), LoginResponse)
        tell("ready", user=login.user_id, device=login.device_id)
        chosen = wanted(await client.upload_filter(room=FILTER), UploadFilterResponse)
        Bot(client)
        syncing = asyncio.create_task(client.sync_forever(timeout=30_000, sync_filter=chosen.filter_id, full_state=True))
        ended = asyncio.create_task(lines.read())
        await asyncio.wait([syncing, ended], return_when=asyncio.FIRST_COMPLETED)
        if syncing.done():
            syncing.result()
        client.stop_sync_forever()
        syncing.cancel()
        tell("logged out", response=type(await client.logout()).__name__)
    finally:
        await client.close()


asyncio.run(run(*sys.argv[1:3]))
