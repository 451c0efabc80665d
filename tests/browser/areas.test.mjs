// The land at the desk: found by its initials, edited, and imported by the steps of the wizard.
import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { PHONE, ask, findings, launch, scene, startDemo } from './support.mjs'

const file = (name, features) => ({
  name,
  mimeType: 'application/geo+json',
  buffer: Buffer.from(JSON.stringify({ type: 'FeatureCollection', features: features.map(([properties, geometry]) => ({ type: 'Feature', properties, geometry })) })),
})

describe('the land', () => {
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

  scene('an area is found by its initials, shown with its history, and given another name to be found by', place, async ({ person }) => {
    const page = await person('data_steward')
    await page.goto(`${demo.url}/desk/areas`)
    await page.locator('.branch .name').first().waitFor()
    await page.getByLabel('查找').fill('wqsq')
    await page.getByRole('button', { name: /^望桥社区/ }).click()
    await page.getByRole('heading', { name: '望桥社区' }).waitFor()
    await page.locator('.history summary').click()
    assert.deepEqual(await findings(page), [])
    await page.getByRole('button', { name: '修改' }).click()
    await page.getByLabel('别名').fill('老望桥')
    await page.getByRole('button', { name: '保存' }).click()
    await page.locator('dd', { hasText: '老望桥' }).waitFor()
    await page.getByLabel('查找').fill('laowang')
    await page.getByRole('button', { name: /老望桥/ }).waitFor()
  })

  for (const viewport of [undefined, PHONE]) {
    scene(`a file with a fault is told of and not written, a good one is (${viewport ? 'phone' : 'office'})`, place, async ({ person }) => {
      const page = await person('data_steward', viewport ? { viewport } : {})
      const region = (await ask(page, demo, '/api/regions')).items[0].code
      const code = `${region}${viewport ? '097' : '098'}`
      await page.goto(`${demo.url}/desk/areas/import`)
      await page.getByLabel('文件', { exact: true }).setInputFiles(
        file('faults.geojson', [
          [{ 代码: code, 名称: '新街道' }, null],
          [{ 代码: '1.1E+8', 名称: '坏代码' }, null],
        ]),
      )
      await page.getByRole('button', { name: '试导入（不写入）' }).click()
      await page.getByText('科学计数法').waitFor()
      assert.equal(await page.getByRole('button', { name: '确认导入' }).count(), 0)
      assert.deepEqual(await findings(page), [])
      await page.getByRole('button', { name: '换一个文件' }).click()
      await page.getByLabel('文件', { exact: true }).setInputFiles(file('good.geojson', [[{ 代码: `${code}000`, 名称: '新街道' }, null]]))
      await page.getByRole('button', { name: '试导入（不写入）' }).click()
      await page.getByRole('button', { name: '确认导入' }).click()
      await page.getByText('已导入。').waitFor()
      const { items } = await ask(page, demo, `/api/regions/${region}/areas?level=street`)
      assert.ok(items.some((area) => area.code === code && area.name === '新街道'))
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.equal(wide, 0)
    })
  }
})
