// Rules, calendar and notices: each opened and used once, in both languages, at a desk and on a phone.
import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { ask, file, findings, fits, launch, move, PHONE, report, scene, startDemo, WIDE } from './support.mjs'

const SAID = {
  'zh-CN': {
    rules: { reopen: '结案后可重新打开的天数', save: '保存为新版本', saved: /已保存，现行为第 \d+ 版/, by: '由您保存', other: (name) => `由${name}保存` },
    calendar: {
      next: '下一年', file: /导入 2027 年文件/, save: '确认保存', saved: /已保存 2027 年：3 处改动/, own: '本区自行设置', edit: '修改 2027 年', brush: '恢复平常', preview: '查看改动',
      removed: '去掉', drop: '删除 2027 年', dropped: /2027 年已不再使用/, start: '开始时间', compute: '计算', due: '计算过程', editHours: '修改上班时间', minutes: '1 个工作日折合分钟', put: '保存',
      hours: '上班时间已保存', usual: '系统默认', back: '恢复系统默认', title: '上班时间',
    },
    notices: {
      read: /^标为已读/, settings: '通知设置', mail: '邮箱地址', save: '保存', kept: '通知设置已保存', add: '新增机器人', name: '名称', url: '机器人地址（Webhook）', platform: '平台', area: '只发这个区域的案件',
      test: '试发', failed: '连接不上对方主机', bad: '机器人地址应为', state: '状态', deliveries: '试发', remove: '删除',
    },
  },
  en: {
    rules: { reopen: 'Days after closing within which a case may be reopened', save: 'Save as a new version', saved: /Saved. Version \d+ is in force/, by: 'saved by you', other: (name) => `saved by ${name}` },
    calendar: {
      next: 'Next year', file: /Import a file for 2027/, save: 'Save these changes', saved: /2027 saved with 3 changes/, own: 'set by this region', edit: 'Edit 2027', brush: 'Plain again', preview: 'Show changes',
      removed: 'Removed', drop: 'Remove 2027', dropped: /this region had set for 2027 counts no more/, start: 'Start', compute: 'Compute', due: 'How it comes about', editHours: 'Change working hours', minutes: 'Minutes in one working day', put: 'Save',
      hours: 'Working hours saved', usual: 'the usual ones', back: 'Back to the usual hours', title: 'Working hours',
    },
    notices: {
      read: /^Mark read/, settings: 'How I am told', mail: 'Mail address', save: 'Save', kept: 'Saved.', add: 'New robot', name: 'Name', url: 'Webhook address', platform: 'Platform', area: 'Only cases in this area',
      test: 'Test', failed: 'the host could not be reached', bad: 'A robot', state: 'State', deliveries: 'test', remove: 'Delete',
    },
  },
}
const YEAR = {
  year: 2027,
  days: [
    { name: '元旦', date: '2027-01-01', isOffDay: true },
    { name: '元旦', date: '2027-01-02', isOffDay: true },
    { name: '元旦', date: '2027-01-03', isOffDay: false },
  ],
}

describe('rules, calendar and notices', () => {
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
  const clean = async (page) => {
    await fits(page)
    assert.deepEqual(await findings(page), [])
  }

  const ways = [WIDE, PHONE].flatMap((viewport) => ['zh-CN', 'en'].map((language) => ({ viewport, language })))
  for (const [turn, way] of ways.entries()) {
    const where = `${way.language}, ${way.viewport.width} px`
    const said = SAID[way.language]

    scene(`the rules get a new version, which names who made it (${where})`, place, async ({ person }) => {
      const words = said.rules
      const page = await person('catalogue_steward', way)
      await page.goto(`${demo.url}/desk/rules`)
      const days = page.getByLabel(words.reopen)
      await days.fill(String(20 + turn))
      await page.getByRole('button', { name: words.save }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText(String(20 + turn)).waitFor()
      await clean(page)
      await dialog.getByRole('button', { name: words.save }).click()
      await page.getByText(words.saved).waitFor()
      await page.getByText(words.by).first().waitFor()
      await clean(page)
      const reader = await person('dispatcher', way)
      await reader.goto(`${demo.url}/desk/rules`)
      const { account } = await ask(page, demo, '/api/session')
      await reader.getByText(words.other(account.name)).first().waitFor()
      assert.ok(await reader.getByLabel(words.reopen).isDisabled())
      await clean(reader)
    })

    scene(`a year is imported, changed by hand and dropped; hours are changed and dropped; a deadline is tried (${where})`, place, async ({ person }) => {
      const words = said.calendar
      const page = await person('catalogue_steward', way)
      await page.goto(`${demo.url}/desk/calendar`)
      await page.getByLabel(way.language === 'en' ? 'Year' : '年份', { exact: true }).selectOption('2027')
      await page.getByRole('heading', { name: '2027' }).first().waitFor()
      const chooser = page.getByLabel(words.file)
      await chooser.setInputFiles({ name: 'wrong.json', mimeType: 'application/json', buffer: Buffer.from('{"year": 2026, "days": []}') })
      await page.getByText('2026').first().waitFor()
      await chooser.setInputFiles({ name: '2027.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(YEAR)) })
      const dialog = page.getByRole('dialog')
      await dialog.getByText('2027-01-03').waitFor()
      assert.equal(await dialog.getByRole('listitem').count(), 3)
      await clean(page)
      await dialog.getByRole('button', { name: words.save }).click()
      await page.getByText(words.saved).waitFor()
      await page.getByText(words.own, { exact: true }).waitFor()

      await page.getByRole('button', { name: words.edit }).click()
      await page.getByLabel(words.brush).check()
      await page.locator('[data-date="2027-01-02"]').click()
      await page.getByRole('button', { name: words.preview }).click()
      await dialog.getByText(words.removed).waitFor()
      await dialog.getByText('2027-01-02').waitFor()
      await clean(page)
      await dialog.getByRole('button', { name: words.save }).click()
      await dialog.waitFor({ state: 'detached' })

      await page.getByLabel(words.start, { exact: true }).fill('2026-12-30T17:30')
      await page.getByRole('button', { name: words.compute }).click()
      await page.getByRole('heading', { name: words.due }).waitFor()
      await page.getByText(/2027/).first().waitFor()
      await clean(page)

      await page.getByRole('button', { name: words.drop }).click()
      await dialog.getByText('2027-01-01').waitFor()
      await clean(page)
      await dialog.getByRole('button', { name: words.drop }).click()
      await page.getByText(words.dropped).waitFor()
      assert.equal(await page.getByText(words.own, { exact: true }).count(), 0)

      const hours = page.locator('section', { has: page.getByRole('heading', { name: words.title, exact: true }) })
      await hours.getByText(words.usual, { exact: true }).waitFor()
      await hours.getByRole('button', { name: words.editHours }).click()
      await hours.getByLabel(words.minutes).fill('420')
      await clean(page)
      await hours.getByRole('button', { name: words.put, exact: true }).click()
      await hours.getByText(words.hours).waitFor()
      await hours.getByText('420').waitFor()
      await hours.getByRole('button', { name: words.back }).click()
      await clean(page)
      await dialog.getByRole('button', { name: words.back }).click()
      await hours.getByText(words.usual, { exact: true }).waitFor()
      await hours.getByText('480').waitFor()
    })

    scene(`notices are read, wishes kept, a robot set up, tried and removed, and the log says why (${where})`, place, async ({ person }) => {
      const words = said.notices
      const officer = await person('unit_officer', way)
      const { posts } = await ask(officer, demo, '/api/session')
      const { region, unit } = posts.find(({ role }) => role === 'unit_officer')
      const made = await report(await person(null), demo, '浏览器测试：通知。')
      await file(await person('intake_operator'), demo, made)
      await move(await person('dispatcher'), demo, made, 'dispatch', { unit })
      const mine = await (async () => {
        for (let tries = 0; tries < 60; tries++) {
          const { items } = await ask(officer, demo, `/api/regions/${region}/notices?unread=true&limit=50`)
          if (items.some((notice) => notice.number === made.number)) return true
          await new Promise((done) => setTimeout(done, 250))
        }
      })()
      assert.ok(mine, 'the officer is told of the dispatch')
      await officer.goto(`${demo.url}/desk/notices`)
      const line = officer.getByRole('listitem').filter({ hasText: made.number })
      await line.getByRole('button', { name: words.read }).click()
      await line.getByRole('button', { name: words.read }).waitFor({ state: 'detached' })
      await clean(officer)
      await officer.getByRole('link', { name: words.settings }).click()
      const wishes = officer.locator('form', { has: officer.getByRole('heading', { name: words.settings }) })
      await wishes.getByLabel(words.mail).fill('officer@county.example')
      await wishes.getByRole('button', { name: words.save, exact: true }).click()
      await wishes.getByText(words.kept).waitFor()
      await clean(officer)

      const admin = await person('system_administrator', { ...way, refusals: [422] })
      const name = `${way.language} ${way.viewport.width}`
      await admin.goto(`${demo.url}/desk/robots`)
      await admin.getByRole('button', { name: words.add }).click()
      const dialog = admin.getByRole('dialog')
      await dialog.getByLabel(words.name, { exact: true }).fill(name)
      await dialog.getByLabel(words.platform).selectOption('wecom')
      await dialog.getByLabel(words.url).fill('http://user@127.0.0.1/hook')
      await dialog.getByRole('button', { name: words.save, exact: true }).click()
      await dialog.getByText(words.bad).waitFor()
      await clean(admin)
      await dialog.getByLabel(words.url).fill('http://127.0.0.1:9/cgi-bin/webhook/send?key=0123456789abcdef')
      await dialog.getByRole('button', { name: words.save, exact: true }).click()
      await dialog.waitFor({ state: 'detached' })
      await admin.getByRole('button', { name: `${words.test} ${name}` }).click()
      await admin.getByText(words.failed).waitFor()
      await clean(admin)
      await admin.goto(`${demo.url}/desk/deliveries`)
      await admin.getByLabel(words.state).selectOption('failed')
      const row = admin.getByRole('row', { name })
      await row.getByText(words.failed).waitFor()
      await clean(admin)
      await admin.goto(`${demo.url}/desk/robots`)
      await admin.getByRole('button', { name: `${words.remove} ${name}` }).click()
      await clean(admin)
      await dialog.getByRole('button', { name: words.remove }).click()
      await admin.getByText(name).first().waitFor({ state: 'detached' })
    })
  }
})
