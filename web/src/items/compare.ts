import type { ItemDiff } from './types'

export const CHANGES = ['added', 'removed', 'changed'] as const
export type Change = (typeof CHANGES)[number]

/** The differences of one sort in which `text` occurs: in the name, the code, or what a field says. */
export function changesOf(items: readonly ItemDiff[], change: Change | '', text: string): ItemDiff[] {
  const wanted = text.trim().toLowerCase()
  const says = (item: ItemDiff) => [item.name, item.code, ...item.fields.flatMap((field) => [field.a ?? '', field.b ?? ''])].join('\n').toLowerCase()
  return items.filter((item) => (!change || item.change === change) && (!wanted || says(item).includes(wanted)))
}
