// Units at the desk: made and found by pinyin, merged and unmerged, given a role somewhere.
import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import { PHONE, findings, launch, scene, startDemo } from './support.mjs'

describe('the units', () => {
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

  scene('a unit is made, found by its initials, merged into the one it looks like, and taken apart again', place, async ({ person }) => {
    const page = await person('data_steward')
    await page.goto(`${demo.url}/desk/units`)
    await page.getByRole('button', { name: '新增单位' }).click()
    await page.getByLabel('名称', { exact: true }).fill('云桥县园林绿化服务中心')
    await page.getByLabel('办公电话').fill('0359-2222222 转 801')
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByRole('heading', { name: '云桥县园林绿化服务中心' }).waitFor()
    assert.equal(await page.locator('a[href^="tel:"]').getAttribute('href'), 'tel:03592222222')
    assert.deepEqual(await findings(page), [])

    await page.getByRole('link', { name: '疑似重复' }).click()
    await page.getByRole('button', { name: /^合并 .*园林绿化/ }).click()
    await page.getByRole('radio', { name: '云桥县园林绿化中心' }).check()
    await page.getByText('“云桥县园林绿化服务中心”停用').waitFor()
    assert.deepEqual(await findings(page), [])
    await page.getByRole('dialog').getByRole('button', { name: '合并' }).click()
    await page.getByText('已把“云桥县园林绿化服务中心”并入“云桥县园林绿化中心”').waitFor()

    await page.getByRole('link', { name: '单位', exact: true }).click()
    await page.getByLabel('查找').fill('yllhfw')
    await page.getByRole('link', { name: '云桥县园林绿化中心' }).waitFor()
    await page.getByRole('link', { name: '疑似重复' }).click()
    await page.getByRole('button', { name: /^撤销合并/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: '撤销合并' }).click()
    await page.getByText('已撤销').waitFor()
    await page.getByRole('button', { name: /^合并 .*园林绿化/ }).waitFor()
  })

  scene('a role is given in a street and ended, on a phone', place, async ({ person }) => {
    const page = await person('data_steward', { viewport: PHONE })
    await page.goto(`${demo.url}/desk/units`)
    await page.getByRole('link', { name: '锦园物业公司' }).click()
    await page.getByRole('button', { name: '登记角色' }).click()
    await page.getByLabel('角色', { exact: true }).fill('物业')
    await page.getByRole('option', { name: /^物业公司/ }).click()
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByText('全县（区）').waitFor()
    assert.deepEqual(await findings(page), [])
    await page.getByRole('button', { name: '结束 物业公司 全县（区）' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '结束' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('cell', { name: /全县（区）/ }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: '单位角色' }).click()
    await page.getByText('没有角色冲突').waitFor()
    assert.deepEqual(await findings(page), [])
  })
})
