import type { Acted, Witnessed } from './kind.ts';

export interface Publication {
  readonly name: string;
  readonly version: string;
  /** The SHA-256 of the bytes, that was validated. */
  readonly digest: string;
  /** What the artifact is called. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** By this one can tell later whose publication it is. */
  readonly draftId: string;
}

/** A publication that may have been made; its bytes may be gone from here since. */
export type Sought = Omit<Publication, 'bytes'> & { readonly bytes: Uint8Array | undefined };

/** A place where versions of packages lie, each made once and never replaced. */
export interface Registry {
  /** What keeps this publication from being made, and what to do; else undefined. Changes nothing. */
  obstacle(publication: Publication): Promise<string | undefined>;
  /** Makes the version whole, or not at all. Whatever it throws is an unknown outcome. */
  publish(publication: Publication): Promise<Acted>;
  /** Whether the version is there, with these bytes, published by this draft and by nobody else. */
  find(sought: Sought): Promise<Witnessed>;
}
