import { z } from 'zod';

/** A name in a pipeline: it becomes part of workflow ids, file names and templates, hence the narrow alphabet. */
export const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, hyphens or underscores');

/** The id of a person or an agent. */
export const PrincipalId = z.string().trim().min(1).max(200);

/** One line fit for a list: control characters would let a title forge what a terminal shows. */
export const Title = z
  .string()
  .min(1, { error: 'must not be blank', abort: true })
  .max(200)
  .refine((text) => /\S/.test(text), 'must not be blank')
  .refine((text) => !hasControlCharacter(text), 'must not contain control characters');

function hasControlCharacter(text: string): boolean {
  // Control and format characters: among these are the ones that reorder or hide text on a screen.
  return /[\p{Cc}\p{Cf}]/u.test(text);
}
