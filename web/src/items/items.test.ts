import { describe, expect, it } from 'vitest'
import type { Item } from '../kernel/types'
import { changesOf } from './compare'
import { base64, decode, peek, records } from './csv'
import { conditionBody, conditionDraft, consequence, firstOf, itemBody, itemDraft, keyOf, nextNumber, partyOf } from './edit'
import { outcomeOf, reviewOf, sameKind } from './imported'
import { confirmCertain, inState, pairsOf, rowsOf } from './mappings'
import { countBy, narrow, treeOf } from './tree'
import type { Catalogue, Condition, Imported, ItemDiff, Mapped, Spelling } from './types'

const condition = (n: number, more: Partial<Condition> = {}): Condition =>
  ({ n, filing: '', closing: '', limit: '1wd', seasons: [], urgent: false, lead: { role: 'owner' }, parties: [], supervisors: [], basis: '', evidence: { photos: 0, texts: [] }, draft: false, doubts: [], record: null, line: null, printed: {}, ...more }) as Condition
const item = (code: string, name: string, more: Partial<Item> = {}): Item =>
  ({ version: 1, code, name, kind: 'component', major: '公用设施', domain: null, community: false, public: false, local: false, retired: false, synonyms: [], printed: null, conditions: [condition(1)], ...more }) as Item
const catalogue = (version: number, standing: Catalogue['standing'], from: string | null): Catalogue =>
  ({ version, name: `清单${version}`, standing, from_at: from === null ? null : Date.parse(`${from}T00:00Z`), until_at: null, source: '', note: '', made_at: 0, items: 1, conditions: 1, drafts: 0 }) as Catalogue
const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)

const ALL = [
  item('9901010101', '上水井盖', { synonyms: ['窨井盖'], public: true, conditions: [condition(1, { filing: '缺失', urgent: true }), condition(2, { filing: '破损', draft: true, limit: null })] }),
  item('9901010102', '路灯', { conditions: [condition(1, { lead: null })] }),
  item('9901015101', '占道经营', { kind: 'event', major: '街面秩序', local: true }),
]

describe('the tree', () => {
  it('has kinds, classes and items in the order of the catalogue, with counts', () => {
    expect(treeOf(ALL).map(({ kind, items, conditions, majors }) => [kind, items, conditions, majors.map((major) => [major.code, major.name, major.items.length])])).toEqual([
      ['component', 2, 3, [['99010101', '公用设施', 2]]],
      ['event', 1, 1, [['99010151', '街面秩序', 1]]],
    ])
    expect(treeOf([])).toEqual([])
  })

  it('finds every word anywhere, full width and capitals alike', () => {
    const names = (text: string) => narrow(ALL, text, []).map((each) => each.name)
    expect(names('窨井')).toEqual(['上水井盖'])
    expect(names('破损 公用')).toEqual(['上水井盖'])
    expect(names('９９０１０１５１')).toEqual(['占道经营'])
    expect(names('破损 街面')).toEqual([])
    expect(names('  ')).toHaveLength(3)
  })

  it('narrows by what all filters hold for, and counts each', () => {
    expect(narrow(ALL, '', ['doubtful', 'urgent']).map((each) => each.name)).toEqual(['上水井盖'])
    expect(narrow(ALL, '', ['doubtful', 'without_lead'])).toEqual([])
    expect(countBy(ALL)).toEqual({ doubtful: 1, urgent: 1, public: 1, without_lead: 1, retired: 0, local: 1 })
  })
})

describe('the editor', () => {
  it('sends an item as it was read, and nothing for what is left empty', () => {
    const { version: _, code, conditions: __, ...rest } = ALL[0]!
    expect(itemDraft(ALL[0]!, '990101').code).toBe(code)
    expect(itemBody(itemDraft(ALL[0]!, '990101'))).toEqual(rest)
    expect(itemBody({ ...itemDraft(null, '990101'), name: '新', major: '类', synonyms: ' 甲 \n\n乙\n甲', domain: ' ' })).toMatchObject({ synonyms: ['甲', '乙'], domain: null, printed: null })
    expect(itemDraft(null, '990101').code).toBe('990101')
  })

  it('sends a condition as it was read', () => {
    const whole = condition(3, {
      filing: '缺失',
      lead: null,
      parties: [{ party: { unit: 'u1' }, part: 'candidate' }, { party: { role: 'owner' }, part: 'assisting' }],
      supervisors: [{ unit: 'u2' }],
      seasons: [{ from: '03-01', to: '05-31', limit: '5wd' }],
      evidence: { photos: 2, texts: ['依据文号'] },
    } as Partial<Condition>)
    const { n: _, draft: __, doubts, record, line, printed, ...body } = whole
    expect(conditionBody(conditionDraft(whole))).toEqual(body)
    expect([doubts, record, line, printed]).toEqual([[], null, null, {}])
  })

  it('lets nobody be named twice, and has all assist beside a lead', () => {
    const draft = { ...conditionDraft(null), limit: '1wd', lead: 'unit:u1' }
    draft.parties = [
      { party: 'unit:u1', part: 'candidate' },
      { party: 'role:owner', part: 'candidate' },
      { party: 'role:owner', part: 'assisting' },
      { party: '', part: 'candidate' },
    ]
    draft.supervisors = ['unit:u1', '', 'unit:u1']
    expect(conditionBody(draft)).toMatchObject({ lead: { unit: 'u1' }, parties: [{ party: { role: 'owner' }, part: 'assisting' }], supervisors: [{ unit: 'u1' }] })
  })

  it('writes a party as one text and back', () => {
    for (const party of [{ unit: 'u1' }, { role: 'street_office' }]) expect(partyOf(keyOf(party))).toEqual(party)
    expect([keyOf(null), partyOf(''), partyOf('unit:')]).toEqual(['', null, null])
  })

  it('numbers a new condition after the last, gaps or not', () => {
    expect(nextNumber(item('9901010101', '甲', { conditions: [condition(1), condition(4)] }))).toBe(5)
    expect(nextNumber(item('9901010101', '甲', { conditions: [] }))).toBe(1)
  })
})

describe('versions', () => {
  const all = [catalogue(4, 'draft', null), catalogue(3, 'scheduled', '2026-12-01'), catalogue(2, 'in_force', '2026-01-01'), catalogue(1, 'retired', '2025-01-01')]

  it('shows the one in force first, else the newest', () => {
    expect(firstOf(all)?.version).toBe(2)
    expect(firstOf([all[0]!])?.version).toBe(4)
    expect(firstOf([])).toBeUndefined()
  })

  it('says what putting a draft in force comes to', () => {
    const on = (date: string) => {
      const { now, from, until, taken } = consequence(all, 4, date, '2026-11-25', day)
      return [now, from?.version ?? null, until?.version ?? null, taken?.version ?? null]
    }
    expect(on('2026-11-25')).toEqual([true, 2, 3, null])
    expect(on('2026-12-01')).toEqual([false, 2, null, 3])
    expect(on('2027-01-01')).toEqual([false, 3, null, null])
    expect(consequence([all[0]!], 4, '2026-11-25', '2026-11-25', day)).toMatchObject({ from: null, until: null, taken: null })
  })

  it('narrows differences by sort and by what they say', () => {
    const diffs = [
      { code: '9901010101', name: '井盖', change: 'changed', fields: [{ field: 'limit', condition: 1, a: '2工作日', b: '1工作日' }] },
      { code: '9901010102', name: '路灯', change: 'added', fields: [] },
    ] as ItemDiff[]
    expect(changesOf(diffs, '', '')).toHaveLength(2)
    expect(changesOf(diffs, 'added', '').map((each) => each.name)).toEqual(['路灯'])
    expect(changesOf(diffs, '', '2工作').map((each) => each.name)).toEqual(['井盖'])
    expect(changesOf(diffs, 'added', '2工作')).toEqual([])
  })
})

describe('mappings', () => {
  const mapped = (from: string, to: string | null, reason: Mapped['reason'], suggested = true): Mapped => ({ from_code: from, from_name: `甲${from}`, to_code: to, to_name: to && (reason === 'same_name' || from === '1' ? `甲${from}` : `乙${to}`), note: '', suggested, reason })
  const rows = rowsOf([mapped('1', '1', 'same_code'), mapped('2', '7', 'similar'), mapped('3', null, null), mapped('5', '5', 'same_code'), mapped('4', '4', null, false), mapped('4', '5', null, false)])

  it('has a row for each item, and sends only what is confirmed', () => {
    expect(rows.map((row) => [row.from_code, row.to, row.confirmed])).toEqual([['1', ['1'], false], ['2', ['7'], false], ['3', [], false], ['5', ['5'], false], ['4', ['4', '5'], true]])
    expect(pairsOf(rows)).toEqual([{ from_code: '4', to_code: '4', note: '' }, { from_code: '4', to_code: '5', note: '' }])
  })

  it('confirms at once only what is called the same, not another matter of the same code', () => {
    expect(confirmCertain(rows).map((row) => row.confirmed)).toEqual([true, false, false, false, true])
    expect(pairsOf(confirmCertain(rows))).toHaveLength(3)
  })

  it('tells where each row stands', () => {
    const state = (of: Parameters<typeof inState>[1]) => rows.filter((row) => inState(row, of)).map((row) => row.from_code)
    expect([state('open'), state('suggested'), state('unmatched'), state('confirmed')]).toEqual([['1', '2', '3', '5'], ['1', '2', '5'], ['3'], ['4']])
  })
})

describe('a look into a table', () => {
  it('reads quoted cells with commas, quotes and line breaks', () => {
    expect(records('a,b\r\n"x,1","y ""z""\nw"\r\n\r\n3,\n')).toEqual([['a', 'b'], ['x,1', 'y "z"\nw'], ['3', '']])
    expect(records('')).toEqual([])
    expect(records('a,"b')).toEqual([['a', 'b']])
  })

  it('shows the first rows by column and counts all', () => {
    expect(peek('甲,乙\n1,2\n3\n5,6', 2)).toEqual({ fields: ['甲', '乙'], rows: [{ 甲: '1', 乙: '2' }, { 甲: '3', 乙: '' }], count: 3 })
    expect(peek('')).toEqual({ fields: [], rows: [], count: 0 })
  })

  it('knows the encodings tables come in', () => {
    const utf8 = new TextEncoder().encode('部件')
    expect(decode(utf8)).toBe('部件')
    expect(decode(new Uint8Array([0xef, 0xbb, 0xbf, ...utf8]))).toBe('部件')
    expect(decode(new Uint8Array([0xb2, 0xbf, 0xbc, 0xfe]))).toBe('部件')
    expect(decode(new Uint8Array([0xff, 0xfe, 0xe8, 0x90, 0xf6, 0x4e]))).toBe('部件')
  })

  it('writes bytes as base64, large files too', () => {
    expect(base64(new Uint8Array([0, 255, 16]))).toBe('AP8Q')
    const large = new Uint8Array(100_000).map((_, at) => at % 251)
    expect(Uint8Array.from(atob(base64(large)), (char) => char.charCodeAt(0))).toEqual(large)
  })
})

describe('an import', () => {
  const spelling = (text: string, meaning: Spelling['meaning'], like: string[] = [], count = 1): Spelling => ({ spelling: text, count, meaning, name: text, like })

  it('shows a doubtful row as a draft with its reason, never as refused', () => {
    const done = {
      catalogue: null,
      written: false,
      notes: [{ code: 'x', zh: '合并单元格', en: 'merged cells', at: 'B2' }],
      rows: [
        { record: 376, line: 403, code: '9901015101', name: '扬尘', n: 1, became: 'draft', doubts: [{ code: 'limit', field: 'limit', zh: '未声明“紧急工作日”', en: 'not declared' }] },
        { record: 377, line: 404, code: '9901015101', name: '扬尘', n: 2, became: 'new', doubts: [] },
      ],
    } as unknown as Imported
    const { refused, rows, notes } = outcomeOf(done)
    expect(refused).toBe(0)
    expect(rows.map((row) => [row.number, row.line, row.outcome, row.messages.map((said) => said.zh)])).toEqual([
      [376, 403, 'draft', ['limit：未声明“紧急工作日”']],
      [377, 404, 'new', []],
    ])
    expect(notes[0]!.zh).toBe('合并单元格（B2）')
  })

  it('puts the spellings that deserve a look first', () => {
    const all = [spelling('住建局', { unit: 'u1' }, [], 9), spelling('供水厂', { new: '供水厂' }), spelling('城管局', { new: '城管局' }, ['城市管理局']), spelling('？', 'unknown'), spelling('产权单位', { role: 'owner' }, [], 3)]
    expect(reviewOf(all).map((each) => each.spelling)).toEqual(['？', '城管局', '供水厂', '住建局', '产权单位'])
    expect(all.map(sameKind)).toEqual(['unit', 'new', 'new', 'unknown', 'role'])
  })
})
