// @vitest-environment node
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('is what the document of the server says now; else run `npm run client`', () => {
  const web = fileURLToPath(new URL('../../', import.meta.url))
  const fresh = execFileSync(`${web}node_modules/.bin/openapi-typescript`, ['../openapi.json'], { cwd: web, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  expect(readFileSync(`${web}src/kernel/api-types.ts`, 'utf8')).toBe(fresh)
}, 30_000)
