import type { Json } from '../contract/json.ts';

// One way to write each number, so that nobody downstream reads another one: no sign, no exponent, no octal look.
const DECIMAL = /^(0|[1-9]\d{0,99})(\.\d{1,100})?$/;

/**
 * A number of nought or more, or such text, as decimal text; undefined for anything else. A whole number that JSON
 * cannot hold exactly is none: what was meant was rounded on the way.
 */
export function decimalOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return undefined;
    return decimalOf(JSON.stringify(value));
  }
  return typeof value === 'string' && DECIMAL.test(value) ? value : undefined;
}

/** Compares decimal text exactly, digit by digit: floating point would round. */
export function isAtMost(amount: string, most: string): boolean {
  const [a, b] = [partsOf(amount), partsOf(most)];
  if (a.whole.length !== b.whole.length) return a.whole.length < b.whole.length;
  // Of the same length, digits compare as text; a fraction that ends is followed by noughts.
  const length = Math.max(a.fraction.length, b.fraction.length);
  return a.whole + a.fraction.padEnd(length, '0') <= b.whole + b.fraction.padEnd(length, '0');
}

function partsOf(decimal: string): { readonly whole: string; readonly fraction: string } {
  const [whole = '', fraction = ''] = decimal.split('.');
  return { whole, fraction };
}
