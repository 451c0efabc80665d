import { ref, shallowRef } from 'vue'
import { uuidv7 } from './ids'
import { Problem } from './problem'

/**
 * The key under which one filled form is sent. As long as the body is the same, a retry goes out under the same key, so
 * that the server answers it with the first answer; another body, or a new form after an answer, takes a new key.
 */
export class SubmissionKey {
  private sent: { key: string; body: string } | null = null

  constructor(private readonly make: () => string = uuidv7) {}

  for(body: unknown): string {
    const text = JSON.stringify(body) ?? ''
    if (this.sent?.body !== text) this.sent = { key: this.make(), body: text }
    return this.sent.key
  }

  answered(): void {
    this.sent = null
  }
}

/** One form's way to the server: busy while it is under way, the problem it met, and one key for all retries. */
export function useSubmission() {
  const busy = ref(false)
  const problem = shallowRef<Problem | null>(null)
  const key = new SubmissionKey()

  /** Sends once at a time; a second press while busy does nothing. Gives null where the server refused. */
  async function send<T>(body: unknown, write: (key: string) => Promise<T>): Promise<{ answer: T } | null> {
    if (busy.value) return null
    busy.value = true
    problem.value = null
    try {
      const answer = await write(key.for(body))
      key.answered()
      return { answer }
    } catch (error) {
      problem.value = Problem.from(error)
      return null
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, send }
}
