import { api } from '../kernel/api'
import type { Region } from '../kernel/types'

let read: Promise<Region[]> | null = null

/** The regions served here, read once per page; a failed read is tried again next time. */
export function regions(): Promise<Region[]> {
  read ??= api
    .get('/api/regions')
    .then((page) => page.items)
    .catch((error: unknown) => {
      read = null
      throw error
    })
  return read
}
