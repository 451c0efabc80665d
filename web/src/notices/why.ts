/** Why nothing was sent, as the server logs it: a code, and after `: ` what the other side said. Older lines hold plain text. */
export function readWhy(error: string): { code: string; detail: string } {
  const [, code = '', detail = ''] = /^([a-z_]+)(?:: ([\s\S]*))?$/.exec(error) ?? []
  return { code, detail: detail.trim() }
}

/** The same for people, in the words of `t`; what has no word stays as it is. */
export function whyText(error: string, t: (key: string, values: Record<string, string>) => string, te: (key: string) => boolean): string {
  const { code, detail } = readWhy(error)
  const key = `notices.why.${code}`
  return code && te(key) ? t(key, { detail }) : error
}
