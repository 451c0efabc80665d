import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { address, api, onSignedOut, setApiLanguage } from './api'
import { Problem } from './problem'

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' } })
const fetched = vi.fn<typeof fetch>()
const sent = (call = 0) => {
  const [url, init] = fetched.mock.calls[call]!
  return { url: String(url), headers: init?.headers as Record<string, string>, body: init?.body, method: init?.method }
}
beforeEach(() => {
  fetched.mockReset()
  vi.stubGlobal('fetch', fetched)
})
afterEach(() => vi.unstubAllGlobals())

describe('api', () => {
  it('fills the path, leaves out empty questions and asks in the language of the reader', async () => {
    fetched.mockResolvedValue(json({ items: [], next: null }))
    setApiLanguage('en')
    await api.get('/api/regions/{region}/cases', { path: { region: '320105' }, query: { view: 'todo', area: '' } })
    expect(sent().url).toBe('/api/regions/320105/cases?view=todo')
    expect(sent().headers['Accept-Language']).toBe('en')
    expect(sent().headers['Idempotency-Key']).toBeUndefined()
    expect(address('/api/track/{code}', { code: 'a/b?' })).toBe('/api/track/a%2Fb%3F')
  })

  it('gives every write a key, the one of its submission where there is one', async () => {
    fetched.mockImplementation(async () => json({}))
    await api.post('/api/accounts/{account}/unlock', { path: { account: '1' } })
    await api.post('/api/accounts/{account}/unlock', { path: { account: '1' }, key: 'mine' })
    expect(sent(0).headers['Idempotency-Key']).toMatch(/^[0-9a-f-]{36}$/)
    expect(sent(1).headers['Idempotency-Key']).toBe('mine')
    expect(sent(1).headers['Content-Type']).toBe('application/json')
  })

  it('throws what the server refused', async () => {
    fetched.mockResolvedValue(json({ code: 'case.version_stale', title: '案件已有变化', current_version: 4 }, 409))
    const problem = await api.get('/api/accounts/{account}', { path: { account: '1' } }).catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(Problem)
    expect(problem).toMatchObject({ status: 409, code: 'case.version_stale', currentVersion: 4 })
  })

  it('throws a problem when nothing answers', async () => {
    fetched.mockRejectedValue(new TypeError('failed to fetch'))
    await expect(api.get('/api/regions')).rejects.toMatchObject({ code: 'network.unreachable', undecided: true })
  })

  it('says that the session ended, but not for a wrong password', async () => {
    const ended = vi.fn()
    onSignedOut(ended)
    fetched.mockImplementation(async () => json({ code: 'session.required' }, 401))
    await api.post('/api/session', { body: { username: 'a', password: 'b' } }).catch(() => undefined)
    expect(ended).not.toHaveBeenCalled()
    await api.get('/api/tokens').catch(() => undefined)
    expect(ended).toHaveBeenCalledOnce()
  })
})
