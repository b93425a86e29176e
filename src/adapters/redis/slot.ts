/** Which of a cluster's 16,384 slots a key lives in. Pure. Source: the Redis Cluster specification (CRC16-CCITT, XMODEM). */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc
})

/** How many slots a cluster has. */
export const SLOTS = 16_384

/** Only what stands between the first `{` and the next `}` counts, unless that is nothing. */
export function slotOf(key: Buffer): number {
  const open = key.indexOf(0x7b)
  const close = open < 0 ? -1 : key.indexOf(0x7d, open + 1)
  const part = close > open + 1 ? key.subarray(open + 1, close) : key
  let crc = 0
  for (const byte of part) crc = ((crc << 8) & 0xffff) ^ (TABLE[((crc >> 8) ^ byte) & 0xff] ?? 0)
  return crc % SLOTS
}
