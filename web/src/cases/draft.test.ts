import { beforeEach, expect, it } from 'vitest'
import { dropDraft, keepDraft, openDraft } from './draft'

beforeEach(() => sessionStorage.clear())

it('keeps the id of a case until the server has answered, reload included', () => {
  const first = openDraft('web')
  keepDraft('web', { ...first, text: '路灯不亮' })
  const again = openDraft('web')
  expect(again).toEqual({ ...first, text: '路灯不亮' })
  dropDraft('web')
  expect(openDraft('web').id).not.toBe(first.id)
})

it('keeps drafts of different desks apart and survives a spoilt one', () => {
  keepDraft('web', openDraft('web'))
  expect(openDraft('worker').id).not.toBe(openDraft('web').id)
  sessionStorage.setItem('jingwei.draft.web', '{')
  expect(openDraft('web').text).toBe('')
})

it('stores nothing but what the reporter may find again', () => {
  keepDraft('web', { ...openDraft('web'), telephone: '13800000000' } as never)
  expect(sessionStorage.getItem('jingwei.draft.web')).not.toContain('138')
})
