import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'libsql';
import { answer, given } from './child.ts';

// Holds the write lock of a SQLite file from before it is told to begin, and for some time after.
const task = JSON.parse(process.argv[2] ?? '') as { file: string; ms: number };
const database = new Sqlite(task.file);
database.exec('begin immediate');
await given();
await sleep(task.ms);
database.exec('commit');
database.close();
answer('released');
