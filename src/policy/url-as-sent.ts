/**
 * A web address as it is sent: with its dot segments resolved and its host in the letters of the DNS. Only what is written
 * so leads where people, and patterns, read that it leads. The slash after a bare host makes no difference; what is no web
 * address stays as it is.
 */
export function urlAsSent(text: string): string {
  if (!URL.canParse(text)) return text;
  const { protocol, href } = new URL(text);
  return /^https?:$/.test(protocol) && href !== `${text}/` ? href : text;
}
