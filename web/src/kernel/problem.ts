/** One field the server refused, with its stable code. */
export interface FieldError {
  field?: string
  line?: number
  code: string
  detail: string
}

interface ProblemBody {
  title?: string
  detail?: string
  code?: string
  errors?: FieldError[]
  allowed_moves?: string[]
  current_version?: number
}

/** A refusal by the server (RFC 9457), or no answer at all (`status` 0). `title` and `detail` are already in the reader's language. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail = '',
    readonly errors: FieldError[] = [],
    readonly allowedMoves: string[] = [],
    readonly currentVersion: number | null = null,
  ) {
    super(title || code)
    this.name = 'Problem'
  }

  static async of(response: Response): Promise<Problem> {
    return Problem.parse(response.status, response.headers.get('content-type') ?? '', await response.text().catch(() => ''))
  }

  static parse(status: number, contentType: string, text: string): Problem {
    if (contentType.includes('json')) {
      try {
        const body = JSON.parse(text) as ProblemBody
        return new Problem(
          status,
          body.code ?? `http.${status}`,
          body.title ?? '',
          body.detail ?? '',
          Array.isArray(body.errors) ? body.errors : [],
          body.allowed_moves ?? [],
          body.current_version ?? null,
        )
      } catch {
        // A proxy in between cut the answer: what is left is its status.
      }
    }
    return new Problem(status, `http.${status}`, '')
  }

  static unreachable(): Problem {
    return new Problem(0, 'network.unreachable', '')
  }

  /** Whatever was thrown, as a problem that can be shown. */
  static from(error: unknown): Problem {
    if (error instanceof Problem) return error
    console.error(error)
    return new Problem(0, 'client.failed', '')
  }

  /** The refusals of the field `name` in the request. */
  of(name: string): string | undefined {
    return this.errors.find((error) => error.field === name)?.detail
  }

  /** True when the write may or may not have happened, so that only a retry under the same key is safe. */
  get undecided(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}
