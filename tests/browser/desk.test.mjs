// The desk: signing in and out, two screens on one case, and the list that is worked through.
import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { accountOf, ask, file, launch, report, scene, startDemo } from './support.mjs'

describe('the desk', () => {
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

  scene('a wrong password is told, a right one leads to the page asked for, and signing out ends it', place, async ({ person }) => {
    const page = await person(null)
    const { username, password } = accountOf(demo, 'dispatcher')
    await page.goto(`${demo.url}/desk/cases?view=all&overdue=true`)
    await page.getByLabel('用户名').fill(username)
    await page.getByLabel('密码').fill('not the password')
    await page.getByRole('button', { name: '登录' }).click()
    await page.getByRole('alert').waitFor()
    assert.match(await page.getByRole('alert').innerText(), /密码/)
    await page.getByLabel('密码').fill(password)
    await page.getByRole('button', { name: '登录' }).click()
    await page.waitForURL('**/desk/cases?view=all&overdue=true')
    await page.getByRole('link', { name: (await ask(page, demo, '/api/session')).account.name }).click()
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.waitForURL('**/desk/sign-in')
    const answer = await page.context().request.get(`${demo.url}/api/session`)
    assert.equal(answer.status(), 401)
    await page.goto(`${demo.url}/desk/cases`)
    await page.waitForURL('**/desk/sign-in?**')
  })

  scene('a session that ends leads to the sign-in and back to the same page', place, async ({ person }) => {
    const page = await person('dispatcher')
    await page.goto(`${demo.url}/desk/items`)
    await page.getByText('个事项', { exact: false }).first().waitFor()
    await page.context().clearCookies()
    await page.getByRole('link', { name: '责任单位' }).click()
    await page.getByText('登录已失效').waitFor()
    const { username, password } = accountOf(demo, 'dispatcher')
    await page.getByLabel('用户名').fill(username)
    await page.getByLabel('密码').fill(password)
    await page.getByRole('button', { name: '登录' }).click()
    await page.waitForURL('**/desk/units')
    await page.getByRole('row').nth(1).waitFor()
  })

  scene('of two dispatchers the second hears of the first and sees the case as it is', place, async ({ person }) => {
    const resident = await person(null)
    const made = await report(resident, demo, '两人同时派遣：河边护栏断了一截。')
    const intake = await person('intake_operator')
    await file(intake, demo, made)
    const [first, second] = await Promise.all([person('dispatcher'), person('dispatcher')])
    const units = (await ask(first, demo, `/api/regions/${made.region}/units`)).items
    await Promise.all(
      [first, second].map(async (page, at) => {
        await page.goto(`${demo.url}/desk/cases/${made.id}`)
        await page.getByRole('button', { name: '派遣' }).click()
        await page.getByRole('combobox', { name: '责任单位' }).fill(units[at].name)
        await page.getByRole('option', { name: units[at].name }).first().click()
      }),
    )
    await first.getByRole('dialog').getByRole('button', { name: '派遣' }).click()
    await first.getByText('已完成').waitFor()
    await second.getByRole('dialog').getByRole('button', { name: '派遣' }).click()
    const news = second.getByRole('alert').filter({ hasText: '其他人刚刚办理了这件案件' })
    await news.waitFor()
    await news.getByText(units[0].name).waitFor()
    await second.getByRole('dialog').waitFor({ state: 'detached' })
    await second.locator('header .mark', { hasText: '待接收' }).waitFor()
    await second.locator('dd', { hasText: units[0].name }).waitFor()
    assert.equal(await second.getByRole('button', { name: '派遣', exact: true }).count(), 0, 'the move is no longer offered')
  })

  scene('the list is filtered, walked with the keyboard and told of what changes', place, async ({ person }) => {
    const resident = await person(null)
    const made = await report(resident, demo, '列表测试：公交站牌倒了。')
    const intake = await person('intake_operator')
    const page = await person('dispatcher')
    await page.goto(`${demo.url}/desk/cases?view=all&sort=newest`)
    const links = page.locator('a[data-case]')
    await links.first().waitFor()

    const focused = () => page.evaluate(() => [...document.querySelectorAll('a[data-case]')].indexOf(document.activeElement))
    for (const [key, at] of [['j', 0], ['j', 1], ['j', 2], ['k', 1]]) {
      await page.keyboard.press(key)
      assert.equal(await focused(), at, `after ${key}`)
    }
    const title = await links.nth(1).innerText()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
    await page.getByRole('link', { name: '返回列表' }).click()
    await page.waitForURL('**/desk/cases?view=all&sort=newest')
    await links.first().waitFor()

    const heard = page.waitForResponse((answer) => answer.url().includes('/feed/stream'))
    await page.reload()
    await heard
    await links.first().waitFor()
    await file(intake, demo, made)
    await page.getByText('件案件更新').waitFor()
    await page.getByRole('button', { name: '刷新' }).click()
    await page.getByRole('row', { name: made.number }).getByText('待派遣').waitFor()

    await page.locator('summary').click()
    await page.getByLabel('阶段').selectOption('closed')
    await page.waitForURL('**stage=closed**')
    await page.getByRole('row', { name: made.number }).waitFor({ state: 'detached' })
    const wanted = (await ask(page, demo, `/api/regions/${made.region}/cases/count?view=all&stage=closed`)).count
    await page.getByText(`共 ${wanted} 件`).waitFor()
    const stages = await page.locator('tbody .mark').allInnerTexts()
    assert.deepEqual([...new Set(stages)].filter((each) => each !== '紧急' && each !== '超期'), ['已结案'])
    await page.reload()
    await page.getByText(`共 ${wanted} 件`).waitFor()
    await page.getByRole('link', { name: '清除筛选' }).click()
    await page.waitForURL((url) => !url.search.includes('stage'))
  })
})
