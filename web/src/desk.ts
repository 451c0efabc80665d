import { createPinia } from 'pinia'
import { createApp } from 'vue'
import ForbiddenPage from './access/ForbiddenPage.vue'
import { guard } from './access/guard'
import { CASE_ROLES, menuFor, rolesOf } from './access/menu'
import { useSession } from './access/session'
import SignIn from './access/SignIn.vue'
import access from './access/words'
import unitWords from './areas/unit-words'
import areas from './areas/words'
import attachments from './attachments/words'
import audit from './audit/words'
import cases from './cases/words'
import DeskApp from './DeskApp.vue'
import duties from './duties/words'
import items from './items/words'
import { makeI18n } from './kernel/i18n'
import { makeRouter } from './kernel/router'
import kernel from './kernel/words'
import notices from './notices/words'
import rules from './rules/words'
import './ui/style.css'

const { i18n, word } = makeI18n([kernel, access, areas, unitWords, attachments, audit, cases, duties, items, notices, rules])
const app = createApp(DeskApp).use(createPinia()).use(i18n)
const session = useSession()
const router = makeRouter(
  '/desk/',
  [
    // Each post starts at the first page it may see.
    { path: '/', component: ForbiddenPage, beforeEnter: () => menuFor(session.holds)[0]?.to ?? '/me' },
    { path: '/sign-in', component: SignIn, meta: { title: 'access.sign_in', open: true } },
    { path: '/forbidden', component: ForbiddenPage, meta: { title: 'access.forbidden_title' } },
    { path: '/cases', component: () => import('./cases/WorklistPage.vue'), meta: { title: 'cases.worklist', roles: CASE_ROLES } },
    { path: '/cases/:id', component: () => import('./cases/CasePage.vue'), props: true, meta: { title: 'cases.case', roles: CASE_ROLES } },
    {
      path: '/report',
      component: () => import('./cases/TakeReportPage.vue'),
      props: { channels: ['telephone', 'counter'], askTelephone: true },
      meta: { title: 'cases.take_report', roles: rolesOf('/report') },
    },
    { path: '/items', component: () => import('./items/ItemsPage.vue'), meta: { title: 'items.title', roles: rolesOf('/items') } },
    { path: '/duties', component: () => import('./duties/DutiesPage.vue'), meta: { title: 'duties.title', roles: rolesOf('/duties') } },
    { path: '/rules', component: () => import('./rules/RulesPage.vue'), meta: { title: 'rules.title', roles: rolesOf('/rules') } },
    { path: '/calendar', component: () => import('./rules/CalendarPage.vue'), meta: { title: 'calendar.title', roles: rolesOf('/calendar') } },
    { path: '/units', component: () => import('./areas/UnitsPage.vue'), meta: { title: 'areas.units', roles: rolesOf('/units') } },
    { path: '/areas', component: () => import('./areas/AreasPage.vue'), meta: { title: 'areas.title', roles: rolesOf('/areas') } },
    { path: '/areas/import', component: () => import('./areas/AreaImportPage.vue'), meta: { title: 'areas.import', roles: ['data_steward'] } },
    { path: '/accounts', component: () => import('./access/AccountsPage.vue'), meta: { title: 'access.accounts', roles: rolesOf('/accounts') } },
    {
      path: '/accounts/:id',
      component: () => import('./access/AccountPage.vue'),
      props: true,
      meta: { title: 'access.account', roles: rolesOf('/accounts') },
    },
    { path: '/robots', component: () => import('./notices/RobotsPage.vue'), meta: { title: 'notices.robots', roles: rolesOf('/robots') } },
    { path: '/deliveries', component: () => import('./notices/DeliveriesPage.vue'), meta: { title: 'notices.deliveries', roles: rolesOf('/deliveries') } },
    { path: '/notices', component: () => import('./notices/NoticesPage.vue'), meta: { title: 'notices.title' } },
    { path: '/audit', component: () => import('./audit/AuditPage.vue'), meta: { title: 'audit.title', roles: rolesOf('/audit') } },
    { path: '/tokens', component: () => import('./access/TokensPage.vue'), meta: { title: 'access.tokens' } },
    { path: '/me', component: () => import('./access/MePage.vue'), props: { tokens: true }, meta: { title: 'access.me' } },
  ],
  word,
)
guard(router)
app.use(router).mount('#app')
