import type { RoomWords } from '../kernel/i18n'

const words: RoomWords = {
  zh: {
    audit: {
      title: '审计日志',
      sealed: '已封存',
      unsealed: '未封存',
      oldest: '最久等待',
      seconds: '{n} 秒',
      after: '从序号之后',
      filter: '按操作代码开头筛选，例如 case.',
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
      oldest: 'Longest waiting',
      seconds: '{n} s',
      after: 'After number',
      filter: 'Actions that start with, for example case.',
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
