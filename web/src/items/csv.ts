/** A look into a table before it is sent: what its columns are called and how its first rows read. The server reads it for good. */
export interface Peek {
  fields: string[]
  rows: Record<string, string>[]
  count: number
}

/** The text of a file: UTF-16 by its mark, UTF-8 where it is that, else the Chinese national encoding. */
export function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

/** The records of a CSV (RFC 4180): quoted cells may hold commas, quotes and line breaks; blank lines are none. */
export function records(text: string): string[][] {
  const all: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const end = () => {
    row.push(cell)
    if (row.length > 1 || row[0]) all.push(row)
    row = []
    cell = ''
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') {
        cell += '"'
        at++
      } else quoted = false
    } else if (char === '"' && cell === '') quoted = true
    else if (char === ',') {
      row.push(cell)
      cell = ''
    } else if (char === '\n') end()
    else if (char !== '\r') cell += char
  }
  if (cell || row.length) end()
  return all
}

export function peek(text: string, most = 5): Peek {
  const [header = [], ...rest] = records(text)
  const rows = rest.slice(0, most).map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ''])))
  return { fields: header, rows, count: rest.length }
}

/** Bytes as base64, piece by piece: a call takes only so many arguments. */
export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}
