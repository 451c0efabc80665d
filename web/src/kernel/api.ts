import { uuidv7 } from './ids'
import { Problem } from './problem'
import type { Routes } from './types'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type PathOf<M extends Method> = keyof Routes extends infer K ? (K extends `${M} ${infer P}` ? P : never) : never
type Route<M extends Method, P extends string> = `${M} ${P}` extends keyof Routes ? Routes[`${M} ${P}`] : never
type Part<R, Name extends string> = R extends Record<Name, infer T> ? T : undefined
export type Answer<M extends Method, P extends string> = Part<Route<M, P>, 'answer'>

type Names<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
interface Options<M extends Method, P extends string> {
  /** Values for the `{names}` in the path. */
  path?: Record<Names<P>, string>
  query?: Part<Route<M, P>, 'query'>
  body?: Part<Route<M, P>, 'body'>
  /** The key of this submission; give the same one on a retry. */
  key?: string
  signal?: AbortSignal
}

const listeners = new Set<() => void>()
let language = 'zh-CN'

export function setApiLanguage(tag: string): void {
  language = tag
}

/** Called when the server no longer knows who is asking. */
export function onSignedOut(listener: () => void): void {
  listeners.add(listener)
}

export function address(path: string, names: Record<string, string> = {}, query: object = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text ? `${filled}?${text}` : filled
}

async function call<M extends Method, P extends string>(method: M, path: P, options: Options<M, P>): Promise<Answer<M, P>> {
  const headers: Record<string, string> = { 'Accept-Language': language, Accept: 'application/json' }
  const writes = method !== 'GET'
  if (writes) {
    headers['Idempotency-Key'] = options.key ?? uuidv7()
    // The server takes cookie writes only as JSON, which a foreign page cannot send unasked.
    headers['Content-Type'] = 'application/json'
  }
  let response: Response
  try {
    response = await fetch(address(path, options.path, (options.query as object | undefined) ?? {}), {
      method,
      headers,
      credentials: 'same-origin',
      ...(writes ? { body: JSON.stringify(options.body ?? {}) } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw Problem.unreachable()
  }
  if (!response.ok) throw await refused(response, path)
  if (response.status === 204) return undefined as Answer<M, P>
  return (await response.json()) as Answer<M, P>
}

async function refused(response: Response, path: string): Promise<Problem> {
  const problem = await Problem.of(response)
  // A wrong password is also 401, and is the sign-in form's own matter.
  if (response.status === 401 && path !== '/api/session') listeners.forEach((listener) => listener())
  return problem
}

export const api = {
  get: <P extends PathOf<'GET'>>(path: P, options: Options<'GET', P> = {}) => call('GET', path, options),
  post: <P extends PathOf<'POST'>>(path: P, options: Options<'POST', P> = {}) => call('POST', path, options),
  put: <P extends PathOf<'PUT'>>(path: P, options: Options<'PUT', P> = {}) => call('PUT', path, options),
  patch: <P extends PathOf<'PATCH'>>(path: P, options: Options<'PATCH', P> = {}) => call('PATCH', path, options),
  del: <P extends PathOf<'DELETE'>>(path: P, options: Options<'DELETE', P> = {}) => call('DELETE', path, options),
}

/** Sends a file and reports how much has gone (0 to 1); fetch cannot tell. */
export function upload<T>(url: string, file: Blob, key: string, progress: (share: number) => void, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', url)
    request.setRequestHeader('Content-Type', file.type)
    request.setRequestHeader('Accept-Language', language)
    request.setRequestHeader('Idempotency-Key', key)
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total)
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as T)
      else reject(Problem.parse(request.status, request.getResponseHeader('content-type') ?? '', request.responseText))
    }
    request.onerror = () => reject(Problem.unreachable())
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}
