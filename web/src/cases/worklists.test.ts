import { afterEach, expect, it, vi } from 'vitest'
import { createApp, h } from 'vue'
import { LISTS } from './stages'
import { shownLists, useWorklists } from './worklists'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('shows the lists that hold something, the first and the one looked at in any case', () => {
  const held = [
    { view: 'todo' as const, count: 0, exact: true },
    { view: 'mine' as const, count: 0, exact: true },
    { view: 'overdue' as const, count: 10_000, exact: false },
  ]
  expect(shownLists(held, LISTS, 'verify').map(({ view }) => view)).toEqual(['todo', 'verify', 'overdue'])
})

it('counts again soon after news, but not with each of them', async () => {
  vi.useFakeTimers()
  const asked = vi.fn(async () => new Response(JSON.stringify({ items: [], next: null })))
  vi.stubGlobal('fetch', asked)
  let soon = () => {}
  const app = createApp({
    setup() {
      soon = useWorklists(() => '990101').soon
      return () => h('p')
    },
  })
  app.mount(document.createElement('div'))
  expect(asked).toHaveBeenCalledTimes(1)
  for (let n = 0; n < 50; n++) soon()
  await vi.advanceTimersByTimeAsync(4_000)
  expect(asked).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveBeenCalledTimes(2)
  soon()
  app.unmount()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveBeenCalledTimes(2)
})
