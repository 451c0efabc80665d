import { describe, expect, it } from 'vitest'
import { Problem } from './problem'

const TYPE = 'application/problem+json'

describe('problem', () => {
  it('keeps the code, the words and the refused fields of the server', () => {
    const problem = Problem.parse(
      422,
      TYPE,
      JSON.stringify({ title: '提交的内容有误', detail: '请改正', code: 'input.invalid', errors: [{ field: 'telephone', code: 'telephone.format', detail: '格式不对' }] }),
    )
    expect([problem.status, problem.code, problem.title, problem.detail]).toEqual([422, 'input.invalid', '提交的内容有误', '请改正'])
    expect(problem.of('telephone')).toBe('格式不对')
    expect(problem.of('text')).toBeUndefined()
    expect(problem.undecided).toBe(false)
  })

  it('keeps what a conflict says about the present state', () => {
    const problem = Problem.parse(409, TYPE, JSON.stringify({ code: 'case.version_stale', allowed_moves: ['accept'], current_version: 7 }))
    expect(problem.allowedMoves).toEqual(['accept'])
    expect(problem.currentVersion).toBe(7)
  })

  it.each([
    [502, 'text/html', '<html>Bad gateway</html>'],
    [500, TYPE, '{"cut off'],
  ])('makes a problem of an answer %i that is none', (status, type, text) => {
    const problem = Problem.parse(status, type, text)
    expect(problem.code).toBe(`http.${status}`)
    expect(problem.undecided).toBe(true)
  })

  it('takes no answer for undecided: the write may have happened', () => {
    expect(Problem.unreachable().undecided).toBe(true)
  })
})
