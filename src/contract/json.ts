import { z } from 'zod';
import { isWellFormed } from './canonical.ts';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

// Deeper data than this is an attack on recursive readers, not an action somebody could review.
const MAX_DEPTH = 100;

/** Any JSON value, passed through untouched: what was given is what is signed, so nothing is copied or dropped. */
export const JsonValue = z.custom<Json>((value) => isJson(value, 0), 'must be JSON data, without lone surrogates');

/** A JSON object, passed through untouched. */
export const JsonObject = z.custom<JsonObject>(
  (value) => isObject(value) && isJson(value, 0),
  'must be an object of JSON data, without lone surrogates',
);

function isJson(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isWellFormed(value);
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isJson(item, depth + 1));
  return (
    isObject(value) && Object.entries(value).every(([name, member]) => isWellFormed(name) && isJson(member, depth + 1))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
