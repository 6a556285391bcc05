// The password-hash door: slow on purpose, so it never runs inside a turn nor on the threads that the disk sync uses.

export interface Passwords {
  /** A self-describing hash: `scrypt$N$r$p$salt$hash`. */
  hash(password: string): Promise<string>;
  /** Whether the password is the hash's; false for a hash of an unknown form. Takes its time also then. */
  verify(password: string, hash: string): Promise<boolean>;
}
