import { onBeforeUnmount, ref } from 'vue'

/** The present, moving on by itself every half minute while the page is open. */
export function useNow() {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), 30_000)
  onBeforeUnmount(() => clearInterval(timer))
  return now
}
