import { z } from 'zod';

/** The name of a package that may still be published: npm takes no upper case any more. */
export const NpmName = z
  .string()
  .max(214)
  .regex(/^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/, 'must be the name of an npm package');

// Source: semver.org 2.0.0, without build metadata, which npm's registries drop.
const NUMBER = '(?:0|[1-9][0-9]*)';
const PART = `(?:${NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)`;

export const NpmVersion = z
  .string()
  .max(64)
  .regex(
    new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PART}(?:\\.${PART})*)?$`),
    'must be a version like 1.2.3 or 1.2.3-beta.1',
  );
