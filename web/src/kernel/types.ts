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
  region: string
  unit: string | null
  unit_name: string | null
  area: string | null
  from_at: number
  until_at: number | null
}
export interface Session {
  account: { id: string; username: string; name: string }
  posts: Post[]
  expires_at: number | null
}
export interface OwnSession {
  id: string
  created_at: number
  seen_at: number
  ends_at: number
  address: string | null
  agent: string | null
}
export interface Token {
  id: string
  name: string
  scopes: TokenScope[]
  created_at: number
  expires_at: number
  revoked: boolean
}
export type TokenScope = 'cases:report' | 'cases:read' | 'cases:move' | 'base:read' | 'base:write' | 'audit:read' | 'metrics:read'
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
  parent: string | null
  kind: string
}
export interface Named {
  code: string
  name: string
}
export interface Located {
  region: Named
  street: Named | null
  community: Named | null
  grid: Named | null
}
export interface Unit {
  id: string
  name: string
  kind: string
  closed: boolean
}
export interface Item {
  code: string
  name: string
  kind: string
  major: string
  limit_hours: number
  urgent: boolean
  public: boolean
  retired: boolean
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
  actor: { name: string | null; role: string | null }
  unit: string | null
  unit_name: string | null
  handler: string | null
  handler_name: string | null
  note: string | null
  clause: string | null
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
  region_name: string | null
  zone: string | null
  stage: Stage
  round: number
  version: number
  item_name: string | null
  unit_name: string | null
  reported_at: number
  due_at: number | null
  closed_at: number | null
  steps: { move: string; stage: Stage; at: number; unit_name: string | null; told: string | null; pointer: string | null }[]
  moves: AllowedMove[]
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
  position: number
  at: number
  region: string
  actor_kind: string
  actor: string
  action: string
  object: string
  detail: Record<string, unknown>
  address: string | null
}
export interface AuditStatus {
  sealed: number
  unsealed: number
  oldest_unsealed_ms: number | null
}

/** The fields each move takes, besides `version`. */
export type MoveBody = { version: number } & Partial<{
  item: string
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
type MoveRoutes = { [M in MovePath as `POST /api/regions/{region}/cases/{case}/${M}`]: { body: MoveBody; answer: Moved } }

export interface Routes extends MoveRoutes {
  'GET /api/session': { answer: Session }
  'POST /api/session': { body: { username: string; password: string }; answer: Session }
  'DELETE /api/session': { answer: void }
  'POST /api/session/password': { body: { old: string; new: string }; answer: void }
  'GET /api/sessions': { answer: { items: OwnSession[] } }
  'DELETE /api/sessions/{session}': { answer: void }
  'GET /api/tokens': { answer: { items: Token[] } }
  'POST /api/tokens': { body: { id: string; name: string; scopes: TokenScope[]; days: number }; answer: { id: string; token: string; expires_at: number } }
  'DELETE /api/tokens/{token}': { answer: void }

  'GET /api/accounts': { query: Paged & { q?: string; region?: string }; answer: Page<Account> }
  'POST /api/accounts': { body: { id: string; username: string; name: string; password?: string }; answer: Account }
  'GET /api/accounts/{account}': { answer: Account }
  'PATCH /api/accounts/{account}': { body: { name?: string; disabled?: boolean }; answer: Account }
  'POST /api/accounts/{account}/password': { body: { password: string }; answer: void }
  'POST /api/accounts/{account}/unlock': { answer: void }
  'DELETE /api/accounts/{account}/sessions': { answer: void }
  'PUT /api/accounts/{account}/posts/{post}': {
    body: { role: Role; region: string; unit?: string; area?: string; from_at?: number; until_at?: number }
    answer: void
  }
  'DELETE /api/accounts/{account}/posts/{post}': { answer: void }

  'GET /api/regions': { answer: Page<Region> }
  'GET /api/regions/{region}/areas': { query: { level: Level; parent?: string }; answer: Page<Area> }
  'GET /api/regions/{region}/areas/geometry': { query: { level: Level; parent?: string }; answer: FeatureCollection }
  'GET /api/regions/{region}/locate': { query: { lon: number; lat: number }; answer: Located }
  'GET /api/regions/{region}/map': { answer: FeatureCollection }
  'PUT /api/regions/{region}/areas/{code}': { body: { name: string; kind?: string }; answer: Area }
  'GET /api/regions/{region}/units': { query: { all?: true }; answer: Page<Unit> }
  'PUT /api/regions/{region}/units/{id}': { body: { name: string; kind: string; closed: boolean }; answer: Unit }
  'GET /api/regions/{region}/items': { query: { all?: true }; answer: Page<Item> }
  'PUT /api/regions/{region}/items/{code}': { body: Omit<Item, 'code'>; answer: Item }
  'GET /api/regions/{region}/handlers': { query: { unit: string }; answer: { items: { id: string; name: string }[] } }

  'POST /api/regions/{region}/cases': { body: NewCase; answer: Reported }
  'GET /api/regions/{region}/cases': { query: CaseFilter & Paged & { sort?: string }; answer: Page<CaseRow> }
  'GET /api/regions/{region}/cases/count': { query: CaseFilter; answer: { count: number; exact: boolean } }
  'GET /api/regions/{region}/cases/{case}': { answer: CaseView }
  'POST /api/regions/{region}/cases/{case}/contact/reveal': { body: { purpose: Purpose }; answer: { telephone: string } }
  'GET /api/track/{code}': { answer: Tracked }
  'POST /api/track/{code}/withdraw': { body: { version: number; reason?: string }; answer: unknown }
  'POST /api/track/{code}/reopen': { body: { version: number; reason: string }; answer: unknown }

  'GET /api/audit': { query: { after?: number | string; limit?: number; action?: string }; answer: Page<AuditLine> }
  'GET /api/audit/status': { answer: AuditStatus }
}
