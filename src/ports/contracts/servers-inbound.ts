// Transactions of other servers. https://spec.matrix.org/v1.19/server-server-api/#transactions

/** A PDU as JSON text, exactly as it came: the strict reader runs on it where it is used. */
export type PduText = string;

export interface ServersInbound {
  /**
   * A transaction has come. `answered`: it was before, and this is what it was answered, whatever it holds this time.
   * `under-way`: it has come already and has no answer yet; ask again. `yours`: go on, and end it with `finish` or
   * `abandon`. `behind` are the rooms that have PDUs of this origin waiting here: what comes for them has to go behind.
   */
  begin(
    origin: string,
    transactionId: string,
  ): Promise<
    | { readonly kind: 'answered'; readonly answer: string }
    | { readonly kind: 'under-way' }
    | { readonly kind: 'yours'; readonly behind: readonly string[] }
  >;
  /** Keeps the answer, as JSON text, for who repeats the transaction. A cache: Rooms know events that come again. */
  finish(origin: string, transactionId: string, answer: string): Promise<void>;
  /** It could not be answered; the next who brings it does it. */
  abandon(origin: string, transactionId: string): Promise<void>;
  /**
   * Keeps PDUs durably for a room that is too busy to take them; the runner hands them over in this order. Answers how many
   * of them, from the first on, there was room for; the others were not taken.
   */
  stage(origin: string, roomId: string, texts: readonly PduText[]): Promise<{ readonly taken: number }>;
}
