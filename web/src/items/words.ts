import type { RoomWords } from '../kernel/i18n'

const words: RoomWords = {
  zh: {
    items: {
      title: '事项清单',
      item: '事项',
      add: '新增事项',
      none: '没有符合的事项。',
      filter: '按名称、大类或编码筛选',
      code: '编码',
      name: '名称',
      kind: '类别',
      kind_name: { component: '部件', event: '事件' },
      major: '大类',
      limit: '时限',
      limit_hours: '处置时限（小时）',
      hours: '{n} 小时',
      marks: '标记',
      urgent: '紧急',
      public: '公开',
      public_hint: '居民上报时可以选择',
    },
  },
  en: {
    items: {
      title: 'Item catalogue',
      item: 'Item',
      add: 'New item',
      none: 'No item matches.',
      filter: 'Filter by name, class or code',
      code: 'Code',
      name: 'Name',
      kind: 'Kind',
      kind_name: { component: 'Component', event: 'Event' },
      major: 'Class',
      limit: 'Limit',
      limit_hours: 'Time limit (hours)',
      hours: '{n} h',
      marks: 'Marks',
      urgent: 'Urgent',
      public: 'Public',
      public_hint: 'Residents may choose it',
    },
  },
}
export default words
