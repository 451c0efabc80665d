/** A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits. Records the client names carry one, so a retry is the same record. */
export function uuidv7(now: number = Date.now(), random: (bytes: Uint8Array) => void = fill): string {
  const bytes = new Uint8Array(16)
  random(bytes)
  let rest = now
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

// crypto.randomUUID is missing on plain-HTTP addresses of a local network; getRandomValues is not.
function fill(bytes: Uint8Array): void {
  crypto.getRandomValues(bytes)
}
