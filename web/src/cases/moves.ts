import type { LonLat } from '../areas/point'
import { momentOf } from '../kernel/time'
import type { AllowedMove, Move, MoveBody, MoveField, MovePath } from '../kernel/types'

/** Moves that take something away from somebody are drawn as such. */
const GRAVE: readonly Move[] = ['decline', 'send_back', 'rework', 'withdraw', 'refuse', 'refuse_consent', 'merge', 'recuse', 'release']
/** The next steps of a case, the most expected first; the other moves stand beside its way. */
const MAIN: readonly Move[] = [
  'arbitrate',
  'grant',
  'review_appeal',
  'decide_appeal',
  'answer_check',
  'call_back',
  'respond',
  'contribute',
  'resume',
  'consent',
  'accept',
  'file',
  'dispatch',
  'close',
  'verify',
  'hand',
  'submit',
  'reopen',
  'refuse',
  'refuse_consent',
  'rework',
  'send_back',
  'decline',
]
/** A lone button or two beside the next steps need no menu. */
const FEW = 2

export function isGrave(move: Move): boolean {
  return GRAVE.includes(move)
}

/** The next steps as buttons in the order of `MAIN`, and the rest in the order of the server, which go into a menu. */
export function orderMoves(offers: readonly AllowedMove[]): { main: AllowedMove[]; more: AllowedMove[] } {
  // One person may hold two posts that send back to different stages: it is one button, the server knows where to.
  const each = offers.filter((offer, at) => offers.findIndex((other) => other.move === offer.move) === at)
  const rank = (offer: AllowedMove) => MAIN.indexOf(offer.move)
  const main = each.filter((offer) => rank(offer) >= 0).sort((a, b) => rank(a) - rank(b))
  const rest = each.filter((offer) => rank(offer) < 0)
  return rest.length < FEW || (main.length === 0 && rest.length <= FEW) ? { main: [...main, ...rest], more: [] } : { main, more: rest }
}

/** Whether the move is the one most people come for, and drawn so. */
export function isLeading(move: Move): boolean {
  return MAIN.includes(move) && move !== 'reopen' && !isGrave(move)
}

export function movePath(move: Move): MovePath {
  return move.replaceAll('_', '-') as MovePath
}

export type MoveValue = string | boolean | string[] | LonLat | null
export type MoveValues = Record<string, MoveValue>

export function emptyValues(fields: readonly MoveField[]): MoveValues {
  const empty = ({ kind }: MoveField): MoveValue => (kind === 'pictures' ? [] : kind === 'point' || kind === 'yes_no' ? null : '')
  return Object.fromEntries(fields.map((field) => [field.name, empty(field)]))
}

/**
 * The fields to be answered now. Whom to send is left to the server, which takes the nearest grid worker; what the
 * reporter says about the matter is asked only once they were reached, and then it must be answered.
 */
export function askedOf(fields: readonly MoveField[], values: MoveValues): MoveField[] {
  const calls = fields.some((field) => field.name === 'reached')
  return fields.flatMap((field) => {
    if (field.kind === 'checker') return []
    if (!calls || (field.name !== 'resolved' && field.name !== 'satisfied')) return [field]
    return values.reached === true ? [{ ...field, required: true }] : []
  })
}

/** The fields of a form once the item is known: which condition it is filed under is asked only where it has several to choose from, and then it must be answered. */
export function withConditions(fields: readonly MoveField[], conditions: number): MoveField[] {
  return fields.flatMap((field) => (field.kind !== 'condition' ? [field] : conditions > 1 ? [{ ...field, required: true }] : []))
}

const blank = (value: MoveValue | undefined): boolean =>
  value === undefined || value === null || (typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && value.length === 0)

/** The first required field that is still empty. */
export function missing(fields: readonly MoveField[], values: MoveValues): MoveField | undefined {
  return askedOf(fields, values).find((field) => field.required && blank(values[field.name]))
}

/** The body of the request: what was asked and filled in, and nothing else, because the server refuses what it does not know. Dates are told in `zone`. */
export function bodyOf(fields: readonly MoveField[], values: MoveValues, version: number, zone: string): MoveBody {
  const body: Record<string, unknown> = { version }
  for (const { name, kind } of askedOf(fields, values)) {
    const value = values[name]
    if (blank(value)) continue
    if (kind === 'point') Object.assign(body, { lon: (value as LonLat).lon, lat: (value as LonLat).lat })
    else if (kind === 'date') body[name] = momentOf(String(value), zone)
    else if (kind === 'stars' || kind === 'condition') body[name] = Number(value)
    else body[name] = typeof value === 'string' ? value.trim() : value
  }
  return body as MoveBody
}
