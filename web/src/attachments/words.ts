import type { RoomWords } from '../kernel/i18n'

const words: RoomWords = {
  zh: {
    attachments: {
      photos: '照片',
      hint: '最多 {max} 张，JPEG 或 PNG，每张不超过 10 MB。照片里的定位信息会被去掉。',
      add: '添加照片',
      photo_n: '照片 {n}',
      sending: '正在上传照片 {n}',
      sent: '已上传',
      not_sent: '没有传成功',
      retry_n: '重新上传照片 {n}',
      remove_n: '删除照片 {n}',
      wrong_type: '只能使用 JPEG 或 PNG 格式的照片。',
      too_many: '最多 {max} 张照片，多出的没有添加。',
      wait: '照片还在上传，请稍候。',
    },
  },
  en: {
    attachments: {
      photos: 'Photos',
      hint: 'Up to {max}, JPEG or PNG, at most 10 MB each. The position stored in a photo is removed.',
      add: 'Add photos',
      photo_n: 'Photo {n}',
      sending: 'Uploading photo {n}',
      sent: 'Uploaded',
      not_sent: 'Not uploaded',
      retry_n: 'Upload photo {n} again',
      remove_n: 'Delete photo {n}',
      wrong_type: 'Only JPEG or PNG photos can be used.',
      too_many: 'At most {max} photos; the others were not added.',
      wait: 'Photos are still uploading.',
    },
  },
}
export default words
