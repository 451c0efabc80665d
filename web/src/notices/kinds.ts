import type { Move } from '../kernel/types'

/** What people can be told of, in the order a case goes. */
export const KINDS: readonly Move[] = [
  'report', 'ask_check', 'answer_check', 'file', 'decline', 'dispatch', 'consent', 'refuse_consent', 'accept', 'hand', 'submit',
  'verify', 'rework', 'call_back', 'close', 'reopen', 'send_back', 'arbitrate', 'recuse',
  'request_extension', 'request_suspension', 'grant', 'refuse', 'resume',
  'summon', 'respond', 'contribute', 'release', 'rate',
  'merge', 'unmerge', 'link', 'unlink', 'urge', 'lift_urge', 'remind', 'escalate', 'recalendar',
  'appeal', 'review_appeal', 'decide_appeal', 'withdraw',
] // prettier-ignore
