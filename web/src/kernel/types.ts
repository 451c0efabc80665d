/**
 * The HTTP contract as the pages use it, derived from api-types.ts, which `npm run client` writes out of openapi.json.
 * Times are milliseconds UTC, ids UUIDs, area codes strings of digits.
 */
import type { components, paths } from './api-types'

type Schemas = components['schemas']
/** What the server says: it writes every field, and one that is absent as null. */
type Told<T> = T extends readonly (infer Each)[] ? Told<Each>[] : T extends object ? { [K in keyof T]-?: Told<T[K]> } : T

type Content<T> = T extends { content: infer C } ? C[keyof C] : undefined
type Success<R> = R extends { 200: infer A } ? A : R extends { 201: infer A } ? A : R extends { 204: infer A } ? A : never
type Asked<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : undefined
type Body<O> = O extends { requestBody: infer B } ? Content<B> : undefined
type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete'
type Path = keyof paths & string
type Key = { [P in Path]: { [V in Verb]: paths[P][V] extends { responses: unknown } ? `${Uppercase<V>} ${P}` : never }[Verb] }[Path]
type Operation<K> = K extends `${infer M} ${infer P extends Path}` ? paths[P][Lowercase<M> & Verb] : never
interface Call<O> {
  query: Asked<O>
  body: Body<O>
  answer: O extends { responses: infer R } ? Told<Content<Success<R>>> : never
}
/** Every operation of the document: what it asks for and what it answers. */
export type Routes = { [K in Key]: Call<Operation<K>> }

export type Role = Schemas['Role']
export type Stage = Schemas['Stage']
export type Move = Schemas['Move']
export type Channel = Schemas['Channel']
export type Purpose = Schemas['Purpose']
/** The levels below the region. */
export type Level = Exclude<Schemas['Level'], 'region'>
export type TokenScope = Schemas['TokenScope']

export type Session = Told<Schemas['Session']>
export type OwnSession = Told<Schemas['SessionRow']>
export type Token = Told<Schemas['TokenRow']>
export type Account = Told<Schemas['AccountRow']>
export type Post = Told<Schemas['PostRow']>

export type Region = Told<Schemas['RegionView']>
export type Area = Told<Schemas['AreaView']>
export type AreaNode = Told<Schemas['AreaNode']>
export type AreaDetail = Told<Schemas['AreaDetail']>
export type AreaHit = Told<Schemas['AreaHit']>
export type AreaImport = Told<Schemas['AreaImport']>
export type AreaPreview = Told<Schemas['AreaImportPreview']>
export type Located = Told<Schemas['Located']>
export type Unit = Told<Schemas['Unit']>
export type UnitRole = Told<Schemas['UnitRole']>
export type UnitPlace = Told<Routes['GET /api/regions/{region}/unit-places']['answer']>['items'][number]
export type UnitMerge = Told<Schemas['UnitMerge']>
export type AlikePair = Told<Schemas['Alike']>
export type Place = Told<Schemas['PlaceView']>
export type Item = Told<Schemas['Item']>
export type FeatureCollection = Told<Schemas['FeatureCollection']>

export type CaseRow = Told<Schemas['CaseRow']>
export type CaseView = Told<Schemas['CaseView']>
export type CaseEvent = Told<Schemas['EventView']>
export type AllowedMove = Told<Schemas['Offer']>
export type MoveField = Told<Schemas['FormField']>
export type Asks = Schemas['Asks']
export type Clock = Told<Schemas['ClockView']>
export type Side = Told<Schemas['SideView']>
export type ExplanationLine = Schemas['ExplanationLine']
export type View = Schemas['View']
export type Worklist = Told<Schemas['Worklist']>
export type Photo = Told<Schemas['Picture']>
export type NewCase = Schemas['ReportRequest']
export type Reported = Told<Schemas['Reported']>
export type Tracked = Told<Schemas['TrackView']>
export type Moved = Told<Schemas['Moved']>
export type CaseFilter = Omit<Routes['GET /api/regions/{region}/cases/count']['query'], 'sort' | 'limit' | 'cursor'>

export type SeasonLimit = Told<Schemas['SeasonLimit']>
export type Rules = Told<Schemas['Rules']>
export type RuleVersion = Told<Schemas['VersionView']>
export type RulesView = Told<Schemas['RulesView']>
export type Holiday = Told<Schemas['Day']>
export type CalendarChange = Told<Schemas['Change']>
export type CalendarView = Told<Schemas['CalendarView']>
export type YearPut = Told<Schemas['YearPut']>
export type WorkingHours = Told<Schemas['Hours']>
export type Deadline = Told<Schemas['DeadlineView']>
export type Conflict = Told<Schemas['Conflict']>

export type Notice = Told<Schemas['NoticeRow']>
export type Quiet = Told<Schemas['Quiet']>
export type Preferences = Told<Schemas['Preferences']>
export type Robot = Told<Schemas['RobotView']>
export type RobotKind = Schemas['RobotKind']
export type Delivery = Told<Schemas['DeliveryRow']>
export type DeliveryState = Schemas['DeliveryState']

export type AuditLine = Told<Schemas['Line']>
export type AuditStatus = Told<Schemas['Status']>

type Dashed<T extends string> = T extends `${infer Head}_${infer Tail}` ? `${Head}-${Dashed<Tail>}` : T
/** How a move is written in an address. A report is not made on a case, it begins one; some moves only the system makes. */
export type MovePath = Dashed<Exclude<Move, 'report' | 'remind' | 'escalate' | 'recalendar'>>
/** The body of one of the moves. */
export type MoveBody = Routes[`POST /api/regions/{region}/cases/{case}/${MovePath}`]['body']
