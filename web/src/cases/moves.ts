import type { AllowedMove, Move, MoveBody, MovePath, Stage } from '../kernel/types'
import type { LonLat } from '../areas/point'

/** What a move asks of the one who makes it. `point` fills `lon` and `lat`. */
export interface MoveField {
  name: 'item' | 'note' | 'point' | 'reason' | 'pointer' | 'unit' | 'handler' | 'result' | 'attachments' | 'clause'
  kind: 'item' | 'unit' | 'handler' | 'line' | 'text' | 'photos' | 'point'
  required?: true
}

const note: MoveField = { name: 'note', kind: 'text' }
const reason: MoveField = { name: 'reason', kind: 'text', required: true }
const photos: MoveField = { name: 'attachments', kind: 'photos' }

const FIELDS: Record<Move, readonly MoveField[]> = {
  report: [],
  file: [{ name: 'item', kind: 'item', required: true }, note, { name: 'point', kind: 'point' }],
  decline: [reason, { name: 'pointer', kind: 'line' }],
  dispatch: [{ name: 'unit', kind: 'unit', required: true }, note],
  accept: [note],
  hand: [{ name: 'handler', kind: 'handler', required: true }, note],
  submit: [{ name: 'result', kind: 'text', required: true }, photos],
  verify: [note, photos],
  rework: [reason],
  close: [note],
  send_back: [reason, { name: 'clause', kind: 'line' }],
  withdraw: [{ name: 'reason', kind: 'text' }],
  reopen: [reason],
}

/** Moves that take something away from somebody are drawn as such. */
const GRAVE: readonly Move[] = ['decline', 'send_back', 'rework', 'withdraw']

export function isGrave(move: Move): boolean {
  return GRAVE.includes(move)
}

/** The fields of `move`. Only a unit that refuses a case stands on a clause of the catalogue, so only it is asked for one. */
export function fieldsOf(move: AllowedMove, from: Stage): readonly MoveField[] {
  const refusal = move.to === 'filed' && (from === 'dispatched' || from === 'handling')
  return FIELDS[move.move].filter((field) => field.name !== 'clause' || refusal)
}

export function movePath(move: Move): MovePath {
  return (move === 'send_back' ? 'send-back' : move) as MovePath
}

export interface MoveValues {
  item: string
  note: string
  point: LonLat | null
  reason: string
  pointer: string
  unit: string
  handler: string
  result: string
  attachments: string[]
  clause: string
}

export function emptyValues(): MoveValues {
  return { item: '', note: '', point: null, reason: '', pointer: '', unit: '', handler: '', result: '', attachments: [], clause: '' }
}

/** The first required field that is still empty. */
export function missing(fields: readonly MoveField[], values: MoveValues): MoveField | undefined {
  return fields.find((field) => field.required && String(values[field.name] ?? '').trim() === '')
}

/** The body of the request: the fields of the move that were filled in, and nothing else, because the server refuses what it does not know. */
export function bodyOf(fields: readonly MoveField[], values: MoveValues, version: number): MoveBody {
  const body: Record<string, unknown> = { version }
  for (const { name } of fields) {
    const value = values[name]
    if (name === 'point') {
      if (values.point) Object.assign(body, { lon: values.point.lon, lat: values.point.lat })
    } else if (typeof value === 'string') {
      if (value.trim()) body[name] = value.trim()
    } else if (Array.isArray(value) && value.length > 0) {
      body[name] = value
    }
  }
  return body as MoveBody
}
