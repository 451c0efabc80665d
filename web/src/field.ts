import { createPinia } from 'pinia'
import { createApp } from 'vue'
import ForbiddenPage from './access/ForbiddenPage.vue'
import { guard } from './access/guard'
import { CASE_ROLES } from './access/menu'
import { useSession } from './access/session'
import SignIn from './access/SignIn.vue'
import access from './access/words'
import areas from './areas/words'
import attachments from './attachments/words'
import FieldListPage from './cases/FieldListPage.vue'
import cases from './cases/words'
import duties from './duties/words'
import FieldApp from './FieldApp.vue'
import { makeI18n } from './kernel/i18n'
import { makeRouter } from './kernel/router'
import kernel from './kernel/words'
import notices from './notices/words'
import './ui/style.css'

const { i18n, word } = makeI18n([kernel, access, areas, attachments, cases, duties, notices])
const app = createApp(FieldApp).use(createPinia()).use(i18n)
const session = useSession()
const router = makeRouter(
  '/field/',
  [
    { path: '/', component: FieldListPage, props: { view: 'todo' }, meta: { title: 'cases.today', roles: CASE_ROLES } },
    { path: '/cases', component: FieldListPage, props: { view: 'all' }, meta: { title: 'cases.mine', roles: CASE_ROLES } },
    { path: '/cases/:id', component: () => import('./cases/CasePage.vue'), props: true, meta: { title: 'cases.case', roles: CASE_ROLES } },
    {
      path: '/report',
      component: () => import('./cases/TakeReportPage.vue'),
      // Only grid workers report as such; anybody else reports like a resident, under their own account.
      props: () => ({ channels: [session.holds(['grid_worker']) ? 'worker' : 'web'] }),
      meta: { title: 'cases.take_report', roles: CASE_ROLES },
    },
    { path: '/notices', component: () => import('./notices/NoticesPage.vue'), meta: { title: 'notices.title' } },
    { path: '/sign-in', component: SignIn, meta: { title: 'access.sign_in', open: true } },
    { path: '/forbidden', component: ForbiddenPage, meta: { title: 'access.forbidden_title' } },
    { path: '/me', component: () => import('./access/MePage.vue'), meta: { title: 'access.me' } },
  ],
  word,
)
guard(router)
app.use(router).mount('#app')
