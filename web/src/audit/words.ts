import type { RoomWords } from '../kernel/i18n'

const words: RoomWords = {
  zh: {
    audit: {
      title: '审计日志',
      sealed: '已封存',
      unsealed: '未封存',
      oldest: '最早未封存',
      filter: '按操作代码筛选',
      n: '序号',
      at: '时间',
      actor: '操作人',
      action: '操作',
      subject: '对象',
      none: '没有符合的记录。',
    },
  },
  en: {
    audit: {
      title: 'Audit log',
      sealed: 'Sealed',
      unsealed: 'Not yet sealed',
      oldest: 'Oldest not sealed',
      filter: 'Filter by action code',
      n: 'No.',
      at: 'Time',
      actor: 'By',
      action: 'Action',
      subject: 'Subject',
      none: 'No line matches.',
    },
  },
}
export default words
