import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import words from './words'
import { readWhy, whyText } from './why'

const zh = (words.zh as { notices: { why: Record<string, string> } }).notices.why
const te = (key: string) => key.replace('notices.why.', '') in zh
const t = (key: string, values: Record<string, string>) => zh[key.replace('notices.why.', '')]!.replace('{detail}', values.detail ?? '')

describe('why nothing was sent', () => {
  it('is told in our words, with what the other side said', () => {
    expect(readWhy('refused: 93000 invalid webhook url')).toEqual({ code: 'refused', detail: '93000 invalid webhook url' })
    expect(whyText('refused: 93000 invalid webhook url', t, te)).toBe('对方拒绝：93000 invalid webhook url')
    expect(whyText('timeout', t, te)).toBe('10 秒内没有回应')
  })
  it('stays as it is where we have no word', () => {
    expect(whyText('HTTP status 500', t, te)).toBe('HTTP status 500')
    expect(whyText('never_heard_of: x', t, te)).toBe('never_heard_of: x')
  })
  it('has a word for every code the server writes', () => {
    const room = `${import.meta.dirname}/../../../crates/notices/src`
    const source = readdirSync(room)
      .map((file) => readFileSync(`${room}/${file}`, 'utf8'))
      .join('\n')
    const given = /(?:later\(|for_good\(|Nowhere\(|Suppressed\(|why: |Some\(|format!\()"([a-z]+(?:_[a-z]+)*)(?:: \{|")|=> (?:"([a-z]+(?:_[a-z]+)+|timeout|unreachable|tls)"),$/gm
    const codes = [...source.matchAll(given)].map(([, a, b]) => a ?? b!)
    expect(codes.length).toBeGreaterThan(15)
    const without = codes.filter((code) => /_|timeout|unreachable|tls|refused|status|muted|sealed|nobody/.test(code) && !(code in zh))
    expect(without).toEqual([])
  })
})
