import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { ofNamespace } from '../unknown-namespace.ts';

// The server's numbers for the types (temporal.api.enums.v1.IndexedValueType).
const TYPE_NUMBERS = { Text: 1, Keyword: 2, Int: 3, Double: 4, Bool: 5, Datetime: 6, KeywordList: 7 } as const;
export type SearchAttributeTypeName = keyof typeof TYPE_NUMBERS;
export type SearchAttributeTypes = Readonly<Record<string, SearchAttributeTypeName>>;

// Status codes of gRPC.
const INVALID_ARGUMENT = 3;
const ALREADY_EXISTS = 6;
// A server takes over a changed namespace every few seconds.
const USABLE_WITHIN_MS = 30_000;
const POLL_MS = 250;

/**
 * Registers the search attributes that the namespace does not have yet, and waits until queries may use all of them.
 * Several processes may do it at once. Throws when one exists with another type, or none of the namespace's slots is left.
 */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  attributes: SearchAttributeTypes,
): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace, attributes);
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPE_NUMBERS[type]]));
    try {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    } catch (error) {
      // Another process was faster; whether it registered the same types is seen below.
      if (!isGrpcServiceError(error) || (error.code as number) !== ALREADY_EXISTS) throw error;
    }
  }
  const giveUpAt = Date.now() + USABLE_WITHIN_MS;
  while (!(await areUsable(connection, namespace, attributes))) {
    if (Date.now() > giveUpAt) {
      throw new Error(
        `Namespace "${namespace}" does not know its new search attributes after ${USABLE_WITHIN_MS / 1000} s; check the Temporal server.`,
      );
    }
    await sleep(POLL_MS);
  }
}

/** Those that the namespace does not have. Throws when one exists with another type. */
export async function missingSearchAttributes(
  connection: Pick<Connection, 'operatorService'>,
  namespace: string,
  attributes: SearchAttributeTypes,
): Promise<[string, SearchAttributeTypeName][]> {
  const { customAttributes } = await ofNamespace(
    namespace,
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  return Object.entries(attributes).filter(([name, type]) => {
    const present = customAttributes?.[name];
    if (present === undefined || present === null) return true;
    if ((present as number) !== TYPE_NUMBERS[type]) throw conflict(namespace, name, present, type);
    return false;
  });
}

function conflict(namespace: string, name: string, present: number, wanted: SearchAttributeTypeName): Error {
  const [type = `type ${present}`] = Object.entries(TYPE_NUMBERS).find(([, number]) => number === present) ?? [];
  return new Error(
    `Search attribute "${name}" of namespace "${namespace}" is of type ${type}, but must be ${wanted}; ` +
      `remove it (temporal operator search-attribute remove --namespace ${namespace} --name ${name}) or use another namespace.`,
  );
}

// The list shows a new attribute some seconds before queries and workflows may use it.
async function areUsable(
  connection: Connection,
  namespace: string,
  attributes: SearchAttributeTypes,
): Promise<boolean> {
  if ((await missingSearchAttributes(connection, namespace, attributes)).length > 0) return false;
  const query = Object.keys(attributes)
    .map((name) => `\`${name}\` IS NULL`)
    .join(' AND ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code as number) === INVALID_ARGUMENT) return false;
    throw error;
  }
}
