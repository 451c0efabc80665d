import type { Stage } from '../kernel/types'

/** In the order of the loop, the side ends last. */
export const STAGES: readonly Stage[] = ['reported', 'filed', 'dispatched', 'handling', 'verifying', 'closed', 'declined', 'withdrawn']
