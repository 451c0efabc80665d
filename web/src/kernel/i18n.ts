import { createI18n } from 'vue-i18n'
import { setApiLanguage } from './api'

export type Words = { [key: string]: string | Words }
export interface RoomWords {
  zh: Words
  en: Words
}

export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
const KEPT = 'jingwei.language'

/** Chinese unless the reader chose otherwise before. */
export function keptLanguage(): Language {
  try {
    return localStorage.getItem(KEPT) === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}

export function makeI18n(rooms: RoomWords[]) {
  // vue-i18n derives a type of all keys from nested words, which is too deep for the compiler; the words test checks the keys instead.
  const gather = (language: 'zh' | 'en'): Record<string, string> => Object.assign({}, ...rooms.map((room) => room[language]))
  const i18n = createI18n({
    legacy: false,
    locale: keptLanguage(),
    fallbackLocale: 'zh-CN',
    messages: { 'zh-CN': gather('zh'), en: gather('en') } as Record<string, Record<string, string>>,
  })
  apply(keptLanguage())
  return { i18n, word: (key: string): string => i18n.global.t(key) }
}

export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(KEPT, language)
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  apply(language)
}

function apply(language: Language): void {
  document.documentElement.lang = language
  setApiLanguage(language)
}
