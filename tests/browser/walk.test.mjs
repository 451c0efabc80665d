// A report's whole way: a resident on a phone, then everybody who works on it, at their own screens at once.
import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { ask, launch, PHONE, png, scene, startDemo } from './support.mjs'

const TEXT = '浏览器测试：建设路口的路灯不亮，晚上很黑。'
const RESULT = '已更换灯具，现场恢复照明。'

for (const postgres of [false, true]) {
  const store = postgres ? 'PostgreSQL' : 'SQLite'
  describe(store, { skip: postgres && !process.env.JINGWEI_TEST_PG && 'JINGWEI_TEST_PG is not set' }, () => {
    let browser, demo
    before(async () => {
      browser = await launch()
      demo = await startDemo({ postgres })
    })
    after(async () => {
      await browser?.close()
      await demo?.stop()
    })
    scene(`a report goes round the loop and is reopened (${store})`, () => ({ browser, demo }), walk)
  })
}

async function walk({ demo, person }) {
  const resident = await person(null, { viewport: PHONE })
  const { number, code } = await reports(resident, demo)
  await resident.getByRole('link', { name: '查看进度' }).click()
  await resident.getByText('待受理').first().waitFor()
  await resident.getByText('没有人查看过您的电话').waitFor()

  const [intake, dispatcher, officer, handler] = await Promise.all(
    ['intake_operator', 'dispatcher', 'unit_officer', 'handler'].map((role) => person(role)),
  )
  const { posts } = await ask(officer, demo, '/api/session')
  const unit = posts.find(({ role }) => role === 'unit_officer').unit_name
  const { account: hand } = await ask(handler, demo, '/api/session')
  await Promise.all([intake, dispatcher, officer, handler].map((page) => page.goto(`${demo.url}/desk/`)))

  await openCase(intake, demo, number)
  await intake.getByText(TEXT).last().waitFor()
  await intake.getByRole('button', { name: '查看电话' }).click()
  await intake.getByLabel('回访').check()
  await intake.getByRole('dialog').getByRole('button', { name: '查看电话' }).click()
  await intake.getByText('13912345678').waitFor()
  await intake.keyboard.press('Escape')
  await intake.getByRole('button', { name: '立案' }).click()
  await choose(intake, '事项', '路灯')
  await send(intake, '立案')

  await openCase(dispatcher, demo, number)
  assert.equal(await dispatcher.getByRole('button', { name: '查看电话' }).count(), 0, 'a dispatcher may not see the telephone')
  await dispatcher.getByRole('button', { name: '派遣' }).click()
  await choose(dispatcher, '责任单位', unit)
  await send(dispatcher, '派遣')

  await openCase(officer, demo, number)
  await officer.getByRole('button', { name: '接收' }).click()
  await send(officer, '接收')
  await officer.getByRole('button', { name: '交办' }).click()
  await choose(officer, '处置人员', hand.name)
  await send(officer, '交办')

  await openCase(handler, demo, number)
  await handler.getByRole('button', { name: '提交处置结果' }).click()
  await handler.getByRole('textbox', { name: '处置结果' }).fill(RESULT)
  await handler.locator('input[type=file]').setInputFiles({ name: 'after.png', mimeType: 'image/png', buffer: png() })
  await handler.getByText('已上传').waitFor()
  await send(handler, '提交处置结果')

  // The dispatcher's screen still shows the case as it was; it hears of the change and is brought up to date.
  await dispatcher.getByText('这件案件刚刚有变化').waitFor()
  await dispatcher.getByRole('button', { name: '刷新' }).click()
  await dispatcher.getByRole('button', { name: '核查通过' }).click()
  await send(dispatcher, '核查通过')
  await callBackIfDrawn(intake, dispatcher, demo, number)
  await dispatcher.getByRole('button', { name: '结案' }).click()
  await send(dispatcher, '结案')

  await resident.goto(`${demo.url}/track/${code}`)
  const facts = resident.locator('section').first()
  await facts.getByText('已结案').waitFor()
  await facts.getByText(unit).waitFor()
  await resident.getByText('回访').first().waitFor()
  assert.equal(await resident.getByText(hand.name).count(), 0, 'the resident is not told who handled it')
  await resident.getByRole('button', { name: '要求重新办理' }).click()
  await resident.getByRole('textbox', { name: '原因' }).fill('昨晚又不亮了。')
  await resident.getByRole('button', { name: '确定' }).click()
  await resident.getByText('第 2 轮').first().waitFor()
  await dispatcher.getByText('这件案件刚刚有变化').waitFor()
}

async function reports(page, demo) {
  await page.goto(`${demo.url}/`)
  await page.getByRole('link', { name: '我要上报' }).tap()
  await page.getByLabel('什么问题').fill(TEXT)
  const map = page.getByRole('application')
  await page.locator('.map-box canvas').first().waitFor()
  await map.scrollIntoViewIfNeeded()
  const { x, y, width, height } = await map.boundingBox()
  await page.touchscreen.tap(x + width / 2, y + height / 2)
  await page.locator('.located', { hasText: '位于' }).waitFor()
  await page.getByLabel('地点说明').fill('建设路口')
  await page.locator('input[type=file]').setInputFiles({ name: 'lamp.png', mimeType: 'image/png', buffer: png() })
  await page.getByText('已上传').waitFor()
  await page.getByLabel('联系电话').fill('13912345678')
  await page.getByRole('button', { name: '提交' }).tap()
  await page.getByRole('heading', { name: '已经收到' }).waitFor()
  const [number, code] = await page.locator('dd.code').allInnerTexts()
  assert.match(number, /^\d{6}-\d+$/)
  assert.match(code, /^\S{8,}$/)
  return { number, code }
}

/** A part of the cases is drawn for a call-back, which then has to be made before closing. */
async function callBackIfDrawn(intake, dispatcher, demo, number) {
  const { region } = (await ask(intake, demo, '/api/session')).posts[0]
  const [row] = (await ask(intake, demo, `/api/regions/${region}/cases?number=${number}`)).items
  if (row.asks !== 'call_back') return
  await openCase(intake, demo, number)
  await intake.getByRole('button', { name: '回访', exact: true }).click()
  for (const question of ['是否联系上', '问题是否解决', '是否满意']) await intake.getByRole('group', { name: question }).getByLabel('是').check()
  await send(intake, '回访')
  await openCase(dispatcher, demo, number)
}

/** To the case by way of the list, the newest first. */
async function openCase(page, demo, number) {
  await page.goto(`${demo.url}/desk/cases?view=all&sort=newest`)
  await page.getByRole('row', { name: number }).getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: '浏览器测试' }).waitFor()
}

async function choose(page, label, text) {
  const box = page.getByRole('combobox', { name: label })
  await box.fill(text)
  await page.getByRole('option', { name: text }).first().click()
}

async function send(page, name) {
  await page.getByRole('dialog').getByRole('button', { name }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByText('已完成').waitFor()
}
