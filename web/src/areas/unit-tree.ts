interface Node {
  id: string
  parent: string | null
}
export interface Branch<U> {
  unit: U
  depth: number
}

/** The units as a tree, each under the one it belongs to, otherwise in their order; whose parent is not among them stands at the top. */
export function branches<U extends Node>(units: readonly U[]): Branch<U>[] {
  const known = new Set(units.map((unit) => unit.id))
  const below = new Map<string, U[]>()
  const top: U[] = []
  for (const unit of units) {
    if (!unit.parent || !known.has(unit.parent)) top.push(unit)
    else below.set(unit.parent, [...(below.get(unit.parent) ?? []), unit])
  }
  const rows: Branch<U>[] = []
  const seen = new Set<string>()
  const walk = (unit: U, depth: number): void => {
    if (seen.has(unit.id)) return
    seen.add(unit.id)
    rows.push({ unit, depth })
    for (const child of below.get(unit.id) ?? []) walk(child, depth + 1)
  }
  for (const unit of top) walk(unit, 0)
  // Only a damaged tree has units that hang on each other alone.
  for (const unit of units) walk(unit, 0)
  return rows
}
