import { onBeforeUnmount, watch } from 'vue'
import { address } from '../kernel/api'

export interface FeedEvent {
  position: number
  case: string
  number: string
  n: number
}
const AGAIN_AFTER = 30_000

/** Hears of every case that changes in the region from now on, for as long as the page is open. */
export function useFeed(region: () => string, heard: (event: FeedEvent) => void): void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  function open(): void {
    close()
    if (!region()) return
    source = new EventSource(address('/api/regions/{region}/feed/stream', { region: region() }))
    source.addEventListener('case', (event) => heard(JSON.parse((event as MessageEvent<string>).data) as FeedEvent))
    source.onerror = () => {
      // A dropped line is taken up again by the browser itself; a refused one is not.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_AFTER)
    }
  }
  function close(): void {
    clearTimeout(timer)
    source?.close()
    source = null
  }

  watch(region, open, { immediate: true })
  onBeforeUnmount(close)
}
