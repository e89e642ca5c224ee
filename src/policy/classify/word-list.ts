/** The words of a text: a long list that reads as one. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
