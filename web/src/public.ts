import { createApp } from 'vue'
import areas from './areas/words'
import attachments from './attachments/words'
import HomePage from './cases/HomePage.vue'
import cases from './cases/words'
import { makeI18n } from './kernel/i18n'
import { makeRouter } from './kernel/router'
import kernel from './kernel/words'
import PublicApp from './PublicApp.vue'
import './ui/style.css'

const { i18n, word } = makeI18n([kernel, cases, areas, attachments])
const router = makeRouter(
  '/',
  [
    { path: '/', component: HomePage, meta: { title: 'cases.home_title' } },
    { path: '/report', component: () => import('./cases/ReportPage.vue'), meta: { title: 'cases.report_title' } },
    { path: '/track/:code', component: () => import('./cases/TrackPage.vue'), props: true, meta: { title: 'cases.track_page' } },
  ],
  word,
)
createApp(PublicApp).use(i18n).use(router).mount('#app')
