import { uuidv7 } from '../kernel/ids'
import type { LonLat } from '../areas/point'

/** A report being written. Its id is made once and kept until the server has answered, so that sending it again never makes a second case. */
export interface ReportDraft {
  id: string
  region: string
  text: string
  place: string
  item: string
  point: LonLat | null
}

const slot = (channel: string) => `jingwei.draft.${channel}`

export function openDraft(channel: string, storage: Storage = sessionStorage, make: () => string = uuidv7): ReportDraft {
  const empty: ReportDraft = { id: make(), region: '', text: '', place: '', item: '', point: null }
  try {
    const kept = JSON.parse(storage.getItem(slot(channel)) ?? 'null') as Partial<ReportDraft> | null
    return { ...empty, ...(kept ?? {}) }
  } catch {
    return empty
  }
}

/** The telephone number and the photos are left out: they do not stay on a shared computer. */
export function keepDraft(channel: string, draft: ReportDraft, storage: Storage = sessionStorage): void {
  try {
    const { id, region, text, place, item, point } = draft
    storage.setItem(slot(channel), JSON.stringify({ id, region, text, place, item, point }))
  } catch {
    // A full or forbidden storage only costs the draft on reload.
  }
}

export function dropDraft(channel: string, storage: Storage = sessionStorage): void {
  storage.removeItem(slot(channel))
}
