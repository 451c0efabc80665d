// axe-core on every kind of page, after somebody has done something on it, in both languages.
import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { DESK, file, findings, launch, PHONE, report, scene, startDemo } from './support.mjs'

const words = {
  'zh-CN': { report: '我要上报', send: '提交', what: '什么问题', received: '已经收到', progress: '查看进度', withdraw: '撤回上报', dispatch: '派遣', unit: '责任单位', password: '密码', username: '用户名', signIn: '登录', make: '新建令牌', name: '名称', search: '按姓名或用户名查找' },
  en: { report: 'Report a problem', send: 'Send', what: 'What is wrong', received: 'Received', progress: 'See progress', withdraw: 'Withdraw the report', dispatch: 'Dispatch', unit: 'Unit', password: 'Password', username: 'User name', signIn: 'Sign in', make: 'New token', name: 'Name', search: 'Find by name or user name' },
}

describe('accessible pages', () => {
  let browser, demo
  const place = () => ({ browser, demo })
  before(async () => {
    browser = await launch()
    demo = await startDemo()
  })
  after(async () => {
    await browser?.close()
    await demo?.stop()
  })

  for (const [language, word] of Object.entries(words)) {
    const inspect = async (page, name) => {
      assert.equal(await page.evaluate(() => document.documentElement.lang), language)
      const { scrollWidth, innerWidth } = await page.evaluate(() => ({ scrollWidth: document.documentElement.scrollWidth, innerWidth }))
      assert.ok(scrollWidth <= innerWidth, `${name} is wider (${scrollWidth}) than the screen (${innerWidth})`)
      assert.deepEqual(await findings(page), [], name)
    }

    scene(`public pages (${language})`, place, async ({ person }) => {
      const page = await person(null, { viewport: PHONE, language })
      await page.goto(`${demo.url}/`)
      await page.getByRole('link', { name: word.report }).waitFor()
      await inspect(page, 'home')
      await page.getByRole('link', { name: word.report }).tap()
      await page.getByRole('button', { name: word.send, exact: true }).tap()
      await page.locator('[aria-invalid=true]').waitFor()
      await page.locator('.map-box canvas').first().waitFor()
      await inspect(page, 'report, refused')
      await page.getByLabel(word.what).fill('axe 路面有坑')
      await page.getByRole('button', { name: word.send, exact: true }).tap()
      await page.getByRole('heading', { name: word.received }).waitFor()
      await inspect(page, 'receipt')
      await page.getByRole('link', { name: word.progress }).tap()
      await page.getByRole('button', { name: word.withdraw }).tap()
      await page.getByRole('dialog').waitFor()
      await inspect(page, 'track, asking')
    })

    scene(`desk pages (${language})`, place, async ({ person }) => {
      const visitor = await person(null, { language })
      await visitor.goto(`${demo.url}/desk/`)
      await visitor.getByLabel(word.username).fill('nobody')
      await visitor.getByLabel(word.password).fill('nothing at all')
      await visitor.getByRole('button', { name: word.signIn }).click()
      await visitor.getByRole('alert').waitFor()
      await inspect(visitor, 'sign-in, refused')
      const made = await report(visitor, demo, 'axe：楼道堆物')
      const intake = await person('intake_operator')
      await file(intake, demo, made)

      const page = await person('dispatcher', { language, viewport: DESK })
      await page.goto(`${demo.url}/desk/cases?view=all`)
      await page.locator('a[data-case]').first().waitFor()
      await page.locator('summary').click()
      await page.getByRole('combobox', { name: word.unit }).click()
      await page.locator('[role=option]:visible').first().waitFor()
      await inspect(page, 'worklist, choosing')
      await page.goto(`${demo.url}/desk/cases/${made.id}`)
      await page.getByRole('button', { name: word.dispatch, exact: true }).click()
      await page.getByRole('combobox', { name: word.unit }).click()
      await page.locator('[role=option]:visible').first().waitFor()
      await inspect(page, 'case, dispatching')
      await page.goto(`${demo.url}/desk/tokens`)
      await page.getByRole('textbox', { name: word.name }).fill(`axe ${language}`)
      await page.getByRole('checkbox').nth(1).check()
      await page.getByRole('button', { name: word.make }).click()
      await page.getByText(/^jw_[0-9a-f]+$/).waitFor()
      await inspect(page, 'tokens, one made')
      for (const at of ['items', 'units', 'areas', 'me']) {
        await page.goto(`${demo.url}/desk/${at}`)
        await page.locator('main table tbody tr, main form, main .branch, main summary').first().waitFor()
        await inspect(page, at)
      }
    })

    scene(`administration pages (${language})`, place, async ({ person }) => {
      const security = await person('security_administrator', { language })
      await security.goto(`${demo.url}/desk/accounts`)
      await security.locator('tbody tr').nth(1).waitFor()
      await security.getByLabel(word.search).fill('dispatcher')
      await security.getByLabel(word.search).press('Enter')
      await security.locator('tbody tr', { hasText: 'dispatcher' }).first().waitFor()
      await inspect(security, 'accounts, found')
      await security.locator('tbody a').first().click()
      await security.locator('main dl').waitFor()
      await inspect(security, 'account')
      const auditor = await person('auditor', { language })
      await auditor.goto(`${demo.url}/desk/audit`)
      await auditor.locator('tbody tr').first().waitFor()
      await inspect(auditor, 'audit')
    })

    scene(`field pages (${language})`, place, async ({ person }) => {
      const page = await person('grid_worker', { viewport: PHONE, language })
      await page.goto(`${demo.url}/field/`)
      await page.locator('main .empty, main .case').first().waitFor()
      await inspect(page, 'field, today')
      await page.goto(`${demo.url}/field/cases`)
      await page.locator('main .case').first().waitFor()
      await inspect(page, 'field list')
      await page.locator('main .case').first().tap()
      await page.locator('main dl').first().waitFor()
      await page.locator('.map-box canvas').first().waitFor()
      await inspect(page, 'field case')
    })
  }
})
