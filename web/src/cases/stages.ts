import type { Asks, Stage, View } from '../kernel/types'

/** In the order of the loop, the side ends last. */
export const STAGES: readonly Stage[] = ['reported', 'filed', 'dispatched', 'handling', 'verifying', 'closed', 'declined', 'withdrawn', 'merged']

/** Those after which nothing more is asked. */
export const ENDED: readonly Stage[] = ['closed', 'declined', 'withdrawn', 'merged']

/** What a case can wait to have decided. */
export const ASKS: readonly Asks[] = ['extension', 'suspension', 'arbitration', 'appeal', 'decision', 'call_back', 'check', 'consent']

/** The worklists, in the order of the screen. */
export const LISTS: readonly View[] = ['todo', 'mine', 'unit', 'verify', 'decide', 'sent_back', 'overdue', 'due_soon', 'urged']
