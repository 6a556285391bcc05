// The randomness door: cryptographically strong outside the simulator.

export interface Random {
  bytes(count: number): Uint8Array;
}
