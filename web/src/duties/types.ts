import type { components } from '../kernel/api-types'

type Schemas = components['schemas']
/** The server writes every field; one that is absent is null. */
type Told<T> = T extends readonly (infer Each)[] ? Told<Each>[] : T extends object ? { [K in keyof T]-?: Told<Exclude<T[K], undefined>> } : T

export type Duty = Told<Schemas['DutyView']>
export type DutyBody = Schemas['PutDutyBody']
export type DutyNote = Told<Schemas['DutyNote']>
export type Explanation = Told<Schemas['DutyExplanation']>
export type Check = Told<Schemas['DutyCheck']>
export type Finding = Told<Schemas['DutyFinding']>
export type Proposal = Told<Schemas['DutyProposal']>
export type Import = Told<Schemas['DutyImport']>

/** What a new duty begins with. */
export interface Start {
  area?: string | undefined
  place?: string | undefined
  item?: string | undefined
  class?: string | undefined
}
