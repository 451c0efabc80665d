import { expect, it } from 'vitest'
import { csvOf, guess, type WizardField, type WizardOutcome } from './wizard'

const wanted: WizardField[] = [
  { key: 'code', label: '', required: true, guesses: ['code', '代码', '编码'] },
  { key: 'name', label: '', required: true, guesses: ['name', '名称'] },
  { key: 'parent', label: '', required: false, guesses: ['parentcode', '上级'] },
]

it('guesses fields by what they are usually called, none twice', () => {
  expect(guess(['objectid', 'Name', 'code'], wanted)).toEqual({ code: 'code', name: 'Name' })
  expect(guess(['社区代码', '网格名称', '上级代码'], wanted)).toEqual({ code: '社区代码', name: '网格名称', parent: '上级代码' })
  expect(guess(['PARENT_CODE', 'CODE'], wanted)).toEqual({ code: 'CODE', parent: 'PARENT_CODE' })
  expect(guess(['a', 'b'], wanted)).toEqual({})
})

it('writes the outcome so that a spreadsheet runs no formula', () => {
  const outcome: WizardOutcome = {
    written: false,
    refused: 1,
    leftOut: 0,
    notes: [],
    rows: [{ number: 1, line: 2, code: '110101001', name: '=1+1', outcome: 'refused', messages: [{ weight: 'fault', zh: '甲,乙', en: 'a, b' }] }],
  }
  const text = csvOf(outcome, ['#', 'line', 'code', 'name', 'outcome', 'says'], (said) => said.en, (became) => became)
  expect(text).toBe('\uFEFF#,line,code,name,outcome,says\r\n1,2,110101001,\'=1+1,refused,"a, b"\r\n')
})
