import { afterEach, expect, it, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'
import { makeI18n } from '../kernel/i18n'
import type { AllowedMove, Move } from '../kernel/types'
import kernel from '../kernel/words'
import MoveButtons from './MoveButtons.vue'
import cases from './words'

let app: App | null = null
afterEach(() => {
  app?.unmount()
  document.body.innerHTML = ''
})

function show(...moves: Move[]) {
  const chosen = vi.fn()
  const offers: AllowedMove[] = moves.map((move) => ({ move, to: 'handling', fields: [] }))
  app = createApp(MoveButtons, { offers, onChoose: (offer: AllowedMove) => chosen(offer.move) })
  app.use(makeI18n([kernel, cases]).i18n).mount(document.body.appendChild(document.createElement('div')))
  return chosen
}
const opener = () => document.querySelector<HTMLButtonElement>('[aria-expanded]')!
const focused = () => document.activeElement?.textContent?.trim()
async function press(key: string): Promise<void> {
  document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  await nextTick()
}
async function open(): Promise<void> {
  opener().focus()
  opener().click()
  await nextTick()
  await nextTick()
}

it('walks the menu with the keyboard, and gives the focus back', async () => {
  const chosen = show('accept', 'urge', 'link', 'recuse')
  await open()
  expect([opener().getAttribute('aria-expanded'), focused()]).toEqual(['true', '督办'])
  await press('ArrowUp')
  expect(focused()).toBe('申请回避')
  await press('Escape')
  expect([opener().getAttribute('aria-expanded'), document.activeElement]).toEqual(['false', opener()])
  await open()
  await press('ArrowDown')
  ;(document.activeElement as HTMLButtonElement).click()
  await nextTick()
  expect(chosen.mock.calls).toEqual([['link']])
  expect([opener().getAttribute('aria-expanded'), document.activeElement]).toEqual(['false', opener()])
})

it('closes when somebody presses beside it', async () => {
  show('accept', 'urge', 'link')
  await open()
  document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }))
  await nextTick()
  expect(opener().getAttribute('aria-expanded')).toBe('false')
})

it('needs no menu for next steps alone', () => {
  show('grant', 'refuse')
  expect(opener()).toBeNull()
  expect([...document.querySelectorAll('button')].map((button) => button.className)).toEqual(['primary', 'danger'])
})
