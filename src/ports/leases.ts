/** Who may do what only one replica is to do. */

/** Work that one replica does at a time. Time is the store's clock, so skewed replicas agree. */
export interface Leases {
  take(name: string, owner: string, ms: number): Promise<boolean>
  release(name: string, owner: string): Promise<void>
}
