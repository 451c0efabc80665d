/** The HTTP contract as the pages use it. Times are milliseconds UTC, ids UUIDs, area codes strings of digits. */
import type { Page } from './pages'

export type Role =
  | 'resident'
  | 'grid_worker'
  | 'intake_operator'
  | 'dispatcher'
  | 'unit_officer'
  | 'handler'
  | 'supervisor'
  | 'analyst'
  | 'catalogue_steward'
  | 'data_steward'
  | 'system_administrator'
  | 'security_administrator'
  | 'auditor'
export type Stage = 'reported' | 'filed' | 'dispatched' | 'handling' | 'verifying' | 'closed' | 'declined' | 'withdrawn'
export type Move =
  | 'file'
  | 'decline'
  | 'dispatch'
  | 'accept'
  | 'hand'
  | 'submit'
  | 'verify'
  | 'rework'
  | 'close'
  | 'send_back'
  | 'withdraw'
  | 'reopen'
export type Channel = 'web' | 'telephone' | 'worker' | 'counter'
export type Purpose = 'clarify' | 'call_back' | 'danger' | 'correction'
export type Level = 'street' | 'community' | 'grid'

export interface Post {
  id: string
  role: Role
  region: string | null
  unit: string | null
  unit_name: string | null
  area: string | null
  from_at: number | null
  until_at: number | null
}
export interface Session {
  account: { id: string; username: string; name: string }
  posts: Post[]
  expires_at: number
}
export interface OwnSession {
  id: string
  created_at: number
  seen_at: number | null
  expires_at: number
  current: boolean
}
export interface Token {
  id: string
  name: string
  created_at: number
  expires_at: number | null
  used_at: number | null
}
export interface Account {
  id: string
  username: string
  name: string
  disabled: boolean
  locked_until: number | null
  posts: Post[]
}

export interface Region {
  code: string
  name: string
  zone: string
  bounds: [number, number, number, number] | null
}
export interface Area {
  code: string
  name: string
  level: Level
  parent: string
  kind: string | null
}
export interface Named {
  code: string
  name: string
}
export interface Located {
  region: Named
  street: Named
  community: Named
  grid: Named
}
export interface Unit {
  id: string
  name: string
  kind: string
}
export interface Item {
  code: string
  name: string
  kind: string
  major: string
  limit_hours: number
  urgent: boolean
  public: boolean
}
export interface FeatureCollection {
  type: 'FeatureCollection'
  features: { type: 'Feature'; geometry: unknown; properties: Record<string, unknown> }[]
}

export interface CaseRow {
  id: string
  number: string
  stage: Stage
  round: number
  version: number
  urgent: boolean
  channel: Channel
  title: string
  place: string | null
  item: string | null
  grid: string | null
  lon: number | null
  lat: number | null
  unit: string | null
  handler: string | null
  reported_at: number
  filed_at: number | null
  due_at: number | null
  overdue: boolean
  open: boolean
}
export interface CaseEvent {
  n: number
  at: number
  move: string
  from: Stage | null
  to: Stage
  round: number
  actor: { name: string; role: Role } | null
  unit: string | null
  unit_name: string | null
  handler: string | null
  note: string | null
  attachments: string[]
}
export interface AllowedMove {
  move: Move
  to: Stage
}
export interface Photo {
  id: string
  width: number
  height: number
  n: number
}
export interface CaseView extends CaseRow {
  text: string
  verified: boolean
  submitted_at: number | null
  closed_at: number | null
  attachments: Photo[]
  contact: { on_file: boolean; masked: string | null } | null
  names: Partial<Record<'unit' | 'handler' | 'item' | 'street' | 'community' | 'grid', string | null>>
  moves: AllowedMove[]
  events: CaseEvent[]
}
export interface NewCase {
  id: string
  text: string
  place?: string
  lon?: number
  lat?: number
  item?: string
  telephone?: string
  channel?: Channel
  attachments?: string[]
  seen_at?: number
}
export interface Reported {
  id: string
  number: string
  tracking_code: string
  stage: Stage
  version: number
  reported_at: number
}
export interface Tracked {
  number: string
  region: string
  region_name: string
  stage: Stage
  round: number
  version: number
  item_name: string | null
  unit_name: string | null
  reported_at: number
  due_at: number | null
  closed_at: number | null
  steps: { move: string; stage: Stage; at: number; unit_name: string | null }[]
  moves: ('withdraw' | 'reopen')[]
  contact_reads: { at: number; purpose: Purpose }[]
}
export interface Moved {
  id: string
  stage: Stage
  version: number
  moves: AllowedMove[]
}
export type CaseFilter = {
  view?: 'all' | 'todo'
  stage?: string
  item?: string
  unit?: string
  area?: string
  open?: 'true' | 'false'
  overdue?: 'true'
}
type Paged = { limit?: number; cursor?: string }

export interface AuditLine {
  n: number
  at: number
  action: string
  actor: string | null
  region: string | null
  subject: string | null
  detail: string | null
}
export interface AuditStatus {
  sealed: number
  unsealed: number
  oldest_unsealed_at: number | null
}

/** The fields each move takes, besides `version`. */
export type MoveBody = { version: number } & Partial<{
  item: string
  urgent: boolean
  note: string
  lon: number
  lat: number
  reason: string
  pointer: string
  unit: string
  handler: string
  result: string
  attachments: string[]
  clause: string
}>
type MovePath = Exclude<Move, 'send_back'> | 'send-back'
type MoveRoutes = { [M in MovePath as `POST /api/regions/{region}/cases/{id}/${M}`]: { body: MoveBody; answer: Moved } }

export interface Routes extends MoveRoutes {
  'GET /api/session': { answer: Session }
  'POST /api/session': { body: { username: string; password: string }; answer: Session }
  'DELETE /api/session': { answer: void }
  'POST /api/session/password': { body: { old: string; new: string }; answer: void }
  'GET /api/sessions': { answer: Page<OwnSession> }
  'DELETE /api/sessions/{id}': { answer: void }
  'GET /api/tokens': { answer: Page<Token> }
  'POST /api/tokens': { body: { id: string; name: string; expires_at?: number }; answer: { id: string; token: string } }
  'DELETE /api/tokens/{id}': { answer: void }

  'GET /api/accounts': { query: Paged & { q?: string; region?: string }; answer: Page<Account> }
  'POST /api/accounts': { body: { id: string; username: string; name: string; password?: string }; answer: Account }
  'GET /api/accounts/{id}': { answer: Account }
  'PATCH /api/accounts/{id}': { body: { name?: string; disabled?: boolean }; answer: Account }
  'POST /api/accounts/{id}/password': { body: { password: string }; answer: void }
  'POST /api/accounts/{id}/unlock': { answer: void }
  'DELETE /api/accounts/{id}/sessions': { answer: void }
  'PUT /api/accounts/{id}/posts/{post}': {
    body: { role: Role; region: string; unit?: string; area?: string; from_at?: number; until_at?: number }
    answer: Post
  }
  'DELETE /api/accounts/{id}/posts/{post}': { answer: void }

  'GET /api/regions': { answer: Page<Region> }
  'GET /api/regions/{region}/areas': { query: { level: Level; parent?: string; limit?: number; cursor?: string }; answer: Page<Area> }
  'GET /api/regions/{region}/areas/geometry': { query: { level: Level; parent?: string }; answer: FeatureCollection }
  'GET /api/regions/{region}/locate': { query: { lon: number; lat: number }; answer: Located }
  'GET /api/regions/{region}/map': { answer: FeatureCollection }
  'PUT /api/regions/{region}/areas/{code}': { body: { name: string; kind?: string }; answer: Area }
  'GET /api/regions/{region}/units': { query: Paged; answer: Page<Unit> }
  'PUT /api/regions/{region}/units/{id}': { body: { name: string; kind: string }; answer: Unit }
  'GET /api/regions/{region}/items': { query: Paged; answer: Page<Item> }
  'PUT /api/regions/{region}/items/{code}': { body: Omit<Item, 'code'>; answer: Item }
  'GET /api/regions/{region}/handlers': { query: { unit: string }; answer: Page<{ id: string; name: string }> }

  'POST /api/regions/{region}/cases': { body: NewCase; answer: Reported }
  'GET /api/regions/{region}/cases': { query: CaseFilter & Paged & { sort?: string }; answer: Page<CaseRow> }
  'GET /api/regions/{region}/cases/count': { query: CaseFilter; answer: { count: number; exact: boolean } }
  'GET /api/regions/{region}/cases/{id}': { answer: CaseView }
  'POST /api/regions/{region}/cases/{id}/contact/reveal': { body: { purpose: Purpose }; answer: { telephone: string } }
  'GET /api/track/{code}': { answer: Tracked }
  'POST /api/track/{code}/withdraw': { body: { version: number; reason?: string }; answer: unknown }
  'POST /api/track/{code}/reopen': { body: { version: number; reason: string }; answer: unknown }

  'GET /api/audit': { query: { after?: string; limit?: number; action?: string }; answer: Page<AuditLine> }
  'GET /api/audit/status': { answer: AuditStatus }
}
