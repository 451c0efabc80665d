import { describe, expect, it } from 'vitest'
import { Problem } from './problem'
import { SubmissionKey, useSubmission } from './submission'

describe('submission', () => {
  it('keeps the key for the same body and changes it for another', () => {
    let made = 0
    const key = new SubmissionKey(() => `key-${++made}`)
    expect(key.for({ text: 'a' })).toBe('key-1')
    expect(key.for({ text: 'a' })).toBe('key-1')
    expect(key.for({ text: 'b' })).toBe('key-2')
  })

  it('sends a retry after a lost answer under the same key, and the next form under a new one', async () => {
    const { send, problem } = useSubmission()
    const keys: string[] = []
    const body = { reason: '不属于本单位' }
    await send(body, async (key) => {
      keys.push(key)
      throw Problem.unreachable()
    })
    expect(problem.value?.code).toBe('network.unreachable')
    const done = await send({ ...body }, async (key) => {
      keys.push(key)
      return 'answer'
    })
    expect(done).toEqual({ answer: 'answer' })
    expect(problem.value).toBeNull()
    await send(body, async (key) => keys.push(key))
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
  })

  it('ignores a second press while the first is under way', async () => {
    const { send, busy } = useSubmission()
    let release = (): void => {}
    const first = send(1, () => new Promise<void>((resolve) => (release = resolve)))
    expect(busy.value).toBe(true)
    expect(await send(1, async () => 'second')).toBeNull()
    release()
    expect(await first).not.toBeNull()
  })
})
