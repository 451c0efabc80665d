import { nextTick } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from 'vue-router'
import MissingPage from '../ui/MissingPage.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the words that title the page. */
    title?: string
    /** The page may be opened without signing in. */
    open?: boolean
    /** Only these posts see the page. */
    roles?: readonly string[]
  }
}

export function makeRouter(base: string, routes: RouteRecordRaw[], title: (key: string) => string): Router {
  const router = createRouter({
    history: createWebHistory(base),
    routes: [...routes, { path: '/:rest(.*)*', component: MissingPage, meta: { title: 'ui.missing_title', open: true } }],
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  })
  router.afterEach((to, from) => {
    document.title = `${to.meta.title ? `${title(to.meta.title)} · ` : ''}${title('ui.brand')}`
    // Without a page load a screen reader stays where it was; the new page's heading area takes the focus.
    if (from.matched.length > 0 && to.path !== from.path) nextTick(() => document.getElementById('main')?.focus({ preventScroll: true }))
  })
  return router
}
